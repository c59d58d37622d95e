"""What an OPTIMIZER block says of the groups of a model, of its head and of its trunk."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from schedcore import Schedule
from schedcore._config.locations import ConfigError, Fault
from schedcore._config.optimizer_block import Block
from schedcore_torch._groups.layer_rules import Layers
from schedcore_torch._groups.parameters import Parameter, beginnings, parameters_of
from schedcore_torch.groups import HEAD, Decayed, Group, grouped
from schedcore_torch.layers import RULES, fitting

HEADS = ("head", "heads")
_WD_HEAD = "weight_decay_head"
_SAID_BY = {"no_decay": "non_regularized_parameters", "heads": "heads"}


def _is_split(block: Block, schedules: Mapping[str, Schedule]) -> bool:
    """Whether the head has groups of its own."""
    differs = block.get("use_different_wd", "head_optimizer_params")
    return bool(
        block.get("heads") or differs or lr_of_head(block, schedules) or _WD_HEAD in schedules
    )


def lr_of_head(block: Block, schedules: Mapping[str, Schedule]) -> Schedule | None:
    """The head's own learning rate, unless the block says that it has none."""
    used = block.get("use_different_lr", "head_optimizer_params") is not False
    return schedules.get("lr_head") if used else None


def weight_decays(
    default: float, block: Block, schedules: Mapping[str, Schedule]
) -> dict[str, float | Schedule]:
    """The weight decay of the trunk and of the head: numbers or schedules."""
    number = block.get("weight_decay")
    trunk = schedules.get("weight_decay", float(default if number is None else number))
    head: float | Schedule | None = schedules.get(_WD_HEAD)
    if head is None and block.get("use_different_wd", "head_optimizer_params"):
        head = block.get("weight_decay", "head_optimizer_params")
    return {"trunk": trunk, "head": trunk if head is None else head}


def initial(x: float | Schedule) -> float:
    """The weight decay that a group has at first: of a schedule some value that is not 0.

    A group that starts at 0 would stay at 0.
    """
    if isinstance(x, Schedule):
        return next((y for y in (x(0.0), x(1.0), x(0.5)) if y), 1.0)
    return x


def by_part(trunk: Any, head: Any, groups: list[Group]) -> Any:
    """What the groups of the trunk have, and those of the head."""
    heads = [group["name"] for group in groups if group["name"].endswith(HEAD)]
    return trunk if head is None or not heads else {"*": trunk, **dict.fromkeys(heads, head)}


def block_groups(
    model: nn.Module, block: Block, schedules: Mapping[str, Schedule], decays: Mapping[str, float]
) -> list[Group]:
    """The groups that the block asks for."""
    parameters = parameters_of(model)
    single = block.get("construct_single_param_group_only")
    rules: dict[str, Any] = {}
    try:
        if not single and block.by_layer:
            name = block.get("layers", "layer_wise_lr_decay")
            rules["layer_of"] = RULES[name](model) if name else fitting(model)
            rules["layer_decay"] = block.get("decay", "layer_wise_lr_decay")
        decayed = _decayed(block, rules.get("layer_of"))
        if not single:
            parts = block.get("non_regularized_parameters") or ()
            rules["no_decay"] = [f"*{part}*" for part in parts]
        if not single and _is_split(block, schedules):
            rules["heads"] = block.get("heads") or _heads(parameters)
        return grouped(model, parameters, decayed=decayed, weight_decay=decays, **rules)
    except ValueError as error:
        raise ConfigError([Fault((*block.path, *_place(str(error))), str(error))]) from None


def _decayed(block: Block, layers: Layers | None) -> Decayed:
    """What VISSL's constructors give weight decay."""
    if block.get("construct_single_param_group_only"):
        return Decayed(norms=True, biases=True, vectors=True, models_own=False)
    if block.get("param_group_constructor") == "dino":
        return Decayed(models_own=False)
    if layers is not None and layers.rule != "resnet":
        return Decayed()
    biases = block.get("regularize_bias")
    return Decayed(
        norms=bool(block.get("regularize_bn")),
        biases=biases is None or biases,
        vectors=True,
        models_own=False,
    )


def _place(said: str) -> tuple[str, ...]:
    """Where in the block that stands which an error of the groups is about."""
    if said.startswith("layers"):
        return ("layer_wise_lr_decay",)
    found = re.match(r"\w+: '(\w+)' ", said)
    return (_SAID_BY[found[1]],) if found and found[1] in _SAID_BY else ()


def _heads(parameters: Sequence[Parameter]) -> list[str]:
    """The names that modules of heads have by custom, as far as they are there."""
    names = [name for parameter in parameters for name in parameter.names]
    found = [head for head in HEADS if any(head in name.split(".") for name in names)]
    if not found:
        raise ValueError(
            f"build: 'heads' must list what belongs to the head, since no parameter lies under a "
            f"module named {' or '.join(HEADS)}; the model has {beginnings(names)}"
        )
    return found
