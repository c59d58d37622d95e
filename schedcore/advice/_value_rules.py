"""Rules of course: how the learning rate begins, how high it goes, how it ends, for whom."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from schedcore.advice._length_rules import restart_at_end
from schedcore.advice._run import Look, Run
from schedcore.advice._wording import found, of, shown
from schedcore.advice.finding import Finding
from schedcore.scaling import scale_lr

SMALL_LR = 1e-4
LARGE_BATCH = 512
HIGH_END = 0.25
FEW_EPOCHS = 10
MANY_EPOCHS = 50
WARMS_ITSELF = ("radam",)
LINEAR_ONLY = ("sgd", "larc", "lars")


def warmup(run: Run) -> Iterator[Finding]:
    """A run that needs a warmup, and begins high."""
    facts = run.facts
    if facts.pretrained or (facts.optimizer or "").lower() in WARMS_ITSELF:
        return
    size = facts.update_size
    for name, look in run.looks.items():
        if look.first <= look.peak / 2:
            continue
        if facts.model == "transformer" and look.peak > SMALL_LR:
            why, severity = "a transformer that is trained from scratch needs a warmup", ""
        elif size is not None and size > LARGE_BATCH:
            why, severity = f"batches of {size} need a warmup", "warning"
        else:
            continue
        yield found(
            "no-warmup",
            f"the learning rate {of(name)}begins at {shown(look.first)}, its peak being "
            f"{shown(look.peak)}, and {why}",
            "begin with one, such as warmup(schedule, 0.05)",
            severity,
        )
        return


def first(run: Run) -> Iterator[Finding]:
    """A first update that does nothing."""
    zeros = min((_zeros(look) for look in run.looks.values() if look.peak > 0), default=0)
    if zeros:
        many = zeros > 1
        yield found(
            "zero-first-lr",
            f"the learning rate of the first {f'{zeros} updates' if many else 'update'} is 0, so "
            f"{'they change' if many else 'it changes'} nothing",
            "start the warmup above 0, or read the schedule with sample='right'",
            "warning" if many else "",
        )


def _zeros(look: Look) -> int:
    """How many steps from the first on have the value 0."""
    i = next(i for i, value in enumerate(look.values) if value != 0)
    if i == 0:
        return 0
    low, high = look.steps[i - 1], look.steps[i]  # of which the one is 0, and the other is not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if look.plan(middle) == 0 else (low, middle)
    return high


def last(run: Run) -> Iterator[Finding]:
    """An end that is not low."""
    few = run.epochs is not None and run.epochs < FEW_EPOCHS
    if run.facts.pretrained or few or run.facts.plateau_updates:
        return
    for name, look in run.looks.items():
        if look.last > HIGH_END * look.peak and restart_at_end(look, len(look.plan)) is None:
            yield found(
                "high-end",
                f"the last learning rate {of(name)}is {shown(look.last)}, and the peak "
                f"{shown(look.peak)}",
                "let it go down, as a cosine does, or add cooldown(schedule, 0.2)",
            )
            return


def one_cycle(run: Run) -> Iterator[Finding]:
    """One cycle over many epochs."""
    if run.epochs is None or run.epochs <= MANY_EPOCHS:
        return
    if any(map(_is_one_cycle, run.looks.values())):
        yield found(
            "one-cycle-long",
            f"one cycle is spread over {run.epochs:.6g} epochs",
            "use a short warmup and a cosine, such as warmup_cosine(peak, 0.05)",
        )


def _is_one_cycle(look: Look) -> bool:
    """Whether values go up for a quarter to a half of the run, then far below the first."""
    top = look.values.index(look.peak)
    share = look.steps[top] / len(look.plan)
    up, down = look.values[: top + 1], look.values[top:]
    held = look.steps[top + down.count(look.peak) - 1] - look.steps[top]
    return (
        0.25 <= share <= 0.5
        and held < 0.05 * len(look.plan)
        and look.peak >= 4 * look.first
        and look.last < look.first / 2
        and all(a <= b for a, b in pairwise(up))
        and all(a >= b for a, b in pairwise(down))
    )


def scaled(run: Run) -> Iterator[Finding]:
    """A learning rate that was left as it was for another batch size."""
    facts, size = run.facts, run.facts.update_size
    if facts.base_lr is None or facts.base_batch_size is None or size is None:
        return
    peak = max(look.peak for look in run.looks.values())
    if size == facts.base_batch_size or peak <= 0:
        return
    linear_only = (facts.optimizer or "").lower() in LINEAR_ONLY
    rules = ("linear",) if linear_only else ("linear", "sqrt")
    rates = {rule: scale_lr(facts.base_lr, facts.base_batch_size, size, rule) for rule in rules}
    off = min(abs(math.log(peak / rate)) for rate in rates.values())
    if off > abs(math.log(peak / facts.base_lr)) + 1e-9:
        meant = " or ".join(f"{shown(rate)} by the {rule} rule" for rule, rate in rates.items())
        yield found(
            "unscaled-lr",
            f"the peak is {shown(peak)} for batches of {size}; {shown(facts.base_lr)} at "
            f"{facts.base_batch_size} would be {meant}",
            "use scale_lr(base_value, base_batch_size, batch_size)",
        )


def floor(run: Run) -> Iterator[Finding]:
    """A floor that lies above what a group should have."""
    looks, meant = run.looks, run.facts.group_lrs
    if meant is None:
        falls = any(look.last < look.peak / 2 for look in looks.values())
        for name, look in looks.items():
            if falls and look.first < look.last == look.peak:
                yield found(
                    "floor-above-group",
                    f"the learning rate of group {name!r} rises until the end, from "
                    f"{shown(look.first)} to {shown(look.last)}, while others fall",
                    "make the floor a share of the group's peak, by lr_scale or relative(schedule)",
                )
        return
    (look,) = looks.values()
    end = look.plan(len(look.plan))  # where it is heading: the last step is just short of that
    for name, lr in meant.items():
        if end > lr:
            yield found(
                "floor-above-group",
                f"group {name!r} is to have at most {shown(lr)}, and the schedule ends at "
                f"{shown(end)}",
                "make the floor a share of the group's peak, by lr_scale or relative(schedule)",
            )


def groups(run: Run) -> Iterator[Finding]:
    """One learning rate for what is trained and what is new."""
    if not (run.facts.pretrained and run.facts.new_layers):
        return
    meant = run.facts.group_lrs
    peaks = set(meant.values()) if meant else {look.peak for look in run.looks.values()}
    if len(peaks) == 1:
        yield found(
            "one-lr",
            "pretrained and new layers have the same learning rate",
            "make two groups, the pretrained one with an lr_scale below 1, such as 0.1",
        )


RULES = (warmup, first, last, one_cycle, scaled, floor, groups)
