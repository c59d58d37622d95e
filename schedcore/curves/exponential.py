"""Exponential: equal ratios in equal times."""

import math
from fractions import Fraction

from schedcore._formulas.expression import Value, scaled
from schedcore._formulas.pieces import HALF, ONE
from schedcore.curves._curve import Between


class Exponential(Between):
    """A geometric decay, or growth: equal ratios in equal times, a straight line on a log axis.

        value(t) = start * (end / start)**t

    t is progress in [0, 1]; `start` and `end` are the values at progress 0 and 1, of one sign and
    not 0. torch's `ExponentialLR(gamma)` over N steps is `Exponential(1.0, gamma**N)`.

    Parameters:
        start: between 2.3e-308 and 1e150 in size.
        end: likewise, of the same sign.

    Returns when called:
        a float for a float, else an array of the progress's shape and dtype.

    Raises:
        ValueError, TypeError: for parameters that are not such numbers.

    Source: Smith 2017, "Cyclical Learning Rates for Training Neural Networks", arXiv:1506.01186,
    section 3.3 (the range test sweeps so); exponential decay itself is older than its papers.

    >>> round(Exponential(0.1, 0.001)(0.5), 12)
    0.01
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, x in (("start", self.start), ("end", self.end)):
            if x == 0:
                raise ValueError(
                    f"Exponential: {name!r} must not be 0, got {x!r}: "
                    "it is reached by no ratio (Polynomial and Cosine reach 0)"
                )
        if (self.start > 0) != (self.end > 0):
            raise ValueError(
                f"Exponential: 'start' and 'end' must have one sign, "
                f"got {self.start!r} and {self.end!r}"
            )

    def _stops(self) -> list[Fraction]:
        return [HALF, ONE]

    def _unclamped(self, i: int, u: Value, v: Value) -> Value:
        # The ratio over half the way: over all of it, it could overflow.
        ratio = math.sqrt(abs(self.end)) / math.sqrt(abs(self.start))
        if i == 0:
            return self.start * ratio ** scaled(2.0, u)
        return self.end * ratio ** scaled(-2.0, v)
