"""From configurations to schedules: where in one they stand, and everything that is wrong."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from schedcore._checks import integer
from schedcore._config.locations import ConfigError, Fault, Path, Place, shown
from schedcore._config.vocabulary import Config, new_run, read_schedule, with_epochs
from schedcore.combinators.hold import MOST_UPDATES, Hold
from schedcore.schedule import Schedule

SCALED = ("lr", "lr_head")
_NO_BATCH_SIZE = (
    "is true, so the values depend on the batch size: pass batch_size, the samples of one update "
    "over all processes, or write false"
)
_NO_LEARNING_RATE = "is true, but only lr and lr_head are scaled"


class Located(NamedTuple):
    """The schedules of a configuration by name, and the block that they stand in."""

    schedules: Mapping[Any, Any]
    path: Path
    block: Config

    def path_to(self, name: str) -> Path:
        """Where a schedule stands."""
        return (*self.path, name) if self.path or self.block else ()


def locate(config: object) -> Located:
    """The schedules in `OPTIMIZER.param_schedulers`; one that stands alone is `lr`."""
    path: Path = ()
    for outer in ("config", "OPTIMIZER"):
        if isinstance(config, Mapping) and outer in config:
            config, path = config[outer], (*path, outer)
    if not isinstance(config, Mapping):
        raise ConfigError([Fault(path, f"must be a mapping, got {shown(config)}")])
    if "param_schedulers" not in config and not path:
        return Located({"lr": config}, (), {})
    path = (*path, "param_schedulers")
    schedules = config.get("param_schedulers")
    if not isinstance(schedules, Mapping):
        given = "got none" if schedules is None else f"got {shown(schedules)}"
        raise ConfigError([Fault(path, f"must be a mapping with the schedule lr, {given}")])
    if "lr" not in schedules:
        raise ConfigError([Fault((*path, "lr"), f"is missing, got {shown(list(schedules))}")])
    return Located(schedules, path, config)


def read_schedules(
    config: object, num_epochs: int | None = None, *, to_be_scaled: bool = False
) -> dict[str, Schedule]:
    """All schedules of a configuration, by name.

    `num_epochs` goes before what the configuration says of its run. A configuration that asks for
    automatic scaling is one `to_be_scaled`, and is read as it is written; else that is a fault.
    ConfigError tells all faults at once.
    """
    if num_epochs is not None:
        num_epochs = integer("from_config", "num_epochs", num_epochs, 1, MOST_UPDATES)
    where = locate(config)
    faults: list[Fault] = []
    found = {}
    for name, keys in where.schedules.items():
        path = where.path_to(str(name))
        unscaled = "" if to_be_scaled else _NO_BATCH_SIZE
        if name not in SCALED:
            unscaled = _NO_LEARNING_RATE
        run = new_run(faults, path, interval=_interval(keys), unscaled=unscaled, epochs=num_epochs)
        place = with_epochs(where.block, Place(path[:-2], run, num_epochs))
        found[str(name)] = _read(keys, place._replace(path=path))
    if faults:
        raise ConfigError(dict.fromkeys(faults))
    return {name: schedule for name, schedule in found.items() if schedule is not None}


def _read(keys: object, place: Place) -> Schedule | None:
    """The outermost schedule, held if its interval is an epoch."""
    try:
        schedule = read_schedule(keys, place)
    except RecursionError:
        place.wrong("is nested too deeply")
        return None
    if place.run.interval == "epoch" and isinstance(keys, Mapping):
        epochs = with_epochs(keys, place).at("update_interval").counted_epochs()
        return Hold(schedule, epochs) if schedule and epochs else None
    return schedule


def run_epochs(config: object) -> int | None:
    """The `num_epochs` that a configuration gives for its run, if it does."""
    where = locate(config)
    path = where.path_to("lr")
    place = with_epochs(where.block, Place(path[:-2], new_run()))
    return with_epochs(where.schedules["lr"], place).epochs


def _interval(keys: object) -> str:
    epoch = isinstance(keys, Mapping) and keys.get("update_interval") == "epoch"
    return "epoch" if epoch else "step"
