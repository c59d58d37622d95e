"""Horizons: counted by a loop that does what a data loader does."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import whole

import schedcore as sc

SMALL = st.integers(1, 6)


def updates_by_looping(
    samples: int, batch: int, epochs: int, world: int, accumulation: int, drop_last: bool
) -> tuple[int, int]:
    """Updates made, and samples seen, by processes that walk through the data together."""
    updates = seen = 0
    for _ in range(epochs):
        left = samples
        while left > 0:
            update = 0
            for _ in range(accumulation):
                for _ in range(world):
                    took = min(batch, left)
                    update += took
                    left -= took
            if drop_last and update < batch * world * accumulation:
                break
            updates += 1
            seen += update
    return updates, seen


@given(st.integers(1, 200), SMALL, SMALL, SMALL, SMALL, st.booleans())
def test_updates_are_those_of_the_loop(
    samples: int, batch: int, epochs: int, world: int, accumulation: int, drop_last: bool
) -> None:
    updates, seen = updates_by_looping(samples, batch, epochs, world, accumulation, drop_last)
    given_ = (samples, batch, epochs, world, accumulation, drop_last)
    if updates == 0:
        with pytest.raises(ValueError, match=r"^Horizon\.samples: an epoch of .* no whole update"):
            sc.Horizon.samples(*given_)
        return
    horizon = sc.Horizon.samples(*given_)
    assert horizon.total_steps == updates
    assert horizon.steps_per_epoch == updates // epochs
    assert horizon.step_at(seen) == updates
    assert horizon.step_at(0) == 0
    assert horizon.fraction(f"{epochs}ep") == 1


def test_the_step_at_some_samples_does_not_depend_on_the_world() -> None:
    small = sc.Horizon.samples(1_000_000, 100, epochs=4, world_size=8)
    large = sc.Horizon.samples(1_000_000, 100, epochs=4, world_size=16)
    schedule = sc.Cosine(1.0, 0.0)
    for samples in (0, 800_000, 1_600_000, 3_200_000):
        assert schedule.over(small)(small.step_at(samples)) == schedule.over(large)(
            large.step_at(samples)
        )


def test_lengths_are_exact_shares_of_the_run() -> None:
    horizon = sc.Horizon.epochs(90, 5004)
    for length, share in (
        ("5ep", Fraction(5, 90)),
        ("2.5ep", Fraction(1, 36)),
        ("1/3ep", Fraction(1, 270)),
        ("5004st", Fraction(1, 90)),
        (" 10% ", Fraction(1, 10)),
        ("1/10", Fraction(1, 10)),
        (0.1, Fraction(1, 10)),
        (Fraction(1, 3), Fraction(1, 3)),
        (0, Fraction(0)),
        (1.0, Fraction(1)),
    ):
        assert horizon.fraction(length) == share
    plan = sc.warmup_cosine(0.1, warmup=horizon.fraction("5ep")).over(horizon)
    assert plan.boundaries == (5 * 5004,)
    assert plan(5 * 5004) == 0.1
    assert plan(5 * 5004 - 1) < 0.1


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: sc.Horizon(0), ValueError, "Horizon: 'total_steps' must be from 1 to 9007199254740992, got 0"),
        (lambda: sc.Horizon(10, steps_per_epoch=0), ValueError, "Horizon: 'steps_per_epoch' must be at least 1, got 0"),
        (lambda: sc.Horizon.epochs(2.5, 10), TypeError, "Horizon.epochs: 'epochs' must be an integer, got 2.5"),
        (lambda: sc.Horizon.epochs(2, 0), ValueError, "Horizon.epochs: 'steps_per_epoch' must be at least 1, got 0"),
        (lambda: sc.Horizon.samples(10, 4, drop_last=1), TypeError, "Horizon.samples: 'drop_last' must be True or False, got 1"),
        (lambda: sc.Horizon.samples(10, 4, accumulation=0), ValueError, "Horizon.samples: 'accumulation' must be at least 1, got 0"),
        (lambda: sc.Horizon.samples(3, 4, drop_last=True), ValueError, "Horizon.samples: an epoch of 3 samples has no whole update of 4 samples; drop_last=False makes one of what there is"),
        (lambda: sc.Horizon(10).fraction(5), ValueError, "Horizon.fraction: 5 could be epochs, steps or all of the run: write '5ep', '5st' or '500%'"),
        (lambda: sc.Horizon(10).fraction(1), ValueError, "Horizon.fraction: 1 could be epochs, steps or all of the run: write '1ep', '1st' or '100%'"),
        (lambda: sc.Horizon(10).fraction(True), TypeError, "Horizon.fraction: 'length' must be a number, a Fraction or a string like '1/3', got True"),
        (lambda: sc.Horizon(10).fraction("5ep"), ValueError, "Horizon.fraction: '5ep' needs the steps of an epoch: build the horizon with Horizon.epochs(epochs, steps_per_epoch) or Horizon.samples(...)"),
        (lambda: sc.Horizon(10).fraction("11st"), ValueError, "Horizon.fraction: '11st' is not within the run of 10 steps"),
        (lambda: sc.Horizon(10).fraction("soon"), ValueError, "Horizon.fraction: 'length' must be a number such as '0.1' or '1/3', got 'soon'"),
        (lambda: sc.Horizon(10).fraction(1.5), ValueError, "Horizon.fraction: 1.5 is not within the run of 10 steps"),
        (lambda: sc.Horizon(10).step_at(5), ValueError, "Horizon.step_at: samples are not known here: build the horizon with Horizon.samples(samples, batch_size, ...)"),
        (lambda: sc.Horizon.samples(10, 5).step_at(-1), ValueError, "Horizon.step_at: 'samples' must be at least 0, got -1"),
    ],
)  # fmt: skip
def test_bad_horizons(make: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=whole(message)):
        make()  # type: ignore[operator]
