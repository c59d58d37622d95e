"""Who writes which key of an optimizer, and what the optimizer does: updates, and loading."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary, WeakMethod, finalize, ref

import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ChainedScheduler, SequentialLR

from schedcore_torch._scheduler.spec import OWNER
from schedcore_torch._scheduler.warning_texts import STEP_BEFORE_UPDATE, past_the_end, rare_steps

_COMPOSITIONS = {x.__init__.__code__: x.__name__ for x in (ChainedScheduler, SequentialLR)}
_WRITERS: WeakKeyDictionary[Optimizer, dict[str, ref[Watch]]] = WeakKeyDictionary()
# The whole package, and torch: a warning names the first caller outside of both.
_INSIDE = (str(Path(__file__).parent.parent), str(Path(torch.__file__).parent))


class Watch:
    """One scheduler's eyes on its optimizer.

    Making one takes the keys over from whoever wrote them. `loaded`, a method, is called when the
    optimizer has loaded a state; `follow`, if any, after each update that it makes. `epoch` is how
    many updates there are in one: as many without a step are told.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        keys: Iterable[str],
        loaded: Callable[[], None],
        follow: Callable[[], None] | None,
        epoch: int | None = None,
    ) -> None:
        hooked = watched(optimizer)
        self._loaded = WeakMethod(loaded)
        self.attentive = True
        """Whether there is something to be said before the next step."""
        self.updates: set[str] = set()
        self.lost: list[str] = []
        """The keys that another scheduler has taken over."""
        self._paused: list[str] = []
        self._keys = [*keys]
        self._follows = follow is not None
        hook = _noting(self.updates, epoch) if follow is None else self._following(follow)
        handles = [hooked.register_step_post_hook(hook)]
        handles.append(hooked.register_load_state_dict_post_hook(_loading(self._loaded)))
        self._update_hook = handles[0]
        self._close = finalize(self, _remove, handles)
        writers = _WRITERS.setdefault(_innermost(optimizer), {})
        for key in self._keys:
            other = writers[key]() if key in writers else None
            if other is not None:
                other.lose(key)
            writers[key] = ref(self)

    def scheduler(self) -> Any:
        """Whose eyes these are."""
        return getattr(self._loaded(), "__self__", None)

    def close(self) -> None:
        """Look at the optimizer no more."""
        self._close()

    def lose(self, key: str) -> None:
        """Another scheduler has taken a key over."""
        self.lost.append(key)
        self.attentive = True
        if set(self.lost) >= set(self._keys):
            self.close()

    def refuse_if_another_writes(self) -> None:
        """Refuse to write what another has taken over, or writes for now."""
        if self._paused:
            raise ValueError(
                f"{OWNER}: {self._paused[0]} writes the learning rates for now: leave the "
                f"{OWNER} out of what it runs"
            )
        if self.lost:
            raise ValueError(
                f"{OWNER}: another {OWNER}, built later for this optimizer, writes "
                f"{self.lost[0]!r} now: step that one only, or give all schedules to one"
            )

    @contextmanager
    def paused(self, writer: str) -> Iterator[None]:
        """Neither see what the optimizer does nor let anything be written, while another writes."""
        attentive, updates = self.attentive, {*self.updates}
        self._paused.append(writer)
        self.attentive = True
        try:
            yield
        finally:
            self._paused.clear()
            self.attentive = attentive
            self.updates.intersection_update(updates)

    def attend(self, position: int) -> None:
        """What is to be said before a step from `position`."""
        self.refuse_if_another_writes()
        self.attentive = False
        if not self._follows:
            self._update_hook.remove()
            if position == 0 and not self.updates:
                say(STEP_BEFORE_UPDATE)

    def _following(self, follow: Callable[[], None]) -> Callable[..., None]:
        # It holds the scheduler, which may be kept by nobody else.
        paused = self._paused

        def updated(optimizer: Any, *_: object) -> None:
            # GradScaler calls a fused optimizer in any case, which skips the update by itself.
            found_inf = getattr(optimizer, "found_inf", None)
            if not paused and (found_inf is None or not found_inf.item()):
                follow()

        return updated


def refuse_composition(caller: FrameType) -> None:
    """Refuse to become a part of torch's compositions, if the caller is making one."""
    name = _COMPOSITIONS.get(caller.f_code)
    if name:
        raise ValueError(
            f"{OWNER} can not be a part of {name}: compose schedules instead, with Join and the "
            f"other combinators of schedcore, and give the result to one {OWNER}"
        )


def watched(optimizer: Any) -> Optimizer:
    """The optimizer whose updates can be watched: what a wrapper, such as Accelerate's, holds."""
    inner = optimizer
    while not hasattr(inner, "_optimizer_step_post_hooks"):
        inner = getattr(inner, "optimizer", None)
        if inner is None:
            raise TypeError(
                f"{OWNER}: {type(optimizer).__name__} has no step hooks, by which updates are "
                "seen: give the optimizer that it wraps"
            )
    return inner  # type: ignore[no-any-return]


@contextmanager
def unwatched(optimizer: Optimizer, writer: str) -> Iterator[None]:
    """Let no scheduler see what an optimizer does, nor write into it, while another writes.

    Nor what the optimizers do that it is wrapped around.
    """
    with ExitStack() as stack:
        for watch in {watch for _, watch in _watches(optimizer)}:
            stack.enter_context(watch.paused(writer))
        yield


def writer_of(optimizer: Optimizer, key: str) -> Any:
    """The scheduler that writes a key of an optimizer, or of those that it is wrapped around."""
    found = (watch.scheduler() for name, watch in _watches(optimizer) if name == key)
    return next(found, None)


def _watches(optimizer: Optimizer) -> list[tuple[str, Watch]]:
    """Who writes which key of an optimizer, and of those that it is wrapped around."""
    found = [optimizer]
    for outer in found:  # which becomes longer
        found += [x for x in vars(outer).values() if isinstance(x, Optimizer) and x not in found]
    writers = [(key, ours()) for x in found for key, ours in _WRITERS.get(x, {}).items()]
    return [(key, watch) for key, watch in writers if watch is not None]


def _innermost(optimizer: Any) -> Optimizer:
    """The optimizer whose groups those of wrappers are, such as LARC's or Accelerate's."""
    while isinstance(getattr(optimizer, "optimizer", None), Optimizer):
        optimizer = optimizer.optimizer
    return optimizer  # type: ignore[no-any-return]


def say(what: str) -> None:
    """Warn whoever called, from outside of this package and of torch, if there is what to say."""
    if not what:
        return
    level, frame = 1, sys._getframe(0)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_INSIDE):
        level, frame = level + 1, frame.f_back
    warnings.warn(f"{OWNER}: {what}", stacklevel=level)


def say_of_step(said: set[str], position: int, end: int, edit: object) -> None:
    """What is to be said once of a step: an edit by someone else, and that the run is over."""
    if edit is not None and "edit" not in said:
        said.add("edit")
        say(str(edit))
    if position > end and "end" not in said:
        said.add("end")
        say(past_the_end(end, position))


def _noting(updates: set[str], epoch: int | None) -> Callable[..., None]:
    numbers = count(1)

    def note(*_: object) -> None:
        updates.add("made")
        if epoch is not None and next(numbers) == epoch > 1 and "sought" not in updates:
            say(rare_steps(epoch))

    return note


def _loading(loaded: WeakMethod[Callable[[], None]]) -> Callable[[Any], None]:
    def load(_: Any) -> None:
        act = loaded()
        if act is not None:
            act()

    return load


def _remove(handles: list[Any]) -> None:
    for handle in handles:
        handle.remove()
