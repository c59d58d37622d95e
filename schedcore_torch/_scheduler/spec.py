"""What a key of the groups may be given, and which schedule that is for each group.

Nothing is written here, and no optimizer is known: groups are dicts with a name, perhaps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch

from schedcore import Constant, Schedule, from_config
from schedcore._checks import did_you_mean
from schedcore._config.writing import identify_schedule

OWNER = "ScheduleLR"
Groups = Sequence[Mapping[str, Any]]

_NOT_SCHEDULED = ("params", "name", "param_names", "lr_scale", "wd_scale")


@dataclass(frozen=True)
class Relative:
    """A schedule that multiplies a group's own initial value: what `relative` makes."""

    schedule: Schedule


def relative(schedule: Schedule | float) -> Relative:
    """A schedule that multiplies each group's own initial value, `initial_lr` and the like.

        group["lr"] = schedule(progress) * group["initial_lr"] * group["lr_scale"]

    Parameters:
        schedule: factors, or one of them, in the place of values.

    Raises:
        ValueError, TypeError: for what is no schedule and no number.

    >>> from schedcore import Cosine
    >>> relative(Cosine(1.0, 0.01))
    Relative(schedule=Cosine(start=1.0, end=0.01))
    """
    return Relative(_schedule("relative", "'schedule'", schedule))


class Item(NamedTuple):
    """What one number of one group is: a schedule, which may multiply the initial value."""

    schedule: Schedule
    relative: bool


def keys_given(lr: object, others: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, by key; at least one."""
    given = {**({} if lr is None else {"lr": lr}), **others}
    if not given:
        raise TypeError(f"{OWNER}: nothing is scheduled: give lr=... or another key of groups")
    return given


def name_of(groups: Groups, i: int) -> str:
    """The name of a group, else its number."""
    name = groups[i].get("name")
    return str(i) if name is None else str(name)


def items_of(key: str, given: object, groups: Groups) -> list[tuple[int | None, list[Item]]]:
    """The items of each group under a key; of a tuple, such as betas, for each of its places."""
    _check_key(key, groups)
    spread = _spread(key, given, groups)
    lengths = {len(x) if isinstance(x, tuple) else None for x in (group[key] for group in groups)}
    if len(lengths) > 1:
        raise ValueError(f"{OWNER}: {key!r} is of another length from group to group")
    (length,) = lengths
    if length is None:
        return [(None, [_item(_where(key, groups, i), x) for i, x in enumerate(spread)])]
    for i, x in enumerate(spread):
        if not isinstance(x, tuple) or len(x) != length:
            raise ValueError(
                f"{OWNER}: {_where(key, groups, i)} must be a tuple of {length}, of schedules or "
                f"numbers, got {x!r}"
            )
    return [
        (j, [_item(_where(f"{key}.{j}", groups, i), x[j]) for i, x in enumerate(spread)])
        for j in range(length)
    ]


def _where(key: str, groups: Groups, i: int) -> str:
    return f"{key!r} of group {name_of(groups, i)!r}"


def _check_key(key: str, groups: Groups) -> None:
    known = [
        name
        for name, x in groups[0].items()
        if name not in _NOT_SCHEDULED and not name.startswith("initial_") and _is_number(x)
    ]
    for i, group in enumerate(groups):
        if key not in group or key in _NOT_SCHEDULED:
            raise TypeError(
                f"{OWNER}: {key!r} is no key of group {name_of(groups, i)!r} that can be "
                f"scheduled; {did_you_mean(key, known)}It has {', '.join(known)}"
            )
        if not _is_number(group[key]):
            raise TypeError(
                f"{OWNER}: {_where(key, groups, i)} is {group[key]!r}, which is no number to be "
                "scheduled"
            )


def _is_number(x: object) -> bool:
    if isinstance(x, tuple):
        return bool(x) and all(map(_is_number, x))
    if isinstance(x, torch.Tensor):
        return x.numel() == 1 and x.is_floating_point()
    return isinstance(x, int | float) and not isinstance(x, bool)


def _spread(key: str, given: object, groups: Groups) -> list[Any]:
    """What was given for each group, by name, by position, or for all."""
    if isinstance(given, list):
        if len(given) != len(groups):
            raise ValueError(
                f"{OWNER}: {key!r} must have one item for each of the {len(groups)} groups, got "
                f"{len(given)}"
            )
        return given
    if not isinstance(given, Mapping):
        return [given] * len(groups)
    names = [group.get("name") for group in groups]
    for name in given:
        if name != "*" and name not in names:
            known = [str(known) for known in names if known is not None]
            there = f"They are {', '.join(known)}" if known else "None has a name"
            raise ValueError(
                f"{OWNER}: {key!r} is given for {name!r}, but no group has this name; "
                f"{did_you_mean(str(name), known)}{there}"
            )
    found = []
    for i, name in enumerate(names):
        if name not in given and "*" not in given:
            raise ValueError(
                f"{OWNER}: {key!r} has no schedule for group {name_of(groups, i)!r}: give one, "
                "or '*' for all that are not named"
            )
        found.append(given[name] if name in given else given["*"])
    return found


def _item(where: str, x: object) -> Item:
    if isinstance(x, Relative):
        return Item(x.schedule, relative=True)
    return Item(_schedule(OWNER, where, x), relative=False)


def _schedule(owner: str, where: str, x: object) -> Schedule:
    if isinstance(x, Schedule):
        return x
    if isinstance(x, int | float) and not isinstance(x, bool):
        try:
            return Constant(x)
        except ValueError as error:
            said = str(error).removeprefix("Constant: 'value' ")
            raise ValueError(f"{owner}: {where} {said}") from None
    raise TypeError(
        f"{owner}: {where} must be a schedule, a number, relative(schedule), or these by group "
        f"in a dict or a list, got {x!r}"
    )


def described(given: object) -> Any:
    """What was given, in plain values, for a checkpoint."""
    if isinstance(given, Mapping):
        return {"by_name": {str(name): described(x) for name, x in given.items()}}
    if isinstance(given, list):
        return {"by_position": [described(x) for x in given]}
    if isinstance(given, tuple):
        return {"tuple": [described(x) for x in given]}
    if isinstance(given, Relative):
        return {"relative": identify_schedule(given.schedule)}
    return {"schedule": identify_schedule(_schedule(OWNER, "schedule", given))}


def given_of(text: Mapping[str, Any]) -> Any:
    """What `described` described."""
    ((kind, x),) = text.items()
    if kind == "by_name":
        return {name: given_of(y) for name, y in x.items()}
    if kind == "by_position":
        return [given_of(y) for y in x]
    if kind == "tuple":
        return tuple(given_of(y) for y in x)
    schedule = from_config(x)
    return Relative(schedule) if kind == "relative" else schedule


def scale_of(group: Mapping[str, Any], key: str, name: str, owner: str = OWNER) -> float:
    """A group's multiplier under a key, 1 if it has none."""
    scale = group.get(key, 1.0)
    if isinstance(scale, bool) or not isinstance(scale, int | float):
        raise TypeError(f"{owner}: {key!r} of group {name!r} must be a number, got {scale!r}")
    if not 0 <= scale < math.inf:
        raise ValueError(
            f"{owner}: {key!r} of group {name!r} must be finite and at least 0, got {scale!r}"
        )
    return float(scale)
