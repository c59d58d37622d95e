"""Power: a power of progress."""

from dataclasses import dataclass

from schedcore._checks import positive
from schedcore._formulas.expression import Value
from schedcore.curves._curve import Interpolation, Progress


@dataclass(frozen=True, repr=False, eq=False)
class Power(Interpolation):
    """A power of progress: power 0.5 is the "1-sqrt" cooldown, power 2 the quadratic warmup.

        value(t) = start + (end - start) * t**power

    t is progress in [0, 1]; `start` and `end` are the values at progress 0 and 1. It is
    `Polynomial` read backwards.

    Parameters:
        start: finite; 0 or between 2.3e-308 and 1e150 in size.
        end: likewise.
        power: exponent, above 0.

    Returns when called:
        a float for a float, else an array of the progress's shape and dtype.

    Raises:
        ValueError, TypeError: for parameters that are not such numbers.

    Source: Hägele et al. 2024, "Scaling Laws and Compute-Optimal Training Beyond Fixed Training
    Durations", arXiv:2405.18392, equation (1) (1-sqrt).

    >>> Power(0.1, 0.0, power=0.5)(0.25)
    0.05
    """

    power: float

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "power", positive("Power", "power", self.power))

    def _rise(self, t: Progress) -> Value:
        return t.mirrored().power_of_left(self.power)

    def _fall(self, t: Progress) -> Value:
        return t.mirrored().rest_of_power_of_left(self.power)

    def _seam(self) -> float:
        return float(0.5 ** (1 / self.power))
