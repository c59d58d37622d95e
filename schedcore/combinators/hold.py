"""Hold: a schedule looked at only now and then."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from schedcore._checks import integer
from schedcore._evaluable import Range
from schedcore._formulas.expression import Opaque, T, call
from schedcore._formulas.pieces import Cells, Frame, Piece
from schedcore._namespaces.numpy_arrays import cell_indices
from schedcore.combinators._parts import checked_schedule
from schedcore.schedule import Schedule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_UPDATES = 2**50


@dataclass(frozen=True, repr=False, eq=False)
class Hold(Schedule):
    """A schedule that is looked at only now and then: VISSL's `update_interval: epoch`.

        value(t) = schedule(floor(t * updates) / updates), with value(1) = schedule(1)

    Parameters:
        schedule: the schedule to look at.
        updates: how many equal stretches of the run keep one value each, at least 1.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    >>> from schedcore import Linear
    >>> Hold(Linear(1.0, 0.0), 4)([0.0, 0.2, 0.25, 0.9, 1.0])
    array([1.  , 1.  , 0.75, 0.25, 0.  ])
    """

    schedule: Schedule
    updates: int

    def __post_init__(self) -> None:
        checked_schedule("Hold", "schedule", self.schedule)
        updates = integer("Hold", "updates", self.updates, 1, MOST_UPDATES)
        object.__setattr__(self, "updates", updates)

    def _pieces(self, frame: Frame) -> list[Piece]:
        cells = Cells(frame, self.updates)
        schedule, updates = self.schedule, self.updates

        def value(t: float | Fraction) -> float:
            return schedule(cells.index(t) / updates)

        def values(t: NDArray[np.float64]) -> NDArray[np.float64]:
            return schedule(cell_indices(cells, t) / updates)

        formula = call(Opaque(cells, value, values, None), T)
        return [Piece(cells.edge(0), formula, "Hold", None, boundary=True, cells=(cells,))]

    def _range(self) -> Range:
        return self.schedule._range()
