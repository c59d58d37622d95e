"""The updates of a range test: batches, losses, learning rates in the groups, and when to stop.

Everything here changes the run; that it is put back afterwards is for the caller to see to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from inspect import signature
from math import isfinite
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer

from schedcore import Schedule, StepSchedule
from schedcore._checks import fault, measured
from schedcore._loss_curve import Divergence
from schedcore_torch._scheduler.ownership import writer_of
from schedcore_torch._scheduler.spec import name_of, scale_of

OWNER = "lr_range_test"
MOST_SKIPPED = 50
"""Updates in a row that GradScaler may skip, while it looks for its scale."""


class Batches:
    """The batches of a loader, which is begun again when it has run out."""

    def __init__(self, loader: Any) -> None:
        if not hasattr(loader, "__iter__") and not hasattr(loader, "__getitem__"):
            raise TypeError(fault(OWNER, "loader", "give batches, such as a DataLoader", loader))
        self._loader: Iterable[Any] = loader
        self._iterator: Iterator[Any] | None = None
        self._given = 0

    def next(self) -> Any:
        """The next batch."""
        for _ in range(2):
            if self._iterator is None:
                self._iterator = iter(self._loader)
            for batch in self._iterator:
                self._given += 1
                return batch
            if self._iterator is self._loader:
                raise ValueError(
                    f"{OWNER}: 'loader' is an iterator, which ran out after {self._given} batches "
                    "and can not be begun again: give what it iterates over, such as a DataLoader"
                )
            self._iterator = None
        raise ValueError(f"{OWNER}: 'loader' gives no batch")


class Update:
    """One update of a model by a loss function: its gradients from `accumulation` batches."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer,
        loss_function: Any,
        batches: Batches,
        accumulation: int,
        autocast: Any,
        scaler: GradScaler | None,
    ) -> None:
        if not callable(loss_function):
            raise TypeError(fault(OWNER, "loss_function", "be a function", loss_function))
        if autocast is not None and not isinstance(autocast, AbstractContextManager):
            must = "be a context, such as torch.autocast('cuda')"
            raise TypeError(fault(OWNER, "autocast", must, autocast))
        # Its class's, since torch's schedulers replace its own.
        _, *parameters = signature(type(optimizer).step).parameters.values()
        if any(x.default is x.empty and x.kind is x.POSITIONAL_OR_KEYWORD for x in parameters):
            raise TypeError(
                f"{OWNER}: {type(optimizer).__name__} can not step without a closure: give a "
                "training_step, which makes it"
            )
        if not any(p.requires_grad for group in optimizer.param_groups for p in group["params"]):
            raise ValueError(f"{OWNER}: the optimizer has no parameter that requires grad")
        self._model, self._optimizer, self._loss_function = model, optimizer, loss_function
        self._batches, self._accumulation = batches, accumulation
        self._autocast, self._scaler = autocast or nullcontext(), scaler
        self._device = next((p.device for p in model.parameters()), torch.device("cpu"))

    def __call__(self) -> float:
        """Make the update; the loss before it, the mean over its batches."""
        self._optimizer.zero_grad()
        total = 0.0
        for _ in range(self._accumulation):
            loss = self._loss()
            total += measured(OWNER, "loss", loss)
            if not isfinite(total):
                return total
            share = loss / self._accumulation
            scaled = share if self._scaler is None else self._scaler.scale(share)
            scaled.backward()  # type: ignore[no-untyped-call]
        if self._scaler is None:
            self._optimizer.step()
        else:
            self._scaler.step(self._optimizer)
            self._scaler.update()
        return total / self._accumulation

    def _loss(self) -> Tensor:
        batch = self._batches.next()
        if not isinstance(batch, tuple | list) or len(batch) != 2:
            raise TypeError(
                f"{OWNER}: 'loader' must give pairs of input and target, got "
                f"{type(batch).__name__}: give a training_step, which may take any batch"
            )
        given, target = _moved(batch, self._device)
        with self._autocast:
            loss = self._loss_function(self._model(given), target)
        if not isinstance(loss, Tensor) or loss.numel() != 1:
            raise TypeError(
                f"{OWNER}: 'loss_function' must return a tensor of one number, got {loss!r}"
            )
        return loss.reshape(())


class Rates:
    """The learning rates of an optimizer's groups: a value times the `proportions`, at each step.

    Making it takes tensors apart that groups share.
    """

    def __init__(self, groups: list[dict[str, Any]], proportions: Sequence[float]) -> None:
        self._groups, self._scales = groups, proportions
        self._written: list[float] = []
        for group in self._groups:
            if isinstance(group["lr"], Tensor):
                group["lr"] = group["lr"].detach().clone()  # which SGD shares between groups

    def write(self, value: float) -> None:
        """Give each group its share of a learning rate."""
        for group, scale in zip(self._groups, self._scales, strict=True):
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(value * scale)
            else:
                group["lr"] = value * scale
        self._written = [float(group["lr"]) for group in self._groups]

    def refuse_others(self) -> None:
        """Refuse that someone else has written learning rates too."""
        for i, (group, written) in enumerate(zip(self._groups, self._written, strict=True)):
            if float(group["lr"]) != written:
                raise ValueError(
                    f"{OWNER}: the update set 'lr' of group {name_of(self._groups, i)!r} to "
                    f"{float(group['lr'])!r}, and it is swept: leave schedulers out of it"
                )


def proportions(optimizer: Optimizer) -> list[float]:
    """What a learning rate is multiplied by in each group; nothing is changed.

    Where a ScheduleLR gives the groups different schedules: the highest rate that it gives each,
    as a share of the largest. Where it gives them one, or a group has an `lr_scale`: their
    `lr_scale`. Else their initial learning rates, as shares of the largest.
    """
    groups = optimizer.param_groups
    names = [name_of(groups, i) for i in range(len(groups))]
    rates = [_rate(group, name) for group, name in zip(groups, names, strict=True)]
    scheduler = writer_of(optimizer, "lr")
    if scheduler is not None and not isinstance(scheduler._given["lr"], Schedule | int | float):
        return _shares([float(plan.values().max()) for plan in scheduler.plans().values()])
    if scheduler is None and not any("lr_scale" in group for group in groups):
        return _shares(rates)
    pairs = zip(groups, names, strict=True)
    return [scale_of(group, "lr_scale", name, OWNER) for group, name in pairs]


def _rate(group: Mapping[str, Any], name: str) -> float:
    """A group's initial learning rate; that it has now must be a number too."""
    lr = group.get("lr")
    try:
        now = measured(OWNER, "lr", lr)
    except TypeError:
        must = f"{OWNER}: 'lr' of group {name!r} must be a number"
        raise TypeError(f"{must}, got {lr!r}: give the optimizer a learning rate") from None
    return float(group.get("initial_lr", now))


def _shares(rates: list[float]) -> list[float]:
    largest = max(rates)
    return [x / largest for x in rates] if largest > 0 else [1.0] * len(rates)


def swept(
    update: Callable[[], object],
    rates: Rates,
    plan: StepSchedule,
    scaler: GradScaler | None,
    show: Callable[[float, float], object],
) -> tuple[list[float], list[float]]:
    """Learning rates and losses, one for each update that was made, until the loss diverges."""
    lrs: list[float] = []
    losses: list[float] = []
    watch, skipped = Divergence(), 0
    while len(lrs) < len(plan):
        lr = plan(len(lrs))
        rates.write(lr)
        scale = None if scaler is None else scaler.get_scale()
        loss = measured(OWNER, "loss", update())
        rates.refuse_others()
        if isfinite(loss) and scaler is not None and scaler.get_scale() < (scale or 0.0):
            skipped += 1
            if skipped <= MOST_SKIPPED:
                continue  # the learning rate is still to be tried
            if lrs:
                break
            raise ValueError(f"{OWNER}: the scaler skipped the first {skipped} updates")
        skipped = 0
        lrs.append(lr)
        losses.append(loss)
        show(lr, loss)
        if watch.add(loss):
            break
    return lrs, losses


def _moved(x: Any, device: torch.device) -> Any:
    """What can be moved, alone or in tuples, lists and dicts, on a device."""
    if callable(getattr(x, "to", None)):  # a tensor, a packed sequence, a tokenizer's batch
        return x.to(device)
    if isinstance(x, Mapping):
        moved = copy(x) if isinstance(x, MutableMapping) else dict(x)
        for key, value in x.items():
            moved[key] = _moved(value, device)
        return moved
    if isinstance(x, list):
        return [_moved(value, device) for value in x]
    if isinstance(x, tuple):
        parts = [_moved(value, device) for value in x]
        return type(x)(*parts) if hasattr(x, "_fields") else tuple(parts)
    return x
