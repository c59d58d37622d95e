"""Polynomial: a power of what is left."""

import math
from dataclasses import dataclass

from schedcore._checks import positive
from schedcore._formulas.expression import Value
from schedcore.curves._curve import Interpolation, Progress


@dataclass(frozen=True, repr=False, eq=False)
class Polynomial(Interpolation):
    """A power of what is left of the run: the "poly" decay of segmentation and of BERT.

        value(t) = end + (start - end) * (1 - t)**power

    t is progress in [0, 1]; `start` and `end` are the values at progress 0 and 1. Above power 1
    it falls fast and ends flat, below 1 the other way round.

    Parameters:
        start: finite; 0 or between 2.3e-308 and 1e150 in size.
        end: likewise.
        power: exponent, above 0.

    Returns when called:
        a float for a float, else an array of the progress's shape and dtype.

    Raises:
        ValueError, TypeError: for parameters that are not such numbers.

    Source: Chen et al. 2018, "DeepLab", arXiv:1606.00915, section 4.1 (power 0.9).

    >>> Polynomial(0.1, 0.0, power=2.0)(0.5)
    0.025
    """

    power: float

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "power", positive("Polynomial", "power", self.power))

    def _rise(self, t: Progress) -> Value:
        return t.rest_of_power_of_left(self.power)

    def _fall(self, t: Progress) -> Value:
        return t.power_of_left(self.power)

    def _seam(self) -> float:
        return -math.expm1(math.log(0.5) / self.power)
