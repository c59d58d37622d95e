"""Join: schedules one after another."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from schedcore._checks import sequence
from schedcore._evaluable import Range
from schedcore._exact import Length, shares
from schedcore._formulas.pieces import ZERO, Frame, Piece
from schedcore.combinators._parts import checked_schedule, side_by_side
from schedcore.schedule import Schedule


@dataclass(frozen=True, repr=False, eq=False)
class Join(Schedule):
    """Schedules one after another, each over its share of the run, each with its own [0, 1].

        value(t) = pieces[i]((t - b[i]) / lengths[i])   for b[i] <= t < b[i+1]

    where b[i] is the sum of the lengths before piece i, an exact fraction. So the later piece
    holds at a boundary, and the last also at 1. A piece of length 0 is never seen.

    Parameters:
        pieces: at least one schedule.
        lengths: one for each piece, at least 0, each read as an exact fraction. They sum to 1:
            if only within 1e-3, the last absorbs the rest.

    Raises:
        ValueError, TypeError: for pieces or lengths that are not such, or do not match.

    >>> from schedcore import Linear
    >>> schedule = Join((Linear(0.0, 4.8), Linear(4.8, 0.0)), (0.025, 0.975))
    >>> schedule(0.025), schedule.over(400)(10)
    (4.8, 4.8)
    """

    pieces: Sequence[Schedule]
    lengths: Sequence[Length]

    def __post_init__(self) -> None:
        pieces = sequence("Join", "pieces", self.pieces)
        lengths = sequence("Join", "lengths", self.lengths)
        for i, piece in enumerate(pieces):
            checked_schedule("Join", f"pieces[{i}]", piece)
        if not pieces:
            raise ValueError("Join: 'pieces' must hold at least one schedule, got none")
        if len(lengths) != len(pieces):
            raise ValueError(
                f"Join: 'lengths' must be as many as 'pieces', got "
                f"{len(lengths)} lengths for {len(pieces)} pieces"
            )
        object.__setattr__(self, "pieces", pieces)
        object.__setattr__(self, "lengths", shares("Join", "lengths", lengths))

    def _pieces(self, frame: Frame) -> list[Piece]:
        placed = []
        start = ZERO
        for schedule, length in zip(self.pieces, self.lengths, strict=True):
            end = start + Fraction(length)
            placed.append((start, end, schedule))
            start = end
        return [piece for pieces in side_by_side(frame, placed) for piece in pieces]

    def _range(self) -> Range:
        ranges = [piece._range() for piece in self.pieces]
        return min(lo for lo, _ in ranges), max(hi for _, hi in ranges)
