"""From schedules to configurations: the canonical one of each, of plain values only."""

from fractions import Fraction
from typing import Any

from schedcore._config.ours import CLASSES
from schedcore._exact import as_written
from schedcore.curves import Custom
from schedcore.schedule import Schedule, StepSchedule

_NAMES = {form.build: name for name, form in CLASSES.items()}


def write_schedule(schedule: Schedule, path: str = "") -> dict[str, Any]:
    """The configuration of a schedule; `path` leads to it from the outermost."""
    name = _NAMES.get(type(schedule))
    if name is None:
        raise TypeError(_no_form(schedule, path))
    form = CLASSES[name]
    config: dict[str, Any] = {"name": name}
    for parameter in form.kinds:
        key = f"{path}.{parameter}" if path else parameter
        config[form.key(parameter)] = _written(getattr(schedule, parameter), key)
    return config


def _written(x: object, path: str) -> Any:
    if isinstance(x, tuple):
        return [_written(item, f"{path}[{i}]") for i, item in enumerate(x)]
    if isinstance(x, Fraction):
        return as_written(x)
    return write_schedule(x, path) if isinstance(x, Schedule) else x


def _no_form(x: object, path: str) -> str:
    if isinstance(x, StepSchedule):
        return f"to_config: {x!r} has no configuration; write that of its .schedule"
    if not isinstance(x, Schedule):
        return f"to_config: 'schedule' must be a schedule, got {x!r}"
    where = f", its {path}," if path else ""
    why = "a function" if isinstance(x, Custom) else f"the class {type(x).__qualname__}"
    return f"to_config: {x!r}{where} has no configuration: {why} can not be written into one"
