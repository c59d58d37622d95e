"""Recorded curves of the live peers, and of those that the tests do not install.

golden/peer_curves.json holds the values of each at the steps of a run with base learning rate 1,
the versions, and the calls. Its LLM trainers are formulas restated.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from parity import EXACT, FLOAT32, assert_same, write
from recorded_live import OTHERS, ROWS, N, W
from recorded_others import MORE

import schedcore as sc

RECORDED = json.loads(
    (Path(__file__).parents[1] / "golden" / "peer_curves.json").read_text(encoding="utf-8")
)
CURVES = {case["name"]: case for case in RECORDED["cases"]}

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
