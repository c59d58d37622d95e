"""ScheduleLR: schedules written into a torch optimizer's groups, by step."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from schedcore import Horizon, Schedule, StepSchedule
from schedcore._checks import fault, integer
from schedcore.steps import checked_sample
from schedcore_torch._scheduler import ownership
from schedcore_torch._scheduler.binding import Bound
from schedcore_torch._scheduler.checkpoint import Run, resumed, written
from schedcore_torch._scheduler.spec import OWNER, Relative, keys_given
from schedcore_torch._scheduler.timeline import Timeline
from schedcore_torch._scheduler.warning_texts import overwritten
from schedcore_torch._scheduler.writers import ReplacedError

Value = Schedule | Relative | float | tuple[Any, ...]
Given = Value | Mapping[str, Value] | list[Value]


class ScheduleLR(LRScheduler):
    """Writes schedules into an optimizer's groups: the learning rate, and any other number there.

        group["lr"] = schedule(progress) * group["lr_scale"]

    at every step, with the progress of that step, in closed form: nothing depends on what was
    written before. Building it writes the values of step 0; call `step()` after each
    `optimizer.step()`. After step `total_steps`, the normal end, values stay what the schedule is
    at progress 1.

    Parameters:
        optimizer: its groups are written, in these keys only, and in `initial_<key>`, the initial
            value, for what is relative and for weight decay.
        total_steps: optimizer updates in the run, or a `Horizon`.
        lr, and any other key of the groups: a schedule; a number; `relative(schedule)`, which
            multiplies the group's own initial value; a tuple of these for a tuple, such as
            `betas=(schedule, 0.999)`; a dict of these by group name, `"*"` for the rest; or a
            list by position. A group's `lr_scale` multiplies its learning rate, its `wd_scale`
            its weight decay; weight decay that starts at 0 stays at 0.
        sample: where step k of N reads the schedule: "left" at k/N, "right" at (k+1)/N, "both"
            at k/(N-1).
        follow_updates: move with each update that the optimizer makes, and let `step()` do
            nothing. An update that GradScaler skipped does not count; where the optimizer is
            fused, reading that waits for the device. Whoever asks for values between the update
            and `step()` is told those of the next.

    Attributes:
        position: the step that the written values are for; `last_epoch` is the same.
        horizon: the run.

    Tensors, such as a compiled optimizer wants, are filled in place; each group gets its own, all
    of them views of one vector.

    Raises:
        ValueError, TypeError: for what can not be scheduled so; then nothing was written.

    >>> import torch
    >>> from schedcore import warmup_cosine
    >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(2))], lr=0.1)
    >>> scheduler = ScheduleLR(optimizer, 100, lr=warmup_cosine(0.1, warmup=0.1))
    >>> for _ in range(10):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.last_values()
    {'lr/0': 0.1}
    """

    preface = ""  # what `describe` says first: what `build` built

    def __init__(
        self,
        optimizer: Optimizer,
        total_steps: int | Horizon,
        *,
        lr: Given | None = None,
        sample: str = "left",
        follow_updates: bool = False,
        **others: Given,
    ) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(fault(OWNER, "optimizer", "be a torch optimizer", optimizer))
        self._given = keys_given(lr, others)
        self._optimizer = optimizer
        if not isinstance(follow_updates, bool):
            raise TypeError(fault(OWNER, "follow_updates", "be True or False", follow_updates))
        ownership.watched(optimizer)
        self.horizon = total_steps if isinstance(total_steps, Horizon) else Horizon(total_steps)
        self._follow_updates = follow_updates
        self._timeline = Timeline(self.horizon.total_steps, checked_sample(sample))
        self._bound = Bound(self._given, optimizer.param_groups, self._timeline, {})
        self._bound.prepare(0)
        self._warned: set[str] = set()
        ownership.say(overwritten(lr, optimizer.param_groups))
        self._take(self._bound)
        self._move(0)
        self._watch = self._watching()

    def step(self, epoch: int | None = None) -> None:
        """Move on by one step, after `optimizer.step()`; or to step `epoch`, as `seek` does."""
        if epoch is not None:
            self.seek(epoch)
            return
        if self._watch.attentive:
            self._watch.attend(self.position)
        if not self._follow_updates:
            self._move(self._position + 1)

    def seek(self, step: int) -> None:
        """Move to `step`, and write its values; ValueError below 0, TypeError for no integer."""
        self._watch.refuse_if_another_writes()
        self._watch.updates.add("sought")
        self._move(integer(f"{OWNER}.seek", "step", step, 0))

    def extend(self, total_steps: int) -> None:
        """Let the run last until `total_steps` (ValueError if past): what is left is stretched.

        Step j from here, step k, on reads k/N + (1 - k/N) * (j - k)/(total_steps - k).
        """
        total = integer(f"{OWNER}.extend", "total_steps", total_steps, self.position + 1)
        self._watch.refuse_if_another_writes()
        groups = self._current().groups
        timeline = self._timeline.extended(self.position, total)
        bound = Bound(self._given, groups, timeline, self._bound.bases, self._bound)
        bound.prepare(self.position)  # so that nothing can fail any more
        self._timeline, self.horizon = timeline, replace(self.horizon, total_steps=total)
        self._warned.discard("end")
        self._take(bound)
        self._move(self._position)

    def state_dict(self) -> dict[str, Any]:
        """The position, the horizon, what is scheduled, and a plateau's cut, in plain values."""
        return written(self._run())

    def load_state_dict(self, state_dict: Mapping[str, Any], on_mismatch: str = "raise") -> None:
        """Go to where a state was saved, and write the values of that step.

        Parameters:
            state_dict: what `state_dict` returned.
            on_mismatch: what to do with the state of another schedule or horizon. "raise" says
                what differs; "mine" keeps what is here, at the saved step; "same_progress" keeps
                it, at the first step with the saved progress; "saved" takes over what was saved.
        """
        self._watch.refuse_if_another_writes()
        run = resumed(state_dict, self._run(), on_mismatch)
        groups = self._optimizer.param_groups
        bound = Bound(run.given, groups, run.timeline, run.bases, self._bound)
        bound.multiply(run.multiplier)
        bound.prepare(run.position)  # so that nothing can fail any more
        keys_before = self._given.keys()
        self._given, self._timeline = dict(run.given), run.timeline
        self.horizon = replace(self.horizon, total_steps=run.timeline.end)
        self._take(bound)
        self._move(run.position)
        if keys_before != self._given.keys():
            self._watch.close()
            self._watch = self._watching()

    def get_last_lr(self) -> list[float | torch.Tensor]:
        """The learning rate of each group, as floats."""
        return [*self._current().rates()]

    def get_lr(self) -> list[float | torch.Tensor]:
        """The same as `get_last_lr`: nothing depends on when it is asked."""
        return self.get_last_lr()

    def last_values(self) -> dict[str, float]:
        """All values that were written last, by key and group: `{"lr/backbone": 0.1}`."""
        return self._current().last_values()

    def plans(self, label: str = "lr") -> dict[str, StepSchedule]:
        """By group, its "lr" at each step, or what a `label` has; without a plateau's cut."""
        return self._current().plans(self._timeline, label)

    def describe(self) -> str:
        """A table: group, key, first, peak and last value as scheduled; and a plateau's cut."""
        shown = self._current().describe(self._timeline)
        return f"{self.preface}\n\n{shown}" if self.preface else shown

    @property
    def optimizer(self) -> Optimizer:  # type: ignore[override]
        """The optimizer that is written into."""
        ownership.refuse_composition(sys._getframe(1))  # they all ask for it first
        return self._optimizer

    @property
    def base_lrs(self) -> list[float]:  # type: ignore[override]
        """The initial learning rate of each group, or its rate at step 0."""
        return self._current().initial_rates()

    @property
    def position(self) -> int:
        """The step that the written values are for."""
        return self._position

    @property
    def follow_updates(self) -> bool:
        """Whether it moves with the optimizer's updates."""
        return self._follow_updates

    @property
    def last_epoch(self) -> int:
        """The position, by torch's name for it."""
        return self.position

    @last_epoch.setter
    def last_epoch(self, _: int) -> None:
        raise ValueError(f"{OWNER}: 'last_epoch' is the position: move with seek(step)")

    def __repr__(self) -> str:
        given = ", ".join(f"{key}={x!r}" for key, x in self._given.items())
        return f"<{OWNER} at step {self.position} of {self._timeline.end}: {given}>"

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled and copied: neither tracks nor hooks, which hold on to the optimizer."""
        kept = {key: x for key, x in vars(self).items() if key not in ("_bound", "_watch")}
        watch = {"_updates": self._watch.updates, "_lost": self._watch.lost}
        bound = {"_bases": self._bound.bases, "_multiplier": self._bound.multiplier}
        return {**kept, **watch, **bound}

    def __setstate__(self, state: dict[str, Any]) -> None:
        keys = ("_bases", "_multiplier", "_updates", "_lost")
        bases, multiplier, updates, lost = (state.pop(key) for key in keys)
        self.__dict__.update(state)
        groups = self._optimizer.param_groups
        bound = Bound(self._given, groups, self._timeline, bases)
        bound.multiply(multiplier)
        if lost:  # to another scheduler, which it is not to take anything from
            self._bound, self._end = bound, self._timeline.end
            self._watch = ownership.Watch(self._optimizer, (), self._loaded, None)
            self._watch.lose(lost[0])
            return
        self._take(bound)
        self._move(self._position)
        self._watch = self._watching()
        self._watch.updates |= updates

    def _run(self) -> Run:
        bound = self._current()
        at = (self._given, self._timeline, self.position)
        return Run(*at, bound.names, bound.bases, bound.multiplier)

    def _multiply(self, factor: float) -> None:
        """Multiply the scheduled learning rates from now on: the door of PlateauLR."""
        self._watch.refuse_if_another_writes()
        before = self._current().multiplier
        self._bound.multiply(factor)
        try:
            self._move(self._position)
        except BaseException:
            self._bound.multiply(before)
            raise

    def _current(self) -> Bound:
        """The tracks on the optimizer's groups, made anew if these were replaced or are more."""
        if not self._bound.fits(self._optimizer.param_groups):
            self._rebind()
        return self._bound

    def _rebind(self) -> None:
        groups, bound = self._optimizer.param_groups, self._bound
        self._take(Bound(self._given, groups, self._timeline, bound.own_bases(groups), bound))

    def _take(self, bound: Bound) -> None:
        bound.write_bases()
        self._bound, self._end = bound, self._timeline.end

    def _move(self, position: int) -> None:
        try:
            if self._optimizer.param_groups is not self._bound.groups:
                raise ReplacedError
            edit = self._bound.advance(position)
        except ReplacedError:
            self._rebind()
            edit = self._bound.advance(position)
        self._position = position
        self._step_count = position + 1
        if edit is not None or position > self._end:
            ownership.say_of_step(self._warned, position, self._end, edit)

    def _watching(self) -> ownership.Watch:
        follow = self._follow if self._follow_updates else None
        epoch = self.horizon.steps_per_epoch
        return ownership.Watch(self._optimizer, self._given, self._loaded, follow, epoch)

    def _loaded(self) -> None:
        """Write what is due into an optimizer that has loaded a state."""
        if not self._watch.lost:
            self._move(self._position)

    def _follow(self) -> None:
        self._watch.refuse_if_another_writes()
        self._move(self._position + 1)
