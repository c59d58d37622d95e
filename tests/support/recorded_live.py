"""What to write for the recorded curves of the peers that other tests run live."""

from functools import partial
from typing import Any

import schedcore as sc

N = 120
W = 20
FULL = sc.Join((sc.Cosine(1.0, 0.0), sc.Cosine(0.0, 1.0)), (0.5, 0.5))

CYCLIC = {"base_lr": 0.1, "max_lr": 1.0, "step_size_up": 15, "size": 40, "cycles": 3}
ONE_CYCLE = {"div_factor": 25.0, "final_div_factor": 1e4, "pct_start": 0.3}
STAIRS = {"decay_rate": 0.1, "decay_steps": 40, "transition_steps": 40, "init_value": 1.0}
WAVE = {"start_value": 1.0, "end_value": 0.0, "cycle_size": 40}
WARM = {"init_value": 0.1, "peak_value": 1.0, "warmup_steps": W}
PERIODS = [
    {"init_value": 0.0, "peak_value": 1.0, "warmup_steps": 10, "decay_steps": 40, "end_value": 0.0},
    {"init_value": 0.0, "peak_value": 0.5, "warmup_steps": 20, "decay_steps": 80, "end_value": 0.0},
]
RISES = {"linear": sc.Linear, "cosine": sc.Cosine, "1-sqrt": partial(sc.Polynomial, power=0.5)}
FALLS = {"linear": sc.Linear, "cosine": sc.Cosine, "1-sqrt": partial(sc.Power, power=0.5)}

# The recorded curve, the library and its row, and its letters: lr = 1 and N = 120
# where they name no other.
ROWS: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "torch LinearLR",
        "torch",
        "LinearLR",
        {"start_factor": 0.1, "end_factor": 0.8, "total_iters": 30},
    ),
    ("torch ConstantLR", "torch", "ConstantLR", {"factor": 0.3, "total_iters": 30}),
    ("torch ExponentialLR", "torch", "ExponentialLR", {"gamma": 0.97}),
    ("torch StepLR", "torch", "StepLR", {"step_size": 30, "gamma": 0.5}),
    ("torch MultiStepLR", "torch", "MultiStepLR", {"milestones": [30, 80], "gamma": 0.5}),
    ("torch PolynomialLR", "torch", "PolynomialLR", {"total_iters": 90, "power": 2.0}),
    ("torch CosineAnnealingLR", "torch", "CosineAnnealingLR", {"T_max": N, "eta_min": 0.1}),
    (
        "torch CosineAnnealingWarmRestarts T0=17,m=2",
        "torch",
        "CosineAnnealingWarmRestarts",
        {"N": 119, "T_0": 17, "T_mult": 2, "eta_min": 0.1},
    ),
    ("torch CyclicLR triangular", "torch", "CyclicLR(base_lr", CYCLIC),
    ("torch CyclicLR triangular2", "torch", 'CyclicLR(mode="triangular2"', CYCLIC),
    ("torch CyclicLR exp_range", "torch", 'CyclicLR(mode="exp_range"', CYCLIC | {"gamma": 0.99}),
    (
        "torch OneCycleLR 2-phase (u=step/(T-1))",
        "torch",
        "OneCycleLR(max_lr",
        ONE_CYCLE | {"max_lr": 1.0, "N": N + 1},
    ),
    (
        "torch SequentialLR",
        "torch",
        "SequentialLR",
        {"m": W, "first": sc.Linear(0.1, 1.0), "second": sc.Cosine(1.0, 0.0)},
    ),
    (
        "torch ChainedScheduler (eta_min=0) = product",
        "torch",
        "ChainedScheduler",
        {"first": sc.warmup_constant(1.0, W / N, 0.1), "second": sc.Cosine(1.0, 0.0)},
    ),
    ("hf constant_with_warmup", "transformers", "constant_with_warmup", {}),
    ("hf linear", "transformers", "linear", {}),
    ("hf cosine num_cycles=.5", "transformers", "cosine", {}),
    (
        "hf cosine num_cycles=1.5",
        "transformers",
        "cosine(num_cycles)",
        {"num_cycles": 1.5, "n": 2, "wave": FULL},
    ),
    ("hf cosine_with_restarts 4", "transformers", "cosine_with_restarts", {"num_cycles": 4}),
    ("hf polynomial", "transformers", "polynomial", {"lr_end": 0.1, "power": 2.0}),
    ("hf inverse_sqrt timescale=50", "transformers", "inverse_sqrt(timescale)", {"timescale": 50}),
    ("hf cosine_with_min_lr", "transformers", "cosine_with_min_lr", {"min_lr": 0.1}),
    (
        "hf cosine_warmup_with_min_lr (u=(step+1)/N)",
        "transformers",
        "cosine_warmup_with_min_lr(min_lr)",
        {"min_lr": 0.1},
    ),
    *[
        (
            f"hf wsd {a}/{b}",
            "transformers",
            "warmup_stable_decay(warmup_type)",
            {"num_decay_steps": 30, "low": 0.1, "up": RISES[a], "down": FALLS[b]},
        )
        for a in RISES
        for b in FALLS
    ],
    (
        "optax polynomial begin=10",
        "optax",
        "polynomial_schedule(transition_begin)",
        {
            "init_value": 1.0,
            "end_value": 0.1,
            "power": 3.0,
            "transition_begin": 10,
            "transition_steps": 110,
        },
    ),
    (
        "optax piecewise_constant",
        "optax",
        "piecewise_constant_schedule",
        {"values": (1.0, 0.5, 0.05), "boundaries": (30, 80)},
    ),
    (
        "optax exponential_decay staircase",
        "optax",
        "exponential_decay(staircase=True)",
        STAIRS | {"N": N + 1},
    ),
    (
        "optax cosine_decay exponent=2 alpha=.1",
        "optax",
        "cosine_decay_schedule(exponent)",
        {"init_value": 1.0, "decay_steps": N, "alpha": 0.1, "exponent": 2.0},
    ),
    (
        "optax linear_onecycle",
        "optax",
        "linear_onecycle_schedule",
        ONE_CYCLE | {"transition_steps": N, "peak_value": 1.0, "pct_final": 0.85, "low": 1 / 25},
    ),
    (
        "optax cosine_onecycle",
        "optax",
        "cosine_onecycle_schedule",
        ONE_CYCLE | {"transition_steps": N, "peak_value": 1.0},
    ),
    (
        "optax warmup_cosine_decay",
        "optax",
        "warmup_cosine_decay_schedule",
        WARM | {"decay_steps": N, "end_value": 0.05},
    ),
    (
        "optax warmup_exponential",
        "optax",
        "warmup_exponential_decay_schedule",
        WARM | {"init_value": 0.0, "transition_steps": 50, "decay_rate": 0.1},
    ),
    ("optax sgdr", "optax", "sgdr_schedule", {"cosine_kwargs": PERIODS}),
    *[
        (
            name,
            "Keras",
            "PolynomialDecay(cycle",
            {"decay_steps": 40, "end_learning_rate": 0.1, "power": 1.0, "cycles": 3},
        )
        for name in (
            "keras PolynomialDecay cycle",
            "keras PolynomialDecay cycle = seq of lin tails",
        )
    ],
    (
        "keras ExponentialDecay staircase",
        "Keras",
        "ExponentialDecay(staircase",
        STAIRS | {"N": N + 1},
    ),
    (
        "keras InverseTimeDecay",
        "Keras",
        "InverseTimeDecay(initial",
        {"decay_steps": 40, "decay_rate": 0.5},
    ),
    (
        "keras CosineDecay warmup",
        "Keras",
        "CosineDecay(warmup_target",
        {"lr": 0.1, "alpha": 0.05, "warmup_target": 1.0, "warmup_steps": W},
    ),
    (
        "keras CosineDecayRestarts t_mul=2,m_mul=.5,alpha=.1",
        "Keras",
        "CosineDecayRestarts",
        {"N": 119, "t_mul": 2, "m_mul": 0.5, "alpha": 0.1, "cycles": 3},
    ),
    (
        "keras PiecewiseConstantDecay (left-continuous)",
        "Keras",
        "PiecewiseConstantDecay",
        {"boundaries": [30], "values": [1.0, 0.5]},
    ),
    (
        "ignite LinearCyclical",
        "Ignite",
        "LinearCyclicalScheduler(start_value",
        WAVE | {"cycles": 3},
    ),
    (
        "ignite CosineAnnealing warmup, start mult .5",
        "Ignite",
        "CosineAnnealingScheduler(start_value_mult",
        WAVE | {"warmup_duration": 20, "size": 60, "m": 0.5, "cycles": 2},
    ),
    (
        "ignite PiecewiseLinear",
        "Ignite",
        "PiecewiseLinear(",
        {"milestones_values": [(0, 0.0), (30, 1.0), (90, 0.2)]},
    ),
]

# Three that no one row says.
OTHERS: dict[str, sc.Schedule | sc.StepSchedule] = {
    # Written out, torch's cosine past T_max is a wave that repeats.
    "torch CosineAnnealingLR past T_max": sc.Restrict(sc.Repeat(0.1 + 0.9 * FULL, 2), 0, 0.75),
    "torch OneCycleLR 3-phase linear": sc.one_cycle(
        1.0, (0.3 * (N + 1) - 1) / N, shape=sc.Linear, three_phase=True
    ).over(N + 1, "both"),
    "optax exponential_decay begin/end_value": sc.maximum(
        sc.Join((sc.Constant(1.0), sc.Exponential(1.0, 0.1 ** (110 / 50))), (1 / 12, 11 / 12)), 0.05
    ),
}
