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
    from schedcore._config.sized import read_sized

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
