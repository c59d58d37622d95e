"""minimum, maximum and clip: the smaller, the larger, and what lies between."""

from schedcore._checks import number
from schedcore._formulas.expression import Value, at_least, at_most
from schedcore.combinators._parts import checked_schedule
from schedcore.schedule import Arithmetic, Operand, Schedule


class Minimum(Arithmetic):
    """`minimum(a, b)`: the smaller of a(t) and b(t)."""

    symbol = "minimum"

    @staticmethod
    def _formula(a: Value, b: Value) -> Value:
        return at_most(a, b)


class Maximum(Arithmetic):
    """`maximum(a, b)`: the larger of a(t) and b(t)."""

    symbol = "maximum"

    @staticmethod
    def _formula(a: Value, b: Value) -> Value:
        return at_least(a, b)


def minimum(a: Operand, b: Operand) -> Schedule:
    """The smaller of two schedules, or of a schedule and a number, at every progress.

        value(t) = min(a(t), b(t))

    Parameters:
        a, b: schedules, one of them perhaps a number.

    Raises:
        ValueError, TypeError: for what is neither, and for two numbers.

    >>> from schedcore import Linear
    >>> minimum(Linear(0.0, 1.0), 0.5)(0.75)
    0.5
    """
    return Minimum(*_operands("minimum", a, b))


def maximum(a: Operand, b: Operand) -> Schedule:
    """The larger of two schedules, or of a schedule and a number, at every progress.

        value(t) = max(a(t), b(t))

    Parameters:
        a, b: schedules, one of them perhaps a number.

    Raises:
        ValueError, TypeError: for what is neither, and for two numbers.

    >>> from schedcore import Linear
    >>> maximum(Linear(0.0, 1.0), 0.5)(0.25)
    0.5
    """
    return Maximum(*_operands("maximum", a, b))


def clip(schedule: Schedule, lo: float, hi: float) -> Schedule:
    """A schedule kept between two values.

        value(t) = min(max(schedule(t), lo), hi)

    Parameters:
        schedule: any.
        lo, hi: the lowest and the highest value, `lo` not above `hi`.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    >>> from schedcore import Linear
    >>> clip(Linear(0.0, 1.0), 0.1, 0.9)([0.0, 0.5, 1.0])
    array([0.1, 0.5, 0.9])
    """
    lo, hi = number("clip", "lo", lo), number("clip", "hi", hi)
    if lo > hi:
        raise ValueError(f"clip: 'lo' must not be above 'hi', got {lo!r} and {hi!r}")
    return Minimum(Maximum(checked_schedule("clip", "schedule", schedule), lo), hi)


def _operands(owner: str, a: Operand, b: Operand) -> tuple[Operand, Operand]:
    if not isinstance(a, Schedule) and not isinstance(b, Schedule):
        raise TypeError(f"{owner}: one of the two must be a schedule, got {a!r} and {b!r}")
    return a, b
