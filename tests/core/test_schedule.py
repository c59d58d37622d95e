"""What a schedule takes and gives: domain, kinds, shapes, dtypes; steps of a run."""

import dataclasses
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import whole

import schedcore as sc
from schedcore.testing import progresses, schedules

SCHEDULE = sc.warmup_cosine(0.1, warmup=0.2)
STEPS_HINT = r"use schedule\.over\(total_steps\)\(step\)"


@pytest.mark.parametrize("t", [500, 2, 500.0, np.int64(500), np.float64(3.0), 10**400])
def test_a_step_count_is_told_how_to_be_read(t: float) -> None:
    with pytest.raises(ValueError, match=rf"^progress must be in \[0, 1\], got .*{STEPS_HINT}$"):
        SCHEDULE(t)


@pytest.mark.parametrize("t", [-0.1, 1.5, -1, math.nan, math.inf, -math.inf, np.float32(1.5)])
def test_progress_outside_is_refused_with_its_value(t: float) -> None:
    with pytest.raises(ValueError, match=rf"^progress must be in \[0, 1\], got {t}$"):
        SCHEDULE(t)


@pytest.mark.parametrize("t", [math.nextafter(1.0, 2.0), math.nextafter(0.0, -1.0)])
def test_there_is_no_epsilon(t: float) -> None:
    for progress in (t, np.array([0.5, t]), np.array([t, 0.5])):
        with pytest.raises(ValueError, match=r"^progress must be in \[0, 1\]"):
            SCHEDULE(progress)


@pytest.mark.parametrize("t", [True, np.bool_(True), "0.5", b"0.5", None, 0.5j, {}, object()])
def test_what_is_no_progress_is_refused_with_what_is(t: object) -> None:
    with pytest.raises(TypeError, match=r"^progress must be a float, an int, a numpy array"):
        SCHEDULE(t)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "t",
    [
        np.array([True, False]),
        np.array(["0.5"]),
        np.array([0.5j]),
        np.array([0.5], dtype=object),
        np.array([0.5], dtype=np.longdouble),
        ["0.5"],
    ],
)
def test_arrays_of_other_kinds_are_refused(t: object) -> None:
    with pytest.raises(TypeError, match=r"^progress must be .*, got an array of "):
        SCHEDULE(t)  # type: ignore[call-overload]


@pytest.mark.parametrize("t", [[True, False], [0.5, True], [[0.5, np.True_]]])
def test_a_list_that_holds_a_bool_is_refused(t: list[object]) -> None:
    with pytest.raises(TypeError, match=r"^progress must be .*, got a list that holds .*True"):
        SCHEDULE(t)
    with pytest.raises(TypeError, match=r"^a step must be .*, got a list that holds .*True"):
        SCHEDULE.over(10)(t)


def test_ragged_lists_and_masked_arrays_are_refused() -> None:
    with pytest.raises(TypeError, match=r"^progress must be a rectangular list of numbers$"):
        SCHEDULE([[0.1], [0.2, 0.3]])
    with pytest.raises(TypeError, match=r"^progress must not be a masked array"):
        SCHEDULE(np.ma.masked_array([0.1, 0.2], mask=[True, False]))


@pytest.mark.parametrize("bad", [math.nan, -0.5, 7.0])
def test_the_first_bad_element_of_an_array_is_named(bad: float) -> None:
    x = np.full((3, 4), 0.5)
    x[1, 2] = bad
    with pytest.raises(ValueError, match=rf"got {bad} at index \(1, 2\)"):
        SCHEDULE(x)
    with pytest.raises(ValueError, match=rf"got {bad}( at index \(0,\))?"):
        SCHEDULE(np.array([bad]))
    with pytest.raises(ValueError, match=rf"^progress must be in \[0, 1\], got {bad}"):
        SCHEDULE(np.array(bad))


@pytest.mark.parametrize("t", [0, 1, 0.0, 0.3, 1.0, np.float64(0.3), np.int64(1), np.uint8(0)])
def test_numbers_give_python_floats(t: float) -> None:
    assert type(SCHEDULE(t)) is float
    assert SCHEDULE(t) == SCHEDULE(float(t))


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_a_scalar_of_another_precision_gives_a_float(kind: type[np.floating]) -> None:
    assert type(SCHEDULE(kind(0.25))) is float
    assert SCHEDULE(kind(0.25)) == float(SCHEDULE(np.array([0.25], dtype=kind))[0])


@given(schedules(3))
def test_shape_and_dtype_stay(schedule: sc.Schedule) -> None:
    base = np.linspace(0.0, 1.0, 24)
    alone = np.array([schedule(t) for t in base.tolist()])
    big = max(map(abs, schedule._range()))
    for x in (
        base.reshape(2, 3, 4),
        np.asfortranarray(base.reshape(4, 6)),
        base[::-3],
        base[:0],
        base[3:4].reshape(()),
        np.broadcast_to(base[:2, None], (2, 3)),
        base.astype(">f8"),
    ):
        y = schedule(x)
        assert isinstance(y, np.ndarray)
        assert (y.shape, y.dtype) == (x.shape, x.dtype)
        assert not np.shares_memory(x, y)
        assert y.flags.writeable
        want = [alone[i] for i in np.searchsorted(base, x.astype(float).ravel())]
        np.testing.assert_allclose(y.astype(float).ravel(), want, rtol=0, atol=1e-13 * big)
    assert schedule(np.array([[0], [1]])).dtype == np.float64
    assert schedule([[0, 1.0]]).shape == (1, 2)
    assert schedule([]).shape == (0,)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@given(schedule=schedules(3), data=st.data())
def test_a_low_precision_is_that_of_the_progress_and_of_the_result_alone(
    dtype: type[np.floating], schedule: sc.Schedule, data: st.DataObject
) -> None:
    places = [b for b in schedule._inner_boundaries() if 0.0 < dtype(float(b)) < 1.0]
    meant = {float(dtype(float(place))): float(place) for place in places}
    drawn = st.lists(progresses(schedule), min_size=1, max_size=20)
    x = np.array([dtype(t) for t in data.draw(drawn)])
    y = schedule(x)
    assert y.dtype == dtype
    # The rounding of a boundary stands for it (for the last of several); others are what they are.
    want = np.array([schedule(meant.get(t, t)) for t in x.tolist()])
    big = max(map(abs, schedule._range()))
    with np.errstate(under="ignore"):
        ulp = np.spacing(np.abs(want).astype(dtype)).astype(float)
    assert (np.abs(y.astype(float) - want) <= 0.5 * ulp + 1e-14 * big).all()


def test_blocks_of_an_array_are_put_together() -> None:
    x = np.random.default_rng(0).random(100_003)
    for schedule in (SCHEDULE, sc.Hold(SCHEDULE, 90), sc.Custom(lambda t: t)):
        together = schedule(x)
        apart = np.array([schedule(t) for t in x[::997].tolist()])
        np.testing.assert_allclose(together[::997], apart, rtol=1e-13, atol=1e-17)
        np.testing.assert_array_equal(schedule(np.sort(x)), together[np.argsort(x)])


def test_a_list_of_no_steps_a_range_and_an_array_of_no_dimensions() -> None:
    plan = SCHEDULE.over(10)
    assert plan([]).tolist() == []
    np.testing.assert_array_equal(plan(range(10)), plan.values())
    at_3 = plan(np.array(3))
    assert isinstance(at_3, np.ndarray)
    assert (at_3.shape, at_3.item()) == ((), plan(3))
    for refused in (np.timedelta64(5), np.timedelta64(5, "D")):
        with pytest.raises(TypeError, match=r"^a step must be an int"):
            plan(refused)  # type: ignore[call-overload]
        with pytest.raises(TypeError, match=r"^progress must be a float"):
            SCHEDULE(refused)  # type: ignore[call-overload]


def test_underflow_is_a_zero_and_no_warning() -> None:
    schedule = sc.Polynomial(1e-300, 0.0, 8.0)
    assert schedule(np.array([1 - 1e-10]))[0] == 0.0
    assert schedule(1 - 1e-10) == 0.0


@pytest.mark.parametrize("x", [np.ones(3), np.float64(2.0), [1.0], (1.0,)])
def test_arrays_and_schedules_do_not_mix(x: object) -> None:
    if isinstance(x, float):
        assert x * SCHEDULE == 2.0 * SCHEDULE
        return
    for combine in (lambda: x * SCHEDULE, lambda: SCHEDULE + x, lambda: x - SCHEDULE):
        with pytest.raises(TypeError, match="call the schedule first, and combine what it returns"):
            combine()
    with pytest.raises(TypeError, match="'\\*' combines schedules with numbers"):
        _ = SCHEDULE.over(10) * SCHEDULE
    with pytest.raises(TypeError, match="must be a number"):
        _ = SCHEDULE * "2"  # type: ignore[operator]


def test_schedules_are_frozen_dataclasses() -> None:
    for schedule in (sc.Linear(0, 1), sc.Polynomial(0, 1, 2), SCHEDULE, SCHEDULE + 1):
        assert dataclasses.is_dataclass(schedule)
        name = dataclasses.fields(schedule)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign.*{name}"):
            setattr(schedule, name, 3.0)
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot delete.*{name}"):
            delattr(schedule, name)
        with pytest.raises(dataclasses.FrozenInstanceError, match=r"cannot delete.*other"):
            del schedule.other
    assert dataclasses.replace(sc.Linear(0, 1), end=3) == sc.Linear(0, 3)
    assert sc.Linear(0, 1) != sc.Cosine(0, 1)
    assert sc.Linear(0, 1) != (0.0, 1.0)
    assert sc.Linear(-0.0, 1) == sc.Linear(0, 1)
    assert repr(sc.Linear(-0.0, 1)) == "Linear(start=0.0, end=1.0)"
    assert len({sc.Linear(0, 1), sc.Linear(0.0, 1.0), sc.Linear(np.float32(0), Fraction(1))}) == 1
    assert repr(sc.Tanh(1, 0)) == "Tanh(start=1.0, end=0.0)"
    assert repr(sc.Tanh(1, 0, -6)) == "Tanh(start=1.0, end=0.0, lower=-6.0)"


def test_a_progress_that_rounds_to_a_boundary_has_come_to_it() -> None:
    beyond = Fraction(1, 10) + Fraction(1, 10**30)
    plan = sc.Steps((1.0, 2.0), (beyond,)).over(10)
    assert plan.boundaries == (1,)
    assert plan(1) == 2.0


@pytest.mark.parametrize("sample", ["left", "right", "both"])
@given(schedule=schedules(3), total=st.integers(1, 60))
def test_steps_are_read_where_they_should(sample: str, schedule: sc.Schedule, total: int) -> None:
    plan = schedule.over(total, sample)
    at = {
        "left": lambda k: k / total,
        "right": lambda k: (k + 1) / total,
        "both": lambda k: k / (total - 1) if total > 1 else 1.0,
    }[sample]
    values = [plan(k) for k in range(total)]
    assert values == [schedule(at(k)) for k in range(total)]
    assert plan.values().tolist() == values
    assert plan.values().dtype == np.float64
    assert [plan(k) for k in (total, total + 1, 10**9, 10**30)] == [schedule(1.0)] * 4
    assert plan(-1) == plan(-(10**30)) == plan(0)
    ks = np.arange(-3, total + 3)
    big = max(map(abs, schedule._range()))
    together = plan(ks)
    np.testing.assert_allclose(together, [plan(int(k)) for k in ks], rtol=0, atol=1e-13 * big)
    assert len(plan) == total
    if sample != "left":
        assert plan(total - 1) == schedule(1.0)


def test_totals_from_1_to_5() -> None:
    for total in range(1, 6):
        for sample in ("left", "right", "both"):
            for schedule in (
                SCHEDULE,
                sc.one_cycle(1.0),
                sc.wsd(1.0, 0.4, 0.4),
                sc.noam(64, 3, total),
            ):
                values = schedule.over(total, sample).values()
                assert np.isfinite(values).all()
                assert (values >= 0.0).all()
                assert values.max() <= max(schedule._range())


def test_boundaries_of_a_run_are_its_first_steps() -> None:
    steps = sc.Steps((1.0, 2.0, 3.0), (0.25, "1/3"))
    assert steps.over(12).boundaries == (3, 4)
    assert steps.over(12, "right").boundaries == (2, 3)
    assert steps.over(13, "both").boundaries == (3, 4)
    assert steps.over(2).boundaries == (1, 1)
    assert sc.Steps((1.0, 2.0), (0.99,)).over(10).boundaries == (10,)


@given(
    total=st.integers(1, 400),
    sample=st.sampled_from(["left", "right", "both"]),
    place=st.fractions(0, 1, max_denominator=60).filter(lambda x: 0 < x < 1),
)
def test_the_first_step_of_a_piece_is_the_first_that_shows_it(
    total: int, sample: str, place: Fraction
) -> None:
    plan = sc.Steps((0.0, 1.0), (place,)).over(total, sample)
    shown = [k for k in range(total) if plan(k) == 1.0]
    assert plan.boundaries == (shown[0] if shown else total,)
    assert plan.first_step(place) == plan.boundaries[0]


@given(st.integers(10**14, 10**15), st.data())
def test_steps_are_exact_up_to_10_to_the_15(total: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, total))
    plan = sc.Linear(0.0, 1.0).over(total)
    assert plan(k) == k / total == float(plan(np.array([k]))[0])
    ks = [max(k - 1, 0), k]
    assert len({plan(j) for j in ks}) == len(set(ks))


def test_many_steps_in_few_chunks() -> None:
    plan = SCHEDULE.over(40_000)
    values = plan.values()
    assert values[16383:16386].tolist() == [plan(k) for k in (16383, 16384, 16385)]
    assert (values[8000], values[-1]) == (0.1, plan(39_999))


@pytest.mark.parametrize(
    "steps", [np.arange(4, dtype=t) for t in (np.int8, np.uint8, np.int64, np.uint64)]
)
def test_steps_of_every_integer_type(steps: np.ndarray) -> None:
    plan = sc.Linear(0.0, 1.0).over(1000)
    assert plan(steps).tolist() == [0.0, 0.001, 0.002, 0.003]
    assert plan(np.array([2**63], dtype=np.uint64)).tolist() == [1.0]
    assert plan([[0], [5]]).tolist() == [[0.0], [0.005]]
    assert type(plan(steps[1])) is float


@pytest.mark.parametrize("step", [0.5, 3.0, True, "3", None, np.array([0.5]), np.array([True])])
def test_a_step_that_is_no_integer_is_refused(step: object) -> None:
    with pytest.raises(TypeError, match=r"^a step must be an int, or an array or list of integers"):
        SCHEDULE.over(10)(step)  # type: ignore[call-overload]


def test_a_plan_is_a_value() -> None:
    plan = SCHEDULE.over(100, sample="right")
    assert eval(repr(plan), vars(sc)) == plan
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert pickle.loads(pickle.dumps(plan))(7) == plan(7)
    assert repr((2 * sc.Linear(0, 1)).over(7)) == "(2.0 * Linear(start=0.0, end=1.0)).over(7)"
    assert repr(sc.minimum(sc.Linear(0, 1), 1).over(7)).startswith("minimum(")
    assert plan != SCHEDULE.over(100)
    assert hash(plan) == hash(SCHEDULE.over(100, "right"))
    assert SCHEDULE.over(sc.Horizon(100), "right") == plan


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: SCHEDULE.over(0), ValueError, "over: 'total_steps' must be from 1 to 9007199254740992, got 0"),
        (lambda: SCHEDULE.over(2**53 + 1), ValueError, "over: 'total_steps' must be from 1 to 9007199254740992, got 9007199254740993"),
        (lambda: SCHEDULE.over(10.0), TypeError, "over: 'total_steps' must be an integer, got 10.0"),
        (lambda: SCHEDULE.over(True), TypeError, "over: 'total_steps' must be an integer, got True"),
        (lambda: SCHEDULE.over(10, "middle"), ValueError, "over: 'sample' must be one of 'left', 'right', 'both', got 'middle'"),
        (lambda: SCHEDULE.over(10, 3), TypeError, "over: 'sample' must be one of 'left', 'right', 'both', got 3"),
        (lambda: sc.StepSchedule(0.1, 10), TypeError, "StepSchedule: 'schedule' must be a Schedule, got 0.1"),
    ],
)  # fmt: skip
def test_bad_plans(make: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=whole(message)):
        make()  # type: ignore[operator]
