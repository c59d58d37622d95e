"""What ScheduleLR writes, what it refuses, and where it goes on."""

import copy
import gc
import math
import pickle
import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from optimizers import groups, named, train
from strategies import whole
from torch.optim import lr_scheduler

import schedcore as sc
from schedcore.testing import schedules
from schedcore_torch import ScheduleLR, relative

COSINE = sc.Cosine(0.1, 0.0)


def adamw(names: str = "ab", **more: Any) -> torch.optim.AdamW:
    return torch.optim.AdamW(named(names), **{"lr": 0.5, "weight_decay": 0.1, **more})


def column(optimizer: torch.optim.Optimizer, key: str) -> list[Any]:
    return [group[key] for group in optimizer.param_groups]


@given(schedules(), st.integers(1, 30), st.sampled_from(["left", "right", "both"]))
def test_a_run_is_the_plan_bit_for_bit(schedule: sc.Schedule, total: int, sample: str) -> None:
    schedule = sc.clip(schedule, 0.0, 10.0)
    optimizer = torch.optim.SGD(groups(1), lr=1.0)
    scheduler = ScheduleLR(optimizer, total, lr=schedule, sample=sample)
    plan = schedule.over(total, sample)
    seen = []
    for _ in range(total):
        seen += column(optimizer, "lr")
        optimizer.step()
        scheduler.step()
    assert seen == plan.values().tolist()
    assert column(optimizer, "lr") == [plan(total)] == [schedule(1.0)]


def test_groups_have_their_scales() -> None:
    optimizer = adamw("abc")
    for group, lr_scale, wd_scale in zip(optimizer.param_groups, (1, 0.5, 0.0), (2.0, 1.0, 0.5), strict=True):  # fmt: skip
        group.update(lr_scale=lr_scale, wd_scale=wd_scale)
    scheduler = ScheduleLR(optimizer, 10, lr=COSINE, weight_decay=sc.Linear(0.04, 0.4))
    scheduler.seek(5)
    assert column(optimizer, "lr") == [COSINE(0.5), COSINE(0.5) * 0.5, 0.0]
    half = sc.Linear(0.04, 0.4)(0.5)
    assert column(optimizer, "weight_decay") == [half * 2.0, half, half * 0.5]
    optimizer.param_groups[0]["lr_scale"] = 0.25  # which is read at every step
    scheduler.step()
    assert column(optimizer, "lr")[0] == COSINE(0.6) * 0.25


def test_weight_decay_that_starts_at_0_stays_there() -> None:
    optimizer = torch.optim.AdamW([{**g, "weight_decay": w} for g, w in zip(named("ab"), (0.1, 0.0), strict=True)])  # fmt: skip
    scheduler = ScheduleLR(optimizer, 10, weight_decay=sc.Linear(0.0, 0.4))
    for _ in range(10):
        assert column(optimizer, "weight_decay")[1] == 0.0
        optimizer.step()
        scheduler.step()
    assert column(optimizer, "weight_decay") == [0.4, 0.0]
    assert column(optimizer, "initial_weight_decay") == [0.1, 0.0]


def test_relative_values_multiply_the_initial_ones() -> None:
    optimizer = adamw("ab", lr=0.3)
    optimizer.param_groups[1]["lr"] = 0.7
    scheduler = ScheduleLR(optimizer, 4, lr=relative(sc.Linear(1.0, 0.0)))
    assert column(optimizer, "lr") == [0.3, 0.7]
    scheduler.seek(1)
    assert column(optimizer, "lr") == [0.75 * 0.3, 0.75 * 0.7]
    assert column(optimizer, "initial_lr") == [0.3, 0.7]


@pytest.mark.parametrize(
    "lr",
    [
        {"a": COSINE, "b": 0.2, "c": relative(0.5)},
        {"*": relative(0.5), "a": COSINE, "b": sc.Constant(0.2)},
        [COSINE, 0.2, relative(sc.Constant(0.5))],
    ],
)
def test_each_group_its_own_by_name_or_position(lr: Any) -> None:
    optimizer = adamw("abc")
    scheduler = ScheduleLR(optimizer, 10, lr=lr)
    scheduler.seek(5)
    assert column(optimizer, "lr") == [COSINE(0.5), 0.2, 0.25]


def test_places_of_a_tuple() -> None:
    optimizer = adamw("ab")
    scheduler = ScheduleLR(optimizer, 10, betas=(sc.Linear(0.8, 0.9), 0.999))
    assert column(optimizer, "betas") == [(0.8, 0.999)] * 2
    scheduler.seek(10)
    assert column(optimizer, "betas") == [(0.9, 0.999)] * 2
    assert scheduler.last_values() == {
        "betas.0/a": 0.9, "betas.0/b": 0.9, "betas.1/a": 0.999, "betas.1/b": 0.999,
    }  # fmt: skip
    assert column(optimizer, "lr") == [0.5, 0.5] == scheduler.get_last_lr()
    each = {"a": (relative(sc.Linear(1.0, 0.5)), 0.9), "*": (0.7, sc.Linear(0.9, 0.99))}
    optimizer = adamw("ab", betas=(0.8, 0.95))
    ScheduleLR(optimizer, 10, betas=each).seek(10)
    assert column(optimizer, "betas") == [(0.4, 0.9), (0.7, 0.99)]
    assert column(optimizer, "initial_betas") == [(0.8, 0.95)] * 2


OPTIMIZERS = [
    (torch.optim.SGD, {"momentum": 0.9, "weight_decay": 0.1}),
    (torch.optim.AdamW, {}),
    (torch.optim.Adafactor, {"weight_decay": 0.1}),
]


@pytest.mark.parametrize(("kind", "more"), OPTIMIZERS)
def test_only_what_is_declared_is_written(kind: Any, more: dict[str, Any]) -> None:
    optimizer = kind(named("abc"), lr=0.1, **more)
    before = copy.deepcopy(optimizer.state_dict()["param_groups"])
    scheduler = ScheduleLR(optimizer, 100, lr=COSINE, weight_decay=relative(sc.Linear(1, 2)))
    for _ in range(100):
        train(optimizer)
        scheduler.step()
    allowed = {"lr", "weight_decay", "initial_weight_decay"}
    for was, now in zip(before, optimizer.state_dict()["param_groups"], strict=True):
        assert {k for k in was | now if was.get(k) != now.get(k)} == allowed
        assert list(was) == [key for key in now if key in was]


BOTH = [False, True]


@st.composite
def runs(draw: st.DrawFn) -> dict[str, Any]:
    """Schedules, groups, keys, a save point and an order of loading."""
    values = st.one_of(
        schedules(max_leaves=3).map(lambda s: sc.clip(s, 0.0, 10.0)),
        schedules(max_leaves=3).map(lambda s: relative(sc.clip(s, 0.0, 2.0))),
        st.floats(0.0, 1.0, allow_subnormal=False),
    )
    names = draw(st.sampled_from(["a", "ab", "abc"]))
    by_name = st.fixed_dictionaries(dict.fromkeys(names, values))
    by_position = st.lists(values, min_size=len(names), max_size=len(names))
    keys = {"lr": st.one_of(values, by_name, by_position)}
    if draw(st.booleans()):
        keys["weight_decay"] = values
    return {
        "names": names,
        "scales": draw(st.lists(st.floats(0, 2, allow_subnormal=False), min_size=3, max_size=3)),
        "given": {key: draw(strategy) for key, strategy in keys.items()},
        "tensor": draw(st.booleans()),
        "kind": draw(st.sampled_from(OPTIMIZERS)),
        "total": draw(st.integers(1, 12)),
        "sample": draw(st.sampled_from(["left", "right", "both"])),
        "save_at": draw(st.integers(0, 14)),
        "order": draw(st.sampled_from(["build opt sched", "opt build sched", "build sched opt", "build sched"])),
    }  # fmt: skip


def made(run: dict[str, Any]) -> torch.optim.Optimizer:
    kind, more = run["kind"]
    lr = torch.tensor(0.3) if run["tensor"] else 0.3
    parts = [{**g, "lr_scale": s} for g, s in zip(named(run["names"]), run["scales"], strict=False)]
    optimizer: torch.optim.Optimizer = kind(parts, lr=lr, **{**more, "weight_decay": 0.1})
    return optimizer


def built(run: dict[str, Any], optimizer: torch.optim.Optimizer) -> ScheduleLR:
    return ScheduleLR(optimizer, run["total"], sample=run["sample"], **run["given"])


def numbers(optimizer: torch.optim.Optimizer) -> list[Any]:
    found = [(float(g["lr"]), float(g["weight_decay"])) for g in optimizer.param_groups]
    return found + [p.tolist() for g in optimizer.param_groups for p in g["params"]]


@given(runs())
def test_a_resumed_run_is_the_uninterrupted_one(run: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the run is over
        optimizer = made(run)
        scheduler = built(run, optimizer)
        for _ in range(run["save_at"]):
            train(optimizer)
            scheduler.step()
        weights = [p.detach().clone() for g in optimizer.param_groups for p in g["params"]]
        saved = saved_and_loaded({"opt": optimizer.state_dict(), "sched": scheduler.state_dict()})
        resumed = made(run)
        again: ScheduleLR | None = None
        for what in run["order"].split():
            if what == "build":
                again = built(run, resumed)
            elif what == "opt":
                resumed.load_state_dict(saved["opt"])
            else:
                assert again is not None
                again.load_state_dict(saved["sched"])
        if "opt" not in run["order"]:
            resumed.state = optimizer.state  # the scheduler's state alone gives its values
            resumed = copy.deepcopy(resumed)
            return_ = [(float(g["lr"]), float(g["weight_decay"])) for g in resumed.param_groups]
            assert return_ == numbers(optimizer)[: len(return_)]
            return
        assert again is not None
        for p, w in zip(
            (p for g in resumed.param_groups for p in g["params"]), weights, strict=True
        ):
            p.data.copy_(w)
        assert numbers(resumed) == numbers(optimizer)
        assert again.position == scheduler.position
        for _ in range(4):
            for o, s in ((optimizer, scheduler), (resumed, again)):
                train(o)
                s.step()
            assert numbers(resumed) == numbers(optimizer)
            assert again.last_values() == scheduler.last_values()


def saved_and_loaded(state: Any) -> Any:
    import io

    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def test_seek_is_where_steps_lead() -> None:
    optimizer = adamw()
    scheduler = ScheduleLR(optimizer, 10, lr=COSINE)
    for k in (7, 0, 10, 3):
        scheduler.seek(k)
        assert (scheduler.position, scheduler.last_epoch, scheduler._step_count) == (k, k, k + 1)
        assert column(optimizer, "lr") == [COSINE(k / 10)] * 2
    scheduler.step(8)
    assert column(optimizer, "lr") == [COSINE(0.8)] * 2
    with pytest.raises(
        ValueError, match=whole("ScheduleLR.seek: 'step' must be at least 0, got -1")
    ):
        scheduler.seek(-1)
    assert scheduler.position == 8


def test_past_the_end_values_stay_and_one_warning_says_so() -> None:
    optimizer = adamw()
    scheduler = ScheduleLR(optimizer, 3, lr=sc.Linear(1.0, 0.5))
    scheduler.seek(3)
    message = (
        "ScheduleLR: the run of 3 steps is over, and this is step 4: the values stay what the "
        "schedule ends with; extend(total_steps) makes it longer [past-the-end]"
    )
    with pytest.warns(UserWarning, match=whole(message)) as caught:
        scheduler.step()
    assert caught[0].filename == __file__
    scheduler.step()  # and says nothing more: warnings are errors here
    assert column(optimizer, "lr") == [0.5, 0.5]
    assert scheduler.position == 5


@given(st.integers(1, 40), st.data(), st.sampled_from(["left", "right", "both"]))
def test_an_extended_run_reads_what_was_left(total: int, data: st.DataObject, sample: str) -> None:
    schedule = sc.Join((sc.Linear(0.0, 1.0), sc.Cosine(1.0, 0.1)), (0.3, 0.7))
    k = data.draw(st.integers(0, total - 1))
    longer = data.draw(st.integers(k + 1, 80))
    scheduler = ScheduleLR(adamw(), total, lr=schedule, sample=sample)
    scheduler.seek(k)
    scheduler.extend(longer)
    parts, share = total - (sample == "both"), Fraction(k, max(total - (sample == "both"), 1))
    if parts == 0:
        share = Fraction(1)
    for j in range(k, longer + 2):
        place, steps = j + (sample == "right"), longer - k - (sample == "both")
        rest = min(Fraction(place - k, steps), Fraction(1)) if steps else Fraction(1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scheduler.seek(j)
        wanted = schedule(float(share + (1 - share) * rest))
        assert scheduler.get_last_lr()[0] == pytest.approx(wanted, rel=1e-14, abs=1e-15)
    scheduler.seek(0)
    assert scheduler.get_last_lr()[0] == schedule.over(total, sample)(0) if k else True
    assert scheduler.horizon.total_steps == longer


def test_a_seam_is_continuous_exact_and_in_the_state() -> None:
    schedule = sc.Linear(1.0, 0.0)
    scheduler = ScheduleLR(adamw(), 100, lr=schedule)
    scheduler.seek(50)
    scheduler.extend(150)
    assert scheduler.get_last_lr() == [0.5, 0.5]
    scheduler.seek(100)
    assert scheduler.get_last_lr() == [0.25, 0.25]
    state = saved_and_loaded(scheduler.state_dict())
    for total in (100, 150):  # as it was begun, or as it is now
        again = ScheduleLR(adamw(), total, lr=schedule)
        again.load_state_dict(state)
        assert again.get_last_lr() == [0.25, 0.25]
        assert again.horizon.total_steps == 150
        assert again.state_dict() == scheduler.state_dict()
    scheduler.extend(120)
    scheduler.seek(110)
    assert scheduler.get_last_lr() == [0.125, 0.125]
    with pytest.raises(
        ValueError, match=whole("ScheduleLR.extend: 'total_steps' must be at least 111, got 110")
    ):
        scheduler.extend(110)
    scheduler.seek(120)
    scheduler.extend(130)  # when nothing is left, the end holds
    scheduler.seek(125)
    assert scheduler.get_last_lr() == [0.0, 0.0]


SAVED = "total_steps: saved 10, here 20"
WAYS = (
    "Load it with on_mismatch='mine' to go on with what is here at the saved step, "
    "'same_progress' at the saved progress, or 'saved' to take over what was saved"
)


def test_the_state_of_another_run() -> None:
    first = ScheduleLR(adamw(), 10, lr=COSINE)
    first.seek(4)
    state = first.state_dict()
    optimizer = adamw()
    scheduler = ScheduleLR(optimizer, 20, lr=sc.Linear(1.0, 0.0), weight_decay=0.3)
    before = copy.deepcopy(optimizer.state_dict()), scheduler.state_dict()
    message = (
        "ScheduleLR: the state is that of another run. lr: saved Cosine(start=0.1, end=0.0), here "
        "Linear(start=1.0, end=0.0); weight_decay: saved nothing, here Constant(value=0.3); "
        f"{SAVED}. {WAYS}"
    )
    with pytest.raises(ValueError, match=whole(message)):
        scheduler.load_state_dict(state)
    assert (optimizer.state_dict(), scheduler.state_dict()) == before
    scheduler.load_state_dict(state, on_mismatch="mine")
    assert (scheduler.position, column(optimizer, "lr")) == (4, [0.8, 0.8])
    scheduler.load_state_dict(state, on_mismatch="same_progress")
    assert (scheduler.position, column(optimizer, "lr")) == (8, [0.6, 0.6])
    scheduler.load_state_dict(state, on_mismatch="saved")
    assert (scheduler.position, column(optimizer, "lr")) == (4, [COSINE(0.4)] * 2)
    assert scheduler.horizon == sc.Horizon(10)
    assert scheduler.state_dict() == state
    with pytest.raises(
        ValueError,
        match=whole(
            "ScheduleLR: 'on_mismatch' must be one of 'raise', 'mine', 'saved', 'same_progress', got 'theirs'"
        ),
    ):
        scheduler.load_state_dict(state, on_mismatch="theirs")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: {k: s[k] for k in s if k not in ("seams", "bases")}, "ScheduleLR: this is no state of a ScheduleLR: it has no seams, bases"),
        (lambda s: torch.optim.lr_scheduler.StepLR(adamw(), 3).state_dict(), "ScheduleLR: this is no state of a ScheduleLR: it has no version, position, total_steps, sample, seams, schedules, groups, bases"),
        (lambda s: {**s, "version": 9}, "ScheduleLR: the state is of version 9, but this is version 1"),
        (lambda s: {**s, "position": -1}, "ScheduleLR: 'position' must be at least 0, got -1"),
        (lambda s: {**s, "sample": "both"}, f"ScheduleLR: the state is that of another run. sample: saved 'both', here 'left'. {WAYS}"),
        (lambda s: {**s, "seams": [[3, 12]], "total_steps": 9}, f"ScheduleLR: the state is that of another run. total_steps: saved 9, extended at step 3 to 12, here 10. {WAYS}"),
        (lambda s: {**s, "groups": ["a"], "bases": {"lr": [0.5]}}, f"ScheduleLR: the state is that of another run. groups: saved a, here a, b. {WAYS}"),
    ],
)  # fmt: skip
def test_what_is_no_state(change: Any, message: str) -> None:
    optimizer = adamw()
    scheduler = ScheduleLR(optimizer, 10, lr=relative(COSINE))
    scheduler.seek(3)
    before = copy.deepcopy(optimizer.state_dict())
    with pytest.raises(ValueError, match=whole(message)):
        scheduler.load_state_dict(change(scheduler.state_dict()))
    assert optimizer.state_dict() == before
    assert scheduler.position == 3


def test_a_differing_base_alone_is_no_mismatch() -> None:
    first = ScheduleLR(adamw(lr=0.3), 10, lr=relative(COSINE))
    first.seek(5)
    optimizer = adamw(lr=0.9)
    ScheduleLR(optimizer, 10, lr=relative(COSINE)).load_state_dict(first.state_dict())
    assert column(optimizer, "lr") == [COSINE(0.5) * 0.3] * 2
    assert column(optimizer, "initial_lr") == [0.3, 0.3]


def test_bases_find_their_groups_by_name() -> None:
    first = adamw("ab")
    first.param_groups[1]["lr"] = 0.25
    state = ScheduleLR(first, 10, lr=relative(1.0)).state_dict()
    turned = adamw("ba")
    ScheduleLR(turned, 10, lr=relative(1.0)).load_state_dict(state)
    assert column(turned, "lr") == [0.25, 0.5]


def custom(t: float) -> float:
    return 1.0 - t


def test_a_function_is_compared_by_its_name() -> None:
    scheduler = ScheduleLR(adamw(), 10, lr=0.5 * sc.Custom(custom))
    state = scheduler.state_dict()
    assert state["schedules"]["lr"]["schedule"]["right"] == {
        "name": "custom",
        "function": f"{custom.__module__}.custom",
    }
    again = ScheduleLR(adamw(), 10, lr=0.5 * sc.Custom(custom))
    again.load_state_dict({**state, "position": 5})
    assert again.get_last_lr() == [0.25, 0.25]
    other = ScheduleLR(adamw(), 10, lr=COSINE)
    with pytest.raises(ValueError, match=r"lr: saved \{'schedule'.*custom'\}\}\}, here Cosine"):
        other.load_state_dict(state)
    with pytest.raises(
        ValueError,
        match="what was saved for 'lr' can not be taken over: a function is saved by name only",
    ):
        other.load_state_dict(state, on_mismatch="saved")


def test_groups_that_are_added_later() -> None:
    optimizer = adamw("a", lr=0.5)
    scheduler = ScheduleLR(optimizer, 10, lr=relative(sc.Linear(1.0, 0.0)))
    scheduler.seek(5)
    optimizer.add_param_group({**named("b")[0], "lr": 0.2})
    scheduler.seek(6)
    assert column(optimizer, "lr") == [0.5 * 0.4, 0.2 * 0.4]
    optimizer = adamw("a")
    scheduler = ScheduleLR(optimizer, 10, lr={"a": COSINE})
    optimizer.add_param_group({**named("b")[0], "lr": 0.2})
    before = column(optimizer, "lr")
    message = "ScheduleLR: 'lr' has no schedule for group 'b': give one, or '*' for all that are not named"
    with pytest.raises(ValueError, match=whole(message)):
        scheduler.seek(1)
    assert (scheduler.position, column(optimizer, "lr")) == (0, before)


def test_an_outside_edit_is_warned_of_once() -> None:
    optimizer = adamw("ab")
    scheduler = ScheduleLR(optimizer, 10, lr=sc.Linear(1.0, 0.0))
    scheduler.seek(1)
    optimizer.param_groups[1]["lr"] = 0.45
    message = (
        "ScheduleLR: 'lr' of group 'b' was set to 0.45 by someone else, and is scheduled: it was "
        "0.9, and follows its schedule again; to change it for good, change the schedule, or the "
        "group's lr_scale or wd_scale [edited-value]"
    )
    with pytest.warns(UserWarning, match=whole(message)) as caught:
        scheduler.seek(2)
    assert caught[0].filename == __file__
    assert column(optimizer, "lr") == [0.8, 0.8]
    optimizer.param_groups[0]["lr"] = 0.3
    scheduler.seek(3)
    assert column(optimizer, "lr") == [0.7, 0.7]


@pytest.mark.parametrize("tensor", BOTH)
def test_an_edit_at_zero_and_in_other_keys(tensor: bool) -> None:
    lr = torch.tensor(0.5) if tensor else 0.5
    optimizer = adamw("ab", lr=lr)
    scheduler = ScheduleLR(optimizer, 10, lr=sc.Linear(0.0, 1.0), betas=(0.9, sc.Linear(0.9, 1.0)))
    optimizer.param_groups[0]["betas"] = (0.9, 0.5)
    with pytest.warns(UserWarning, match=r"'betas\.1' of group 'a' was set to 0\.5 by someone"):
        scheduler.seek(1)
    optimizer = adamw("ab", lr=lr)
    scheduler = ScheduleLR(optimizer, 10, lr=sc.Linear(0.0, 1.0))
    if tensor:
        optimizer.param_groups[1]["lr"].fill_(0.25)
    else:
        optimizer.param_groups[1]["lr"] = 0.25
    with pytest.warns(
        UserWarning, match=r"'lr' of group 'b' was set to 0\.25 by someone else.*it was 0\.0"
    ):
        scheduler.seek(1)


def test_of_two_schedulers_the_later_writes() -> None:
    optimizer = adamw()
    first = ScheduleLR(optimizer, 10, lr=COSINE)
    other = ScheduleLR(optimizer, 10, weight_decay=0.3)  # which is another key
    first.seek(1)
    later = ScheduleLR(optimizer, 10, lr=sc.Linear(1.0, 0.0))
    message = (
        "ScheduleLR: another ScheduleLR, built later for this optimizer, writes 'lr' now: step "
        "that one only, or give all schedules to one"
    )
    for act in (first.step, lambda: first.seek(2), lambda: first.extend(20), lambda: first.load_state_dict(first.state_dict())):  # fmt: skip
        with pytest.raises(ValueError, match=whole(message)):
            act()
    later.seek(5)
    other.seek(5)
    assert column(optimizer, "lr") == [0.5, 0.5]


@pytest.mark.parametrize("name", ["SequentialLR", "ChainedScheduler"])
def test_torchs_compositions_are_told_to_compose_schedules(name: str) -> None:
    optimizer = adamw()
    step = lr_scheduler.StepLR(optimizer, 3)
    scheduler = ScheduleLR(optimizer, 10, lr=COSINE)
    scheduler.seek(3)
    message = (
        f"ScheduleLR can not be a part of {name}: compose schedules instead, with Join and the "
        "other combinators of schedcore, and give the result to one ScheduleLR"
    )
    make = {
        "SequentialLR": lambda parts: lr_scheduler.SequentialLR(optimizer, parts, [5]),
        "ChainedScheduler": lr_scheduler.ChainedScheduler,
    }[name]
    with pytest.raises(ValueError, match=whole(message)):
        make([step, scheduler])
    assert column(optimizer, "lr") == [COSINE(0.3)] * 2


def test_the_position_is_moved_by_seek() -> None:
    scheduler = ScheduleLR(adamw(), 10, lr=COSINE)
    message = "ScheduleLR: 'last_epoch' is the position: move with seek(step)"
    with pytest.raises(ValueError, match=whole(message)):
        scheduler.last_epoch = 3


def test_a_step_before_the_first_update_warns_as_torchs() -> None:
    optimizer = adamw()
    scheduler = ScheduleLR(optimizer, 10, lr=COSINE)
    message = (
        "ScheduleLR: step() was called before the first optimizer.step(): step 0 of the schedule "
        "is skipped; call optimizer.step() first [step-before-update]"
    )
    with pytest.warns(UserWarning, match=whole(message)) as caught:
        scheduler.step()
    assert caught[0].filename == __file__
    assert not optimizer._optimizer_step_post_hooks
    scheduler.step()


@pytest.mark.parametrize("tensor", BOTH)
@pytest.mark.parametrize("how", ["deepcopy", "pickle"])
def test_copies_go_their_own_way(tensor: bool, how: str) -> None:
    lr = torch.tensor(0.5) if tensor else 0.5
    optimizer = adamw("ab", lr=lr)
    scheduler = ScheduleLR(optimizer, 10, lr=relative(COSINE), follow_updates=True)
    train(optimizer)
    copied = copy.deepcopy(scheduler) if how == "deepcopy" else pickle.loads(pickle.dumps(scheduler))  # fmt: skip
    assert copied.position == 1
    train(copied.optimizer)
    train(copied.optimizer)
    assert (scheduler.position, copied.position) == (1, 3)
    alone = ScheduleLR(adamw("ab", lr=lr), 10, lr=relative(COSINE))
    for s in (scheduler, copied):
        alone.seek(s.position)
        assert column(s.optimizer, "lr") == column(alone.optimizer, "lr")
        assert s.get_last_lr() == alone.get_last_lr()


def test_it_follows_the_updates_that_were_made() -> None:
    optimizer = adamw()
    scheduler = ScheduleLR(optimizer, 10, lr=COSINE, follow_updates=True)
    for k in range(1, 4):
        train(optimizer)
        scheduler.step()
        scheduler.step()
        assert scheduler.position == k


@pytest.mark.parametrize("fused", BOTH)
def test_an_update_that_was_skipped_does_not_count(fused: bool) -> None:
    optimizer = adamw("a", fused=fused)
    scheduler = ScheduleLR(optimizer, 10, lr=COSINE, follow_updates=True)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    (p,) = optimizer.param_groups[0]["params"]
    made = []
    for factor in (math.inf, 1.0, 1.0, math.inf, 1.0):
        optimizer.zero_grad()
        before = p.detach().clone()
        scaler.scale((p * factor).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()
        assert torch.equal(before, p) == (factor == math.inf)
        made.append(scheduler.position)
    assert made == [0, 1, 2, 2, 3]


def test_what_is_told() -> None:
    optimizer = torch.optim.AdamW([*named("ab"), groups(1)[0], *named("a")], weight_decay=0.1)
    scheduler = ScheduleLR(optimizer, 10**6, lr=sc.warmup_cosine(1.0, 0.25), weight_decay=0.2)
    optimizer.param_groups[1]["lr_scale"] = 0.5
    scheduler.seek(125_000)
    assert scheduler.last_values() == {
        "lr/a_0": 0.5, "lr/b": 0.25, "lr/2": 0.5, "lr/a_3": 0.5,
        "weight_decay/a_0": 0.2, "weight_decay/b": 0.2, "weight_decay/2": 0.2, "weight_decay/a_3": 0.2,
    }  # fmt: skip
    assert [line.split() for line in scheduler.describe().splitlines()[:5]] == [
        ["group", "key", "first", "peak", "last"],
        ["a_0", "lr", "0", "1", "4.38649e-12"],
        ["a_0", "weight_decay", "0.2", "0.2", "0.2"],
        ["b", "lr", "0", "0.5", "2.19325e-12"],
        ["b", "weight_decay", "0.2", "0.2", "0.2"],
    ]
    assert scheduler.get_last_lr() == [0.5, 0.25, 0.5, 0.5] == scheduler.get_lr()
    assert repr(scheduler).startswith("<ScheduleLR at step 125000 of 1000000: lr=Join((Linear(")
    assert scheduler.base_lrs == [0.0, 0.0, 0.0, 0.0]
    assert ScheduleLR(adamw(), 9, lr=relative(COSINE)).base_lrs == [0.5, 0.5]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({}, TypeError, "ScheduleLR: nothing is scheduled: give lr=... or another key of groups"),
        ({"lr": "cosine"}, TypeError, "ScheduleLR: 'lr' of group 'a' must be a schedule, a number, relative(schedule), or these by group in a dict or a list, got 'cosine'"),
        ({"lr": math.nan}, ValueError, "ScheduleLR: 'lr' of group 'a' must be finite, got nan"),
        ({"lr": -0.1}, ValueError, "ScheduleLR: 'lr' of group 'a' must not be negative, got -0.1 at step 0"),
        ({"lr": sc.Linear(0.1, -0.1)}, ValueError, "ScheduleLR: 'lr' of group 'a' must not be negative, got -0.01999999999999999 at step 6"),
        ({"lr": {"a": 0.1, "b": sc.Linear(0.1, -0.1)}}, ValueError, "ScheduleLR: 'lr' of group 'b' must not be negative, got -0.01999999999999999 at step 6"),
        ({"lr": sc.Custom(lambda t: 0.5 - t)}, ValueError, "ScheduleLR: 'lr' of group 'a' must not be negative, got -0.09999999999999998 at step 6"),
        ({"lr": {"a": 0.1}}, ValueError, "ScheduleLR: 'lr' has no schedule for group 'b': give one, or '*' for all that are not named"),
        ({"lr": {"a": 0.1, "bb": 0.2, "*": 0.1}}, ValueError, "ScheduleLR: 'lr' is given for 'bb', but no group has this name; did you mean 'b'? They are a, b"),
        ({"lr": [0.1]}, ValueError, "ScheduleLR: 'lr' must have one item for each of the 2 groups, got 1"),
        ({"lr": (0.1, 0.2)}, TypeError, "ScheduleLR: 'lr' of group 'a' must be a schedule, a number, relative(schedule), or these by group in a dict or a list, got (0.1, 0.2)"),
        ({"lr": relative(sc.Linear(-1.0, 1.0))}, ValueError, "ScheduleLR: 'lr' of group 'a' must not be negative, got -1.0 at step 0"),
        ({"momentum": 0.9}, TypeError, "ScheduleLR: 'momentum' is no key of group 'a' that can be scheduled; It has lr, betas, eps, weight_decay"),
        ({"weight_deca": 0.9}, TypeError, "ScheduleLR: 'weight_deca' is no key of group 'a' that can be scheduled; did you mean 'weight_decay'? It has lr, betas, eps, weight_decay"),
        ({"params": 0.9}, TypeError, "ScheduleLR: 'params' is no key of group 'a' that can be scheduled; It has lr, betas, eps, weight_decay"),
        ({"amsgrad": 1}, TypeError, "ScheduleLR: 'amsgrad' of group 'a' is False, which is no number to be scheduled"),
        ({"betas": sc.Linear(0.8, 0.9)}, ValueError, "ScheduleLR: 'betas' of group 'a' must be a tuple of 2, of schedules or numbers, got Linear(start=0.8, end=0.9)"),
        ({"betas": (0.9, 0.9, 0.9)}, ValueError, "ScheduleLR: 'betas' of group 'a' must be a tuple of 2, of schedules or numbers, got (0.9, 0.9, 0.9)"),
        ({"betas": (0.9, "x")}, TypeError, "ScheduleLR: 'betas.1' of group 'a' must be a schedule, a number, relative(schedule), or these by group in a dict or a list, got 'x'"),
    ],
)  # fmt: skip
def test_what_can_not_be_scheduled(given: Any, error: type[Exception], message: str) -> None:
    optimizer = adamw()
    before = copy.deepcopy(optimizer.state_dict())
    with pytest.raises(error, match=whole(message)):
        ScheduleLR(optimizer, 10, **given)
    assert optimizer.state_dict() == before
    assert not optimizer._optimizer_step_post_hooks


def test_more_that_can_not_be_scheduled() -> None:
    with pytest.raises(
        TypeError, match=whole("ScheduleLR: 'optimizer' must be a torch optimizer, got 3")
    ):
        ScheduleLR(3, 10, lr=COSINE)  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match=whole("Horizon: 'total_steps' must be from 1 to 9007199254740992, got 0")
    ):
        ScheduleLR(adamw(), 0, lr=COSINE)
    with pytest.raises(
        ValueError,
        match=whole("over: 'sample' must be one of 'left', 'right', 'both', got 'middle'"),
    ):
        ScheduleLR(adamw(), 9, lr=COSINE, sample="middle")
    with pytest.raises(
        TypeError,
        match=whole(
            "relative: 'schedule' must be a schedule, a number, relative(schedule), or these by group in a dict or a list, got 'x'"
        ),
    ):
        relative("x")  # type: ignore[arg-type]
    nothing = "ScheduleLR: 'weight_decay' is scheduled, but every group starts at 0, and a group that starts at 0 stays at 0: give the optimizer a weight_decay"
    with pytest.raises(ValueError, match=whole(nothing)):
        ScheduleLR(torch.optim.SGD(groups(2), lr=1.0), 9, weight_decay=0.1)
    optimizer = torch.optim.SGD(groups(1), lr=1.0)
    with pytest.raises(
        ValueError,
        match=whole(
            "ScheduleLR: 'lr' is given for 'a', but no group has this name; None has a name"
        ),
    ):
        ScheduleLR(optimizer, 9, lr={"a": 0.1})


@pytest.mark.parametrize(
    ("scale", "error", "message"),
    [
        ("x", TypeError, "ScheduleLR: 'lr_scale' of group 'b' must be a number, got 'x'"),
        (-1.0, ValueError, "ScheduleLR: 'lr_scale' of group 'b' must be finite and at least 0, got -1.0"),
        (math.nan, ValueError, "ScheduleLR: 'lr_scale' of group 'b' must be finite and at least 0, got nan"),
        (1e101, ValueError, "ScheduleLR: 'lr' of group 'b' is multiplied by more than 1e+100"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("tensor", BOTH)
def test_a_bad_scale_is_refused_whenever_it_comes(scale: Any, error: type[Exception], message: str, tensor: bool) -> None:  # fmt: skip
    optimizer = adamw("ab", lr=torch.tensor(0.5) if tensor else 0.5)
    for group in optimizer.param_groups:
        group["lr_scale"] = 1.0
    scheduler = ScheduleLR(optimizer, 10, weight_decay=COSINE, lr=COSINE)
    scheduler.seek(3)
    optimizer.param_groups[1]["lr_scale"] = scale
    before = [float(x) for x in column(optimizer, "lr")], column(optimizer, "weight_decay")
    with pytest.raises(error, match=whole(message)):
        scheduler.seek(4)
    now = [float(x) for x in column(optimizer, "lr")], column(optimizer, "weight_decay")
    assert (scheduler.position, now) == (3, before)
    with pytest.raises(error, match=whole(message)):
        ScheduleLR(optimizer, 10, lr=COSINE)


def test_a_value_that_is_not_finite_is_never_written() -> None:
    optimizer = adamw()
    scheduler = ScheduleLR(
        optimizer, 10**7, lr=sc.Custom(lambda t: 0.1 if t != 77 / 10**7 else 1e301)
    )
    scheduler.seek(76)
    with pytest.raises(
        ValueError,
        match=whole(
            "ScheduleLR: 'lr' of group 'a' must be finite and at most 1e+200 in size, got 1e+301 at step 77"
        ),
    ):
        scheduler.step()
    assert (scheduler.position, column(optimizer, "lr")) == (76, [0.1, 0.1])


def on_gpu(count: int, **more: Any) -> torch.optim.Adam:
    parts = [{"params": [torch.nn.Parameter(torch.ones(3, device="cuda"))]} for _ in range(count)]
    lr = torch.tensor(0.5, device="cuda")
    return torch.optim.Adam(parts, lr=lr, capturable=True, **more)


@pytest.mark.gpu
def test_on_a_gpu_a_step_does_not_wait() -> None:
    optimizer = on_gpu(50)
    scheduler = ScheduleLR(optimizer, 100, lr=sc.Linear(1.0, 0.0))
    torch.cuda.set_sync_debug_mode("error")
    try:
        for k in range(1, 20):
            scheduler.seek(k)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert [float(x) for x in column(optimizer, "lr")] == [float(torch.tensor(0.81))] * 50


@pytest.mark.gpu
def test_on_a_gpu_a_captured_step_sees_new_values() -> None:
    used = []
    for captured in BOTH:
        optimizer = on_gpu(2)
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        scheduler = ScheduleLR(optimizer, 100, lr=sc.Linear(1.0, 0.0))
        for p in parameters:
            p.grad = torch.ones_like(p)
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                optimizer.step()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        if captured:
            with torch.cuda.graph(graph):
                optimizer.step()
        for k in range(10):
            scheduler.seek(k)
            graph.replay() if captured else optimizer.step()
        used.append([p.tolist() for p in parameters])
    assert used[0] == used[1]


GIVEN: list[dict[str, Any]] = [
    {"lr": {"a": COSINE, "*": relative(0.5)}},
    {"lr": [relative(COSINE), 0.2]},
    {"lr": COSINE, "betas": (relative(sc.Linear(1.0, 0.5)), 0.9)},
    {"betas": {"a": (0.8, 0.9), "b": (sc.Linear(0.8, 0.9), 0.99)}, "weight_decay": 0.2},
]


@pytest.mark.parametrize("given_", GIVEN)
def test_what_was_saved_can_be_taken_over(given_: dict[str, Any]) -> None:
    first = ScheduleLR(adamw(), 10, **given_)
    first.seek(4)
    state = saved_and_loaded(first.state_dict())
    other = ScheduleLR(adamw(), 99, eps=1e-8, sample="both")
    other.load_state_dict(state, on_mismatch="saved")
    assert other.state_dict() == first.state_dict()
    other.seek(7)
    first.seek(7)
    assert other.last_values() == first.last_values()


def test_tensors_have_what_floats_have_rounded_once() -> None:
    def made(lr: Any) -> ScheduleLR:
        return ScheduleLR(adamw("abc", lr=lr), 7, lr=[relative(COSINE), sc.Linear(0.3, 0.1), 0.7])

    floats, tensors = made(0.3), made(torch.tensor(0.3, dtype=torch.float64))
    single = made(torch.tensor(0.3))
    for k in range(8):
        for scheduler in (floats, tensors, single):
            for group, scale in zip(scheduler.optimizer.param_groups, (0.9, 0.5 + k, 1 / 3), strict=True):  # fmt: skip
                group["lr_scale"] = scale
            scheduler.seek(k)
        wanted = column(floats.optimizer, "lr")
        assert [x.item() for x in column(tensors.optimizer, "lr")] == wanted
        assert floats.get_last_lr() == tensors.get_last_lr() == wanted
        own = single.get_last_lr()
        assert column(single.optimizer, "lr") == [torch.tensor(x) for x in own]


def test_floats_beside_tensors() -> None:
    optimizer = torch.optim.SGD(groups(3), lr=0.5)
    optimizer.param_groups[1]["lr"] = torch.tensor(0.5)
    scheduler = ScheduleLR(optimizer, 4, lr=sc.Linear(1.0, 0.0))
    scheduler.seek(1)
    assert column(optimizer, "lr") == [0.75, torch.tensor(0.75), 0.75]
    assert scheduler.get_last_lr() == [0.75, 0.75, 0.75]


def test_tuples_of_other_lengths() -> None:
    optimizer = adamw()
    optimizer.param_groups[1]["betas"] = (0.9, 0.9, 0.9)
    message = "ScheduleLR: 'betas' is of another length from group to group"
    with pytest.raises(ValueError, match=whole(message)):
        ScheduleLR(optimizer, 9, betas=(0.9, 0.9))


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_a_function_that_gives_no_number_is_named_with_group_key_and_step(wrong: float) -> None:
    function = sc.Custom(lambda t: wrong if t == 0.5 else 0.1)
    optimizer = adamw("ab")
    scheduler = ScheduleLR(optimizer, 10_000, lr=COSINE, weight_decay={"a": 0.2, "b": function})
    alone = ScheduleLR(adamw(), 10_000, eps=function)
    message = (
        "ScheduleLR: {} at step 5000: Custom: the function must give finite values, "
        f"got {wrong!r} at 0.5"
    )
    for s, where in ((scheduler, "'weight_decay' of group 'b'"), (alone, "'eps' of group 'a'")):
        s.seek(4999)
        before = s.last_values()
        with pytest.raises(ValueError, match=whole(message.format(where))):
            s.seek(5000)
        assert (s.position, s.last_values()) == (4999, before)


def test_a_group_that_takes_the_place_of_another() -> None:
    optimizer = adamw("abc")
    scheduler = ScheduleLR(optimizer, 10, lr=relative(sc.Linear(1.0, 0.0)))
    quick = ScheduleLR(optimizer, 10, weight_decay=sc.Linear(0.5, 0.4))
    for s in (scheduler, quick):
        s.seek(1)
    removed = optimizer.param_groups.pop(1)
    optimizer.add_param_group({**named("d")[0], "lr": 0.2, "weight_decay": 0.0})
    for s in (scheduler, quick):
        s.seek(2)
    assert column(optimizer, "lr") == [0.5 * 0.8, 0.5 * 0.8, 0.2 * 0.8]
    assert column(optimizer, "weight_decay") == [0.48, 0.48, 0.0]
    assert (removed["lr"], removed["weight_decay"]) == (0.5 * 0.9, 0.49)
    assert list(scheduler.last_values()) == ["lr/a", "lr/c", "lr/d"]
    optimizer.param_groups.reverse()
    scheduler.load_state_dict(scheduler.state_dict())
    assert column(optimizer, "lr") == [0.2 * 0.8, 0.5 * 0.8, 0.5 * 0.8]


def test_a_rate_that_only_ends_below_0() -> None:
    with pytest.raises(
        ValueError,
        match=whole("ScheduleLR: 'lr' of group 'a' must not be negative, got -0.001 at step 10"),
    ):
        ScheduleLR(adamw(), 10, lr=sc.Linear(0.1, -0.001))
    short = sc.Linear(-0.5, 0.5) * sc.Linear(-0.5, 0.5) - 1e-8
    with pytest.raises(ValueError, match=r"must not be negative, got -.* at step 4999\d$"):
        ScheduleLR(adamw(), 10**5, lr=short)


def test_tensors_stay_the_same_when_the_run_is_extended_or_loaded() -> None:
    optimizer = adamw(lr=torch.tensor(0.5))
    scheduler = ScheduleLR(optimizer, 10, lr=sc.Linear(1.0, 0.0), betas=(0.9, 0.99))
    held = column(optimizer, "lr")
    scheduler.seek(5)
    scheduler.extend(15)
    scheduler.seek(10)
    scheduler.load_state_dict(scheduler.state_dict())
    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    scheduler.seek(10)
    assert all(x is y for x, y in zip(held, column(optimizer, "lr"), strict=True))
    assert held == [torch.tensor(0.25)] * 2


def test_bases_that_were_saved_and_are_not_here() -> None:
    first = ScheduleLR(adamw(lr=0.1), 10, lr=relative(sc.Linear(1.0, 0.5)))
    first.seek(1)
    other = adamw(lr=0.7)
    scheduler = ScheduleLR(other, 10, lr=sc.Constant(0.7))
    scheduler.load_state_dict(first.state_dict(), on_mismatch="saved")
    assert column(other, "lr") == [0.1 * 0.95] * 2


def test_bases_of_other_groups_are_not_taken() -> None:
    first = adamw("ab")
    first.param_groups[1]["lr"] = 0.25
    state = ScheduleLR(first, 10, lr=relative(1.0)).state_dict()
    optimizer = adamw("bc", lr=0.7)
    scheduler = ScheduleLR(optimizer, 10, lr=relative(1.0))
    with pytest.raises(ValueError, match="groups: saved a, b, here b, c"):
        scheduler.load_state_dict(state)
    scheduler.load_state_dict(state, on_mismatch="mine")
    assert column(optimizer, "lr") == [0.25, 0.7]


def test_a_scale_and_a_value_that_are_changed_together() -> None:
    optimizer = adamw()
    scheduler = ScheduleLR(optimizer, 10, lr=sc.Linear(1.0, 0.0))
    scheduler.seek(1)
    for group in optimizer.param_groups:
        group["lr_scale"] = 0.5
        group["lr"] *= 0.5
    scheduler.seek(2)
    assert scheduler.get_last_lr() == column(optimizer, "lr") == [0.4, 0.4]


def test_scales_of_other_kinds() -> None:
    optimizer = adamw()
    for group in optimizer.param_groups:
        group["lr_scale"] = 0.5
    scheduler = ScheduleLR(optimizer, 10, lr=sc.Linear(1.0, 0.0))
    scheduler.seek(2)
    optimizer.param_groups[0]["lr_scale"] = np.float64(0.25)
    for k in range(3, 6):
        scheduler.seek(k)
        assert [type(x) for x in column(optimizer, "lr")] == [float, float]
    assert column(optimizer, "lr") == [0.125, 0.25]
    del optimizer.param_groups[1]["lr_scale"]
    scheduler.seek(6)
    assert column(optimizer, "lr") == [0.25 * 0.4, 0.4]


def test_loading_into_the_optimizer_writes_what_is_due() -> None:
    first = adamw()
    scheduler = ScheduleLR(first, 10, lr=sc.Linear(1.0, 0.0))
    scheduler.seek(5)
    states = copy.deepcopy((first.state_dict(), scheduler.state_dict()))
    optimizer = adamw()
    again = ScheduleLR(optimizer, 20, lr=sc.Linear(0.1, 0.0))
    again.load_state_dict(states[1], on_mismatch="same_progress")
    optimizer.load_state_dict(states[0])
    assert column(optimizer, "lr") == [0.05, 0.05] == again.get_last_lr()


def test_taking_over_what_was_saved_takes_its_keys() -> None:
    optimizer = adamw()
    decay = ScheduleLR(optimizer, 10, weight_decay=0.3)
    scheduler = ScheduleLR(optimizer, 10, lr=COSINE)
    both = ScheduleLR(adamw(), 10, lr=COSINE, weight_decay=0.2)
    scheduler.load_state_dict(both.state_dict(), on_mismatch="saved")
    with pytest.raises(ValueError, match="writes 'weight_decay' now"):
        decay.seek(1)
    scheduler.seek(1)


def test_following_and_half_taken_over() -> None:
    optimizer = adamw()
    first = ScheduleLR(optimizer, 10, lr=COSINE, weight_decay=0.2, follow_updates=True)
    ScheduleLR(optimizer, 10, lr=0.1)
    with pytest.raises(ValueError, match="writes 'lr' now"):
        train(optimizer)
    ScheduleLR(optimizer, 10, weight_decay=0.1)
    train(optimizer)  # nothing is left to it, and it is gone
    assert first.position == 0


def test_an_infinite_product_is_refused() -> None:
    optimizer = adamw()
    optimizer.param_groups[0]["lr_scale"] = 1e200
    with pytest.raises(
        ValueError, match=whole("ScheduleLR: 'lr' of group 'a' is multiplied by more than 1e+100")
    ):
        ScheduleLR(optimizer, 9, lr=1e150)
    with pytest.raises(
        ValueError,
        match=whole(
            "ScheduleLR: 'lr' is of torch.float32, which holds no more than 3.4028234663852886e+38, got 1e+39"
        ),
    ):
        ScheduleLR(adamw(lr=torch.tensor(0.5)), 9, lr=1e39)
    optimizer = adamw(lr=torch.tensor(0.5))
    before = copy.deepcopy(optimizer.state_dict())
    with pytest.raises(ValueError, match="got 5e\\+38"):
        ScheduleLR(optimizer, 9, lr=relative(1e39))
    assert optimizer.state_dict() == before


def test_warnings_point_at_the_caller() -> None:
    optimizer = adamw()
    scheduler = ScheduleLR(optimizer, 1, lr=COSINE, follow_updates=True)
    train(optimizer)
    with pytest.warns(UserWarning, match="the run of 1 steps is over") as caught:
        train(optimizer)
    assert caught[0].filename.endswith("optimizers.py")
    scheduler = ScheduleLR(adamw(), 1, lr=COSINE)
    with pytest.warns(UserWarning, match="the run of 1 steps is over") as caught:
        scheduler.step(5)
    assert caught[0].filename == __file__


def test_the_same_value_in_another_tensor_is_no_edit() -> None:
    optimizer = adamw(lr=torch.tensor(0.1))
    scheduler = ScheduleLR(optimizer, 10, lr=COSINE)
    for group in optimizer.param_groups:
        group["lr"] = group["lr"].clone()
    scheduler.seek(5)
    assert column(optimizer, "lr") == [torch.tensor(COSINE(0.5))] * 2


def test_an_update_before_pickling_is_remembered() -> None:
    optimizer = adamw()
    scheduler = ScheduleLR(optimizer, 10, lr=COSINE)
    train(optimizer)
    pickle.loads(pickle.dumps(scheduler)).step()


def test_schedulers_that_were_dropped_leave_nothing() -> None:
    optimizer = adamw()
    for _ in range(5):
        ScheduleLR(optimizer, 10, lr=COSINE)
    gc.collect()
    assert not optimizer._optimizer_step_post_hooks
    assert not optimizer._optimizer_load_state_dict_post_hooks


def test_a_copy_of_what_was_taken_over_stays_so() -> None:
    optimizer = adamw()
    older = ScheduleLR(optimizer, 10, lr=COSINE)
    newer = ScheduleLR(optimizer, 10, lr=sc.Constant(0.3))
    copied, now, before = copy.deepcopy((optimizer, newer, older))
    now.seek(3)
    assert column(copied, "lr") == [0.3, 0.3]
    with pytest.raises(ValueError, match="writes 'lr' now"):
        before.seek(3)


def test_what_is_no_attribute_to_set() -> None:
    scheduler = ScheduleLR(adamw(), 10, lr=COSINE)
    for name in ("position", "follow_updates"):
        with pytest.raises(AttributeError, match=name):
            setattr(scheduler, name, 7)
    message = "ScheduleLR: 'follow_updates' must be True or False, got 'no'"
    with pytest.raises(TypeError, match=whole(message)):
        ScheduleLR(adamw(), 10, lr=COSINE, follow_updates="no")  # type: ignore[arg-type]


class Hookless(torch.optim.SGD):
    def __init__(self) -> None:
        self.param_groups = named("a")
        self.param_groups[0]["lr"] = 0.1


def test_an_optimizer_without_hooks_is_refused_before_it_is_written() -> None:
    optimizer = Hookless()
    message = (
        "ScheduleLR: Hookless has no step hooks, by which updates are seen: give the optimizer "
        "that it wraps"
    )
    with pytest.raises(TypeError, match=whole(message)):
        ScheduleLR(optimizer, 10, lr=COSINE)
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_nothing_is_half_extended() -> None:
    def function(t: float) -> float:
        if 0.55 < t < 0.57:
            raise ZeroDivisionError
        return 0.1

    scheduler = ScheduleLR(adamw(), 10, eps=sc.Custom(function), sample="right")
    scheduler.seek(5)
    before = scheduler.state_dict()
    with pytest.raises(ZeroDivisionError):
        scheduler.extend(14)
    assert scheduler.state_dict() == before
    assert scheduler.horizon.total_steps == 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seams": [[5, 20], [3, 30]]}, "ScheduleLR: 'seams' of the state must ascend, got [[5, 20], [3, 30]]"),
        ({"seams": [[5]]}, "ScheduleLR: 'seams' of the state must ascend, got [[5]]"),
        ({"bases": None}, "ScheduleLR: 'bases' of the state must be of dict, got None"),
        ({"sample": "foo"}, "over: 'sample' must be one of 'left', 'right', 'both', got 'foo'"),
        ({"position": "3"}, "ScheduleLR: 'position' of the state must be of int, got '3'"),
    ],
)  # fmt: skip
def test_a_state_that_is_malformed(change: dict[str, Any], message: str) -> None:
    scheduler = ScheduleLR(adamw(), 10, lr=COSINE)
    with pytest.raises(ValueError, match=whole(message)):
        scheduler.load_state_dict({**scheduler.state_dict(), **change}, on_mismatch="mine")


def test_asking_after_a_group_was_added_and_a_bad_scale_leaves_all_as_it_was() -> None:
    optimizer = adamw("ab")
    scheduler = ScheduleLR(optimizer, 10, lr=COSINE, weight_decay=0.2)
    optimizer.add_param_group(named("c")[0])
    scheduler.get_last_lr()
    optimizer.param_groups[2]["wd_scale"] = -1.0
    before = column(optimizer, "lr"), column(optimizer, "weight_decay")
    with pytest.raises(ValueError, match="'wd_scale' of group 'c' must be finite and at least 0"):
        scheduler.seek(3)
    assert (column(optimizer, "lr"), column(optimizer, "weight_decay")) == before
    assert scheduler.position == 0


def test_an_edit_in_groups_with_scales() -> None:
    optimizer = adamw()
    for group in optimizer.param_groups:
        group["lr_scale"] = 0.5
    scheduler = ScheduleLR(optimizer, 10, lr=sc.Linear(1.0, 0.0))
    scheduler.seek(1)
    optimizer.param_groups[1]["lr"] = 0.3
    with pytest.warns(
        UserWarning, match=r"'lr' of group 'b' was set to 0\.3 by someone else.*it was 0\.45"
    ):
        scheduler.seek(2)
    assert column(optimizer, "lr") == [0.4, 0.4]


@pytest.mark.parametrize(
    ("schedule", "position", "rate"),
    [(sc.Linear(1.0, 0.0), 3, 0.7), (sc.Linear(0.0, 1.0), 0, 0.0)],
)
def test_a_bad_scale_of_a_later_group_leaves_the_first_as_it_was(
    schedule: sc.Schedule, position: int, rate: float
) -> None:
    optimizer = adamw()
    scheduler = ScheduleLR(optimizer, 10, lr=schedule)
    scheduler.seek(position)
    optimizer.param_groups[1]["lr_scale"] = -1.0
    with pytest.raises(ValueError, match="'lr_scale' of group 'b' must be finite and at least 0"):
        scheduler.seek(position + 1)
    assert column(optimizer, "lr") == [rate, rate]
    assert scheduler.position == position


def test_initial_values_that_the_optimizer_loads_are_its_own() -> None:
    first = adamw(lr=0.1)
    ScheduleLR(first, 10, lr=relative(sc.Linear(1.0, 0.0)))
    optimizer = adamw(lr=0.9)
    scheduler = ScheduleLR(optimizer, 10, lr=relative(sc.Linear(1.0, 0.0)))
    optimizer.load_state_dict(first.state_dict())
    scheduler.seek(5)
    assert column(optimizer, "lr") == [0.05, 0.05]
    plain = adamw(lr=0.3).state_dict()  # which has none: those from here go on
    optimizer.load_state_dict(plain)
    scheduler.seek(2)
    assert column(optimizer, "lr") == [0.1 * 0.8] * 2


def test_a_run_that_is_extended_twice_at_one_step_and_again_after_its_end() -> None:
    scheduler = ScheduleLR(adamw(), 10, lr=sc.Linear(1.0, 0.0))
    scheduler.seek(5)
    scheduler.extend(100)
    scheduler.extend(15)
    scheduler.seek(10)
    assert scheduler.get_last_lr() == [0.25, 0.25]
    assert scheduler.state_dict()["seams"] == [[5, 15]]
    for _ in range(2):
        with pytest.warns(UserWarning, match=r"the run of \d+ steps is over"):
            scheduler.seek(scheduler.horizon.total_steps + 1)
        scheduler.extend(scheduler.position + 2)


def test_a_state_whose_values_can_not_be_had_is_not_half_loaded() -> None:
    def function(t: float) -> float:
        return 0.1 / (0.5 - t) if t <= 0.5 else 0.1

    optimizer = adamw()
    scheduler = ScheduleLR(optimizer, 9, eps=sc.Custom(function))
    before = scheduler.state_dict(), copy.deepcopy(optimizer.state_dict())
    with pytest.raises(ZeroDivisionError):
        scheduler.load_state_dict({**before[0], "position": 4, "seams": [[0, 8]]})
    assert (scheduler.state_dict(), optimizer.state_dict()) == before
    assert scheduler.horizon.total_steps == 9
