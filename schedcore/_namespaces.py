"""Which kind of number a progress is, and how arrays of that kind are evaluated.

The only module that knows array libraries. Floats take the short way in `schedule.py` and never
come here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from schedcore._formula import ARITHMETIC, Backend, Value, compiled
from schedcore._pieces import FLOAT64, Cells, Piece, Rounding
from schedcore.steps import Reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

SUPPORTED = "a float, an int, a numpy array of floats or integers, or a list of numbers"
CHUNK = 16384  # elements evaluated at a time, so that what is in between stays in the cache

NUMPY = Backend(
    spell={
        **ARITHMETIC,
        "min": "minimum({0}, {1})",
        "max": "maximum({0}, {1})",
        "until": "where(t <= {0}, {1}, {2})",
        "since": "where(t >= {0}, {1}, {2})",
    },
    functions={
        "sin": np.sin,
        "exp": np.exp,
        "expm1": np.expm1,
        "log": np.log,
        "log1p": np.log1p,
        "minimum": np.minimum,
        "maximum": np.maximum,
        "where": np.where,
    },
    opaque=lambda function: function.array,
    constant=np.array,  # which saves numpy from making one of a number at each operation
)


def as_float(progress: object) -> float | None:
    """A single number as a float in [0, 1]; None if it is an array; else the fitting error."""
    if isinstance(progress, bool | np.bool_ | str | bytes):
        raise _unsupported(progress)
    # A float32 is compared with boundaries rounded to float32, so it counts as an array of one.
    if not isinstance(progress, float | int | np.integer):
        return None
    if not 0 <= progress <= 1:
        raise outside(progress)
    return float(progress)


def as_array(progress: object) -> Floats:
    """An array, or a list, as a floating array in [0, 1]; else the fitting error."""
    if not isinstance(progress, np.ndarray | np.floating | list | tuple):
        raise _unsupported(progress)
    if isinstance(progress, np.ma.MaskedArray):
        raise TypeError("progress must not be a masked array: evaluate its filled() values")
    try:
        x = np.asarray(progress)
    except ValueError:
        raise TypeError("progress must be a rectangular list of numbers") from None
    if x.dtype.kind in "iu":
        return x.astype(np.float64)
    if x.dtype.kind != "f" or x.dtype.itemsize > 8:
        raise TypeError(
            f"progress must be {SUPPORTED}, got an array of {x.dtype.name}; "
            "float16, float32 and float64 are supported"
        )
    return x


def _unsupported(progress: object) -> TypeError:
    return TypeError(f"progress must be {SUPPORTED}, got {progress!r} ({type(progress).__name__})")


def outside(progress: Any, where: str = "") -> ValueError:
    """The error for a progress outside [0, 1]; a step count is told from the rest."""
    said = f"progress must be in [0, 1], got {progress}{where}"
    if 1 < progress < math.inf and progress == int(progress):
        said += ": for a step count use schedule.over(total_steps)(step)"
    return ValueError(said)


class ArrayPlan(NamedTuple):
    """A schedule prepared for arrays of one dtype."""

    cuts: NDArray[np.float64]
    formulas: list[Callable[[Any], Any] | float]


def array_plan(pieces: Sequence[Piece], rounding: Rounding) -> ArrayPlan:
    """Compile pieces for numpy, their starts rounded to the dtype of the progress."""
    cuts = np.array([rounding.nearest(piece.start) for piece in pieces[1:]], dtype=np.float64)
    return ArrayPlan(cuts, [_for_numpy(piece.formula) for piece in pieces])


def _for_numpy(formula: Value) -> Callable[[Any], Any] | float:
    return formula if isinstance(formula, float) else compiled(formula, NUMPY)


def array_values(plan: ArrayPlan, progress: Floats) -> Floats:
    """A fresh array of the values, of the progress's shape and dtype.

    Each element is evaluated once, by its own formula: sorted progresses are cut into slices,
    others are first ordered by formula.
    """
    x = np.ascontiguousarray(progress).reshape(-1)
    out = np.empty_like(x)
    with np.errstate(under="ignore"):  # a value below the smallest float is 0, and meant so
        if (x[1:] >= x[:-1]).all():  # not so where there is a NaN
            if x.size and not (x[0] >= 0 and x[-1] <= 1):
                raise _outside_array(progress)
            _fill(out, x, plan, [*x.searchsorted(plan.cuts).tolist(), x.size])
        else:
            if not (x.min() >= 0 and x.max() <= 1):
                raise _outside_array(progress)
            block = len(plan.formulas) * CHUNK // 2  # what is gathered should be in the cache
            for i in range(0, x.size, block):
                _fill_unsorted(out[i : i + block], x[i : i + block], plan)
    return out.reshape(progress.shape)


def _fill_unsorted(out: Floats, x: Floats, plan: ArrayPlan) -> None:
    piece = plan.cuts.searchsorted(x, side="right")
    order = piece.astype(np.min_scalar_type(len(plan.cuts))).argsort(kind="stable")
    ends = np.bincount(piece, minlength=len(plan.formulas)).cumsum()
    ordered = np.empty_like(x)
    _fill(ordered, x[order], plan, ends.tolist())
    out[order] = ordered


def _fill(out: Floats, x: Floats, plan: ArrayPlan, ends: list[int]) -> None:
    start = 0
    narrow = x.dtype != np.float64
    for formula, end in zip(plan.formulas, ends, strict=True):
        if start == end:
            continue
        if isinstance(formula, float):
            out[start:end] = formula
        else:
            for i in range(start, end, CHUNK):
                part = slice(i, min(i + CHUNK, end))
                out[part] = formula(x[part].astype(np.float64) if narrow else x[part])
        start = end


def _outside_array(progress: Floats) -> ValueError:
    bad = np.argwhere(~((progress >= 0) & (progress <= 1)))[0]
    where = f" at index {tuple(bad.tolist())}" if progress.ndim else ""
    return outside(progress[tuple(bad)], where)


@cache
def rounding(dtype: np.dtype[Any]) -> Rounding:
    """Rounds a fraction to the nearest number of a dtype, once (not by way of float64)."""
    if dtype == np.float64:
        return FLOAT64
    kind = dtype.newbyteorder("=").type

    def nearest(place: Fraction) -> float:
        if not 0 <= place <= 1:
            return float(place)
        near = kind(float(place))
        with np.errstate(under="ignore"):
            around = [np.nextafter(near, kind(-1)), near, np.nextafter(near, kind(2))]
        return float(min(around, key=lambda y: abs(Fraction(float(y)) - place)))

    return Rounding(nearest, float(np.finfo(dtype).epsneg) / 2)


def cell_indices(cells: Cells, t: NDArray[np.float64]) -> NDArray[np.int64]:
    """`cells.index` of each element: by division, and exactly where an edge may be near."""
    left, right = float(cells.edge(0)), float(cells.edge(cells.count))
    per_unit = cells.count / max(right - left, 2.0**-1000)
    place = (t - left) * per_unit
    index = np.clip(np.floor(place), 0, cells.count - 1).astype(np.int64)
    if cells.backwards:
        index = cells.count - 1 - index
    slack = ((1 + abs(left)) * 2.0**-50 + cells.rounding.slack) * per_unit
    near = np.abs(place - np.rint(place)) <= slack
    index[near] = [cells.index(x) for x in t[near].tolist()]
    return index


def as_steps(step: object) -> int | NDArray[np.integer[Any]]:
    """One step as an int, or an array of steps; else the fitting error."""
    if isinstance(step, int | np.integer) and not isinstance(step, bool):
        return int(step)
    k = np.asarray(step) if isinstance(step, np.ndarray | list | tuple) else None
    if k is None or k.dtype.kind not in "iu":
        kind = type(step).__name__ if k is None else f"an array of {k.dtype.name}"
        raise TypeError(
            f"a step must be an int, or an array or list of integers, got {step!r} ({kind}); "
            "for a progress in [0, 1] call the schedule itself"
        )
    return k


def step_progress(step: NDArray[np.integer[Any]], reading: Reading) -> NDArray[np.float64]:
    """`reading.progress` of each step: integers below 2**53 are exact, the quotient rounds once."""
    if step.dtype.kind == "u":
        step = np.minimum(step, np.uint64(reading.last))
    seen = step.astype(np.int64).clip(0, reading.last).astype(np.float64)
    progress: NDArray[np.float64] = (seen + reading.shift) / reading.parts
    return progress


def step_values(
    scalar: Callable[[float], float], total_steps: int, reading: Reading
) -> NDArray[np.float64]:
    """A function of progress at all steps of a run, one after the other."""
    out = np.empty(total_steps)
    for start in range(0, total_steps, CHUNK):
        stop = min(start + CHUNK, total_steps)
        progress = step_progress(np.arange(start, stop), reading).tolist()
        out[start:stop] = np.fromiter(map(scalar, progress), np.float64, stop - start)
    return out
