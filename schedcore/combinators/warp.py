"""Warp: a schedule read at another schedule's value."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from schedcore._evaluable import Range
from schedcore._exact import fraction
from schedcore._formulas.expression import Opaque, call
from schedcore._formulas.pieces import ONE, ZERO, Frame, Piece
from schedcore.combinators._parts import checked_schedule
from schedcore.combinators.restrict import Restrict, restricted
from schedcore.combinators.reverse import Reverse
from schedcore.curves.linear import Linear
from schedcore.schedule import Difference, Operand, Product, Quotient, Schedule, Sum

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, repr=False, eq=False)
class Warp(Schedule):
    """A schedule read at another schedule's value: a clock that runs faster or slower.

        value(t) = schedule(clock(t))

    With a straight clock (`Linear`, also reversed, in part, or times and plus numbers) boundaries
    stay exact. With others they lie where the clock, as computed, comes to them, and are not among
    the `boundaries`. timm's k-decay is `Warp(schedule, Power(0, 1, k))`.

    Parameters:
        schedule: the schedule to read.
        clock: a schedule whose values stay in [0, 1].

    Raises:
        ValueError, TypeError: for parameters that are not such; ValueError also when called, for
            a clock that turns out to leave [0, 1].

    >>> from schedcore import Linear
    >>> Warp(Linear(1.0, 0.0), Linear(0.0, 0.5))(1.0)
    0.5
    """

    schedule: Schedule
    clock: Schedule

    def __post_init__(self) -> None:
        checked_schedule("Warp", "schedule", self.schedule)
        checked_schedule("Warp", "clock", self.clock)
        for t in (ZERO, *self.clock._inner_boundaries(), ONE):
            self._checked(self.clock(float(t)))

    def _checked(self, now: float) -> float:
        if not 0 <= now <= 1:
            raise ValueError(
                f"Warp: 'clock' must stay in [0, 1], but {self.clock!r} comes to {now!r}"
            )
        return now

    def _pieces(self, frame: Frame) -> list[Piece]:
        schedule, clock = self.schedule, self.clock
        line = _line(clock)
        if line is not None and 0 <= min(line) < max(line) <= 1:
            part = frame if line[0] < line[1] else frame.sub(ONE, ZERO)
            return restricted(schedule, min(line), max(line), part)

        def read(now: float) -> float:
            return schedule(self._checked(now))

        def read_all(now: NDArray[np.float64]) -> NDArray[np.float64]:
            self._checked(float(now.min()))
            self._checked(float(now.max()))
            return schedule(now)

        opaque = Opaque(
            (Warp, schedule), read, read_all, lambda library: library.inner(schedule._pieces)
        )
        return [
            piece._replace(formula=call(opaque, piece.formula), name="Warp", trend=None)
            for piece in clock._pieces(frame)
        ]

    def _range(self) -> Range:
        return self.schedule._range()


def _line(clock: Operand) -> tuple[Fraction, Fraction] | None:  # noqa: PLR0911 (one a case)
    """The exact values of a straight clock at 0 and at 1; None for any other."""
    match clock:
        case float():
            return (fraction("", "", clock),) * 2
        case Linear(start=start, end=end):
            return fraction("", "", start), fraction("", "", end)
        case Reverse(schedule=schedule) if line := _line(schedule):
            return line[1], line[0]
        case Restrict(schedule=schedule, lo=lo, hi=hi) if line := _line(schedule):
            rise = line[1] - line[0]
            return line[0] + rise * Fraction(lo), line[0] + rise * Fraction(hi)
        case Sum(left=left, right=right) if (a := _line(left)) and (b := _line(right)):
            return a[0] + b[0], a[1] + b[1]
        case Difference(left=left, right=right) if (a := _line(left)) and (b := _line(right)):
            return a[0] - b[0], a[1] - b[1]
        case Product(left=float(x), right=other) | Product(left=other, right=float(x)):
            line = _line(other)
            return line and (line[0] * fraction("", "", x), line[1] * fraction("", "", x))
        case Quotient(left=other, right=float(x)):
            line = _line(other)
            return line and (line[0] / fraction("", "", x), line[1] / fraction("", "", x))
    return None
