"""Steps: piecewise constant."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from schedcore._checks import sequence, value
from schedcore._evaluable import Range
from schedcore._exact import Length, ascending
from schedcore._formulas.pieces import ONE, Frame, Piece
from schedcore.schedule import Schedule


@dataclass(frozen=True, repr=False, eq=False)
class Steps(Schedule):
    """One value after another, each held: step decay, multistep, any table.

        value(t) = values[j], j the number of boundaries at or below t

    So the later value holds at a boundary itself; one that would begin at 1 is never seen.

    Parameters:
        values: at least one; each finite, 0 or between 2.3e-308 and 1e150 in size.
        boundaries: one fewer than the values, ascending, each in [0, 1] and read as an exact
            fraction; a value between equal boundaries is never seen.

    Returns when called:
        a float for a float, else an array of the progress's shape and dtype.

    Raises:
        ValueError, TypeError: for values or boundaries that are not such, or do not match.

    Source: He et al. 2016, "Deep Residual Learning", arXiv:1512.03385, section 3.4.

    >>> steps = Steps((0.1, 0.01, 0.001), ("1/3", "2/3"))
    >>> steps(30 / 90), steps.over(90)(29)
    (0.01, 0.1)
    """

    values: Sequence[float]
    boundaries: Sequence[Length] = field()  # type: ignore[assignment]

    def __post_init__(self) -> None:
        values = sequence("Steps", "values", self.values)
        values = tuple(value("Steps", f"values[{i}]", x) for i, x in enumerate(values))
        boundaries = sequence("Steps", "boundaries", self.boundaries)
        if not values:
            raise ValueError("Steps: 'values' must hold at least one value, got none")
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                f"Steps: 'boundaries' must be one fewer than 'values', got "
                f"{len(boundaries)} boundaries for {len(values)} values"
            )
        places = ascending("Steps", "boundaries", boundaries)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "boundaries", places)

    def _pieces(self, frame: Frame) -> list[Piece]:
        places = [Fraction(0), *[Fraction(place) for place in self.boundaries], ONE]
        held = [
            (lo, hi, x)
            for lo, hi, x in zip(places[:-1], places[1:], self.values, strict=True)
            if lo < hi
        ]
        if frame.lo > frame.hi:
            held.reverse()
        return [
            Piece(min(frame.at(lo), frame.at(hi)), x, "Steps", 0, boundary=True)
            for lo, hi, x in held
        ]

    def _range(self) -> Range:
        return min(self.values), max(self.values)
