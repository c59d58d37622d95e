"""The phases of a schedule: what follows what, and where."""

import math
from collections.abc import Iterator
from fractions import Fraction

from schedcore._formulas.pieces import UNIT, boundaries
from schedcore.combinators import Hold
from schedcore.schedule import Schedule


def phases(schedule: Schedule) -> Iterator[tuple[str, Fraction]]:
    """The pieces of a schedule and where they begin; of a held one, where that is first seen."""
    if isinstance(schedule, Hold):
        for name, place in phases(schedule.schedule):
            yield name, Fraction(math.ceil(place * schedule.updates), schedule.updates)
    else:
        for i, piece in enumerate(schedule._pieces(UNIT)):
            if piece.boundary or i == 0:
                yield piece.name, piece.start


def edges(schedule: Schedule, most: int) -> tuple[Fraction, ...]:
    """All places inside (0, 1) where values may jump; none if there are more than `most`."""
    pieces = schedule._pieces(UNIT)
    count = len(pieces) + sum(cells.count for piece in pieces for cells in piece.cells)
    return boundaries(pieces) if count <= most else ()
