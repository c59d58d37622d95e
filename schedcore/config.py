"""Schedules from VISSL's configurations: mappings, and YAML and JSON files.

A schedule is a mapping with a `name` and that schedule's keys. It stands alone, or as `lr` in the
`param_schedulers` of an `OPTIMIZER` block.
"""

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from typing import NamedTuple

from schedcore._checks import nearest_word
from schedcore._config_node import Config, LocatedError, Node, join, whole
from schedcore._exact import fraction, shares
from schedcore._files import read
from schedcore._pieces import ZERO
from schedcore.combinators import Hold, Join, Restrict
from schedcore.curves import (
    Constant,
    Cosine,
    Exponential,
    InversePower,
    Linear,
    Polynomial,
)
from schedcore.recipes import cosine_restarts, multistep, step_decay
from schedcore.schedule import Schedule


def _constant(node: Node) -> Schedule:
    return Constant(node.number("value"))


def _linear(node: Node) -> Schedule:
    return Linear(node.number("start_value"), node.number("end_value"))


def _cosine(node: Node) -> Schedule:
    return Cosine(node.number("start_value"), node.number("end_value"))


def _exponential(node: Node) -> Schedule:
    start = node.number("start_value")
    return Exponential(start, start * node.number("decay"))


def _polynomial(node: Node) -> Schedule:
    return Polynomial(node.number("base_value"), 0.0, node.number("power"))


def _inverse_sqrt(node: Node) -> Schedule:
    # start * sqrt(w / t), which grows without bound below w; there the start holds.
    start, hold = node.number("start_value"), node.need("warmup_interval_length")
    w = fraction("inverse_sqrt", "warmup_interval_length", hold)
    if not 0 < w < 1:
        node.wrong("warmup_interval_length", f"must be above 0 and below 1, got {hold!r}")
    return Join((Constant(start), InversePower(start, float(w / (1 - w)))), (w, 1 - w))


def _step(node: Node) -> Schedule:
    values = node.numbers("values")
    return multistep(values, range(1, len(values)), total=max(len(values), 1))


def _multistep(node: Node) -> Schedule:
    return multistep(node.numbers("values"), node.list("milestones"), node.epochs("milestones"))


def _step_with_fixed_gamma(node: Node) -> Schedule:
    return step_decay(node.number("base_value"), node.number("gamma"), node.whole("num_decays"))


def _cosine_warm_restart(node: Node) -> Schedule:
    adaptive = node.keys.get("is_adaptive", False)
    if not isinstance(adaptive, bool):
        node.wrong("is_adaptive", f"must be true or false, got {adaptive!r}")
    return cosine_restarts(
        node.number("start_value"),
        node.number("end_value"),
        node.need("restart_interval_length"),
        wave=node.one_of("wave_type", "half", "full"),
        decay=1.0 if node.keys.get("lr_multiplier") is None else node.number("lr_multiplier"),
        adaptive=adaptive,
    )


def _composite(node: Node) -> Schedule:
    children = node.list("schedulers")
    if not children:
        node.wrong("schedulers", "must hold at least one schedule")
    pieces = []
    for i, child in enumerate(children):
        path = join(node.path, f"schedulers[{i}]")
        pieces.append(_schedule(child, path, node.num_epochs))
        interval = child.get("update_interval")
        if interval not in (None, node.keys.get("update_interval", "step")):
            node.wrong(
                f"schedulers[{i}].update_interval",
                f"is {interval!r}, but a composite has one interval for all of its schedulers",
            )
    lengths = node.list("lengths")
    scaling = node.keys.get("interval_scaling") or ["rescaled"] * len(pieces)
    for key, found in (("lengths", lengths), ("interval_scaling", scaling)):
        if not isinstance(found, list | tuple) or len(found) != len(pieces):
            node.wrong(key, f"must be a list of {len(pieces)}, one a schedule, got {found!r}")
    exact = shares("composite", "lengths", lengths)
    start = ZERO
    for i, length in enumerate(exact):
        if scaling[i] not in ("rescaled", "fixed"):
            node.wrong(f"interval_scaling[{i}]", f"must be rescaled or fixed, got {scaling[i]!r}")
        if scaling[i] == "fixed" and length:
            pieces[i] = Restrict(pieces[i], start, start + length)
        start += length
    return Join(pieces, exact)


class _Kind(NamedTuple):
    """How a schedule of one name is built, and the keys that it reads."""

    build: Callable[[Node], Schedule]
    keys: str


_NAMES = {
    "constant": _Kind(_constant, "value"),
    "linear": _Kind(_linear, "start_value end_value"),
    "cosine": _Kind(_cosine, "start_value end_value"),
    "exponential": _Kind(_exponential, "start_value decay"),
    "polynomial": _Kind(_polynomial, "base_value power"),
    "inverse_sqrt": _Kind(_inverse_sqrt, "start_value warmup_interval_length"),
    "step": _Kind(_step, "values"),
    "multistep": _Kind(_multistep, "values milestones"),
    "step_with_fixed_gamma": _Kind(_step_with_fixed_gamma, "base_value gamma num_decays"),
    "cosine_warm_restart": _Kind(
        _cosine_warm_restart,
        "start_value end_value restart_interval_length wave_type lr_multiplier is_adaptive",
    ),
    "composite": _Kind(_composite, "schedulers lengths interval_scaling"),
}
# VISSL's defaults put keys of one schedule beside those of another, so all are known everywhere.
_COMMON = ("name", "update_interval", "num_epochs", "num_updates", "auto_lr_scaling")
_KEYS = tuple(
    dict.fromkeys((*_COMMON, *(key for kind in _NAMES.values() for key in kind.keys.split())))
)


def from_config(config: Config, num_epochs: int | None = None) -> Schedule:
    """The schedule that a configuration describes, in VISSL's vocabulary.

    Parameters:
        config: one schedule, or a mapping that holds one as `OPTIMIZER.param_schedulers.lr`. It is
            not changed.
        num_epochs: epochs of the run, for milestones and `update_interval: epoch`; it goes before
            what the configuration says of its run.

    Raises:
        ValueError: with the path of what is wrong, and what is allowed there.

    >>> from_config({"name": "cosine", "start_value": 0.1, "end_value": 0.0})
    Cosine(start=0.1, end=0.0)
    """
    keys, path, epochs = _located(config)
    if num_epochs is not None:
        epochs = _epochs({"num_epochs": num_epochs}, "")
        keys = {key: x for key, x in keys.items() if key != "num_epochs"}
    schedule = _schedule(keys, path, epochs)
    node = Node(keys, path, _epochs(keys, path) or epochs)
    if keys.get("update_interval") is None:
        return schedule
    if node.one_of("update_interval", "step", "epoch") == "step":
        return schedule
    return Hold(schedule, node.epochs("update_interval"))


def run_epochs(config: Config) -> int | None:
    """The `num_epochs` that a configuration gives for its run, if it does."""
    keys, path, epochs = _located(config)
    return _epochs(keys, path) or epochs


def _located(config: object) -> tuple[Config, str, int | None]:
    """The learning rate's schedule in a configuration, the path to it, and its block's epochs."""
    path, epochs = "", None
    for outer in ("config", "OPTIMIZER"):
        if isinstance(config, Mapping) and outer in config:
            config, path = config[outer], join(path, outer)
    if isinstance(config, Mapping) and "param_schedulers" in config:
        epochs = _epochs(config, path)
        config, path = config["param_schedulers"], join(path, "param_schedulers")
        config, path = _mapping(config, path).get("lr"), join(path, "lr")
    return _mapping(config, path), path, epochs


def _mapping(config: object, path: str) -> Config:
    if not isinstance(config, Mapping):
        raise LocatedError(f"{path or 'config'}: must be a mapping, got {config!r}")
    return config


def _epochs(config: Config, path: str) -> int | None:
    if config.get("num_epochs") is None:
        return None
    epochs = whole(config["num_epochs"], join(path, "num_epochs"))
    if epochs < 1:
        raise LocatedError(f"{join(path, 'num_epochs')}: must be at least 1, got {epochs}")
    return epochs


def _schedule(config: object, path: str, num_epochs: int | None) -> Schedule:
    keys = _mapping(config, path)
    node = Node(keys, path, _epochs(keys, path) or num_epochs)
    for key in keys:
        if key not in _KEYS:
            node.wrong(str(key), f"is not a key of a schedule{_hint(str(key), _KEYS)}")
    name = keys.get("name") or ("composite" if keys.get("schedulers") else node.need("name"))
    if name not in _NAMES:
        node.wrong("name", f"unknown schedule {name!r}{_hint(str(name), _NAMES)}")
    scaling = keys.get("auto_lr_scaling")
    if isinstance(scaling, Mapping) and scaling.get("auto_scale"):
        node.wrong(
            "auto_lr_scaling.auto_scale",
            "is true, so the values depend on the batch size and are not to be trained with as "
            "they stand: write the scaled values, with auto_scale: false",
        )
    try:
        return _NAMES[name].build(node)
    except LocatedError:
        raise
    except (TypeError, ValueError) as error:
        raise LocatedError(f"{path or 'config'}: {error}") from None


def _hint(word: str, known: Iterable[str]) -> str:
    known = tuple(known)
    meant = nearest_word(word, known)
    return f"; did you mean {meant!r}?" if meant else f"; known are {', '.join(known)}"


def load(path: str | PathLike[str], num_epochs: int | None = None) -> Schedule:
    """The schedule that a YAML or JSON file describes; `from_config` says how.

    YAML needs PyYAML, which the extra `cli` brings.

    Raises:
        ValueError: for a file that is no such configuration, with its path.
        OSError: for a file that can not be read.
    """
    try:
        return from_config(read(path), num_epochs)
    except LocatedError as error:
        raise ValueError(f"{path}: {error}") from None
