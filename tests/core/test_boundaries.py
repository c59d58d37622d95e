"""At any boundary b and total N with N*b whole, step N*b is the later piece's: up to 10**15."""

from fractions import Fraction

import numpy as np
import pytest
import strategies
from hypothesis import given
from hypothesis import strategies as st

import schedcore as sc
from schedcore._namespaces.precision import PRECISIONS

SCALES = st.one_of(st.integers(64, 1000), st.integers(64, 10**6), st.integers(64, 10**12))
TWO = (sc.Constant(1.0), sc.Constant(2.0))
MOST = 10**15


def check(
    schedule: sc.Schedule, boundary: Fraction, scale: int, before: float, after: float
) -> None:
    """`before` up to the step before the boundary, `after` from it on."""
    total = boundary.denominator * max(64, min(scale, MOST // boundary.denominator))
    k = total * boundary.numerator // boundary.denominator
    plan = schedule.over(total)
    assert k in plan.boundaries or k == 0
    for got in (schedule(k / total), plan(k), float(plan(np.array([k]))[0])):
        assert got == after
    if k > 0:
        for got in (schedule((k - 1) / total), plan(k - 1), float(plan(np.array([k - 1]))[0])):
            assert got == before


@given(strategies.decimal_and_ratio_lengths().filter(lambda x: x[0] < 1), SCALES)
def test_join(length: tuple[Fraction, object], scale: int) -> None:
    exact, written = length
    join = sc.Join(TWO, (written, 1 - exact))
    assert join.boundaries == (exact,)
    check(join, exact, scale, 1.0, 2.0)


@given(
    st.lists(
        strategies.decimal_and_ratio_lengths().filter(lambda x: 0 < x[0] < 1),
        min_size=2,
        max_size=4,
    ),
    SCALES,
)
def test_joins_in_joins(lengths: list[tuple[Fraction, object]], scale: int) -> None:
    schedule: sc.Schedule = sc.Join(TWO, (lengths[0][1], 1 - lengths[0][0]))
    boundary = lengths[0][0]
    for i, (exact, written) in enumerate(lengths[1:]):
        if i % 2:
            schedule, boundary = (
                sc.Join((schedule, sc.Constant(3.0)), (written, 1 - exact)),
                boundary * exact,
            )
        else:
            first = sc.Join((sc.Constant(0.0), schedule), (written, 1 - exact))
            schedule, boundary = first, exact + boundary * (1 - exact)
    if boundary.denominator <= 10**9:
        check(schedule, boundary, scale, 1.0, 2.0)


@given(
    strategies.decimal_and_ratio_lengths().filter(lambda x: x[0] < 1),
    st.fractions(0, 1, max_denominator=100),
    st.fractions(0, 1, max_denominator=100),
    SCALES,
)
def test_restrict(length: tuple[Fraction, object], lo: Fraction, hi: Fraction, scale: int) -> None:
    exact, written = length
    if lo < exact < hi:
        part = sc.Restrict(sc.Join(TWO, (written, 1 - exact)), lo, hi)
        check(part, (exact - lo) / (hi - lo), scale, 1.0, 2.0)


@given(
    st.integers(2, 6),
    st.sampled_from([1, 2, "3/2", 0.5, 1.1]),
    st.integers(0, 4),
    SCALES,
)
def test_repeat_with_stretch(times: int, stretch: float | str, j: int, scale: int) -> None:
    repeat = sc.Repeat(sc.Steps((1.0, 2.0), ("1/3",)), times, stretch, decay=3.0)
    factor = Fraction(str(stretch))
    j = j % times
    start = sum((factor**i for i in range(j)), Fraction(0))
    total = sum((factor**i for i in range(times)), Fraction(0))
    check(repeat, (start + factor**j / 3) / total, scale, 3.0**j, 2 * 3.0**j)
    if j:
        check(repeat, start / total, scale, 2 * 3.0 ** (j - 1), 3.0**j)


@given(st.integers(2, 10**6) | st.integers(2, 10**12), st.data())
def test_hold(updates: int, data: st.DataObject) -> None:
    j = data.draw(st.integers(1, updates - 1))
    scale = data.draw(st.integers(1, max(1, MOST // updates)))
    hold = sc.Hold(sc.Linear(0.0, 1.0), updates)
    total = updates * scale
    for got in (hold(j * scale / total), float(hold(np.array([j * scale / total]))[0])):
        assert got == j / updates
    before = (j * scale - 1) / total
    for got in (hold(before), float(hold(np.array([before]))[0])):
        assert got == (j - 1) / updates


@given(st.integers(1, 2000))
def test_hold_at_every_edge(updates: int) -> None:
    hold = sc.Hold(sc.Linear(0.0, 1.0), updates)
    ts = np.arange(updates + 1) / updates
    assert hold(ts).tolist() == ts.tolist()
    assert [hold(t) for t in ts.tolist()[-20:]] == ts.tolist()[-20:]


@given(
    strategies.decimal_and_ratio_lengths().filter(lambda x: 0 < x[0] < 1),
    st.integers(2, 60),
    st.integers(1, 59),
    SCALES,
)
def test_hold_in_a_join_reversed(
    length: tuple[Fraction, object], updates: int, j: int, scale: int
) -> None:
    exact, written = length
    j = 1 + j % (updates - 1) if updates > 2 else 1
    hold = sc.Reverse(sc.Hold(sc.Linear(0.0, 1.0), updates))
    join = sc.Join((sc.Constant(5.0), hold), (written, 1 - exact))
    # Reading backwards, the cell that begins in t at edge j is the one that ends there.
    boundary = exact + (1 - exact) * Fraction(updates - j, updates)
    if boundary.denominator <= 10**9:
        check(join, boundary, scale, j / updates, (j - 1) / updates)


@given(strategies.decimal_and_ratio_lengths().filter(lambda x: 0 < x[0] < 1), SCALES)
def test_reverse_and_arithmetic(length: tuple[Fraction, object], scale: int) -> None:
    exact, written = length
    join = sc.Join(TWO, (written, 1 - exact))
    check(sc.Reverse(join), 1 - exact, scale, 2.0, 1.0)
    check(10 * join + sc.Hold(sc.Constant(1.0), 1), exact, scale, 11.0, 21.0)
    other = sc.Steps((0.0, 0.5), (1 - exact,))
    both = sc.maximum(join - other, 0.0)
    if exact < Fraction(1, 2):
        check(both, exact, scale, 1.0, 2.0)
        check(both, 1 - exact, scale, 2.0, 1.5)


@given(strategies.decimal_and_ratio_lengths().filter(lambda x: 0 < x[0] < 1), SCALES)
def test_a_linear_clock_is_exact(length: tuple[Fraction, object], scale: int) -> None:
    exact, written = length
    join = sc.Join(TWO, (written, 1 - exact))
    line = sc.Linear(0.0, 1.0)
    for clock in (sc.Linear(1.0, 0.0), sc.Reverse(line), 1 - line, -1.0 * line + 1):
        check(sc.Warp(join, clock), 1 - exact, scale, 2.0, 1.0)
    if exact > Fraction(1, 10):
        place = (exact - Fraction(1, 10)) / Fraction(9, 10)
        for clock in (
            sc.Linear(0.1, 1.0),
            sc.Restrict(line, 0.1, 1),
            0.1 + 0.9 * line,
            (line * 9 + 1) / 10,
            1 - sc.Restrict(sc.Reverse(line), 0.1, 1),
        ):
            if clock(0.0) == 0.1:
                check(sc.Warp(join, clock), place, scale, 1.0, 2.0)
    # A product of two lines is no line, nor is a quotient by one.
    assert sc.Warp(join, line * line)(0.5) == join(0.25)
    assert sc.Warp(join, 0.5 / (line + 1))(1.0) == join(0.25)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@given(q=st.integers(2, 300), data=st.data())
def test_boundaries_are_rounded_to_the_dtype_of_the_progress(
    dtype: type[np.floating], q: int, data: st.DataObject
) -> None:
    p = data.draw(st.integers(1, q - 1))
    for schedule, before, after in (
        (sc.Join(TWO, (Fraction(p, q), Fraction(q - p, q))), 1.0, 2.0),
        (sc.Hold(sc.Linear(0.0, 1.0), q), (p - 1) / q, p / q),
    ):
        t = dtype(p) / dtype(q)
        assert schedule(np.array([t]))[0] == dtype(after)
        assert schedule(np.array([np.nextafter(t, dtype(0))]))[0] == dtype(before)
        assert schedule(t) == float(dtype(after))
    steep = sc.Join(
        (sc.Linear(0.0, 1.0), sc.Power(1.0, 0.0, 0.5)), (Fraction(p, q), 1 - Fraction(p, q))
    )
    assert steep(np.array([t]))[0] == 1.0  # its own progress is 0 there, not below


def test_a_place_is_rounded_to_float32_once_and_not_by_way_of_float64() -> None:
    nearest = PRECISIONS["float32"].nearest
    midpoint = Fraction(1, 2) + Fraction(1, 2**25)
    assert nearest(midpoint + Fraction(1, 2**60)) == 0.5 + 2.0**-24
    assert nearest(midpoint - Fraction(1, 2**60)) == 0.5
    assert nearest(midpoint) == 0.5  # to even
