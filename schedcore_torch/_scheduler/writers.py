"""Writing one number of each group: floats one by one, tensors in place, as views of one vector.

A track is made for the groups as they are, and made anew when the optimizer replaces them. In all,
group i has `schedule(progress) * factor[i] * scale[i]`: the factor is 1, or the initial value of
what is relative; the scale is its `lr_scale` or `wd_scale`, read at every step. A learning rate's
schedule may be multiplied as a whole, by what a plateau has cut.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from operator import is_
from types import NoneType
from typing import Any, NamedTuple

import torch

from schedcore import Schedule
from schedcore_torch._scheduler.spec import OWNER, Item, scale_of
from schedcore_torch._scheduler.timeline import Timeline

Group = dict[str, Any]
Base = float | None
LARGEST = 1e200
"""Values beyond it are refused, and so is what multiplies by more than `MOST`: no infinities."""
MOST = 1e100
_SCALES = {"lr": "lr_scale", "weight_decay": "wd_scale"}


class Edit(NamedTuple):
    """A value that someone else changed: of which group, from what, to what."""

    where: str
    ours: float
    found: float

    def __str__(self) -> str:
        return (
            f"{self.where} was set to {self.found!r} by someone else, and is scheduled: it was "
            f"{self.ours!r}, and follows its schedule again; to change it for good, change the "
            "schedule, or the group's lr_scale or wd_scale [edited-value]"
        )


class Row(NamedTuple):
    """One group as a track sees it: its name, what it is given, and its initial value."""

    group: Group
    name: str
    item: Item
    base: Base

    @property
    def factor(self) -> float:
        """What the schedule is multiplied by."""
        if self.base is None:
            return 1.0
        if self.item.relative:
            return self.base
        return 1.0 if self.base else 0.0  # weight decay that starts at 0 stays at 0


class ReplacedError(Exception):
    """The groups, or the kinds of their values, are others: tracks have to be made anew."""


class Track(ABC):
    """One key, or one place of a tuple under it, in groups whose values are of one kind."""

    def __init__(
        self, key: str, index: int | None, rows: Sequence[Row], timeline: Timeline
    ) -> None:
        self.key, self.index, self.rows = key, index, rows
        self.label = key if index is None else f"{key}.{index}"
        self.last: list[float] = []
        """The values that were written last, of each schedule; none at first."""
        self.multiplier = 1.0
        """What the values are multiplied by before they are written, from 0 to 1."""
        self._scale = _SCALES.get(key, "") if index is None else ""
        self._schedules: list[Schedule] = list(dict.fromkeys(row.item.schedule for row in rows))
        self._which = [self._schedules.index(row.item.schedule) for row in rows]
        self._plans: list[Callable[[int], float]] = [timeline.plan(x) for x in self._schedules]
        self._factors = [row.factor for row in rows]
        self._groups = [row.group for row in rows]
        # One schedule for all, and nothing but the scales to tell the groups apart.
        self.alike = len(self._plans) == 1 and index is None and set(self._factors) == {1.0}
        self._lowest = 0.0 if key == "lr" else -LARGEST
        self._scales: list[float] = []
        self._scales = self._fresh_scales()

    def _fresh_scales(self) -> list[float]:
        """The groups' scales as they are now, all of which may multiply."""
        if not self._scale:
            return [1.0] * len(self.rows)
        key = self._scale
        try:
            found = [group[key] for group in self._groups]
        except KeyError:
            found = [group.get(key, 1.0) for group in self._groups]
        if found == self._scales:
            return self._scales
        scales = [scale_of(row.group, self._scale, row.name) for row in self.rows]
        for row, scale in zip(self.rows, scales, strict=True):
            if not abs(row.factor * scale) <= MOST:
                where = self._where(row)
                raise ValueError(f"{OWNER}: {where} is multiplied by more than {MOST!r}")
        return scales

    def _where(self, row: Row) -> str:
        return f"{self.label!r} of group {row.name!r}"

    def values(self, step: int) -> list[float]:
        """The values of the schedules at a step, all of which may be written."""
        found = [self._value(i, step) for i in range(len(self._plans))]
        for v in found:
            if not self._lowest <= v <= LARGEST:
                self._refuse(found, step)
        return found

    def due(self, step: int) -> list[float]:
        """What is to be written at a step: the values, multiplied."""
        return [v * self.multiplier for v in self.values(step)]

    def _value(self, i: int, step: int) -> float:
        try:
            return self._plans[i](step)
        except ValueError as error:  # such as that of a function that gives no number
            where = self._where(self.rows[self._which.index(i)])
            raise ValueError(f"{OWNER}: {where} at step {step}: {error}") from None

    def _refuse(self, found: list[float], step: int) -> None:
        for row, which in zip(self.rows, self._which, strict=True):
            v = found[which]
            must = (
                "not be negative"
                if -LARGEST <= v < 0
                else f"be finite and at most {LARGEST!r} in size"
            )
            if not self._lowest <= v <= LARGEST:
                raise ValueError(
                    f"{OWNER}: {self._where(row)} must {must}, got {v!r} at step {step}"
                )

    def refuse_negative(self, timeline: Timeline) -> None:
        """Refuse a learning rate that will be negative somewhere in the run."""
        if self.key != "lr":
            return
        for schedule, plan in zip(self._schedules, self._plans, strict=True):
            for step in timeline.below_zero(schedule, plan):
                self.values(step)

    def products(self, values: Sequence[float]) -> list[float]:
        """What the groups have, for values of the schedules."""
        return [
            values[which] * factor * scale
            for which, factor, scale in zip(self._which, self._factors, self._scales, strict=True)
        ]

    def marks(self, timeline: Timeline) -> set[int]:
        """Steps at which to look for the peak."""
        return {step for x in self._schedules for step in timeline.marks(x)}

    def products_of_schedules(self) -> list[Schedule]:
        """What the groups have, as schedules."""
        return [
            self._schedules[which]
            if factor * scale == 1
            else factor * scale * self._schedules[which]
            for which, factor, scale in zip(self._which, self._factors, self._scales, strict=True)
        ]

    @abstractmethod
    def current(self) -> list[float]:
        """What the groups have now."""

    @abstractmethod
    def prepare(self, values: list[float]) -> Edit | None:
        """All that can fail before values are written; an edit by someone else, if there is one."""

    @abstractmethod
    def write(self, values: list[float]) -> None:
        """Write what the values make, after `prepare`."""

    def _found(self) -> list[Any]:
        key, index = self.key, self.index
        found = [group[key] for group in self._groups]
        return found if index is None else [x[index] for x in found]

    def _put(self, items: Sequence[Any]) -> None:
        key, index = self.key, self.index
        if index is None:
            for group, x in zip(self._groups, items, strict=True):
                group[key] = x
        else:
            for group, x in zip(self._groups, items, strict=True):
                before = group[key]
                group[key] = (*before[:index], x, *before[index + 1 :])


class FloatTrack(Track):
    """Python floats."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._usual = False
        """Whether the scales are plain numbers, as they were when they were last looked at."""
        self._scaled = False

    def current(self) -> list[float]:
        return [float(x) for x in self._found()]

    def prepare(self, values: list[float]) -> Edit | None:
        found = self._found()
        if torch.Tensor in set(map(type, found)):
            raise ReplacedError
        before = self.products(self.last) if self.last else found
        edit, self._scales = None, self._fresh_scales()
        if found != before:
            # A scale may have been changed with the value, and some may be written already.
            fine = zip(before, self.products(self.last), self.products(values), strict=True)
            for row, x, known in zip(self.rows, found, fine, strict=True):
                if x not in known and edit is None:
                    edit = Edit(self._where(row), known[0], x)
        return edit

    def write(self, values: list[float]) -> None:
        self._put(self.products(values))
        self.last = values

    def advance(self, step: int, groups: Sequence[Group]) -> Edit | None:
        """Write the values of a step, where one schedule is all that is to be written.

        It runs at every step, so what is common is spelled out: groups as they were left. After 0
        that does not show whether their scales are still the same. Whatever else there is, and
        groups that are others by now, are left to the careful way.
        """
        key, scale_key = self.key, self._scale
        if not self._usual or self.last[0] == 0.0 or groups[0][key].__class__ is not float:
            return self._advance_carefully(self.due(step), groups)
        value, last = self._value(0, step), self.last[0]
        if not self._lowest <= value <= LARGEST:
            self._refuse([value], step)
        value *= self.multiplier
        try:
            if self._scaled:
                for group in groups:
                    scale = group[scale_key]
                    if group[key] != last * scale:
                        return self._advance_carefully([value], groups)
                    group[key] = value * scale
            else:
                for group in groups:
                    scale = group.get(scale_key, 1.0)
                    if group[key] != last * scale:
                        return self._advance_carefully([value], groups)
                    group[key] = value * scale
        except KeyError:  # a scale was there, and is no more
            return self._advance_carefully([value], groups)
        self.last = [value]
        return None

    def _advance_carefully(self, values: list[float], groups: Sequence[Group]) -> Edit | None:
        if len(groups) != len(self._groups) or not all(map(is_, groups, self._groups)):
            raise ReplacedError
        before = self.products(self.last) if self.last else self._found()
        try:
            edit = self.prepare(values)
        except (TypeError, ValueError):
            self._put(before)  # where the new values are written already
            raise
        self.write(values)
        scales = [group.get(self._scale) for group in groups]
        self._scaled = None not in scales
        self._usual = set(map(type, scales)) <= {float, int, NoneType}
        return edit
