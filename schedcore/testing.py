"""Hypothesis strategies, for property tests of code that takes schedules.

Needs hypothesis, which schedcore itself does not.

    from hypothesis import given
    from schedcore.testing import progresses, schedules

    @given(schedules(), progresses())
    def test_mine(schedule, t):
        assert math.isfinite(my_wrapper(schedule)(t))
"""

import math
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from schedcore import (
    Constant,
    Cosine,
    Exponential,
    Hold,
    InversePower,
    Join,
    Linear,
    Points,
    Polynomial,
    Power,
    Repeat,
    Restrict,
    Reverse,
    Rex,
    Saturating,
    Schedule,
    Steps,
    Tanh,
    Warp,
    maximum,
    minimum,
)

__all__ = ["curves", "lengths", "places", "progresses", "schedules", "values"]

Strategy = st.SearchStrategy[Any]


def values() -> Strategy:
    """Values as schedules have them: 0, and numbers of either sign from 1e-8 to 100 in size."""
    sizes = st.one_of(
        st.sampled_from([1.0, 0.1, 0.3, 1e-3, 4.8, 0.0048]),
        st.floats(1e-8, 100.0),
    )
    return st.one_of(st.just(0.0), sizes, sizes.map(lambda x: -x))


def places() -> Strategy:
    """Exact fractions in [0, 1], decimals and ratios."""
    return st.one_of(
        st.fractions(0, 1, max_denominator=120),
        st.integers(0, 1000).map(lambda k: Fraction(k, 1000)),
    )


def lengths(count: int) -> Strategy:
    """`count` exact lengths that sum to 1; some may be 0."""
    weights = st.lists(st.integers(0, 20), min_size=count, max_size=count).filter(any)
    return weights.map(lambda w: tuple(Fraction(x, sum(w)) for x in w))


def progresses(schedule: Schedule | None = None) -> Strategy:
    """Floats in [0, 1], often where it is hard: at the ends, at boundaries, and next to them."""
    hard = {Fraction(0), Fraction(1, 2), Fraction(1)}
    if schedule is not None:
        hard.update(schedule.boundaries)
    near = {
        float(min(max(y, 0.0), 1.0))
        for x in map(float, sorted(hard))
        for y in (math.nextafter(x, -1), x, math.nextafter(x, 2))
    }
    tiny = st.floats(1e-17, 1e-3)
    return st.one_of(
        st.sampled_from(sorted(near)),
        st.floats(0.0, 1.0),
        tiny,
        tiny.map(lambda x: 1.0 - x),
        st.integers(1, 10**6).flatmap(lambda n: st.integers(0, n).map(lambda k: k / n)),
    )


def curves() -> Strategy:
    """The curves of schedcore, `Custom` left out."""
    ends = st.tuples(values(), values())
    positive = st.floats(1e-6, 100.0)
    powers = st.one_of(st.sampled_from([0.5, 0.9, 1.0, 2.0]), st.floats(0.125, 8.0))
    rates = st.floats(0.01, 10.0)

    def of(curve: Any, **parameters: Strategy) -> Strategy:
        return st.builds(
            lambda ends, more: curve(*ends, **more), ends, st.fixed_dictionaries(parameters)
        )

    return st.one_of(
        st.builds(Constant, values()),
        of(Linear),
        of(Cosine),
        of(Polynomial, power=powers),
        of(Power, power=powers),
        of(Rex, beta=st.floats(0.0, 0.99)),
        of(Saturating, rate=st.one_of(rates, rates.map(lambda x: -x))),
        of(Tanh, lower=st.floats(-10.0, -0.01), upper=st.floats(0.0, 10.0)),
        st.builds(
            lambda start, end, sign: Exponential(sign * start, sign * end),
            positive,
            positive,
            st.sampled_from([1.0, -1.0]),
        ),
        st.builds(InversePower, values(), st.floats(1e-3, 100.0), powers),
        st.integers(1, 5).flatmap(
            lambda n: st.builds(
                Steps,
                st.tuples(*[values()] * n),
                st.lists(places(), min_size=n - 1, max_size=n - 1).map(sorted).map(tuple),
            )
        ),
        st.integers(1, 5).flatmap(
            lambda n: st.builds(
                Points,
                st.tuples(*[values()] * n),
                st.lists(places(), min_size=n, max_size=n).map(sorted).map(tuple),
            )
        ),
    )


def schedules(max_leaves: int = 6) -> Strategy:
    """Schedules of any kind and nesting, made of at most `max_leaves` curves; not `Custom`."""
    return st.recursive(curves(), _combined, max_leaves=max_leaves)


def _combined(inner: Strategy) -> Strategy:
    return st.one_of(
        st.integers(1, 4).flatmap(lambda n: st.builds(Join, st.tuples(*[inner] * n), lengths(n))),
        st.builds(
            lambda schedule, ends: Restrict(schedule, min(ends), max(ends)),
            inner,
            st.tuples(places(), places()).filter(lambda ends: ends[0] != ends[1]),
        ),
        st.builds(Reverse, inner),
        st.builds(
            Repeat,
            inner,
            st.integers(1, 4),
            st.sampled_from([1, 2, Fraction(1, 2), Fraction(3, 2)]),
            st.sampled_from([1.0, 0.5, -1.0, 0.9]),
        ),
        st.builds(Hold, inner, st.integers(1, 100)),
        st.builds(Warp, inner, _clocks()),
        _arithmetic(inner),
    )


def _clocks() -> Strategy:
    times = st.floats(0.0, 1.0, allow_subnormal=False)
    ends = st.tuples(times, times)
    return st.one_of(
        ends.map(lambda ends: Linear(*ends)),
        ends.map(lambda ends: Cosine(*ends)),
        st.builds(lambda power: Power(0.0, 1.0, power), st.floats(0.125, 8.0)),
    )


def _arithmetic(inner: Strategy) -> Strategy:
    other = st.one_of(inner, values())
    divisors = st.one_of(
        st.floats(0.1, 10.0),
        st.builds(Exponential, st.floats(0.1, 10.0), st.floats(0.1, 10.0)),
    )
    return st.one_of(
        st.builds(lambda a, b: a + b, inner, other),
        st.builds(lambda a, b: a - b, inner, other),
        st.builds(lambda a, b: b - a, inner, other),
        st.builds(lambda a, b: a * b, inner, other),
        st.builds(lambda a, b: a / b, inner, divisors),
        st.builds(minimum, inner, other),
        st.builds(maximum, inner, other),
    )
