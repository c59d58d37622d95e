"""All scheduled keys on the groups of one optimizer, as its groups are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from schedcore_torch._given import OWNER, Item, items_of, name_of
from schedcore_torch._timeline import Timeline
from schedcore_torch._tracks import Edit, Group, Row, Track, tracks_of

Bases = Mapping[str, Sequence[Any]]


class Bound:
    """What is scheduled, for each group. Making it checks everything, and writes nothing.

    `bases` are the initial values that are known, by key; a group that has none there has its own.
    """

    def __init__(
        self, given: Mapping[str, Any], groups: list[Group], timeline: Timeline, bases: Bases
    ) -> None:
        self.groups, self.count = groups, len(groups)
        self.names = _unique([name_of(groups, i) for i in range(len(groups))])
        self.tracks: list[Track] = []
        self.bases: dict[str, list[Any]] = {}
        for key, x in given.items():
            parts = items_of(key, x, groups)
            if key == "weight_decay" or any(item.relative for _, items in parts for item in items):
                self.bases[key] = [
                    _base(key, group, [*bases.get(key, ())][i : i + 1])
                    for i, group in enumerate(groups)
                ]
            for index, items in parts:
                rows = self._rows(key, index, items)
                self.tracks += tracks_of(key, index, rows, timeline)
        self._refuse_what_does_nothing()
        for track in self.tracks:
            track.refuse_negative(timeline)

    def _rows(self, key: str, index: int | None, items: Sequence[Item]) -> list[Row]:
        bases = self.bases.get(key, [None] * self.count)
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

    def fits(self, groups: list[Group]) -> bool:
        """Whether these are still the optimizer's groups."""
        return groups is self.groups and len(groups) == self.count

    def own_bases(self, groups: Sequence[Group]) -> dict[str, list[Any]]:
        """The initial values of an optimizer's groups: their own, else what is known here."""
        return {
            key: [
                group.get(f"initial_{key}", base)
                for group, base in zip(groups, bases, strict=False)
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

    def advance(self, step: int) -> Edit | None:
        """Write the values of a step; the first edit by someone else. All are written, or none."""
        if len(self.tracks) == 1:
            return self.tracks[0].advance(step)
        values = self.values(step)
        before = [track.last for track in self.tracks]
        done: list[Track] = []
        edit = None
        try:
            for track, x in zip(self.tracks, values, strict=True):
                edit = track.write(x) or edit
                done.append(track)
        except (TypeError, ValueError):
            for track, x in zip(done, before, strict=False):
                track.write(x)
            raise
        return edit

    def products(self, values: Sequence[list[float]] | None = None) -> dict[str, list[float]]:
        """What the groups have under each label, or would have for values of the schedules."""
        found: dict[str, dict[int, float]] = {}
        for i, track in enumerate(self.tracks):
            numbers = track.products(track.last if values is None else values[i])
            by_group = found.setdefault(track.label, {})
            by_group.update(zip((id(row.group) for row in track.rows), numbers, strict=True))
        return {
            label: [by_group[id(group)] for group in self.groups]
            for label, by_group in found.items()
        }


def _unique(names: list[str]) -> list[str]:
    """Names as they are, those that are there twice with the numbers of their groups."""
    return [f"{name}_{i}" if names.count(name) > 1 else name for i, name in enumerate(names)]


def _base(key: str, group: Group, known: Sequence[Any]) -> Any:
    """A group's initial value, in plain numbers: as known, or its own, or what it has now."""
    return _plain(known[0] if known else group.get(f"initial_{key}", group[key]))


def _plain(x: Any) -> Any:
    if isinstance(x, tuple | list):
        return tuple(map(_plain, x))
    return float(x.item() if isinstance(x, torch.Tensor) else x)
