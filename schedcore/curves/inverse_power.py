"""InversePower: inverse square root, inverse time, power laws."""

from dataclasses import dataclass

from schedcore._checks import positive, value
from schedcore._evaluable import Range
from schedcore._formulas.expression import Value
from schedcore._formulas.pieces import ONE
from schedcore.curves._curve import Curve, Part


@dataclass(frozen=True, repr=False, eq=False)
class InversePower(Curve):
    """A power law that never ends: inverse square root, Noam's tail, inverse time.

        value(t) = start * (1 + t/timescale)**-power

    t is progress in [0, 1]; `start` is the value at progress 0. The value has fallen by a factor
    of `2**power` at t = timescale. After a linear warmup of length w, the timescale w/(1-w) gives
    `start*sqrt(w/t)` of the whole run's t (see `inverse_sqrt` and `noam`).

    Parameters:
        start: finite; 0 or between 2.3e-308 and 1e150 in size.
        timescale: in progress, above 0.
        power: exponent, above 0.

    Returns when called:
        a float for a float, else an array of the progress's shape and dtype.

    Raises:
        ValueError, TypeError: for parameters that are not such numbers.

    Source: Vaswani et al. 2017, "Attention Is All You Need", arXiv:1706.03762, equation (3), its
    second branch (power 0.5); Robbins and Monro 1951 (power 1).

    >>> InversePower(0.1, timescale=0.25)(0.75)
    0.05
    """

    start: float
    timescale: float
    power: float = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", value("InversePower", "start", self.start))
        for name in ("timescale", "power"):
            object.__setattr__(self, name, positive("InversePower", name, getattr(self, name)))

    def _parts(self, u: Value, v: Value) -> list[Part]:
        return [Part(ONE, self.start * (1.0 + u / self.timescale) ** -self.power)]

    def _range(self) -> Range:
        return min(self.start, 0.0), max(self.start, 0.0)

    def _trend(self) -> int | None:
        return (self.start < 0) - (self.start > 0)
