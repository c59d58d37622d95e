"""Custom: a function of one's own."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from schedcore._checks import fault
from schedcore._evaluable import Range
from schedcore._formulas.expression import Opaque, call
from schedcore._formulas.pieces import Frame, Piece
from schedcore.schedule import Schedule

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, repr=False, eq=False)
class Custom(Schedule):
    """Any function of progress, for a shape that is not here: value(t) = function(t).

    It composes as the other schedules do. The function is called with one float at a time, also
    for arrays (so it may branch, and may use `math`), and must give a finite number. Only where
    values can not be seen (inside `jit`, `compile` and `vmap`, on a GPU) or are differentiated, it
    is called with a tensor or an array, must be made of operations on it, and is not checked. Two
    `Custom` are equal if their functions are the same object; a lambda can not be pickled.

    Parameters:
        function: from a float in [0, 1] to a finite number; it should depend on nothing else.

    Returns when called:
        a float for a float, else an array of the progress's shape and dtype.

    Raises:
        TypeError: for what can not be called.
        ValueError: when called, for a value that is not finite.

    >>> Custom(lambda t: 0.1 if t < 0.5 else 0.01)(0.5)
    0.01
    """

    function: Callable[[float], float]

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise TypeError(fault("Custom", "function", "be callable", self.function))

    def _pieces(self, frame: Frame) -> list[Piece]:
        start = min(frame.lo, frame.hi)
        opaque = Opaque((Custom, id(self.function)), self._value, self._values, self._traced)
        formula = call(opaque, frame.progress()[0])
        return [Piece(start, formula, "Custom", None, boundary=True)]

    def _value(self, t: float) -> float:
        x = float(self.function(t))
        if not math.isfinite(x):
            raise ValueError(f"Custom: the function must give finite values, got {x!r} at {t!r}")
        return x

    def _values(self, t: NDArray[Any]) -> NDArray[np.float64]:
        return np.fromiter(map(self._value, t.tolist()), np.float64, t.size)

    def _traced(self, library: Any) -> Callable[[Any], Any]:
        return lambda t: library.functions["array"](self.function(t), t)

    def _range(self) -> Range:
        return -math.inf, math.inf

    def __repr__(self) -> str:
        function = self.function
        name = getattr(function, "__qualname__", None)
        return f"Custom({f'{function.__module__}.{name}' if name else repr(function)})"
