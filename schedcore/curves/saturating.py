"""Saturating: an exponential approach to a limit, cut off at its end."""

import math
from dataclasses import dataclass

from schedcore._checks import fault, number
from schedcore._formulas.expression import Value, exp, expm1, scaled
from schedcore.curves._curve import STRAIGHT, Interpolation, Progress


@dataclass(frozen=True, repr=False, eq=False)
class Saturating(Interpolation):
    """An exponential approach to a limit, scaled so that it arrives: the exponential WSD cooldown.

        value(t) = end + (start - end) * (exp(-rate*t) - exp(-rate)) / (1 - exp(-rate))

    t is progress in [0, 1]; `start` and `end` are the values at progress 0 and 1. A positive rate
    is fast first, a negative one fast last; the nearer to 0, the straighter. Rate log(2) is
    Megatron's 2 * 0.5**t - 1.

    Parameters:
        start: finite; 0 or between 2.3e-308 and 1e150 in size.
        end: likewise.
        rate: at most 700 in size, not 0.

    Returns when called:
        a float for a float, else an array of the progress's shape and dtype.

    Raises:
        ValueError, TypeError: for parameters that are not such numbers.

    Source: Megatron-LM's `OptimizerParamScheduler` (its exponential WSD decay, rate log(2));
    Ma and Yarats 2021, arXiv:1910.04209, section 5 (as a warmup).

    >>> round(Saturating(1.0, 0.0, rate=3.0)(0.5), 12)
    0.182425523806
    """

    rate: float

    def __post_init__(self) -> None:
        super().__post_init__()
        rate = number("Saturating", "rate", self.rate)
        if rate == 0 or abs(rate) > 700:
            must = "be at most 700 in size and not 0 (where the curve would be Linear)"
            raise ValueError(fault("Saturating", "rate", must, self.rate))
        object.__setattr__(self, "rate", rate)

    def _rise(self, t: Progress) -> Value:
        if abs(self.rate) < STRAIGHT:
            return t.done
        return _near_limit(-self.rate, t.mirrored()) if self.rate < 0 else _off(self.rate, t)

    def _fall(self, t: Progress) -> Value:
        if abs(self.rate) < STRAIGHT:
            return t.left
        return _off(-self.rate, t.mirrored()) if self.rate < 0 else _near_limit(self.rate, t)

    def _seam(self) -> float:
        size = abs(self.rate)
        if size < STRAIGHT:
            return 0.5
        seam = -math.log1p(math.expm1(-size) / 2) / size
        return seam if self.rate > 0 else 1.0 - seam


def _off(rate: float, t: Progress) -> Value:
    """(1 - exp(-rate*done)) / (1 - exp(-rate)), for a positive rate."""
    return expm1(scaled(-rate, t.done)) / math.expm1(-rate)


def _near_limit(rate: float, t: Progress) -> Value:
    """One minus that, (exp(-rate*done) - exp(-rate)) / (1 - exp(-rate))."""
    if t.early:
        return exp(scaled(-rate, t.done)) * expm1(-rate * t.left) / math.expm1(-rate)
    return expm1(scaled(rate, t.left)) / math.expm1(rate)
