"""Pictures of schedules. What is drawn is told by `_drawn`, what it looks like by `_look`.

Neither is loaded before something is drawn, since all import this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from schedcore.steps import Horizon

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from schedcore._drawing.panels import Panels
    from schedcore._drawing.style import Curve

OWNER = "plot"
NAMES = {"": "value", "lr": "learning rate", "weight_decay": "weight decay"}


def plot(
    what: object,
    total_steps: int | Horizon | None = None,
    unit: str = "step",
    ax: Axes | None = None,
) -> Axes:
    """Draw schedules by step, epoch, progress or samples; needs matplotlib (extra `plot`).

    Each step has one value, which holds until the next: curves over steps are drawn so, from the
    values that training has, and those over progress with both sides of each jump. Phases are
    shaded and named, where all that is drawn has the same. The axis is logarithmic where a quarter
    of a curve, or more, lies at a hundredth of the highest value or below.

    Parameters:
        what: a schedule, one over steps, a `ScheduleLR`, or a dict of these by label. Of a
            ScheduleLR each group has a curve, groups that are alike have one, and what it
            schedules beside the learning rate has panels of its own.
        total_steps: optimizer updates in the run, or a `Horizon`; not needed for what has steps.
        unit: what the axis counts: "step", "epoch" (of a Horizon that knows them), "progress" or
            "samples" (of `Horizon.samples`).
        ax: the axes of matplotlib to draw into, which hold one panel: of a ScheduleLR, the first.
            New ones, in a new figure of pyplot, if there are none.

    Returns:
        the axes, of several the upper ones; `ax.figure.axes` are all.

    Raises:
        TypeError, ValueError: for what is no schedule, and for a unit that the run does not know.
        ModuleNotFoundError: without matplotlib.

    >>> from schedcore import Horizon, warmup_cosine
    >>> run = Horizon.epochs(90, steps_per_epoch=100)
    >>> ax = plot(warmup_cosine(0.1, warmup="5/90"), run, unit="epoch")
    >>> ax.get_xlabel(), float(ax.lines[0].get_ydata()[500])
    ('epoch', 0.1)
    >>> ax.figure.savefig("schedule.svg")  # doctest: +SKIP
    """
    from schedcore._drawing.panels import panels_of
    from schedcore._drawing.style import checked_axes, needs_matplotlib, panels

    needs_matplotlib(OWNER)
    mine = None if ax is None else [checked_axes(OWNER, ax)]
    found = panels_of(what, total_steps, unit)
    axes = mine or panels(len(found))
    _draw(axes, found, unit, above=mine is None)
    return axes[0]


def draw(figure: Figure, what: object, total_steps: int | Horizon | None, unit: str) -> None:
    """Draw what `plot` draws, into an empty figure."""
    from schedcore._drawing.panels import panels_of
    from schedcore._drawing.style import panels

    found = panels_of(what, total_steps, unit)
    _draw(panels(len(found), figure), found, unit, above=True)


def _draw(axes: Sequence[Axes], found: Panels, unit: str, *, above: bool) -> None:
    """The panels that there are axes for; what is along is told by the lowest."""
    from schedcore._drawing.panels import ALL
    from schedcore._drawing.style import INK, colours, decades, dress, explain, lines, shade

    labels = dict.fromkeys(curve.label for curves in found.values() for curve in curves)
    others = [label for label in labels if label != ALL]
    colour_of = dict(zip(others, colours(len(others), len(axes[0].lines)), strict=True))
    for ax, (label, curves) in zip(axes, found.items(), strict=False):
        fresh = not ax.lines
        lines(ax, curves, {ALL: INK, **colour_of})
        bottom = decades(curves) if fresh else None
        if bottom is not None:
            ax.set_yscale("log")
            ax.set_ylim(bottom=bottom, auto=True)
        dress(ax, unit if ax is axes[-1] else "", NAMES.get(label, label))
        if fresh and len({_extent(curve) for curve in curves}) == 1:
            shade(ax, curves[0].phases)
        explain(ax, above=above)


def _extent(curve: Curve) -> tuple[tuple[float, float], ...]:
    """Where its phases are."""
    return tuple((phase.start, phase.end) for phase in curve.phases)
