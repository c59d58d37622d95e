"""torch.optim.lr_scheduler, stepped over whole runs beside what coming_from.md says to write."""

import inspect
import math
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from parity import TABLES, assert_same, case_id, run, unmentioned
from torch.optim import lr_scheduler as torch_lr
from torch.optim.swa_utils import SWALR

import schedcore as sc

LR = 0.1
TOTALS = (1, 2, 7, 100, 1000)

# These multiply the last value at each step, and drift. What 20 000 steps come to, measured, of the
# largest value. Runs of up to 1000 steps stay within 1e-12, whatever the class: 4e-14 at most.
DRIFT = {
    "ExponentialLR": 5e-15,
    "LinearLR": 1e-13,
    "PolynomialLR": 2e-14,
    "CosineAnnealingLR": 1e-14,
}


def optimizer() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR, momentum=0.9)


def stepped(
    make: Callable[[torch.optim.Optimizer], Any], steps: int, key: str = "lr"
) -> NDArray[np.float64]:
    """What the optimizer would train with at each step: the values that stepping really gives."""
    o = optimizer()
    scheduler = make(o)
    out = []
    for _ in range(steps):
        out.append(float(o.param_groups[0][key]))
        o.step()
        with warnings.catch_warnings():
            # SequentialLR itself calls step(epoch), of which torch warns.
            warnings.filterwarnings("ignore", "The epoch parameter in", UserWarning)
            scheduler.step()
    return np.array(out)


def gradual(k: int) -> float:
    return 0.5 + 0.5 / (k + 1)


# The row, torch's class, its parameters, and letters that are none of its parameters.
Case = tuple[str, Callable[..., Any], dict[str, Any], dict[str, Any]]


def decays(n: int) -> Iterator[Case]:
    yield "LambdaLR(lr_lambda)", torch_lr.LambdaLR, {"lr_lambda": gradual}, {}
    for g in (0.99, 1.001):
        constant = {"lr_lambda": lambda _, g=g: g}
        yield "MultiplicativeLR(lr_lambda)", torch_lr.MultiplicativeLR, constant, {"factor": g}
        yield "ExponentialLR(gamma)", torch_lr.ExponentialLR, {"gamma": g}, {}
    for size, g in ((1, 0.99), (3, 0.9), (30, 0.1), (2000, 0.5)):
        yield "StepLR(step_size, gamma)", torch_lr.StepLR, {"step_size": size, "gamma": g}, {}
    for milestones in ([n // 3, n // 2], [n // 2, n // 2, n], [n - 1], []):
        given = {"milestones": milestones, "gamma": 0.3}
        yield "MultiStepLR(milestones, gamma)", torch_lr.MultiStepLR, given, {}
    for t in sorted({n, max(1, n // 3)}):
        given = {"factor": 1 / 3, "total_iters": t}
        yield "ConstantLR(factor, total_iters)", torch_lr.ConstantLR, given, {}
        for a, b in ((1 / 3, 1.0), (1.0, 0.0), (0.001, 0.7)):
            given = {"start_factor": a, "end_factor": b, "total_iters": t}
            yield "LinearLR(start_factor, end_factor, total_iters)", torch_lr.LinearLR, given, {}
        for power in (0.5, 0.9, 1.0, 2.0):
            given = {"total_iters": t, "power": power}
            yield "PolynomialLR(total_iters, power)", torch_lr.PolynomialLR, given, {}
    for eta_min in (0.0, 0.001, 0.2):
        given = {"T_max": n, "eta_min": eta_min}
        yield "CosineAnnealingLR(T_max, eta_min)", torch_lr.CosineAnnealingLR, given, {}


def cycles(n: int) -> Iterator[Case]:
    for first, stretch in ((1, 1), (max(1, n // 4), 1), (1, 2), (max(1, n // 9), 3), (n, 2)):
        given = {"T_0": first, "T_mult": stretch, "eta_min": 0.01}
        cosines = torch_lr.CosineAnnealingWarmRestarts
        yield "CosineAnnealingWarmRestarts(T_0, T_mult, eta_min)", cosines, given, {}
    for up, down in ((1, 1), (3, 4), (15, 25), (2000, 2000)):
        given = {"base_lr": 0.01, "max_lr": 0.3, "step_size_up": up, "step_size_down": down}
        size = up + down
        more = {"size": size, "cycles": -(-n // size)}
        up_and_down = "CyclicLR(base_lr, max_lr, step_size_up, step_size_down)"
        yield up_and_down, torch_lr.CyclicLR, given | {"cycle_momentum": False}, more
        yield (
            'CyclicLR(mode="triangular2")',
            torch_lr.CyclicLR,
            given | {"mode": "triangular2"},
            more,
        )
        fading = {"mode": "exp_range", "gamma": 0.999}
        yield 'CyclicLR(mode="exp_range", gamma)', torch_lr.CyclicLR, given | fading, more
        momenta = {"base_momentum": 0.85, "max_momentum": 0.95}
        yield "CyclicLR(base_momentum, max_momentum)", torch_lr.CyclicLR, given | momenta, more
    for up in (0.3, 0.25, 0.45) if n >= 7 else ():
        common = {"max_lr": 1.0, "total_steps": n, "pct_start": up}
        divs = {"div_factor": 10.0, "final_div_factor": 1e3}
        three = "OneCycleLR(three_phase=True)"
        yield three, torch_lr.OneCycleLR, common | divs | {"three_phase": True}, {}
        two = "OneCycleLR(max_lr, pct_start, div_factor, final_div_factor)"
        yield two, torch_lr.OneCycleLR, common | divs, {}
        yield two, torch_lr.OneCycleLR, common | {"div_factor": 25.0, "final_div_factor": 1e4}, {}
        momenta = {"base_momentum": 0.85, "max_momentum": 0.95}
        place = {"up": (up * n - 1) / (n - 1)}
        yield (
            "OneCycleLR(base_momentum, max_momentum)",
            torch_lr.OneCycleLR,
            common | momenta,
            place,
        )


def in_sequence(o: torch.optim.Optimizer, m: int, n: int) -> Any:
    rise = torch_lr.LinearLR(o, 0.1, 1.0, m)
    return torch_lr.SequentialLR(o, [rise, torch_lr.CosineAnnealingLR(o, n - m)], [m])


def chained(o: torch.optim.Optimizer, m: int, n: int) -> Any:
    rise = torch_lr.LinearLR(o, 0.1, 1.0, m)
    return torch_lr.ChainedScheduler([rise, torch_lr.CosineAnnealingLR(o, n)])


def compositions(n: int) -> Iterator[Case]:
    for m in sorted({1, n // 3, n // 2} - {0, n}):
        rise, fall = sc.Linear(0.1 * LR, LR), sc.Cosine(LR, 0.0)
        pieces = {"first": rise, "second": fall}
        yield "SequentialLR([first, second], [m])", in_sequence, {"m": m, "n": n}, pieces
        pieces = {"first": sc.warmup_constant(1.0, m / n, 0.1), "second": sc.Cosine(1.0, 0.0)}
        yield "ChainedScheduler([first, second])", chained, {"m": m, "n": n}, pieces
    for epochs in sorted({1, max(1, n // 2), n}):
        yield "SWALR(swa_lr, anneal_epochs)", SWALR, {"swa_lr": 0.01, "anneal_epochs": epochs}, {}


CASES = [
    (n, *case) for n in TOTALS for family in (decays, cycles, compositions) for case in family(n)
]


@pytest.mark.parametrize(("steps", "used", "make", "given", "more"), CASES, ids=case_id)
def test_same(
    steps: int, used: str, make: Any, given: dict[str, Any], more: dict[str, Any]
) -> None:
    key = "momentum" if "momentum" in used else "lr"
    ours = run("torch", used, steps, **{"lr": LR, "N": steps} | given | more)
    assert_same(ours, stepped(partial(make, **given), steps, key))


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("ExponentialLR", {"gamma": 0.9997}),
        ("LinearLR", {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 20_000}),
        ("PolynomialLR", {"total_iters": 20_000, "power": 2.0}),
        ("CosineAnnealingLR", {"T_max": 20_000, "eta_min": 0.0}),
    ],
)
def test_the_drift_of_a_long_run(name: str, given: dict[str, Any]) -> None:
    ours = run("torch", name, 20_000, lr=LR, N=20_000, **given)
    assert_same(ours, stepped(partial(getattr(torch_lr, name), **given), 20_000), DRIFT[name])


@pytest.mark.parametrize(("strategy", "shape"), [("linear", sc.Linear), ("cos", sc.Cosine)])
@pytest.mark.parametrize("total", [7, 100, 1000])
def test_strategies(strategy: str, shape: Any, total: int) -> None:
    for three in (False, True):
        theirs = stepped(
            lambda o, three=three: torch_lr.OneCycleLR(
                o, 1.0, total, anneal_strategy=strategy, three_phase=three
            ),
            total,
        )
        up = (0.3 * total - 1) / (total - 1)
        ours = sc.one_cycle(1.0, up, shape=shape, three_phase=three).over(total, "both")
        assert_same(ours.values(), theirs)
    theirs = stepped(lambda o: SWALR(o, 0.01, total // 2, strategy), total)
    assert_same(shape(LR, 0.01).over(total // 2)(np.arange(total)), theirs)


def test_every_row_has_a_case() -> None:
    rows = {used for used, (code, _) in TABLES["torch"].items() if code}
    assert rows == {used for _, used, *_ in CASES}


def schedulers() -> set[str]:
    public = {
        name
        for name, x in vars(torch_lr).items()
        if inspect.isclass(x) and issubclass(x, torch_lr.LRScheduler) and not name.startswith("_")
    }
    return public - {"LRScheduler"} | {"SWALR"}


def test_every_scheduler_is_in_the_readme() -> None:
    assert schedulers() >= {"StepLR", "OneCycleLR", "ReduceLROnPlateau"}
    assert not unmentioned("torch", schedulers())


def test_a_new_scheduler_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    new = type("NewLR", (torch_lr.LRScheduler,), {})
    monkeypatch.setattr(torch_lr, "NewLR", new, raising=False)
    assert unmentioned("torch", schedulers()) == {"NewLR"}


def test_on_purpose_nothing_rises_again_past_the_end() -> None:
    # torch's cosine is periodic, and its one cycle bounces back up at the step after the last.
    theirs = stepped(lambda o: torch_lr.CosineAnnealingLR(o, 5), 11)
    ours = run("torch", "CosineAnnealingLR(T_max, eta_min)", 11, lr=LR, T_max=5, eta_min=0.0)
    assert_same(ours[:6], theirs[:6])
    assert theirs[10] == pytest.approx(LR)
    assert ours[5:].tolist() == [0.0] * 6
    theirs = stepped(lambda o: torch_lr.OneCycleLR(o, 1.0, 10), 10)
    scheduler = torch_lr.OneCycleLR(o := optimizer(), 1.0, 10)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Detected call of", UserWarning)  # no o.step() here
        for _ in range(10):
            scheduler.step()
    assert o.param_groups[0]["lr"] > 1000 * theirs[-1]
    assert sc.one_cycle(1.0, 2 / 9).over(10, "both")(10) == pytest.approx(
        theirs[-1], rel=1e-10, abs=0.0
    )


def test_on_purpose_a_factor_of_zero_is_legal() -> None:
    # torch divides by it.
    with pytest.raises(ValueError, match="Starting multiplicative factor"):
        torch_lr.LinearLR(optimizer(), 0.0)
    assert sc.warmup_constant(LR, 0.5, 0.0).over(10)(0) == 0.0
    with pytest.raises(ZeroDivisionError):
        stepped(lambda o: torch_lr.ConstantLR(o, 0.0, 2), 4)
    assert sc.multistep((0.0, LR), (2,), 4).over(4).values().tolist() == [0.0, 0.0, LR, LR]


def test_on_purpose_a_one_cycle_of_a_peak_before_step_0_is_refused() -> None:
    # torch takes it, and never trains with max_lr.
    theirs = stepped(lambda o: torch_lr.OneCycleLR(o, 1.0, 2, pct_start=0.3), 2)
    assert theirs.max() < 1.0
    with pytest.raises(ValueError, match="'warmup' must be between 0 and 1"):
        sc.one_cycle(1.0, (0.3 * 2 - 1) / (2 - 1))


def test_on_purpose_a_restart_is_found_with_integers() -> None:
    # Told to go to an epoch, torch takes a float logarithm, and finds the end of the last cycle.
    scheduler = torch_lr.CosineAnnealingWarmRestarts(optimizer(), 1, 3)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Detected call of", UserWarning)  # no o.step() here
        scheduler.step(121)
    assert scheduler.get_last_lr() == [0.0]
    assert sc.sgdr(LR, 0.0, 1 / 200, 3).over(200)(121) == LR


def test_on_purpose_chained_with_a_floor_is_another_thing() -> None:
    # With eta_min, torch's recursion of two is no product of two: it depends on what came before.
    def make(o: torch.optim.Optimizer) -> Any:
        rise = torch_lr.LinearLR(o, 0.1, 1.0, 10)
        return torch_lr.ChainedScheduler([rise, torch_lr.CosineAnnealingLR(o, 100, 0.01)])

    product = sc.warmup_constant(1.0, 0.1, 0.1) * sc.Cosine(LR, 0.01)
    off = np.abs(product.over(100).values() - stepped(make, 100))
    assert 1e-4 < off.max() / LR < 1e-1
    assert math.isclose(product.over(100)(50), sc.Cosine(LR, 0.01)(0.5))
