"""Recipes against the formulas of their papers, step by step."""

import math
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import schedcore as sc

SHARES = st.integers(1, 99).map(lambda k: Fraction(k, 100))
PEAKS = st.floats(1e-4, 10.0)


def cosine(u: float, start: float, end: float) -> float:
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * u))


@given(PEAKS, SHARES, st.integers(0, 1000))
def test_warmups(peak: float, warmup: Fraction, k: int) -> None:
    t, w = k / 1000, float(warmup)
    up = peak * t / w
    u = (t - w) / (1 - w)
    before = Fraction(k, 1000) < warmup
    for schedule, after in (
        (sc.warmup_cosine(peak, warmup), cosine(u, peak, 0.0)),
        (sc.warmup_cosine(peak, warmup, end=peak / 10), cosine(u, peak, peak / 10)),
        (sc.warmup_linear(peak, warmup), peak * (1 - u)),
        (sc.warmup_constant(peak, warmup), peak),
        (sc.inverse_sqrt(peak, warmup), peak * math.sqrt(w / t) if t else 0.0),
        (sc.warmup(sc.Cosine(peak, 0.0), warmup), cosine(u, peak, 0.0)),
    ):
        assert schedule(t) == pytest.approx(up if before else after, rel=1e-12, abs=1e-13 * peak)
        assert schedule(w) == peak
        assert schedule(0.0) == 0.0
    assert sc.warmup_cosine(peak, warmup, start=peak / 2)(0.0) == peak / 2


@given(PEAKS, SHARES, SHARES, st.floats(0.0, 1.0))
def test_wsd(peak: float, warmup: Fraction, cooldown: Fraction, t: float) -> None:
    if warmup + cooldown > 1:
        return
    w, c = float(warmup), float(cooldown)
    u = (t - (1 - c)) / c
    for shape, fall in (
        (sc.Linear, lambda u: 1 - u),
        (sc.Cosine, lambda u: cosine(u, 1.0, 0.0)),
        (partial(sc.Power, power=0.5), lambda u: 1 - math.sqrt(max(u, 0.0))),
        (partial(sc.Saturating, rate=math.log(2)), lambda u: 2 * 0.5**u - 1),
    ):
        schedule = sc.wsd(peak, warmup, cooldown, shape=shape)
        want = peak * (t / w if t < w else 1.0 if t < 1 - c else fall(u))
        # The square root is steep where the cooldown begins.
        assert schedule(t) == pytest.approx(want, rel=1e-6, abs=1e-7 * peak)
        assert (schedule(0.0), schedule(w), schedule(1.0)) == (0.0, peak, 0.0)
    assert sc.wsd(peak, warmup, cooldown, end=peak / 10)(1.0) == peak / 10


def test_cooldown_goes_from_the_last_value() -> None:
    schedule = sc.cooldown(sc.Cosine(1.0, 0.5), 0.25, end=0.1, shape=sc.Cosine)
    assert schedule(0.75) == 0.5
    assert schedule(1.0) == 0.1
    assert schedule(0.75 / 2) == pytest.approx(0.75)
    assert schedule(0.875) == pytest.approx(0.3)


@pytest.mark.parametrize(("warmup", "total"), [(4000, 100_000), (10, 20), (1, 7)])
def test_noam(warmup: int, total: int) -> None:
    plan = sc.noam(512, warmup, total).over(total)
    for k in {1, warmup // 2, warmup - 1, warmup, warmup + 1, total // 2, total - 1}:
        if 0 < k < total:
            want = 512**-0.5 * min(k**-0.5, k * warmup**-1.5)
            assert plan(k) == pytest.approx(want, rel=1e-12, abs=0.0)
    assert plan(0) == 0.0
    assert plan.boundaries == (warmup,)


def test_noam_that_never_ends_its_warmup() -> None:
    plan = sc.noam(64, 100, 40).over(40)
    for k in range(40):
        assert plan(k) == pytest.approx(64**-0.5 * k * 100**-1.5, rel=1e-12, abs=0.0)
    assert sc.inverse_sqrt(0.1, 1)(0.5) == 0.05


def test_one_cycle() -> None:
    two = sc.one_cycle(1.0)
    assert (two(0.0), two(0.3), two(1.0)) == (1 / 25, 1.0, 1 / 25 / 1e4)
    assert two(0.15) == pytest.approx((1 + 1 / 25) / 2)
    three = sc.one_cycle(1.0, 0.25, div=10.0, final_div=100.0, shape=sc.Linear, three_phase=True)
    assert three([0.0, 0.125, 0.25, 0.375, 0.5, 1.0]) == pytest.approx(
        [0.1, 0.55, 1.0, 0.55, 0.1, 0.001]
    )


def test_triangles_in_three_modes() -> None:
    total = 60

    def clr(k: int, scale: str) -> float:
        cycle = math.floor(1 + k / 20)
        x = abs(k / 10 - 2 * cycle + 1)
        factor = {"triangular": 1.0, "triangular2": 0.5 ** (cycle - 1), "exp_range": 0.99**k}
        return 0.1 + 0.4 * max(0.0, 1 - x) * factor[scale]

    for scale, more in (
        ("triangular", {}),
        ("triangular2", {"decay": 0.5}),
        ("exp_range", {"fade": 0.99**total}),
    ):
        plan = sc.triangular(0.1, 0.5, 3, **more).over(total)
        assert plan.values() == pytest.approx(
            [clr(k, scale) for k in range(total)], rel=1e-12, abs=0.0
        )
    assert sc.triangular(0.0, 1.0, 1, rise=0.25)(0.25) == 1.0


def test_sgdr_lasts_as_long_as_the_run() -> None:
    schedule = sc.sgdr(1.0, 0.1, first="1/10", stretch=2)
    assert schedule.boundaries == (Fraction(1, 10), Fraction(3, 10), Fraction(7, 10))
    for t in (0.1, 0.3, 0.7):
        assert schedule(t) == 1.0
        assert schedule(math.nextafter(t, 0.0)) == pytest.approx(0.1)
    assert schedule(1.0) == pytest.approx(cosine(0.375, 1.0, 0.1))
    assert sc.sgdr(1.0, 0.0, 1)(1.0) == 0.0


def test_step_decay_and_multistep() -> None:
    decay = sc.step_decay(0.1, 0.1, 3)
    assert decay.values == pytest.approx((0.1, 0.01, 0.001, 0.0001))
    assert decay.boundaries == (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))
    assert sc.step_decay(0.1, 0.1, 0) == sc.Steps((0.1,), ())
    steps = sc.multistep((0.1, 0.01, 0.001), (30, 60), total=90)
    assert steps == sc.Steps((0.1, 0.01, 0.001), ("1/3", "2/3"))
    assert steps.over(90).boundaries == (30, 60)
    assert sc.multistep((1.0, 2.0), (450.5,), total=901)(0.5) == 2.0


def test_flat_cosine_and_poly() -> None:
    flat = sc.flat_cosine(0.1, stable=0.5, end=0.01)
    assert flat([0.0, 0.5, 1.0]).tolist() == [0.1, 0.1, 0.01]
    assert flat(0.75) == pytest.approx(0.055)
    assert sc.poly(0.1) == sc.Polynomial(0.1, 0.0, 0.9)
    assert sc.poly(0.1, 2.0, 0.01)(0.5) == pytest.approx(0.01 + 0.09 * 0.25)


@given(
    st.sampled_from(["half", "full"]),
    st.sampled_from([0.5, 0.25, 0.125, 0.334, "1/7", 1]),
    st.sampled_from([1.0, 0.5]),
    st.booleans(),
    st.integers(0, 1000),
)
def test_cosine_restarts_are_vissls(
    wave: str, interval: float | str, decay: float, adaptive: bool, k: int
) -> None:
    """VISSL's formula, its place found with exact fractions instead of a float modulo."""
    start, end = 1.0, 0.01
    schedule = sc.cosine_restarts(start, end, interval, wave, decay, adaptive)
    length = Fraction(str(interval))
    t = Fraction(k, 1000)
    restarts = [Fraction(0)]
    step = length
    while step < 1:
        restarts.append(step)
        step += length if wave == "half" else 2 * length
    j = max(i for i, r in enumerate(restarts) if r <= t)
    if adaptive:
        place = restarts[j] + (length if wave == "full" else 0)
        top = cosine(float(min(place, Fraction(10))), start, end)
    else:
        top = start * decay**j
    if k == 1000 and wave == "half":
        u = 1 - (len(restarts) - 1) * length  # the end of the last wave, not the start of another
        want = cosine(float(u / length), top, end)
    else:
        want = cosine(float((t % length if wave == "half" else t) / length), top, end)
    beyond = adaptive and wave == "full" and restarts[j] + length > 1
    if not beyond:  # where VISSL reads its cosine past 1, it rises again; ours stays at the end
        assert schedule(k / 1000) == pytest.approx(want, rel=1e-12, abs=0.0)


def test_recipes_take_exact_lengths() -> None:
    horizon = sc.Horizon.epochs(300, 1251)
    plan = sc.warmup_cosine(1e-3, horizon.fraction("20ep"), 1e-6, 1e-5).over(horizon)
    assert plan.boundaries == (20 * 1251,)
    assert plan(20 * 1251) == 1e-3
    assert np.argmax(plan.values()) == 20 * 1251
