"""One schedule of every kind: each curve, combinator and recipe, by its name."""

from fractions import Fraction

import schedcore as sc

SMOOTH: dict[str, sc.Schedule] = {
    "Constant": sc.Constant(0.3),
    "Linear": sc.Linear(0.1, 4.8),
    "Cosine": sc.Cosine(0.1, 0.001),
    "Exponential": sc.Exponential(1.0, 1e-3),
    "Polynomial": sc.Polynomial(1.0, 0.1, 0.9),
    "Power": sc.Power(0.2, 1.0, 2.5),
    "InversePower": sc.InversePower(0.5, 0.1),
    "Rex": sc.Rex(0.1, 0.0, 0.9),
    "Saturating": sc.Saturating(1.0, 0.0, 3.0),
    "Tanh": sc.Tanh(1.0, 0.0),
    "Points": sc.Points((0.0, 1.0, 0.1), (0, "1/3", 1)),
    "Join": sc.Join((sc.Linear(0.0, 1.0), sc.Cosine(1.0, 0.2)), ("1/7", "6/7")),
    "Restrict": sc.Restrict(sc.Cosine(1.0, 0.0), 0.2, 0.7),
    "Reverse": sc.Reverse(sc.Rex(1.0, 0.1)),
    "Repeat": sc.Repeat(sc.Cosine(1.0, 0.1), 12, "3/2", 0.9),
    "Warp": sc.Warp(sc.Cosine(1.0, 0.0), sc.Power(0.0, 1.0, 1.5)),
    "sum": sc.Cosine(1.0, 0.0) + 0.5,
    "difference": 2.0 - sc.Power(0.0, 1.0, 2.0),
    "product": 0.1 * sc.Cosine(1.0, 0.0) * sc.Linear(1.0, 0.5),
    "quotient": sc.Linear(0.0, 1.0) / sc.Exponential(1.0, 4.0),
}
"""Those whose derivative is bounded inside their pieces."""

KINDS: dict[str, sc.Schedule] = SMOOTH | {
    "root": sc.Power(1.0, 0.0, 0.5),
    "Steps": sc.Steps((0.1, 0.01, 0.001), ("1/3", "2/3")),
    "many Steps": sc.Steps([0.99**i for i in range(50)], [Fraction(i, 50) for i in range(1, 50)]),
    "Custom": sc.Custom(lambda t: 0.1 * (1 - t) * (1 - t)),
    "Hold": sc.Hold(sc.Cosine(1.0, 0.0), 90),
    "few Hold": sc.Reverse(sc.Hold(sc.Linear(0.0, 1.0), 3)),
    "held Warp": sc.Warp(sc.Linear(1.0, 0.0), sc.Hold(sc.Power(0.0, 1.0, 2.0), 4)),
    "minimum": sc.minimum(sc.Linear(0.0, 1.0), sc.Cosine(1.0, 0.0)),
    "maximum": sc.maximum(sc.Linear(1.0, 0.0), 0.25),
    "clip": sc.clip(sc.Linear(0.0, 1.0), 0.1, 0.9),
    "warmup": sc.warmup(sc.Exponential(0.1, 0.001), 0.05),
    "cooldown": sc.cooldown(sc.Constant(0.1), 0.2),
    "warmup_cosine": sc.warmup_cosine(0.1, "5/90"),
    "warmup_linear": sc.warmup_linear(0.1, 0.05),
    "warmup_constant": sc.warmup_constant(0.1, 0.05),
    "inverse_sqrt": sc.inverse_sqrt(0.1, 0.1),
    "noam": sc.noam(512, 4000, 100_000),
    "wsd": sc.wsd(0.1, 0.01, 0.1),
    "one_cycle": sc.one_cycle(0.1),
    "cosine_restarts": sc.cosine_restarts(0.1, 0.001, 0.1, "full", 0.8),
    "sgdr": sc.sgdr(0.1, 0.0, 0.1, 2),
    "triangular": sc.triangular(0.001, 0.006, 10),
    "step_decay": sc.step_decay(0.1, 0.5, 20),
    "multistep": sc.multistep((0.1, 0.01, 0.001), (30, 60), 90),
    "flat_cosine": sc.flat_cosine(0.1, 0.75),
    "poly": sc.poly(0.1, 0.9),
}
