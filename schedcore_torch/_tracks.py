"""Writing one number of each group: floats one by one, tensors in place, as views of one vector.

A track is made for the groups as they are, and made anew when the optimizer replaces them. In all,
group i has `schedule(progress) * factor[i] * scale[i]`: the factor is 1, or the initial value of
what is relative; the scale is its `lr_scale` or `wd_scale`, read at every step.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from operator import is_
from typing import Any, NamedTuple

import numpy as np
import torch

from schedcore import Schedule
from schedcore_torch._given import OWNER, Item, scale_of
from schedcore_torch._timeline import Timeline

Group = dict[str, Any]
Base = float | None
LARGEST = 1e300
_SCALES = {"lr": "lr_scale", "weight_decay": "wd_scale"}


class Edit(NamedTuple):
    """A value that someone else changed: of which group, from what, to what."""

    where: str
    ours: float
    found: float


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


class Track(ABC):
    """One key, or one place of a tuple under it, in groups whose values are of one kind."""

    def __init__(
        self, key: str, index: int | None, rows: Sequence[Row], timeline: Timeline
    ) -> None:
        self.label = key if index is None else f"{key}.{index}"
        self.rows = rows
        self._key, self._index = key, index
        self._scale = _SCALES.get(key, "") if index is None else ""
        self._schedules: list[Schedule] = list(dict.fromkeys(row.item.schedule for row in rows))
        self._which = [self._schedules.index(row.item.schedule) for row in rows]
        self._plans: list[Callable[[int], float]] = [timeline.plan(x) for x in self._schedules]
        self._factors = [row.factor for row in rows]
        self._groups = [row.group for row in rows]
        # One schedule for all, and nothing but the scales to tell the groups apart.
        self._simple = len(self._plans) == 1 and index is None and set(self._factors) == {1.0}
        self.last: list[float] = []
        """The values that were written last, of each schedule; none at first."""
        self._lowest = 0.0 if key == "lr" else -LARGEST
        self._scales = [self._scale_of(row) for row in rows]

    def _scale_of(self, row: Row) -> float:
        scale = scale_of(row.group, self._scale, row.name) if self._scale else 1.0
        if not abs(row.factor * scale) <= LARGEST:
            raise ValueError(f"{OWNER}: {self._where(row)} is multiplied by more than {LARGEST!r}")
        return scale

    def _where(self, row: Row) -> str:
        return f"{self.label!r} of group {row.name!r}"

    def values(self, step: int) -> list[float]:
        """The values of the schedules at a step, all of which may be written."""
        found = [plan(step) for plan in self._plans]
        for v in found:
            if not self._lowest <= v <= LARGEST:
                self._refuse(found, step)
        return found

    def _refuse(self, found: list[float], step: int) -> None:
        for row, which in zip(self.rows, self._which, strict=True):
            v = found[which]
            if not -LARGEST <= v <= LARGEST:
                raise ValueError(
                    f"{OWNER}: {self._where(row)} must be finite, got {v!r} at step {step}"
                )
            if self._key == "lr" and v < 0:
                raise ValueError(
                    f"{OWNER}: {self._where(row)} must not be negative, got {v!r} at step {step}"
                )

    def products(self, values: Sequence[float]) -> list[float]:
        """What the groups have, for values of the schedules."""
        return [
            values[which] * factor * scale
            for which, factor, scale in zip(self._which, self._factors, self._scales, strict=True)
        ]

    def marks(self, timeline: Timeline) -> set[int]:
        """Steps at which the values show all that they do."""
        return {step for x in self._schedules for step in timeline.marks(x)}

    def refuse_negative(self, timeline: Timeline) -> None:
        """Refuse a learning rate that will be negative somewhere in the run."""
        if self._key == "lr":
            for schedule in self._schedules:
                if not schedule._range()[0] >= 0:
                    for step in timeline.marks(schedule):
                        self.values(step)

    def advance(self, step: int) -> Edit | None:
        """Write the values of a step."""
        return self.write(self.values(step))

    @abstractmethod
    def write(self, values: list[float]) -> Edit | None:
        """Write what the values make; the first edit by someone else that this overwrites."""

    def _get(self, group: Group) -> Any:
        found = group[self._key]
        return found if self._index is None else found[self._index]

    def _put(self, group: Group, x: Any) -> None:
        if self._index is not None:
            before = group[self._key]
            x = (*before[: self._index], x, *before[self._index + 1 :])
        group[self._key] = x


class ReplacedError(Exception):
    """Floats of a track have become tensors: the track has to be made anew."""


class FloatTrack(Track):
    """Python floats."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._scaled = all(self._scale in group for group in self._groups)

    def advance(self, step: int) -> Edit | None:
        # The common case, spelled out, since it runs at every step. After 0 it is not taken, as 0
        # does not tell whether the scales are still the same.
        key, scale_key, groups = self._key, self._scale, self._groups
        plain = self._simple and groups[0][key].__class__ is float
        if not plain or not self.last or self.last[0] == 0.0:
            return self.write(self.values(step))
        value, last = self._plans[0](step), self.last[0]
        if not self._lowest <= value <= LARGEST:
            self._refuse([value], step)
        if self._scaled:
            for group in groups:
                scale = group[scale_key]
                if group[key] != last * scale:
                    return self.write([value])
                group[key] = value * scale
        else:
            for group in groups:
                scale = group.get(scale_key, 1.0)
                if group[key] != last * scale:
                    return self.write([value])
                group[key] = value * scale
        self.last = [value]
        return None

    def write(self, values: list[float]) -> Edit | None:
        """In any case, also where some groups have been written already."""
        before = self.products(self.last) if self.last else None
        found = [self._get(group) for group in self._groups]
        if any(isinstance(x, torch.Tensor) for x in found):
            raise ReplacedError
        try:
            self._scales = [self._scale_of(row) for row in self.rows]
        except (TypeError, ValueError):
            for group, x in zip(self._groups, before or found, strict=True):
                self._put(group, x)
            raise
        new = self.products(values)
        for group, x in zip(self._groups, new, strict=True):
            self._put(group, x)
        self.last = values
        for row, ours, x, ahead in zip(self.rows, before or found, found, new, strict=True):
            if x not in (ours, ahead):
                return Edit(self._where(row), ours, x)
        return None


class TensorTrack(Track):
    """Tensors of one dtype on one device, filled in place and never replaced by floats."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        like: torch.Tensor = self._get(self._groups[0])
        self._vector = torch.empty(len(self.rows), dtype=like.dtype, device=like.device)
        self._views = list(self._vector.unbind())
        self._indices = torch.tensor(self._which, device="cpu")
        self._factor_vector = _doubles(self._factors)
        self._scale_vector = _doubles(self._scales)
        readable = like.device.type == "cpu" and like.dtype in (torch.float32, torch.float64)
        self._host = self._vector.numpy() if readable else np.empty(0)
        self._seen = b""

    def write(self, values: list[float]) -> Edit | None:
        groups, key = self._groups, self._key
        found = [group[key] for group in groups]
        if self._index is not None:
            found = [x[self._index] for x in found]
        bound = all(map(is_, found, self._views))
        edit = self._edit(found) if self.last else None
        if self._scale:
            scales = [group.get(self._scale, 1.0) for group in groups]
            if scales != self._scales:
                self._scales = [self._scale_of(row) for row in self.rows]
                self._scale_vector = _doubles(self._scales)
        if self._simple:
            product = self._scale_vector * values[0]
        else:
            product = _doubles(values)[self._indices] * self._factor_vector * self._scale_vector
        # Copied without waiting for the device, and rounded once, from float64.
        self._vector.copy_(product, non_blocking=True)
        if not bound:
            for group, view in zip(groups, self._views, strict=True):
                self._put(group, view)
        self.last, self._seen = values, self._host.tobytes()
        return edit

    def _edit(self, found: list[Any]) -> Edit | None:
        """What is no more our tensor; where reading is free, also what has another value."""
        if self._host.tobytes() == self._seen and all(map(is_, found, self._views)):
            return None
        before = np.frombuffer(self._seen, self._host.dtype)
        for i, (row, x, view) in enumerate(zip(self.rows, found, self._views, strict=True)):
            if x is not view or (len(before) and self._host[i] != before[i]):
                return Edit(self._where(row), self.products(self.last)[i], float(x))
        return None


def _doubles(xs: Sequence[float]) -> torch.Tensor:
    return torch.tensor(xs, dtype=torch.float64, device="cpu")


def tracks_of(key: str, index: int | None, rows: Sequence[Row], timeline: Timeline) -> list[Track]:
    """The tracks of one key: one for floats, and one for the tensors of each dtype and device."""
    kinds: dict[Any, list[Row]] = {}
    for row in rows:
        x = row.group[key] if index is None else row.group[key][index]
        kind = (x.dtype, x.device) if isinstance(x, torch.Tensor) else None
        kinds.setdefault(kind, []).append(row)
    return [
        (FloatTrack if kind is None else TensorTrack)(key, index, part, timeline)
        for kind, part in kinds.items()
    ]
