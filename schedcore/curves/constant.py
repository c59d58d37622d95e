"""Constant: one value throughout."""

from dataclasses import dataclass

from schedcore._checks import value
from schedcore._evaluable import Range
from schedcore._formulas.expression import Value
from schedcore._formulas.pieces import ONE
from schedcore.curves._curve import Curve, Part


@dataclass(frozen=True, repr=False, eq=False)
class Constant(Curve):
    """The same value at every progress: a plateau, or what is not to be scheduled.

        value(t) = value

    Parameters:
        value: finite; 0 or between 2.3e-308 and 1e150 in size.

    Raises:
        ValueError, TypeError: for a value that is not such a number.

    >>> Constant(0.1)(0.3)
    0.1
    """

    value: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", value("Constant", "value", self.value))

    def _parts(self, u: Value, v: Value) -> list[Part]:
        return [Part(ONE, self.value)]

    def _range(self) -> Range:
        return self.value, self.value
