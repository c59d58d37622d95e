"""Repeat: a schedule over and over."""

import math
from dataclasses import dataclass
from fractions import Fraction

from schedcore._checks import fault, integer, value
from schedcore._evaluable import Range
from schedcore._exact import Length, fraction
from schedcore._formulas.pieces import ZERO, Frame, Piece
from schedcore.combinators._parts import checked_schedule, side_by_side
from schedcore.schedule import MOST, Schedule

MOST_CYCLES = 10_000


@dataclass(frozen=True, repr=False, eq=False)
class Repeat(Schedule):
    """A schedule over and over: cycle j is `stretch**j` as long, and `decay**j` times as high.

        value(t) = decay**j * schedule((t - b[j]) / (b[j+1] - b[j]))   for b[j] <= t < b[j+1]
        b[j] = (1 + stretch + ... + stretch**(j-1)) / (1 + stretch + ... + stretch**(times-1))

    Parameters:
        schedule: one cycle.
        times: how many cycles, from 1 to 10000.
        stretch: length of a cycle over that of the one before it; above 0, an exact fraction.
        decay: factor from one cycle to the next.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    >>> from schedcore import Linear
    >>> Repeat(Linear(1.0, 0.0), 3, stretch=2)(1 / 7)
    1.0
    """

    schedule: Schedule
    times: int
    stretch: Length = 1
    decay: float = 1.0

    def __post_init__(self) -> None:
        checked_schedule("Repeat", "schedule", self.schedule)
        times = integer("Repeat", "times", self.times, 1, MOST_CYCLES)
        stretch = fraction("Repeat", "stretch", self.stretch)
        if stretch <= 0:
            raise ValueError(fault("Repeat", "stretch", "be above 0", self.stretch))
        decay = value("Repeat", "decay", self.decay)
        for name, x in (("times", times), ("stretch", stretch), ("decay", decay)):
            object.__setattr__(self, name, x)
        try:
            lo, hi = self._range()
            fits = decay ** (times - 1) < MOST and (max(-lo, hi) <= MOST or hi == math.inf)
        except OverflowError:
            fits = False
        if not fits:
            raise ValueError(f"{self!r} could overflow: its last cycle goes beyond {MOST!r}")

    def _pieces(self, frame: Frame) -> list[Piece]:
        lengths = [Fraction(self.stretch) ** j for j in range(self.times)]
        total = sum(lengths, ZERO)
        placed = []
        start = ZERO
        for length in lengths:
            end = start + length / total
            placed.append((start, end, self.schedule))
            start = end
        cycles = list(enumerate(side_by_side(frame, placed)))
        if frame.lo > frame.hi:
            cycles = [(self.times - 1 - j, cycle) for j, cycle in cycles]
        return [_times(self.decay**j, piece) for j, cycle in cycles for piece in cycle]

    def _range(self) -> Range:
        lo, hi = self.schedule._range()
        if not math.isfinite(hi - lo):
            return -math.inf, math.inf
        cycles = {0, min(1, self.times - 1), max(self.times - 2, 0), self.times - 1}
        corners = [self.decay**j * x for j in cycles for x in (lo, hi)]
        return min(corners), max(corners)


def _times(factor: float, piece: Piece) -> Piece:
    trend = piece.trend if piece.trend is None or factor > 0 else -piece.trend
    return piece._replace(formula=factor * piece.formula, trend=trend)
