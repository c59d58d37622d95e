"""The public strategies give what they say."""

from collections.abc import Iterator
from fractions import Fraction

from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import schedcore as sc
from schedcore import testing
from schedcore.schedule import Arithmetic

KINDS = {
    name
    for name in sc.__all__
    if isinstance(getattr(sc, name), type) and issubclass(getattr(sc, name), sc.Schedule)
} - {"Schedule", "Custom"}


def parts(schedule: object) -> Iterator[sc.Schedule]:
    if isinstance(schedule, sc.Schedule):
        yield schedule
        for name in ("schedule", "clock", "left", "right"):
            yield from parts(getattr(schedule, name, None))
        for piece in getattr(schedule, "pieces", ()):
            yield from parts(piece)


def test_every_kind_of_schedule_is_drawn() -> None:
    kinds = KINDS | {kind.__name__ for kind in Arithmetic.__subclasses__()}
    unshrunk = settings(max_examples=20_000, database=None, phases=[Phase.generate])
    for kind in kinds:
        find(
            testing.schedules(),
            lambda schedule, kind=kind: any(type(x).__name__ == kind for x in parts(schedule)),
            settings=unshrunk,
        )


@given(st.integers(1, 8), st.data())
def test_no_more_leaves_than_said(most: int, data: st.DataObject) -> None:
    schedule = data.draw(testing.schedules(max_leaves=most))
    leaves = [x for x in parts(schedule) if not list(parts(x))[1:]]
    clocks = [x.clock for x in parts(schedule) if isinstance(x, sc.Warp)]
    divisors = [x.right for x in parts(schedule) if type(x).__name__ == "Quotient"]
    assert (
        len(leaves) - len(clocks) - len([x for x in divisors if not isinstance(x, float)]) <= most
    )


@given(testing.schedules(3), st.data())
def test_progresses_are_in_range_and_reach_the_hard_places(
    schedule: sc.Schedule, data: st.DataObject
) -> None:
    assert 0.0 <= data.draw(testing.progresses(schedule)) <= 1.0


def test_progresses_come_to_boundaries() -> None:
    schedule = sc.Steps((1.0, 2.0), ("1/3",))
    for hard in (0.0, 1.0, 1 / 3):
        assert find(testing.progresses(schedule), lambda t, hard=hard: t == hard) == hard


@given(st.integers(1, 6).flatmap(testing.lengths), testing.places(), testing.values())
def test_lengths_places_and_values(
    lengths: tuple[Fraction, ...], place: Fraction, value: float
) -> None:
    assert sum(lengths) == 1
    assert min(lengths) >= 0
    assert 0 <= place <= 1
    assert value == 0 or 1e-8 <= abs(value) <= 100
    assert isinstance(sc.Constant(value), sc.Schedule)


@given(testing.curves())
def test_curves_are_no_combinations(curve: sc.Schedule) -> None:
    assert list(parts(curve)) == [curve]
