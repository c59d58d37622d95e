"""A pure function of progress as a frozen value: evaluated, printed, compared, pickled.

What `Schedule` is built on; arithmetic comes there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from fractions import Fraction
from functools import cached_property, update_wrapper
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np

from schedcore._checks import keywords
from schedcore._exact import as_written
from schedcore._formula import scalar_function
from schedcore._namespaces import (
    ArrayPlan,
    array_plan,
    array_values,
    as_array,
    as_float,
    rounding,
)
from schedcore._pieces import UNIT, Frame, Piece, boundaries

if TYPE_CHECKING:
    from numpy.typing import NDArray

Range = tuple[float, float]
Self = TypeVar("Self", bound="Evaluable")
DType = TypeVar("DType", np.float16, np.float32, np.float64)


class Evaluable(ABC):
    """A frozen dataclass whose formula is stated in `_pieces`.

    A subclass without fields of its own needs no decorator: it is a dataclass already.
    """

    __array_ufunc__ = None  # numpy_array * schedule is an error, not an array of objects

    _scalar: Callable[[float], float]
    _plans: dict[Any, ArrayPlan]
    _bounds: Range

    def __new__(cls: type[Self], *_: object, **given: object) -> Self:
        if given:
            keywords(cls.__name__, given, (field.name for field in _fields(cls)))
        return super().__new__(cls)

    def __init_subclass__(cls) -> None:
        if "__call__" not in cls.__dict__:
            # CPython fits a function's code to the types that it meets: each class has its own.
            call = Evaluable.__call__
            own = FunctionType(call.__code__.replace(), call.__globals__, "__call__")
            cls.__call__ = update_wrapper(own, call)  # type: ignore[method-assign]

    @abstractmethod
    def _pieces(self, frame: Frame) -> list[Piece]:
        """The formulas in t, for this schedule's own [0, 1] lying at `frame`."""

    @abstractmethod
    def _range(self) -> Range:
        """Bounds of the values: perhaps too wide, never too narrow."""

    @overload
    def __call__(self, progress: float, /) -> float: ...
    @overload
    def __call__(self, progress: NDArray[DType], /) -> NDArray[DType]: ...
    @overload
    def __call__(
        self, progress: NDArray[np.integer[Any]] | Sequence[Any], /
    ) -> NDArray[np.float64]: ...

    def __call__(self, progress: Any, /) -> Any:
        """The value at a progress in [0, 1].

        A float or an int gives a float; an array (or a list) gives a fresh array of its shape and
        floating dtype. ValueError outside [0, 1], TypeError for what is no progress.
        """
        if progress.__class__ is float and progress >= 0.0 and progress <= 1.0:
            try:
                scalar = self._scalar
            except AttributeError:
                scalar = self._scalar_function()
            return scalar(progress)
        t = as_float(progress)
        if t is not None:
            return self(t)
        x = as_array(progress)
        values = array_values(self._array_plan(x.dtype), x)
        return float(values) if isinstance(progress, np.generic) else values

    def _scalar_function(self) -> Callable[[float], float]:
        """The function of a float in [0, 1], unchecked; built when it is first asked for."""
        try:  # never through __dict__: an instance without one is read faster
            return self._scalar
        except AttributeError:
            pieces = self._pieces(UNIT)
            cuts = [float(piece.start) for piece in pieces[1:]]
            scalar = scalar_function(cuts, [piece.formula for piece in pieces])
            object.__setattr__(self, "_scalar", scalar)
            return scalar

    def _array_plan(self, dtype: np.dtype[Any]) -> ArrayPlan:
        """The formulas prepared for arrays of a dtype; built when first asked for."""
        try:
            plans = self._plans
        except AttributeError:
            plans = {}
            object.__setattr__(self, "_plans", plans)
        if dtype not in plans:
            rounded = rounding(dtype)
            pieces = self._pieces(UNIT._replace(rounding=rounded))
            plans[dtype] = array_plan(pieces, rounded)
        return plans[dtype]

    @cached_property  # not a property: `Steps` has a field of this name
    def boundaries(self) -> tuple[Fraction, ...]:
        """The exact places inside (0, 1) where one piece ends and the next begins."""
        return self._inner_boundaries()

    def _inner_boundaries(self) -> tuple[Fraction, ...]:
        return boundaries(self._pieces(UNIT))

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    # Once for all subclasses: dataclasses would compile them anew for each, at every import.
    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and _contents(self) == _contents(other)

    def __hash__(self) -> int:
        return hash((type(self), _contents(self)))

    def __repr__(self) -> str:
        shown = []
        for field in _fields(type(self)):
            x = getattr(self, field.name)
            if field.default is MISSING or x != field.default:
                shown.append(_text(x) if _holds_schedules(x) else f"{field.name}={_text(x)}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), _contents(self)


def _fields(cls: Any) -> tuple[Field[Any], ...]:
    return fields(cls)


def _contents(x: Evaluable) -> tuple[Any, ...]:
    return tuple(getattr(x, field.name) for field in _fields(x))


def _holds_schedules(x: object) -> bool:
    return any(isinstance(y, Evaluable) for y in (x if isinstance(x, tuple) else (x,)))


def _text(x: object) -> str:
    if isinstance(x, tuple):
        return f"({', '.join(map(_text, x))}{',' if len(x) == 1 else ''})"
    return repr(as_written(x) if isinstance(x, Fraction) else x)
