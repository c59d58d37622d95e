"""Floating-point numbers of several widths: how exact places are rounded to them."""

from fractions import Fraction
from typing import NamedTuple


class Precision(NamedTuple):
    """A binary floating-point format.

    A progress in it that is the rounding of a boundary stands for the boundary itself; any other
    is taken as it is.
    """

    name: str
    bits: int
    """Of the significand, the implied one included."""
    least: int
    """The exponent of the smallest normal number."""
    most: int
    """The exponent of the largest number."""

    def nearest(self, x: Fraction) -> float:
        """`x` rounded once, to even."""
        if x == 0:
            return 0.0
        ulp = Fraction(2) ** (max(_exponent(x), self.least) - self.bits + 1)
        return float(round(x / ulp) * ulp)

    def above(self, x: float) -> float:
        """The next number, for one that is not negative."""
        exponent = _exponent(Fraction(x)) if x else self.least
        return x + 2.0 ** (max(exponent, self.least) - self.bits + 1)

    def holds(self, x: float) -> bool:
        """Whether a number is 0, or within the range of the normal numbers."""
        return x == 0 or 2.0**self.least <= abs(x) <= self.largest

    @property
    def largest(self) -> float:
        """The largest number."""
        return (2.0 - 2.0 ** (1 - self.bits)) * 2.0**self.most


def _exponent(x: Fraction) -> int:
    top, bottom = abs(x.numerator), x.denominator
    exponent = top.bit_length() - bottom.bit_length()
    return exponent if top >= bottom * Fraction(2) ** exponent else exponent - 1


FLOAT16 = Precision("float16", 11, -14, 15)
BFLOAT16 = Precision("bfloat16", 8, -126, 127)
FLOAT32 = Precision("float32", 24, -126, 127)
FLOAT64 = Precision("float64", 53, -1022, 1023)
PRECISIONS = {each.name: each for each in (FLOAT16, BFLOAT16, FLOAT32, FLOAT64)}
