"""An optimizer, its groups and its ScheduleLR from one configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from os import PathLike
from typing import Any

from torch import nn
from torch.optim import Optimizer

from schedcore import Horizon, Schedule
from schedcore._checks import integer
from schedcore._config.auto_scaling import read_sized
from schedcore._config.files import find, read
from schedcore._config.locations import ConfigError, Fault, Place, hint
from schedcore._config.optimizer_block import Block, read_block
from schedcore._config.vocabulary import new_run
from schedcore_torch._factory.block_groups import (
    block_groups,
    by_part,
    initial,
    lr_of_head,
    weight_decays,
)
from schedcore_torch._factory.optimizer_arguments import (
    arguments_of,
    optimizer_named,
    read_arguments,
)
from schedcore_torch._groups.report import describe
from schedcore_torch.larc import LARC
from schedcore_torch.scheduler import ScheduleLR

_OF_PARTS = ("lr", "lr_head", "weight_decay", "weight_decay_head")


def build(
    config: Mapping[str, Any] | str | PathLike[str],
    model: nn.Module,
    horizon: int | Horizon,
    batch_size: int | None = None,
) -> tuple[Optimizer, ScheduleLR]:
    """The optimizer that an OPTIMIZER block describes, for a model, and its ScheduleLR.

    `scheduler.describe()` says what was built, and what scaling to the batch size changed.

    Parameters:
        config: a mapping with the block, in VISSL's keys and ours; a YAML, TOML or JSON file; or
            the name of a recipe that comes with schedcore. `name` is any optimizer of
            `torch.optim`, its arguments stand beside it.
        model: the module to train; the block says how its parameters are grouped.
        horizon: optimizer updates in the run, or a Horizon.
        batch_size: samples of one update over all processes, for a block with `auto_scale: true`;
            a Horizon that counts samples knows it.

    The groups are VISSL's, by what a parameter is. A norm's weight and bias have weight decay if
    `regularize_bn` (default false), another bias if `regularize_bias` (default true), and all else
    has it, but for what `non_regularized_parameters` names parts of. As VISSL's, the constructors
    `dino` and, but for ResNets, `lr_decay` do not ask these two: biases, norms and vectors have
    none, with `lr_decay` nor what the model's `no_weight_decay()` names. `lr_decay` gives each
    layer the `lr_scale` of `layer_wise_lr_decay.decay`, by the rule of `layers` that fits.
    Arguments that the block does not give have torch's defaults.

    What lies under a module named `head` or `heads`, or what the key `heads` lists as
    `param_groups` does, has its own groups when `head_optimizer_params` or a schedule for it
    (`lr_head`, unless `use_different_lr` is false, or `weight_decay_head`) asks for it.

    Raises:
        ValueError: a line for each thing that is wrong: its path, and what is allowed there.

    >>> model = nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2))
    >>> block = {
    ...     "name": "sgd",
    ...     "momentum": 0.9,
    ...     "weight_decay": 1e-4,
    ...     "param_schedulers": {"lr": {"name": "cosine", "start_value": 0.1, "end_value": 0.0}},
    ... }
    >>> optimizer, scheduler = build({"OPTIMIZER": block}, model, 100)
    >>> scheduler.last_values()
    {'lr/decay': 0.1, 'lr/no_decay': 0.1}
    """
    horizon = horizon if isinstance(horizon, Horizon) else Horizon(horizon)
    with _opened(config) as opened:
        return _build(opened, model, horizon, _batch_size(batch_size, horizon))


@contextmanager
def _opened(config: Any) -> Iterator[Any]:
    if isinstance(config, str | PathLike):
        with read(find(config)) as mapping:
            yield mapping
    else:
        yield config


def _batch_size(given: int | None, horizon: Horizon) -> int | None:
    """The samples of one update, as they are given, or as the horizon knows them."""
    known = horizon.samples_per_step
    if given is None:
        return known
    given = integer("build", "batch_size", given, 1)
    if known not in (None, given):
        raise ValueError(
            f"build: 'batch_size' must be the {known} samples that the horizon has in a step, over "
            f"all processes and accumulated batches, got {given}"
        )
    return given


def _build(
    config: Any, model: nn.Module, horizon: Horizon, batch_size: int | None
) -> tuple[Optimizer, ScheduleLR]:
    faults: list[Fault] = []
    block = read_block(config, faults)
    place = Place(block.path, new_run(faults, block.path))
    schedules, changes = _schedules(config, _epochs(block, horizon, place), batch_size, faults)
    name = block.get("name")
    kind = optimizer_named(name, place.at("name")) if name else None
    arguments = read_arguments(kind, block.arguments, place) if kind else {}
    if kind:
        _refuse_other_numbers(kind, block, schedules, place)
    if faults or kind is None:
        raise ConfigError(dict.fromkeys(faults))
    decays = weight_decays(arguments_of(kind).get("weight_decay", 0.0), block, schedules)
    groups = block_groups(model, block, schedules, {part: initial(x) for part, x in decays.items()})
    given: dict[str, Any] = {key: x for key, x in schedules.items() if key not in _OF_PARTS}
    given["lr"] = by_part(schedules["lr"], lr_of_head(block, schedules), groups)
    if any(isinstance(x, Schedule) for x in decays.values()):
        given["weight_decay"] = by_part(decays["trunk"], decays["head"], groups)
    first = {key: schedules[key](0.0) for key in given if key not in ("lr", "weight_decay")}
    if "weight_decay" in arguments_of(kind):
        first["weight_decay"] = initial(decays["trunk"])
    else:
        for group in groups:
            del group["weight_decay"]
    said = f"{kind.__name__}({', '.join(f'{key}={x!r}' for key, x in arguments.items())})"
    try:
        optimizer = kind(groups, lr=schedules["lr"](0.0), **{**first, **arguments})  # type: ignore[call-arg]
        if block.get("use_larc"):
            larc = block.get("larc_config") or {}
            optimizer = LARC(optimizer, **larc)
            said = f"LARC({', '.join([said, *(f'{key}={x!r}' for key, x in larc.items())])})"
    except (TypeError, ValueError, RuntimeError) as error:
        raise ConfigError([Fault(block.path, f"{kind.__name__}: {error}")]) from error
    scaled = [f"batch size {batch_size}:", *(f"  {change}" for change in changes)]
    parts = [said, *(["\n".join(scaled)] if changes else []), describe(groups)]
    scheduler = ScheduleLR(optimizer, horizon, **given)
    scheduler.preface = "\n\n".join(parts)
    return optimizer, scheduler


def _epochs(block: Block, horizon: Horizon, place: Place) -> int | None:
    """The epochs of the run, of which the block and the horizon must not say different things."""
    said, per_epoch = block.get("num_epochs"), horizon.steps_per_epoch
    if per_epoch is None:
        return None
    epochs = Fraction(horizon.total_steps, per_epoch)
    if said is not None and epochs != said:
        place.at("num_epochs").wrong(
            f"is {said}, but the horizon has {float(epochs):.6g} epochs ({horizon.total_steps} "
            f"steps, of which {per_epoch} are an epoch)"
        )
    return int(epochs) if said is None and epochs.denominator == 1 else None


def _schedules(
    config: Any, epochs: int | None, batch_size: int | None, faults: list[Fault]
) -> tuple[dict[str, Schedule], list[str]]:
    """The schedules, scaled to the batch size if they ask for it, and what that changed."""
    try:
        return read_sized(config, epochs, batch_size)
    except ConfigError as error:
        faults.extend(error.faults)
        return {}, []


def _refuse_other_numbers(
    kind: type[Optimizer], block: Block, schedules: Mapping[str, Schedule], place: Place
) -> None:
    """Note what is scheduled, or given as weight decay, and is no number of the optimizer."""
    numbers = [
        name
        for name, default in arguments_of(kind).items()
        if isinstance(default, int | float) and not isinstance(default, bool)
    ]
    for name in schedules:
        if name.removesuffix("_head") not in ("lr", *numbers) or name not in (*_OF_PARTS, *numbers):
            known = [*_OF_PARTS, *numbers] if "weight_decay" in numbers else ["lr", *numbers]
            place.at("param_schedulers", name).wrong(
                f"is no number of {kind.__name__}'s groups; {hint(name, known)}"
            )
    if block.get("weight_decay") and "weight_decay" not in numbers:
        place.at("weight_decay").wrong(f"is no argument of {kind.__name__}")
