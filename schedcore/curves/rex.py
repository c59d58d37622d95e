"""Rex: reflected exponential."""

from dataclasses import dataclass

from schedcore._checks import fault, number
from schedcore._formulas.expression import Value, either, expm1, log1p
from schedcore.curves._curve import STRAIGHT, Interpolation, Progress


@dataclass(frozen=True, repr=False, eq=False)
class Rex(Interpolation):
    """The reflected exponential: stays high for long, and falls faster and faster.

        value(t) = end + (start - end) * (1 - t) / (1 - beta*t)

    t is progress in [0, 1]; `start` and `end` are the values at progress 0 and 1. beta = 0 is a
    straight line; the nearer to 1, the later the fall.

    Parameters:
        start: finite; 0 or between 2.3e-308 and 1e150 in size.
        end: likewise.
        beta: at least 0, below 1.

    Returns when called:
        a float for a float, else an array of the progress's shape and dtype.

    Raises:
        ValueError, TypeError: for parameters that are not such numbers.

    Source: Chen, Wolfe and Kyrillidis 2022, "REX: Revisiting Budgeted Training with an Improved
    Schedule", arXiv:2107.04197, section 3 (beta 1/2).

    >>> round(Rex(0.1, 0.0)(0.5), 12)
    0.066666666667
    """

    beta: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        beta = number("Rex", "beta", self.beta)
        if not 0 <= beta < 1:
            raise ValueError(fault("Rex", "beta", "be at least 0 and below 1", self.beta))
        object.__setattr__(self, "beta", beta)

    def _rise(self, t: Progress) -> Value:
        if self.beta < STRAIGHT:
            return t.done
        rest = 1.0 - self.beta
        below = 1.0 - self.beta * t.done if t.early else rest + self.beta * t.left
        return either(rest * t.done / below, -(-1.0 + self._plain_fall(t)))

    def _fall(self, t: Progress) -> Value:
        if self.beta < STRAIGHT:
            return t.left
        # left / (rest + beta*left) has `left` twice, and steps back by an ulp here and there.
        exact = -expm1(-log1p(self.beta / (1.0 - self.beta) * t.left)) / self.beta
        return either(exact, 0.0 + self._plain_fall(t))

    def _plain_fall(self, t: Progress) -> Value:
        left = 0.0 + t.left
        return left / (1.0 - self.beta + self.beta * left)

    def _seam(self) -> float:
        return 1.0 / (2.0 - self.beta)
