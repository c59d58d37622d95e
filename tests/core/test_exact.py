"""Fractions from the numbers that people write, and back."""

from fractions import Fraction

import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore._exact import as_written, ascending, fraction, shares


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
