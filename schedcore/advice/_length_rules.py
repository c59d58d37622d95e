"""Rules of length: whether the schedule lasts as long as training, and is seen in every part."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from schedcore.advice._facts import Facts
from schedcore.advice._run import Look, Run
from schedcore.advice._wording import found, of, shown
from schedcore.advice.finding import Finding
from schedcore.curves import Steps
from schedcore.schedule import Schedule

LITTLE = Fraction(1, 100)
"""A share of the run that is only worth a note."""
MOST_NAMED = 3


def lengths(run: Run) -> Iterator[Finding]:
    """The steps of the schedule beside those that training makes."""
    training, epochs = run.training.total_steps, run.whole_epochs
    for planned in run.planned:
        if planned == run.calls:
            continue
        if planned == epochs:
            yield found(
                "stepped-per-update",
                f"the schedule has {planned} steps, which is the number of epochs, and moves on "
                f"with each of {training} updates",
                f"use over({training}), or move it on once an epoch and say stepped='epoch'",
            )
        elif planned == training:
            yield found(
                "stepped-per-epoch",
                f"the schedule has {planned} steps, one an update, and moves on once in each of "
                f"{run.calls} epochs: it comes to {run.calls / planned:.3g} of its course",
                "move it on after each update",
            )
        else:
            yield _mismatch(planned, run.calls, run.facts)


def _mismatch(planned: int, calls: int, facts: Facts) -> Finding:
    short = planned < calls
    severity = "note" if abs(planned - calls) <= LITTLE * calls else ""
    what = f"training makes {calls} steps, and the schedule has {planned}: " + (
        f"{calls - planned} are made at its last value" if short else "it is not over by then"
    )
    cause = _cause(planned, facts)
    fix = f"use a horizon of {calls} steps{f' ({planned} counts {cause})' if cause else ''}"
    return found("horizon-short" if short else "horizon-long", what, fix, severity)


def _cause(planned: int, facts: Facts) -> str:
    """What was probably forgotten by whoever counted so many steps."""
    mistakes = (
        ({"accumulation": 1}, "batches, not updates of several"),
        ({"world_size": 1}, "what one process alone would make"),
        ({"accumulation": 1, "world_size": 1}, "the batches of one process alone"),
        ({"drop_last": not facts.drop_last}, f"with drop_last={not facts.drop_last}"),
        ({"epochs": 1}, "one epoch"),
    )
    for mistake, said in mistakes:
        counted = None
        try:
            counted = facts.counted(**mistake)
        except ValueError:  # an epoch without a whole update
            continue
        if counted is not None and counted.total_steps == planned:
            return said
    return ""


def unreached(run: Run) -> Iterator[Finding]:
    """Milestones after the end, and pieces that fall between two steps."""
    named: dict[str, None] = {}
    for look in run.looks.values():
        steps = min(run.calls, len(look.plan))
        places, starts = [Fraction(0), *look.places], [0, *look.firsts]
        for place, first in zip(look.places, look.firsts, strict=True):
            if first >= steps:
                named[f"what begins at progress {shown(place)} (step {first} of {steps})"] = None
        for place, first, end in zip(places, starts, look.firsts, strict=False):
            if first == end < steps:
                named[f"the piece at progress {shown(place)}, shorter than a step"] = None
        for value in _at_the_end(look.plan.schedule):
            named[f"the value {value!r}, whose milestone is the end of the run"] = None
    if named:
        first_ones = list(named)[:MOST_NAMED]
        more = f", and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        yield found(
            "milestone-unreached",
            f"never seen: {'; '.join(first_ones)}{more}",
            "move it into the run, or leave it out",
        )


def _at_the_end(schedule: Schedule) -> Iterator[float]:
    """Values of steps that would begin at the end, in a schedule or its parts."""
    if isinstance(schedule, Steps):
        for value, place in zip(schedule.values[1:], schedule.boundaries, strict=True):
            if place == 1:
                yield value
    for name in schedule.__dataclass_fields__:  # type: ignore[attr-defined]
        x = getattr(schedule, name, None)
        for part in x if isinstance(x, tuple) else (x,):
            if isinstance(part, Schedule):
                yield from _at_the_end(part)


def restart(run: Run) -> Iterator[Finding]:
    """A jump up just before the end."""
    for name, look in run.looks.items():
        jump = restart_at_end(look, run.calls)
        if jump is not None:
            step, low, high = jump
            yield found(
                "restart-at-end",
                f"the learning rate {of(name)}goes up from {low:.3g} to {high:.3g} at step "
                f"{step}, {run.calls - step} before the end",
                "let the cycles fill the run exactly, with a fraction such as '1/3' or Repeat",
            )
            return


def restart_at_end(look: Look, calls: int) -> tuple[int, float, float] | None:
    """The step of a restart near the end, and the values around it.

    What begins there is cut off: it has less than half of the steps of what was before.
    """
    end = min(calls, len(look.plan))
    for before, step in pairwise([0, *look.firsts]):
        if end - max(1, int(LITTLE * end)) <= step < end and 2 * (end - step) < step - before:
            low, high = look.plan(step - 1), look.plan(step)
            if high > 2 * low and high > look.peak / 4:
                return step, low, high
    return None


def plateau(run: Run) -> Iterator[Finding]:
    """A plateau that was never told anything."""
    if run.facts.plateau_updates == 0:
        yield found(
            "plateau-unfed",
            "the plateau was never told the metric, so it never reduced the learning rate",
            "update it with the metric after each validation",
        )


RULES = (lengths, unreached, restart, plateau)
