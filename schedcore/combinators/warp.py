"""Warp: a schedule read at another schedule's value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schedcore._evaluable import Range
from schedcore._exact import fraction
from schedcore._formula import Opaque, call
from schedcore._pieces import ONE, ZERO, Frame, Piece
from schedcore.combinators._parts import checked_schedule
from schedcore.combinators.restrict import restricted
from schedcore.curves.linear import Linear
from schedcore.schedule import Schedule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, repr=False, eq=False)
class Warp(Schedule):
    """A schedule read at another schedule's value: a clock that runs faster or slower.

        value(t) = schedule(clock(t))

    With a `Linear` clock the boundaries stay exact; with others they lie where the clock, as
    computed, reaches them. timm's k-decay is `Warp(schedule, Power(0, 1, k))`.

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
        if isinstance(clock, Linear) and clock.start != clock.end:
            lo, hi = fraction("Warp", "clock", clock.start), fraction("Warp", "clock", clock.end)
            if lo < hi:
                return restricted(schedule, lo, hi, frame)
            return restricted(schedule, hi, lo, frame.sub(ONE, ZERO))

        def read(now: float) -> float:
            return schedule(self._checked(now))

        def read_all(now: NDArray[np.float64]) -> NDArray[np.float64]:
            self._checked(float(now.min()))
            self._checked(float(now.max()))
            return schedule(now)

        opaque = Opaque(read, read_all)
        return [
            piece._replace(formula=call(opaque, piece.formula), name="Warp", trend=None)
            for piece in clock._pieces(frame)
        ]

    def _range(self) -> Range:
        return self.schedule._range()
