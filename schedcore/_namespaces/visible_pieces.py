"""What is seen of a schedule by a clock: programs, each from a count on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from schedcore._formulas.expression import Expr, Opaque, T, Value
from schedcore._formulas.pieces import Piece
from schedcore._namespaces.canonical import Program, program
from schedcore._namespaces.grid import Clock, Number

MOST_PIECES = 2**16


class Part(NamedTuple):
    """A program and the counts it holds from, up to the next part."""

    start: Number
    program: Program


def seen_parts(pieces: list[Piece], clock: Clock) -> list[Part]:
    """What is seen of the pieces, a `Hold` as the constants that it is."""
    held = {id(cells): cells.count for piece in pieces for cells in piece.cells}
    count = len(pieces) + sum(held.values())
    if count > MOST_PIECES:
        raise ValueError(
            f"a schedule with {count} pieces, the updates of each Hold among them, "
            f"is too long to be traced or to run on a device: at most {MOST_PIECES} can be"
        )
    parts: list[Part] = []
    for first, formula, seam in _constants_told_apart(pieces, clock):
        start = clock.first_beyond(seam, parts[-1].start) if seam and parts else first
        if start > clock.last:
            break
        while parts and parts[-1].start >= start:
            parts.pop()  # nothing is read in it
        parts.append(Part(start, program(formula)))
    return parts


def _constants_told_apart(
    pieces: list[Piece], clock: Clock
) -> Iterator[tuple[Number, Value, Fraction | None]]:
    """Each formula and the count it holds from, and the place itself if it is no boundary."""
    ends = [*(piece.start for piece in pieces[1:]), clock.frame.hi]
    for piece, end in zip(pieces, ends, strict=True):
        if not piece.cells:
            seam = None if piece.boundary else piece.start
            yield clock.first_at(piece.start), piece.formula, seam
            continue
        edges = {cells.edge(i) for cells in piece.cells for i in range(cells.count + 1)}
        places = [piece.start, *sorted(x for x in edges if piece.start < x < end), end]
        for place, stop in itertools.pairwise(places):
            first = clock.first_at(place)
            here, inside = (_held(piece.formula, x) for x in (place, (place + stop) / 2))
            if here != inside and clock.is_at(first, place):
                yield first, here, None
                first = clock.next(first)
            yield first, inside, None
        if end == clock.frame.hi and clock.is_at(clock.last, end):
            yield clock.last, _held(piece.formula, end), None


def _held(formula: Value, place: Fraction) -> Value:
    """The formula with the value at a place for each function that is constant around it."""
    seen: dict[int, Any] = {}

    def walk(x: Any) -> Any:
        if not isinstance(x, Expr) or x is T:
            return x
        if id(x) not in seen:
            function = x.args[0]
            if isinstance(function, Opaque) and function.traced is None:
                seen[id(x)] = function.scalar(float(place))
            else:
                seen[id(x)] = Expr(x.op, *map(walk, x.args))
        return seen[id(x)]

    return walk(formula)  # type: ignore[no-any-return]
