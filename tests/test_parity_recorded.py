"""Recorded curves of the live peers, and of those that the tests do not install.

golden/peer_curves.json holds the values of each at the steps of a run with base learning rate 1,
the versions, and the calls. Its LLM trainers are formulas restated.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from parity import EXACT, FLOAT32, assert_same, write
from recorded_live import OTHERS, ROWS, N, W

import schedcore as sc

RECORDED = json.loads(
    (Path(__file__).parent / "golden" / "peer_curves.json").read_text(encoding="utf-8")
)
CURVES = {case["name"]: case for case in RECORDED["cases"]}

INVERSE = sc.Join((sc.Constant(1.0), sc.InversePower(1.0, 40 / 100)), (1 / 6, 5 / 6))
MAIN = write("timm", "TanhLRScheduler(lb", lr=1.0, lr_min=0.1, lb=-7.0, ub=3.0)
TIMM = {"lr_min": 0.1, "warmup_t": W, "warmup_lr_init": 0.01}

# The recorded curve, the library and row of the README, and its letters, as in recorded_live.
MORE: list[tuple[str, str, str, dict[str, Any]]] = [
    ("timm cosine k_decay=2", "timm", "CosineLRScheduler(k_decay)", TIMM | {"k_decay": 2.0}),
    (
        "timm cosine cycle_mul=2,decay=.5,limit=3 (17)",
        "timm",
        "CosineLRScheduler(cycle_mul",
        {
            "N": 119,
            "lr_min": 0.1,
            "t_initial": 17,
            "cycle_mul": 2,
            "cycle_decay": 0.5,
            "cycle_limit": 3,
        },
    ),
    (
        "timm cosine warmup prefix=False",
        "timm",
        "CosineLRScheduler(warmup_t",
        TIMM | {"lr_min": 0.0},
    ),
    (
        "timm cosine warmup prefix=True",
        "timm",
        "CosineLRScheduler(warmup_prefix",
        TIMM | {"lr_min": 0.0},
    ),
    ("timm tanh", "timm", "TanhLRScheduler(lb", {"lr_min": 0.1, "lb": -7.0, "ub": 3.0}),
    ("timm tanh warmup", "timm", "TanhLRScheduler(warmup_t", TIMM | {"main": MAIN}),
    ("timm poly .5", "timm", "PolyLRScheduler", {"power": 0.5, "lr_min": 0.1}),
    ("timm step", "timm", "StepLRScheduler", {"decay_t": 30, "decay_rate": 0.1}),
    (
        "timm multistep (cut at milestone-1)",
        "timm",
        "MultiStepLRScheduler",
        {"decay_t": [30, 60], "decay_rate": 0.1},
    ),
    (
        "po wsd 1-square (no floor!)",
        "pytorch_optimizer",
        "get_wsd_schedule",
        {"num_decay_steps": 30},
    ),
    (
        "po REX (value k after k-th call)",
        "pytorch_optimizer",
        "REXScheduler",
        {"total_steps": N, "max_lr": 1.0, "min_lr": 0.1},
    ),
    (
        "mmengine Linear (u=step/(end-1))",
        "mmengine",
        "LinearLR",
        {"start_factor": 0.1, "end_factor": 1.0},
    ),
    ("mmengine Poly p=2 (u=step/(end-1))", "mmengine", "PolyLR", {"power": 2.0, "eta_min": 0.1}),
    (
        "mmengine CosineRestart",
        "mmengine",
        "CosineRestartLR",
        {"periods": [50, 70], "restart_weights": [1.0, 0.5], "eta_min": 0.1},
    ),
    (
        "fastai fit_one_cycle lr",
        "fastai",
        "fit_one_cycle",
        {"lr_max": 1.0, "pct_start": 0.25, "div": 25.0, "div_final": 1e5},
    ),
    ("fastai fit_flat_cos", "fastai", "fit_flat_cos", {"pct_start": 0.75, "div_final": 1e5}),
    ("fastai SchedPoly", "fastai", "SchedPoly", {"start": 0.1, "end": 1.0, "power": 3.0}),
    ("axolotl RexLR (beta=.9)", "LLM trainers", "Axolotl: RexLR", {"max_lr": 1.0, "min_lr": 0.1}),
    ("axolotl quadratic warmup", "LLM trainers", "Axolotl: cosine with quadratic", {}),
    (
        "Megatron WSD exponential = esat(1,0,ln2)",
        "LLM trainers",
        "Megatron-LM: WSD, exponential",
        {},
    ),
    ("lm-engine exponential = esat(1,f,1)", "LLM trainers", "lm-engine: exponential", {"f": 0.1}),
    (
        "WSD-S harmonic = invpow(a,1/(a/b-1),1)",
        "LLM trainers",
        "WSD-S: harmonic",
        {"start": 1.0, "end": 0.1},
    ),
    ("epfml mirror_cosine = 2*lin-cos", "LLM trainers", "epfml: mirror_cosine", {"f": 0.1}),
    ("OLMo CosLinearEnvelope = b + lin*cos", "LLM trainers", "OLMo: CosLinearEnvelope", {"f": 0.1}),
    (
        "big_vision rsqrt*warmup*cooldown",
        "LLM trainers",
        "big_vision",
        {"inverse": INVERSE, "cooldown_steps": 30},
    ),
    (
        "OLMo-core PowerLR b=-.51",
        "LLM trainers",
        "OLMo-core: PowerLR",
        {"b": -0.51, "stable": 70, "cooldown_steps": 30, "low": 4.5**-0.51},
    ),
    ("OLMo-core HalfCos", "LLM trainers", "OLMo-core: HalfCos", {"f": 0.1}),
    (
        "fairseq tri_stage",
        "LLM trainers",
        "fairseq: tri_stage",
        {"w": 12, "hold": 48, "init_scale": 0.01, "final_scale": 0.01},
    ),
    ("DeepSpeed WarmupLR log = warp(lin,log)", "LLM trainers", "DeepSpeed: WarmupLR", {"N": 20}),
]

WRITTEN = OTHERS | {
    name: write(library, used, **{"lr": 1.0, "N": N, "w": W} | letters)
    for name, library, used, letters in ROWS + MORE
}

# Where a cycle begins, Keras has the end value once more: asserted in test_parity_keras.
LEFT_OUT = {name: [40, 80] for name in CURVES if name.startswith("keras PolynomialDecay cycle")}


@pytest.mark.parametrize("name", CURVES)
def test_recorded(name: str) -> None:
    case = CURVES[name]
    schedule = WRITTEN[name]
    if isinstance(schedule, sc.Schedule):
        sample = "right" if case["progress_offset"] else "left"
        schedule = schedule.over(case["progress_denominator"], sample)
    steps = np.setdiff1d(case["steps"], LEFT_OUT.get(name, []))
    recorded = dict(zip(case["steps"], case["values"], strict=True))
    # optax and Keras compute in float32; fastai takes the shares of its combined ones so.
    single = name.startswith(("optax", "keras", "fastai fit"))
    ours = schedule(steps)
    assert_same(ours, [recorded[k] for k in steps.tolist()], FLOAT32 if single else EXACT)


def test_every_curve_has_an_expression_and_no_expression_lacks_a_curve() -> None:
    assert len(CURVES) == len(RECORDED["cases"]) == 83
    assert set(WRITTEN) == set(CURVES)
    assert len(WRITTEN) == len(ROWS + MORE) + len(OTHERS)  # no name twice


def test_a_curve_without_an_expression_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CURVES, "new", CURVES["timm step"])
    with pytest.raises(AssertionError):
        test_every_curve_has_an_expression_and_no_expression_lacks_a_curve()
