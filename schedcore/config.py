"""Schedules from configurations and back: mappings, and YAML, TOML and JSON files.

A schedule is a mapping with a `name` and that schedule's keys. It stands alone, or as `lr` in the
`param_schedulers` of an `OPTIMIZER` block. What reads them is loaded when it is needed: few
programs read one, and all import this.
"""

from collections.abc import Mapping
from os import PathLike
from typing import Any

from schedcore.schedule import Schedule


def from_config(
    config: Mapping[str, Any], num_epochs: int | None = None, *, batch_size: int | None = None
) -> Schedule:
    """The schedule that a configuration describes, in VISSL's vocabulary and ours.

    Parameters:
        config: one schedule, or a mapping that holds one as `OPTIMIZER.param_schedulers.lr`. It is
            not changed.
        num_epochs: epochs of the run, for milestones and `update_interval: epoch`; it goes before
            what the configuration says of its run.
        batch_size: samples of one update over all processes, for a configuration that asks to be
            scaled to it, as `scale_config` says.

    Raises:
        ValueError: a line for each thing that is wrong: its path, and what is allowed there.

    >>> from_config({"name": "cosine", "start_value": 0.1, "end_value": 0.0})
    Cosine(start=0.1, end=0.0)
    """
    from schedcore._config.auto_scaling import read_sized

    schedules, _ = read_sized(config, num_epochs, batch_size)
    return schedules["lr"]


def to_config(schedule: Schedule) -> dict[str, Any]:
    """The configuration of a schedule, of plain values: `from_config` gives an equal schedule.

    It is the same for equal schedules, and has all parameters, also those at their defaults.

    Parameters:
        schedule: any, of our classes.

    Raises:
        TypeError: for a `Custom`, alone or as a part, since a function can not be written; and
            for a schedule of a class that is not ours.

    >>> from schedcore import Linear
    >>> to_config(Linear(0.0, 0.1) + 1.0)
    {'name': 'sum', 'left': {'name': 'linear', 'start_value': 0.0, 'end_value': 0.1}, 'right': 1.0}
    """
    from schedcore._config.writing import write_schedule

    return write_schedule(schedule)


def load(
    path: str | PathLike[str], num_epochs: int | None = None, *, batch_size: int | None = None
) -> Schedule:
    """The schedule that a YAML, TOML or JSON file describes; `from_config` says how.

    YAML needs PyYAML, and TOML before Python 3.11 tomli; the extra `cli` brings both.

    Parameters:
        path: a file that ends with .yaml, .yml, .toml or .json.
        num_epochs, batch_size: as `from_config` takes them.

    Raises:
        ValueError: a line for each thing that is wrong: the file, in YAML the line, and the path.
        OSError: for a file that can not be read.

    >>> import json, os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "schedule.json")
    ...     with open(path, "w") as file:
    ...         json.dump({"name": "cosine", "start_value": 0.1, "end_value": 0.0}, file)
    ...     load(path)
    Cosine(start=0.1, end=0.0)
    """
    from schedcore._config.files import read

    with read(path) as config:
        return from_config(config, num_epochs, batch_size=batch_size)


def scale_config(
    config: Mapping[str, Any], batch_size: int, *, node_batch_size: int | None = None
) -> tuple[dict[str, Any], list[str]]:
    """A configuration with the learning rates for a batch size, and what was changed, in words.

    Where `auto_lr_scaling` says `auto_scale: true`, the schedule is rewritten so that its learning
    rate is lr = `scale_lr(base_value, base_lr_batch_size, batch_size, scaling_type)`:

        cosine, cosine_warm_restart   start_value = lr, end_value in proportion
        multistep, step               the first of values = lr, the others in proportion
        step_with_fixed_gamma, polynomial          base_value = lr
        exponential, inverse_sqrt                  start_value = lr
        constant                                   value = lr
        linear       a warmup: end_value = lr, and with node_batch_size
                     start_value = base_value * node_batch_size / base_lr_batch_size
        composite    each part. If batch_size is not above base_lr_batch_size, the warmups that it
                     begins with are removed; the other lengths keep their proportions.

    In the result `auto_scale` is false, so that it is not scaled again.

    Parameters:
        config: as `from_config` takes it. It is not changed; what asks for no scaling stays.
        batch_size: samples of one update over all processes.
        node_batch_size: those of one machine, from which VISSL's warmups start.

    Returns:
        a new configuration, and one line for each change, with the path in the given one:
        `schedulers[0].end_value: 4.8 -> 2.4`.

    Raises:
        ValueError: for a configuration that can not be scaled: a schedule without a rule, a first
            value of 0 to keep a proportion to, a linear schedule that goes down (it is no warmup),
            another that goes up, a constant below the rest of its composite, a warmup that would
            start above its end, warmups alone. All of it is told at once.

    Source: VISSL's documentation, "Auto-scaling of Learning Rate", after Goyal et al. 2017,
    arXiv:1706.02677. Unlike VISSL's code this removes no warmup of a larger batch, keeps values
    that are not geometric in proportion, and leaves `start_value` alone unless told.

    >>> config = {
    ...     "name": "cosine", "start_value": 0.1, "end_value": 0.0,
    ...     "auto_lr_scaling": {"auto_scale": True, "base_value": 0.1, "base_lr_batch_size": 256},
    ... }
    >>> scaled, changes = scale_config(config, 1024)
    >>> changes
    ['start_value: 0.1 -> 0.4']
    """
    from schedcore._config.scaling_rules import scaled

    return scaled(config, batch_size, node_batch_size)
