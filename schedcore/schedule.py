"""What a schedule is: a pure function of progress, a frozen value, a term in arithmetic."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, overload

import numpy as np

from schedcore._checks import value
from schedcore._evaluable import Evaluable, Range
from schedcore._formulas.expression import Value
from schedcore._formulas.pieces import Frame, Piece, combined
from schedcore._namespaces.dispatch import as_step, compiling, plan, step_values
from schedcore._namespaces.numpy_arrays import run_values
from schedcore._namespaces.plans import ArrayT, Source
from schedcore.steps import Horizon, Reading, checked_sample, checked_steps, reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 1e300


class Schedule(Evaluable):
    """A pure function of progress t in [0, 1].

    Call it with a float, and get a float; with an array, and get an array of its shape and dtype.
    Schedules are frozen values: they print as the expression that makes them, compare by value,
    hash and pickle. `+ - * /` combine them with numbers and with each other; `over(total_steps)`
    reads them by step.

    >>> from schedcore import Cosine
    >>> schedule = 0.1 * Cosine(1.0, 0.0)
    >>> schedule(0.0), schedule(1.0)
    (0.1, 0.0)
    >>> schedule
    0.1 * Cosine(start=1.0, end=0.0)
    """

    def over(self, total_steps: int | Horizon, sample: str = "left") -> StepSchedule:
        """The same schedule on the steps of a run: a `StepSchedule`, which explains `sample`.

        ValueError, TypeError for `total_steps` that are no whole number from 1 to 2**53.

        >>> from schedcore import Linear
        >>> plan = Linear(0.0, 1.0).over(4)
        >>> plan(3), plan(4), plan(1000)
        (0.75, 1.0, 1.0)
        """
        if isinstance(total_steps, Horizon):
            total_steps = total_steps.total_steps
        if compiling():  # which can not trace how a plan is made, but sees what is kept
            kept: StepSchedule = self._prepared("over", total_steps, sample)
            return kept
        return StepSchedule(self, total_steps, sample)

    def _plan(self, key: tuple[Any, ...]) -> Any:
        return StepSchedule(self, *key[1:]) if key[0] == "over" else super()._plan(key)

    def __add__(self, other: Operand) -> Schedule:
        return Sum(self, other)

    def __radd__(self, other: Operand) -> Schedule:
        return Sum(other, self)

    def __sub__(self, other: Operand) -> Schedule:
        return Difference(self, other)

    def __rsub__(self, other: Operand) -> Schedule:
        return Difference(other, self)

    def __mul__(self, other: Operand) -> Schedule:
        return Product(self, other)

    def __rmul__(self, other: Operand) -> Schedule:
        return Product(other, self)

    def __truediv__(self, other: Operand) -> Schedule:
        return Quotient(self, other)

    def __rtruediv__(self, other: Operand) -> Schedule:
        return Quotient(other, self)

    def __neg__(self) -> Schedule:
        return Product(-1.0, self)


Operand = Schedule | float


@dataclass(frozen=True, repr=False, eq=False)
class Arithmetic(Schedule):
    """Two operands, schedules or numbers, combined value by value."""

    left: Operand
    right: Operand

    symbol: ClassVar[str]

    def __post_init__(self) -> None:
        for name in ("left", "right"):
            x = getattr(self, name)
            if isinstance(x, Schedule):
                continue
            if isinstance(x, np.ndarray | list | tuple | StepSchedule):
                raise TypeError(
                    f"{self.symbol!r} combines schedules with numbers and schedules, not with "
                    f"{type(x).__name__}: call the schedule first, and combine what it returns"
                )
            object.__setattr__(self, name, value(type(self).__name__, name, x))
        lo, hi = bounds = self._bounded()
        object.__setattr__(self, "_bounds", bounds)
        known = all(math.isfinite(x) for operand in self._operand_ranges() for x in operand)
        if known and not max(abs(lo), abs(hi)) <= MOST:
            raise ValueError(f"{self!r} could overflow: its values lie between {lo!r} and {hi!r}")

    @staticmethod
    @abstractmethod
    def _formula(a: Value, b: Value) -> Value:
        """The combination of two values."""

    def _pieces(self, frame: Frame) -> list[Piece]:
        left, right = (
            x._pieces(frame)
            if isinstance(x, Schedule)
            else [Piece(min(frame.lo, frame.hi), x, "", 0, False)]
            for x in (self.left, self.right)
        )
        return combined(left, right, self._formula, self._trend)

    def _operand_ranges(self) -> Iterator[Range]:
        for x in (self.left, self.right):
            yield x._range() if isinstance(x, Schedule) else (x, x)

    def _range(self) -> Range:
        return self._bounds

    def _bounded(self) -> Range:
        """The range, from those of the operands."""
        (a, b), (c, d) = self._operand_ranges()
        corners = [self._formula(x, y) for x in (a, b) for y in (c, d)]
        known = [x for x in corners if isinstance(x, float) and not math.isnan(x)]
        return (min(known), max(known)) if len(known) == 4 else (-math.inf, math.inf)

    def _trend(self, a: int | None, b: int | None) -> int | None:
        """The direction along t of the combination, where it follows from its operands'."""
        return None if a is None or b is None or a * b < 0 else a or b

    def __repr__(self) -> str:
        if self.symbol.isalpha():
            return f"{self.symbol}({self.left!r}, {self.right!r})"
        left, right = (
            x._operand() if isinstance(x, Schedule) else repr(x) for x in (self.left, self.right)
        )
        return f"{left} {self.symbol} {right}"

    def _operand(self) -> str:
        return repr(self) if self.symbol.isalpha() else f"({self!r})"


class Sum(Arithmetic):
    """`a + b`: (a + b)(t) = a(t) + b(t)."""

    symbol = "+"

    @staticmethod
    def _formula(a: Value, b: Value) -> Value:
        return a + b


class Difference(Arithmetic):
    """`a - b`: (a - b)(t) = a(t) - b(t)."""

    symbol = "-"

    @staticmethod
    def _formula(a: Value, b: Value) -> Value:
        return a - b

    def _trend(self, a: int | None, b: int | None) -> int | None:
        return super()._trend(a, None if b is None else -b)


class Product(Arithmetic):
    """`a * b`: (a * b)(t) = a(t) * b(t)."""

    symbol = "*"

    @staticmethod
    def _formula(a: Value, b: Value) -> Value:
        return a * b

    def _trend(self, a: int | None, b: int | None) -> int | None:
        return _scaled(b, self.left) if isinstance(self.right, Schedule) else _scaled(a, self.right)


class Quotient(Arithmetic):
    """`a / b`: (a / b)(t) = a(t) / b(t), where b is known to stay away from 0."""

    symbol = "/"

    def _bounded(self) -> Range:
        _, (lo, hi) = self._operand_ranges()
        if lo <= 0 <= hi:
            raise ValueError(
                f"{self!r}: the divisor must stay away from 0, but all that is known of its "
                f"values is that they lie between {lo!r} and {hi!r}"
            )
        return super()._bounded()

    @staticmethod
    def _formula(a: Value, b: Value) -> Value:
        return a / b

    def _trend(self, a: int | None, b: int | None) -> int | None:
        return _scaled(a, self.right)


def _scaled(trend: int | None, factor: Operand) -> int | None:
    """The trend of something times (or over) a number; not known where it is a schedule."""
    if trend is None or isinstance(factor, Schedule):
        return None
    return trend if factor > 0 else -trend


@dataclass(frozen=True, repr=False)
class StepSchedule(Source):
    """A schedule read at the steps of a run: what `schedule.over(total_steps, sample)` gives.

    Step k of N = `total_steps` is read, by `sample`, at progress k/N ("left"), (k+1)/N ("right") or
    k/(N-1) ("both": the last step is exactly the end; N = 1 reads the end); from step N on exactly
    at 1, and below 0 as step 0. `len(plan)` is N. Other arguments are a ValueError or TypeError.

    >>> from schedcore import Linear
    >>> StepSchedule(Linear(0.0, 1.0), 4, "right").values()
    array([0.25, 0.5 , 0.75, 1.  ])
    """

    schedule: Schedule
    total_steps: int
    sample: str = "left"

    _reading: Reading = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.schedule, Schedule):
            raise TypeError(f"StepSchedule: 'schedule' must be a Schedule, got {self.schedule!r}")
        total_steps = checked_steps("over", self.total_steps)
        object.__setattr__(self, "total_steps", total_steps)
        object.__setattr__(self, "_reading", reading(total_steps, checked_sample(self.sample)))

    @overload
    def __call__(self, step: int, /) -> float: ...
    @overload
    def __call__(self, step: NDArray[np.integer[Any]] | Sequence[Any], /) -> NDArray[Any]: ...
    @overload
    def __call__(self, step: ArrayT, /) -> ArrayT: ...

    def __call__(self, step: Any, /) -> Any:
        """The value at a step: a float for an int, for an array of integers one of its shape.

        The array's values are float64, or jax's default precision.
        """
        if step.__class__ is int:
            return self.schedule(self._reading.progress(step))
        k = as_step(step)
        if k is None:
            return step_values(self, step, self.schedule, self._reading)
        return self.schedule(self._reading.progress(k))

    def _plan(self, key: tuple[Any, ...]) -> Any:
        return plan(key, self.schedule._pieces, self.schedule._range(), self._reading)

    def __reduce__(self) -> tuple[Any, ...]:
        return StepSchedule, (self.schedule, self.total_steps, self.sample)

    def __len__(self) -> int:
        return self.total_steps

    @property
    def boundaries(self) -> tuple[int, ...]:
        """The first step of each piece after the first; one beyond the run for a piece unseen."""
        return tuple(map(self.first_step, self.schedule._inner_boundaries()))

    def first_step(self, place: Fraction) -> int:
        """The first step that is read at `place`, a progress, or later; one beyond if none is."""
        return self._reading.first_step(place)

    def values(self) -> NDArray[np.float64]:
        """The values at all steps, shape (N,), bit for bit what calls give; 0.2 s for a million."""
        return run_values(self.schedule, self.total_steps, self._reading)

    def __repr__(self) -> str:
        sample = "" if self.sample == "left" else f", {self.sample!r}"
        return f"{self.schedule._operand()}.over({self.total_steps}{sample})"
