"""Who writes which key of an optimizer, and whether the optimizer has made an update."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary, ref

from torch.optim import Optimizer
from torch.optim.lr_scheduler import ChainedScheduler, SequentialLR

from schedcore_torch._given import OWNER

_COMPOSITIONS = {x.__init__.__code__: x.__name__ for x in (ChainedScheduler, SequentialLR)}
_WRITERS: WeakKeyDictionary[Optimizer, dict[str, ref[Watch]]] = WeakKeyDictionary()


class Watch:
    """One scheduler's eyes on its optimizer.

    Making one takes the keys over from whoever wrote them. `follow`, if any, is called after each
    update that the optimizer makes.
    """

    def __init__(
        self, optimizer: Optimizer, keys: Iterable[str], follow: Callable[[], None] | None
    ) -> None:
        self.attentive = True
        """Whether there is something to be said before the next step."""
        self._lost = ""
        self._updates: set[str] = set()
        writers = _WRITERS.setdefault(optimizer, {})
        for key in keys:
            other = writers[key]() if key in writers else None
            if other is not None:
                other._lose(key)
            writers[key] = ref(self)
        hook = _noting(self._updates) if follow is None else _following(follow)
        self._hook = _hooked(optimizer).register_step_post_hook(hook)
        self._follows = follow is not None

    def _lose(self, key: str) -> None:
        self._lost, self.attentive = key, True
        self._hook.remove()

    def refuse_if_lost(self) -> None:
        """Refuse to write what another has taken over."""
        if self._lost:
            raise ValueError(
                f"{OWNER}: another {OWNER}, built later for this optimizer, writes {self._lost!r} "
                "now: step that one only, or give all schedules to one"
            )

    def attend(self, position: int) -> None:
        """What is to be said before a step from `position`; `step` calls it."""
        self.refuse_if_lost()
        self.attentive = False
        if not self._follows:
            self._hook.remove()
            if position == 0 and not self._updates:
                say(
                    "step() was called before the first optimizer.step(): step 0 of the schedule "
                    "is skipped; call optimizer.step() first",
                    level=3,
                )


def refuse_composition(caller: FrameType) -> None:
    """Refuse to become a part of torch's compositions, if the caller is making one."""
    name = _COMPOSITIONS.get(caller.f_code)
    if name:
        raise ValueError(
            f"{OWNER} can not be a part of {name}: compose schedules instead, with Join and the "
            f"other combinators of schedcore, and give the result to one {OWNER}"
        )


def say(what: str, level: int) -> None:
    """Warn whoever called the scheduler, `level` calls from here."""
    warnings.warn(f"{OWNER}: {what}", stacklevel=level + 1)


def _noting(updates: set[str]) -> Callable[..., None]:
    def note(*_: object) -> None:
        updates.add("made")

    return note


def _following(follow: Callable[[], None]) -> Callable[..., None]:
    def updated(optimizer: Any, *_: object) -> None:
        # GradScaler calls a fused optimizer in any case, which skips the update by itself.
        found_inf = getattr(optimizer, "found_inf", None)
        if found_inf is None or not found_inf.item():
            follow()

    return updated


def _hooked(optimizer: Any) -> Optimizer:
    """The optimizer whose updates can be watched: what a wrapper, such as Accelerate's, holds."""
    while not hasattr(optimizer, "_optimizer_step_post_hooks"):
        optimizer = optimizer.optimizer
    return optimizer  # type: ignore[no-any-return]
