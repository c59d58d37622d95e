"""A scheduler's state in plain values, and what to do where it is that of another run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from schedcore._checks import between, integer, one_of
from schedcore.steps import checked_sample
from schedcore_torch._scheduler.spec import OWNER, described, given_of
from schedcore_torch._scheduler.timeline import Timeline

VERSION = 1
WAYS = ("raise", "mine", "saved", "same_progress")
State = dict[str, Any]


class Run(NamedTuple):
    """What a state says of a run."""

    given: Mapping[str, Any]
    timeline: Timeline
    position: int
    names: list[str]
    bases: Mapping[str, list[Any]]
    multiplier: float = 1.0


def written(run: Run) -> State:
    """The state of a run: ints, floats, strings, lists and dicts."""
    return {
        "version": VERSION,
        "position": run.position,
        "total_steps": run.timeline.total,
        "sample": run.timeline.sample,
        "seams": [list(seam) for seam in run.timeline.seams],
        "schedules": {key: described(x) for key, x in run.given.items()},
        "groups": list(run.names),
        "bases": {
            key: [list(x) if isinstance(x, tuple) else x for x in bases]
            for key, bases in run.bases.items()
        },
        **({} if run.multiplier == 1.0 else {"multiplier": run.multiplier}),
    }


def resumed(state: Mapping[str, Any], mine: Run, on_mismatch: str) -> Run:
    """The run to go on with: that of the state, if it is mine; else as `on_mismatch` says."""
    way = one_of(OWNER, "on_mismatch", on_mismatch, WAYS)
    timeline, position = _checked(state)
    differences = _differences(state, timeline, mine)
    multiplier = between(OWNER, "multiplier", state.get("multiplier", 1.0), 0.0, 1.0)
    mine = mine._replace(bases=_bases(state, mine), multiplier=multiplier)
    if not differences:
        return mine._replace(timeline=timeline, position=position)
    if way == "raise":
        raise ValueError(
            f"{OWNER}: the state is that of another run. {'; '.join(differences)}. Load it with "
            "on_mismatch='mine' to go on with what is here at the saved step, 'same_progress' "
            "at the saved progress, or 'saved' to take over what was saved"
        )
    if way == "saved":
        given = {key: _given(key, x) for key, x in state["schedules"].items()}
        return mine._replace(given=given, timeline=timeline, position=position)
    if way == "same_progress":
        position = mine.timeline.first_step(timeline.progress(position))
    return mine._replace(position=position)


def _checked(state: Mapping[str, Any]) -> tuple[Timeline, int]:
    needed = written(Run({}, Timeline(1), 0, [], {}))
    missing = [key for key in needed if not isinstance(state, Mapping) or key not in state]
    if missing:
        raise ValueError(f"{OWNER}: this is no state of a {OWNER}: it has no {', '.join(missing)}")
    if state["version"] != VERSION:
        raise ValueError(
            f"{OWNER}: the state is of version {state['version']!r}, but this is version {VERSION}"
        )
    for key, x in needed.items():
        if not isinstance(state[key], type(x)):
            raise ValueError(
                f"{OWNER}: {key!r} of the state must be of {type(x).__name__}, got {state[key]!r}"
            )
    timeline = Timeline(
        integer(OWNER, "total_steps", state["total_steps"], 1), checked_sample(state["sample"])
    )
    for seam in state["seams"]:
        if len(seam) != 2 or not (timeline.seams or [(-1,)])[-1][0] < seam[0] < seam[1]:
            raise ValueError(f"{OWNER}: 'seams' of the state must ascend, got {state['seams']!r}")
        timeline = timeline.extended(*seam)
    return timeline, integer(OWNER, "position", state["position"], 0)


def _differences(state: Mapping[str, Any], saved: Timeline, mine: Run) -> list[str]:
    found = []
    schedules = {key: described(x) for key, x in mine.given.items()}
    for key in dict.fromkeys((*state["schedules"], *schedules)):
        theirs = state["schedules"].get(key)
        if theirs != schedules.get(key):
            here = _shown(schedules.get(key))
            found.append(f"{key}: saved {_shown(theirs)}, here {here}")
    own = mine.timeline
    if saved.sample != own.sample:
        found.append(f"sample: saved {saved.sample!r}, here {own.sample!r}")
    same = saved.total == own.total and own.seams in ((), saved.seams)
    if not same and (own.seams or own.total != saved.end):
        found.append(f"total_steps: saved {_steps(saved)}, here {_steps(own)}")
    if any(state["bases"].values()) and sorted(state["groups"]) != sorted(mine.names):
        saved_names = ", ".join(state["groups"])
        found.append(f"groups: saved {saved_names}, here {', '.join(mine.names)}")
    return found


def _steps(timeline: Timeline) -> str:
    seams = "".join(f", extended at step {k} to {n}" for k, n in timeline.seams)
    return f"{timeline.total}{seams}"


def _shown(text: Mapping[str, Any] | None) -> str:
    if text is None:
        return "nothing"
    try:
        return repr(given_of(text))
    except ValueError:
        return repr(dict(text))  # a function, by its name


def _given(key: str, text: Mapping[str, Any]) -> Any:
    try:
        return given_of(text)
    except ValueError as error:
        raise ValueError(
            f"{OWNER}: what was saved for {key!r} can not be taken over: a function is saved by "
            f"name only ({error})"
        ) from None


def _bases(state: Mapping[str, Any], mine: Run) -> dict[str, list[Any]]:
    """The initial values: those that were saved for a group of this name, else those from here."""
    names = state["groups"]
    found = {key: list(bases) for key, bases in mine.bases.items()}
    for key, saved in state["bases"].items():
        plain = dict(
            zip(names, (tuple(x) if isinstance(x, list) else x for x in saved), strict=True)
        )
        known = found.get(key, [None] * len(mine.names))
        found[key] = [plain.get(name, x) for name, x in zip(mine.names, known, strict=True)]
    return found
