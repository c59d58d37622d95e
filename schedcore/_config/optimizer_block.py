"""The OPTIMIZER block: which optimizer, and how a model's parameters are grouped for it.

What the block says is read here. Which optimizers there are, and what a model has, is not known.
"""

from typing import Any, NamedTuple

from schedcore._config.document_reader import locate
from schedcore._config.locations import Fault, Path, Place
from schedcore._config.value_types import FLAG, NUMBER, TEXT, WHOLE, Kind, keyed, several, word
from schedcore._config.vocabulary import new_run

_LARC = {"clip": FLAG, "eps": NUMBER, "trust_coefficient": NUMBER}
_HEAD = {"use_different_lr": FLAG, "use_different_wd": FLAG, "weight_decay": NUMBER}
_LAYERS = {"decay": NUMBER, "layers": word("vit", "swin", "convnext", "resnet")}

# The keys that all optimizers share; others are the optimizer's own arguments. All but `heads`, and
# `layers` of the layer-wise decay, are VISSL's.
BLOCK: dict[str, Kind] = {
    "name": TEXT,
    "num_epochs": WHOLE,
    "weight_decay": NUMBER,
    "use_larc": FLAG,
    "larc_config": keyed("larc_config", **_LARC),
    "use_zero": FLAG,
    "regularize_bn": FLAG,
    "regularize_bias": FLAG,
    "non_regularized_parameters": several(TEXT),
    "heads": several(TEXT),
    "head_optimizer_params": keyed("head_optimizer_params", **_HEAD),
    "construct_single_param_group_only": FLAG,
    "param_group_constructor": word("default", "lr_decay", "dino"),
    "layer_wise_lr_decay": keyed("layer_wise_lr_decay", **_LAYERS),
}
# What VISSL's defaults say to every optimizer, whether it takes it or not.
FOR_OTHERS: dict[str, Any] = {"momentum": 0.9, "nesterov": False, "betas": [0.9, 0.999]}


class Block(NamedTuple):
    """An OPTIMIZER block as it was read, and where it stands."""

    settings: dict[str, Any]
    """What it says under the keys of `BLOCK`."""
    arguments: dict[str, Any]
    """The other keys, as they are written."""
    path: Path
    schedules: list[str]
    """The names of its schedules."""

    def get(self, key: str, within: str = "") -> Any:
        """What stands under a key, or under one in the mapping under another; else None."""
        settings = self.settings.get(within) or {} if within else self.settings
        return settings.get(key)

    @property
    def by_layer(self) -> bool:
        """Whether learning rates decay by layer."""
        constructor = self.get("param_group_constructor")
        wished = self.get("layer_wise_lr_decay") is not None
        return constructor == "lr_decay" or (constructor is None and wished)


def read_block(config: object, faults: list[Fault]) -> Block:
    """The OPTIMIZER block of a configuration; what is wrong with it is added to the faults."""
    where = locate(config)
    path = where.path[:-1]
    place = Place(path, new_run(faults, path))
    if "name" not in where.block:
        place.at("name").wrong("is missing: it says which optimizer, such as 'sgd' or 'adamw'")
    found = {
        key: kind.read(where.block[key], place.at(key))
        for key, kind in BLOCK.items()
        if where.block.get(key) is not None
    }
    others = {
        str(key): x for key, x in where.block.items() if key not in (*BLOCK, "param_schedulers")
    }
    block = Block(found, others, path, [str(name) for name in where.schedules])
    _check(block, place)
    return block


def _check(block: Block, place: Place) -> None:
    """Note what does not go together."""
    for name, key in (("weight_decay", ""), ("weight_decay", "head_optimizer_params")):
        x = block.get(name, key)
        if isinstance(x, float) and x < 0:
            place.at(*((key, name) if key else (name,))).wrong(f"must be at least 0, got {x!r}")
    if block.get("use_zero"):
        place.at("use_zero").wrong(
            "is true, but a sharded optimizer is not built here: write false, and shard the model"
        )
    if block.get("use_larc") and str(block.get("name")).lower() != "sgd":
        place.at("use_larc").wrong(
            "is true, but only for sgd: other optimizers divide out what LARC scales by"
        )
    if block.get("use_different_lr", "head_optimizer_params") and "lr_head" not in block.schedules:
        place.at("param_schedulers", "lr_head").wrong("is missing: use_different_lr is true")
    decay = block.get("decay", "layer_wise_lr_decay")
    if block.by_layer and decay is None:
        place.at("layer_wise_lr_decay", "decay").wrong("is missing: lr_decay needs it")
    if decay is not None and not 0 < decay <= 1:
        place.at("layer_wise_lr_decay", "decay").wrong(f"must be above 0, at most 1, got {decay!r}")
    if "lr" in block.arguments:
        place.at("lr").wrong(
            "is not written here but in param_schedulers.lr: {name: constant, value: ...} if it "
            "is one number"
        )


def is_default(name: str, x: object) -> bool:
    """Whether VISSL's defaults say this to every optimizer."""
    if name not in FOR_OTHERS:
        return False
    default = FOR_OTHERS[name]
    return list(x) == default if isinstance(x, tuple | list) else bool(x == default)
