"""The steps of a run that may have been extended: which progress each step reads.

A run of N steps that was extended at step k to T has two stretches: the steps before k read k/N
and so on, those from k on what was left then, evenly over what is left now. No optimizer here.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from fractions import Fraction
from itertools import islice
from typing import NamedTuple

from schedcore import Constant, Join, Restrict, Schedule, StepSchedule
from schedcore.steps import Reading, reading


class Stretch(NamedTuple):
    """The steps from `start`, where the progress is `progress`, up to `end`, where it is 1."""

    start: int
    progress: Fraction
    end: int

    def over(self, schedule: Schedule, sample: str) -> StepSchedule:
        """The schedule on the steps of this stretch, counted from its start."""
        steps = self.end - self.start
        if self.progress == 1:
            return Constant(schedule(1.0)).over(steps)
        whole = self.progress == 0
        return (schedule if whole else Restrict(schedule, self.progress, 1)).over(steps, sample)


class Timeline(NamedTuple):
    """A run of `total` steps, and the steps and totals of its extensions."""

    total: int
    sample: str = "left"
    seams: tuple[tuple[int, int], ...] = ()

    @property
    def end(self) -> int:
        """The steps of the run as it is now."""
        return self.seams[-1][1] if self.seams else self.total

    @property
    def stretches(self) -> list[Stretch]:
        """The stretches of the run, in order."""
        found = [Stretch(0, Fraction(0), self.total)]
        for start, end in self.seams:
            found.append(Stretch(start, self._within(found[-1], start), end))
        return found

    def progress(self, step: int) -> Fraction:
        """The progress at which a step begins."""
        found = self.stretches
        return self._within(found[_index([x.start for x in found], step)], step)

    def _within(self, stretch: Stretch, step: int) -> Fraction:
        start, progress, end = stretch
        steps = end - start - (self.sample == "both")
        share = Fraction(step - start, steps) if steps else Fraction(1)
        return progress + (1 - progress) * min(max(share, Fraction(0)), Fraction(1))

    def first_step(self, progress: Fraction) -> int:
        """The first step that begins at a progress or later."""
        low, high = 0, self.end
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self.progress(middle) >= progress else (middle + 1, high)
        return low

    def extended(self, step: int, end: int) -> Timeline:
        """The same run, lasting until `end` from `step` on."""
        return self._replace(seams=(*(x for x in self.seams if x[0] < step), (step, end)))

    def plan(self, schedule: Schedule) -> Callable[[int], float]:
        """The value of a schedule at each step of the run, beyond its end too."""
        if not self.seams:
            return _called(schedule, reading(self.total, self.sample))
        stretches = self.stretches
        plans = [stretch.over(schedule, self.sample) for stretch in stretches]
        starts = [stretch.start for stretch in stretches]

        def value(step: int) -> float:
            i = _index(starts, step)
            return plans[i](step - starts[i])

        return value

    def whole(self, schedule: Schedule) -> StepSchedule:
        """The schedule on all steps of the run, its extensions as parts of one."""
        if self.seams:
            stretches = self.stretches
            ends = [x.start for x in stretches[1:]] + [self.end]
            stops = [x.progress for x in stretches[1:]] + [Fraction(1)]
            parts = [
                Restrict(schedule, x.progress, stop)
                if x.progress < stop
                else Constant(schedule(1.0))
                for x, stop in zip(stretches, stops, strict=True)
            ]
            shares = [
                Fraction(end - x.start, self.end) for x, end in zip(stretches, ends, strict=True)
            ]
            schedule = Join(parts, shares)
        return schedule.over(self.end, self.sample)

    def below_zero(self, schedule: Schedule, plan: Callable[[int], float]) -> list[int]:
        """Steps at which the values are, or may be, below 0.

        All are looked at, but where functions, or more than a million steps, would take too long.
        """
        low, _ = schedule._range()
        if low >= 0:
            return []
        if low == -math.inf or self.end > MOST_LOOKED_AT:
            return [*self.marks(schedule), self.end]
        return [*islice((step for step in range(self.end + 1) if plan(step) < 0), 1)]

    def marks(self, schedule: Schedule) -> list[int]:
        """All steps of a short run; of a long one where pieces begin and end, and some between."""
        if self.end <= MOST_MARKS:
            return list(range(self.end))
        found = {0, self.end - 1}
        for stretch in self.stretches:
            start, last = stretch.start, stretch.end - stretch.start - 1
            found.update(start + i * last // (MOST_MARKS - 1) for i in range(MOST_MARKS))
            for boundary in stretch.over(schedule, self.sample).boundaries:
                found.update((start + boundary - 1, start + boundary))
        return sorted(step for step in found if 0 <= step < self.end)


MOST_MARKS = 1024
MOST_LOOKED_AT = 1_000_000


def _index(starts: list[int], step: int) -> int:
    """Which stretch a step is in."""
    return max(bisect_right(starts, step) - 1, 0)


def _called(schedule: Schedule, at: Reading) -> Callable[[int], float]:
    """The same as `schedule.over(...)` for steps from 0 on, in half the time."""
    last, shift, parts = at

    def value(step: int) -> float:
        return schedule((step + shift) / parts if step < last else (last + shift) / parts)

    return value
