"""Combinators: their laws, and the oracle's exact reading of any composition."""

import copy
import math
import pickle
from fractions import Fraction

import numpy as np
import oracle
import pytest
import strategies
from agreement import largest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mpf

import schedcore as sc
from schedcore.schedule import Arithmetic
from schedcore.testing import lengths, places, progresses, schedules, values

EPS = 2.0**-52


@given(data=st.data(), schedule=schedules())
def test_any_composition_is_what_the_oracle_reads(
    data: st.DataObject, schedule: sc.Schedule
) -> None:
    boundary = data.draw(st.sampled_from([Fraction(0), *schedule.boundaries[:50], Fraction(1)]))
    total = boundary.denominator * data.draw(st.integers(1, 1000))
    at_boundary = int(total * boundary)
    k = data.draw(st.just(at_boundary) | st.integers(0, total))
    t = Fraction(k, total)
    want = oracle.composed(schedule, t)
    # The places are rounded; what that may do is seen by moving the progress by a rounding.
    moved = [oracle.composed(schedule, t, shift=Fraction(d, 2**51)) for d in (-1, 1)]
    slack = 4 * max(abs(x - want) for x in moved)
    assert abs(mpf(schedule(k / total)) - want) <= 64 * EPS * largest(schedule) + slack


@given(data=st.data(), schedule=schedules())
def test_an_array_is_its_elements(data: st.DataObject, schedule: sc.Schedule) -> None:
    ts = data.draw(st.lists(progresses(schedule), min_size=1, max_size=40))
    alone = np.array([schedule(t) for t in ts])
    for order in (ts, sorted(ts)):
        got = dict(zip(order, schedule(np.array(order)).tolist(), strict=True))
        together = np.array([got[t] for t in ts])
        np.testing.assert_allclose(together, alone, rtol=0, atol=16 * EPS * largest(schedule))


@given(schedule=schedules())
def test_a_composition_is_a_value(schedule: sc.Schedule) -> None:
    schedule(0.5)
    for again in (
        eval(repr(schedule), vars(sc)),
        pickle.loads(pickle.dumps(schedule)),
        copy.deepcopy(schedule),
    ):
        assert again == schedule
        assert hash(again) == hash(schedule)
        assert again(0.3) == schedule(0.3)
    assert "\n" not in repr(schedule)
    with pytest.raises(AttributeError, match="cannot assign"):
        schedule.anything = 1  # type: ignore[attr-defined]


@given(data=st.data(), schedule=schedules())
def test_the_ends_of_a_composition_are_those_of_its_parts(
    data: st.DataObject, schedule: sc.Schedule
) -> None:
    other = data.draw(schedules(2))
    first = data.draw(places().filter(lambda x: 0 < x < 1))
    join = sc.Join((schedule, other), (first, 1 - first))
    assert join(0.0) == schedule(0.0)
    assert join(float(first)) == other(0.0)
    assert join(1.0) == other(1.0)
    reverse = sc.Reverse(schedule)
    assert (reverse(0.0), reverse(1.0)) == (schedule(1.0), schedule(0.0))
    twice = sc.Repeat(schedule, 2, decay=0.5)
    assert (twice(0.0), twice(0.5), twice(1.0)) == (
        schedule(0.0),
        0.5 * schedule(0.0),
        0.5 * schedule(1.0),
    )
    hold = sc.Hold(schedule, data.draw(st.integers(1, 50)))
    assert (hold(0.0), hold(1.0)) == (schedule(0.0), schedule(1.0))


@given(data=st.data(), schedule=schedules())
def test_a_part_begins_with_the_schedule_and_ends_with_it_where_no_boundary_is(
    data: st.DataObject, schedule: sc.Schedule
) -> None:
    lo, hi = sorted(data.draw(st.lists(places(), min_size=2, max_size=2, unique=True)))
    part = sc.Restrict(schedule, lo, hi)
    assert part(0.0) == schedule(float(lo))
    if hi not in schedule.boundaries:
        assert part(1.0) == schedule(float(hi))


@pytest.mark.parametrize("lo", ["1/7", 0.3, 0.45])
@pytest.mark.parametrize("hi", ["5/9", 0.7, 0.9])
def test_the_ends_of_a_part_are_exact_in_arrays_too(lo: str | float, hi: str | float) -> None:
    whole = sc.Polynomial(1.0, 0.1, 1.7)
    part = sc.Restrict(whole, lo, hi)
    ends = [whole(float(Fraction(str(x)))) for x in (lo, hi)]
    assert part(np.array([0.0, 1.0])).tolist() == ends
    assert sc.Reverse(part)(np.array([1.0, 0.0])).tolist() == ends


def test_a_part_of_cycles_that_turn_over_keeps_to_its_own_direction() -> None:
    cycles = sc.Repeat(sc.Linear(0.0, 1.0), 2, decay=-1.0)
    part = sc.Restrict(cycles, 0.6, 0.9)
    assert part(0.0) == cycles(0.6) == pytest.approx(-0.2)
    assert part(0.5) == pytest.approx(-0.5)
    assert part(1.0) == cycles(0.9) == pytest.approx(-0.8)


def test_a_part_of_a_join_ends_before_the_edge_of_a_hold_in_it() -> None:
    join = sc.Join((sc.Constant(9.0), sc.Hold(sc.Linear(0.0, 1.0), 4)), (0.5, 0.5))
    assert sc.Restrict(join, 0, 0.75)(1.0) == 0.25
    assert sc.Restrict(join, 0, 0.75)(np.array([1.0]))[0] == 0.25
    assert sc.Reverse(sc.Restrict(join, 0, 0.75))(0.0) == 0.25


def test_a_piece_that_is_half_a_curve_is_a_piece() -> None:
    join = sc.Join((sc.Constant(1.0), sc.Restrict(sc.Cosine(1.0, 0.0), 0.75, 1)), (0.5, 0.5))
    assert join.boundaries == (Fraction(1, 2),)


@given(data=st.data(), cut=st.integers(1, 999).map(lambda k: Fraction(k, 1000)))
def test_in_a_composition_a_curve_is_within_8_ulp_of_its_largest_value(
    data: st.DataObject, cut: Fraction
) -> None:
    name = data.draw(st.sampled_from(["InversePower", *strategies.MORE]))
    parameters = data.draw(strategies.parameters(name, strategies.one_sign()))
    curve = getattr(sc, name)(**parameters)
    join = sc.Join((curve, curve), (cut, 1 - cut))
    k = data.draw(st.integers(0, 2**20))
    t = Fraction(k, 2**20)
    want = oracle.composed(join, t)
    moved = [oracle.composed(join, t, shift=Fraction(d, 2**53)) for d in (-1, 1)]
    slack = max(abs(x - want) for x in moved)  # what the rounding of the cut does
    assert abs(mpf(join(float(t))) - want) <= 8 * EPS * largest(curve) + slack


@pytest.mark.parametrize("name", sorted(strategies.MORE))
@given(data=st.data(), exponent=st.floats(-14.0, -1.0))
def test_the_tail_of_a_composition_has_all_its_digits(
    name: str, data: st.DataObject, exponent: float
) -> None:
    """A piece is handed 1 - u as well as u: its own 1 - u would have lost them."""
    end = 1e-3 if name == "Exponential" else 0.0
    more = data.draw(strategies.MORE[name])
    fall = getattr(sc, name)(1.0, end, **more)
    rise = sc.Reverse(fall)
    t = 1.0 - 10.0**exponent
    join = sc.Join((sc.Constant(1.0), fall), (0.25, 0.75))
    nested = sc.Join((rise, sc.Join((sc.Constant(1.0), fall), (0.5, 0.5))), (0.5, 0.5))
    for schedule, at in ((join, t), (nested, t), (nested, 1.0 - t)):
        want = oracle.composed(schedule, Fraction(at))
        assert abs(mpf(schedule(at)) - want) <= 16 * EPS * abs(want)


@given(data=st.data(), schedule=schedules())
def test_a_schedule_cut_in_two_and_joined_is_itself(
    data: st.DataObject, schedule: sc.Schedule
) -> None:
    cut = data.draw(places().filter(lambda x: 0 < x < 1))
    halves = sc.Restrict(schedule, 0, cut), sc.Restrict(schedule, cut, 1)
    again = sc.Join(halves, (cut, 1 - cut))
    t = data.draw(progresses(schedule))
    assert again(t) == pytest.approx(schedule(t), abs=16 * EPS * largest(schedule))
    assert again(float(cut)) == schedule(float(cut))


@given(data=st.data(), schedule=schedules())
def test_joined_alone_a_schedule_is_itself(data: st.DataObject, schedule: sc.Schedule) -> None:
    t = data.draw(progresses(schedule))
    for same in (
        sc.Join((schedule,), (1,)),
        sc.Restrict(schedule, 0, 1),
        sc.Repeat(schedule, 1),
        sc.Reverse(sc.Reverse(schedule)),
        sc.Warp(schedule, sc.Linear(0.0, 1.0)),
    ):
        assert same(t) == schedule(t)


@given(data=st.data(), parts=st.lists(schedules(2), min_size=4, max_size=4))
def test_nested_joins_are_the_flat_one(data: st.DataObject, parts: list[sc.Schedule]) -> None:
    outer, inner = data.draw(lengths(2)), data.draw(lengths(3))
    nested = sc.Join((sc.Join(parts[:3], inner), parts[3]), outer)
    flat = sc.Join(parts, (*(outer[0] * x for x in inner), outer[1]))
    t = data.draw(progresses(flat))
    assert nested(t) == flat(t)
    assert nested.boundaries == flat.boundaries


@given(data=st.data(), schedule=schedules())
def test_reverse_is_the_schedule_at_the_rest(data: st.DataObject, schedule: sc.Schedule) -> None:
    reverse = sc.Reverse(schedule)
    inner = sc.Join((schedule,), (1,)).boundaries
    assert reverse.boundaries == tuple(1 - x for x in reversed(inner))
    n = data.draw(st.integers(1, 2**20))
    t = Fraction(data.draw(st.integers(0, 2**20)), 2**20)  # 1 - t is exact
    if t not in reverse.boundaries and n:
        want, got = schedule(float(1 - t)), reverse(float(t))
        shifts = [oracle.composed(schedule, 1 - t, shift=Fraction(d, 2**51)) for d in (-1, 1)]
        slack = 4 * max(abs(float(x) - want) for x in shifts)
        assert abs(got - want) <= 32 * EPS * largest(schedule) + slack


def test_at_its_boundaries_reverse_shows_its_own_later_piece() -> None:
    steps = sc.Reverse(sc.Steps((1.0, 2.0, 3.0), (0.25, 0.5)))
    assert steps([0.0, 0.5, 0.75, 1.0]).tolist() == [3.0, 2.0, 1.0, 1.0]
    hold = sc.Reverse(sc.Hold(sc.Linear(0.0, 1.0), 4))
    assert hold([0.0, 0.1, 0.25, 0.3, 1.0]).tolist() == [1.0, 0.75, 0.5, 0.5, 0.0]
    assert [hold(t) for t in (0.0, 0.1, 0.25, 0.3, 1.0)] == [1.0, 0.75, 0.5, 0.5, 0.0]


@given(data=st.data(), schedule=schedules(3), updates=st.integers(1, 500))
def test_hold_looks_at_its_updates_alone(
    data: st.DataObject, schedule: sc.Schedule, updates: int
) -> None:
    hold = sc.Hold(schedule, updates)
    j = data.draw(st.integers(0, updates - 1))
    within = data.draw(st.fractions(0, 1).filter(lambda x: x < 1))
    t = float((j + within) / updates)
    if t < (j + 1) / updates:
        assert hold(t) == schedule(j / updates)
        assert hold(np.array([t]))[0] == pytest.approx(
            schedule(j / updates), abs=16 * EPS * largest(schedule)
        )
    assert hold.boundaries == tuple(Fraction(i, updates) for i in range(1, updates))


def test_a_part_of_a_hold_ends_with_the_stretch_that_comes_up_to_it() -> None:
    hold = sc.Hold(sc.Linear(0.0, 1.0), 4)
    assert sc.Restrict(hold, 0, 0.5)([0.0, 0.5, 1.0]).tolist() == [0.0, 0.25, 0.25]
    assert sc.Restrict(hold, 0, 0.6)(1.0) == 0.5
    assert sc.Restrict(sc.Steps((1.0, 2.0), (0.5,)), 0, 0.5)(1.0) == 1.0
    assert sc.Restrict(hold, 0.5, 1)([0.0, 0.5, 1.0]).tolist() == [0.5, 0.75, 1.0]


@given(data=st.data(), a=schedules(3), b=schedules(3))
def test_arithmetic_is_arithmetic_of_values(
    data: st.DataObject, a: sc.Schedule, b: sc.Schedule
) -> None:
    x = data.draw(values())
    for t in {data.draw(progresses(a)), data.draw(progresses(b)), 0.0, 1.0}:
        assert (a + b)(t) == a(t) + b(t)
        assert (a - b)(t) == a(t) - b(t)
        assert (a * b)(t) == a(t) * b(t)
        assert (a + x)(t) == a(t) + x
        assert (x - a)(t) == x - a(t)
        assert (x * a)(t) == x * a(t)
        assert (a / 0.3)(t) == a(t) / 0.3
        assert (-a)(t) == -a(t)
        assert sc.minimum(a, b)(t) == min(a(t), b(t))
        assert sc.maximum(a, x)(t) == max(a(t), x)
        assert sc.clip(a, -0.5, 0.5)(t) == min(max(a(t), -0.5), 0.5)


@given(data=st.data(), schedule=schedules(3))
def test_warp_reads_the_schedule_at_the_clock(data: st.DataObject, schedule: sc.Schedule) -> None:
    clock = sc.Power(0.0, 1.0, data.draw(st.floats(0.125, 8.0)))
    t = data.draw(progresses())
    assert sc.Warp(schedule, clock)(t) == schedule(clock(t))
    assert sc.Warp(schedule, sc.Constant(0.3))(t) == schedule(0.3)


def test_a_clock_that_leaves_its_range_is_refused_when_built_or_when_seen() -> None:
    with pytest.raises(ValueError, match=r"^Warp: 'clock' must stay in \[0, 1\], but .* to 1.5"):
        sc.Warp(sc.Linear(0.0, 1.0), sc.Linear(0.0, 1.5))
    hump = sc.Custom(lambda t: 6 * t * (1 - t))
    warp = sc.Warp(sc.Linear(0.0, 1.0), hump)
    assert warp(0.0) == 0.0
    for t in (0.5, np.array([0.0, 0.5])):
        with pytest.raises(ValueError, match=r"^Warp: 'clock' must stay in \[0, 1\]"):
            warp(t)


@given(
    power=st.floats(0.125, 8.0),
    lo=st.integers(1, 499),
    hi=st.integers(501, 999),
    t=st.floats(0.0, 1.0),
    wrap=st.sampled_from([lambda s: s, lambda s: 2 * s, lambda s: 1 - s, sc.Reverse]),
)
def test_a_part_of_a_monotone_curve_is_monotone(
    power: float, lo: int, hi: int, t: float, wrap: type
) -> None:
    whole = wrap(sc.Polynomial(1.0, 0.1, power))
    part = sc.Restrict(whole, Fraction(lo, 1000), Fraction(hi, 1000))
    near = [0.0, 5e-324, 1e-17, t, 1.0]
    for _ in range(3):
        near += [math.nextafter(x, 2.0) for x in near] + [math.nextafter(x, -1.0) for x in near]
    ts = sorted({x for x in near if 0.0 <= x <= 1.0})
    for got in ([part(x) for x in ts], part(np.array(ts)).tolist()):
        assert got in (sorted(got), sorted(got, reverse=True))


@given(data=st.data())
def test_repeat_is_the_join_of_its_cycles(data: st.DataObject) -> None:
    schedule = data.draw(schedules(2))
    stretch = data.draw(st.sampled_from([Fraction(1), Fraction(2), Fraction(3, 7)]))
    times, decay = data.draw(st.integers(1, 5)), data.draw(st.sampled_from([1.0, 0.5, -2.0]))
    repeat = sc.Repeat(schedule, times, stretch, decay)
    raw = [stretch**j for j in range(times)]
    cycles = [decay**j * schedule for j in range(times)]
    join = sc.Join(cycles, [x / sum(raw) for x in raw])
    t = data.draw(progresses(join))
    assert repeat(t) == join(t)
    assert repeat.boundaries == join.boundaries


def test_deep_nesting_is_flattened() -> None:
    schedule: sc.Schedule = sc.Linear(0.0, 1.0)
    for _ in range(300):
        schedule = sc.Join((schedule, sc.Constant(2.0)), (0.99, 0.01))
    assert schedule(0.0) == 0.0
    assert schedule(1.0) == 2.0
    summed: sc.Schedule = sc.Linear(0.0, 1.0)
    for _ in range(300):
        summed = summed + sc.Linear(0.0, 1.0)
    assert summed(1.0) == 301.0
    assert summed([0.0, 1.0]).tolist() == [0.0, 301.0]
    doubled: sc.Schedule = sc.Linear(0.0, 1.0)
    for _ in range(10):
        doubled = doubled + doubled
    assert doubled(1.0) == 1024.0


@pytest.mark.parametrize("count", [33, 49, 64, 97, 700, 1000, 3000])
def test_many_pieces_are_found(count: int) -> None:
    schedule = sc.Join(strategies.marked(count), [Fraction(1, count)] * count)
    ks = np.arange(count)
    assert [schedule(k / count) for k in ks.tolist()] == [k + 1.0 for k in ks.tolist()]
    before = [math.nextafter(k / count, 0.0) for k in ks.tolist()[1:]]
    assert [schedule(t) for t in before] == ks[1:].tolist()
    assert schedule(ks / count).tolist() == (ks + 1.0).tolist()
    shuffled = np.random.default_rng(0).permutation(ks)
    assert schedule(shuffled / count).tolist() == (shuffled + 1.0).tolist()


def test_pieces_too_short_for_a_float_still_end_where_they_should() -> None:
    tiny = Fraction(1, 10**20)
    for join in (
        sc.Join((sc.Constant(1.0), sc.Linear(2.0, 3.0)), (1 - tiny, tiny)),
        sc.Join((sc.Constant(1.0), sc.Reverse(sc.Linear(3.0, 2.0))), (1 - tiny, tiny)),
        sc.Join((sc.Constant(1.0), sc.Hold(sc.Linear(2.0, 3.0), 3)), (1 - tiny, tiny)),
    ):
        assert join(1.0) == 3.0
        assert join([0.0, 1.0]).tolist() == [1.0, 3.0]
    custom = sc.Join((sc.Constant(1.0), sc.Custom(lambda t: 2 + t)), (1 - tiny, tiny))
    assert custom([0.0, 1.0]).tolist() == [1.0, 3.0]


def test_a_piece_of_no_length_vanishes_at_the_end_too() -> None:
    linear, constant = sc.Linear(0.0, 1.0), sc.Constant(9.0)
    for pieces, lengths_ in (
        ((constant, linear), (0, 1)),
        ((linear, constant), (1, 0)),
        ((constant, linear, constant), (0, 1, 0)),
    ):
        join = sc.Join(pieces, lengths_)
        assert join([0.0, 0.5, 1.0]).tolist() == [0.0, 0.5, 1.0]
        assert join.boundaries == ()


def test_building_and_calling_change_nothing_that_was_given() -> None:
    pieces, sizes = [sc.Linear(0.0, 1.0), sc.Constant(1.0)], [0.3333, 0.6666]
    join = sc.Join(pieces, sizes)
    assert sizes == [0.3333, 0.6666]
    assert join.lengths == (Fraction(3333, 10000), Fraction(6667, 10000))
    ts = np.array([0.5, 0.1])
    ts.flags.writeable = False
    join(ts)
    assert ts.tolist() == [0.5, 0.1]


def test_arithmetic_nodes_print_as_they_are_written() -> None:
    a, b = sc.Linear(0.0, 1.0), sc.Constant(2.0)
    for schedule, text in (
        (0.1 * a, "0.1 * Linear(start=0.0, end=1.0)"),
        ((a + b) * 2, "(Linear(start=0.0, end=1.0) + Constant(value=2.0)) * 2.0"),
        (a - (b - 1), "Linear(start=0.0, end=1.0) - (Constant(value=2.0) - 1.0)"),
        (sc.minimum(a, 0.5) / b, "minimum(Linear(start=0.0, end=1.0), 0.5) / Constant(value=2.0)"),
        (
            sc.Join((a, b), ("1/3", 2 / 3)),
            "Join((Linear(start=0.0, end=1.0), Constant(value=2.0)), lengths=('1/3', '2/3'))",
        ),
    ):
        assert repr(schedule) == text
        assert eval(text, vars(sc)) == schedule
        assert isinstance(schedule, Arithmetic | sc.Join)


def test_an_edge_of_a_hold_where_a_formula_changes_is_a_boundary() -> None:
    for schedule in (
        sc.Cosine(1.0, 0.0) * sc.Hold(sc.Cosine(1.0, 0.0), 2),
        sc.Hold(sc.Linear(1.0, 0.0), 2) + sc.Linear(1.0, 0.0),
    ):
        assert schedule.boundaries == (Fraction(1, 2),)
        assert schedule.over(10).boundaries == (5,)


def test_a_beginning_too_near_to_0_to_be_told_from_it_hides_no_start() -> None:
    assert sc.Repeat(sc.Linear(1.0, 0.0), 1200, 2, 0.99)(0.0) == 1.0
    join = sc.Join((sc.Constant(0.5), sc.Constant(0.1)), ("1e-400", "1"))
    assert join(0.0) == join(np.array([0.0]))[0] == 0.5
    assert join(1e-300) == 0.1
