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

from schedcore._formulas.expression import Expr, Opaque, T, Value
from schedcore._namespaces.errors import too_large
from schedcore._namespaces.precision import Precision


class Program(NamedTuple):
    """A formula as operations, one after another; no operation for a constant."""

    form: tuple[tuple[Hashable, ...], ...]
    """Each its name and operands: the index of an earlier result, or "number" for the next of
    `numbers`. A line, slope * (t - place), takes two; a call ends with its function's key."""
    numbers: tuple[float | Fraction, ...]
    functions: tuple[Opaque, ...]
    """Those of the calls, in order."""


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


def fitted(
    given: Program, distance: Callable[[Fraction], float], precision: Precision
) -> tuple[float | Fraction, ...]:
    """The numbers of a program as a precision holds them; else ValueError.

    `distance` is how far t comes from a place. A number too small to be held is 0, if so is what
    comes of it: a factor may be small because the other is large.
    """
    least = 2.0**precision.least
    sizes: list[float] = []
    out: list[float | Fraction] = []
    following = iter(given.numbers)
    for op, *operands in given.form:
        if op == "line":
            slope, place = float(next(following)), Fraction(next(following))
            sizes.append(abs(slope) * distance(place))
            out += [slope if abs(slope) >= least else 0.0, place]
            continue
        if op == "call":  # of nothing but earlier results
            sizes.append(math.inf)
            continue
        number = float(next(following)) if "number" in operands else None
        known = [sizes[x] if isinstance(x, int) else number for x in operands]
        sizes.append(_SIZES[op](*known) if op in _SIZES else math.inf)
        if number is not None:
            other = max((sizes[x] for x in operands if isinstance(x, int)), default=0.0)
            nothing = sizes[-1] < least and other <= precision.largest
            small = abs(number) < least and (op == "+" or nothing)
            if not (small or precision.holds(number)):
                raise ValueError(
                    f"the schedule is computed with the number {number!r}, which {precision.name} "
                    "does not hold: evaluate it in float64"
                )
            out.append(0.0 if small else number)
    if not given.form:
        number = float(given.numbers[0])
        if abs(number) > precision.largest:
            raise too_large(abs(number), precision.name)
        out.append(number if abs(number) >= least else 0.0)
    return tuple(out)


def _grown(x: float, power: float) -> float:
    return 1.0 if power < 0 or x <= 1 else math.exp(min(power * math.log(x), 700.0))


_SIZES: dict[Hashable, Callable[..., float]] = {
    "+": lambda a, b: abs(a) + b,
    "sum": lambda a, b: a + b,
    "scale": lambda a, b: abs(a) * b,
    "*": lambda a, b: a * b,
    "power": _grown,  # a negative one is of what is at least 1
    "exp": lambda x: math.exp(min(x, 700.0)),
    "expm1": lambda x: math.exp(min(x, 700.0)) + 1.0,
    "sin": lambda x: min(x, 1.0),
    "min": lambda a, b: max(abs(a), abs(b)),
    "max": lambda a, b: max(abs(a), abs(b)),
}
"""How large the result of an operation can be; of those left out nothing is known."""


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
