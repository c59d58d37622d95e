"""fvcore's schedulers, called with the progress of every step of whole runs."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from fvcore.common import param_scheduler as fvcore
from parity import TABLES, assert_same, case_id, run, unmentioned

import schedcore as sc

TOTALS = (1, 2, 7, 120, 900, 10_000)

# The row, and the parameters that fvcore takes.
CASES: list[tuple[str, dict[str, Any]]] = [
    ("ConstantParamScheduler(value)", {"value": 0.3}),
    ("LinearParamScheduler(start_value, end_value)", {"start_value": 0.3, "end_value": 4.8}),
    ("LinearParamScheduler(start_value, end_value)", {"start_value": 0.1, "end_value": -0.1}),
    ("CosineParamScheduler(start_value, end_value)", {"start_value": 0.1, "end_value": 0.0}),
    ("CosineParamScheduler(start_value, end_value)", {"start_value": 1e-3, "end_value": 4.8}),
    ("ExponentialParamScheduler(start_value, decay)", {"start_value": 2.0, "decay": 0.1}),
    ("ExponentialParamScheduler(start_value, decay)", {"start_value": 2.0, "decay": 3.0}),
    *[
        ("PolynomialDecayParamScheduler(base_value, power)", {"base_value": 0.1, "power": power})
        for power in (0.5, 0.9, 1, 2.0, 5.0)
    ],
    *[
        (
            "MultiStepParamScheduler(values, num_updates, milestones)",
            {"values": [0.1, 0.01, 0.001], "num_updates": n, "milestones": milestones},
        )
        for n, milestones in ((90, [30, 60]), (100, [29, 58]), (7, [1, 2]))
    ],
    *[
        ("StepParamScheduler(num_updates, values)", {"num_updates": 120, "values": values})
        for values in ([0.1], [0.1, 0.01, 0.001], [0.1, 0.01, 0.001, 1e-4])
    ],
    *[
        (
            "StepWithFixedGammaParamScheduler(base_value, num_decays, gamma, num_updates)",
            {"base_value": 0.1, "num_decays": decays, "gamma": 0.3, "num_updates": 100},
        )
        for decays in (1, 3, 6)
    ],
]


@pytest.mark.parametrize("total", TOTALS)
@pytest.mark.parametrize(("used", "given"), CASES, ids=case_id)
def test_same(used: str, given: dict[str, Any], total: int) -> None:
    make: Callable[..., Any] = getattr(fvcore, used.split("(", maxsplit=1)[0])
    theirs = make(**given)
    ours = run("fvcore", used, total, **{"N": total} | given)
    assert_same(ours, [theirs(k / total) for k in range(total)])


@pytest.mark.parametrize("total", TOTALS)
@pytest.mark.parametrize(
    "scalings", [[a, b] for a in ("rescaled", "fixed") for b in ("rescaled", "fixed")]
)
def test_composites(scalings: list[str], total: int) -> None:
    lengths = [0.1, 0.9]
    pieces = [fvcore.LinearParamScheduler(0.0, 1.0), fvcore.CosineParamScheduler(1.0, 0.0)]
    theirs = fvcore.CompositeParamScheduler(pieces, list(lengths), scalings)
    first: sc.Schedule = sc.Linear(0.0, 1.0)
    second: sc.Schedule = sc.Cosine(1.0, 0.0)
    if scalings[0] == "fixed":
        first = sc.Restrict(first, 0, 0.1)
    if scalings[1] == "fixed":
        second = sc.Restrict(second, 0.1, 1)
    letters = {"first": first, "second": second, "lengths": lengths}
    ours = run("fvcore", COMPOSITE, total, N=total, **letters)
    assert_same(ours, [theirs(k / total) for k in range(total)])


COMPOSITE = "CompositeParamScheduler(schedulers, lengths, interval_scaling)"


def test_milestones_left_out() -> None:
    theirs = fvcore.MultiStepParamScheduler([0.1, 0.01, 0.001], num_updates=90)
    ours = sc.Steps((0.1, 0.01, 0.001), ("1/3", "2/3")).over(90)
    assert_same(ours.values(), [theirs(k / 90) for k in range(90)])


def test_every_row_has_a_case() -> None:
    assert set(TABLES["fvcore"]) == {used for used, _ in CASES} | {COMPOSITE}


def schedulers() -> set[str]:
    return {name for name in vars(fvcore) if name.endswith("ParamScheduler")} - {"ParamScheduler"}


def test_every_scheduler_is_in_the_readme() -> None:
    assert len(schedulers()) == 9
    assert not unmentioned("fvcore", schedulers())


def test_a_new_scheduler_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fvcore, "NewParamScheduler", object, raising=False)
    assert unmentioned("fvcore", schedulers()) == {"NewParamScheduler"}


def test_on_purpose_there_is_no_epsilon_and_no_beyond() -> None:
    # Its epsilon of 1e-6 is a whole step at two million steps.
    total = 2_000_000
    theirs = fvcore.MultiStepParamScheduler([1.0, 0.1], milestones=[total // 2], num_updates=total)
    ours = sc.multistep((1.0, 0.1), (total // 2,), total)
    k = total // 2
    assert [theirs((k - d) / total) for d in (1, 2)] == [0.1, 0.1]
    assert [ours((k - d) / total) for d in (0, 1)] == [0.1, 1.0]
    # Beyond 1 it goes on, up again or into complex numbers, or fails; ours says so at once.
    assert fvcore.CosineParamScheduler(1.0, 0.0)(1.5) > 0.4
    assert isinstance(fvcore.PolynomialDecayParamScheduler(1.0, 0.9)(1.5), complex)
    with pytest.raises(IndexError):
        fvcore.StepParamScheduler(10, [1.0, 0.1])(1.0)
    for schedule in (
        sc.Cosine(1.0, 0.0),
        sc.Polynomial(1.0, 0.0, 0.9),
        sc.Steps((1.0, 0.1), (0.5,)),
    ):
        assert math.isfinite(schedule(1.0))
        with pytest.raises(ValueError, match=r"^progress must be in \[0, 1\], got 1.5$"):
            schedule(1.5)
