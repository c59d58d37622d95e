"""The committed table of accuracy is what is measured."""

from pathlib import Path

import pytest

from benchmarks.accuracy import BEYOND, KINDS, PROMISED, row, table

TABLE = Path(__file__).parents[2] / "benchmarks" / "accuracy.md"
LINES = TABLE.read_text(encoding="utf-8").splitlines()


def errors(line: str) -> list[float]:
    return [float(cell) for cell in line.split("|")[2:-1]]


def stated(name: str) -> list[float]:
    return errors(next(line for line in LINES if line.startswith(f"| {name} |")))


@pytest.mark.parametrize("name", PROMISED | BEYOND)
def test_the_table_is_what_is_measured(name: str) -> None:
    # Libraries differ in their last place from version to version: a little more is let pass.
    for kind, said, found in zip(KINDS, stated(name), errors(row(name)), strict=True):
        assert found <= said + 1.0, kind
        assert said <= found + 1.0, kind


@pytest.mark.parametrize("name", PROMISED)
def test_what_is_promised_holds(name: str) -> None:
    bounds = {"float": 8.0, "numpy float64": 8.0}
    for kind, said in zip(KINDS, stated(name), strict=True):
        assert said <= bounds.get(kind, 4.0), kind


def test_the_table_has_every_curve_once_and_nothing_else() -> None:
    rows = [line.split("|")[1].strip() for line in LINES if line.startswith("| ")]
    assert rows == ["curve", "---", *PROMISED, "*beyond what is promised:*", *BEYOND]
    assert next(table()) == LINES[0]
