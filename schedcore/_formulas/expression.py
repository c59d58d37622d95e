"""Formulas in progress: written once, as plain Python.

A curve states its formula with the functions below. Given a float they compute; given an `Expr`
they record, and the record is compiled for the kind of number that a caller brings: Python floats
in `_compiled`, arrays in `_namespaces`. So there is one definition.
"""

import math
import sys
from collections.abc import Callable, Hashable
from fractions import Fraction
from typing import Any, NamedTuple


class Opaque(NamedTuple):
    """A function that cannot be written as a formula: a form for each kind of number."""

    key: Hashable
    """Opaques with equal keys are the same function."""
    scalar: Callable[[Any], float]
    array: Callable[[Any], Any]
    traced: Callable[[Any], Callable[[Any], Any]] | None
    """Given a `Library`, the function of its arrays; None for one that is constant in `cells`."""


class Expr:
    """A recorded formula: an operation on other formulas, numbers and `T`, the progress.

    A place, which progress is measured from or compared with, is an exact fraction.
    """

    __slots__ = ("args", "op")

    def __init__(self, op: str, *args: "Expr | float | Fraction | Opaque") -> None:
        self.op = op
        self.args = args

    def __add__(self, other: "Value") -> "Expr":
        return Expr("+", self, other)

    def __radd__(self, other: float) -> "Expr":
        return Expr("+", other, self)

    def __sub__(self, other: "Value") -> "Expr":
        return self if other == 0.0 else Expr("-", self, other)

    def __rsub__(self, other: float) -> "Expr":
        return Expr("-", other, self)

    def __mul__(self, other: "Value") -> "Expr":
        return Expr("*", self, other)

    def __rmul__(self, other: float) -> "Expr":
        return self if other == 1.0 else Expr("*", other, self)

    def __truediv__(self, other: "Value") -> "Expr":
        return self if other == 1.0 else Expr("/", self, other)

    def __rtruediv__(self, other: float) -> "Expr":
        return Expr("/", other, self)

    def __pow__(self, other: "Value") -> "Expr":
        return Expr("**", self, other)

    def __rpow__(self, other: float) -> "Expr":
        return Expr("**", other, self)

    def __neg__(self) -> "Expr":
        return Expr("neg", self)


Value = Expr | float
T = Expr("t")


def after(place: Fraction) -> Expr:
    """How far the progress is beyond a place."""
    return Expr("after", place) if place else T


def before(place: Fraction) -> Expr:
    """How far the progress is short of a place."""
    return Expr("before", place)


def _function(name: str, of_float: Callable[[float], float]) -> Callable[[Value], Value]:
    def apply(x: Value) -> Value:
        return Expr(name, x) if isinstance(x, Expr) else of_float(x)

    return apply


sin = _function("sin", math.sin)
exp = _function("exp", math.exp)
expm1 = _function("expm1", math.expm1)
log = _function("log", math.log)
log1p = _function("log1p", math.log1p)


def square(x: Value) -> Value:
    """The square as a product, which every library rounds alike (not so a power)."""
    return x * x


def scaled(factor: float, x: Value) -> Value:
    """A multiple of x: one operation, also where x is itself a quotient by a number."""
    if isinstance(x, Expr) and x.op == "/" and isinstance(width := x.args[1], float):
        scale = factor / width
        if sys.float_info.min < abs(scale) < sys.float_info.max:
            return Expr("*", scale, x.args[0])
    return factor * x


def at_most(x: Value, y: Value) -> Value:
    """The smaller of two."""
    if isinstance(x, Expr) or isinstance(y, Expr):
        return Expr("min", x, y)
    return min(x, y)


def at_least(x: Value, y: Value) -> Value:
    """The larger of two."""
    if isinstance(x, Expr) or isinstance(y, Expr):
        return Expr("max", x, y)
    return max(x, y)


def not_above(x: Value, limit: float) -> Value:
    """x, where only rounding could bring it above the limit."""
    return Expr("ceiling", x, limit) if isinstance(x, Expr) else min(x, limit)


def not_below(x: Value, limit: float) -> Value:
    """x, where only rounding could bring it below the limit."""
    return Expr("floor", x, limit) if isinstance(x, Expr) else max(x, limit)


def either(exact: Value, plain: Value) -> Value:
    """One formula in two forms: a plainer one, for masks, loses digits of small results.

    Its error is that of a result of size 1, and it is exact where the other is 0.
    """
    if isinstance(exact, Expr):
        return Expr("either", exact, plain)
    return exact


def float_value(x: Value) -> float:
    """What a formula made of floats alone has computed."""
    assert not isinstance(x, Expr)
    return x


def until(place: Fraction, first: float, then: Value) -> Expr:
    """`then`, but `first` up to and with a place, where they differ by rounding alone."""
    return Expr("until", place, first, then)


def since(place: Fraction, last: float, then: Value) -> Expr:
    """`then`, but `last` from a place on, where they differ by rounding alone."""
    return Expr("since", place, last, then)


def call(function: Opaque, x: Value) -> Value:
    """A function's value at `x`."""
    return Expr("call", function, x) if isinstance(x, Expr) else function.scalar(x)
