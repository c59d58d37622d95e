"""What is suggested is near the truth on curves whose truth is known, or nothing is."""

import copy
import pickle
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import schedcore as sc
from schedcore._loss_curve import divergence, fitted

Vector = NDArray[np.float64]
SEEDS = range(20)
X = np.linspace(-7, 1, 100)
LRS = 10**X


class Curve(NamedTuple):
    """Losses without noise, and the log10 of the learning rates where they are special."""

    losses: Vector
    steepest: float
    lowest: float | None


def descent(x: Vector, center: float, width: float) -> Vector:
    """From 2.3 down to 0.5, steepest at the center."""
    return 2.3 - 1.8 / (1 + np.exp(-(x - center) / width))


def curve(x: Vector, center: float, width: float, diverging: bool) -> Curve:
    losses = descent(x, center, width)
    if not diverging:
        return Curve(losses, center, None)
    end = center + 3 * width + 0.7
    losses += 0.02 * 10 ** np.minimum((x - end) * 4, 6)
    lowest = int(losses.argmin())
    slope = np.gradient(losses, x)[: lowest + 1]
    return Curve(losses, float(x[slope.argmin()]), float(x[lowest]))


def curves(x: Vector) -> Iterator[Curve]:
    for center, width in ((-2, 0.15), (-2, 0.4), (-3, 0.8), (-1.5, 0.3)):
        for diverging in (False, True):
            yield curve(x, center, width, diverging)


def off(found: float, truth: float) -> float:
    """How far from the truth, in decades."""
    return abs(np.log10(found) - truth)


@pytest.mark.parametrize(
    ("first", "last", "count"), [(-7, 1, 100), (-6, 0.5, 100), (-6, 0, 60), (-7, 1, 400)]
)
def test_without_noise_all_is_near_the_truth(first: float, last: float, count: int) -> None:
    x = np.linspace(first, last, count)
    for losses, steepest, lowest in curves(x):
        found = sc.suggest_lr(10**x, losses)
        assert off(found.steepest, steepest) < 1 / 3
        assert off(found.valley, steepest) < 1 / 3
        if lowest is not None:
            assert off(10 * found.min_over_10, lowest) < 0.5


@pytest.mark.parametrize("noise", [0.05, 0.15, 0.3])
@pytest.mark.parametrize(("first", "last", "count"), [(-7, 1, 100), (-6, 0.5, 100), (-7, 1, 400)])
def test_with_noise_too_or_nothing_is_suggested(
    noise: float, first: float, last: float, count: int
) -> None:
    x = np.linspace(first, last, count)
    suggested = total = 0
    for losses, steepest, _ in curves(x):
        for seed in SEEDS:
            total += 1
            noisy = losses + noise * np.random.default_rng(seed).standard_normal(count)
            try:
                found = sc.suggest_lr(10**x, noisy)
            except sc.RangeTestInconclusive:
                continue
            suggested += 1
            assert off(found.steepest, steepest) < 0.5
            assert off(found.valley, steepest) < 0.5
    assert suggested >= total * {0.05: 1.0, 0.15: 0.7, 0.3: 0.4}[noise]


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.15])
def test_the_lowest_is_found_within_half_a_decade(noise: float) -> None:
    errors = []
    for seed in SEEDS:
        losses = 0.5 + 0.4 * (X + 1) ** 2  # a parabola, lowest at 0.1
        losses += noise * np.random.default_rng(seed).standard_normal(len(X))
        errors.append(off(sc.suggest_lr(LRS, losses).min_over_10, -2))
    assert max(errors) < 0.5


def test_confidence_takes_a_turn_a_sure_descent_and_a_sure_bottom() -> None:
    parabola = 0.5 + 0.4 * np.minimum((X + 1) ** 2, 9)  # turns, and does not diverge
    turned = sc.suggest_lr(LRS, parabola)
    assert (turned.diverged_at, turned.confident) == (None, True)
    assert not sc.suggest_lr(LRS[:70], parabola[:70]).confident

    broad = descent(X, -1.5, 0.8) + np.where(X > 0, 40 * X**2, 0)
    assert sc.suggest_lr(LRS, broad).confident
    noise = 0.12 * np.random.default_rng(1).standard_normal(100)
    assert not sc.suggest_lr(LRS, broad + noise).confident  # open by 0.65 decades to a side

    begun_late = 2.3 + np.exp(-np.arange(100) / 3) + 0.01 * np.arange(100)
    begun_late += 0.02 * np.random.default_rng(0).standard_normal(100)
    found = sc.suggest_lr(LRS, begun_late)
    assert found.steepest == LRS[0]
    assert not found.confident  # steeper, perhaps, below

    flat_below = descent(X, -5, 0.15) + np.where(X > 0.3, 100 * (X - 0.3), 0)
    assert sc.suggest_lr(LRS, flat_below).confident
    noise = 0.05 * np.random.default_rng(0).standard_normal(100)
    assert not sc.suggest_lr(LRS, flat_below + noise).confident  # lowest anywhere in 5 decades


def test_the_curve_on_which_lightning_s_finder_fails() -> None:
    # Lightning's issue 21141: it falls ever faster, up to 1.0. Theirs: 1.5e-7, the median of seeds.
    x = np.linspace(-50, 50, 100)
    lrs = 1e-8 * (1.0 / 1e-8) ** ((np.arange(100) + 1) / 100)
    for seed in SEEDS:
        noise = np.random.default_rng(seed).uniform(-0.1, 0.1, 100)
        found = sc.suggest_lr(lrs, (-(x**2) - 30 * x + 4000) / 1000 + noise)
        assert off(found.steepest, 0.0) < 0.5
        assert not found.confident  # since it was not seen to turn up again


def test_the_divergence_is_told_and_does_not_count() -> None:
    losses, steepest, _ = curve(X, -3, 0.4, diverging=False)
    losses[80:] = np.geomspace(1.0, 1e30, 20)
    ends = {"rising": losses, "at once": np.where(np.arange(100) > 80, 1e300, losses)}
    for tail in (np.nan, np.inf, -np.inf):
        ends[str(tail)] = np.where(np.arange(100) >= 80, tail, losses)
    for name, diverging in ends.items():
        found = sc.suggest_lr(LRS, diverging)
        assert off(found.steepest, steepest) < 0.2, name
        assert found.diverged_at is not None
        assert LRS[80] <= found.diverged_at <= LRS[85]
        assert found.confident
    assert sc.suggest_lr(LRS, np.where(np.arange(100) == 80, np.nan, losses)).diverged_at == LRS[80]
    assert sc.suggest_lr(LRS[:80], losses[:80]).diverged_at is None


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.integers(0, 5), st.sampled_from([0.0, 0.05]))
def test_what_is_suggested_does_not_change_with_the_unit_of_the_loss(
    shift: float, scale: float, seed: int, noise: float
) -> None:
    # Shifted down, a loss is negative: that is no divergence.
    losses = curve(X, -3, 0.4, diverging=False).losses
    losses += noise * np.random.default_rng(seed).standard_normal(len(X))
    first, other = sc.suggest_lr(LRS, losses), sc.suggest_lr(LRS, scale * losses + shift)
    for name in ("steepest", "valley", "min_over_10"):
        assert off(getattr(first, name), np.log10(getattr(other, name))) <= 0.1
    assert first.confident == other.confident


@given(st.floats(-3, 3))
def test_what_is_suggested_moves_with_the_learning_rates(shift: float) -> None:
    losses = curve(X, -3, 0.4, diverging=True).losses
    first, other = sc.suggest_lr(LRS, losses), sc.suggest_lr(LRS * 10**shift, losses)
    for name in ("steepest", "valley", "min_over_10", "diverged_at"):
        assert off(getattr(other, name), np.log10(getattr(first, name)) + shift) < 1e-9


def test_spacing_does_not_matter() -> None:
    lrs = sc.Linear(1e-4, 0.1).over(200, "both").values()
    losses = descent(np.log10(lrs), -2, 0.2)
    assert off(sc.suggest_lr(lrs, losses).steepest, -2) < 0.5
    same = sc.suggest_lr(lrs.tolist(), losses.astype(np.float32))
    assert off(same.steepest, -2) < 0.5


RANDOM = np.random.default_rng(0)
FALLING = descent(X, -2, 0.3)


@pytest.mark.parametrize(
    ("lrs", "losses", "reason"),
    [
        ([0.1, 0.2], [2.3, 2.2], "too few points: a curve of 2 says nothing, it takes 10"),
        ([], [], "too few points: a curve of 0 says nothing"),
        (LRS, np.full(100, np.nan), "the first loss is not finite"),
        (LRS, [np.inf, *FALLING[1:]], "the first loss is not finite"),
        (LRS, [*FALLING[:5], *[np.nan] * 95], "the loss diverges at a learning rate of 2.54e-07, after 5 points"),
        (LRS, np.ones(100), "the loss is flat: it falls by 0, and its noise is 0"),
        (LRS, np.zeros(100), "the loss is flat"),
        (LRS, np.full(100, 2.3) + 1e-9 * X, "the loss is flat"),
        (LRS, 2.3 + 0.1 * RANDOM.standard_normal(100), "the loss is flat"),
        (LRS, np.linspace(2.0, 3.0, 100), "the loss only rises, from a learning rate of 1e-07 on"),
        (LRS, 2.3 + 0.01 * LRS + 0.05 * LRS**2, "the loss only rises"),
        (LRS, 2.3 + 0.1 * LRS + 0.02 * RANDOM.standard_normal(100), "the loss only rises"),
        (LRS, 2.3 + 10 * LRS**2, "the loss only rises"),
        (LRS, 2.3 * 1.2 ** np.arange(100.0), "the loss diverges at a learning rate of"),
        (LRS, [1e151, *FALLING[1:]], "the first loss is not finite, or beyond 1e150"),
        (LRS[:10], [0.0, 0.0, 1.2e308, 0.0, -1.2e308, 0.0, 0.0, 0.0, 0.0, 0.0], "the loss diverges at a learning rate of 1.45e-07, after 2 points"),
        (np.logspace(-5, 0, 10), [2.0, 2.0, 1.8, 1.9, 2.4, 2.4, 2.5, 2.7, 3.2, 3.0], "too noisy: the loss surely falls nowhere"),
        (LRS, descent(X, -3, 0.8) + 0.8 * RANDOM.standard_normal(100), "too noisy: the steepest place may be anywhere from"),
    ],
)  # fmt: skip
def test_what_says_nothing_is_refused_with_the_reason(lrs: Any, losses: Any, reason: str) -> None:
    with pytest.raises(sc.RangeTestInconclusive) as caught:
        sc.suggest_lr(lrs, losses)
    assert str(caught.value).startswith(f"suggest_lr: {reason}")


def test_noise_alone_suggests_nothing() -> None:
    for seed in range(200):
        noise = np.random.default_rng(seed).standard_normal(100)
        with pytest.raises(sc.RangeTestInconclusive, match=r"flat|noisy"):
            sc.suggest_lr(LRS, 2.3 + noise)


@pytest.mark.parametrize(
    ("lrs", "losses", "error", "message"),
    [
        (LRS[::-1], FALLING, ValueError, "suggest_lr: 'lrs' must be finite, above 0 and ascending"),
        ([0.0, *LRS[1:]], FALLING, ValueError, "suggest_lr: 'lrs' must be finite, above 0 and ascending"),
        ([*LRS[:-1], np.inf], FALLING, ValueError, "suggest_lr: 'lrs' must be finite, above 0 and ascending"),
        (1e10 * (1 + 2.0**-52 * np.arange(100)), FALLING, ValueError, "suggest_lr: 'lrs' must be finite, above 0 and ascending"),
        ([np.nan, *LRS[1:]], FALLING, ValueError, "suggest_lr: 'lrs' must be finite, above 0 and ascending"),
        (LRS, FALLING[:-1], ValueError, "suggest_lr: 'lrs' and 'losses' must be as many, got 100 and 99"),
        (LRS, FALLING[None], ValueError, "suggest_lr: 'losses' must be of one dimension, got the shape (1, 100)"),
        (["0.1"], [1.0], TypeError, "suggest_lr: 'lrs' must be numbers, got ['0.1']"),
        ([0.1], [True], TypeError, "suggest_lr: 'losses' must be numbers, got [True]"),
        ([0.1], [None], TypeError, "suggest_lr: 'losses' must be numbers, got [None]"),
    ],
)  # fmt: skip
def test_what_is_no_curve_is_refused(
    lrs: Any, losses: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        sc.suggest_lr(lrs, losses)
    assert str(caught.value) == message
    assert not isinstance(caught.value, sc.RangeTestInconclusive)


def test_an_inconclusive_test_is_a_value_error() -> None:
    error = sc.RangeTestInconclusive("flat")
    assert isinstance(error, ValueError)
    assert str(pickle.loads(pickle.dumps(error))) == "flat"


def test_a_suggestion_is_a_value() -> None:
    for losses in (FALLING, curve(X, -2, 0.3, diverging=True).losses):
        found = sc.suggest_lr(LRS, losses)
        for other in (
            eval(repr(found), {"LRSuggestion": sc.LRSuggestion}),
            pickle.loads(pickle.dumps(found)),
            copy.deepcopy(found),
        ):
            assert other == found
            assert hash(other) == hash(found)
        for name in ("steepest", "valley", "min_over_10"):
            assert type(getattr(found, name)) is float
        assert type(found.confident) is bool
    suggestion = sc.LRSuggestion(0.1, 0.1, 0.01, diverged_at=None, confident=False)
    assert suggestion.diverged_at is None


def test_smoothing_is_the_weighted_line_about_each_point() -> None:
    y = FALLING + 0.1 * np.random.default_rng(1).standard_normal(100)
    fit = fitted(X, y)
    beta = 1 - 10 / 100
    for i in (0, 1, 37, 99):
        w = beta ** np.abs(np.arange(100.0) - i)
        assert np.isclose(fit.smoothed[i], np.average(y, weights=w), rtol=1e-12)
        slope, _ = np.polyfit(X, y, 1, w=np.sqrt(w))
        assert np.isclose(fit.slope[i], slope, rtol=1e-8)
    # The standard errors are those that noise of this size has.
    runs = [np.random.default_rng(s).standard_normal(100) for s in range(400)]
    fits = [fitted(X, run) for run in runs]
    for name in ("smoothed", "slope"):
        spread = np.std([getattr(x, name) for x in fits], axis=0)
        told = np.mean([getattr(x, f"{name}_error") for x in fits], axis=0)
        assert np.abs(told / spread - 1).max() < 0.25


def test_divergence_is_seen_soon_and_not_in_noise() -> None:
    rng = np.random.default_rng
    for seed in range(100):
        assert divergence(2.3 + 0.5 * rng(seed).standard_normal(300)) is None
        assert divergence(rng(seed).standard_normal(300)) is None
        assert divergence(-100 + rng(seed).standard_normal(300)) is None
    steps = np.arange(100.0)
    assert divergence(2.3 - 0.02 * steps) is None
    found = divergence(np.where(steps < 50, 2.3 - 0.02 * steps, 1.3 * 2.0 ** (steps - 50)))
    assert found is not None
    assert 51 <= found <= 56
