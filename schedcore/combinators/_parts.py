"""What combinators share: checking that a part is a schedule, and laying parts side by side."""

from fractions import Fraction

from schedcore._checks import fault
from schedcore._formulas.pieces import Frame, Piece
from schedcore.schedule import Schedule


def checked_schedule(owner: str, name: str, x: object) -> Schedule:
    """A schedule; else the fitting error."""
    if not isinstance(x, Schedule):
        must = "be a schedule (Constant(x) makes one of a number)"
        raise TypeError(fault(owner, name, must, x))
    return x


def side_by_side(
    frame: Frame, placed: list[tuple[Fraction, Fraction, Schedule]]
) -> list[list[Piece]]:
    """The pieces of schedules that lie at [lo, hi] of `frame`, from left to right in t."""
    out = []
    for lo, hi, schedule in placed if frame.lo < frame.hi else reversed(placed):
        if lo < hi:
            first, *rest = schedule._pieces(frame.sub(lo, hi))
            out.append([first._replace(boundary=True), *rest])
    return out
