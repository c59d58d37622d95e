"""A ScheduleLR times a plateau: what is written, whoever writes it, and where it goes on."""

import copy
import io
import itertools
import math
import pickle
import warnings
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from optimizers import groups, named, parameter, train

import schedcore as sc
from schedcore_torch import PlateauLR, ScheduleLR, relative

SCHEDULE = sc.warmup_cosine(0.1, warmup=0.2, start=0.01)
TOTAL = 20
PLAN = SCHEDULE.over(TOTAL)
HALVING = sc.Plateau(factor=0.5, patience=1, cooldown=1)
METRICS = [3.0, 2.0, 2.0, math.nan, 2.0, 2.0, 1.9, 2.0, 2.0, 2.0, 2.0]
FACTORS = [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]


def sgd(names: str = "ab", **more: Any) -> torch.optim.SGD:
    return torch.optim.SGD(named(names), **{"lr": 1.0, "momentum": 0.9, **more})


def built(optimizer: torch.optim.Optimizer, **more: Any) -> tuple[ScheduleLR, PlateauLR]:
    scheduler = ScheduleLR(optimizer, TOTAL, **{"lr": SCHEDULE, **more})
    return scheduler, PlateauLR(scheduler, HALVING)


def rates(optimizer: torch.optim.Optimizer) -> list[float]:
    return [float(group["lr"]) for group in optimizer.param_groups]


def saved_and_loaded(state: Any) -> Any:
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


@pytest.mark.parametrize("kind", [float, torch.tensor])
def test_what_is_written_is_the_schedule_times_the_factor_times_the_scale(kind: Any) -> None:
    optimizer = sgd(lr=kind(1.0)) if kind is float else torch.optim.Adam(named("ab"), lr=kind(1.0))
    optimizer.param_groups[1]["lr_scale"] = 0.5
    scheduler, plateau_lr = built(optimizer)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for step, (metric, factor) in enumerate(zip(METRICS, FACTORS, strict=True), 1):
            train(optimizer)
            scheduler.step()
            plateau_lr.update(metric)
            expected = [PLAN(step) * factor, PLAN(step) * factor * 0.5]
            if kind is not float:
                expected = torch.tensor(expected).tolist()
            assert rates(optimizer) == expected
            told = [PLAN(step) * factor, PLAN(step) * factor * 0.5]
            assert scheduler.get_last_lr() == told
            assert scheduler.last_values() == {"lr/a": told[0], "lr/b": told[1]}
            assert plateau_lr.state.factor == factor


@given(
    st.lists(st.sampled_from(["step", "update", "torch's step", "seek"]), max_size=30),
    st.lists(st.sampled_from([1.0, 2.0, math.nan]), min_size=30, max_size=30),
)
def test_in_any_order_of_steps_and_metrics(calls: list[str], metrics: list[float]) -> None:
    optimizer = sgd()
    scheduler, plateau_lr = built(optimizer)
    train(optimizer)
    state, position = HALVING.initial(), 0
    for i, (call, metric) in enumerate(zip(calls, metrics, strict=False)):
        if call == "step" and position < TOTAL:
            scheduler.step()
            position += 1
        elif call == "seek":
            position = i % TOTAL
            scheduler.seek(position)
        elif call == "update":
            plateau_lr.update(metric)
            state = HALVING.update(state, metric)
        elif call == "torch's step":
            plateau_lr.step(metric)
            state = HALVING.update(state, metric)
        assert rates(optimizer) == [PLAN(position) * state.factor] * 2
        assert plateau_lr.state == state


def test_nothing_else_is_multiplied() -> None:
    optimizer = sgd(weight_decay=0.1)
    scheduler, plateau_lr = built(
        optimizer, lr={"a": SCHEDULE, "b": relative(0.5)}, weight_decay=sc.Linear(0.1, 0.2), momentum=0.8
    )  # fmt: skip
    for metric in METRICS[:4]:
        plateau_lr.update(metric)
    scheduler.seek(10)
    assert scheduler.last_values() == {
        "lr/a": PLAN(10) * 0.5, "lr/b": 0.5 * 0.5,
        "weight_decay/a": sc.Linear(0.1, 0.2)(0.5), "weight_decay/b": sc.Linear(0.1, 0.2)(0.5),
        "momentum/a": 0.8, "momentum/b": 0.8,
    }  # fmt: skip


def test_what_is_scheduled_stays_what_it_was() -> None:
    _, scheduler, plateau_lr = cut()
    assert plateau_lr.state.factor == 0.5
    assert scheduler.base_lrs == [PLAN(0)] * 2
    shown = built(sgd())[0].describe()
    assert scheduler.describe() == f"{shown}\n\nlr is multiplied by 0.5, a plateau's cut"
    assert {*scheduler.plans().values()} == {PLAN}
    plateau_lr.reset()
    assert scheduler.describe() == shown


def cut(kind: Any = float) -> tuple[torch.optim.Optimizer, ScheduleLR, PlateauLR]:
    """At step 5, with a factor of 0.5."""
    optimizer = torch.optim.Adam(named("ab"), lr=kind(1.0))
    scheduler, plateau_lr = built(optimizer)
    for metric in METRICS[:4]:
        plateau_lr.update(metric)
    scheduler.seek(5)
    return optimizer, scheduler, plateau_lr


@pytest.mark.parametrize("kind", [float, lambda x: torch.tensor(x, dtype=torch.float64)])
def test_every_way_of_writing_multiplies(kind: Any) -> None:
    optimizer, scheduler, _ = cut(kind)
    assert rates(optimizer) == [PLAN(5) * 0.5] * 2
    scheduler.step(7)
    assert rates(optimizer) == [PLAN(7) * 0.5] * 2
    scheduler.extend(30)
    assert rates(optimizer) == [PLAN(7) * 0.5] * 2
    optimizer.add_param_group({"params": [parameter(9)], "name": "c", "lr_scale": 0.5})
    scheduler.seek(7)
    assert rates(optimizer) == [PLAN(7) * 0.5, PLAN(7) * 0.5, PLAN(7) * 0.25]
    assert scheduler.get_last_lr()[2] == PLAN(7) * 0.25
    other, _, _ = cut(kind)
    other.add_param_group({"params": [parameter(9)], "name": "c"})
    optimizer.load_state_dict({**other.state_dict(), "param_groups": [{**g, "lr": 9.0} for g in other.state_dict()["param_groups"]]})  # fmt: skip
    assert rates(optimizer)[:2] == [PLAN(7) * 0.5] * 2


def test_a_value_set_by_hand_is_told_of_and_a_cut_is_none() -> None:
    optimizer, scheduler, plateau_lr = cut()
    optimizer.param_groups[0]["lr"] = 0.7
    with pytest.warns(
        UserWarning, match=r"'lr' of group 'a' was set to 0.7 by someone else"
    ) as seen:
        scheduler.seek(6)
    assert len(seen) == 1
    assert rates(optimizer) == [PLAN(6) * 0.5] * 2
    plateau_lr.reset()
    assert rates(optimizer) == [PLAN(6)] * 2
    assert plateau_lr.state == HALVING.initial()


def test_copies_and_pickles_go_on_for_themselves() -> None:
    optimizer, scheduler, plateau_lr = cut()
    copies = [
        copy.deepcopy((optimizer, scheduler, plateau_lr)),
        pickle.loads(pickle.dumps((optimizer, scheduler, plateau_lr))),
    ]
    for theirs, their_scheduler, their_plateau in copies:
        assert their_plateau.schedule_lr is their_scheduler
        for metric in METRICS[4:]:
            train(theirs)
            their_scheduler.step()
            their_plateau.update(metric)
        assert rates(theirs) == [PLAN(12) * 0.25] * 2
    assert rates(optimizer) == [PLAN(5) * 0.5] * 2


ORDERS = [*itertools.permutations(["optimizer", "scheduler", "plateau"])]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("late", [False, True])  # whether the plateau is built after loading
@pytest.mark.parametrize("stop", [2, 3, 4, 8, 9])
@pytest.mark.parametrize("kind", [float, torch.tensor])
def test_resuming_in_any_order_goes_on_bit_for_bit(
    order: tuple[str, ...], late: bool, stop: int, kind: Any
) -> None:
    def run(things: Any, first: int) -> list[Any]:
        optimizer, scheduler, plateau_lr = things
        found = []
        for metric in METRICS[first:]:
            found.append((rates(optimizer), scheduler.last_values(), plateau_lr.state))
            train(optimizer)
            scheduler.step()
            plateau_lr.update(metric)
            found.append([p.tolist() for g in optimizer.param_groups for p in g["params"]])
        return found

    def begun() -> tuple[torch.optim.Optimizer, ScheduleLR]:
        optimizer = torch.optim.Adam(named("ab"), lr=kind(1.0))
        return optimizer, ScheduleLR(optimizer, TOTAL, lr=SCHEDULE)

    optimizer, scheduler = begun()
    whole = optimizer, scheduler, PlateauLR(scheduler, HALVING)
    for metric in METRICS[:stop]:
        train(optimizer)
        scheduler.step()
        whole[2].update(metric)
    states = saved_and_loaded([x.state_dict() for x in whole])
    weights = [p.detach().clone() for g in optimizer.param_groups for p in g["params"]]

    optimizer, scheduler = begun()
    for p, weight in zip((p for g in optimizer.param_groups for p in g["params"]), weights, strict=True):  # fmt: skip
        p.data.copy_(weight)
    resumed: dict[str, Any] = {"optimizer": optimizer, "scheduler": scheduler}
    if not late:
        resumed["plateau"] = PlateauLR(scheduler, HALVING)
    by_name = dict(zip(("optimizer", "scheduler", "plateau"), states, strict=True))
    for name in order:
        if name == "plateau":
            resumed.setdefault(name, PlateauLR(scheduler, HALVING))
        resumed[name].load_state_dict(by_name[name])
    again = (optimizer, scheduler, resumed["plateau"])
    assert run(again, stop) == run(whole, stop)


def test_a_plateau_that_was_left_out_is_asked_for() -> None:
    _, before, plateau_before = cut()
    state = saved_and_loaded(before.state_dict())
    assert state["multiplier"] == 0.5
    optimizer = sgd()
    scheduler, plateau_lr = built(optimizer)
    scheduler.load_state_dict(state)
    assert rates(optimizer) == [PLAN(5) * 0.5] * 2  # the values of the uninterrupted run
    with pytest.raises(ValueError, match=r"multiplied by 0.5, and this plateau's factor is 1.0: load the states of both"):  # fmt: skip
        plateau_lr.update(1.0)
    assert rates(optimizer) == [PLAN(5) * 0.5] * 2
    plateau_lr.load_state_dict(plateau_before.state_dict())
    plateau_lr.update(1.0)
    assert "multiplier" not in built(sgd())[0].state_dict()
    scheduler.load_state_dict({k: v for k, v in state.items() if k != "multiplier"})
    with pytest.raises(ValueError, match=r"multiplied by 1.0, and this plateau's factor is 0.5"):
        plateau_lr.update(1.0)
    plateau_lr.reset()
    plateau_lr.update(1.0)


@pytest.mark.parametrize("way", ["mine", "saved", "same_progress"])
def test_the_factor_is_loaded_with_another_schedule_too(way: str) -> None:
    _, before, plateau_before = cut()
    optimizer = sgd()
    scheduler = ScheduleLR(optimizer, 2 * TOTAL, lr=0.3)
    plateau_lr = PlateauLR(scheduler, HALVING)
    scheduler.load_state_dict(before.state_dict(), on_mismatch=way)
    plateau_lr.load_state_dict(plateau_before.state_dict())
    assert rates(optimizer) == [(PLAN(5) if way == "saved" else 0.3) * 0.5] * 2


def test_another_plateau_s_state_is_refused_or_taken_as_told() -> None:
    _, _, before = cut()
    state = before.state_dict()
    optimizer = sgd()
    scheduler = ScheduleLR(optimizer, TOTAL, lr=0.2)
    plateau_lr = PlateauLR(scheduler, sc.Plateau())
    with pytest.raises(ValueError, match=r"^PlateauLR: the state is that of another plateau: saved Plateau\(.*factor=0.5.*here Plateau\(.*factor=0.1.*on_mismatch='mine'"):  # fmt: skip
        plateau_lr.load_state_dict(state)
    assert rates(optimizer) == [0.2] * 2
    plateau_lr.load_state_dict(state, on_mismatch="mine")
    assert rates(optimizer) == [0.1] * 2
    assert (plateau_lr.plateau, plateau_lr.state) == (sc.Plateau(), before.state)
    plateau_lr.load_state_dict(state, on_mismatch="saved")
    assert (plateau_lr.plateau, plateau_lr.state) == (HALVING, before.state)
    for bad, message in (
        ({}, "this is no state of a PlateauLR, got {}"),
        ({**state, "version": 2}, "the state is of version 2, but this is version 1"),
        ({**state, "plateau": None}, "this is no state of a PlateauLR: its 'plateau' must be a dict of mode, factor, .*, got None"),
        ({**state, "plateau": {}}, "this is no state of a PlateauLR: its 'plateau' must be a dict of mode, factor, .*, got {}"),
        ({**state, "state": {}}, "this is no state of a PlateauLR: its 'state' must be a dict of factor, best, bad, cooldown_left, got {}"),
        ({**state, "state": {**state["state"], "bads": 1}}, "this is no state of a PlateauLR: its 'state' must be .*, got {.*'bads': 1}"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=f"^PlateauLR: {message}$"):
            plateau_lr.load_state_dict(bad)
    with pytest.raises(
        ValueError, match=r"^PlateauState: 'factor' must be between 0.0 and 1.0, got 2"
    ):
        plateau_lr.load_state_dict({**state, "state": {**state["state"], "factor": 2}}, "saved")
    with pytest.raises(
        ValueError, match=r"^PlateauLR: 'on_mismatch' must be one of 'raise', 'mine', 'saved'"
    ):
        plateau_lr.load_state_dict(state, on_mismatch="same_progress")
    with pytest.raises(
        ValueError, match=r"^ScheduleLR: 'multiplier' must be between 0.0 and 1.0, got 3.0$"
    ):
        scheduler.load_state_dict({**scheduler.state_dict(), "multiplier": 3.0})
    assert rates(optimizer) == [0.1] * 2


def test_an_update_that_fails_leaves_all_as_it_was() -> None:
    optimizer, scheduler, plateau_lr = cut()
    for metric in METRICS[4:8]:
        plateau_lr.update(metric)
    state, before = plateau_lr.state, rates(optimizer)
    optimizer.param_groups[1]["lr_scale"] = -1.0
    with pytest.raises(ValueError, match=r"'lr_scale' of group 'b' must be finite and at least 0"):
        plateau_lr.update(METRICS[8])
    assert (plateau_lr.state, rates(optimizer)) == (state, before)
    del optimizer.param_groups[1]["lr_scale"]
    scheduler.seek(5)
    assert rates(optimizer) == before
    plateau_lr.update(METRICS[8])
    assert plateau_lr.state.factor == 0.25
    assert rates(optimizer) == [PLAN(5) * 0.25] * 2


def test_one_whose_keys_were_taken_over_refuses() -> None:
    optimizer, _, plateau_lr = cut()
    ScheduleLR(optimizer, TOTAL, lr=0.3)
    for metric in METRICS[4:8]:
        plateau_lr.update(metric)
    with pytest.raises(ValueError, match="another ScheduleLR, built later for this optimizer"):
        plateau_lr.update(METRICS[8])
    assert rates(optimizer) == [0.3] * 2


def test_it_follows_updates_and_holds_past_the_end() -> None:
    optimizer = sgd()
    scheduler, plateau_lr = built(optimizer, follow_updates=True)
    for metric in METRICS[:4]:
        train(optimizer)
        plateau_lr.update(metric)
    assert scheduler.position == 4
    assert rates(optimizer) == [PLAN(4) * 0.5] * 2
    optimizer = sgd()
    scheduler = ScheduleLR(optimizer, 2, lr=0.2)
    plateau_lr = PlateauLR(scheduler, HALVING)
    with pytest.warns(UserWarning, match="the run of 2 steps is over"):
        scheduler.seek(3)
    for metric in METRICS[:4]:
        plateau_lr.update(metric)
    assert rates(optimizer) == [0.1] * 2


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda o, s: PlateauLR(o, HALVING), TypeError, r"^PlateauLR: 'schedule_lr' must be a ScheduleLR, such as ScheduleLR\(optimizer, total_steps, lr=0.1\), got SGD"),
        (lambda o, s: PlateauLR(s, 0.1), TypeError, r"^PlateauLR: 'plateau' must be a Plateau, got 0.1$"),
        (lambda o, s: PlateauLR(ScheduleLR(o, 9, momentum=0.8), HALVING), ValueError, r"^PlateauLR: the ScheduleLR schedules no 'lr'"),
        (lambda o, s: PlateauLR(s, HALVING).update("0.1"), TypeError, r"^Plateau.update: 'metric' must be a number, got '0.1'$"),
    ],
)  # fmt: skip
def test_what_can_not_be_is_refused(make: Any, error: type[Exception], message: str) -> None:
    optimizer = torch.optim.SGD(groups(1), lr=1.0, momentum=0.9)
    with pytest.raises(error, match=message):
        make(optimizer, ScheduleLR(optimizer, TOTAL, lr=SCHEDULE))


def test_it_prints_where_it_is() -> None:
    _, scheduler, plateau_lr = cut()
    assert repr(plateau_lr) == f"<PlateauLR at {plateau_lr.state!r}: {HALVING!r} of {scheduler!r}>"
