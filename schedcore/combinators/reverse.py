"""Reverse: a schedule read backwards."""

from dataclasses import dataclass

from schedcore._evaluable import Range
from schedcore._formulas.pieces import ONE, ZERO, Frame, Piece
from schedcore.combinators._parts import checked_schedule
from schedcore.schedule import Schedule


@dataclass(frozen=True, repr=False, eq=False)
class Reverse(Schedule):
    """A schedule read backwards.

        value(t) = schedule(1 - t)

    At its boundaries Reverse's own later piece holds, as everywhere.

    Parameters:
        schedule: the schedule to read.

    Raises:
        TypeError: for what is no schedule.

    >>> from schedcore import Linear
    >>> Reverse(Linear(0.0, 1.0))(0.25)
    0.75
    """

    schedule: Schedule

    def __post_init__(self) -> None:
        checked_schedule("Reverse", "schedule", self.schedule)

    def _pieces(self, frame: Frame) -> list[Piece]:
        return self.schedule._pieces(frame.sub(ONE, ZERO))

    def _range(self) -> Range:
        return self.schedule._range()
