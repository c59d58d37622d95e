"""The run that a schedule is checked in: its steps, its learning rates by group."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple, Protocol, runtime_checkable

from schedcore._checks import fault
from schedcore._phases import phases
from schedcore.advice._facts import OWNER, Facts
from schedcore.schedule import Schedule, StepSchedule
from schedcore.steps import Horizon

MOST_LOOKED_AT = 2048
"""Steps that are evaluated between the boundaries of a plan."""


@runtime_checkable
class Scheduler(Protocol):
    """What is known of a scheduler, such as `schedcore_torch.ScheduleLR`."""

    horizon: Horizon

    def plans(self) -> Mapping[str, StepSchedule]:
        """The learning rate of each group by step, by its name."""


class Look:
    """A plan, looked at: its boundaries, and its values at enough steps to know its course."""

    def __init__(self, plan: StepSchedule) -> None:
        self.plan = plan
        self.places = [place for _, place in phases(plan.schedule)][1:]
        """Where each piece after the first begins, and at which step."""
        self.firsts = [plan.first_step(place) for place in self.places]
        last = len(plan) - 1
        steps = {i * last // MOST_LOOKED_AT for i in range(MOST_LOOKED_AT + 1)}
        for first in self.firsts:
            steps.update((first - 1, first))
        self.steps = sorted(step for step in steps if 0 <= step <= last)
        """The steps that are looked at, with the first and the last."""

    @cached_property
    def values(self) -> list[float]:
        """The values at `steps`."""
        return [self.plan(step) for step in self.steps]

    @property
    def first(self) -> float:
        """The value of the first step."""
        return self.values[0]

    @property
    def last(self) -> float:
        """The value of the last step."""
        return self.values[-1]

    @cached_property
    def peak(self) -> float:
        """The highest value."""
        return max(self.values)


class Run(NamedTuple):
    """Everything that a rule may look at."""

    looks: Mapping[str, Look]
    """By group; one without a name where it is the same for all."""
    planned: tuple[int, ...]
    """The steps of the schedule; those of the horizon, where it does not say what training is."""
    training: Horizon
    """The updates that training makes."""
    facts: Facts

    @property
    def epochs(self) -> float | None:
        """The epochs of the run, if they are known."""
        per_epoch = self.training.steps_per_epoch
        return self.facts.epochs if per_epoch is None else self.training.total_steps / per_epoch

    @property
    def whole_epochs(self) -> int | None:
        """The epochs of the run, with the last one begun, if they are known."""
        return _epochs_in(self.training) or self.facts.epochs

    @property
    def calls(self) -> int:
        """How often the schedule is moved on."""
        epochs = self.whole_epochs if self.facts.stepped == "epoch" else None
        return epochs or self.training.total_steps


def run_of(schedule: object, horizon: int | Horizon | None, facts: Facts) -> Run:
    """The run, from what `check` was given."""
    facts = facts.checked()
    given = Horizon(horizon) if not isinstance(horizon, Horizon | None) else horizon
    own = _own_horizon(schedule)
    counted = facts.counted()
    training = counted or given or _of_epochs(own, facts.epochs)
    if training is None:
        raise TypeError(
            f"{OWNER}: 'horizon' is missing: give the optimizer updates of the run, or samples, "
            "batch_size and epochs"
        )
    known = _epochs_in(training)
    if facts.epochs not in (None, known or facts.epochs):
        raise ValueError(
            f"{OWNER}: 'epochs' must be the {known} of the horizon, got {facts.epochs}"
        )
    if facts.stepped == "epoch" and known is None and facts.epochs is None:
        raise TypeError(f"{OWNER}: 'stepped' says nothing without epochs, here or in a Horizon")
    lengths = [own, given if own is None or counted is not None else None]
    if isinstance(schedule, Schedule):
        plans: Mapping[str, StepSchedule] = {"": schedule.over(given or training)}
    else:
        plans = {"": schedule} if isinstance(schedule, StepSchedule) else schedule.plans()  # type: ignore[attr-defined]
        if facts.group_lrs is not None and "" not in plans:
            raise TypeError(f"{OWNER}: the scheduler knows its groups, so 'group_lrs' is too much")
        if not plans:
            raise ValueError(f"{OWNER}: the scheduler has no schedule for 'lr'")
    looks = {name: Look(plan) for name, plan in plans.items()}
    planned = dict.fromkeys(x.total_steps for x in lengths if x is not None)
    return Run(looks, tuple(planned), training, facts)


def _epochs_in(horizon: Horizon) -> int | None:
    """The epochs of a horizon, with the last one begun, if it knows them."""
    per_epoch = horizon.steps_per_epoch
    return None if per_epoch is None else -(-horizon.total_steps // per_epoch)


def _of_epochs(own: Horizon | None, epochs: int | None) -> Horizon | None:
    """The run of a scheduler: of so many epochs, where these are said and it knows their length."""
    if own is None or epochs is None or own.steps_per_epoch is None:
        return own
    return Horizon.epochs(epochs, own.steps_per_epoch)


def _own_horizon(x: object) -> Horizon | None:
    """The horizon that whatever is to be checked has itself; a plain schedule has none."""
    if isinstance(x, Schedule):
        return None
    if isinstance(x, StepSchedule):
        return Horizon(x.total_steps)
    if not isinstance(x, type) and isinstance(x, Scheduler):
        return x.horizon
    must = "be a schedule, a schedule over steps, or a ScheduleLR"
    raise TypeError(fault(OWNER, "schedule", must, x))
