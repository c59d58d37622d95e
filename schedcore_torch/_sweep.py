"""The updates of a range test: batches, losses, learning rates in the groups, and when to stop.

Everything here changes the run; that it is put back afterwards is for the caller to see to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from math import isfinite
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer

from schedcore import StepSchedule
from schedcore._checks import measured
from schedcore._loss_curve import Divergence
from schedcore_torch._given import name_of, scale_of

OWNER = "lr_range_test"
MOST_SKIPPED = 50
"""Updates in a row that GradScaler may skip, while it looks for its scale."""


class Batches:
    """The batches of a loader, which is begun again when it has run out."""

    def __init__(self, loader: Iterable[Any]) -> None:
        self._loader = loader
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
        loss_function: Callable[[Any, Any], Any],
        batches: Batches,
        accumulation: int,
        autocast: AbstractContextManager[Any] | None,
        scaler: GradScaler | None,
    ) -> None:
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
    """The learning rates of an optimizer's groups, in the proportions that they had.

    A group has value * scale: its `lr_scale`, if any group has one; else its initial learning
    rate, as a share of the largest.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self._groups = optimizer.param_groups
        self._scales = _scales(self._groups)
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


def _scales(groups: list[dict[str, Any]]) -> list[float]:
    if any("lr_scale" in group for group in groups):
        return [scale_of(g, "lr_scale", name_of(groups, i)) for i, g in enumerate(groups)]
    initial = [float(group.get("initial_lr", group["lr"])) for group in groups]
    largest = max(initial)
    return [x / largest for x in initial] if largest > 0 else [1.0] * len(groups)


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
    """Tensors, alone or in tuples, lists and dicts, on a device."""
    if isinstance(x, Tensor):
        return x.to(device)
    if isinstance(x, Mapping):
        return {key: _moved(value, device) for key, value in x.items()}
    if isinstance(x, list):
        return [_moved(value, device) for value in x]
    if isinstance(x, tuple):
        moved = [_moved(value, device) for value in x]
        return type(x)(*moved) if hasattr(x, "_fields") else tuple(moved)
    return x
