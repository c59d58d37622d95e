"""What curves share: one formula from start to end, exact at both, monotone to the last bit.

The textbook interpolation `start + (end - start)*w` misses `end` in almost half of all cases and
loses the digits of small values. So a curve gives two weights, `rise` (0 at the start, 1 at the
end) and `fall` = 1 - `rise`, each with all its digits where it is small, and the value is taken
from the start while `rise` is below 1/2, from the end after it. Where formulas meet, both sides
are clamped by their common value, computed once.
"""

from abc import abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from schedcore._checks import value
from schedcore._evaluable import Range
from schedcore._formulas.expression import (
    Value,
    either,
    expm1,
    float_value,
    log,
    log1p,
    not_above,
    not_below,
    scaled,
)
from schedcore._formulas.pieces import HALF, ONE, Frame, Piece
from schedcore.schedule import Schedule

STRAIGHT = 2.0**-54
"""A curvature below which a curve is a straight line, to the last bit."""


class Progress(NamedTuple):
    """A curve's own progress, `done`, and what is `left` of it, 1 - `done`.

    In the first half (`early`) `done` is exact and `left` is rounded; in the second it is the
    other way round. A formula should read each small quantity where it is exact.
    """

    done: Value
    left: Value
    early: bool

    def power_of_left(self, power: float) -> Value:
        """left**power."""
        return either(self.left**power, 0.0 + (0.0 + self.left) ** power)

    def rest_of_power_of_left(self, power: float) -> Value:
        """1 - left**power, with all its digits near 0."""
        log_left = log1p(-self.done) if self.early else log(self.left)
        return either(-expm1(power * log_left), -(-1.0 + (0.0 + self.left) ** power))

    def mirrored(self) -> "Progress":
        """The progress of the same curve read backwards."""
        return Progress(self.left, self.done, not self.early)


class Part(NamedTuple):
    """A formula that holds up to `stop`, in the curve's own progress."""

    stop: Fraction
    formula: Value


class Curve(Schedule):
    """One published shape on [0, 1]; monotone unless it says otherwise."""

    @abstractmethod
    def _parts(self, u: Value, v: Value) -> list[Part]:
        """The formulas in the pair (u, v) = (progress, 1 - progress), the last up to 1."""

    def _trend(self) -> int | None:
        """The direction of the values along progress."""
        lo, hi = self._range()
        return 0 if lo == hi else None

    def _pieces(self, frame: Frame) -> list[Piece]:
        parts = self._parts(*frame.progress())
        name, trend = type(self).__name__, self._trend()
        stops = [part.stop for part in parts]
        backwards = frame.lo > frame.hi
        if backwards:
            trend = None if trend is None else -trend
            starts, parts = stops[::-1], parts[::-1]
        else:
            starts = [Fraction(0), *stops[:-1]]
        return [
            Piece(frame.at(start), part.formula, name, trend, boundary=i == 0)
            for i, (start, part) in enumerate(zip(starts, parts, strict=True))
        ]


@dataclass(frozen=True, repr=False, eq=False)
class Between(Curve):
    """A monotone curve from `start` to `end`, its parts clamped where they meet."""

    start: float
    end: float

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            checked = value(type(self).__name__, name, getattr(self, name))
            object.__setattr__(self, name, checked)

    @abstractmethod
    def _stops(self) -> list[Fraction]:
        """Up to where each formula holds, in the curve's own progress; the last up to 1."""

    @abstractmethod
    def _unclamped(self, i: int, u: Value, v: Value) -> Value:
        """Formula i in the pair (u, v), before it is clamped where it meets its neighbours."""

    def _parts(self, u: Value, v: Value) -> list[Part]:
        if self.start == self.end:
            return [Part(ONE, self.start)]
        keep_below, keep_above = (
            (not_above, not_below) if self.start < self.end else (not_below, not_above)
        )
        lo, hi = sorted((self.start, self.end))
        parts = []
        reached: float | None = None
        for i, stop in enumerate(self._stops()):
            formula = self._unclamped(i, u, v)
            if reached is not None:
                formula = keep_above(formula, reached)
            if stop < ONE:
                # The value at which this formula hands over to the next.
                meeting = float_value(self._unclamped(i, float(stop), 1.0 - float(stop)))
                within = min(max(meeting, lo), hi)
                reached = within if reached is None else float_value(keep_above(within, reached))
                formula = keep_below(formula, reached)
            parts.append(Part(stop, formula))
        return parts

    def _range(self) -> Range:
        return min(self.start, self.end), max(self.start, self.end)

    def _trend(self) -> int | None:
        return (self.end > self.start) - (self.end < self.start)


@dataclass(frozen=True, repr=False, eq=False)
class Interpolation(Between):
    """A curve between two values by the weights `rise` and `fall`."""

    @abstractmethod
    def _rise(self, t: Progress) -> Value:
        """The weight of the end: from 0 to 1, with all its digits near 0."""

    @abstractmethod
    def _fall(self, t: Progress) -> Value:
        """The weight of the start, 1 - rise: from 1 to 0, with all its digits near 0."""

    def _seam(self) -> float:
        """The progress at which both weights are 1/2, roughly."""
        return 0.5

    def _stops(self) -> list[Fraction]:
        return [stop for stop, _, _ in self._layout()]

    def _layout(self) -> list[tuple[Fraction, bool, bool]]:
        """For each formula: its stop, whether it goes out from the start, whether it is early."""
        seam = Fraction(min(max(self._seam(), 2.0**-60), 1.0 - 2.0**-53))
        if seam < HALF:
            return [(seam, True, True), (HALF, False, True), (ONE, False, False)]
        if seam > HALF:
            return [(HALF, True, True), (seam, True, False), (ONE, False, False)]
        return [(HALF, True, True), (ONE, False, False)]

    def _unclamped(self, i: int, u: Value, v: Value) -> Value:
        _, from_start, early = self._layout()[i]
        t = Progress(u, 1.0 - u, True) if early else Progress(1.0 - v, v, False)
        if from_start:
            return _moved(self.start, self.end - self.start, self._rise(t))
        return _moved(self.end, self.start - self.end, self._fall(t))


def _moved(value: float, span: float, weight: Value) -> Value:
    """The value and a share of the span."""
    return value - scaled(-span, weight) if span < 0 else value + scaled(span, weight)
