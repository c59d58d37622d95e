"""Every formula once more, from the papers, in mpmath; nothing of schedcore is imported.

Keys are the names of the classes and recipes. Progress is an exact rational (`mpf` of a float is
exact), results carry 50 digits. Run under `mpmath.workdps(50)`, as `value` does.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
from mpmath import mpf

DIGITS = 60


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
    """The value of a curve at a progress, with 60 digits."""
    with mpmath.workdps(DIGITS):
        return CURVES[name](q(t), **parameters)
