"""numpy arrays: each element evaluated once, in float64, by its own piece's formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from schedcore._formulas.expression import Value
from schedcore._formulas.pieces import Cells, Piece, cut
from schedcore._formulas.python_source import ARITHMETIC, Backend, compiled
from schedcore._namespaces.errors import outside_array, too_large
from schedcore._namespaces.precision import FLOAT64, PRECISIONS, Precision
from schedcore.steps import Reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

CHUNK = 16384  # elements evaluated at a time, so that what is in between stays in the cache

NUMPY = Backend(
    spell={
        **ARITHMETIC,
        "min": "minimum({0}, {1})",
        "max": "maximum({0}, {1})",
        "ceiling": "minimum({0}, {1})",
        "floor": "maximum({0}, {1})",
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


class ArrayPlan(NamedTuple):
    """A schedule prepared for arrays."""

    cuts: NDArray[np.float64]
    formulas: list[Callable[[Any], Any] | float]
    places: list[Fraction]
    """Where pieces meet, in order."""
    cells: list[Cells]


def array_plan(pieces: Sequence[Piece]) -> ArrayPlan:
    """Compile pieces for numpy."""
    return ArrayPlan(
        np.array([cut(piece) for piece in pieces[1:]]),
        [_for_numpy(piece.formula) for piece in pieces],
        [piece.start for piece in pieces[1:] if piece.boundary],
        list({id(cells): cells for piece in pieces for cells in piece.cells}.values()),
    )


def _for_numpy(formula: Value) -> Callable[[Any], Any] | float:
    return formula if isinstance(formula, float) else compiled(formula, NUMPY)


def values(plan: ArrayPlan, progress: Floats) -> Floats:
    """A fresh array of the values, of the progress's shape and dtype; ValueError outside [0, 1]."""
    wide = progress.astype(np.float64, copy=False)
    found = narrow_values(plan, wide, PRECISIONS[progress.dtype.name])
    with np.errstate(under="ignore"):
        return found.astype(progress.dtype, copy=False)


def narrow_values(
    plan: ArrayPlan, progress: NDArray[np.float64], precision: Precision
) -> NDArray[np.float64]:
    """The values for a progress that a precision holds, in float64; it holds them too."""
    if precision is FLOAT64:
        return array_values(plan, progress)
    found = array_values(plan, as_meant(plan, progress, precision))
    largest = float(np.abs(found).max(initial=0.0))
    if largest > precision.largest:
        raise too_large(largest, precision.name)
    return found


def as_meant(
    plan: ArrayPlan, progress: NDArray[np.float64], precision: Precision
) -> NDArray[np.float64]:
    """The progress with each rounding of a boundary replaced by that boundary."""
    if progress.size and not (progress.min() >= 0 and progress.max() <= 1):
        raise outside_array(progress)
    inside = (progress > 0) & (progress < 1)
    boundary = np.full(progress.shape, -1.0)  # the last of those that it is the rounding of
    rounded = np.array([precision.nearest(place) for place in plan.places])
    if rounded.size:
        last = rounded.searchsorted(progress, side="right") - 1
        found = inside & (last >= 0) & (rounded[last] == progress)
        boundary[found] = np.array([float(place) for place in plan.places])[last[found]]
    for cells in plan.cells:
        np.maximum(boundary, _edges(progress, inside, cells, precision), out=boundary)
    return np.where(boundary >= 0, boundary, progress)


def _edges(
    progress: NDArray[np.float64], inside: NDArray[np.bool_], cells: Cells, precision: Precision
) -> NDArray[np.float64]:
    """The edge that each progress is the rounding of, or -1."""
    place, slack = _cell_places(cells, progress, 2.0**-precision.bits)
    near = inside & (np.abs(place - np.rint(place)) <= slack)
    near &= (place > -0.5) & (place < cells.count + 0.5)
    found, which = np.unique(progress[near], return_inverse=True)
    edges = [cells.edge(round(i)) for i in _cell_places(cells, found)[0].tolist()]
    meant = [
        float(edge) if precision.nearest(edge) == x else -1.0
        for x, edge in zip(found.tolist(), edges, strict=True)
    ]
    out = np.full(progress.shape, -1.0)
    out[near] = np.array(meant, np.float64)[which]
    return out


def array_values(plan: ArrayPlan, progress: NDArray[np.float64]) -> NDArray[np.float64]:
    """A fresh array of the values; ValueError outside [0, 1].

    Each element is evaluated once, by its own formula: sorted progresses are cut into slices,
    others are first ordered by formula.
    """
    x = np.ascontiguousarray(progress).reshape(-1)
    out = np.empty_like(x)
    with np.errstate(under="ignore"):  # a value below the smallest float is 0, and meant so
        if (x[1:] >= x[:-1]).all():  # not so where there is a NaN
            if x.size and not (x[0] >= 0 and x[-1] <= 1):
                raise outside_array(progress)
            _fill(out, x, plan, [*x.searchsorted(plan.cuts).tolist(), x.size])
        else:
            if not (x.min() >= 0 and x.max() <= 1):
                raise outside_array(progress)
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
    for formula, end in zip(plan.formulas, ends, strict=True):
        if start == end:
            continue
        if isinstance(formula, float):
            out[start:end] = formula
        else:
            for i in range(start, end, CHUNK):
                part = slice(i, min(i + CHUNK, end))
                out[part] = formula(x[part])
        start = end


def cell_indices(cells: Cells, t: NDArray[np.float64]) -> NDArray[np.int64]:
    """`cells.index` of each element: by division, and exactly where an edge may be near."""
    place, slack = _cell_places(cells, t)
    index = np.clip(np.floor(place), 0, cells.count - 1).astype(np.int64)
    if cells.backwards:
        index = cells.count - 1 - index
    near = np.abs(place - np.rint(place)) <= slack
    index[near] = [cells.index(x) for x in t[near].tolist()]
    return index


def _cell_places(
    cells: Cells, t: NDArray[np.float64], error: float = 0.0
) -> tuple[NDArray[np.float64], float]:
    """How many cells from the left each element lies, and how far off that may be."""
    left, right = float(cells.edge(0)), float(cells.edge(cells.count))
    per_unit = cells.count / max(right - left, 2.0**-1000)
    return (t - left) * per_unit, ((1 + abs(left)) * 2.0**-50 + error) * per_unit


def step_progress(step: NDArray[np.integer[Any]], reading: Reading) -> NDArray[np.float64]:
    """`reading.progress` of each step: integers below 2**53 are exact, the quotient rounds once."""
    if step.dtype.kind == "u":
        step = np.minimum(step, np.uint64(reading.last))
    seen = step.astype(np.int64).clip(0, reading.last).astype(np.float64)
    return np.asarray((seen + reading.shift) / reading.parts)  # of no dimensions, a scalar


def run_values(
    scalar: Callable[[float], float], total_steps: int, reading: Reading
) -> NDArray[np.float64]:
    """A function of progress at all steps of a run, one after the other."""
    out = np.empty(total_steps)
    for start in range(0, total_steps, CHUNK):
        stop = min(start + CHUNK, total_steps)
        progress = step_progress(np.arange(start, stop), reading).tolist()
        out[start:stop] = np.fromiter(map(scalar, progress), np.float64, stop - start)
    return out
