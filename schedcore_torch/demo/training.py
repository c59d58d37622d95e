"""The run: epochs of updates, what was seen in each, and a checkpoint to go on from."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer

from schedcore import Horizon
from schedcore._atomic_write import replace
from schedcore_torch.demo.data import Digits, batches
from schedcore_torch.demo.model import Vit
from schedcore_torch.factory import build
from schedcore_torch.scheduler import ScheduleLR

CONFIG = Path(__file__).with_name("digits_vit.yaml")
BATCH_SIZE = 32


@dataclass
class Seen:
    """What a run saw, from the step that it began at."""

    first_step: int = 0
    losses: list[float] = field(default_factory=list)
    """The loss of each update."""
    values: list[dict[str, float]] = field(default_factory=list)
    """What each update found in the optimizer's groups: `{"lr/layer_0_decay": 0.1, ...}`."""
    accuracies: list[float] = field(default_factory=list)
    """The share of the test digits that is known after each epoch."""


class Run:
    """A model, its optimizer and its scheduler, made anew: of the seed, or of a checkpoint."""

    def __init__(self, data: tuple[Digits, Digits], epochs: int, seed: int) -> None:
        self.data, self.epochs, self.seed = data, epochs, seed
        self.steps_per_epoch = len(data[0].images) // BATCH_SIZE
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.model = Vit()
        horizon = Horizon.epochs(epochs, self.steps_per_epoch)
        self.optimizer: Optimizer
        self.scheduler: ScheduleLR
        self.optimizer, self.scheduler = build(CONFIG, self.model, horizon)
        self.seen = Seen()

    @property
    def epoch(self) -> int:
        """The epochs that are done."""
        return self.scheduler.position // self.steps_per_epoch

    def train_epoch(self, show: Callable[[float], object]) -> float:
        """Train for an epoch, showing the loss of each update; the accuracy after it."""
        train, test = self.data
        self.model.train()
        for batch in batches(train, BATCH_SIZE, self.seed, self.epoch):
            loss = cross_entropy(self.model(batch.images), batch.digits)
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.seen.values.append(self._values())
            self.optimizer.step()
            self.scheduler.step()
            self.seen.losses.append(loss.item())
            show(self.seen.losses[-1])
        self.seen.accuracies.append(accuracy(self.model, test))
        return self.seen.accuracies[-1]

    def _values(self) -> dict[str, float]:
        groups = self.optimizer.param_groups
        keys = ("lr", "weight_decay")
        return {f"{key}/{group['name']}": group[key] for group in groups for key in keys}

    def state(self) -> dict[str, Any]:
        """All that a run goes on from."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "seed": self.seed,
        }

    def save(self, path: Path) -> None:
        """Write a checkpoint."""
        buffer = io.BytesIO()
        torch.save(self.state(), buffer)
        replace(path, buffer.getvalue())

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint."""
        saved = torch.load(path, weights_only=True)
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.scheduler.load_state_dict(saved["scheduler"])
        self.seed = saved["seed"]
        self.seen.first_step = self.scheduler.position


@torch.no_grad()
def accuracy(model: nn.Module, data: Digits) -> float:
    """The share of the digits that the model knows."""
    model.eval()
    right = model(data.images).argmax(dim=1) == data.digits
    return int(right.sum()) / len(right)
