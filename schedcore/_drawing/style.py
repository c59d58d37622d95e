"""What all our pictures look like: colours, axes, shaded phases, legends.

The drawing library is imported when something is drawn, and no setting of it is changed. What is
drawn is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito 2008, "Color Universal Design", without the yellow, which is too pale for a line.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
INK, GREY, PALE = "0.2", "0.6", "0.945"
FEW = 50
WIDTH, HEIGHT = 8.0, 3.4
"""Inches: 800 pixels wide, as a README shows it."""
LINE_LENGTH = 92
"""Letters of a legend beside each other."""


class Phase(NamedTuple):
    """A stretch of an axis with a name."""

    name: str
    start: float
    end: float


class Curve(NamedTuple):
    """A line: its values at places along the axis."""

    label: str
    x: list[float]
    y: list[float]
    stepped: bool
    """Whether each value holds until the next place."""
    end: float
    """Where the run ends."""
    phases: tuple[Phase, ...]
    """Its phases, if there are several, but not too many."""


def needs_matplotlib(owner: str) -> None:
    """Refuse to draw without matplotlib, naming what brings it."""
    try:
        import matplotlib  # noqa: F401
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{owner} needs matplotlib: pip install 'schedcore-lr[plot]'", name=error.name
        ) from None


def checked_axes(owner: str, ax: object) -> Axes:
    """The axes that were given to draw into."""
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        raise TypeError(f"{owner}: 'ax' must be the Axes of matplotlib, got {ax!r}")
    return ax


def panels(count: int, figure: Figure | None = None) -> list[Axes]:
    """Axes below each other, with one axis along: of a new figure of pyplot, or of this."""
    if figure is None:
        from matplotlib import pyplot

        figure = pyplot.figure(layout="constrained")
    figure.set_size_inches(WIDTH, HEIGHT + (count - 1) * HEIGHT / 2)
    ratios = [2] + [1] * (count - 1)
    found = figure.subplots(count, 1, sharex=True, squeeze=False, height_ratios=ratios)
    return [*found[:, 0]]


def colours(count: int, first: int = 0) -> list[str]:
    """As many colours, of which the first are taken: told apart by all eyes, or in one order."""
    if count + first <= len(COLOURS):
        return list(COLOURS[first : first + count])
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colormaps["viridis"](0.88 * i / max(count - 1, 1))) for i in range(count)]


def lines(ax: Axes, curves: Sequence[Curve], colour_of: Mapping[str, str]) -> None:
    """The curves, each by its label in its colour; where steps are few, with a dot at each."""
    for curve in curves:
        ax.plot(
            curve.x,
            curve.y,
            color=colour_of[curve.label],
            label=_plain(curve.label) or None,
            linewidth=1.8,
            drawstyle="steps-post" if curve.stepped else "default",
            marker="o" if len(curve.x) <= FEW else "",
            markersize=3.5,
        )
        if curve.stepped:  # the last value, which holds until the end
            ax.hlines(curve.y[-1], curve.x[-1], curve.end, colour_of[curve.label], linewidth=1.8)
    ax.margins(x=0.01)


def _plain(label: str) -> str:
    """A label as it stands there: no formula, no letters that can not be written, none hidden.

    Labels that begin with "_" are left out of legends; those that begin with a space are not.
    """
    written = label.encode("utf-8", "replace").decode("utf-8").replace("$", r"\$")
    return f" {written}" if written.startswith("_") else written


def decades(curves: Sequence[Curve]) -> float | None:
    """Where a logarithmic axis begins; None for a linear one.

    It is logarithmic where a quarter of a curve lies at a hundredth of the highest value or below.
    What is exactly 0, such as the first value of a warmup, is not seen then, and the last stretch
    of a curve that goes to 0 leaves the picture below.
    """
    highest = max(max(curve.y) for curve in curves)
    above_zero = [sorted(y for y in curve.y if y > 0) for curve in curves]
    if min(min(curve.y) for curve in curves) < 0 or not all(above_zero):
        return None
    if all(ys[(len(ys) - 1) // 4] > highest / 99 for ys in above_zero):
        return None
    lowest = min(max(ys[0], ys[len(ys) // 20] / 10) for ys in above_zero)
    return lowest / float((highest / lowest) ** 0.05)


def dress(ax: Axes, xlabel: str, ylabel: str) -> None:
    """Labels, few lines, plain numbers."""
    from matplotlib.ticker import EngFormatter, MaxNLocator, NullFormatter, StrMethodFormatter

    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(visible=True, color="0.85", linewidth=0.6)
    ax.set_axisbelow(True)
    if ax.get_xscale() == "linear":
        whole = xlabel not in ("progress", "")
        ax.xaxis.set_major_locator(MaxNLocator("auto", integer=whole, steps=[1, 2, 2.5, 5, 10]))
        ax.xaxis.set_major_formatter(EngFormatter(sep="") if whole else StrMethodFormatter("{x:g}"))
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())


def shade(ax: Axes, phases: Sequence[Phase]) -> None:
    """Shade every other phase, and write the names above what is drawn, where there is room.

    Phases of one name have it once: "4 x Cosine".
    """
    for i, phase in enumerate(phases):
        ax.axvspan(phase.start, phase.end, color=PALE if i % 2 == 0 else "white", zorder=0, lw=0)
    if not phases:
        return
    named = list(phases)
    if len({phase.name for phase in phases}) == 1:
        joined = f"{len(phases)} \N{MULTIPLICATION SIGN} {phases[0].name}"
        named = [phase._replace(name=joined, end=phases[-1].end) for phase in phases[:1]]
    box = ax.get_window_extent()
    low, high = ax.get_xlim()
    scale = (high - low) / box.width
    written, free = 0.0, min(phase.start for phase in phases)
    for name, start, end in named:
        text = ax.text(
            0, 0.99, name, transform=ax.get_xaxis_transform(), va="top", size="small", color="0.35"
        )
        size = text.get_window_extent()
        width, gap = 1.12 * size.width * scale, 0.5 * size.height * scale
        left = max(min((start + end - width) / 2, high - width), free)
        if left + width > high or left > end:
            text.remove()
            continue
        text.set_x(left)
        free, written = left + width + gap, max(written, size.height)
    _make_room(ax, 1.5 * written / box.height)


def _make_room(ax: Axes, share: float) -> None:
    """Let a share of the height above the lines be free."""
    low, high = ax.get_ylim()
    if ax.get_yscale() == "log":
        high *= (high / low) ** (share / (1 - share))
    else:
        high += (high - low) * share / (1 - share)
    ax.set_ylim(low, high, auto=True)


def explain(ax: Axes, *, above: bool) -> None:
    """A legend of all labelled lines, if there are any: above the axes, or where there is room."""
    handles, labels = ax.get_legend_handles_labels()
    if not handles:
        return
    title = None
    if len(handles) > len(COLOURS):
        last = len(handles) - 1
        kept = [i * last // 4 for i in range(5)]
        title = f"{len(kept)} of {len(handles)} curves"
        handles, labels = [handles[i] for i in kept], [labels[i] for i in kept]
    lengths = [len(label) + 6 for label in labels]  # with the line that stands before it
    one_row = sum(lengths) <= LINE_LENGTH
    columns = len(labels) if one_row else max(1, LINE_LENGTH // max(lengths))
    place: dict[str, Any] = {}
    if above:
        place = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "ncols": columns}
    ax.legend(
        handles, labels, title=title, frameon=not above, fontsize="small", title_fontsize="small",
        alignment="left", **place,
    )  # fmt: skip
