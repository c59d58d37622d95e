"""The names of transformers' get_scheduler, over whole runs."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from parity import TABLES, assert_same, case_id, run, unmentioned
from transformers import optimization
from transformers.optimization import TYPE_TO_SCHEDULER_FUNCTION, SchedulerType, get_scheduler

import schedcore as sc

LR = 0.1
TOTALS = (1, 2, 7, 100, 1000)
ROOT = partial(sc.Power, power=0.5)

# The name, the row, what scheduler_specific_kwargs holds, and other letters.
Case = tuple[str, str, dict[str, Any], dict[str, Any]]


def theirs(name: str, w: int, n: int, given: dict[str, Any], steps: int) -> NDArray[np.float64]:
    """All are LambdaLRs: base times a function of the step, read at each."""
    o = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    scheduler = get_scheduler(name, o, w, n, scheduler_specific_kwargs=given)
    assert isinstance(scheduler, torch.optim.lr_scheduler.LambdaLR)
    assert scheduler.get_last_lr() == [LR * scheduler.lr_lambdas[0](0)]
    return np.array([LR * scheduler.lr_lambdas[0](k) for k in range(steps)])


def cases(w: int, n: int) -> Iterator[Case]:
    for name in ("constant", "constant_with_warmup", "linear", "cosine"):
        yield name, name, {}, {}
    for waves in (0.3, 0.5, 1.5, 2.0):
        wave = sc.Join((sc.Cosine(LR, 0.0), sc.Cosine(0.0, LR)), (0.5, 0.5))
        more = {"wave": wave, "n": int(np.ceil(waves))}
        yield "cosine", "cosine(num_cycles)", {"num_cycles": waves}, more
    for count in (1, 2, 4):
        row = "cosine_with_restarts(num_cycles)"
        yield "cosine_with_restarts", row, {"num_cycles": count}, {}
    for power in (0.5, 1.0, 2.0):
        given = {"lr_end": 0.001, "power": power}
        yield "polynomial", "polynomial(lr_end, power)", given, {}
    if w:
        yield "inverse_sqrt", "inverse_sqrt", {}, {}
    for timescale in (1, 50, 10_000):
        yield "inverse_sqrt", "inverse_sqrt(timescale)", {"timescale": timescale}, {}
    given = {"min_lr": 0.01}
    yield "cosine_with_min_lr", "cosine_with_min_lr(min_lr)", given, {}
    name = "cosine_warmup_with_min_lr"
    yield name, "cosine_warmup_with_min_lr(min_lr)", given, {}
    if w > 1:
        slow = given | {"warmup_lr_rate": 0.02}
        yield name, "cosine_warmup_with_min_lr(warmup_lr_rate)", slow, {}
    down = {"linear": sc.Linear, "cosine": sc.Cosine, "1-sqrt": ROOT}
    up = {"linear": sc.Linear, "cosine": sc.Cosine, "1-sqrt": partial(sc.Polynomial, power=0.5)}
    for decay in sorted({1, (n - w) // 2, n - w}):
        given = {"num_decay_steps": decay, "min_lr_ratio": 0.05}
        name = "warmup_stable_decay"
        yield name, "warmup_stable_decay(num_decay_steps, min_lr_ratio)", given, {}
        for rise, fall in [(a, b) for a in up for b in down]:
            shapes = given | {"warmup_type": rise, "decay_type": fall}
            more = {"low": LR * 0.05, "up": up[rise], "down": down[fall]}
            yield name, "warmup_stable_decay(warmup_type)", shapes, more


CASES = [
    (n, w, *case)
    for n in TOTALS
    for w in sorted({0, 1, n // 10, n // 2} - {n})
    for case in cases(w, n)
]


@pytest.mark.parametrize(("n", "w", "name", "used", "given", "more"), CASES, ids=case_id)
def test_same(
    n: int, w: int, name: str, used: str, given: dict[str, Any], more: dict[str, Any]
) -> None:
    ours = run("transformers", used, n, **{"lr": LR, "N": n, "w": w} | given | more)
    assert_same(ours, theirs(name, w, n, given, n))


def test_every_row_has_a_case() -> None:
    rows = {used for used, (code, _) in TABLES["transformers"].items() if code}
    assert rows == {case[3] for case in CASES}


def names() -> set[str]:
    of_classes = {
        name
        for name, x in vars(optimization).items()
        if isinstance(x, type)
        and issubclass(x, torch.optim.lr_scheduler.LRScheduler)
        and x.__module__ == optimization.__name__
    }
    listed = {x.value for x in SchedulerType} | {x.value for x in TYPE_TO_SCHEDULER_FUNCTION}
    return listed | of_classes - {"GreedyLR"}  # "greedy"


def test_every_name_is_in_the_readme() -> None:
    assert names() >= {"linear", "cosine", "warmup_stable_decay", "AdafactorSchedule"}
    assert not unmentioned("transformers", names())


def test_a_new_name_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    new = type("NewSchedule", (torch.optim.lr_scheduler.LambdaLR,), {})
    new.__module__ = optimization.__name__
    monkeypatch.setattr(optimization, "NewSchedule", new, raising=False)
    assert unmentioned("transformers", names()) == {"NewSchedule"}


def test_on_purpose_nothing_rises_again_past_the_end() -> None:
    assert theirs("cosine", 0, 10, {}, 14)[13] > 0.2 * LR
    assert run("transformers", "cosine", 14, lr=LR, N=10, w=0)[10:].tolist() == [0.0] * 4


def test_on_purpose_a_restart_is_found_with_fractions() -> None:
    # 55 * (k / 55) is less than k for some k, and there transformers' float modulo finds the end
    # of the last cycle, 0, instead of the beginning of the next.
    total = 55
    given = {"num_cycles": total}
    they = theirs("cosine_with_restarts", 0, total, given, total)
    late = [k for k in range(total) if they[k] < LR / 2]
    assert late
    row = "cosine_with_restarts(num_cycles)"
    ours = run("transformers", row, total, lr=LR, N=total, w=0, num_cycles=total)
    assert ours.tolist() == [LR] * total


def test_on_purpose_a_warmup_and_a_decay_fit_the_run() -> None:
    # transformers takes any, and the learning rate falls off a cliff.
    given = {"num_decay_steps": 80}
    they = theirs("warmup_stable_decay", 40, 100, given, 101)
    assert np.abs(np.diff(they)).max() > 0.1 * LR
    with pytest.raises(ValueError, match="must leave the run at most full"):
        sc.wsd(LR, 0.4, 0.8)
