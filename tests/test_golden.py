"""Recorded values of VISSL, and fvcore's schedulers run beside ours."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from fvcore.common import param_scheduler as fvcore

import schedcore as sc

RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parent / "golden" / "vissl_curves.json").read_text(encoding="utf-8")
)["curves"]


@pytest.mark.parametrize("name", RECORDED)
def test_vissl_recorded(name: str) -> None:
    case = RECORDED[name]
    schedule = sc.from_config(case["config"])
    total = case["progress_denominator"]
    assert total == len(case["values"]) == 1000
    largest = max(map(abs, case["values"]))
    for k, want in enumerate(case["values"]):
        assert schedule(k / total) == pytest.approx(want, rel=0, abs=1e-12 * largest), k


NINE = {
    "ConstantParamScheduler": [(fvcore.ConstantParamScheduler(0.3), sc.Constant(0.3))],
    "CosineParamScheduler": [
        (fvcore.CosineParamScheduler(0.1, 0.0), sc.Cosine(0.1, 0.0)),
        (fvcore.CosineParamScheduler(1e-3, 4.8), sc.Cosine(1e-3, 4.8)),
    ],
    "ExponentialParamScheduler": [
        (fvcore.ExponentialParamScheduler(2.0, 0.1), sc.Exponential(2.0, 0.2))
    ],
    "LinearParamScheduler": [
        (fvcore.LinearParamScheduler(0.3, 4.8), sc.Linear(0.3, 4.8)),
        (fvcore.LinearParamScheduler(0.1, -0.1), sc.Linear(0.1, -0.1)),
    ],
    "PolynomialDecayParamScheduler": [
        (fvcore.PolynomialDecayParamScheduler(0.1, power), sc.Polynomial(0.1, 0.0, power))
        for power in (0.5, 0.9, 1, 2.0, 5.0)
    ],
    "MultiStepParamScheduler": [
        (
            fvcore.MultiStepParamScheduler([0.1, 0.01, 0.001], milestones=[30, 60], num_updates=90),
            sc.multistep((0.1, 0.01, 0.001), (30, 60), 90),
        ),
        (
            fvcore.MultiStepParamScheduler([0.1, 0.01, 0.001], num_updates=90),
            sc.Steps((0.1, 0.01, 0.001), ("1/3", "2/3")),
        ),
    ],
    "StepParamScheduler": [
        (
            fvcore.StepParamScheduler(120, [0.1, 0.01, 0.001, 0.0001]),
            sc.Steps((0.1, 0.01, 0.001, 0.0001), (0.25, 0.5, 0.75)),
        )
    ],
    "StepWithFixedGammaParamScheduler": [
        (
            fvcore.StepWithFixedGammaParamScheduler(
                base_value=0.1, gamma=0.1, num_decays=3, num_updates=100
            ),
            sc.step_decay(0.1, 0.1, 3),
        )
    ],
    "CompositeParamScheduler": [
        (
            fvcore.CompositeParamScheduler(
                [fvcore.LinearParamScheduler(0.0, 1.0), fvcore.CosineParamScheduler(1.0, 0.0)],
                [0.1, 0.9],
                [scaling, last],
            ),
            sc.Join(
                (
                    sc.Linear(0.0, 1.0)
                    if scaling == "rescaled"
                    else sc.Restrict(sc.Linear(0.0, 1.0), 0, 0.1),
                    sc.Cosine(1.0, 0.0)
                    if last == "rescaled"
                    else sc.Restrict(sc.Cosine(1.0, 0.0), 0.1, 1),
                ),
                (0.1, 0.9),
            ),
        )
        for scaling in ("rescaled", "fixed")
        for last in ("rescaled", "fixed")
    ],
}


def test_the_nine_are_all_there_are() -> None:
    public = {name for name in vars(fvcore) if name.endswith("ParamScheduler")}
    assert public - {"ParamScheduler"} == set(NINE)


@pytest.mark.parametrize("name", NINE)
@pytest.mark.parametrize("total", [7, 120, 900, 10_000])
def test_fvcore_live(name: str, total: int) -> None:
    for theirs, ours in NINE[name]:
        values = [theirs(k / total) for k in range(total)]
        largest = max(map(abs, values))
        for k, want in enumerate(values):
            assert ours(k / total) == pytest.approx(want, rel=0, abs=1e-12 * largest), k


def test_where_fvcore_differs_on_purpose() -> None:
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
