"""What is to be drawn, in numbers: the curves of schedules, and their phases, along an axis.

Nothing is drawn here, and no drawing library is known. What schedules an optimizer is known by
what it can be asked for: `Scheduler`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, runtime_checkable

from schedcore._checks import fault, one_of
from schedcore._drawing.style import Curve, Phase
from schedcore._phases import edges, phases
from schedcore.curves import Constant
from schedcore.schedule import Schedule, StepSchedule
from schedcore.steps import Horizon

OWNER = "plot"
UNITS = ("step", "epoch", "progress", "samples")
ALL = "all groups"
MOST_STEPS = 20_000
"""Runs up to it are drawn step by step, longer ones at as many of their steps, and at all edges."""
MOST_EDGES = 2_000
POINTS = 1_000
MOST_PHASES = 24


@runtime_checkable
class Scheduler(Protocol):
    """What is known of a scheduler, such as `schedcore_torch.ScheduleLR`."""

    @property
    def horizon(self) -> Horizon | None:
        """The run; None where it has no steps, and plans are schedules."""

    def plans(self, label: str) -> Mapping[str, StepSchedule | Schedule]:
        """By group, what it has under a label."""

    def last_values(self) -> Mapping[str, float]:
        """Numbers by label and group, such as "lr/backbone"."""


Panels = dict[str, list[Curve]]
"""The curves of each panel, by its label; that of what has none is ""."""


def panels_of(what: object, total_steps: int | Horizon | None, unit: str) -> Panels:
    """The curves of whatever can be drawn.

    A schedule that stands beside schedulers is drawn with what these have first, the learning rate.
    """
    one_of(OWNER, "unit", unit, UNITS)
    given = Horizon(total_steps) if not isinstance(total_steps, Horizon | None) else total_steps
    found: Panels = {}
    if isinstance(what, Mapping):
        if not what:
            raise ValueError(f"{OWNER}: 'what' must hold at least one schedule, got {what!r}")
        for name, x in what.items():
            for label, curve in _curves(x, given, unit, str(name), f"what[{name!r}]"):
                found.setdefault(label, []).append(curve)
    else:
        for label, curve in _curves(what, given, unit, ""):
            found.setdefault(label, []).append(curve)
    labels = [label for label in found if label]
    if "" in found and labels:
        found[labels[0]] = found.pop("") + found[labels[0]]
        found = {label: found[label] for label in labels}
    return found


def _curves(
    what: object, given: Horizon | None, unit: str, label: str, name: str = "what"
) -> Iterator[tuple[str, Curve]]:
    """Panels and their curves."""
    if isinstance(what, Schedule | StepSchedule):
        yield "", _curve(what, given, unit, label)
    elif isinstance(what, Scheduler) and not isinstance(what, type):
        run = _run(what.horizon, given)
        for key in dict.fromkeys(key.split("/")[0] for key in what.last_values()):
            plans = what.plans(key)
            if "." in key and all(_constant(plan) for plan in plans.values()):
                continue  # as the other of two betas
            for group, plan in _merged(plans).items():
                yield key, _curve(plan, run, unit, "/".join(filter(None, (label, group))))
    else:
        must = "be a schedule, one over steps, a ScheduleLR, or a dict of these by label"
        raise TypeError(fault(OWNER, name, must, what))


def _run(own: Horizon | None, given: Horizon | None) -> Horizon | None:
    """The run of a scheduler: its own, unless one is given that differs or knows its epochs."""
    if given is None or own is None:
        return own or given
    return own if given.steps_per_epoch is None and given.total_steps == own.total_steps else given


def _merged(plans: Mapping[str, StepSchedule | Schedule]) -> dict[str, StepSchedule | Schedule]:
    """Equal plans once, under the names of all that have them; one that all have under none."""
    names: dict[StepSchedule | Schedule, list[str]] = {}
    for name, plan in plans.items():
        names.setdefault(plan, []).append(name)
    if len(names) == 1:
        return {"" if len(plans) == 1 else ALL: plan for plan in names}
    return {_joined(found): plan for plan, found in names.items()}


def _constant(x: StepSchedule | Schedule) -> bool:
    return isinstance(x.schedule if isinstance(x, StepSchedule) else x, Constant)


def _joined(names: list[str]) -> str:
    return ", ".join(names) if len(names) < 3 else f"{names[0]} and {len(names) - 1} more"


def _curve(x: Schedule | StepSchedule, given: Horizon | None, unit: str, label: str) -> Curve:
    if isinstance(x, Schedule):
        if given is None and unit == "progress":
            return _by_progress(x, label)
        if given is None:
            raise ValueError(
                f"{OWNER}: unit {unit!r} needs the steps of the run: give total_steps, a number or "
                "a Horizon, or draw the schedule over its progress with unit='progress'"
            )
        x = x.over(given)
    elif given is None:
        given = Horizon(len(x))
    elif len(x) != given.total_steps:
        raise ValueError(
            f"{OWNER}: 'total_steps' must be the {len(x)} steps that the plan has, got "
            f"{given.total_steps}"
        )
    place = _place(given, unit)
    found = [(name, x.first_step(start)) for name, start in phases(x.schedule)]
    named = _named([(name, place(step)) for name, step in found], place(len(x)))
    steps = _steps(x)
    values = [x(k) for k in steps]
    return Curve(label, [place(k) for k in steps], values, True, place(len(x)), named)


def _steps(plan: StepSchedule) -> list[int]:
    """The steps that are drawn."""
    last = len(plan) - 1
    if last < MOST_STEPS:
        return list(range(last + 1))
    found = {i * last // MOST_STEPS for i in range(MOST_STEPS + 1)}
    for edge in edges(plan.schedule, MOST_EDGES):
        first = plan.first_step(edge)
        found.update((first - 1, first))
    return sorted(step for step in found if 0 <= step <= last)


def _by_progress(schedule: Schedule, label: str) -> Curve:
    """A schedule without steps, with both sides of each edge, and of the end."""
    found = {i / POINTS for i in range(POINTS + 1)} | {math.nextafter(1.0, 0.0)}
    for edge in map(float, edges(schedule, MOST_EDGES)):
        found.update((math.nextafter(edge, 0.0), edge))
    places = sorted(found)
    named = _named([(name, float(start)) for name, start in phases(schedule)], 1.0)
    return Curve(label, places, [schedule(t) for t in places], False, 1.0, named)


def _named(starts: list[tuple[str, float]], end: float) -> tuple[Phase, ...]:
    ends = [start for _, start in starts[1:]] + [end]
    found = (Phase(name, start, stop) for (name, start), stop in zip(starts, ends, strict=True))
    seen = [phase for phase in found if phase.start < phase.end]
    return tuple(seen) if 1 < len(seen) <= MOST_PHASES else ()


def _place(horizon: Horizon, unit: str) -> Callable[[int], float]:
    """Where a step stands on the axis: what the run has come to before it."""
    total, epoch = horizon.total_steps, horizon.steps_per_epoch
    update, samples = horizon.samples_per_step, horizon.samples_per_epoch
    if unit == "progress":
        return lambda step: step / total
    if unit == "epoch":
        if epoch is None:
            raise ValueError(
                f"{OWNER}: unit 'epoch' needs the steps of an epoch: give "
                "total_steps=Horizon.epochs(epochs, steps_per_epoch)"
            )
        return lambda step: step / epoch
    if unit == "samples":
        if update is None or samples is None or epoch is None:
            raise ValueError(
                f"{OWNER}: unit 'samples' needs the samples of a step and of an epoch: give "
                "total_steps=Horizon.samples(samples, batch_size, epochs)"
            )
        return lambda step: step // epoch * samples + step % epoch * update
    return lambda step: step
