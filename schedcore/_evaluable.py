"""A pure function of progress as a frozen value: evaluated, printed, compared, pickled.

What `Schedule` is built on; arithmetic comes there.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from fractions import Fraction
from functools import cached_property, update_wrapper
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np

from schedcore._checks import keywords
from schedcore._exact import as_written
from schedcore._formulas.pieces import UNIT, Frame, Piece, boundaries
from schedcore._namespaces.dispatch import as_float, plan, values
from schedcore._namespaces.plans import ArrayT, Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

Range = tuple[float, float]
Self = TypeVar("Self", bound="Evaluable")
DType = TypeVar("DType", np.float16, np.float32, np.float64)


class Evaluable(Source):
    """A frozen dataclass whose formula is stated in `_pieces`.

    A subclass without fields of its own needs no decorator: it is a dataclass already.
    """

    __array_ufunc__ = None  # numpy_array * schedule is an error, not an array of objects

    _scalar: Callable[[float], float]
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
    @overload
    def __call__(self, progress: ArrayT, /) -> ArrayT: ...

    def __call__(self, progress: Any, /) -> Any:
        """The value at a progress in [0, 1].

        A float or an int gives a float; a numpy array, a torch tensor or a jax array a fresh one
        of its shape, floating dtype and device; a list a numpy array. Integers give float64.
        ValueError outside [0, 1], TypeError for what is no progress. Where values can not be seen
        (inside jax.jit, torch.compile and vmap, on a GPU) progress is clamped to [0, 1] instead.
        """
        if progress.__class__ is float and progress >= 0.0 and progress <= 1.0:
            try:
                scalar = self._scalar
            except AttributeError:
                self._prepare("float")
                scalar = self._scalar
            return scalar(progress)
        t = as_float(progress)
        if t is None:
            return values(self, progress)
        self._prepare("float")
        return self._scalar(t)

    def _plan(self, key: tuple[Any, ...]) -> Any:
        found = plan(key, self._pieces, self._range())
        if key == ("float",):
            object.__setattr__(self, "_scalar", found)  # which is read faster
        return found

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

    def _operand(self) -> str:
        """The repr where an operator comes next."""
        return repr(self)

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
