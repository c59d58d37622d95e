"""RangeTest: the curve that a range test found, as a value; what it suggests, and its picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from schedcore import LRSuggestion, RangeTestInconclusive, suggest_lr
from schedcore._checks import measured
from schedcore._loss_curve import divergence, fitted

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class RangeTest:
    """Learning rates and losses of a range test: what `lr_range_test` returns.

    Attributes:
        lrs: the learning rates, ascending; of the largest group where there are several.
        losses: the loss before the update at each; the last may be NaN or infinite.

    Raises:
        ValueError, TypeError: for what are no numbers, or not as many.

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

    @property
    def suggestion(self) -> LRSuggestion:
        """What `suggest_lr` says of the curve, or raises: `RangeTestInconclusive`."""
        return suggest_lr(self.lrs, self.losses)

    def plot(self, axes: Axes | None = None) -> Axes:
        """Draw the loss against the learning rate, and what is suggested; needs matplotlib.

        Parameters:
            axes: where to draw; new ones if there are none.

        Raises:
            ModuleNotFoundError: without matplotlib.
        """
        try:
            from matplotlib import pyplot
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "RangeTest.plot needs matplotlib: pip install 'schedcore-lr[plot]'", name=error.name
            ) from None
        if axes is None:
            _, axes = pyplot.subplots()
        losses = np.array(self.losses)
        known = losses[: divergence(losses)]
        axes.plot(self.lrs[: len(known)], known, ".", color="0.7", label="loss")
        if len(known) > 1:
            smoothed = fitted(np.log10(self.lrs[: len(known)]), known).smoothed
            axes.plot(self.lrs[: len(known)], smoothed, color="C0", label="smoothed")
        try:
            found = self.suggestion
        except RangeTestInconclusive as reason:
            axes.set_title(str(reason).removeprefix("suggest_lr: ").split(":")[0])
        else:
            for i, name in enumerate(("steepest", "valley", "min_over_10"), 1):
                x = getattr(found, name)
                axes.axvline(x, color=f"C{i}", linestyle="--", label=f"{name} {x:.3g}")
        axes.set(xscale="log", xlabel="learning rate", ylabel="loss")
        axes.legend()
        return axes

    def __repr__(self) -> str:
        lrs, losses = (
            "".join(f"{x!r}, " if math.isfinite(x) else f"float({str(x)!r}), " for x in xs)
            for xs in (self.lrs, self.losses)
        )
        return f"RangeTest(lrs=({lrs.rstrip()}), losses=({losses.rstrip()}))"

    def __reduce__(self) -> tuple[Any, ...]:
        return RangeTest, (self.lrs, self.losses)
