"""Ignite's parameter schedulers, simulated over whole runs by Ignite itself."""

import inspect
import itertools
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from parity import TABLES, assert_same, case_id, run, unmentioned

import schedcore as sc

with warnings.catch_warnings():
    # What Ignite imports of torch scripts its functional optimizers, which torch deprecates.
    warnings.filterwarnings("ignore", r"`torch\.jit\.\w+` is deprecated", DeprecationWarning)
    from ignite.engine import Engine
    from ignite.handlers import param_scheduler, state_param_scheduler

LR = 0.1
TOTALS = (1, 2, 7, 100, 1000)
COSINE = param_scheduler.CosineAnnealingScheduler
LINEAR = param_scheduler.LinearCyclicalScheduler

# The row, what makes Ignite's scheduler, its parameters, and letters that are none.
Case = tuple[str, Callable[..., Any], dict[str, Any], dict[str, Any]]


def theirs(make: Callable[..., Any], steps: int) -> NDArray[np.float64]:
    """What a run sees at each step: in the optimizer before it, or in the state after it."""
    o = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    engine = Engine(lambda _engine, _batch: None)
    in_state = "StateScheduler" in getattr(make, "__name__", "")
    scheduler = make(param_name="lr") if in_state else make(o)
    out = []
    for _ in range(steps):
        scheduler(engine)
        out.append(engine.state.lr if in_state else o.param_groups[0]["lr"])
    return np.array(out)


def of(cls: Any, **given: Any) -> Callable[..., Any]:
    """The class with its parameters, by its name; those of an optimizer write its lr."""

    def make(*optimizer: Any, **more: Any) -> Any:
        return cls(*optimizer, *(["lr"] if optimizer else []), **given, **more)

    make.__name__ = cls.__name__
    return make


def cyclic(n: int) -> Iterator[Case]:
    for size in (2, 3, 40, 2000):
        count = -(-n // size)
        for start, end in ((1.0, 0.0), (0.01, 0.3)):
            given: dict[str, Any] = {"start_value": start, "end_value": end, "cycle_size": size}
            more = {"cycles": count}
            row = "LinearCyclicalScheduler(start_value, end_value, cycle_size)"
            yield row, of(LINEAR, **given), given, more
            row = "LinearCyclicalScheduler(monotonic=True)"
            yield row, of(LINEAR, **given, monotonic=True), given, more
            row = "CosineAnnealingScheduler(start_value, end_value, cycle_size)"
            yield row, of(COSINE, **given), given, more
            down = 5
            mults = {"start_value_mult": 0.5, "end_value_mult": 0.5, "warmup_duration": down}
            more = {"size": size + down, "m": 0.5, "cycles": -(-n // (size + down))}
            row = "CosineAnnealingScheduler(start_value_mult, end_value_mult, warmup_duration)"
            yield row, of(COSINE, **given, **mults), given | mults, more
            if size <= n:
                for mult in (1, 2, 3):
                    stretched = given | {"cycle_mult": mult}
                    row = "CosineAnnealingScheduler(cycle_mult)"
                    yield row, of(COSINE, **stretched), stretched, {}


def in_sequence(o: Any, m: int) -> Any:
    pieces = [LINEAR(o, "lr", 0.0, 1.0, 2 * m), COSINE(o, "lr", 1.0, 0.2, 10)]
    return param_scheduler.ConcatScheduler(pieces, durations=[m])


def warmed_up(o: Any, of_torch: bool, duration: int, n: int) -> Any:
    left = n - duration + 1
    rest = (
        torch.optim.lr_scheduler.CosineAnnealingLR(o, left)
        if of_torch
        else COSINE(o, "lr", LR, 0.0, left)
    )
    return param_scheduler.create_lr_scheduler_with_warmup(rest, 0.01, duration)


def compositions(n: int) -> Iterator[Case]:
    points = [(n // 4, 0.1), (n // 2, 1.0), (n // 2, 0.5), (n, 0.2)]
    given: dict[str, Any] = {"milestones_values": points}
    row = "PiecewiseLinear(milestones_values)"
    yield row, of(param_scheduler.PiecewiseLinear, **given), given, {}
    row = "PiecewiseLinearStateScheduler(milestones_values)"
    yield row, of(state_param_scheduler.PiecewiseLinearStateScheduler, **given), given, {}
    m = n // 3
    if m:
        waves = sc.Repeat(sc.Cosine(1.0, 0.2), -(-(n - m) // 10))
        second = sc.Restrict(waves, 0, (n - m) / (10 * waves.times))
        more = {"duration": m, "first": sc.Linear(0.0, 1.0), "second": second}
        yield "ConcatScheduler([first, second], [duration])", lambda o: in_sequence(o, m), {}, more
    row = "create_lr_scheduler_with_warmup(scheduler, warmup_start_value, warmup_duration)"
    for duration in sorted({2, 3, n // 2}) if n >= 7 else ():
        given = {"warmup_start_value": 0.01, "warmup_duration": duration}
        for of_torch in (False, True):
            make = lambda o, d=duration, t=of_torch: warmed_up(o, t, d, n)  # noqa: E731
            yield row, make, given, {"schedule": sc.Cosine(LR, 0.0)}


def gradual(k: int) -> float:
    return 0.5 + 0.5 / (k + 1)


def states(n: int) -> Iterator[Case]:
    rooms = state_param_scheduler
    given: dict[str, Any] = {"lambda_obj": gradual}
    yield "LambdaStateScheduler(lambda_obj)", of(rooms.LambdaStateScheduler, **given), given, {}
    for gamma, size in ((0.99, 1), (0.9, 3), (0.1, 50)):
        given = {"initial_value": 0.3, "gamma": gamma}
        if gamma > 0.5:  # 0.1**1000 is no number
            row = "ExpStateScheduler(initial_value, gamma)"
            yield row, of(rooms.ExpStateScheduler, **given), given, {}
        sized = given | {"step_size": size}
        row = "StepStateScheduler(initial_value, gamma, step_size)"
        yield row, of(rooms.StepStateScheduler, **sized), sized, {}
        placed = given | {"milestones": [n // 3 + 1, n // 2 + 1, n]}
        row = "MultiStepStateScheduler(initial_value, gamma, milestones)"
        yield row, of(rooms.MultiStepStateScheduler, **placed), placed, {}


CASES = [(n, *case) for n in TOTALS for f in (cyclic, compositions, states) for case in f(n)]


@pytest.mark.parametrize(("steps", "used", "make", "given", "more"), CASES, ids=case_id)
def test_same(
    steps: int, used: str, make: Any, given: dict[str, Any], more: dict[str, Any]
) -> None:
    ours = run("Ignite", used, steps, **{"lr": LR, "N": steps} | given | more)
    assert_same(ours, theirs(make, steps))


def test_a_batch_size_as_a_float() -> None:
    given = {"scheduler_fn": lambda event: 10 + event // 3}
    loader = torch.utils.data.DataLoader(list(range(10)))
    scheduler = param_scheduler.BatchSizeScheduler(loader, **given)
    they = []
    for _ in range(20):
        scheduler(None)
        they.append(loader.batch_sampler.batch_size)
    assert run("Ignite", "BatchSizeScheduler(scheduler_fn)", 20, N=20, **given).tolist() == they


def test_a_wrapped_scheduler_is_torchs() -> None:
    def make(o: Any) -> Any:
        return param_scheduler.LRScheduler(torch.optim.lr_scheduler.StepLR(o, 30, 0.5))

    row = "StepLR(step_size, gamma)"
    assert_same(run("torch", row, 100, lr=LR, N=100, step_size=30, gamma=0.5), theirs(make, 100))


def test_every_row_has_a_case() -> None:
    rows = {used for used, (code, _) in TABLES["Ignite"].items() if code}
    assert rows == {used for _, used, *_ in CASES} | {"BatchSizeScheduler(scheduler_fn)"}


def schedulers() -> set[str]:
    bases = {"BaseParamScheduler", "ParamScheduler", "CyclicalScheduler", "StateParamScheduler"}
    found = {"create_lr_scheduler_with_warmup"}
    for room in (param_scheduler, state_param_scheduler):
        for name, x in vars(room).items():
            own = inspect.isclass(x) and x.__module__ == room.__name__
            if own and not name.startswith("_"):
                found.add(name)
    return found - bases


def test_every_scheduler_is_in_the_readme() -> None:
    assert schedulers() >= {"PiecewiseLinear", "ParamGroupScheduler", "StepStateScheduler"}
    assert not unmentioned("Ignite", schedulers())


def test_a_new_scheduler_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    new = type("New", (), {"__module__": param_scheduler.__name__})
    monkeypatch.setattr(param_scheduler, "New", new, raising=False)
    assert unmentioned("Ignite", schedulers()) == {"New"}


def test_on_purpose_cycles_are_not_cut_to_whole_steps() -> None:
    # Ignite makes 3, 4, 6, 9 steps of 3 * 1.5**j; ours are 3, 4.5, 6.75, ...
    they = theirs(of(COSINE, start_value=1.0, end_value=0.0, cycle_size=3, cycle_mult=1.5), 22)
    assert [k for k in range(22) if they[k] == 1.0] == [0, 3, 7, 13]
    lengths = itertools.accumulate([3 * 1.5**j for j in range(3)])
    assert sc.sgdr(1.0, 0.0, 3 / 22, 1.5).over(22).boundaries == tuple(
        map(int, map(np.ceil, lengths))
    )


def test_on_purpose_a_jump_at_the_very_end_is_not_seen() -> None:
    # A piece of no length vanishes, at the end too; Ignite's state counts to N, and jumps there.
    cls = state_param_scheduler.PiecewiseLinearStateScheduler
    points = [(0, 0.1), (4, 1.0), (4, 0.2)]
    they = theirs(of(cls, milestones_values=points), 4)
    row = "PiecewiseLinearStateScheduler(milestones_values)"
    ours = run("Ignite", row, 4, N=4, milestones_values=points)
    assert_same(ours[:3], they[:3])
    assert (ours[3], they[3]) == (1.0, 0.2)
