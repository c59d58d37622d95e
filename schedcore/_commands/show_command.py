"""`show`: a configured schedule in text: its phases, a table of its values, its curve."""

import argparse
import shutil
from collections.abc import Iterator

import numpy as np

from schedcore._commands.inputs import FILE, HOW_LONG, add_run, configured
from schedcore._commands.output import write
from schedcore._phases import phases
from schedcore._text_table import table
from schedcore.schedule import StepSchedule

HELP = "print a configured schedule: phases, values, curve"
EXAMPLE = "show swav_resnet50_400ep --steps-per-epoch 312"
ROWS = 11
CURVE_HEIGHT = 16
CURVE_POINTS = 400


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `show`."""
    parser.add_argument("file", metavar="FILE", help=FILE)
    add_run(parser)
    parser.add_argument(
        "--batch-size",
        type=int,
        metavar="B",
        help="samples in an update, for a file with auto_scale: true",
    )


def run(given: argparse.Namespace) -> int:
    """Print the schedule of a file."""
    found = configured(given.file, given, given.batch_size)
    if found.horizon is None:
        raise ValueError(HOW_LONG)
    plans = found.plans()
    parts = [f"{name}:\n{shown(x)}" if name else shown(x) for name, x in plans.items()]
    if given.batch_size is not None:
        said = found.changes or ["nothing was scaled: no auto_lr_scaling has auto_scale: true"]
        parts[:0] = [f"batch size {given.batch_size}:", *(f"  {line}" for line in said), ""]
    write("\n".join(parts))
    return 0


def shown(plan: StepSchedule) -> str:
    """The phases of a run, a table of its values, and its curve."""
    blocks = [
        [["phase", "first step", "last step", "first value", "last value"], *_phases(plan)],
        [["step", "progress", "value"], *_rows(plan)],
    ]
    parts = [repr(plan), *map(table, blocks), _curve(plan)]
    return "\n\n".join(parts) + "\n"


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
