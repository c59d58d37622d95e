"""A schedule taken apart: formulas side by side on [0, 1], cut at exact fractions.

A schedule of any nesting is flattened into a list of `Piece`s in the frame of whoever evaluates
it. Places are exact fractions, rounded only where a progress is compared with them.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from schedcore._formulas.expression import Value, after, before

MOST_LISTED = 10**7
ZERO, HALF, ONE = Fraction(0), Fraction(1, 2), Fraction(1)


class Frame(NamedTuple):
    """Where a schedule's own 0 and 1 lie in the progress t: an exact affine map.

    `lo` > `hi` is a schedule read backwards; they leave [0, 1] where only a part is seen.
    """

    lo: Fraction
    hi: Fraction
    last: Fraction
    """The largest t that is seen: there, what comes up to it holds."""

    def at(self, place: Fraction) -> Fraction:
        """The progress at which the schedule's own progress is `place`."""
        return self.lo + place * (self.hi - self.lo)

    def sub(self, lo: Fraction, hi: Fraction) -> "Frame":
        """The frame whose 0 and 1 lie at our `lo` and `hi`."""
        lo, hi = self.at(lo), self.at(hi)
        return Frame(lo, hi, min(self.last, max(lo, hi)))

    def progress(self) -> tuple[Value, Value]:
        """The pair (u, 1-u) of the schedule's own progress, each exact where it is 0.

        Both are needed: 1 - u has lost its digits where u is near 1.
        """
        lo, hi = float(self.lo), float(self.hi)
        if lo == hi:  # no number lies between them: the later end is seen, or the earlier, at 0
            return (1.0, 0.0) if (self.lo < self.hi) == (lo != 0) else (0.0, 1.0)
        if lo < hi:
            width = hi - lo
            return after(self.lo) / width, before(self.hi) / width
        width = lo - hi
        return before(self.lo) / width, after(self.hi) / width


class Cells:
    """The cells of equal length between a frame's own j/count and (j+1)/count.

    Their edges are (first + j*step)/unit in t, from left to right, with integers throughout.
    """

    def __init__(self, frame: Frame, count: int) -> None:
        left, width = min(frame.lo, frame.hi), abs(frame.hi - frame.lo)
        common = math.lcm(left.denominator, width.denominator)
        self.count = count
        self.backwards = frame.lo > frame.hi
        self._first = int(left * common) * count
        self._step = int(width * common)
        self._unit = common * count
        self._closed = self._edge_at(frame.last)

    def edge(self, i: int) -> Fraction:
        """The left edge of cell i (in t), or the right end if i is `count`."""
        return Fraction(self._first + i * self._step, self._unit)

    def is_edge(self, place: Fraction) -> bool:
        """Whether two cells meet at `place`."""
        return self._edge_at(place) is not None

    def _edge_at(self, place: Fraction) -> int | None:
        i = (place * self._unit - self._first) / self._step
        return int(i) if i.denominator == 1 and 0 < i < self.count else None

    def index(self, t: float | Fraction) -> int:
        """The cell of the frame's own progress at `t`, the later one (in t) at an edge.

        `count`, one more than the last cell, stands for the frame's own end.
        """
        top, bottom = t.as_integer_ratio()
        i = (top * self._unit - self._first * bottom) // (self._step * bottom)
        if i < self.count and t >= float(self.edge(i + 1)):
            i += 1  # t is the rounding of the next edge
        if i == self._closed:
            i -= 1  # what is seen ends here, with the cell that comes up to it
        if not self.backwards:
            return i
        if i == 0 and t == float(self.edge(0)):
            return self.count
        return max(self.count - 1 - i, 0)


UNIT = Frame(ZERO, ONE, ONE)


class Piece(NamedTuple):
    """A formula and the place it holds from, up to the next piece; the last holds at 1 too."""

    start: Fraction
    formula: Value
    name: str
    trend: int | None
    """1 if it never falls along t, -1 if it never rises, 0 if constant, None if not known."""
    boundary: bool
    """False where the formula alone changes, within one curve."""
    cells: tuple[Cells, ...] = ()
    """Boundaries inside the formula."""


def cut(piece: Piece) -> float:
    """The first float of a piece after the first: never 0, where the first begins."""
    return float(piece.start) or 5e-324


def combined(
    left: list[Piece],
    right: list[Piece],
    formula: Callable[[Value, Value], Value],
    trend: Callable[[int | None, int | None], int | None],
) -> list[Piece]:
    """Two schedules in one frame, joined formula by formula."""
    out: list[Piece] = []
    i = j = 0
    while True:
        a, b = left[i], right[j]
        start = max(a.start, b.start)
        out.append(
            Piece(
                start,
                formula(a.formula, b.formula),
                ", ".join(filter(None, dict.fromkeys((a.name, b.name)))),
                trend(a.trend, b.trend),
                (a.boundary and a.start == start) or (b.boundary and b.start == start),
                a.cells + b.cells,
            )
        )
        next_a = left[i + 1].start if i + 1 < len(left) else None
        next_b = right[j + 1].start if j + 1 < len(right) else None
        if next_a is None and next_b is None:
            return out
        if next_b is None or (next_a is not None and next_a <= next_b):
            i += 1
        if next_a is None or (next_b is not None and next_b <= next_a):
            j += 1


def clipped(pieces: list[Piece], lo: Fraction, hi: Fraction) -> list[Piece]:
    """The pieces between two places; what begins at `hi` is left out."""
    first = max(i for i, piece in enumerate(pieces) if piece.start <= lo)
    inside = [piece for piece in pieces[first + 1 :] if piece.start < hi]
    return [pieces[first]._replace(start=lo), *inside]


def boundaries(pieces: list[Piece]) -> tuple[Fraction, ...]:
    """The places inside (0, 1) where one piece ends and another begins, in order."""
    found = {piece.start for piece in pieces if piece.boundary}
    ends = [*(piece.start for piece in pieces[1:]), ONE]
    for piece, end in zip(pieces, ends, strict=True):
        for cells in piece.cells:
            if cells.count > MOST_LISTED:
                raise ValueError(f"there are too many boundaries to list: {cells.count} in a Hold")
            edges = map(cells.edge, range(1, cells.count))
            found.update(edge for edge in edges if piece.start <= edge < end)
    return tuple(sorted(place for place in found if 0 < place < 1))
