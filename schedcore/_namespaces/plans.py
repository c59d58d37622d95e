"""What is evaluated keeps what was prepared for each kind of number."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from schedcore._formulas.pieces import Frame, Piece

Pieces = Callable[[Frame], list[Piece]]


class DeviceArray(Protocol):
    """A torch tensor or a jax array, to a type checker."""

    @property
    def device(self) -> Any: ...
    @property
    def dtype(self) -> Any: ...


ArrayT = TypeVar("ArrayT", bound=DeviceArray)


class Source(ABC):
    """A frozen value with plans: one for a kind of number, made when that is first met."""

    _plans: dict[Any, Any]

    if not TYPE_CHECKING:  # which would take it for the name of the class

        @property
        def __name__(self) -> str:
            """What jax.jit and torch.func call a function by."""
            return type(self).__name__

    @abstractmethod
    def _plan(self, key: tuple[Any, ...]) -> Any:
        """The plan for a kind of number."""

    def _prepare(self, *key: Any) -> None:
        """Put the plan for a kind of number into `_plans`, unless it is there."""
        try:  # never through __dict__: an instance without one is read faster
            plans = self._plans
        except AttributeError:
            plans = {}
            object.__setattr__(self, "_plans", plans)
        if key not in plans:
            plans[key] = self._plan(key)

    # torch.compile then runs it as it is, instead of tracing how a schedule is taken apart.
    _prepare._dynamo_marked_constant = True  # type: ignore[attr-defined]

    def _prepared(self, *key: Any) -> Any:
        """The plan for a kind of number."""
        self._prepare(*key)
        return self._plans[key]
