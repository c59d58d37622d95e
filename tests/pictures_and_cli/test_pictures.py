"""The script that makes the README's pictures: it runs, twice to the same bytes."""

import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("torch")

from matplotlib import pyplot, rcParams

from benchmarks import pictures

FOLDER = Path(__file__).parents[2] / "benchmarks" / "pictures"


def test_all_are_made(tmp_path: Path) -> None:
    before = dict(rcParams)
    with np.errstate(all="warn"):
        pictures.main(tmp_path)
        again = pictures.written(pictures.groups)
    assert dict(rcParams) == before
    assert pyplot.get_fignums() == []
    names = [f"{picture.__name__}.svg" for picture in pictures.PICTURES]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    assert (tmp_path / "groups.svg").read_bytes() == again


@pytest.mark.parametrize("name", [picture.__name__ for picture in pictures.PICTURES])
def test_what_is_committed_shows_on_any_page(name: str) -> None:
    """No fonts are asked for, it is white behind, 768 pixels wide, and of no date."""
    text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert "<text" not in text
    assert "<dc:date>" not in text
    assert re.search(r'<g id="patch_1">\s*<path d="[^"]*"\s*style="fill: #ffffff"', text)
    assert 'width="576pt"' in text
    assert len(text) < 200_000


def test_the_calls_over_the_gallery_are_what_is_drawn() -> None:
    import schedcore as sc

    for call, schedule in pictures.SCHEDULES.items():
        assert eval(call, vars(sc).copy()) == schedule
