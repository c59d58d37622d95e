"""The picture of a run: loss, accuracy, learning rate and weight decay by epoch."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

from schedcore._drawing.style import COLOURS, GREY
from schedcore_torch.demo.training import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def drawn(whole: Run, resumed: Run) -> Figure:
    """A run, and over it the run that went on from its checkpoint."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(10, 6.4), layout="constrained")
    (loss, accuracy), (lr, weight_decay) = figure.subplots(2, 2, sharex=True)
    per_epoch = whole.steps_per_epoch
    for run, colour, name in ((whole, GREY, "whole run"), (resumed, COLOURS[0], "resumed")):
        steps = range(run.seen.first_step, run.seen.first_step + len(run.seen.losses))
        style = "-" if run is whole else "--"
        loss.plot(
            [k / per_epoch for k in steps], run.seen.losses, style, color=colour, lw=1, label=name
        )
        ends = [steps.start // per_epoch + 1 + i for i in range(len(run.seen.accuracies))]
        percent = [100 * x for x in run.seen.accuracies]
        mark = "o" if run is whole else "x"
        accuracy.plot(ends, percent, f"{mark}-", color=colour, ms=4, lw=1, label=name)
    loss.set(yscale="log", ylabel="cross-entropy of a batch (nats)", title="training loss")
    accuracy.set(ylim=(0, 100), ylabel="test digits known (%)", title="accuracy")
    _by_group(lr, whole, resumed, "lr", _layer)
    _by_group(weight_decay, whole, resumed, "weight_decay", _decay)
    lr.set(xlabel="epoch", ylabel="learning rate", title="learning rate, by layer")
    weight_decay.set(xlabel="epoch", ylabel="weight decay", title="weight decay, by group")
    for axes in (loss, accuracy, lr, weight_decay):
        axes.axvline(resumed.seen.first_step / per_epoch, color="black", lw=0.8, ls=":")
        axes.set_xlim(0, whole.epochs)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize="small")
    figure.suptitle("A vision transformer on digits; dotted: the checkpoint it went on from")
    return figure


def as_png(figure: Figure) -> bytes:
    """A figure as the contents of a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    return buffer.getvalue()


def _by_group(axes: Axes, whole: Run, resumed: Run, key: str, part: Callable[[str], str]) -> None:
    """A curve for each part of the groups' names, of which those of one part have one value."""
    from matplotlib import colormaps

    curves: dict[str, str] = {}
    for name in whole.seen.values[0]:
        if name.startswith(f"{key}/"):
            curves.setdefault(part(name.removeprefix(f"{key}/")), name)
    colours = colormaps["cividis"]  # in order, for the colour-blind too
    for i, (label, name) in enumerate(sorted(curves.items(), reverse=True)):
        colour = colours(0.9 * i / max(1, len(curves) - 1))
        for run in (whole, resumed):
            first = run.seen.first_step
            x = [(first + k) / whole.steps_per_epoch for k in range(len(run.seen.values))]
            y = [values[name] for values in run.seen.values]
            if run is whole:
                axes.plot(x, y, color=colour, lw=3, alpha=0.5, label=label)
            else:
                axes.plot(x, y, "--", color="black", lw=0.8)
    axes.plot([], [], "--", color="black", lw=0.8, label="resumed")


def _layer(group: str) -> str:
    return group.removesuffix("_decay").removesuffix("_no").replace("_", " ")


def _decay(group: str) -> str:
    return "no_decay groups" if group.endswith("_no_decay") else "decay groups"
