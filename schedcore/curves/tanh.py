"""Tanh: a stretch of the hyperbolic tangent."""

import math
from dataclasses import dataclass

from schedcore._checks import between
from schedcore._formulas.expression import Value, expm1
from schedcore.curves._curve import STRAIGHT, Interpolation, Progress


@dataclass(frozen=True, repr=False, eq=False)
class Tanh(Interpolation):
    """A stretch of the hyperbolic tangent, scaled so that it begins and ends where it should.

        value(t) = end + (start - end) * (tanh(upper) - tanh(x)) / (tanh(upper) - tanh(lower))
        x = lower + (upper - lower)*t

    t is progress in [0, 1]; `start` and `end` are the values at progress 0 and 1. The defaults
    hold the start for long and fall late.

    Parameters:
        start: finite; 0 or between 2.3e-308 and 1e150 in size.
        end: likewise.
        lower: where on the axis of tanh the stretch begins; between -150 and 150.
        upper: where it ends, likewise; not `lower`.

    Returns when called:
        a float for a float, else an array of the progress's shape and dtype.

    Raises:
        ValueError, TypeError: for parameters that are not such numbers.

    Source: Hsueh et al. 2019, "Stochastic Gradient Descent with Hyperbolic-Tangent Decay on
    Classification", arXiv:1806.01593, equation (2), which does not scale (nor does timm).

    >>> round(Tanh(0.1, 0.0)(0.7), 12)
    0.049876103967
    """

    lower: float = -7.0
    upper: float = 3.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("lower", "upper"):
            x = between("Tanh", name, getattr(self, name), -150.0, 150.0)
            object.__setattr__(self, name, x)
        if self.lower == self.upper:
            raise ValueError(f"Tanh: 'lower' and 'upper' must differ, got {self.lower!r} twice")

    # With p = exp(-2*lower), q = exp(-2*upper) and exp(-2x) = p*(q/p)**t, tanh(x) - tanh(lower)
    # is 2*(p - exp(-2x)) / ((1 + p)*(1 + exp(-2x))), so that each weight is a product of two
    # monotone factors, neither of which loses a digit.
    def _rise(self, t: Progress) -> Value:
        p, q = self._exponentials()
        now = p * (q / p) ** t.done if t.early else q * (p / q) ** t.left
        return (1.0 + q) / (1.0 + now) * self._share(t.done)

    def _fall(self, t: Progress) -> Value:
        p, q = self._exponentials()
        now = 1 / p * (p / q) ** t.done if t.early else 1 / q * (q / p) ** t.left
        return (1.0 + 1 / p) / (1.0 + now) * self._share(t.left)

    def _share(self, part: Value) -> Value:
        """(1 - (q/p)**part) / (1 - q/p)."""
        stretch = -2.0 * abs(self.upper - self.lower)
        if -stretch < STRAIGHT:
            return part
        return expm1(stretch * part) / math.expm1(stretch)

    def _exponentials(self) -> tuple[float, float]:
        # A stretch that runs down is the one that runs up, by tanh(-x) = -tanh(x).
        turn = -2.0 if self.lower < self.upper else 2.0
        return math.exp(turn * self.lower), math.exp(turn * self.upper)

    def _seam(self) -> float:
        if abs(self.upper - self.lower) < 1e-6:  # nearly a straight line
            return 0.5
        p, q = self._exponentials()
        now = (p + q + 2 * p * q) / (2 + p + q)  # exp(-2x) half way in value
        return math.log(now / p) / math.log(q / p)
