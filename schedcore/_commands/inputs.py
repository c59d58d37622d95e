"""What commands are given: configuration files or recipes by name, and how long the run is."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

from schedcore._checks import nearest_word
from schedcore._config.auto_scaling import read_sized
from schedcore._config.document_reader import locate, run_epochs
from schedcore._config.files import find, read, shipped
from schedcore.schedule import Schedule, StepSchedule
from schedcore.steps import Horizon, checked_steps

FILE = (
    "a YAML, TOML or JSON file with a schedule or an OPTIMIZER block, or the name of a recipe, "
    "which the command `recipes` lists"
)
HOW_LONG = "give --steps N, or --steps-per-epoch S (and --epochs E)"


class Configured(NamedTuple):
    """A configuration, read: its schedules over a run, by what they schedule and for which part."""

    schedules: Mapping[str, Schedule]
    horizon: Horizon | None
    """The run, where its steps are known."""
    epochs: int | None
    optimizer: str | None
    changes: list[str]
    """What scaling to the batch size changed."""

    def plans(self, label: str = "lr") -> dict[str, Any]:
        """By part of the network, what is scheduled: one without a name, or trunk and head."""
        names = {label: "trunk", f"{label}_head": "head"}
        found = {part: self.schedules[x] for x, part in names.items() if x in self.schedules}
        named = found if len(found) > 1 else dict(zip(("",), found.values(), strict=False))
        return {part: self._over(schedule) for part, schedule in named.items()}

    def last_values(self) -> dict[str, float]:
        """The first values, by label and part: "lr/trunk"."""
        labels = dict.fromkeys(name.removesuffix("_head") for name in self.schedules)
        return {
            f"{label}/{part}": x(0) for label in labels for part, x in self.plans(label).items()
        }

    def _over(self, schedule: Schedule) -> StepSchedule | Schedule:
        return schedule if self.horizon is None else schedule.over(self.horizon)


def add_run(parser: argparse.ArgumentParser) -> None:
    """The options that say how long the run is."""
    parser.add_argument("--steps", type=int, metavar="N", help="optimizer updates in the run")
    parser.add_argument(
        "--epochs", type=int, metavar="E", help="epochs in the run (default: the file's)"
    )
    parser.add_argument(
        "--steps-per-epoch", type=int, metavar="S", help="optimizer updates in an epoch"
    )


def configured(file: str, given: argparse.Namespace, batch_size: int | None) -> Configured:
    """What a file says of the run that is given, scaled to the samples of an update if it asks."""
    with opened(file) as config:
        schedules, changes = read_sized(config, given.epochs, batch_size)
        epochs = run_epochs(config) if given.epochs is None else given.epochs
        optimizer = locate(config).block.get("name")
    named = optimizer if isinstance(optimizer, str) else None
    return Configured(schedules, _horizon(file, given, epochs), epochs, named, changes)


def opened(file: str) -> AbstractContextManager[Mapping[str, Any]]:
    """The configuration in a file, or in a recipe by its name."""
    from schedcore.advice.recipes import RECIPES

    if os.path.splitext(file)[1] or os.path.exists(file) or file in shipped():
        return read(find(file))
    if file in RECIPES:
        return nullcontext(RECIPES[file].at().config())
    raise ValueError(f"{file}: is neither a file nor a recipe; {meant(file)}")


def meant(name: str) -> str:
    """The recipe that was meant, or where they are."""
    from schedcore.advice.recipes import RECIPES

    near = nearest_word(name, (*shipped(), *RECIPES))
    return f"did you mean {near!r}?" if near else "`python -m schedcore recipes` lists them"


def counted_epochs(file: str, epochs: int | None) -> int:
    """The epochs of the run, where they are needed."""
    if epochs is None:
        raise ValueError(f"{file}: has no num_epochs, so give --epochs E")
    return epochs


def _horizon(file: str, given: argparse.Namespace, epochs: int | None) -> Horizon | None:
    if given.steps is not None and given.steps_per_epoch is not None:
        raise ValueError(HOW_LONG)
    if given.steps is not None:
        return Horizon(checked_steps("over", given.steps))
    if given.steps_per_epoch is not None:
        return Horizon.epochs(counted_epochs(file, epochs), given.steps_per_epoch)
    return None
