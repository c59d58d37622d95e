"""Restrict: a part of a schedule."""

from dataclasses import dataclass
from fractions import Fraction

from schedcore._evaluable import Range
from schedcore._exact import Length, share
from schedcore._formulas.expression import Expr, not_above, not_below, since, until
from schedcore._formulas.pieces import ONE, ZERO, Frame, Piece, clipped
from schedcore.combinators._parts import checked_schedule
from schedcore.schedule import Schedule


@dataclass(frozen=True, repr=False, eq=False)
class Restrict(Schedule):
    """The part of a schedule on [lo, hi], seen as [0, 1].

        value(t) = schedule(lo + (hi - lo)*t)

    At t = 1 it ends with the piece that comes up to `hi`, also where another begins there. What
    VISSL calls "fixed" is `Join((a, Restrict(c, b, 1)), (b, 1 - b))`.

    Parameters:
        schedule: the schedule to see a part of.
        lo, hi: 0 <= lo < hi <= 1, each read as an exact fraction.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    >>> from schedcore import Linear
    >>> Restrict(Linear(0.0, 1.0), 0.5, 1)(0.5)
    0.75
    """

    schedule: Schedule
    lo: Length
    hi: Length

    def __post_init__(self) -> None:
        checked_schedule("Restrict", "schedule", self.schedule)
        lo, hi = share("Restrict", "lo", self.lo), share("Restrict", "hi", self.hi)
        if not lo < hi:
            raise ValueError(f"Restrict: 'lo' must be below 'hi', got {self.lo!r} and {self.hi!r}")
        object.__setattr__(self, "lo", lo)
        object.__setattr__(self, "hi", hi)

    def _pieces(self, frame: Frame) -> list[Piece]:
        return restricted(self.schedule, Fraction(self.lo), Fraction(self.hi), frame)

    def _range(self) -> Range:
        return self.schedule._range()


def restricted(schedule: Schedule, lo: Fraction, hi: Fraction, frame: Frame) -> list[Piece]:
    """The pieces of the part of a schedule on [lo, hi], that part lying at `frame`."""
    stretch = (frame.hi - frame.lo) / (hi - lo)
    left, right = min(frame.lo, frame.hi), max(frame.lo, frame.hi)
    whole = frame._replace(
        lo=frame.lo - lo * stretch,
        hi=frame.lo + (1 - lo) * stretch,
        last=min(frame.last, right),
    )
    pieces = schedule._pieces(whole)
    if (lo, hi) == (ZERO, ONE):
        return pieces
    boundaries = {piece.start for piece in pieces if piece.boundary}
    pieces = clipped(pieces, left, right)
    # A formula cut in the middle reads u and 1-u that were rounded on the way. At the cut its
    # value is made the schedule's own, exactly, and the rest is kept on its side of that.
    first, last = (lo, hi) if frame.lo < frame.hi else (hi, lo)
    for place, own, at_start in ((left, first, True), (right, last, False)):
        cells = pieces[0 if at_start else -1].cells
        whole_piece = place in boundaries or any(each.is_edge(place) for each in cells)
        if not whole_piece and own not in (ZERO, ONE):
            pieces = _pinned(pieces, place, schedule(float(own)), at_start=at_start)
    return pieces


def _pinned(pieces: list[Piece], place: Fraction, value: float, *, at_start: bool) -> list[Piece]:
    """The pieces with `value` at their first or last `place`, and nothing beyond it near by."""
    out = list(pieces)
    order = range(len(out)) if at_start else range(len(out) - 1, -1, -1)
    for i in order:
        piece = out[i]
        if at_start and i > 0 and piece.boundary:
            break
        if isinstance(piece.formula, Expr) and piece.trend:
            keep = not_below if (piece.trend > 0) == at_start else not_above
            out[i] = piece._replace(formula=keep(piece.formula, value))
        if not at_start and piece.boundary:
            break
    end = 0 if at_start else -1
    if isinstance(out[end].formula, Expr):
        pin = until if at_start else since
        out[end] = out[end]._replace(formula=pin(place, value, out[end].formula))
    return out
