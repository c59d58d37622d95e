"""Formulas as straight-line code, so that a call costs what the formula written by hand would.

Compiled here for Python floats, and for whatever else a `Backend` spells. Nothing here knows a
schedule or an array library.
"""

import builtins
import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

from schedcore._formulas.expression import Expr, Opaque, T, Value

INLINE = 32
"""Up to so many formulas are written into one function that decides between them."""


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
        self.namespace: dict[str, Any] = {"__builtins__": builtins, **functions}
        self.opaque = opaque
        self.constant = constant


ARITHMETIC = {
    "after": "(t - {0})",
    "before": "({0} - t)",
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
        "ceiling": "({1} if {0} > {1} else {0})",
        "floor": "({1} if {0} < {1} else {0})",
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
_TWICE = ("min", "max", "ceiling", "floor")  # spelled with their operands written twice
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

        def write(x: Expr | float | Fraction | Opaque, user: str = "") -> tuple[str, int]:
            x = _seen_through(x)
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

    def _constant(self, x: float | Fraction | Opaque, user: str) -> str:
        x = float(x) if isinstance(x, Fraction) else x
        if isinstance(x, Opaque):
            self.parameters.append(self._backend.opaque(x))
        elif self._literal:
            return repr(x) if x >= 0 else f"({x!r})"
        else:  # numpy knows some powers, but only by numbers
            self.parameters.append(x if user == "**" else self._backend.constant(x))
        return f"c{len(self.parameters) - 1}"


def _seen_through(x: Any) -> Any:
    """Without additions of 0, and in the exact form."""
    while isinstance(x, Expr) and (x.op == "either" or (x.op == "+" and x.args[0] == 0.0)):
        x = x.args[0 if x.op == "either" else 1]
    return x


def _count_uses(x: object, uses: dict[int, int], times: int = 1) -> None:
    x = _seen_through(x)
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
