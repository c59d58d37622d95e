"""Every curve: exact ends, monotone to the ulp, in range, near the oracle, equal to itself."""

import copy
import math
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import oracle
import pytest
import strategies
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mpf

import schedcore as sc

BETWEEN = sorted(strategies.MORE)
CURVES = ["Constant", "InversePower", *BETWEEN]
EPS = 2.0**-52
SMALLEST = 2.2250738585072014e-308


def curve(name: str, parameters: dict[str, float]) -> sc.Schedule:
    made: sc.Schedule = getattr(sc, name)(**parameters)
    return made


def bits(x: float) -> bytes:
    return np.float64(x).tobytes()


@pytest.mark.parametrize("name", BETWEEN)
@given(data=st.data())
def test_ends_are_exact_bit_for_bit(name: str, data: st.DataObject) -> None:
    parameters = data.draw(strategies.parameters(name, strategies.neighbours()))
    schedule = curve(name, parameters)
    assert bits(schedule(0.0)) == bits(parameters["start"] + 0.0)
    assert bits(schedule(1.0)) == bits(parameters["end"] + 0.0)
    ends = schedule(np.array([0.0, 1.0]))
    assert ends.tolist() == [parameters["start"], parameters["end"]]


@given(strategies.parameters("InversePower", strategies.neighbours()))
def test_inverse_power_begins_exactly_at_its_start(parameters: dict[str, float]) -> None:
    assert sc.InversePower(**parameters)(0.0) == parameters["start"]


@pytest.mark.parametrize("name", BETWEEN)
@given(data=st.data())
def test_equal_ends_give_a_constant(name: str, data: st.DataObject) -> None:
    same = strategies.wide().map(lambda x: (x, x))
    schedule = curve(name, data.draw(strategies.parameters(name, same)))
    t = data.draw(strategies.hard())
    assert schedule(t) == schedule.start  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", CURVES)
@given(data=st.data())
def test_never_a_step_backwards_and_never_out_of_range(name: str, data: st.DataObject) -> None:
    schedule = curve(name, data.draw(strategies.parameters(name, strategies.neighbours())))
    seam = schedule._seam() if hasattr(schedule, "_seam") else 0.5
    t = data.draw(strategies.hard(seam))
    near = [t]
    for _ in range(4):
        near = [math.nextafter(near[0], -1.0), *near, math.nextafter(near[-1], 2.0)]
    ts = [0.0, *(x for x in near if 0.0 <= x <= 1.0), 1.0]
    for values in ([schedule(x) for x in ts], schedule(np.array(ts)).tolist()):
        assert values in (sorted(values), sorted(values, reverse=True))


@pytest.mark.parametrize("name", CURVES)
@given(data=st.data())
def test_within_8_ulp_of_the_oracle_near_a_zero_end_too(name: str, data: st.DataObject) -> None:
    parameters = data.draw(strategies.parameters(name, strategies.one_sign()))
    schedule = curve(name, parameters)
    t = data.draw(strategies.hard(schedule._seam() if hasattr(schedule, "_seam") else 0.5))
    t = 0.0 if t < 1e-290 else t  # a product with a small rate would be subnormal
    want = oracle.value(name, t, **parameters)
    for got in (schedule(t), float(schedule(np.array([t]))[0])):
        # Where the smallest normal float is near, there are no 52 bits to be had.
        assert abs(mpf(got) - want) <= 8 * EPS * abs(want) + SMALLEST * EPS * 8


@pytest.mark.parametrize("name", CURVES)
@given(data=st.data())
def test_across_a_sign_change_within_8_ulp_of_the_largest(name: str, data: st.DataObject) -> None:
    ends = st.tuples(st.floats(1e-6, 10.0), st.floats(-10.0, -1e-6))
    if name == "Exponential":
        ends = ends.map(lambda pair: (pair[0], -pair[1]))
    parameters = data.draw(strategies.parameters(name, ends))
    t = data.draw(strategies.hard())
    largest = max(abs(parameters.get(key, 0.0)) for key in ("start", "end", "value"))
    want = oracle.value(name, t, **parameters)
    assert abs(mpf(curve(name, parameters)(t)) - want) <= 8 * EPS * largest


@pytest.mark.parametrize("name", CURVES)
@given(data=st.data())
def test_a_value_equal_to_itself(name: str, data: st.DataObject) -> None:
    schedule = curve(name, data.draw(strategies.parameters(name, strategies.neighbours())))
    schedule(0.5)  # what is compiled at the first call is no part of the value
    for again in (
        eval(repr(schedule), vars(sc)),
        pickle.loads(pickle.dumps(schedule)),
        copy.deepcopy(schedule),
        copy.copy(schedule),
    ):
        assert again == schedule
        assert hash(again) == hash(schedule)
        assert again(0.3) == schedule(0.3)
    assert "\n" not in repr(schedule)


@pytest.mark.parametrize(
    ("schedule", "t", "value"),
    [
        (sc.Constant(0.1), 0.3, 0.1),
        (sc.Linear(0.0, 0.4), 0.25, 0.1),
        (sc.Cosine(0.1, 0.0), 0.25, 0.08535533905932738),  # the guide prints 0.075
        (sc.Cosine(0.1, 1e-5), 0.75, 0.014653196474579),  # and 0.025 for its 1e-5
        (sc.Exponential(0.1, 0.1 * 0.95**100), 1.0, 0.000592052922033),  # and 0.0059
        (sc.Polynomial(0.1, 0.0, 2.0), 0.5, 0.025),
        (sc.Power(0.1, 0.0, 0.5), 0.25, 0.05),  # 1 - sqrt
        (sc.InversePower(0.1, 0.25), 0.75, 0.05),
        (sc.Rex(1.0, 0.0), 0.5, 2 / 3),
        (sc.Saturating(1.0, 0.0, math.log(2)), 0.5, 2 * 0.5**0.5 - 1),  # Megatron's
        (sc.Tanh(1.0, 0.0, -1.0, 1.0), 0.5, 0.5),
        (sc.Steps((3.0, 2.0, 1.0), ("1/3", 2 / 3)), 1 / 3, 2.0),
        (sc.Points((0.0, 1.0, 0.5), (0, 0.25, 1)), 0.625, 0.75),
        (sc.Custom(lambda t: t * t), 0.5, 0.25),
    ],
)
def test_a_value_by_hand(schedule: sc.Schedule, t: float, value: float) -> None:
    assert schedule(t) == pytest.approx(value, rel=1e-9, abs=0.0)
    assert schedule(np.array([t]))[0] == pytest.approx(value, rel=1e-9, abs=0.0)


BULK = [
    sc.Cosine(0.0, 1.0),
    sc.Exponential(3.0, 0.01),
    *(sc.Polynomial(1.0, 0.0, power) for power in (0.125, 0.9, 3.3, 8.0)),
    *(sc.Power(1.0, 0.0, power) for power in (0.125, 0.5, 3.3, 8.0)),
    *(sc.Rex(1.0, 0.0, beta) for beta in (0.2, 0.5, 0.9, 0.99)),
    *(sc.Saturating(1.0, 0.0, rate) for rate in (-10.0, 0.7, 10.0)),
    *(sc.Tanh(1.0, 0.0, *ends) for ends in ((-7.0, 3.0), (-1.0, 1.0), (2.0, 9.0))),
    sc.InversePower(1.0, 0.05),
]


@pytest.mark.parametrize("schedule", BULK, ids=repr)
def test_no_step_backwards_among_many_neighbours(schedule: sc.Schedule) -> None:
    rng = np.random.default_rng(0)
    near = [rng.random(100_000), 10.0 ** rng.uniform(-17, 0, 50_000)]
    t = np.concatenate([*near, 1.0 - near[1]])
    t = np.clip(t, 0.0, math.nextafter(1.0, 0.0))
    step = schedule(np.nextafter(t, 2.0)) - schedule(t)
    assert (step <= 0).all() or (step >= 0).all()
    few = t[:: t.size // 3000]
    steps = [schedule(math.nextafter(x, 2.0)) - schedule(x) for x in few.tolist()]
    assert max(steps) <= 0 or min(steps) >= 0


def test_zero_power_rex_is_a_line_and_a_small_beta_nearly_so() -> None:
    line = sc.Linear(1.0, 0.0)
    for t in (0.0, 0.3, 0.7, 1.0):
        assert sc.Rex(1.0, 0.0, 0.0)(t) == line(t)
        assert sc.Rex(1.0, 0.0, 2.0**-60)(t) == line(t)
        assert sc.Rex(1.0, 0.0, 1e-12)(t) == pytest.approx(line(t), abs=1e-12)
        assert sc.Saturating(1.0, 0.0, 1e-310)(t) == line(t)
        assert sc.Saturating(1.0, 0.0, -1e-310)(t) == line(t)
        assert sc.Tanh(1.0, 0.0, 0.0, 1e-310)(t) == line(t)


@given(strategies.STRETCHES, strategies.hard())
def test_tanh_run_down_is_tanh_run_up_mirrored(stretch: tuple[float, float], t: float) -> None:
    lower, upper = stretch
    down = sc.Tanh(1.0, 0.0, -lower, -upper)
    assert down(t) == sc.Tanh(1.0, 0.0, lower, upper)(t)


@given(strategies.parameters("Polynomial", strategies.one_sign()), strategies.hard())
def test_power_is_polynomial_read_backwards(parameters: dict[str, Any], t: float) -> None:
    power = sc.Power(parameters["end"], parameters["start"], parameters["power"])
    largest = max(abs(parameters["start"]), abs(parameters["end"]))
    backwards = sc.Reverse(sc.Polynomial(**parameters))
    assert backwards(t) == pytest.approx(power(t), abs=8 * EPS * largest)


def test_extreme_parameters_stay_finite_and_in_order() -> None:
    for schedule in (
        sc.Exponential(1e150, 2.3e-308),
        sc.Exponential(-2.3e-308, -1e150),
        sc.Polynomial(1e150, -1e150, 1e150),
        sc.Power(1e150, -1e150, 1e150),
        sc.Power(0.0, 1.0, 1e-150),
        sc.Polynomial(0.0, 1.0, 1e-150),
        sc.Saturating(1.0, 0.0, 700.0),
        sc.Saturating(1.0, 0.0, -700.0),
        sc.Saturating(1.0, 0.0, 1e-100),
        sc.Tanh(1.0, 0.0, -150.0, 150.0),
        sc.Tanh(1.0, 0.0, 140.0, 150.0),
        sc.InversePower(1e150, 2.3e-308, 1e150),
        sc.InversePower(1.0, 1e150),
        sc.Join((sc.Linear(0.0, 2.3e-308), sc.Linear(2.3e-308, 3e-308)), ("1/3", "2/3")),
        sc.Restrict(sc.Linear(0.0, 2.3e-308), 0, "1/1000"),
    ):
        ts = [0.0, 1e-300, 1e-9, 0.25, 0.5, 0.75, 1 - 1e-9, math.nextafter(1.0, 0.0), 1.0]
        values = [schedule(t) for t in ts]
        assert all(map(math.isfinite, values)), schedule
        assert values in (sorted(values), sorted(values, reverse=True)), schedule
        pairs = zip(schedule(ts).tolist(), values, strict=True)
        assert all(math.isclose(x, y, rel_tol=1e-14, abs_tol=1e-300) for x, y in pairs), schedule


def test_steps_and_points_may_have_pieces_of_no_length() -> None:
    steps = sc.Steps((1.0, 2.0, 3.0, 4.0), (0, 0.5, 0.5))
    assert steps([0.0, 0.25, 0.5, 1.0]).tolist() == [2.0, 2.0, 4.0, 4.0]
    assert sc.Steps((1.0, 2.0), (1,))(1.0) == 1.0
    points = sc.Points((0.0, 1.0, 0.0, 1.0), (0, 0.5, 0.5, 1))
    assert points([math.nextafter(0.5, 0.0), 0.5]).tolist() == [math.nextafter(1.0, 0.0), 0.0]


@given(
    st.lists(st.tuples(st.integers(0, 100), st.floats(-10, 10)), min_size=1, max_size=6),
    st.floats(0.0, 1.0),
)
def test_points_are_what_numpy_interpolates(points: list[tuple[int, float]], t: float) -> None:
    places = sorted({k for k, _ in points})
    values = [dict(points)[k] for k in places]
    values = [0.0 if abs(x) < 1e-300 else x for x in values]
    schedule = sc.Points(values, [Fraction(k, 100) for k in places])
    want = np.interp(t, [k / 100 for k in places], values)
    assert schedule(t) == pytest.approx(want, abs=1e-12)


def test_custom_is_called_with_floats_alone_and_must_give_finite_ones() -> None:
    seen = []

    def function(t: float) -> float:
        seen.append(t)
        return 1 if t < 0.5 else math.cos(t)

    schedule = sc.Custom(function)
    assert schedule(0.0) == 1.0
    assert isinstance(schedule(0.0), float)
    assert schedule(np.array([[0.0, 0.5]])).tolist() == [[1.0, math.cos(0.5)]]
    assert {type(t) for t in seen} == {float}
    assert schedule == sc.Custom(function)
    assert repr(sc.Custom(math.sqrt)) == "Custom(math.sqrt)"
    assert eval(repr(sc.Custom(math.sqrt)), {**vars(sc), "math": math}) == sc.Custom(math.sqrt)
    for bad in (math.nan, math.inf):
        with pytest.raises(ValueError, match=r"^Custom: the function must give finite values, got"):
            sc.Custom(lambda t, bad=bad: bad)(0.5)
