"""What is public is documented, tested, in the README, and found by its name."""

import inspect
import re
from pathlib import Path

import oracle
import pytest

import schedcore as sc
import schedcore_torch

ROOT = Path(__file__).parents[2]
TESTS = "\n".join(
    path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].rglob("*.py")
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
CURVES = [n for n in sc.__all__ if inspect.getmodule(getattr(sc, n)).__name__.startswith("schedcore.curves.")]  # type: ignore[union-attr]  # fmt: skip


def rows() -> dict[str, list[str]]:
    """The rows of the README's tables of schedules, by the name that each begins with."""
    found = re.findall(r"^\| `(\w+)[`(](.*)$", README, flags=re.MULTILINE)
    return {name: rest.split("|") for name, rest in found}


def test_all_is_sorted_and_is_what_there_is() -> None:
    assert list(sc.__all__) == sorted(sc.__all__)
    public = {n for n, x in vars(sc).items() if not n.startswith("_") and not inspect.ismodule(x)}
    assert public == set(sc.__all__)


@pytest.mark.parametrize("name", sc.__all__)
def test_documented_with_an_example_that_runs(name: str) -> None:
    public = getattr(sc, name)
    doc = inspect.getdoc(public) or ""
    assert doc
    if name not in ("StepSchedule", "load"):  # shown by `over`, and by the README
        assert ">>> " in doc


@pytest.mark.parametrize("name", sc.__all__)
def test_in_the_readme_and_in_the_tests(name: str) -> None:
    assert re.search(rf"`{name}[(`.]|>>> .*\b{name}[(.]", README)
    assert f"sc.{name}(" in TESTS or name == "Schedule"


def test_the_tables_have_all_schedules() -> None:
    modules = ("schedcore.curves", "schedcore.combinators", "schedcore.recipes")
    schedules = {n for n in sc.__all__ if getattr(sc, n).__module__.startswith(modules)}
    found = rows()
    assert len(found) == 38
    assert set(found) == schedules


@pytest.mark.parametrize("name", CURVES)
def test_a_curve_has_a_file_a_formula_a_source_an_oracle_by_its_name(name: str) -> None:
    curve = getattr(sc, name)
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    assert curve.__module__ == f"schedcore.curves.{snake}"
    assert "value(t) = " in curve.__doc__
    assert "Parameters:" in curve.__doc__
    assert "Raises:" in curve.__doc__ or name == "Custom"
    if name not in ("Constant", "Custom"):
        assert "Source: " in curve.__doc__
    assert name in oracle.CURVES or name in oracle.COMBINATORS


@pytest.mark.parametrize("name", ["Join", "Restrict", "Reverse", "Repeat", "Hold", "Warp"])
def test_a_combinator_has_a_file_a_formula_an_oracle_by_its_name(name: str) -> None:
    combinator = getattr(sc, name)
    assert combinator.__module__ == f"schedcore.combinators.{name.lower()}"
    assert "value(t) = " in combinator.__doc__
    assert name in oracle.COMBINATORS


def test_recipes_name_their_source() -> None:
    from schedcore import recipes

    for name in recipes.__all__:
        doc = inspect.getdoc(getattr(sc, name)) or ""
        assert "Source: " in doc, name
        assert "Parameters:" in doc, name


def test_the_distribution_is_never_called_by_the_name_of_another() -> None:
    for path in [*ROOT.glob("*.md"), *ROOT.glob("schedcore*/**/*.py")]:
        assert not re.search(r"pip install ['\"]?schedcore\b(?!-lr)", path.read_text("utf-8")), path


@pytest.mark.parametrize("name", sorted({*schedcore_torch.__all__} - {"RangeTest", "layers"}))
def test_the_adapter_is_documented_with_examples(name: str) -> None:
    assert ">>> " in (inspect.getdoc(getattr(schedcore_torch, name)) or "")
    assert f"{name}(" in README


def test_the_adapter_s_front_door_is_complete() -> None:
    public = {
        n
        for n, x in vars(schedcore_torch).items()
        if not n.startswith("_") and not inspect.ismodule(x)
    }
    assert public | {"layers"} == set(schedcore_torch.__all__)
