"""check on a ScheduleLR, and what a ScheduleLR finds in a run."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import schedcore as sc
from schedcore.advice.codes import IN_A_RUN
from schedcore_torch import ScheduleLR, relative

RUN = sc.Horizon.epochs(9, 10)
DOWN = sc.Cosine(0.1, 0.0)


def groups_of(*groups: dict[str, Any], lr: float = 0.1, **defaults: Any) -> torch.optim.Optimizer:
    made = [{"params": [torch.nn.Parameter(torch.zeros(1))], **group} for group in groups or ({},)]
    return torch.optim.SGD(made, lr=lr, **defaults)


def codes(*given: Any, **facts: Any) -> list[str]:
    return [finding.code for finding in sc.check(*given, **facts)]


def test_a_scheduler_is_checked_as_its_schedule_is() -> None:
    scheduler = ScheduleLR(groups_of(), RUN, lr=DOWN)
    assert codes(scheduler) == []
    assert codes(scheduler, model="transformer") == ["no-warmup"]
    assert codes(scheduler, 100) == ["horizon-short"]
    assert codes(scheduler, sc.Horizon.epochs(90, 10)) == ["stepped-per-update"]
    assert codes(scheduler, stepped="epoch") == ["stepped-per-epoch"]
    assert codes(scheduler, samples=100, batch_size=10, epochs=9, accumulation=2) == [
        "horizon-long"
    ]
    assert codes(scheduler, epochs=3) == ["horizon-long"]  # it knows the length of an epoch


def test_its_groups_are_told_apart() -> None:
    optimizer = groups_of({"name": "backbone", "lr_scale": 0.1}, {"name": "head"})
    scheduler = ScheduleLR(optimizer, RUN, lr=DOWN)
    assert codes(scheduler, pretrained=True, new_layers=True) == []
    (finding,) = sc.check(scheduler, model="transformer")
    assert finding.message.startswith("the learning rate of group 'backbone' begins at 0.01, its")
    same = ScheduleLR(groups_of({}, {}), RUN, lr=DOWN)
    assert codes(same, pretrained=True, new_layers=True) == ["one-lr"]
    with pytest.raises(TypeError, match="check: the scheduler knows its groups, so 'group_lrs'"):
        sc.check(scheduler, group_lrs={"head": 0.1})


def test_a_floor_above_a_group() -> None:
    """CosineAnnealingLR's eta_min, which lifts the small group."""
    optimizer = groups_of({"name": "backbone", "lr": 1e-6}, {"name": "head", "lr": 1e-3})
    lifted = {"backbone": sc.Cosine(1e-6, 1e-5), "head": sc.Cosine(1e-3, 1e-5)}
    (finding,) = sc.check(ScheduleLR(optimizer, RUN, lr=lifted), epochs=9)
    assert finding.code == "floor-above-group"
    assert finding.message.startswith(
        "the learning rate of group 'backbone' rises until the end, from 1e-06 to 9.9"
    )
    optimizer = groups_of({"name": "backbone", "lr": 1e-6}, {"name": "head", "lr": 1e-3})
    falling = ScheduleLR(optimizer, RUN, lr=relative(sc.Cosine(1.0, 0.01)))
    assert codes(falling, epochs=9) == []
    still = {"backbone": sc.Constant(1e-5), "head": DOWN}
    scheduler = ScheduleLR(groups_of({"name": "backbone"}, {"name": "head"}), RUN, lr=still)
    assert "floor-above-group" not in codes(scheduler)
    rising = {"backbone": sc.Linear(0.0, 1e-5), "head": sc.Linear(0.0, 1e-3)}
    scheduler = ScheduleLR(groups_of({"name": "backbone"}, {"name": "head"}), RUN, lr=rising)
    assert "floor-above-group" not in codes(scheduler)


def test_a_scheduler_without_a_learning_rate() -> None:
    scheduler = ScheduleLR(groups_of(weight_decay=0.1), 9, weight_decay=DOWN)
    assert scheduler.plans() == {}
    with pytest.raises(ValueError, match="check: the scheduler has no schedule for 'lr'"):
        sc.check(scheduler)


@given(
    st.sampled_from(["left", "right", "both"]),
    st.lists(st.integers(1, 12), max_size=2),
    st.booleans(),
    st.booleans(),
)
def test_plans_are_what_is_written(
    sample: str, extensions: list[int], relatively: bool, tensors: bool
) -> None:
    """At every step, after extensions too; those of "both" but nearly."""
    rate = torch.tensor(0.5, dtype=torch.float64) if tensors else 0.5
    optimizer = groups_of({"name": "a", "lr_scale": 0.3}, {"name": "b"}, lr=rate)  # type: ignore[arg-type]
    schedule = sc.warmup_cosine(0.8, 0.25, start=0.1, end=0.05)
    scheduler = ScheduleLR(
        optimizer, 16, lr=relative(schedule) if relatively else schedule, sample=sample
    )
    for more in extensions:
        scheduler.seek(scheduler.position + 5)
        scheduler.extend(scheduler.horizon.total_steps + more)
    if sample == "both" and extensions:
        return
    plans = scheduler.plans()
    assert plans.keys() == {"a", "b"}
    for step in range(scheduler.position, scheduler.horizon.total_steps + 2):
        scheduler.seek(min(step, scheduler.horizon.total_steps))
        values = [plans[name](step) for name in ("a", "b")]
        assert values == pytest.approx(scheduler.get_last_lr(), rel=1e-12, abs=0.0)


def test_plans_of_what_was_extended_at_its_end() -> None:
    scheduler = ScheduleLR(groups_of(), 4, lr=sc.Linear(1.0, 0.5))
    scheduler.seek(4)
    scheduler.extend(8)
    assert scheduler.plans()["0"].values().tolist() == [1.0, 0.875, 0.75, 0.625, *[0.5] * 4]


def test_every_code_of_a_run_is_said_by_the_adapter() -> None:
    folder = Path(__import__("schedcore_torch").__file__ or "").parent
    text = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    assert set(re.findall(r"\[([a-z]+(?:-[a-z]+)+)\]\"", text)) == IN_A_RUN.keys()


def test_groups_that_are_overwritten_are_told_before_anything_is_written() -> None:
    optimizer = groups_of({"lr": 1e-5}, {"lr": 1e-3})
    message = (
        r"^ScheduleLR: the groups have the learning rates 1e-05, 0.001, and one schedule gives all "
        r"of them the same: .* \[overwritten-groups\]$"
    )
    with pytest.warns(UserWarning, match=message) as caught:
        ScheduleLR(optimizer, 10, lr=DOWN)
    assert caught[0].filename == __file__
    optimizer = groups_of({"lr": 1e-5}, {"lr": 1e-3})
    with pytest.raises(UserWarning, match="overwritten-groups"):  # as warnings are errors here
        ScheduleLR(optimizer, 10, lr=0.3)
    assert [group["lr"] for group in optimizer.param_groups] == [1e-5, 1e-3]


@pytest.mark.parametrize(
    "lr",
    [relative(DOWN), [DOWN, 0.5 * DOWN], {"*": DOWN}],
    ids=["relative", "by position", "by name"],
)
def test_groups_that_are_meant_so_are_not_told(lr: Any) -> None:
    ScheduleLR(groups_of({"lr": 1e-5}, {"lr": 1e-3}), 10, lr=lr)
    ScheduleLR(groups_of({"lr": 1e-5, "lr_scale": 0.01}, {"lr": 1e-3}), 10, lr=DOWN)
    ScheduleLR(groups_of({}, {}), 10, lr=DOWN)


def test_an_epoch_without_a_step_is_told_once() -> None:
    optimizer = groups_of()
    scheduler = ScheduleLR(optimizer, RUN, lr=DOWN)
    for _ in range(9):
        optimizer.step()
    message = r"^ScheduleLR: the optimizer has made 10 updates, an epoch, .* \[rare-steps\]$"
    with pytest.warns(UserWarning, match=message) as caught:
        optimizer.step()
    assert caught[0].filename == __file__
    optimizer.step()
    scheduler.step()
    assert not optimizer._optimizer_step_post_hooks


@pytest.mark.parametrize("horizon", [90, sc.Horizon.epochs(90, 1)], ids=["steps", "one an epoch"])
def test_where_no_epoch_is_known_none_is_told(horizon: Any) -> None:
    optimizer = groups_of()
    scheduler = ScheduleLR(optimizer, horizon, lr=DOWN)
    for _ in range(100):
        optimizer.step()
    assert scheduler.position == 0


def test_who_seeks_or_follows_needs_no_step() -> None:
    for follow in (False, True):
        optimizer = groups_of()
        scheduler = ScheduleLR(optimizer, RUN, lr=DOWN, follow_updates=follow)
        for k in range(20):
            optimizer.step()
            if not follow:
                scheduler.seek(k + 1)
        assert scheduler.position == 20


def test_a_copy_counts_its_own_epoch() -> None:
    optimizer = groups_of()
    scheduler = ScheduleLR(optimizer, RUN, lr=DOWN)
    other = copy.deepcopy(scheduler)
    for _ in range(9):
        optimizer.step()
        other.optimizer.step()
    scheduler.step()
    optimizer.step()
    with pytest.warns(UserWarning, match="rare-steps"):
        other.optimizer.step()
