"""Formulas in progress: written once as plain Python, run as straight-line code.

A curve states its formula with the functions below. Given a float they compute; given an `Expr`
they record, and the record is compiled for the kind of number that a caller brings: Python floats
here, arrays in `_namespaces`. So there is one definition, and a scalar call costs what the
formula written by hand would cost. Nothing here knows a schedule or an array library.
"""

import math
import sys
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any, NamedTuple

INLINE = 32
"""Up to so many formulas are written into one function that decides between them."""


class Opaque(NamedTuple):
    """A function that cannot be written as a formula: one form for floats, one for arrays."""

    scalar: Callable[[float], float]
    array: Callable[[Any], Any]


class Expr:
    """A recorded formula: an operation on other formulas, numbers and `T`, the progress."""

    __slots__ = ("args", "op")

    def __init__(self, op: str, *args: "Expr | float | Opaque") -> None:
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


def float_value(x: Value) -> float:
    """What a formula made of floats alone has computed."""
    assert not isinstance(x, Expr)
    return x


def until(place: float, first: float, then: Value) -> Expr:
    """`first` up to and with the progress `place`, `then` after it."""
    return Expr("until", place, first, then)


def since(place: float, last: float, before: Value) -> Expr:
    """`last` from the progress `place` on, `before` below it."""
    return Expr("since", place, last, before)


def call(function: Opaque, x: Value) -> Value:
    """A function's value at `x`."""
    return Expr("call", function, x) if isinstance(x, Expr) else function.scalar(x)


class Backend:
    """How operations are spelled for one kind of number, and the functions they use."""

    def __init__(
        self,
        spell: Mapping[str, str],
        functions: Mapping[str, Callable[..., Any]],
        opaque: Callable[[Opaque], Callable[[Any], Any]],
        constant: Callable[[float], Any] = float,
    ) -> None:
        self.spell = spell
        self.namespace = dict(functions)
        self.opaque = opaque
        self.constant = constant


ARITHMETIC = {
    "+": "({0} + {1})",
    "-": "({0} - {1})",
    "*": "({0} * {1})",
    "/": "({0} / {1})",
    "**": "({0} ** {1})",
    "neg": "(-{0})",
    "sin": "sin({0})",
    "exp": "exp({0})",
    "expm1": "expm1({0})",
    "log": "log({0})",
    "log1p": "log1p({0})",
    "call": "{0}({1})",
}
FLOATS = Backend(
    spell={
        **ARITHMETIC,
        "min": "({1} if {0} > {1} else {0})",
        "max": "({1} if {0} < {1} else {0})",
        "until": "({1} if t <= {0} else {2})",
        "since": "({1} if t >= {0} else {2})",
    },
    functions={
        "sin": math.sin,
        "exp": math.exp,
        "expm1": math.expm1,
        "log": math.log,
        "log1p": math.log1p,
    },
    opaque=lambda function: function.scalar,
)
_TWICE = ("min", "max")  # spelled with their operands written twice
_DEEP = 20  # nested parentheses, which Python's parser bounds


class _Writer:
    """Writes a formula as Python: what is used twice is computed once, and given a name."""

    def __init__(self, backend: Backend, literal: bool) -> None:
        self._backend = backend
        self._literal = literal  # numbers in the text, or as parameters (so that texts repeat)
        self.parameters: list[Any] = []

    def body(self, formula: Value, indent: str) -> list[str]:
        """The lines that compute `formula` from `t` and return it."""
        lines: list[str] = []
        uses: dict[int, int] = {}
        _count_uses(formula, uses)
        texts: dict[int, tuple[str, int]] = {id(T): ("t", 0)}  # and how deep they are nested

        def write(x: Expr | float | Opaque, user: str = "") -> tuple[str, int]:
            if not isinstance(x, Expr):
                return self._constant(x, user), 0
            if id(x) not in texts:
                written = [write(arg, x.op) for arg in x.args]
                text = self._backend.spell[x.op].format(*[text for text, _ in written])
                depth = 1 + max(depth for _, depth in written)
                if uses[id(x)] > 1 or depth > _DEEP:
                    name = f"x{len(lines)}"
                    lines.append(f"{indent}{name} = {text}")
                    text, depth = name, 0
                texts[id(x)] = text, depth
            return texts[id(x)]

        result, _ = write(formula)
        return [*lines, f"{indent}return {result}"]

    def _constant(self, x: float | Opaque, user: str) -> str:
        if isinstance(x, Opaque):
            self.parameters.append(self._backend.opaque(x))
        elif self._literal:
            return repr(x) if x >= 0 else f"({x!r})"
        else:  # numpy knows some powers, but only by numbers
            self.parameters.append(x if user == "**" else self._backend.constant(x))
        return f"c{len(self.parameters) - 1}"


def _count_uses(x: object, uses: dict[int, int], times: int = 1) -> None:
    if isinstance(x, Expr) and x is not T:
        uses[id(x)] = uses.get(id(x), 0) + times
        if uses[id(x)] == times:  # met for the first time
            for arg in x.args:
                _count_uses(arg, uses, 2 if x.op in _TWICE else 1)


def compiled(formula: Value, backend: Backend) -> Callable[[Any], Any]:
    """One formula as a function of progress; formulas alike but for their numbers share code."""
    writer = _Writer(backend, literal=False)
    lines = writer.body(formula, " ")
    parameters = "".join(f", c{i}" for i in range(len(writer.parameters)))
    code = _code("\n".join([f"def formula(t{parameters}):", *lines]))
    return FunctionType(code, backend.namespace, "formula", tuple(writer.parameters))


@lru_cache(maxsize=256)
def _code(source: str) -> CodeType:
    module = compile(source, "<schedcore formula>", "exec")
    return next(x for x in module.co_consts if isinstance(x, CodeType))


def scalar_function(cuts: Sequence[float], formulas: Sequence[Value]) -> Callable[[float], float]:
    """Formula i from cut i-1 up to cut i, as one function of a float in [0, 1]."""
    if len(formulas) > INLINE:
        return _looked_up(list(cuts), [compiled(formula, FLOATS) for formula in formulas])
    writer = _Writer(FLOATS, literal=True)

    def decide(first: int, last: int, indent: str) -> list[str]:
        if first == last:
            return writer.body(formulas[first], indent)
        middle = (first + last) // 2
        return [
            f"{indent}if t < {cuts[middle]!r}:",
            *decide(first, middle, indent + " "),
            *decide(middle + 1, last, indent),
        ]

    source = "\n".join(["def formula(t):", *decide(0, len(formulas) - 1, " ")])
    namespace = FLOATS.namespace | {f"c{i}": x for i, x in enumerate(writer.parameters)}
    exec(source, namespace)  # noqa: S102 (written above, of formulas and numbers alone)
    return namespace["formula"]  # type: ignore[no-any-return]


def _looked_up(
    cuts: list[float], functions: list[Callable[[float], float]]
) -> Callable[[float], float]:
    """A binary search, from a table of where it can begin and end for each of many slots."""
    slots = 2 << len(cuts).bit_length()  # a power of 2, so that t * slots is exact
    first = [bisect_right(cuts, i / slots) for i in range(slots + 2)]

    def formula(t: float) -> float:
        slot = int(t * slots)
        return functions[bisect_right(cuts, t, first[slot], first[slot + 1])](t)

    return formula
