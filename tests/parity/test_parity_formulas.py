"""What is neither installed nor recorded: the formulas restated, each with its source.

k is the step, from 0. The versions are those of the recorded curves.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from parity import TABLES, assert_same, case_id, run
from recorded_others import MORE

import schedcore as sc

LR = 0.3
START = 0.01
END = 0.001
W = 20
DOWN = 30


def cosine(u: float, start: float, end: float) -> float:
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * u))


def lerp(u: float, start: float, end: float) -> float:
    return start + u * (end - start)


def warm(k: int, start: float, rest: float) -> float:
    return lerp(k / W, start, LR) if k < W else rest


def cycle(k: int, n: int) -> float:
    """Cosines of 1, 2 and 4 sevenths of the run."""
    j = 0 if k < n / 7 else 1 if k < 3 * n / 7 else 2
    begin, length = (2**j - 1) * n / 7, 2**j * n / 7
    return cosine((k - begin) / length, LR, 0.0)


def restarts(k: int) -> float:
    j, k = divmod(k, 50)
    top = LR * 0.5**j
    return lerp(k / W, END, top) if k < W else cosine((k - W) / (50 - W), top, END)


# The library, the row, the formula of step and total, and the letters.
CASES: list[tuple[str, str, Callable[[int, int], float], dict[str, Any]]] = [
    # timm/scheduler/cosine_lr.py:81-109
    ("timm", "CosineLRScheduler(lr_min)", lambda k, n: cosine(k / n, LR, END), {"lr_min": END}),
    # mmengine/optim/scheduler/param_scheduler.py:401-489: 1/factor comes back at end - 1
    (
        "mmengine",
        "ConstantLR",
        lambda k, n: LR * 0.1 if k < n - 1 else LR,
        {"factor": 0.1},
    ),
    # the same, 567-704, with T_max = end - begin
    ("mmengine", "CosineAnnealingLR", lambda k, n: cosine(k / n, LR, END), {"eta_min": END}),
    # fastai/callback/schedule.py:48-56
    ("fastai", "SchedNo", lambda k, n: LR, {"start": LR, "end": END}),
    ("fastai", "SchedLin", lambda k, n: lerp(k / n, LR, END), {"start": LR, "end": END}),
    ("fastai", "SchedCos", lambda k, n: cosine(k / n, LR, END), {"start": LR, "end": END}),
    ("fastai", "SchedExp", lambda k, n: LR * (END / LR) ** (k / n), {"start": LR, "end": END}),
    # the same, 70-81
    (
        "fastai",
        "combine_scheds",
        lambda k, n: lerp(2 * k / n, 0.0, LR) if k < n / 2 else cosine(2 * k / n - 1, LR, END),
        {"pcts": [0.5, 0.5], "first": sc.Linear(0.0, LR), "second": sc.Cosine(LR, END)},
    ),
    # the same, 84-160: SchedCos(lr_max, 0) for each cycle, and LRFinder
    ("fastai", "fit_sgdr", cycle, {"n_cycles": 3, "cycle_mult": 2, "lr_max": LR}),
    (
        "fastai",
        "lr_find",
        lambda k, n: 1e-7 * (10 / 1e-7) ** (k / n),
        {"start_lr": 1e-7, "end_lr": 10.0},
    ),
    # pytorch_optimizer/lr_scheduler/linear_warmup.py:21-66 and base/scheduler.py:71-93
    (
        "pytorch_optimizer",
        "LinearScheduler",
        lambda k, n: warm(k, START, lerp((k - W) / (n - W), LR, END)),
        {"max_lr": LR, "min_lr": END, "init_lr": START, "warmup_steps": W},
    ),
    (
        "pytorch_optimizer",
        "CosineScheduler",
        lambda k, n: warm(k, START, cosine((k - W) / (n - W), LR, END)),
        {"max_lr": LR, "min_lr": END, "init_lr": START, "warmup_steps": W},
    ),
    # pytorch_optimizer/lr_scheduler/cosine_anealing.py:63-119, cycle_mult 1
    (
        "pytorch_optimizer",
        "CosineAnnealingWarmupRestarts",
        lambda k, n: restarts(k),
        {
            "first_cycle_max_steps": 50,
            "max_lr": LR,
            "min_lr": END,
            "warmup_steps": W,
            "gamma": 0.5,
            "cycles": 20,
        },
    ),
    # pytorch_optimizer/lr_scheduler/proportion.py:43-60
    (
        "pytorch_optimizer",
        "ProportionScheduler",
        lambda k, n: 2.0 + (5.0 - 2.0) * (cosine(k / n, LR, END) - END) / (LR - END),
        {
            "max_lr": LR,
            "min_lr": END,
            "max_value": 5.0,
            "min_value": 2.0,
            "schedule": sc.Cosine(LR, END),
        },
    ),
    # megatron/core/optimizer_param_scheduler.py:184-282 (k <= w warms up: the same value at w)
    (
        "LLM trainers",
        "Megatron-LM: cosine",
        lambda k, n: LR * k / W if k <= W else cosine((k - W) / (n - W), LR, END),
        {"end": END},
    ),
    (
        "LLM trainers",
        "Megatron-LM: inverse-square-root",
        lambda k, n: LR * k / W if k <= W else max(0.1, LR * math.sqrt(W) / math.sqrt(k)),
        {"end": 0.1},
    ),
    # fairseq/optim/lr_scheduler/inverse_square_root_schedule.py:78-85, warmup_init_lr 0
    (
        "LLM trainers",
        "fairseq: inverse_sqrt",
        lambda k, n: LR / W * k if k < W else LR * math.sqrt(W) * k**-0.5,
        {},
    ),
    # torchtitan/components/optimizer/lr_scheduler.py:90-194
    (
        "LLM trainers",
        "torchtitan",
        lambda k, n: (
            LR * ((k + 1) / W if k < W else 1.0 if k < n - DOWN else 1 - (k - n + DOWN) / DOWN)
        ),
        {"cooldown_steps": DOWN},
    ),
    # open_clip_train/scheduler.py:38-85
    (
        "LLM trainers",
        "open_clip",
        lambda k, n: LR * (k + 1) / W if k < W else cosine((k - W) / (n - W), LR, 0.0),
        {},
    ),
    # dinov2/utils/utils.py:67-87: linspace(start, lr, w), then the cosine of i / len
    (
        "LLM trainers",
        "DINO",
        lambda k, n: (
            float(np.linspace(START, LR, W)[k]) if k < W else cosine((k - W) / (n - W), LR, END)
        ),
        {"start": START, "end": END},
    ),
]


@pytest.mark.parametrize("total", [100, 1000])
@pytest.mark.parametrize(("library", "used", "formula", "given"), CASES, ids=case_id)
def test_same(library: str, used: str, formula: Any, given: dict[str, Any], total: int) -> None:
    letters = {"lr": LR, "N": total, "w": W, "t_max": total} | given
    theirs = [formula(k, total) for k in range(total)]
    assert_same(run(library, used, total, **letters), theirs)


@pytest.mark.parametrize(
    "library", ["timm", "mmengine", "fastai", "pytorch_optimizer", "LLM trainers"]
)
def test_every_row_has_a_case_here_or_among_the_recorded(library: str) -> None:
    rows = [row for row, (code, _) in TABLES[library].items() if code]
    tried = [used for name, used, *_ in CASES if name == library]
    tried += [used for _, name, used, _ in MORE if name == library]
    for row in rows:
        assert any(row.startswith(used) for used in tried), row


def test_on_purpose_the_range_is_not_left_past_the_end() -> None:
    # torchtitan's linear decay goes on below 0.
    letters = {"lr": LR, "N": 100, "w": W, "cooldown_steps": DOWN}
    assert LR * (1 - (101 - 100 + DOWN) / DOWN) < 0
    assert run("LLM trainers", "torchtitan", 102, **letters)[101] == 0.0


def test_on_purpose_timms_restarts_are_found_with_integers() -> None:
    # timm/scheduler/cosine_lr.py:88-91 takes a float logarithm: at 1210 it is still in the last.
    t, first, mul = 1210, 10, 3
    i = math.floor(math.log(1 - t / first * (1 - mul), mul))
    assert (t - (1 - mul**i) / (1 - mul) * first) / (mul**i * first) == 1.0
    assert sc.sgdr(1.0, 0.0, first / 3640, mul).over(3640)(t) == 1.0
