"""The tables of coming_from.md, their expressions evaluated, and how two runs are compared."""

import re
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import schedcore as sc

EXACT = 1e-12  # of the curve's largest value: two float64 ways to one formula
FLOAT32 = 4 * 2.0**-23  # of it: four float32 ulps

SECTION = (Path(__file__).parents[2] / "schedcore" / "coming_from.md").read_text("utf-8")

Table = dict[str, tuple[str | None, str]]


def read_tables(section: str) -> dict[str, Table]:
    """By library: what you used -> (what to write or None, the note)."""
    tables: dict[str, Table] = {}
    for part in section.split("\n## ")[1:]:
        library, body = part.split("\n", 1)
        rows = [line.strip("|").split(" | ") for line in body.splitlines() if line[:3] == "| `"]
        tables[library] = {
            used.strip(" `"): (None if write.strip() == "-" else write.strip(" `"), note.strip())
            for used, write, note in rows
        }
        assert len(tables[library]) == len(rows), f"{library} has a row twice"
    return tables


TABLES = read_tables(SECTION)


def write(library: str, used: str, **letters: Any) -> sc.Schedule | sc.StepSchedule:
    """What coming_from.md says to write for `used`, a row or how one row begins, with these letters."""
    table = TABLES[library]
    rows = [used] if used in table else [row for row in table if row.startswith(used)]
    assert len(rows) == 1, f"{library} has {len(rows)} rows that begin with {used!r}"
    code = table[rows[0]][0]
    assert code is not None, f"{library}: {used} has no expression"
    public = {name: getattr(sc, name) for name in sc.__all__}
    return eval(code, {**public, "np": np, "partial": partial, **letters})


def values(written: sc.Schedule | sc.StepSchedule, steps: int, total: int) -> NDArray[np.float64]:
    """The values at the first `steps` steps, in a run of `total` where the row names none."""
    plan = written.over(total) if isinstance(written, sc.Schedule) else written
    return np.asarray(plan(np.arange(steps)), dtype=np.float64)


def run(library: str, used: str, steps: int, **letters: Any) -> NDArray[np.float64]:
    """The values at the first `steps` steps of what it says to write."""
    return values(write(library, used, **letters), steps, letters.get("N", steps))


def assert_same(ours: ArrayLike, theirs: ArrayLike, within: float = EXACT) -> None:
    """Equal at every step, to `within` times the largest value."""
    x, y = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    assert x.shape == y.shape
    off, largest = np.abs(x - y), np.abs(y).max()
    k = int(off.argmax())
    message = f"step {k} of {len(y)}: {x[k]!r}, theirs {y[k]!r}, largest {largest!r}"
    assert off[k] <= within * largest, message


def unmentioned(library: str, names: Iterable[str]) -> set[str]:
    """Those of the names that no row of the library's table begins with."""
    rows = {word for used in TABLES[library] for word in re.findall(r"^[\w.]+", used)}
    return set(names) - rows


def case_id(x: object) -> str | None:
    """A short name of a parameter of a test: what the row is called, and with what."""
    if isinstance(x, dict):
        simple = {k: v for k, v in x.items() if isinstance(v, int | float | str | list)}
        return ",".join(f"{k}={v}" for k, v in simple.items() if " at 0x" not in str(v))
    return x.split("(")[0] if isinstance(x, str) else None
