"""Every formula once more, from the papers, in mpmath; nothing of schedcore is imported.

Keys are the names of the classes. Progress is an exact rational (and so is a float).
"""

import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
from mpmath import mpf

DIGITS = 60
MANY = 380  # so that 1 - t has digits for the smallest t


def q(x: object) -> mpf:
    """A number or Fraction, exactly (to the working precision)."""
    if isinstance(x, Fraction):
        return mpf(x.numerator) / mpf(x.denominator)
    return mpf(x)


def constant(t: mpf, value: float) -> mpf:
    return q(value)


def linear(t: mpf, start: float, end: float) -> mpf:
    return q(start) + (q(end) - q(start)) * t


def cosine(t: mpf, start: float, end: float) -> mpf:
    """Loshchilov and Hutter 2017, equation (5)."""
    return q(end) + (q(start) - q(end)) * (1 + mpmath.cos(mpmath.pi * t)) / 2


def exponential(t: mpf, start: float, end: float) -> mpf:
    return q(start) * (q(end) / q(start)) ** t


def polynomial(t: mpf, start: float, end: float, power: float) -> mpf:
    """Chen et al. 2018, section 4.1."""
    return q(end) + (q(start) - q(end)) * (1 - t) ** q(power)


def power(t: mpf, start: float, end: float, power: float) -> mpf:
    """Hägele et al. 2024, equation (1)."""
    return q(start) + (q(end) - q(start)) * t ** q(power)


def inverse_power(t: mpf, start: float, timescale: float, power: float = 0.5) -> mpf:
    """Vaswani et al. 2017, equation (3), second branch, from a start."""
    return q(start) * (1 + t / q(timescale)) ** -q(power)


def rex(t: mpf, start: float, end: float, beta: float = 0.5) -> mpf:
    """Chen et al. 2022, section 3."""
    return q(end) + (q(start) - q(end)) * (1 - t) / (1 - q(beta) * t)


def saturating(t: mpf, start: float, end: float, rate: float) -> mpf:
    """Megatron-LM's exponential decay, for any rate."""
    k = q(rate)
    now, last = mpmath.exp(-k * t), mpmath.exp(-k)
    return q(end) + (q(start) - q(end)) * (now - last) / (1 - last)


def tanh(t: mpf, start: float, end: float, lower: float = -7, upper: float = 3) -> mpf:
    """Hsueh et al. 2019, equation (2), scaled to begin and end at its values."""
    x = q(lower) + (q(upper) - q(lower)) * t
    high, low = mpmath.tanh(q(upper)), mpmath.tanh(q(lower))
    return q(end) + (q(start) - q(end)) * (high - mpmath.tanh(x)) / (high - low)


CURVES: dict[str, Callable[..., mpf]] = {
    "Constant": constant,
    "Cosine": cosine,
    "Exponential": exponential,
    "InversePower": inverse_power,
    "Linear": linear,
    "Polynomial": polynomial,
    "Power": power,
    "Rex": rex,
    "Saturating": saturating,
    "Tanh": tanh,
}


def value(name: str, t: float | Fraction, **parameters: Any) -> mpf:
    """The value of a curve at a progress, with more digits than are ever lost."""
    with mpmath.workdps(MANY):
        return CURVES[name](q(t), **parameters)


# Combinators: what a composed schedule is at an exact progress. `later` says which piece holds at
# a boundary: the later one as schedules are read, the earlier one where they are read backwards,
# or at the end of a part. `shift` moves the progress a little without changing the piece, to see
# what the rounding of places can do.


def composed(schedule: Any, t: Fraction, later: bool = True, shift: Fraction = Fraction(0)) -> mpf:
    """The value of any schedule at an exact progress, with 60 digits."""
    with mpmath.workdps(DIGITS):
        return _composed(schedule, t, later, shift)


def _composed(s: Any, t: Fraction, later: bool, shift: Fraction) -> mpf:
    name = type(s).__name__
    later = (later or t == 0) and t != 1
    if name in COMBINATORS:
        return COMBINATORS[name](s, t, later, shift)
    fields = {f: getattr(s, f) for f in s.__dataclass_fields__}
    return CURVES[name](q(min(max(t + shift, Fraction(0)), Fraction(1))), **fields)


def _piece(starts: list[Fraction], t: Fraction, later: bool) -> int:
    """Which piece holds at t, given where each begins and, last, where all end."""
    for i, (lo, hi) in enumerate(itertools.pairwise(starts)):
        if (lo <= t < hi) if later else (lo < t <= hi):
            return i
    raise AssertionError((starts, t, later))


def _side_by_side(
    schedules: list[Any], lengths: list[Fraction], t: Fraction, later: bool, shift: Fraction
) -> tuple[int, mpf]:
    starts = [sum(lengths[:i], Fraction(0)) for i in range(len(lengths) + 1)]
    i = _piece(starts, t, later)
    length = lengths[i]
    u = (t - starts[i]) / length
    # At its own ends a piece is at its end, whatever it holds inside.
    return i, _composed(schedules[i], u, later, shift / length)


def _join(s: Any, t: Fraction, later: bool, shift: Fraction) -> mpf:
    return _side_by_side(list(s.pieces), list(s.lengths), t, later, shift)[1]


def _repeat(s: Any, t: Fraction, later: bool, shift: Fraction) -> mpf:
    raw = [Fraction(s.stretch) ** j for j in range(s.times)]
    lengths = [x / sum(raw) for x in raw]
    i, value = _side_by_side([s.schedule] * s.times, lengths, t, later, shift)
    return q(s.decay) ** i * value


def _restrict(s: Any, t: Fraction, later: bool, shift: Fraction) -> mpf:
    return _composed(s.schedule, s.lo + (s.hi - s.lo) * t, later, shift * (s.hi - s.lo))


def _reverse(s: Any, t: Fraction, later: bool, shift: Fraction) -> mpf:
    return _composed(s.schedule, 1 - t, not later, -shift)


def _hold(s: Any, t: Fraction, later: bool, shift: Fraction) -> mpf:
    cells = t * s.updates
    j = math.floor(cells) if later or t == 1 else math.ceil(cells) - 1
    return _composed(s.schedule, Fraction(j, s.updates), True, Fraction(0))


def _warp(s: Any, t: Fraction, later: bool, shift: Fraction) -> mpf:
    clock = s.clock
    if type(clock).__name__ == "Linear" and clock.start != clock.end:
        lo, hi = exact(clock.start), exact(clock.end)
        return _composed(s.schedule, lo + (hi - lo) * t, later == (lo < hi), shift * (hi - lo))
    now = _composed(clock, t, later, shift)
    return _composed(s.schedule, Fraction(float(now)), True, Fraction(0))


def _steps(s: Any, t: Fraction, later: bool, shift: Fraction) -> mpf:
    places = [Fraction(0), *s.boundaries, Fraction(1)]
    return q(s.values[_piece(places, t, later)])


def _points(s: Any, t: Fraction, later: bool, shift: Fraction) -> mpf:
    values = [s.values[0], *s.values, s.values[-1]]
    places = [Fraction(0), *s.positions, Fraction(1)]
    i = _piece(places, t, later)
    u = (t + shift - places[i]) / (places[i + 1] - places[i])
    return linear(q(min(max(u, Fraction(0)), Fraction(1))), values[i], values[i + 1])


def _operands(s: Any, t: Fraction, later: bool, shift: Fraction) -> tuple[mpf, mpf]:
    left, right = (
        q(x) if isinstance(x, float) else _composed(x, t, later, shift) for x in (s.left, s.right)
    )
    return left, right


def exact(x: float) -> Fraction:
    """The number that a float was written for: a short decimal, a simple fraction, or its repr."""
    if float(f"{x:.8e}") == x:  # nine significant digits
        return Fraction(repr(x))
    for largest in (10**6, 10**7):
        simple = Fraction(x).limit_denominator(largest)
        if float(simple) == x:
            return simple
    return Fraction(repr(x))


COMBINATORS: dict[str, Callable[..., mpf]] = {
    "Custom": lambda s, t, later, shift: q(s.function(float(t))),
    "Join": _join,
    "Repeat": _repeat,
    "Restrict": _restrict,
    "Reverse": _reverse,
    "Hold": _hold,
    "Warp": _warp,
    "Steps": _steps,
    "Points": _points,
    "Sum": lambda *a: sum(_operands(*a)),
    "Difference": lambda *a: _operands(*a)[0] - _operands(*a)[1],
    "Product": lambda *a: _operands(*a)[0] * _operands(*a)[1],
    "Quotient": lambda *a: _operands(*a)[0] / _operands(*a)[1],
    "Minimum": lambda *a: min(_operands(*a)),
    "Maximum": lambda *a: max(_operands(*a)),
}
