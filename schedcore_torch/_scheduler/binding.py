"""All scheduled keys on the groups of one optimizer, as its groups are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import is_
from typing import Any

import torch

from schedcore import StepSchedule
from schedcore._text_table import table
from schedcore_torch._scheduler.spec import OWNER, Item, items_of, name_of
from schedcore_torch._scheduler.tensor_writer import TensorTrack
from schedcore_torch._scheduler.timeline import Timeline
from schedcore_torch._scheduler.writers import (
    Edit,
    FloatTrack,
    Group,
    ReplacedError,
    Row,
    Track,
)

Bases = Mapping[str, Sequence[Any]]


class Bound:
    """What is scheduled, for each group. Making it checks everything, and writes nothing.

    `bases` are the initial values that are known, by key; a group that has none there has its own.
    Tensors that the tracks of `previous` wrote into are gone on with, and so is its multiplier.
    """

    def __init__(
        self,
        given: Mapping[str, Any],
        groups: list[Group],
        timeline: Timeline,
        bases: Bases,
        previous: Bound | None = None,
    ) -> None:
        self.groups = groups
        self._members = [*groups]
        self.names = _unique([name_of(groups, i) for i in range(len(groups))])
        self.tracks: list[Track] = []
        self.bases: dict[str, list[Any]] = {}
        for key, x in given.items():
            parts = items_of(key, x, groups)
            if key == "weight_decay" or any(item.relative for _, items in parts for item in items):
                known = [*bases.get(key, ()), *[None] * len(groups)]
                self.bases[key] = [
                    _base(key, group, base) for group, base in zip(groups, known, strict=False)
                ]
            for index, items in parts:
                rows = self._rows(key, index, items)
                self.tracks += _tracks_of(key, index, rows, timeline)
        self._refuse_what_does_nothing()
        self.multiply(previous.multiplier if previous else 1.0)
        for track in self.tracks:
            track.refuse_negative(timeline)
            for other in previous.tracks if previous else ():
                if isinstance(track, TensorTrack) and isinstance(other, TensorTrack):
                    track.adopt(other)
        first = self.tracks[0]
        quick = len(self.tracks) == 1 and not isinstance(next(iter(given.values())), dict | list)
        self._quick = first if quick and isinstance(first, FloatTrack) and first.alike else None

    def _rows(self, key: str, index: int | None, items: Sequence[Item]) -> list[Row]:
        bases = self.bases.get(key, [None] * len(self.groups))
        at = [base if index is None or base is None else base[index] for base in bases]
        return [
            Row(group, name, item, base)
            for group, name, item, base in zip(self.groups, self.names, items, at, strict=True)
        ]

    def _refuse_what_does_nothing(self) -> None:
        if not any(self.bases.get("weight_decay", [1.0])):
            raise ValueError(
                f"{OWNER}: 'weight_decay' is scheduled, but every group starts at 0, and a group "
                "that starts at 0 stays at 0: give the optimizer a weight_decay"
            )

    def multiply(self, factor: float) -> None:
        """Multiply the learning rates that will be written."""
        self.multiplier = factor
        for track in self.tracks:
            if track.key == "lr":
                track.multiplier = factor

    def fits(self, groups: list[Group]) -> bool:
        """Whether these are still the optimizer's groups."""
        same = groups is self.groups and len(groups) == len(self._members)
        return same and all(map(is_, groups, self._members))

    def own_bases(self, groups: Sequence[Group]) -> dict[str, list[Any]]:
        """The initial values of an optimizer's groups: their own, else those that are known here.

        Those that are known are a group's, if it is still there; if none is, since the optimizer
        has loaded a state, those of its place.
        """
        places = {id(group): i for i, group in enumerate(self._members)}
        known = [places.get(id(group)) for group in groups]
        if not any(place is not None for place in known):
            known = [i if i < len(places) else None for i in range(len(groups))]
        return {
            key: [
                group.get(f"initial_{key}", None if i is None else bases[i])
                for i, group in zip(known, groups, strict=True)
            ]
            for key, bases in self.bases.items()
        }

    def write_bases(self) -> None:
        """Write the initial values into the groups, where they are not there."""
        for key, bases in self.bases.items():
            for group, base in zip(self.groups, bases, strict=True):
                initial = f"initial_{key}"
                if initial not in group or _plain(group[initial]) != base:
                    group[initial] = base

    def values(self, step: int) -> list[list[float]]:
        """For each track, the values of its schedules at a step, all of which may be written."""
        return [track.values(step) for track in self.tracks]

    def prepare(self, step: int) -> tuple[list[list[float]], list[Edit | None]]:
        """What to write at a step, and the edits under it; all that can fail in writing it."""
        values = [track.due(step) for track in self.tracks]
        return values, [track.prepare(x) for track, x in zip(self.tracks, values, strict=True)]

    def advance(self, step: int) -> Edit | None:
        """Write the values of a step; the first edit by someone else. If it fails, none is."""
        if self._quick is not None:
            return self._quick.advance(step, self.groups)
        if not self.fits(self.groups):
            raise ReplacedError
        values, edits = self.prepare(step)
        for track, x in zip(self.tracks, values, strict=True):
            track.write(x)
        return next((edit for edit in edits if edit is not None), None)

    def products(self, values: Sequence[list[float]]) -> dict[str, list[float]]:
        """What the groups would have under each label, for values of the schedules."""
        pairs = zip(self.tracks, values, strict=True)
        return self._by_label([track.products(x) for track, x in pairs])

    def current(self) -> dict[str, list[float]]:
        """What the groups have under each label."""
        return self._by_label([track.current() for track in self.tracks])

    def plans(self, timeline: Timeline, label: str) -> dict[str, StepSchedule]:
        """What each group has under a label, by step; nothing where that is not scheduled."""
        found = {
            id(row.group): timeline.whole(schedule)
            for track in self.tracks
            if track.label == label
            for row, schedule in zip(track.rows, track.products_of_schedules(), strict=True)
        }
        pairs = zip(self.names, self.groups, strict=True)
        return {name: found[id(group)] for name, group in pairs if id(group) in found}

    def last_values(self) -> dict[str, float]:
        """What the groups have, by label and name."""
        return {
            f"{label}/{name}": x
            for label, values in self.current().items()
            for name, x in zip(self.names, values, strict=True)
        }

    def rates(self) -> list[float]:
        """The learning rate that each group has."""
        return self.current().get("lr") or [float(group["lr"]) for group in self.groups]

    def initial_rates(self) -> list[float]:
        """The initial learning rate of each group, or its rate at step 0."""
        rates = self.products(self.values(0)).get("lr") or self.rates()
        return [float(g.get("initial_lr", x)) for g, x in zip(self.groups, rates, strict=True)]

    def describe(self, timeline: Timeline) -> str:
        """A table of the first, the highest and the last value of each group and label.

        As scheduled; what multiplies the learning rates is told below it.
        """
        marks = sorted({step for track in self.tracks for step in track.marks(timeline)})
        runs = [self.products(self.values(step)) for step in marks]
        rows = [["group", "key", "first", "peak", "last"]]
        for i, name in enumerate(self.names):
            for label in runs[0]:
                values = [run[label][i] for run in runs]
                shown = (f"{x:.6g}" for x in (values[0], max(values), values[-1]))
                rows.append([name, label, *shown])
        cut = f"\n\nlr is multiplied by {self.multiplier:.6g}, a plateau's cut"
        return table(rows) + (cut if self.multiplier != 1 else "")

    def _by_label(self, numbers: Sequence[list[float]]) -> dict[str, list[float]]:
        found: dict[str, dict[int, float]] = {}
        for track, xs in zip(self.tracks, numbers, strict=True):
            by_group = found.setdefault(track.label, {})
            by_group.update(zip((id(row.group) for row in track.rows), xs, strict=True))
        return {
            label: [by_group[id(group)] for group in self.groups]
            for label, by_group in found.items()
        }


def _unique(names: list[str]) -> list[str]:
    """Names as they are, those that are there twice with the numbers of their groups."""
    return [f"{name}_{i}" if names.count(name) > 1 else name for i, name in enumerate(names)]


def _base(key: str, group: Group, known: Any) -> Any:
    """A group's initial value, in plain numbers: as known, or its own, or what it has now."""
    return _plain(group.get(f"initial_{key}", group[key]) if known is None else known)


def _plain(x: Any) -> Any:
    if isinstance(x, tuple | list):
        return tuple(map(_plain, x))
    return float(x.item() if isinstance(x, torch.Tensor) else x)


def _tracks_of(key: str, index: int | None, rows: Sequence[Row], timeline: Timeline) -> list[Track]:
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
