"""The command line: `python -m schedcore show FILE`."""

import argparse
import shutil
import sys
from collections.abc import Iterator, Sequence

import numpy as np

from schedcore._config.files import find, read, shipped
from schedcore._config.reading import run_epochs
from schedcore._phases import phases
from schedcore._table import table
from schedcore.config import from_config
from schedcore.scaling import scale_config
from schedcore.schedule import StepSchedule
from schedcore.steps import Horizon

ROWS = 11
CURVE_HEIGHT = 16
CURVE_POINTS = 400


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m schedcore", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser("show", help="print a configured schedule: phases, values, curve")
    show.add_argument(
        "file",
        help="a YAML, TOML or JSON file with a schedule or an OPTIMIZER block, or the name of a "
        f"recipe that comes with schedcore: {', '.join(shipped())}",
    )
    show.add_argument("--steps", type=int, help="optimizer updates in the run")
    show.add_argument("--epochs", type=int, help="epochs in the run (default: the file's)")
    show.add_argument("--steps-per-epoch", type=int, help="optimizer updates in an epoch")
    show.add_argument(
        "--batch-size", type=int, help="samples in an update, for a file with auto_scale: true"
    )
    given = parser.parse_args(arguments)
    try:
        text = _show(given)
    except (OSError, ValueError, TypeError) as error:
        sys.stderr.write(f"{_said(error)}\n")
        return 2
    _write(text)
    return 0


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)  # a line for each fault


def _show(given: argparse.Namespace) -> str:
    changes: list[str] = []
    with read(find(given.file)) as config:
        schedule = from_config(config, given.epochs, batch_size=given.batch_size)
        if given.batch_size is not None:
            _, changes = scale_config(config, given.batch_size)
        epochs = run_epochs(config) if given.epochs is None else given.epochs
    if (given.steps is None) == (given.steps_per_epoch is None):
        raise ValueError("give --steps N, or --steps-per-epoch S (and --epochs E)")
    if given.steps is not None:
        plan = schedule.over(given.steps)
    elif epochs is None:
        raise ValueError(f"{given.file}: has no num_epochs, so give --epochs E")
    else:
        plan = schedule.over(Horizon.epochs(epochs, given.steps_per_epoch))
    if given.batch_size is None:
        return shown(plan)
    said = changes or ["nothing was scaled: no auto_lr_scaling has auto_scale: true"]
    scaled = [f"batch size {given.batch_size}:", *(f"  {line}" for line in said)]
    return "\n".join([*scaled, "", shown(plan)])


def shown(plan: StepSchedule) -> str:
    """The phases of a run, a table of its values, and its curve."""
    blocks = [
        [["phase", "first step", "last step", "first value", "last value"], *_phases(plan)],
        [["step", "progress", "value"], *_rows(plan)],
    ]
    parts = [repr(plan), *map(table, blocks), _curve(plan)]
    return "\n\n".join(parts) + "\n"


def _write(text: str) -> None:
    """Write to a terminal, or to a file in whatever encoding it has."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))


def _phases(plan: StepSchedule) -> Iterator[list[str]]:
    found = list(phases(plan.schedule))
    starts = [plan.first_step(place) for _, place in found]
    for (name, _), first, end in zip(found, starts, [*starts[1:], len(plan)], strict=True):
        if first < end:
            yield [name, str(first), str(end - 1), _short(plan(first)), _short(plan(end - 1))]
        else:
            yield [name, "none", "none", "", ""]


def _rows(plan: StepSchedule) -> Iterator[list[str]]:
    for step in _spread(len(plan), ROWS):
        yield [str(step), _short(step / len(plan)), _short(plan(step))]


def _spread(count: int, most: int) -> list[int]:
    """At most so many of the steps, evenly, with the first and the last."""
    places = np.linspace(0, count - 1, min(count, most)).round()
    return [int(step) for step in places]


def _short(x: float) -> str:
    return f"{x:.6g}"


def _curve(plan: StepSchedule) -> str:
    try:
        import plotext
    except ModuleNotFoundError:
        raise ValueError("the curve needs plotext: pip install 'schedcore-lr[cli]'") from None
    steps = _spread(len(plan), CURVE_POINTS)
    ticks = _spread(len(plan), 5)
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(min(shutil.get_terminal_size().columns, 100), CURVE_HEIGHT)
    plotext.plot(steps, [plan(step) for step in steps])
    plotext.xticks(ticks, [str(tick) for tick in ticks])
    plotext.xlabel("step")
    drawn = plotext.uncolorize(plotext.build())
    return "\n".join(line.rstrip() for line in drawn.splitlines())
