"""Fractions from the numbers that people write, and back."""

from fractions import Fraction

import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st

import schedcore as sc
from schedcore._exact import as_length, as_written, ascending, fraction, shares


@given(st.integers(1, 10**6), st.data())
def test_a_float_of_a_ratio_is_read_as_the_ratio(q: int, data: st.DataObject) -> None:
    p = data.draw(st.integers(0, q))
    assert fraction("", "", p / q) == Fraction(p, q)


@given(st.integers(1, 1000), st.data())
def test_a_float32_is_read_as_what_was_rounded_to_it(q: int, data: st.DataObject) -> None:
    p = data.draw(st.integers(0, q))
    assert fraction("", "", np.float32(p / q)) == Fraction(p, q)


@given(st.floats(0.0, 1.0))
def test_a_float_is_read_as_a_fraction_that_rounds_to_it(x: float) -> None:
    read = fraction("", "", x)
    assert float(read) == x
    assert read == oracle.exact(x)


COMPUTED = {
    "w/N": (lambda w, d, n: w / n, lambda w, d: w),
    "1 - w/N": (lambda w, d, n: 1 - w / n, lambda w, d: -w),
    "w/N + d/N": (lambda w, d, n: w / n + d / n, lambda w, d: w + d),
    "(w + d)/N - d/N": (lambda w, d, n: (w + d) / n - d / n, lambda w, d: w),
    "1 - w/N - d/N": (lambda w, d, n: 1 - w / n - d / n, lambda w, d: -w - d),
    "w*(1/N)": (lambda w, d, n: w * (1 / n), lambda w, d: w),
}


@pytest.mark.parametrize("how", COMPUTED)
@given(st.integers(2, 10**7), st.data())
def test_a_computed_length_is_the_share_of_steps_it_was_computed_for(
    how: str, n: int, data: st.DataObject
) -> None:
    w = data.draw(st.integers(1, n - 1))
    d = data.draw(st.integers(0, n - 1 - w))
    compute, steps = COMPUTED[how]
    assert as_length("", "", compute(w, d, n)) == Fraction(steps(w, d) % n, n)


@pytest.mark.parametrize(("w", "n"), [(7, 10), (1, 3), (1, 27), (5, 90), (333, 1000), (1, 1009)])
def test_a_computed_float32_length_is_the_share_it_was_computed_for(w: int, n: int) -> None:
    whole, part = np.float32(1.0), np.float32(w / n)
    assert as_length("", "", part) == Fraction(w, n)
    assert as_length("", "", np.float32(w) / np.float32(n)) == Fraction(w, n)
    assert sc.Join((sc.Constant(1), sc.Constant(2)), (whole - part, part)).over(n).boundaries == (
        n - w,
    )


@pytest.mark.parametrize(
    ("schedule", "boundaries"),
    [
        (sc.Join((sc.Constant(1), sc.Constant(2)), (1 - 0.7, 0.7)), (300,)),
        (sc.Join((sc.Constant(1), sc.Constant(2), sc.Constant(3)), (7 / 1000, 1 - 7 / 1000 - 0.203, 0.203)), (7, 797)),
        (sc.Steps((1, 2, 3), (1 - 0.9, 0.1 + 0.2)), (100, 300)),
        (sc.Points((1, 2, 1), (0, 1 - 0.7, 1)), (300,)),
        (sc.Restrict(sc.Steps((1, 2), (0.65,)), 1 - 0.7, 1), (500,)),
        (sc.warmup_cosine(1, 1 - 0.95), (50,)),
        (sc.warmup_cosine(1, "5%"), (50,)),
        (sc.from_config({"name": "steps", "values": [1, 2], "boundaries": [1 - 0.7]}), (300,)),
        (sc.from_config({"name": "warmup_linear", "peak": 1, "warmup": "5%"}), (50,)),
        (sc.multistep((1, 2), (0.3 * 100,), 100), (300,)),
    ],
)  # fmt: skip
def test_boundaries_of_computed_lengths_fall_on_their_steps(
    schedule: sc.Schedule, boundaries: tuple[int, ...]
) -> None:
    assert schedule.over(1000).boundaries == boundaries


def test_a_value_is_not_moved_to_a_fraction_near_it() -> None:
    assert fraction("", "", 1 - 0.7) == Fraction("0.30000000000000004")


def test_a_length_of_which_rounding_left_a_trace_is_0() -> None:
    assert 1 - 0.7 - 0.3 != 0
    assert as_length("", "", 1 - 0.7 - 0.3) == as_length("", "", -5.551115123125783e-17) == 0
    assert as_length("", "", 1e-16) == Fraction(1, 10**16)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (0.1, Fraction(1, 10)),
        (5 / 90, Fraction(1, 18)),
        (0.1234567, Fraction(1234567, 10**7)),
        (1e-7, Fraction(1, 10**7)),
        ("1/3", Fraction(1, 3)),
        ("0.3333", Fraction(3333, 10000)),
        (Fraction(2, 7), Fraction(2, 7)),
        (1, Fraction(1)),
        (np.int64(1), Fraction(1)),
        (np.float64(0.1), Fraction(1, 10)),
    ],
)
def test_what_is_written_is_what_is_meant(written: object, read: Fraction) -> None:
    assert fraction("", "", written) == read
    assert type(fraction("", "", written).numerator) is int


@given(st.fractions(-10, 10) | st.floats(0.0, 1.0).map(Fraction))
def test_as_written_is_read_back(q: Fraction) -> None:
    assert fraction("", "", as_written(q)) == q


def test_as_written_is_short() -> None:
    assert as_written(Fraction(1, 10)) == 0.1
    assert as_written(Fraction(39, 40)) == 0.975
    assert as_written(Fraction(1, 3)) == "1/3"
    assert as_written(Fraction(1, 3 * 2**60)) == f"1/{3 * 2**60}"


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6).filter(any))
def test_shares_sum_to_1_exactly_whatever_rounding_did(weights: list[int]) -> None:
    rounded = [round(w / sum(weights), 4) for w in weights]
    others = sum(map(Fraction, (str(x) for x in rounded[:-1])), Fraction(0))
    if others > 1:
        with pytest.raises(ValueError, match=r"^X: 'xs' must leave room for the last piece, got"):
            shares("X", "xs", rounded)
        return
    got = shares("X", "xs", rounded)
    assert sum(got) == 1
    assert got[:-1] == tuple(Fraction(str(x)) for x in rounded[:-1])


@given(st.lists(st.integers(0, 100), max_size=6))
def test_ascending_places_stay_as_they_are(ks: list[int]) -> None:
    places = [Fraction(k, 100) for k in ks]
    if places == sorted(places):
        assert ascending("X", "xs", places) == tuple(places)
    else:
        with pytest.raises(ValueError, match=r"^X: 'xs' must be in ascending order, got \["):
            ascending("X", "xs", places)
