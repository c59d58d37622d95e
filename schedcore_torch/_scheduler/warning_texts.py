"""What only a run can show, worded, each with its code; `schedcore.advice.codes` documents them.

Nothing is looked at here on the quick way of a step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from schedcore import Schedule


def past_the_end(end: int, position: int) -> str:
    """A scheduler that was moved beyond its last step."""
    return (
        f"the run of {end} steps is over, and this is step {position}: the values stay what the "
        "schedule ends with; extend(total_steps) makes it longer [past-the-end]"
    )


STEP_BEFORE_UPDATE = (
    "step() was called before the first optimizer.step(): step 0 of the schedule is skipped; call "
    "optimizer.step() first [step-before-update]"
)


def rare_steps(updates: int) -> str:
    """An epoch of updates without a step of the scheduler."""
    return (
        f"the optimizer has made {updates} updates, an epoch, and step() was never called: the "
        "horizon counts updates, so call it after each optimizer.step() [rare-steps]"
    )


def overwritten(given: object, groups: Sequence[Mapping[str, Any]]) -> str:
    """What is to be said where one schedule gives groups of several rates the same; else nothing.

    A group with an `lr_scale` says how it differs.
    """
    if not isinstance(given, Schedule | float | int) or any("lr_scale" in x for x in groups):
        return ""
    rates = list(dict.fromkeys(float(group["lr"]) for group in groups if "lr" in group))
    if len(rates) < 2:
        return ""
    return (
        f"the groups have the learning rates {', '.join(map(repr, rates))}, and one schedule gives "
        "all of them the same: keep them apart by lr_scale in the groups, relative(schedule), or "
        "a schedule for each name [overwritten-groups]"
    )
