"""Exact fractions from the numbers that people write.

A float such as 0.1 or 5/90 is the rounding of a fraction that its writer meant; boundaries are
kept as that fraction, and rounded once, when they are compared with a progress.
"""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from numbers import Rational, Real
from typing import Any, TypeGuard

import numpy as np

from schedcore._checks import LARGEST, fault

Length = float | str | Fraction
"""A length or a place in [0, 1] as users write it: 0.1, "1/3", Fraction(1, 3)."""

_DECIMAL_DIGITS = 9
_DENOMINATORS = (10**6, 10**7)
"""The first is tried first. A run has up to 10**7 steps, and two fractions of which one has a
denominator of at most 10**6 and the other of at most 10**7 are 10**-13 apart, far more than the
slack: a length that was computed from steps is never read as that of another run."""
_ROUNDING = Fraction(1, 2**51)
"""What a few additions of numbers in [0, 1] are off by at most: 1 - w/N - d/N is less."""
_SLACK = Fraction(1, 1000)
_LARGEST = Fraction(repr(LARGEST))


def fraction(owner: str, name: str, x: object) -> Fraction:
    """The number that `x` was written for, which rounds to `x`.

    A float with at most 9 significant digits is that decimal: 0.1 is 1/10. Any other is the nearest
    fraction with a denominator of at most 10**6, else 10**7, if that rounds to it (5/90 is 1/18);
    else the decimal that its repr shows. Fractions, integers and strings ("1/3", "0.1", "5%") are
    taken as they are.
    """
    return _read(owner, name, x, Fraction(0))


def as_length(owner: str, name: str, x: object) -> Fraction:
    """The length or the place in [0, 1] that `x` was written for, or computed for.

    As `fraction`, but a float need not be the rounding of the fraction: within 2**-51 is near
    enough (above 1, within 2**-51 of its size), so that 1 - 0.7 is 3/10, and 1 - w/N - d/N is
    (N - w - d)/N for N up to 10**7, exactly 0 where nothing is left.
    """
    return _read(owner, name, x, _ROUNDING)


def _read(owner: str, name: str, x: object, slack: Fraction) -> Fraction:
    q = _number(owner, name, x, slack)
    if abs(q) > _LARGEST:
        raise ValueError(fault(owner, name, f"be at most {LARGEST!r} in size", x))
    return q


def _number(owner: str, name: str, x: object, slack: Fraction) -> Fraction:
    if isinstance(x, bool) or not isinstance(x, Real | str):
        raise TypeError(fault(owner, name, "be a number, a Fraction or a string like '1/3'", x))
    if isinstance(x, str):
        percent = x.strip().endswith("%")
        try:
            return Fraction(x.strip()[:-1]) / 100 if percent else Fraction(x)
        except (ValueError, ZeroDivisionError):
            must = "be a number such as '0.1' or '1/3'"
            raise ValueError(fault(owner, name, must, x)) from None
    if isinstance(x, Rational):
        return Fraction(int(x.numerator), int(x.denominator))
    y = float(x)
    if y - y != 0:
        raise ValueError(fault(owner, name, "be finite", x))
    return _of_numpy(x, y, slack) if _is_narrow(x) else _of_float(y, slack)


def _of_float(y: float, slack: Fraction) -> Fraction:
    if _digits(repr(y)) <= _DECIMAL_DIGITS:
        return Fraction(repr(y))
    for denominator in _DENOMINATORS:
        near = Fraction(y).limit_denominator(denominator)
        off = abs(near - Fraction(y))
        if float(near) == y or off <= slack * max(Fraction(1), abs(near)):
            return near
    return Fraction(repr(y))


def _is_narrow(x: object) -> TypeGuard[np.floating[Any]]:
    return isinstance(x, np.floating) and not isinstance(x, float)


def _of_numpy(x: np.floating[Any], y: float, slack: Fraction) -> Fraction:
    """A float32, a float16 or a longdouble, by its own repr and in its own precision.

    Two different fractions with denominators of at most q are 1/q**2 apart or more. So a float32 of
    w/N is read as w/N for N up to 2896, and as a length, which may be two roundings off, for N up
    to 1024. Nothing in a float32 tells longer runs apart.
    """
    kind = np.finfo(x.dtype)
    digits = _digits(str(x))
    if digits <= kind.precision - 2:  # too short to be taken for another fraction
        return Fraction(str(x))
    exact = min(math.isqrt(2**kind.nmant), _DENOMINATORS[0])
    rough = min(math.isqrt(2 ** (kind.nmant - 3)), _DENOMINATORS[0])
    near = Fraction(y).limit_denominator(rough)
    if x.dtype.type(float(near)) == x:
        return near
    if digits < kind.precision:
        return Fraction(str(x))
    if slack and abs(near - Fraction(y)) <= Fraction(4, 2 ** (kind.nmant + 1)):
        return near
    near = Fraction(y).limit_denominator(exact)
    return near if x.dtype.type(float(near)) == x else Fraction(str(x))


def _digits(text: str) -> int:
    """The significant digits of a number as Python writes it."""
    return len(text.split("e", maxsplit=1)[0].replace(".", "").strip("-0"))


def share(owner: str, name: str, x: object) -> Fraction:
    """A fraction in [0, 1]."""
    q = as_length(owner, name, x)
    if not 0 <= q <= 1:
        raise ValueError(fault(owner, name, "be between 0 and 1", x))
    return q


def shares(owner: str, name: str, xs: Sequence[object]) -> tuple[Fraction, ...]:
    """Lengths that sum to 1: within 1e-3 they are taken, and the last absorbs the rest."""
    lengths = tuple(as_length(owner, f"{name}[{i}]", x) for i, x in enumerate(xs))
    for i, q in enumerate(lengths):
        if q < 0:
            raise ValueError(fault(owner, f"{name}[{i}]", "be at least 0", xs[i]))
    total = sum(lengths, Fraction(0))
    if abs(total - 1) > _SLACK:
        raise ValueError(
            f"{owner}: {name!r} must sum to 1, got {_list(xs)}, which sums to {float(total)!r}"
        )
    rest = 1 - (total - lengths[-1])
    if rest < 0:
        raise ValueError(
            f"{owner}: {name!r} must leave room for the last piece, got {_list(xs)}: "
            f"the others alone sum to {float(1 - rest)!r}"
        )
    return (*lengths[:-1], rest)


def ascending(owner: str, name: str, xs: Sequence[object]) -> tuple[Fraction, ...]:
    """Places in [0, 1] in order; equal neighbours are legal (what lies between vanishes)."""
    places = tuple(share(owner, f"{name}[{i}]", x) for i, x in enumerate(xs))
    for i in range(1, len(places)):
        if places[i] < places[i - 1]:
            raise ValueError(
                f"{owner}: {name!r} must be in ascending order, got {_list(xs)}: "
                f"{name}[{i}] is below {name}[{i - 1}]"
            )
    return places


def _list(xs: Iterable[object]) -> str:
    shown = (as_written(x) if isinstance(x, Fraction) else x for x in xs)
    return "[" + ", ".join(map(str, shown)) + "]"


def as_written(q: Fraction) -> float | str:
    """The shortest thing to write that `as_length` reads as `q`: 0.1, or '1/3'."""
    rest = q.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return as_number(q) if rest == 1 else f"{q.numerator}/{q.denominator}"


def as_number(q: Fraction) -> float | str:
    """The float that `as_length` reads as `q`, if there is one; else what `q` is, as a string."""
    return float(q) if as_length("", "", float(q)) == q else f"{q.numerator}/{q.denominator}"
