"""Hypothesis strategies, for property tests of code that takes schedules.

Needs hypothesis, which schedcore itself does not.

    from hypothesis import given
    from schedcore.testing import progresses, schedules

    @given(schedules(), progresses())
    def test_mine(schedule, t):
        assert math.isfinite(my_wrapper(schedule)(t))
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

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

T = TypeVar("T")


def values() -> SearchStrategy[float]:
    """Values as schedules have them: 0, and numbers of either sign from 1e-8 to 100 in size.

    >>> from hypothesis import find
    >>> find(values(), lambda x: True)
    0.0
    """
    sizes = st.sampled_from([1.0, 0.1, 0.3, 1e-3, 4.8, 0.0048]) | st.floats(1e-8, 100.0)
    return st.just(0.0) | sizes | sizes.map(lambda x: -x)


def places() -> SearchStrategy[Fraction]:
    """Exact fractions in [0, 1], ratios and decimals.

    >>> from hypothesis import find
    >>> find(places(), lambda x: True)
    Fraction(0, 1)
    """
    thousandths = st.integers(0, 1000).map(lambda k: Fraction(k, 1000))
    return st.fractions(0, 1, max_denominator=120) | thousandths


def lengths(count: int) -> SearchStrategy[tuple[Fraction, ...]]:
    """Exact lengths that sum to 1; some may be 0.

    Parameters:
        count: how many, at least 1.

    >>> from hypothesis import find
    >>> find(lengths(2), lambda xs: True)
    (Fraction(0, 1), Fraction(1, 1))
    """
    weights = st.lists(st.integers(0, 20), min_size=count, max_size=count).filter(any)
    return weights.map(lambda xs: tuple(Fraction(x, sum(xs)) for x in xs))


def progresses(schedule: Schedule | None = None) -> SearchStrategy[float]:
    """Floats in [0, 1], often where it is hard: the ends, a schedule's boundaries, next to them.

    Parameters:
        schedule: whose boundaries; those of none if it is None.

    >>> from hypothesis import find
    >>> find(progresses(), lambda t: True)
    0.0
    """
    hard = {0.0, 0.5, 1.0}
    if schedule is not None:
        hard.update(map(float, schedule.boundaries))
    near = {
        min(max(y, 0.0), 1.0)
        for x in hard
        for y in (math.nextafter(x, -1.0), x, math.nextafter(x, 2.0))
    }
    tiny = st.floats(1e-17, 1e-3)
    steps = st.integers(1, 10**6).flatmap(lambda n: st.integers(0, n).map(lambda k: k / n))
    return (
        st.sampled_from(sorted(near))
        | st.floats(0.0, 1.0)
        | tiny
        | tiny.map(lambda x: 1.0 - x)
        | steps
    )


@st.composite
def curves(draw: DrawFn) -> Schedule:
    """The curves of schedcore, `Custom` left out.

    >>> from hypothesis import find
    >>> find(curves(), lambda curve: True)
    Constant(value=0.0)
    """
    return draw(st.sampled_from(_CURVES))(draw)


@st.composite
def schedules(draw: DrawFn, max_leaves: int = 6) -> Schedule:
    """Schedules of any kind and nesting; `Custom` left out.

    Parameters:
        max_leaves: the most curves in one, at least 1.

    >>> from hypothesis import find
    >>> find(schedules(), lambda schedule: True)
    Constant(value=0.0)
    """
    if max_leaves == 1 or draw(st.booleans()):
        return draw(curves())
    return draw(st.sampled_from(_COMBINED))(draw, max_leaves)


def _between(curve: Callable[..., Schedule], **more: SearchStrategy[float]) -> Any:
    def build(draw: DrawFn) -> Schedule:
        parameters = {name: draw(strategy) for name, strategy in more.items()}
        return curve(draw(values()), draw(values()), **parameters)

    return build


def _exponential(draw: DrawFn) -> Schedule:
    sign = draw(st.sampled_from([1.0, -1.0]))
    return Exponential(sign * draw(_POSITIVE), sign * draw(_POSITIVE))


def _steps(draw: DrawFn) -> Schedule:
    count = draw(st.integers(1, 5))
    return Steps(_several(draw, values(), count), sorted(_several(draw, places(), count - 1)))


def _points(draw: DrawFn) -> Schedule:
    count = draw(st.integers(1, 5))
    return Points(_several(draw, values(), count), sorted(_several(draw, places(), count)))


def _several(draw: DrawFn, strategy: SearchStrategy[T], count: int) -> list[T]:
    return draw(st.lists(strategy, min_size=count, max_size=count))


_POSITIVE = st.floats(1e-6, 100.0)
_POWERS = st.sampled_from([0.5, 0.9, 1.0, 2.0]) | st.floats(0.125, 8.0)
_RATES = st.floats(0.01, 10.0) | st.floats(-10.0, -0.01)
_CURVES: list[Callable[[DrawFn], Schedule]] = [
    lambda draw: Constant(draw(values())),
    _between(Linear),
    _between(Cosine),
    _between(Polynomial, power=_POWERS),
    _between(Power, power=_POWERS),
    _between(Rex, beta=st.floats(0.0, 0.99)),
    _between(Saturating, rate=_RATES),
    _between(Tanh, lower=st.floats(-10.0, -0.01), upper=st.floats(0.0, 10.0)),
    _exponential,
    lambda draw: InversePower(draw(values()), draw(st.floats(1e-3, 100.0)), draw(_POWERS)),
    _steps,
    _points,
]


def _join(draw: DrawFn, leaves: int) -> Schedule:
    count = draw(st.integers(1, min(leaves, 4)))
    pieces = [draw(schedules(leaves // count)) for _ in range(count)]
    return Join(pieces, draw(lengths(count)))


def _restrict(draw: DrawFn, leaves: int) -> Schedule:
    lo, hi = sorted(draw(st.lists(places(), min_size=2, max_size=2, unique=True)))
    return Restrict(draw(schedules(leaves)), lo, hi)


def _repeat(draw: DrawFn, leaves: int) -> Schedule:
    stretch = draw(st.sampled_from([Fraction(1), Fraction(2), Fraction(1, 2), Fraction(3, 2)]))
    decay = draw(st.sampled_from([1.0, 0.5, 0.9, -1.0, 0.0]))
    return Repeat(draw(schedules(leaves - 1)), draw(st.integers(1, 4)), stretch, decay)


def _warp(draw: DrawFn, leaves: int) -> Schedule:
    times = st.floats(0.0, 1.0, allow_subnormal=False)
    clocks = (
        st.builds(Linear, times, times)
        | st.builds(Cosine, times, times)
        | st.builds(Power, st.just(0.0), st.just(1.0), _POWERS)
    )
    return Warp(draw(schedules(leaves - 1)), draw(clocks))


def _operation(operation: Callable[[Any, Any], Schedule]) -> Callable[[DrawFn, int], Schedule]:
    def build(draw: DrawFn, leaves: int) -> Schedule:
        other = values() | schedules(leaves // 2)
        return operation(draw(schedules(leaves - leaves // 2)), draw(other))

    return build


def _quotient(draw: DrawFn, leaves: int) -> Schedule:
    positive = st.floats(0.1, 10.0)
    divisors = positive | st.builds(Exponential, positive, positive)
    return draw(schedules(leaves - 1)) / draw(divisors)


_COMBINED: list[Callable[[DrawFn, int], Schedule]] = [
    _join,
    _restrict,
    lambda draw, leaves: Reverse(draw(schedules(leaves - 1))),
    _repeat,
    lambda draw, leaves: Hold(draw(schedules(leaves - 1)), draw(st.integers(1, 100))),
    _warp,
    _operation(lambda a, b: a + b),
    _operation(lambda a, b: a - b),
    _operation(lambda a, b: b - a),
    _operation(lambda a, b: a * b),
    _quotient,
    _operation(minimum),
    _operation(maximum),
]
