"""RangeTest: the curve that a range test found, as a value; what it suggests, and its picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from schedcore import LRSuggestion, RangeTestInconclusive, suggest_lr
from schedcore._checks import fault, measured
from schedcore._drawing.style import (
    COLOURS,
    GREY,
    checked_axes,
    dress,
    explain,
    needs_matplotlib,
    panels,
)
from schedcore._loss_curve import capped, divergence, fitted

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class RangeTest:
    """Learning rates and losses of a range test: what `lr_range_test` returns.

    Attributes:
        lrs: the learning rates, above 0 and ascending; of the largest group, if several.
        losses: the loss before the update at each; the last may be NaN or infinite.

    Raises:
        ValueError, TypeError: for what are no numbers, not as many, or no such learning rates.

    >>> lrs = [10 ** (x / 10) for x in range(-50, 10)]
    >>> test = RangeTest(lrs, [1 / (1 + 100 * lr) + lr**2 for lr in lrs])
    >>> test.suggestion.steepest < 0.01 < 10 * test.suggestion.min_over_10
    True
    """

    lrs: tuple[float, ...]
    losses: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("lrs", "losses"):
            found = (measured("RangeTest", name, x) for x in getattr(self, name))
            # All NaN are one object, so that tests with it are equal and hash alike.
            values = tuple(math.nan if math.isnan(x) else x for x in found)
            object.__setattr__(self, name, values)
        if len(self.lrs) != len(self.losses):
            raise ValueError(
                f"RangeTest: 'lrs' and 'losses' must be as many, got {len(self.lrs)} and "
                f"{len(self.losses)}"
            )
        ascending = all(a < b for a, b in zip((0.0, *self.lrs), self.lrs, strict=False))
        if not ascending or math.inf in self.lrs:
            must = "be above 0, finite and ascending"
            raise ValueError(fault("RangeTest", "lrs", must, self.lrs))

    @property
    def suggestion(self) -> LRSuggestion:
        """What `suggest_lr` says of the curve, or raises: `RangeTestInconclusive`."""
        return suggest_lr(self.lrs, self.losses)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the loss against the learning rate, and what is suggested; needs matplotlib.

        Losses far above those of the small rates, where it diverges, leave the picture.

        Parameters:
            ax: the axes of matplotlib to draw into; new ones if there are none.

        Raises:
            ModuleNotFoundError: without matplotlib.
            TypeError: for what are no axes.
        """
        owner = "RangeTest.plot"
        needs_matplotlib(owner)
        above = ax is None
        ax = panels(1)[0] if ax is None else checked_axes(owner, ax)
        losses = np.array(self.losses)
        known = losses[: divergence(losses)]
        lrs = self.lrs[: len(known)]
        ax.plot(lrs, known, ".", color=GREY, label="loss")
        if len(known) > 1:
            smoothed = fitted(np.log10(lrs), capped(known)[0]).smoothed
            ax.plot(lrs, smoothed, color=COLOURS[0], linewidth=1.8, label="smoothed")
            lowest, usual = known.min(), smoothed[: smoothed.argmin() + 1].max()
            top = usual + (usual - lowest) / 2
            if lowest < usual and known.max() > top:
                ax.set_ylim(top=top)
        try:
            found = self.suggestion
        except RangeTestInconclusive as reason:
            title = str(reason).removeprefix("suggest_lr: ").split(":")[0]
            ax.set_title(title, pad=22 if above else 6)  # above the legend
        else:
            names = ("steepest", "valley", "min_over_10")
            for name, colour, dash in zip(names, COLOURS[1:], ("--", "-.", ":"), strict=False):
                x = getattr(found, name)
                ax.axvline(x, color=colour, linestyle=dash, label=f"{name} {x:.3g}")
        ax.set_xscale("log")
        dress(ax, "learning rate", "loss")
        explain(ax, above=above)
        return ax

    def __repr__(self) -> str:
        lrs, losses = (
            "".join(f"{x!r}, " if math.isfinite(x) else f"float({str(x)!r}), " for x in xs)
            for xs in (self.lrs, self.losses)
        )
        return f"RangeTest(lrs=({lrs.rstrip()}), losses=({losses.rstrip()}))"

    def __reduce__(self) -> tuple[Any, ...]:
        return RangeTest, (self.lrs, self.losses)
