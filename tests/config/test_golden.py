"""Recorded values of VISSL."""

import json
from pathlib import Path
from typing import Any

import pytest

import schedcore as sc

RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "golden" / "vissl_curves.json").read_text(encoding="utf-8")
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
