"""lr_range_test: a model trained at ever higher learning rates, and put back as it was.

What the losses suggest is schedcore.range_test's; how updates are made, and put back, are rooms of
their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.amp import GradScaler
from torch.optim import Optimizer

from schedcore import Exponential, Schedule, StepSchedule
from schedcore._checks import fault, integer, positive
from schedcore_torch._range_test.result import RangeTest
from schedcore_torch._range_test.snapshot import RunSnapshot
from schedcore_torch._range_test.sweep import OWNER, Batches, Rates, Update, proportions, swept
from schedcore_torch._scheduler.ownership import unwatched


def lr_range_test(
    model: nn.Module,
    optimizer: Optimizer,
    loss_function: Callable[[Any, Any], Any] | None = None,
    loader: Iterable[Any] | None = None,
    *,
    training_step: Callable[..., Any] | None = None,
    start: float = 1e-7,
    end: float = 10.0,
    steps: int = 100,
    shape: Callable[[float, float], Schedule] = Exponential,
    accumulation: int = 1,
    autocast: AbstractContextManager[Any] | None = None,
    scaler: GradScaler | None = None,
    progress: bool = True,
) -> RangeTest:
    """Train at ever higher learning rates until the loss diverges, and put all back as it was.

    Update k of `steps` is made at the learning rate `shape(start, end)` at progress k/(steps - 1).
    Groups keep their proportions: those of the peaks, where a `ScheduleLR` gives them different
    schedules; else their `lr_scale`, if one has it or a ScheduleLR gives all of them one schedule,
    so that the result is the peak of that; else those of their initial learning rates. Of peaks
    and initial learning rates, the largest is swept.

    Parameters:
        model: trained in the mode that it is in; if that is eval mode, in train mode.
        optimizer: its groups' "lr" is swept.
        loss_function: called with the model's output and the target; it returns a tensor.
        loader: gives pairs of input and target, which are moved to the model's device. It is begun
            again when it has run out.
        training_step: instead of a loss function; makes one update of `optimizer` itself, with
            whatever belongs to it, and returns the loss, a number or a tensor. It is called with a
            batch if there is a `loader`, else with nothing. In several processes, let it return
            the mean over them, so that all stop at the same update.
        start, end: the lowest and the highest learning rate, above 0.
        steps: updates; one that `scaler` skips is made again.
        shape: the class of the sweep: `Exponential`, or `Linear`.
        accumulation: batches for one update; the loss is their mean.
        autocast: what to compute the loss in, such as `torch.autocast("cuda")`.
        scaler: scales the loss, likewise; where there is a `training_step`, it is the one used
            there.
        progress: show a progress bar on a terminal, if tqdm is installed.

    Returns:
        a `RangeTest`; its `suggestion` says what to take of it.

    Put back, bit for bit, also after an exception or Ctrl-C: what model, optimizer, scaler, loader
    and sampler hold in tensors, gradients, numbers, lists, dicts and random generators, and a loss
    function or a training step that is a module, a method of one, or a partial of these; so
    weights, buffers, states, modes and requires_grad; and the random states of Python, numpy and
    torch. That takes memory for a second copy of all of their tensors, on their devices; what has
    not changed is not written. Other objects that they hold, or that a function refers to, are not
    put back (a second model goes into a ModuleList with the first), nor are datasets, nor batches
    to an iterator: a loader with persistent workers has one only, so do not call this in a loop
    over it. A ScheduleLR of the optimizer sees nothing of it.

    Raises:
        ValueError, TypeError: for what can not be swept so, a loader that gives nothing or can not
            be begun again, a training step that sets learning rates itself.

    Source: Smith 2017, "Cyclical Learning Rates for Training Neural Networks", arXiv:1506.01186,
    section 3.3.

    >>> import torch
    >>> _ = torch.manual_seed(0)
    >>> model = torch.nn.Linear(4, 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> inputs = torch.randn(64, 4)
    >>> loader = [(inputs, inputs.sum(1, keepdim=True))]
    >>> test = lr_range_test(model, optimizer, torch.nn.MSELoss(), loader)
    >>> suggestion = test.suggestion
    >>> 0.01 < suggestion.steepest < 1.0 < suggestion.diverged_at
    True
    """
    plan = _plan(start, end, steps, shape)
    if not isinstance(model, nn.Module):
        raise TypeError(
            f"{OWNER}: 'model' must be a torch module, got {model!r}: several go into a ModuleList"
        )
    if not isinstance(optimizer, Optimizer):
        raise TypeError(fault(OWNER, "optimizer", "be a torch optimizer", optimizer))
    accumulation = integer(OWNER, "accumulation", accumulation, 1)
    if not isinstance(progress, bool):
        raise TypeError(fault(OWNER, "progress", "be True or False", progress))
    if scaler is not None and not isinstance(scaler, GradScaler):
        raise TypeError(fault(OWNER, "scaler", "be a GradScaler of torch", scaler))
    batches = None if loader is None else Batches(loader)
    if training_step is not None:
        if loss_function is not None or accumulation != 1 or autocast is not None:
            raise TypeError(
                f"{OWNER}: give a loss_function, with accumulation and autocast, or a "
                "training_step, which sees to all of that itself"
            )
        update = _stepping(training_step, batches)
    elif loss_function is None or batches is None:
        raise TypeError(f"{OWNER}: give a loss_function and a loader, or a training_step")
    else:
        update = Update(model, optimizer, loss_function, batches, accumulation, autocast, scaler)
    shares = proportions(optimizer)
    snapshot = RunSnapshot(model, optimizer, loss_function, training_step, scaler, loader)
    with unwatched(optimizer, OWNER), torch.enable_grad():
        try:
            if not model.training:
                model.train()
            with _bar(len(plan), progress) as show:
                rates = Rates(optimizer.param_groups, shares)
                lrs, losses = swept(update, rates, plan, scaler, show)
        finally:
            snapshot.restore()
    return RangeTest(tuple(lrs), tuple(losses))


def _plan(
    start: float, end: float, steps: int, shape: Callable[[float, float], Schedule]
) -> StepSchedule:
    """The learning rate of each update."""
    lowest, highest = positive(OWNER, "start", start), positive(OWNER, "end", end)
    steps = integer(OWNER, "steps", steps, 1)
    if not lowest < highest:
        raise ValueError(f"{OWNER}: 'end' must be above 'start', {start!r}, got {end!r}")
    schedule = shape(lowest, highest) if callable(shape) else None
    if not isinstance(schedule, Schedule):
        raise TypeError(fault(OWNER, "shape", "be Exponential, or another class of curve", shape))
    plan = schedule.over(steps, "both")
    values = plan.values()
    if values[0] <= 0 or (np.diff(values) <= 0).any():
        raise ValueError(fault(OWNER, "shape", "rise from 'start' to 'end'", shape))
    return plan


def _stepping(
    training_step: Callable[..., object], batches: Batches | None
) -> Callable[[], object]:
    """A training step, with its batches if there are any."""
    if not callable(training_step):
        raise TypeError(fault(OWNER, "training_step", "be a function", training_step))
    if batches is None:
        return training_step
    return lambda: training_step(batches.next())


@contextmanager
def _bar(total: int, progress: bool) -> Iterator[Callable[[float, float], object]]:
    """What shows a learning rate and its loss: on a terminal, if tqdm is installed."""
    try:
        from tqdm.auto import tqdm
    except ModuleNotFoundError:
        progress = False
    if not progress:
        yield lambda lr, loss: None
        return
    with tqdm(total=total, desc="LR range test", disable=None) as bar:

        def show(lr: float, loss: float) -> None:
            bar.set_postfix_str(f"lr {lr:.2e}, loss {loss:.4g}", refresh=False)
            bar.update()

        yield show
