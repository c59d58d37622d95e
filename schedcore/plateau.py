"""Reduce on plateau as a pure state machine: a state and a metric in, the next state out.

What is multiplied by the factor, and where metrics come from, is not known here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import accumulate
from typing import TYPE_CHECKING

from schedcore._checks import between, fault, integer, keywords, measured, number, one_of
from schedcore._drawing.style import (
    COLOURS,
    GREY,
    Phase,
    checked_axes,
    dress,
    explain,
    needs_matplotlib,
    panels,
    shade,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class PlateauState:
    """Where a `Plateau` is: plain numbers, so that it goes through JSON and into a checkpoint.

    Attributes:
        factor: what the learning rate is multiplied by, from 1 down.
        best: the best metric so far; None before the first one that can be.
        bad: metrics in a row that were no improvement.
        cooldown_left: metrics that will not yet be counted as bad.

    Raises:
        ValueError, TypeError: for a factor outside [0, 1], a best that is NaN, counts below 0.

    >>> from dataclasses import asdict
    >>> state = Plateau(patience=0).update(PlateauState(), 2.5)
    >>> PlateauState(**asdict(state)) == state
    True
    """

    factor: float = 1.0
    best: float | None = None
    bad: int = 0
    cooldown_left: int = 0

    def __post_init__(self) -> None:
        owner, set_field = "PlateauState", object.__setattr__
        set_field(self, "factor", between(owner, "factor", self.factor, 0.0, 1.0))
        if self.best is not None:
            best = measured(owner, "best", self.best)
            if math.isnan(best):
                raise ValueError(fault(owner, "best", "be a number or None", self.best))
            set_field(self, "best", best)
        for name in ("bad", "cooldown_left"):
            set_field(self, name, integer(owner, name, getattr(self, name), 0))

    def __repr__(self) -> str:
        infinite = self.best is not None and math.isinf(self.best)
        best = f"float({str(self.best)!r})" if infinite else repr(self.best)
        return (
            f"PlateauState(factor={self.factor!r}, best={best}, bad={self.bad}, "
            f"cooldown_left={self.cooldown_left})"
        )


@dataclass(frozen=True)
class Plateau:
    """Multiplies by `factor` when a metric has not improved for more than `patience` times.

    A metric m improves on the best one, b, if

        mode "min":  m < b * (1 - threshold)  ("rel"),   m < b - threshold  ("abs")
        mode "max":  m > b * (1 + threshold)  ("rel"),   m > b + threshold  ("abs")

    and the first one always does, unless it is NaN or the worst infinity. Each that does not is
    bad; bad number `patience + 1` in a row makes the factor

        max(factor_so_far * factor, min_factor)

    after which `cooldown` metrics are not counted as bad. That is torch's `ReduceLROnPlateau` with
    `eps=0`, for any metrics: NaN never improves, so it is bad; -inf in mode "min" is improved on by
    nothing. As there, "rel" is meant for metrics above 0: of a negative one, `b * (1 - threshold)`
    is on the worse side of b.

    Parameters:
        mode: "min" where lower is better, "max" where higher is.
        factor: what each cut multiplies by; above 0 and below 1.
        patience: bad metrics in a row that are still waited for, at least 0.
        threshold: how much better counts, at least 0; below 1 where it is relative to a minimum.
        threshold_mode: "rel" or "abs".
        cooldown: metrics after a cut that are not counted as bad.
        min_factor: the lowest factor, from 0 to 1; a share of the schedule, where torch's `min_lr`
            is a learning rate.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    >>> plateau = Plateau(factor=0.5, patience=1)
    >>> state = plateau.initial()
    >>> for loss in (2.0, 1.0, 1.0, 1.0):
    ...     state = plateau.update(state, loss)
    >>> state
    PlateauState(factor=0.5, best=1.0, bad=0, cooldown_left=0)
    """

    mode: str = "min"
    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    threshold_mode: str = "rel"
    cooldown: int = 0
    min_factor: float = 0.0

    def __new__(cls, *_: object, **given: object) -> Plateau:
        """Answer a wrong keyword with the one that was meant."""
        keywords("Plateau", given, (field.name for field in fields(cls)))
        return super().__new__(cls)

    def __post_init__(self) -> None:
        owner, set_field = "Plateau", object.__setattr__
        one_of(owner, "mode", self.mode, ("min", "max"))
        one_of(owner, "threshold_mode", self.threshold_mode, ("rel", "abs"))
        factor, threshold = (number(owner, x, getattr(self, x)) for x in ("factor", "threshold"))
        if not 0 < factor < 1:
            raise ValueError(fault(owner, "factor", "be above 0 and below 1", self.factor))
        if threshold < 0:
            raise ValueError(fault(owner, "threshold", "be at least 0", self.threshold))
        if threshold >= 1 and (self.mode, self.threshold_mode) == ("min", "rel"):
            raise ValueError(
                fault(owner, "threshold", "be below 1 where it is relative", self.threshold)
            )
        set_field(self, "factor", factor)
        set_field(self, "threshold", threshold)
        for name in ("patience", "cooldown"):
            set_field(self, name, integer(owner, name, getattr(self, name), 0))
        set_field(self, "min_factor", between(owner, "min_factor", self.min_factor, 0.0, 1.0))

    def initial(self) -> PlateauState:
        """The state before the first metric: the factor is 1.

        >>> Plateau().initial().factor
        1.0
        """
        return PlateauState()

    def update(self, state: PlateauState, metric: float) -> PlateauState:
        """The state after one more metric.

        Parameters:
            state: what `initial`, or the last `update`, returned; it stays as it is.
            metric: a number, perhaps NaN or infinite, or an array or tensor of one.

        Raises:
            TypeError: for another state, or what is no number.
            ValueError: for a number that no float holds.

        >>> plateau = Plateau("max", patience=0)
        >>> plateau.update(plateau.update(plateau.initial(), 0.9), float("nan")).factor
        0.1
        """
        if not isinstance(state, PlateauState):
            raise TypeError(fault("Plateau.update", "state", "be a PlateauState", state))
        m = measured("Plateau.update", "metric", metric)
        best, bad = state.best, state.bad + 1
        if self._improves(m, best):
            best, bad = m, 0
        cooldown_left = state.cooldown_left
        if cooldown_left > 0:
            cooldown_left, bad = cooldown_left - 1, 0
        factor = state.factor
        if bad > self.patience:
            factor = min(factor, max(factor * self.factor, self.min_factor))
            cooldown_left, bad = self.cooldown, 0
        return PlateauState(factor, best, bad, cooldown_left)

    def plot(self, metrics: Iterable[float], ax: Axes | None = None) -> Axes:
        """Draw metrics, the best so far, and the factor that each stretch of them had.

        Parameters:
            metrics: numbers, perhaps NaN, in the order of the updates.
            ax: the axes of matplotlib to draw into; new ones if there are none.

        Raises:
            ModuleNotFoundError: without matplotlib.
            TypeError: for what are no numbers, or no axes.

        >>> ax = Plateau(patience=1).plot([2.0, 1.0, 1.1, 1.2, 0.9])
        >>> [text.get_text() for text in ax.texts]
        ['factor 1', 'factor 0.1']
        """
        owner = "Plateau.plot"
        needs_matplotlib(owner)
        mine = None if ax is None else checked_axes(owner, ax)
        found = [measured(owner, "metrics", m) for m in metrics]
        states = list(accumulate(found, self.update, initial=self.initial()))
        cuts = [i for i in range(1, len(states)) if states[i].factor != states[i - 1].factor]
        starts, ends = [0, *cuts], [*cuts, len(found)]
        phases = [
            Phase(f"factor {states[start].factor:g}", start, end)
            for start, end in zip(starts, ends, strict=True)
            if start < end
        ]
        best = [math.nan if state.best is None else state.best for state in states[1:]]
        ax = panels(1)[0] if mine is None else mine
        ax.plot(found, ".-", color=GREY, linewidth=0.8, label="metric")
        ax.plot(best, color=COLOURS[0], linewidth=1.8, drawstyle="steps-post", label="best so far")
        dress(ax, "update", "metric")
        shade(ax, phases)
        explain(ax, above=mine is None)
        return ax

    def _improves(self, m: float, best: float | None) -> bool:
        if self.mode == "min":
            b = math.inf if best is None else best
            return m < (b * (1 - self.threshold) if self._relative else b - self.threshold)
        b = -math.inf if best is None else best
        return m > (b * (1 + self.threshold) if self._relative else b + self.threshold)

    @property
    def _relative(self) -> bool:
        return self.threshold_mode == "rel"
