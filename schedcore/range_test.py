"""The LR range test's arithmetic: what a curve of losses over learning rates suggests.

Numbers in, numbers out: who trained what at these learning rates is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from schedcore._checks import fault
from schedcore._loss_curve import FEWEST, Fit, capped, divergence, fitted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

OPEN = 0.75
"""Decades to one side that the noise may leave the steepest place open."""


class RangeTestInconclusive(ValueError):  # noqa: N818, since it is no fault of the caller's
    """What `suggest_lr` raises where a curve suggests no learning rate; it says why.

    >>> try:
    ...     suggest_lr([0.1, 0.2], [2.3, 2.2])
    ... except RangeTestInconclusive as reason:
    ...     print(reason)
    suggest_lr: too few points: a curve of 2 says nothing, it takes 10: sweep in more steps
    """


@dataclass(frozen=True)
class LRSuggestion:
    """Learning rates that a range test suggests: what `suggest_lr` returns.

    Attributes:
        steepest: where the smoothed loss falls fastest, per decade of the learning rate.
        valley: half-way down the longest steep descent.
        min_over_10: a tenth of the learning rate where the smoothed loss is lowest; too low where
            the loss is as low over decades, by up to one, as smoothing leans away from divergence.
        diverged_at: the learning rate at which the loss was seen to diverge; None if it was not.
        confident: whether the sweep began below the steepest place, the loss was seen to turn up
            again, and the noise leaves open neither the steepest place by more than half a decade
            to a side, nor the lowest by a whole one.

    >>> LRSuggestion(0.1, 0.05, 0.08, diverged_at=None, confident=True).steepest
    0.1
    """

    steepest: float
    valley: float
    min_over_10: float
    diverged_at: float | None
    confident: bool


def suggest_lr(
    lrs: Sequence[float] | NDArray[Any], losses: Sequence[float] | NDArray[Any]
) -> LRSuggestion:
    """The learning rates that the losses of a range test suggest.

    The losses up to the divergence are smoothed, and their slope is taken, both against
    x = log10(lr) and both about each point i, with the weights w_j = beta**|i - j|:

        smoothed = sum(w_j * loss_j) / sum(w_j)
        slope    = cov(x, loss) / var(x), the weighted least-squares line's
        beta     = 1 - 10/n, at least 1/2, for n points

    an exponential average to both sides, so that it lags to neither, bias-corrected by the weights
    that there are. `steepest` is where slope + 1.5 * (its standard error) is lowest, up to where
    the smoothed loss is lowest; the standard error comes from the differences of neighbours.
    `valley` is where the smoothed loss is half-way between the ends of the longest run with at
    least half of the steepest slope.

    The curve has diverged where a loss is not finite, or beyond 1e150, or where the average of the
    last few is above where the curve began by more than it ever fell below, half of its beginning,
    and the noise. Losses above that beginning, and the noise, count as that high only.

    Parameters:
        lrs: learning rates, above 0 and ascending, in any spacing.
        losses: the loss at each of them; one that is not finite ends the curve.

    Returns:
        an `LRSuggestion`. For one-cycle's peak, `steepest` or a few times it; for a constant
        learning rate, `valley` or `min_over_10`.

    Raises:
        RangeTestInconclusive: a curve of fewer than 10 points before it diverges, one that is
            flat within its noise, one that only rises, one so noisy that it surely falls nowhere or
            that the steepest place is open by more than 3/4 of a decade to a side.
        ValueError, TypeError: for what are no learning rates and losses.

    Source: Smith 2017, "Cyclical Learning Rates for Training Neural Networks", arXiv:1506.01186,
    section 3.3 (the test); fastai's `lr_find` (the three suggestions: `steep`, `valley` and
    `minimum`; its documentation places the valley's "roughly 2/3" along, its code at 1/2 of the
    learning rates, here it is 1/2 of the fall. It counts every decrease as part of the valley, so
    that the suggestion moves with the sweep's beginning; here only what is steep counts).

    >>> import numpy as np
    >>> lrs = np.logspace(-5, 1, 120)
    >>> losses = 2.3 - 1.8 / (1 + (0.01 / lrs) ** 2) + lrs**2  # falls about 0.01, and diverges
    >>> suggestion = suggest_lr(lrs, losses)
    >>> round(suggestion.steepest, 3), suggestion.confident
    (0.009, True)
    """
    rates, all_losses = _checked(lrs, losses)
    end = divergence(all_losses)
    y = all_losses[:end]
    _refuse_short(rates, y, end)
    x = np.log10(rates[: len(y)])
    y, sigma = capped(y)
    fit = fitted(x, y)
    lowest = int(fit.smoothed.argmin())
    _refuse_without_descent(rates, fit, lowest, sigma, end)
    steepest, nearly = _steepest(fit, lowest)
    if fit.slope[steepest] >= 0:
        raise RangeTestInconclusive(
            "suggest_lr: too noisy: the loss surely falls nowhere: sweep in more steps, or with "
            "larger batches"
        )
    to_a_side = float(max(x[steepest] - x[nearly[0]], x[nearly[-1]] - x[steepest]))
    if to_a_side > OPEN:
        raise RangeTestInconclusive(
            f"suggest_lr: too noisy: the steepest place may be anywhere from "
            f"{rates[nearly[0]]:.3g} to {rates[nearly[-1]]:.3g}: sweep in more steps, or with "
            "larger batches"
        )
    first, last = _longest_run(fit.slope[: lowest + 1] <= fit.slope[steepest] / 2)
    bottom = np.flatnonzero(fit.smoothed <= fit.smoothed[lowest] + 2 * fit.smoothed_error)
    risen = fit.smoothed[lowest:] > fit.smoothed[lowest] + 4 * fit.smoothed_error[lowest:]
    return LRSuggestion(
        steepest=float(rates[steepest]),
        valley=float(rates[_half_way(fit.smoothed, first, last)]),
        min_over_10=float(rates[lowest] / 10),
        diverged_at=None if end is None else float(rates[end]),
        confident=bool(
            (end is not None or risen.any())
            and nearly[0] > 0
            and to_a_side <= 0.5
            and x[bottom[-1]] - x[bottom[0]] <= 1.0
        ),
    )


def _checked(lrs: object, losses: object) -> tuple[Vector, Vector]:
    found = []
    for name, given in (("lrs", lrs), ("losses", losses)):
        x = np.asarray(given)
        if x.dtype.kind not in "iuf":
            raise TypeError(fault("suggest_lr", name, "be numbers", given))
        if x.ndim != 1:
            raise ValueError(
                f"suggest_lr: {name!r} must be of one dimension, got the shape {x.shape}"
            )
        found.append(x.astype(np.float64))
    rates, values = found
    if len(rates) != len(values):
        raise ValueError(
            f"suggest_lr: 'lrs' and 'losses' must be as many, got {len(rates)} and {len(values)}"
        )
    usable = (rates > 0).all() and np.isfinite(rates).all()
    if not usable or (np.diff(np.log10(rates)) <= 0).any():
        raise ValueError("suggest_lr: 'lrs' must be finite, above 0 and ascending")
    return rates, values


def _refuse_short(rates: Vector, y: Vector, end: int | None) -> None:
    if len(y) >= FEWEST:
        return
    if end == 0:
        raise RangeTestInconclusive(
            "suggest_lr: the first loss is not finite, or beyond 1e150, so that no learning rate "
            "can be blamed: look at the model, the data and the loss function"
        )
    if end is None:
        raise RangeTestInconclusive(
            f"suggest_lr: too few points: a curve of {len(y)} says nothing, it takes {FEWEST}: "
            "sweep in more steps"
        )
    raise RangeTestInconclusive(
        f"suggest_lr: the loss diverges at a learning rate of {rates[end]:.3g}, after {end} "
        f"points, and it takes {FEWEST}: begin at a lower learning rate, or sweep in more steps"
    )


def _refuse_without_descent(
    rates: Vector, fit: Fit, lowest: int, sigma: float, end: int | None
) -> None:
    """Refuse a curve that falls by no more than noise, or rounding, would let it seem to."""
    smoothed = fit.smoothed
    fall = float(smoothed[: lowest + 1].max() - smoothed[lowest])
    clear = max(8 * float(fit.smoothed_error.min()), 1e-6 * float(np.abs(smoothed).max()))
    if fall > clear:
        return
    if end is not None or smoothed[-1] - smoothed[lowest] > clear:
        raise RangeTestInconclusive(
            f"suggest_lr: the loss only rises, from a learning rate of {rates[lowest]:.3g} on: "
            "begin at a lower learning rate, or train on another batch size or model"
        )
    raise RangeTestInconclusive(
        f"suggest_lr: the loss is flat: it falls by {fall:.3g}, and its noise is {sigma:.3g}: "
        "sweep up to a higher learning rate, in more steps, or with larger batches"
    )


def _steepest(fit: Fit, lowest: int) -> tuple[int, NDArray[np.intp]]:
    """Where the descent is surely steepest, and all places that may be as steep."""
    slope, error = fit.slope[: lowest + 1], 1.5 * fit.slope_error[: lowest + 1]
    surely = slope + error
    steepest = int(surely.argmin())
    return steepest, np.flatnonzero(slope - error <= surely[steepest])


def _half_way(smoothed: Vector, first: int, last: int) -> int:
    """Where a descent is half done, by the loss: the run may end too soon on one side."""
    half = (smoothed[first] + smoothed[last]) / 2
    return first + int(np.abs(smoothed[first : last + 1] - half).argmin())


def _longest_run(where: NDArray[np.bool_]) -> tuple[int, int]:
    """The first and the last index of the longest run of what holds."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], where, [False]))))
    starts, ends = edges[::2], edges[1::2]
    longest = int((ends - starts).argmax())
    return int(starts[longest]), int(ends[longest]) - 1
