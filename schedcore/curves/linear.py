"""Linear: a straight line."""

from schedcore._formulas.expression import Value
from schedcore.curves._curve import Interpolation, Progress


class Linear(Interpolation):
    """A straight line from `start` to `end`: the usual warmup, and the plainest cooldown.

        value(t) = start + (end - start)*t

    t is progress in [0, 1]; `start` and `end` are the values at progress 0 and 1.

    Parameters:
        start: finite; 0 or between 2.3e-308 and 1e150 in size.
        end: likewise.

    Returns when called:
        a float for a float, else an array of the progress's shape and dtype.

    Raises:
        ValueError, TypeError: for parameters that are not such numbers.

    Source: Goyal et al. 2017, "Accurate, Large Minibatch SGD", section 2.2 (as a warmup);
    Defazio et al. 2023, arXiv:2310.07831 (as a decay).

    >>> Linear(0.0, 0.4)(0.25)
    0.1
    """

    def _rise(self, t: Progress) -> Value:
        return t.done

    def _fall(self, t: Progress) -> Value:
        return t.left
