"""Formulas written so that like ones look alike.

Signs and scales are moved into the numbers, and what only guards against rounding is left out. So
both halves of a cosine, or all lines of a staircase, become one list of operations on different
numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from fractions import Fraction
from typing import Any, NamedTuple

from schedcore._formula import Expr, Opaque, T, Value


class Program(NamedTuple):
    """A formula as operations, one after another; no operation for a constant."""

    form: tuple[tuple[Hashable, ...], ...]
    """Each its name and operands: the index of an earlier result, or "number" for the next of
    `numbers`. A line, slope * (t - place), takes two of them; a call has the function's key in its
    name's place in `calls`."""
    numbers: tuple[float | Fraction, ...]
    functions: tuple[Opaque, ...]


def program(formula: Value) -> Program:
    """The operations of a formula."""
    root = _canonical(formula, {})
    if not isinstance(root, Expr):
        return Program((), (root,), ())
    if root.op != "+":  # a constant is added elsewhere
        root = Expr("+", 0.0, root)
    form: list[tuple[Hashable, ...]] = []
    numbers: list[Any] = []
    functions: list[Opaque] = []
    done: dict[int, int] = {}

    def visit(x: Expr) -> int:
        if id(x) in done:
            return done[id(x)]
        given = [visit(arg) if isinstance(arg, Expr) else arg for arg in x.args]
        operands: list[Hashable] = []
        for arg, written in zip(x.args, given, strict=True):
            if isinstance(arg, Expr):
                operands.append(written)
            elif isinstance(arg, Opaque):
                functions.append(arg)
            else:
                operands.append("number")
                numbers.append(arg)
        key = [arg.key for arg in x.args if isinstance(arg, Opaque)]
        form.append((x.op, *operands, *key))
        done[id(x)] = len(form) - 1
        return done[id(x)]

    visit(root)
    return Program(tuple(form), tuple(numbers), tuple(functions))


def _canonical(x: Any, seen: dict[int, Any]) -> Any:
    if not isinstance(x, Expr):
        return x
    if id(x) not in seen:
        seen[id(x)] = _rewritten(x, seen)
    return seen[id(x)]


def _rewritten(x: Expr, seen: dict[int, Any]) -> Any:
    if x is T:
        return Expr("line", 1.0, Fraction(0))
    if x.op in ("after", "before"):
        return Expr("line", 1.0 if x.op == "after" else -1.0, x.args[0])
    if x.op in _FORMS:
        return _canonical(x.args[_FORMS[x.op]], seen)
    if x.op == "call":
        function, argument = x.args[0], _canonical(x.args[1], seen)
        assert isinstance(function, Opaque)
        return (
            Expr("call", function, argument)
            if isinstance(argument, Expr)
            else function.scalar(argument)
        )
    args = [_canonical(arg, seen) for arg in x.args]
    if not any(isinstance(arg, Expr) for arg in args):
        return _FOLDED[x.op](*args)
    rule = _RULES.get(x.op)
    return rule(*args) if rule else Expr(x.op, *args)


def _plus(a: Any, b: Any) -> Any:
    if isinstance(a, Expr) and isinstance(b, Expr):
        return Expr("sum", a, b)
    if isinstance(a, Expr):
        a, b = b, a
    if b.op == "+":
        return _plus(a + b.args[0], b.args[1])
    return Expr("+", a, b)


def _times(a: Any, b: Any) -> Any:
    if isinstance(a, Expr) and isinstance(b, Expr):
        return Expr("*", a, b)
    if isinstance(a, Expr):
        a, b = b, a
    if a == 1.0:
        return b
    if b.op == "line":
        return Expr("line", a * b.args[0], b.args[1])
    if b.op == "scale":
        return _times(a * b.args[0], b.args[1])
    return Expr("scale", a, b)


def _over(a: Any, b: Any) -> Any:
    return Expr("/", a, b) if isinstance(b, Expr) else _times(1.0 / b, a)


def _power(a: Any, b: Any) -> Any:
    return Expr("exp", _times(math.log(a), b)) if isinstance(b, Expr) else Expr("power", a, b)


_FORMS = {"floor": 0, "ceiling": 0, "until": 2, "since": 2, "either": 1}
"""Operations of which one operand is enough here: which."""
_RULES: dict[str, Callable[..., Any]] = {
    "+": _plus,
    "-": lambda a, b: _plus(a, _times(-1.0, b) if isinstance(b, Expr) else -b),
    "*": _times,
    "/": _over,
    "**": _power,
    "neg": lambda a: _times(-1.0, a),
}
_FOLDED: dict[str, Callable[..., float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "neg": lambda a: -a,
    "min": min,
    "max": max,
    "sin": math.sin,
    "exp": math.exp,
    "expm1": math.expm1,
    "log": math.log,
    "log1p": math.log1p,
}
