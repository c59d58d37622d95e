"""A noisy loss along a sweep: smoothed, its slope, its noise, and where it diverges.

Arrays of numbers only: what is made of them, and what is said of them, is range_test's.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from schedcore._checks import LARGEST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

FEWEST = 10
"""Points below which nothing is said of a curve."""
SHARE = 0.1
"""How far the smoothing reaches to each side, as a share of the curve."""
RECENT = 0.7
"""The beta of the average that divergence is seen by: of about the last three losses."""


class Fit(NamedTuple):
    """At each point: the smoothed loss, its slope, and the standard error of each."""

    smoothed: Vector
    slope: Vector
    smoothed_error: Vector
    slope_error: Vector


def fitted(x: Vector, y: Vector) -> Fit:
    """The weighted mean and the weighted least-squares line about each point.

        w[i, j] = beta**|i - j|,  beta = 1 - 1/(0.1 * n), at least 1/2

    the two-sided exponential average, divided by the sum of the weights that there are (its bias
    correction), so that it lags to neither side.
    """
    n = len(x)
    beta = max(1 - 1 / (SHARE * n), 0.5)
    x = x - x.mean()
    weights, squares = _spread(np.ones(n), beta), _spread(np.ones(n), beta * beta)
    x_mean, y_mean = _spread(x, beta) / weights, _spread(y, beta) / weights
    x_variance = _spread(x * x, beta) / weights - x_mean**2
    slope = (_spread(x * y, beta) / weights - x_mean * y_mean) / x_variance
    moments = _spread(x * x, beta * beta) - 2 * x_mean * _spread(x, beta * beta)
    about_mean = np.maximum(moments + x_mean**2 * squares, 0.0)
    sigma = noise(y)
    return Fit(
        y_mean,
        slope,
        sigma * np.sqrt(squares) / weights,
        sigma * np.sqrt(about_mean) / (weights * x_variance),
    )


def _spread(v: Vector, beta: float) -> Vector:
    """For each i, the sum over j of beta**|i - j| * v[j]."""
    return _trailing(v, beta) + _trailing(v[::-1], beta)[::-1] - v


def _trailing(v: Vector, beta: float) -> Vector:
    """For each i, the sum over j <= i of beta**(i - j) * v[j]."""
    return np.array([*accumulate(v.tolist(), lambda total, a: beta * total + a)])


def noise(y: Vector) -> float:
    """The standard deviation of a curve's noise, from the differences of neighbours.

    By their median, so that neither a trend nor a few leaps count: for normal noise, a median
    deviation is 1/1.4826 of a standard one, and that of a difference is sqrt(2) times its own.
    """
    steps = np.diff(y)
    return float(1.4826 / np.sqrt(2) * np.median(np.abs(steps - np.median(steps))))


def capped(y: Vector) -> tuple[Vector, float]:
    """The losses, none of them far above the first ones; and their noise."""
    sigma = noise(y)
    return np.minimum(y, np.median(y[: max(FEWEST // 2, len(y) // 10)]) + 2 * sigma), sigma


class Divergence:
    """Watches losses as they come: `add` says whether the curve has diverged.

    It has when a loss is not finite, or beyond 1e150; or when the average of the last few
    (bias-corrected, beta 0.7) is above where it began, by more than it ever fell below, at least
    half of the beginning in size, and six times the noise. So a loss may be negative.
    """

    def __init__(self) -> None:
        self._losses: list[float] = []
        self._sum, self._weight, self._best = 0.0, 0.0, np.inf

    def add(self, loss: float) -> bool:
        """Whether the curve has diverged with this loss."""
        if not abs(loss) <= LARGEST:  # NaN neither
            return True
        self._losses.append(loss)
        self._sum = RECENT * self._sum + (1 - RECENT) * loss
        self._weight = RECENT * self._weight + (1 - RECENT)
        average = self._sum / self._weight
        self._best = min(self._best, average)
        if len(self._losses) < FEWEST // 2:
            return False
        begin = float(np.median(self._losses[: FEWEST // 2]))
        above = average - begin - max(begin - self._best, abs(begin) / 2)
        return above > 0 and above > 6 * noise(np.array(self._losses))


def divergence(losses: Vector) -> int | None:
    """The index of the loss with which a curve has diverged."""
    watch = Divergence()
    return next((i for i, loss in enumerate(losses.tolist()) if watch.add(loss)), None)
