"""The page of the reference has all that is public, and what it links to."""

import html
import importlib
import re
from types import ModuleType

import pytest

import schedcore
import schedcore.testing
import schedcore_torch


@pytest.fixture(scope="module")
def build() -> ModuleType:
    return importlib.import_module("benchmarks.reference.__main__")


@pytest.fixture(scope="module")
def page(build: ModuleType) -> str:
    return str(build.page())


def test_all_that_is_public_has_a_place_and_only_such_is_linked_to(page: str) -> None:
    places = set(re.findall(r' id="([^"]+)"', page))
    names = {
        *schedcore.__all__,
        *schedcore_torch.__all__,
        *(f"layers.{name}" for name in schedcore_torch.layers.__all__),
        *(f"testing.{name}" for name in schedcore.testing.__all__),
    } - {"layers"}
    assert names <= places
    assert {"schedcore_torch.layers", "ScheduleLR.seek", "Schedule.over", "Schedule.__call__"} <= places  # fmt: skip
    links = re.findall(r'href="([^"]+)"', page)
    assert len(links) > 100
    for link in links:
        assert link.startswith("http") or link.removeprefix("#") in places, link


def test_what_a_class_takes_is_shown(page: str) -> None:
    text = html.unescape(re.sub(r"<[^>]+>", "", page))
    for said in ("Rex(start, end, beta=0.5)", "Plateau(mode='min', factor=0.1, patience=10", "LARC(optimizer, trust_coefficient=0.001"):  # fmt: skip
        assert re.search(rf"class\s+{re.escape(said)}", text)


def test_formulas_are_legible(page: str) -> None:
    assert "<em>" not in page  # nothing is emphasized: it would be the * of a formula
    code = html.unescape(" ".join(re.findall(r"<pre>(.*?)</pre>", page, re.DOTALL)))
    code = re.sub(r"<[^>]+>", "", code)
    assert "value(t) = end + (start - end) * (1 + cos(pi*t)) / 2" in code
    assert ">>> suggestion = suggest_lr(lrs, losses)" in code
    prose = re.sub(r"<pre>.*?</pre>", "", page, flags=re.DOTALL)
    assert ">>> " not in html.unescape(prose)
    assert "`" not in re.sub(r"<(style|script).*?</\1>", "", prose, flags=re.DOTALL)


def test_a_name_without_a_section_is_an_error(
    build: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(build.SECTIONS, "Schedules", ["Schedule", "StepSchedule"])
    with pytest.raises(ValueError, match=r"^the sections are not what is public in schedcore: \['Horizon'\]$"):  # fmt: skip
        build.page()
    monkeypatch.setitem(build.SECTIONS, "Schedules", ["Schedule", "StepSchedule", "Horizon", "Horizon"])  # fmt: skip
    with pytest.raises(ValueError, match=r"schedcore: some twice$"):
        build.page()
