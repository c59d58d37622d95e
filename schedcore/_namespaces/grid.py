"""How a progress is counted where its values can not be seen: in numbers, or in steps."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from schedcore._formulas.pieces import UNIT, Frame
from schedcore._namespaces.precision import FLOAT64, Precision
from schedcore.steps import Reading

Number = float | int


class Clock(NamedTuple):
    """How a progress is counted: as a number in [0, 1], or in steps."""

    frame: Frame
    """Where progress 0 and 1 lie."""
    last: Number
    """The largest count; the smallest is 0."""
    nearest: Callable[[Fraction], Number]
    """The count nearest to a place of the frame; steps stay within the run."""
    first_at: Callable[[Fraction], Number]
    """The first count at a place of the frame, or beyond it."""
    first_beyond: Callable[[Fraction, Number], Number]
    """The same for a place where a formula alone changes, in a piece that begins at a count."""
    is_at: Callable[[Number, Fraction], bool]
    """Whether a count stands for a place itself."""
    next: Callable[[Number], Number]
    """The next count."""


def progress_clock(precision: Precision) -> Clock:
    """Progress itself, in numbers of a precision."""
    # Compilers take what is below the normal numbers of the precision computed with for 0.
    least = 2.0**-1022 if precision is FLOAT64 else 2.0**-126

    def first_at(place: Fraction) -> float:
        near = precision.nearest(place)
        return max(near, precision.above(0.0), least) if place > 0 else near

    def following(t: Number) -> float:
        return max(precision.above(t), least)

    def first_beyond(place: Fraction, start: Number) -> float:
        near = precision.nearest(place)
        # Where the piece begins, t stands for its beginning, which is not beyond the place.
        return max(near if near >= place else precision.above(near), following(start))

    def is_at(_t: Number, _place: Fraction) -> bool:
        return True

    return Clock(UNIT, 1.0, precision.nearest, first_at, first_beyond, is_at, following)


def step_clock(reading: Reading) -> Clock:
    """Steps, from 0 to the last that is read apart."""
    lo = Fraction(-reading.shift)
    hi = lo + reading.parts

    def first_at(place: Fraction) -> int:
        return reading.first_step((place - lo) / reading.parts)

    def nearest(place: Fraction) -> int:
        return min(max(round(place), 0), reading.last)

    def first_beyond(place: Fraction, _start: Number) -> int:
        return first_at(place)

    def is_at(step: Number, place: Fraction) -> bool:
        return reading.progress(int(step)) == float((place - lo) / reading.parts)

    def following(step: Number) -> int:
        return int(step) + 1

    frame = Frame(lo, hi, hi)
    return Clock(frame, reading.last, nearest, first_at, first_beyond, is_at, following)
