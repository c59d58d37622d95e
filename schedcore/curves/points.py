"""Points: piecewise linear."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from schedcore._checks import sequence, value
from schedcore._evaluable import Range
from schedcore._exact import Length, ascending
from schedcore._formulas.pieces import ONE, ZERO, Frame, Piece
from schedcore.curves.linear import Linear
from schedcore.schedule import Schedule


@dataclass(frozen=True, repr=False, eq=False)
class Points(Schedule):
    """Straight lines from point to point, as `numpy.interp` draws them.

        value(t) = v[i] + (v[i+1] - v[i]) * (t - p[i]) / (p[i+1] - p[i])   for p[i] <= t < p[i+1]

    with v the values and p the positions. Before the first position the first value holds, after
    the last the last. Two points at one position make a jump; the later one holds there, but at 1
    the earlier: nothing begins at the end.

    Parameters:
        values: at least one; each finite, 0 or between 2.3e-308 and 1e150 in size.
        positions: as many, ascending, each in [0, 1] and read as an exact fraction.

    Returns when called:
        a float for a float, else an array of the progress's shape and dtype.

    Raises:
        ValueError, TypeError: for values or positions that are not such, or do not match.

    Source: Smith 2017, "Cyclical Learning Rates for Training Neural Networks", arXiv:1506.01186,
    section 3 (its triangle is three points).

    >>> Points((0.0, 1.0, 0.1), (0, 0.25, 1))(0.125)
    0.5
    """

    values: Sequence[float]
    positions: Sequence[Length]

    def __post_init__(self) -> None:
        values = sequence("Points", "values", self.values)
        values = tuple(value("Points", f"values[{i}]", x) for i, x in enumerate(values))
        positions = sequence("Points", "positions", self.positions)
        if not values:
            raise ValueError("Points: 'values' must hold at least one value, got none")
        if len(positions) != len(values):
            raise ValueError(
                f"Points: 'positions' must be as many as 'values', got "
                f"{len(positions)} positions for {len(values)} values"
            )
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "positions", ascending("Points", "positions", positions))

    def _pieces(self, frame: Frame) -> list[Piece]:
        values = [self.values[0], *self.values, self.values[-1]]
        places = [ZERO, *[Fraction(place) for place in self.positions], ONE]
        lines = [
            (Linear(values[i], values[i + 1]), places[i], places[i + 1])
            for i in range(len(places) - 1)
            if places[i] < places[i + 1]
        ]
        if frame.lo > frame.hi:
            lines.reverse()
        return [
            piece._replace(name="Points")
            for line, lo, hi in lines
            for piece in line._pieces(frame.sub(lo, hi))
        ]

    def _range(self) -> Range:
        return min(self.values), max(self.values)
