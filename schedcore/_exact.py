"""Exact fractions from the numbers that people write.

A float such as 0.1 or 5/90 is the rounding of a fraction that its writer meant; boundaries are
kept as that fraction, and rounded once, when they are compared with a progress.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from numbers import Rational, Real
from typing import Any

from schedcore._checks import LARGEST, fault

Length = float | str | Fraction
"""A length or a place in [0, 1] as users write it: 0.1, "1/3", Fraction(1, 3)."""

_SIMPLE = 10**6
_SIMPLE_NARROW = 10**3
_SLACK = Fraction(1, 1000)


def fraction(owner: str, name: str, x: object) -> Fraction:
    """The fraction that `x` was written for.

    A float is the simplest fraction with a denominator of at most 10**6 that rounds to it (so
    5/90 is 1/18 and 0.1 is 1/10), else the decimal that its repr shows. Fractions, integers and
    strings ("1/3", "0.1") are taken as they are.
    """
    q = _fraction(owner, name, x)
    if abs(q) > LARGEST:
        raise ValueError(fault(owner, name, f"be at most {LARGEST!r} in size", x))
    return q


def _fraction(owner: str, name: str, x: object) -> Fraction:
    most = _SIMPLE if isinstance(x, float) else _SIMPLE_NARROW
    if isinstance(x, bool) or not isinstance(x, Real | str):
        raise TypeError(fault(owner, name, "be a number, a Fraction or a string like '1/3'", x))
    if isinstance(x, str):
        try:
            return Fraction(x)
        except (ValueError, ZeroDivisionError):
            must = "be a number such as '0.1' or '1/3'"
            raise ValueError(fault(owner, name, must, x)) from None
    if isinstance(x, Rational):
        return Fraction(int(x.numerator), int(x.denominator))
    y = float(x)
    if y - y != 0:
        raise ValueError(fault(owner, name, "be finite", x))
    simple = Fraction(y).limit_denominator(most)
    own: Any = type(x)  # a float32 rounds in its own precision
    return simple if own(float(simple)) == x else Fraction(repr(y))


def share(owner: str, name: str, x: object) -> Fraction:
    """A fraction in [0, 1]."""
    q = fraction(owner, name, x)
    if not 0 <= q <= 1:
        raise ValueError(fault(owner, name, "be between 0 and 1", x))
    return q


def shares(owner: str, name: str, xs: Sequence[object]) -> tuple[Fraction, ...]:
    """Lengths that sum to 1: within 1e-3 they are taken, and the last absorbs the rest."""
    lengths = tuple(fraction(owner, f"{name}[{i}]", x) for i, x in enumerate(xs))
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
    """The shortest thing to write that `fraction` reads as `q`: 0.1, or '1/3'."""
    rest = q.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return as_number(q) if rest == 1 else f"{q.numerator}/{q.denominator}"


def as_number(q: Fraction) -> float | str:
    """The float that `fraction` reads as `q`, if there is one; else what `q` is, as a string."""
    return float(q) if fraction("", "", float(q)) == q else f"{q.numerator}/{q.denominator}"
