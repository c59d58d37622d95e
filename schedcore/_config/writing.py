"""From schedules to configurations: the canonical one of each, of plain values only."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NoReturn

from schedcore._config.schedcore_names import CLASSES
from schedcore._exact import as_written
from schedcore.curves import Custom
from schedcore.schedule import Schedule, StepSchedule

Config = dict[str, Any]

_NAMES = {form.build: name for name, form in CLASSES.items()}


def write_schedule(schedule: Schedule) -> Config:
    """The configuration of a schedule; TypeError if it, or a part, has none."""
    config: Config = _write(schedule, "", _refuse)
    return config


def identify_schedule(schedule: Schedule) -> Config:
    """The same, but with the name of what has no configuration: to be compared, not to be read."""
    config: Config = _write(schedule, "", _named)
    return config


def _write(x: Any, path: str, without: Callable[[Any, str], Any]) -> Any:
    """`path` leads to x from the outermost schedule; `without` writes what has no configuration."""
    if isinstance(x, tuple):
        return [_write(item, f"{path}[{i}]", without) for i, item in enumerate(x)]
    if isinstance(x, Fraction):
        return as_written(x)
    name = _NAMES.get(type(x))
    if name is None:
        return without(x, path) if isinstance(x, Schedule) or not path else x
    form = CLASSES[name]
    config: Config = {"name": name}
    for parameter in form.kinds:
        inner = f"{path}.{parameter}" if path else parameter
        config[form.key(parameter)] = _write(getattr(x, parameter), inner, without)
    return config


def _refuse(x: object, path: str) -> NoReturn:
    if isinstance(x, StepSchedule):
        raise TypeError(f"to_config: {x!r} has no configuration; write that of its .schedule")
    if not isinstance(x, Schedule):
        raise TypeError(f"to_config: 'schedule' must be a schedule, got {x!r}")
    where = f", its {path}," if path else ""
    why = "a function" if isinstance(x, Custom) else f"the class {type(x).__qualname__}"
    raise TypeError(
        f"to_config: {x!r}{where} has no configuration: {why} can not be written into one"
    )


def _named(x: object, path: str) -> Config:
    named = x.function if isinstance(x, Custom) else type(x)
    name = getattr(named, "__qualname__", None) or type(named).__qualname__
    return {"name": "custom", "function": f"{getattr(named, '__module__', '')}.{name}"}
