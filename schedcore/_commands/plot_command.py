"""`plot`: a picture of configured schedules, as a PNG, SVG or PDF file."""

import argparse
import os
from io import BytesIO
from typing import Any

from schedcore._atomic_write import replace
from schedcore._commands.inputs import FILE, Configured, add_run, configured, counted_epochs
from schedcore._commands.output import write
from schedcore.steps import Horizon

HELP = "draw configured schedules into a PNG, SVG or PDF file"
EXAMPLE = "plot deit swin -o vit.svg --steps-per-epoch 1251 --unit epoch"
_COUNTED = "--samples N with --batch-size B"
_NEEDED = {
    "step": "--steps N, or --steps-per-epoch S (and --epochs E)",
    "epoch": f"--steps-per-epoch S (and --epochs E), or {_COUNTED}",
    "samples": _COUNTED,
}
# What else would differ from one run to the next.
FORMATS: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `plot`."""
    parser.add_argument("files", metavar="FILE", nargs="+", help=FILE)
    parser.add_argument(
        "-o", "--output", metavar="PICTURE", required=True, help="a .png, .svg or .pdf file"
    )
    parser.add_argument(
        "--unit",
        choices=("step", "epoch", "progress", "samples"),
        help="what is counted along the picture (default: step, or progress without steps)",
    )
    add_run(parser)
    parser.add_argument("--samples", type=int, metavar="N", help="samples in an epoch")
    parser.add_argument(
        "--batch-size",
        type=int,
        metavar="B",
        help="samples in an update, for --samples, and for a file with auto_scale: true",
    )


def run(given: argparse.Namespace) -> int:
    """Draw the schedules of all files, and write the picture once it is whole."""
    suffix = os.path.splitext(given.output)[1].lower()
    if suffix not in FORMATS:
        raise ValueError(f"{given.output}: must be a .png, .svg or .pdf file")
    names = [os.path.splitext(os.path.basename(file))[0] for file in given.files]
    found = {
        name if names.count(name) == 1 else file: _configured(file, given)
        for name, file in zip(names, given.files, strict=True)
    }
    unit = given.unit
    if unit is None:
        unit = "progress" if any(x.horizon is None for x in found.values()) else "step"
    if not all(_counts(x.horizon, unit) for x in found.values()):
        raise ValueError(f"--unit {unit} needs {_NEEDED[unit]}")
    replace(given.output, _drawn(found, unit, suffix))
    write(f"{given.output}\n")
    return 0


def _configured(file: str, given: argparse.Namespace) -> Configured:
    found = configured(file, given, given.batch_size)
    if given.samples is None:
        return found
    if given.batch_size is None or found.horizon is not None:
        raise ValueError(
            "--samples goes with --batch-size B (and --epochs E), not with --steps or "
            "--steps-per-epoch"
        )
    epochs = counted_epochs(file, found.epochs)
    return found._replace(horizon=Horizon.samples(given.samples, given.batch_size, epochs))


def _counts(run: Horizon | None, unit: str) -> bool:
    """Whether the steps of a run can be counted so."""
    if unit == "progress" or run is None:
        return unit == "progress"
    known = {"step": 1, "epoch": run.steps_per_epoch, "samples": run.samples_per_step}
    return known[unit] is not None


def _drawn(found: dict[str, Configured], unit: str, suffix: str) -> bytes:
    """The picture, the same at each time."""
    from schedcore._drawing.style import needs_matplotlib
    from schedcore.plotting import draw

    needs_matplotlib("plot")
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    figure, data = Figure(layout="constrained"), BytesIO()
    draw(figure, found, None, unit)
    with rc_context({"svg.hashsalt": "schedcore"}):
        figure.savefig(data, format=suffix[1:], metadata=FORMATS[suffix], dpi=150)
    return data.getvalue()
