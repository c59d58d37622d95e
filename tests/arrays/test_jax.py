"""jax arrays: under jit, vmap and grad, and as the learning rate of optax."""

from collections.abc import Callable
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from agreement import LEAST, assert_agrees, largest, meant, tolerance
from conftest import FEW
from hypothesis import given
from hypothesis import strategies as st
from kinds import KINDS, SMOOTH
from x64 import enable_x64

import schedcore as sc
from schedcore.testing import progresses, schedules

DTYPES = ["float32", "bfloat16", "float16"]
Traced = Callable[[sc.Schedule, jax.Array], jax.Array]


def by_vmap(schedule: sc.Schedule, t: jax.Array) -> jax.Array:
    return jax.vmap(schedule)(t)


def by_jit(schedule: sc.Schedule, t: jax.Array) -> jax.Array:
    return jax.jit(schedule)(t)


def drawn(data: st.DataObject, schedule: sc.Schedule, dtype: str) -> jax.Array:
    """Eight progresses: of one shape, so that little is compiled."""
    near = progresses(schedule).map(lambda t: float(jnp.asarray(t, dtype)))
    return jnp.asarray(data.draw(st.lists(near, min_size=8, max_size=8)), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@given(schedule=schedules(), data=st.data())
def test_what_is_seen_is_evaluated_as_a_float_and_rounded_once(
    dtype: str, schedule: sc.Schedule, data: st.DataObject
) -> None:
    t = drawn(data, schedule, dtype)
    got = schedule(t)
    assert isinstance(got, jax.Array)
    assert got.dtype == t.dtype
    want = schedule(np.array([float(meant(schedule, x, dtype)) for x in t.tolist()]))
    with np.errstate(under="ignore"):
        assert np.asarray(got).tobytes() == want.astype(t.dtype).tobytes()


@FEW
@pytest.mark.parametrize("traced", [by_jit, by_vmap])
@pytest.mark.parametrize("dtype", DTYPES)
@given(schedule=schedules(), data=st.data())
def test_what_is_traced_agrees_with_floats(
    traced: Traced, dtype: str, schedule: sc.Schedule, data: st.DataObject
) -> None:
    t = drawn(data, schedule, dtype)
    got = traced(schedule, t)
    assert got.dtype == t.dtype
    assert_agrees(schedule, t.tolist(), got.tolist(), dtype)


@FEW
@given(schedule=schedules(), data=st.data())
def test_in_64_bits(schedule: sc.Schedule, data: st.DataObject) -> None:
    t = np.array(data.draw(st.lists(progresses(schedule), min_size=8, max_size=8)))
    with enable_x64(True):
        got = jax.jit(schedule)(jnp.asarray(t))
        assert got.dtype == jnp.float64
        assert schedule(jnp.asarray(t)).tolist() == schedule(t).tolist()
        assert schedule(jnp.asarray([0, 1])).dtype == jnp.float64
    for x, y in zip(t.tolist(), got.tolist(), strict=True):
        assert abs(y - schedule(x)) <= tolerance(schedule, Fraction(x), "float64", 16) + 2.0**-1022


@pytest.mark.parametrize("name", KINDS)
def test_one_schedule_with_and_without_64_bits(name: str) -> None:
    schedule = KINDS[name]
    t = np.linspace(0, 1, 33, dtype=np.float32)
    before = jax.jit(schedule)(jnp.asarray(t))
    with enable_x64():
        assert jax.jit(schedule)(jnp.asarray(t, jnp.float64)).dtype == jnp.float64
        inside = jax.jit(schedule)(jnp.asarray(t))
        assert jax.vmap(jax.grad(schedule))(jnp.asarray(t)).dtype == jnp.float32
    after = jax.jit(schedule)(jnp.asarray(t))
    for again in (inside, after):
        assert again.dtype == jnp.float32
        np.testing.assert_array_equal(again, before)


@pytest.mark.parametrize("name", KINDS)
def test_shapes_dtypes_and_ends(name: str) -> None:
    schedule = KINDS[name]
    atol = 4 * 2.0**-23 * largest(schedule)
    t = np.linspace(0, 1, 12, dtype=np.float32)
    want = np.array([schedule(float(meant(schedule, x, "float32"))) for x in t.tolist()])
    for x in (t, t.reshape(3, 4), t[5], t[:0]):
        shaped = want[: x.size] if x.size != 1 else want[5:6]
        for of in (schedule, jax.jit(schedule), jax.vmap(schedule) if x.size > 1 else schedule):
            y = of(jnp.asarray(x))
            assert (y.shape, y.dtype) == (x.shape, x.dtype)
            assert np.abs(np.asarray(y).ravel() - shaped).max(initial=0.0) <= atol
    for of in (schedule, jax.jit(schedule)):
        ends = of(jnp.asarray([0, 1]))
        assert ends.dtype == jnp.float32
        assert ends.tolist() == pytest.approx([schedule(0.0), schedule(1.0)], rel=3e-7, abs=0.0)


# Gradients.


@FEW
@given(schedule=schedules(), data=st.data())
def test_gradients_are_finite_everywhere(schedule: sc.Schedule, data: st.DataObject) -> None:
    t = drawn(data, schedule, "float32")
    assert jnp.isfinite(jax.vmap(jax.grad(schedule))(t)).all()


@pytest.mark.parametrize("name", SMOOTH)
def test_the_derivative_is_that_of_the_schedule(name: str) -> None:
    schedule = SMOOTH[name]
    t = np.linspace(0.01, 0.99, 99)
    t = t[[all(abs(float(b) - x) > 1e-5 for b in schedule.boundaries) for x in t]]
    want = (schedule(t + 1e-6) - schedule(t - 1e-6)) / 2e-6
    steepest = np.abs(want).max() + 1e-6
    got = jax.jit(jax.vmap(jax.grad(schedule)))(jnp.asarray(t, jnp.float32))
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4 * steepest)
    with enable_x64(True):
        got = jax.vmap(jax.grad(schedule))(jnp.asarray(t))
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5 * steepest)
        forward = jax.vmap(jax.jacfwd(schedule))(jnp.asarray(t))
        np.testing.assert_allclose(got, forward, rtol=1e-12, atol=1e-14 * steepest)


def test_the_derivative_at_ends_boundaries_and_seams() -> None:
    slope = jax.grad(sc.warmup_linear(0.5, 0.25))
    assert [float(slope(t)) for t in (0.0, 0.25, 1.0)] == pytest.approx([2.0, -2 / 3, -2 / 3])
    assert float(jax.grad(sc.Cosine(1.0, 0.0))(0.5)) == pytest.approx(-np.pi / 2)
    assert float(jax.grad(sc.Linear(0.0, 1.0))(0.5)) == 1.0


def test_what_overflows_in_a_piece_unseen_spoils_no_gradient() -> None:
    steep = sc.Join((sc.Exponential(1e-8, 1.0), sc.Cosine(1.0, 0.0)), (0.001, 0.999))
    assert jnp.isfinite(jax.vmap(jax.grad(steep))(jnp.linspace(0, 1, 101))).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_at_the_rounding_of_a_boundary_the_later_piece_begins(dtype: str) -> None:
    for percent in range(1, 100, 7):
        schedule = sc.cooldown(sc.Constant(1.0), Fraction(percent, 100))
        t = jnp.asarray([(100 - percent) / 100], dtype)
        assert jax.vmap(schedule)(t).tolist() == [1.0]


def test_a_gradient_next_to_an_infinite_slope() -> None:
    # A cooldown of 1 - sqrt is infinitely steep where it begins.
    schedule = sc.wsd(1.0, 0.1, 0.2, shape=lambda start, end: sc.Power(start, end, 0.5))
    t = jnp.asarray([0.0, 0.05, 0.5, 0.7999, 0.8, 0.8001, 1.0])
    slopes = jax.vmap(jax.grad(schedule))(t)
    assert jnp.isfinite(slopes).all()
    assert slopes[:4].tolist() == pytest.approx([10.0, 10.0, 0.0, 0.0])


# Domain.


@pytest.mark.parametrize("bad", [1.5, -0.25, float("nan")])
def test_a_progress_that_is_seen_is_checked(bad: float) -> None:
    with pytest.raises(ValueError, match=rf"progress must be in \[0, 1\], got {bad} at index"):
        sc.Cosine(1.0, 0.0)(jnp.asarray([0.5, bad]))


@pytest.mark.parametrize("name", KINDS)
def test_a_progress_that_is_traced_is_clamped_and_nan_stays(name: str) -> None:
    schedule = KINDS[name]
    t = jnp.asarray([-3.0, 1.25, jnp.nan, jnp.inf, -jnp.inf])
    got = jax.jit(schedule)(t).tolist()
    start, end = schedule(0.0), schedule(1.0)
    assert got[:2] + got[3:] == pytest.approx([start, end, end, start], rel=1e-6, abs=0.0)
    assert np.isnan(got[2])


def test_other_dtypes_and_lists_are_refused() -> None:
    schedule = sc.Cosine(1.0, 0.0)
    for of in (schedule, jax.jit(schedule)):
        for t in (jnp.asarray([True]), jnp.asarray([0.5j]), jnp.asarray([0.5], "float8_e4m3fn")):
            with pytest.raises(TypeError, match="bfloat16, float32, float64 and integers"):
                of(t)
    with pytest.raises(TypeError, match="got a list that holds Array"):
        schedule([jnp.asarray(0.5)])
    for of in (schedule.over(10), jax.jit(schedule.over(10))):
        with pytest.raises(TypeError, match="a step must be an int"):
            of(jnp.asarray(5.0))


def test_a_number_that_float32_does_not_hold_is_no_nan() -> None:
    steep = sc.Saturating(1.0, 0.0, 500.0)
    with pytest.raises(ValueError, match=r"which float32 does not hold: evaluate it in float64"):
        jax.jit(steep)(jnp.asarray(0.5))
    for of in (sc.Constant(1e50), jax.jit(sc.Constant(1e50))):
        with pytest.raises(
            ValueError, match=r"values go up to 1e\+50, which float32 does not hold"
        ):
            of(jnp.asarray(0.5))
    for of in (sc.Linear(0.0, 1e6), jax.jit(sc.Linear(0.0, 1e6))):
        with pytest.raises(ValueError, match=r"which float16 does not hold: give it a progress of"):
            of(jnp.asarray([0.9], "float16"))
    assert jax.jit(sc.Constant(1e-50))(jnp.asarray(0.5)) == 0.0
    for small in (sc.Cosine(1e-50, 0.0), sc.Warp(sc.Linear(0.0, 1.0), sc.Cosine(0.0, 1e-236))):
        assert jax.jit(small)(jnp.asarray([0.2, 0.7])).tolist() == [0.0, 0.0]
    large = 1e-50 * (sc.Exponential(1.0, 1e30) * sc.Exponential(1.0, 1e25))
    with pytest.raises(ValueError, match=r"1e-50, which float32 does not hold: evaluate it in f"):
        jax.jit(large)(jnp.asarray(0.5))
    tiny = sc.Steps((1e-50, 1e-60), (0.5,))
    assert jax.jit(tiny)(jnp.asarray([0.2, 0.7])).tolist() == [0.0, 0.0]
    with enable_x64(True):
        got = jax.jit(steep)(jnp.asarray([0.001, 0.5]))
        np.testing.assert_allclose(got, steep(np.array([0.001, 0.5])), rtol=1e-13)


def test_a_hold_of_too_many_updates_is_not_traced() -> None:
    hold = sc.Hold(sc.Linear(0.0, 1.0), 10**6)
    with pytest.raises(ValueError, match="1000001 pieces, the updates of each Hold among them"):
        jax.jit(hold)(jnp.asarray(0.5))
    assert hold(jnp.asarray(0.5)) == 0.5


# Steps.


def ulp32(x: float) -> float:
    return float(np.spacing(np.float32(abs(x))))


@given(
    total=st.integers(1, 10**6) | st.integers(2**23, 2**31 - 1) | st.sampled_from([56685, 10**8]),
    sample=st.sampled_from(["left", "right", "both"]),
    data=st.data(),
)
def test_progress_is_right_to_an_ulp_of_float32(
    total: int, sample: str, data: st.DataObject
) -> None:
    plan = sc.Linear(0.0, 1.0).over(total, sample)
    near = st.sampled_from([0, 1, total // 2, total - 1, total])
    steps = near.flatmap(lambda k: st.integers(k - 40, k + 40)) | st.integers(0, total)
    k = [*data.draw(st.lists(steps, min_size=7, max_size=7)), total // 8]
    k = [min(max(x, -(2**31)), 2**31 - 1) for x in k]
    got = jax.vmap(plan)(jnp.asarray(k, jnp.int32))
    assert got.dtype == jnp.float32
    for step, y in zip(k, got.tolist(), strict=True):
        exact = Fraction(min(max(step, 0), plan._reading.last) + plan._reading.shift)
        exact /= plan._reading.parts
        assert abs(Fraction(y) - exact) <= ulp32(float(exact))


@pytest.mark.parametrize("total", [56685, 2**24 - 3, 315862856, 1199758663, 2**31 - 1])
def test_no_step_of_many_is_further_off(total: int) -> None:
    # Neither the steps nor 1 / total are numbers of float32.
    k = np.random.default_rng(0).integers(0, total, 10_000)
    got = np.asarray(jax.jit(sc.Linear(0.0, 1.0).over(total))(jnp.asarray(k, jnp.int32)))
    assert (np.abs(got.astype(float) - k / total) <= np.spacing(got).astype(float)).all()


@FEW
@given(
    schedule=schedules(3),
    total=st.integers(1, 300) | st.integers(10**7, 2**31 - 1),
    sample=st.sampled_from(["left", "right", "both"]),
    data=st.data(),
)
def test_values_at_steps_are_within_8_ulp(
    schedule: sc.Schedule, total: int, sample: str, data: st.DataObject
) -> None:
    plan = schedule.over(total, sample)
    near = st.sampled_from([0, total, *plan.boundaries[:20]])
    steps = near | near.map(lambda k: k - 1) | st.integers(-5, total)
    k = data.draw(st.lists(steps, min_size=8, max_size=8))
    got = jax.jit(plan)(jnp.asarray(k, jnp.int32))
    for step, y in zip(k, got.tolist(), strict=True):
        place = Fraction(min(max(step, 0), plan._reading.last) + plan._reading.shift)
        # In float64's tolerance: a step is exact, however narrow the piece that it is in.
        slack = tolerance(schedule, place / plan._reading.parts, "float64", 0)
        bound = 8 * 2.0**-23 * largest(schedule) + 2**29 * slack * has_warp(schedule) + slack
        assert abs(y - plan(step)) <= bound + LEAST["float32"], step


def has_warp(schedule: object) -> bool:
    """Whether a clock is computed on the way, in float32."""
    parts = [getattr(schedule, name, None) for name in ("schedule", "left", "right", "clock")]
    parts += getattr(schedule, "pieces", ())
    return isinstance(schedule, sc.Warp) or any(map(has_warp, filter(None, parts)))


def test_every_step_is_told_from_the_next_in_the_middle_of_1e8() -> None:
    plan = sc.Linear(1.0, 0.0).over(10**8)
    k = jnp.arange(5 * 10**7, 5 * 10**7 + 8, dtype=jnp.int32)
    got = np.asarray(jax.jit(plan)(k), np.float64)
    np.testing.assert_allclose(got, plan(np.asarray(k)), rtol=0, atol=2.0**-25)
    tail = sc.cooldown(sc.Constant(1.0), Fraction(1, 10**6)).over(10**8)
    k = jnp.arange(10**8 - 100, 10**8 + 1, dtype=jnp.int32)
    np.testing.assert_allclose(jax.jit(tail)(k), np.arange(100, -1, -1) / 100, rtol=2e-7)


def test_more_steps_than_an_int32_counts() -> None:
    plan = sc.Cosine(1.0, 0.0).over(2**31)
    with pytest.raises(ValueError, match=r"2147483648 steps are more than jax can count"):
        jax.jit(plan)(jnp.int32(5))
    assert plan(jnp.asarray([0])).tolist() == [1.0]
    with enable_x64(True):
        k = jnp.asarray([0, 2**30, 2**31, 2**40])
        assert jax.jit(plan)(k).tolist() == pytest.approx([1.0, 0.5, 0.0, 0.0])
        cycles = sc.Repeat(sc.Linear(1.0, 0.0), 16).over(2**40)
        k = jnp.asarray([2**36 - 1, 2**36, 2**39 + 2**35])
        assert jax.jit(cycles)(k).tolist() == pytest.approx(
            [2.0**-36, 1.0, 0.5], rel=1e-14, abs=0.0
        )
    assert jax.jit(sc.Cosine(1.0, 0.0).over(2**31 - 1))(jnp.int32(2**31 - 1)) == 0.0


@pytest.mark.parametrize("kind", ["uint8", "int8", "uint16", "int16", "uint32", "int32"])
def test_steps_of_any_integer_dtype(kind: str) -> None:
    plan = sc.warmup_cosine(0.1, 0.1).over(10**6)
    top = int(jnp.iinfo(kind).max)
    k = jnp.asarray([0, 1, 100, top], kind)
    want = [plan(0), plan(1), plan(100), plan(top)]
    for got in (plan(k), jax.jit(plan)(k)):
        assert got.dtype == jnp.float32
        assert got.tolist() == pytest.approx(want, rel=1e-6, abs=1e-12)
    assert jax.jit(plan)(jnp.asarray(-5)) == 0.0


def test_a_hold_read_backwards_is_at_its_boundary_what_it_is() -> None:
    held = sc.Join((sc.Hold(sc.Linear(0.0, 1.0), 2), sc.Constant(5.0)), (0.8, 0.2))
    schedule = sc.Reverse(held)
    t = jnp.asarray([0.1, 0.2, 0.3, 0.6, 0.9])
    assert jax.jit(schedule)(t).tolist() == schedule(t).tolist() == [5.0, 1.0, 0.5, 0.0, 0.0]


def test_a_piece_so_short_that_its_halves_meet_in_bfloat16() -> None:
    pieces = (sc.Constant(0.3), sc.Power(0.1, 4.8, 1.0), sc.Constant(0.0))
    schedule = sc.Join(pieces, ("358/361", "3/722", "3/722"))
    t = jnp.asarray([0.9921875], jnp.bfloat16)  # the rounding of 358/361
    assert jax.vmap(schedule)(t).tolist() == schedule(t).tolist() == [0.10009765625]


def test_where_values_lie_is_kept_and_no_more() -> None:
    t = jnp.asarray([0.25, 0.5])
    assert not sc.Cosine(1.0, 0.0)(t).committed
    committed = jax.device_put(t, jax.devices()[0])
    assert sc.Cosine(1.0, 0.0)(committed).committed


def test_a_custom_function_must_give_an_array_where_it_is_given_one() -> None:
    with pytest.raises(TypeError, match=r"^Custom: where values can not be seen, or are differen"):
        jax.jit(sc.Custom(lambda t: 0.5))(jnp.asarray(0.3))


# As the learning rate of an optimizer.


def test_a_learning_rate_for_optax() -> None:
    plan = sc.warmup_cosine(0.5, 0.25, end=0.1).over(8)
    optimizer = optax.sgd(learning_rate=plan)

    @jax.jit
    def step(weight: jax.Array, state: optax.OptState) -> tuple[jax.Array, optax.OptState]:
        updates, state = optimizer.update(jnp.ones_like(weight), state)
        return optax.apply_updates(weight, updates), state

    weight = jnp.zeros(())
    state = optimizer.init(weight)
    for k in range(10):
        before = weight
        weight, state = step(weight, state)
        assert float(before - weight) == pytest.approx(plan(k), rel=1e-5, abs=1e-7)


def test_an_injected_learning_rate_is_read_back() -> None:
    plan = sc.one_cycle(0.5).over(20)
    optimizer = optax.inject_hyperparams(optax.adamw)(learning_rate=plan, weight_decay=0.1)
    weight = jnp.ones(3)
    state = optimizer.init(weight)
    update = jax.jit(optimizer.update)
    for k in range(22):
        _, state = update(weight, state, weight)
        read = float(state.hyperparams["learning_rate"])
        assert read == pytest.approx(plan(k), rel=1e-6, abs=0.0)


def test_a_numpy_loop() -> None:
    plan = sc.wsd(0.5, 0.2, 0.2).over(10)
    target, weight, rates = np.array([3.0, -1.0]), np.zeros(2), []
    for k in range(len(plan)):
        rates.append(plan(k))
        weight -= plan(k) * (weight - target)
    assert rates == plan.values().tolist()
    left = np.prod([1 - rate for rate in rates])
    np.testing.assert_allclose(weight, target * (1 - left))


def test_a_boundary_that_rounds_to_0_hides_no_start() -> None:
    join = sc.Join((sc.Constant(0.5), sc.Constant(0.25)), ("1e-50", "1"))
    assert jax.jit(join)(jnp.asarray([0.0, 0.5])).tolist() == [0.5, 0.25]
