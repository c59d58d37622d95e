"""Cosine: half a period of a cosine."""

import math

from schedcore._formulas.expression import Value, scaled, sin, square
from schedcore.curves._curve import Interpolation, Progress

QUARTER_TURN = math.pi / 2


class Cosine(Interpolation):
    """Half a period of a cosine: flat at both ends, steepest in the middle.

        value(t) = end + (start - end) * (1 + cos(pi*t)) / 2

    t is progress in [0, 1]; `start` and `end` are the values at progress 0 and 1. It never turns
    back up: for restarts see `Repeat`, `sgdr` and `cosine_restarts`.

    Parameters:
        start: finite; 0 or between 2.3e-308 and 1e150 in size.
        end: likewise.

    Returns when called:
        a float for a float, else an array of the progress's shape and dtype.

    Raises:
        ValueError, TypeError: for parameters that are not such numbers.

    Source: Loshchilov and Hutter 2017, "SGDR: Stochastic Gradient Descent with Warm Restarts",
    arXiv:1608.03983, equation (5) within one period.

    >>> round(Cosine(0.1, 0.0)(0.5), 12)
    0.05
    """

    # (1 + cos(pi*t))/2 = sin(pi/2*(1-t))**2; the left side has no digits left near t = 1.
    def _rise(self, t: Progress) -> Value:
        return square(sin(scaled(QUARTER_TURN, t.done)))

    def _fall(self, t: Progress) -> Value:
        return square(sin(scaled(QUARTER_TURN, t.left)))
