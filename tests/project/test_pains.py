"""What users of other schedulers suffer, row by row of our list, and what happens here.

Where torch still has the fault, the test shows it first.
"""

import copy
import io
import math
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.distributed.checkpoint as dcp
from optimizers import groups, named, parameter, train
from torch._dynamo.testing import CompileCounter
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from transformers import get_cosine_schedule_with_warmup

import schedcore as sc
from schedcore_torch import PlateauLR, ScheduleLR, relative

WARMUP = sc.warmup_cosine(0.25, 0.25)


def sgd(lr: Any = 1.0, **more: Any) -> SGD:
    return SGD([parameter()], lr=lr, **more)


def rate(optimizer: Optimizer, group: int = 0) -> float:
    return float(optimizer.param_groups[group]["lr"])


def run(optimizer: Optimizer, scheduler: Any, updates: int) -> list[float]:
    """The learning rates that so many updates use."""
    found = []
    for _ in range(updates):
        found.append(rate(optimizer))
        train(optimizer)
        scheduler.step()
    return found


def used(make: Callable[[Optimizer], Any], updates: int) -> list[float]:
    """The learning rates of the first updates of a run."""
    optimizer = sgd()
    return run(optimizer, make(optimizer), updates)


def resumed(make: Callable[[Optimizer], Any]) -> tuple[list[float], list[float]]:
    """The rates of steps 4 to 8 of a run, and those of one resumed there: opt.load, build, load."""
    optimizer = sgd()
    scheduler = make(optimizer)
    run(optimizer, scheduler, 4)
    states = copy.deepcopy((optimizer.state_dict(), scheduler.state_dict()))
    again = sgd()
    again.load_state_dict(states[0])
    other = make(again)
    other.load_state_dict(states[1])
    return run(optimizer, scheduler, 4), run(again, other, 4)


def test_row_1_resuming_depends_on_the_order_of_loading() -> None:
    went_on, again = resumed(lambda o: LinearLR(o, 0.1, total_iters=20))
    assert again != went_on
    went_on, again = resumed(lambda o: ScheduleLR(o, 20, lr=relative(sc.Linear(0.1, 1.0))))
    assert again == went_on


def test_row_2_past_the_end_the_rate_climbs_again() -> None:
    assert used(lambda o: CosineAnnealingLR(o, 10), 16)[15] == pytest.approx(0.5)
    with pytest.raises(ValueError, match="Tried to step"):
        used(lambda o: OneCycleLR(o, 1.0, total_steps=10), 11)
    with pytest.warns(UserWarning, match="the run of 10 steps is over") as caught:
        assert used(lambda o: ScheduleLR(o, 10, lr=sc.Cosine(1.0, 0.1)), 60)[10:] == [0.1] * 50
    assert len(caught) == 1


def test_row_3_more_steps_than_updates() -> None:
    def accelerated(make: Callable[[Optimizer], Any]) -> list[float]:
        optimizer = sgd()
        scheduler = make(optimizer)
        found = []
        for _ in range(5):
            found.append(rate(optimizer))
            train(optimizer)
            for _ in range(4):  # once for each process, as Accelerate does
                scheduler.step()
        return found

    plan = WARMUP.over(20)
    assert accelerated(lambda o: LambdaLR(o, plan)) == [plan(4 * k) for k in range(5)]
    ours = accelerated(lambda o: ScheduleLR(o, 20, lr=WARMUP, follow_updates=True))
    assert ours == [plan(k) for k in range(5)]


def test_row_4_steps_or_epochs() -> None:
    epochs, per_epoch = 3, 8
    of_epochs = used(lambda o: CosineAnnealingLR(o, epochs), epochs * per_epoch)
    assert of_epochs[6] == pytest.approx(
        1.0
    )  # stepped by batch it comes back up, and nobody says so
    horizon = sc.Horizon.epochs(epochs, per_epoch)
    right = used(lambda o: ScheduleLR(o, horizon, lr=sc.Cosine(1.0, 0.0)), horizon.total_steps)
    assert right == sc.Cosine(1.0, 0.0).over(24).values().tolist()
    with pytest.warns(UserWarning, match="the run of 3 steps is over, and this is step 4"):
        used(lambda o: ScheduleLR(o, epochs, lr=sc.Cosine(1.0, 0.0)), epochs * per_epoch)


def test_row_5_composing_changes_what_is_composed() -> None:
    def nested(optimizer: Optimizer) -> SequentialLR:
        parts: list[LRScheduler] = [
            LinearLR(optimizer, 0.1, total_iters=8),
            ConstantLR(optimizer, 1.0),
        ]
        inner = SequentialLR(optimizer, parts, [8])
        return SequentialLR(optimizer, [inner, ConstantLR(optimizer, 1.0)], [20])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert used(nested, 9) != used(lambda o: LinearLR(o, 0.1, total_iters=8), 9)
    own = used(lambda o: ScheduleLR(o, 20, lr=WARMUP), 20)
    assert used(lambda o: ScheduleLR(o, 20, lr=sc.Join((WARMUP,), (1,))), 20) == own
    split = sc.Join((sc.Restrict(WARMUP, 0, 0.5), sc.Restrict(WARMUP, 0.5, 1)), (0.5, 0.5))
    assert used(lambda o: ScheduleLR(o, 20, lr=split), 20) == pytest.approx(own, rel=1e-14, abs=0.0)


def test_row_6_a_new_horizon_is_ignored_on_resuming() -> None:
    state = CosineAnnealingLR(sgd(), 100).state_dict()
    longer = CosineAnnealingLR(sgd(), 200)
    longer.load_state_dict(state)
    assert longer.T_max == 100
    first = ScheduleLR(sgd(), 100, lr=WARMUP)
    first.seek(50)
    again = ScheduleLR(sgd(), 200, lr=WARMUP)
    with pytest.raises(ValueError, match="total_steps: saved 100, here 200"):
        again.load_state_dict(first.state_dict())
    for way, step in (("mine", 50), ("same_progress", 100)):
        again.load_state_dict(first.state_dict(), on_mismatch=way)
        assert (again.position, again.get_last_lr()) == (step, [WARMUP(step / 200)])
    first.extend(200)
    assert first.get_last_lr() == [WARMUP(0.5)]


def test_row_7_lr_scale_does_nothing() -> None:
    optimizer = SGD([{**g, "lr_scale": s} for g, s in zip(groups(2), (1.0, 0.1), strict=True)], lr=1.0)  # fmt: skip
    run(optimizer, CosineAnnealingLR(optimizer, 10), 3)
    assert rate(optimizer, 1) == rate(optimizer, 0)
    run(optimizer, ScheduleLR(optimizer, 10, lr=WARMUP), 3)
    assert rate(optimizer, 1) == 0.1 * rate(optimizer, 0)


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("accumulation", [1, 3])
def test_row_8_how_many_updates_a_run_has(accumulation: int, drop_last: bool) -> None:
    samples, batch, epochs = 50, 8, 4
    horizon = sc.Horizon.samples(samples, batch, epochs, 1, accumulation, drop_last)
    optimizer = sgd()
    scheduler = ScheduleLR(optimizer, horizon, lr=sc.Linear(1.0, 0.0))
    for _ in range(epochs):
        loader = torch.utils.data.DataLoader(range(samples), batch_size=batch)  # type: ignore[arg-type, var-annotated]
        gathered = 0
        for i, data in enumerate(loader):
            gathered += len(data)
            last = i == len(loader) - 1 and not drop_last
            if gathered == batch * accumulation or last:
                train(optimizer)
                scheduler.step()
                gathered = 0
    assert scheduler.position == horizon.total_steps
    assert scheduler.get_last_lr() == [0.0]  # the end, and no warning that it is over


def test_row_9_the_first_update_has_a_rate_of_0() -> None:
    assert used(lambda o: get_cosine_schedule_with_warmup(o, 4, 16), 1) == [0.0]
    right = used(lambda o: ScheduleLR(o, 16, lr=WARMUP, sample="right"), 4)
    assert right == [0.0625, 0.125, 0.1875, 0.25]
    nano = sc.warmup_cosine(0.25, 0.25, start=0.25 / 5)  # (k + 1)/(W + 1)
    assert used(lambda o: ScheduleLR(o, 16, lr=nano), 5) == pytest.approx(
        [0.05, 0.1, 0.15, 0.2, 0.25], rel=1e-15, abs=0.0
    )
    assert used(lambda o: ScheduleLR(o, 16, lr=WARMUP), 2) == [0.0, 0.0625]


def test_row_10_when_are_peak_and_end_reached() -> None:
    optimizer = sgd()
    parts = [LinearLR(optimizer, 0.1, total_iters=4), CosineAnnealingLR(optimizer, 16)]
    run(optimizer, SequentialLR(optimizer, parts, [4]), 16)
    assert rate(optimizer) > 0.1  # T_max was meant to be the whole run
    optimizer = sgd()
    assert run(optimizer, ScheduleLR(optimizer, 16, lr=WARMUP), 16)[4] == 0.25
    assert rate(optimizer) == 0.0
    with pytest.raises(ValueError, match="'warmup' and 'cooldown' must leave the run at most full"):
        sc.wsd(1.0, 0.6, 0.5)


def test_row_11_an_absolute_minimum_raises_small_groups() -> None:
    optimizer = SGD([{**g, "lr": x} for g, x in zip(groups(2), (1.0, 1e-6), strict=True)])
    run(optimizer, CosineAnnealingLR(optimizer, 10, eta_min=1e-5), 10)
    assert rate(optimizer, 1) > 1e-6
    optimizer = SGD([{**g, "lr": x} for g, x in zip(groups(2), (1.0, 1e-6), strict=True)])
    scheduler = ScheduleLR(optimizer, 10, lr=relative(sc.Cosine(1.0, 0.01)))
    rates = []
    for k in range(11):
        scheduler.seek(k)
        rates.append(scheduler.get_last_lr())
    for column in zip(*rates, strict=True):
        assert list(column) == sorted(column, reverse=True)


def test_row_12_a_skipped_update_warns_and_drifts() -> None:
    def scaled(make: Callable[[Optimizer], Any]) -> list[float]:
        optimizer = sgd()
        (p,) = optimizer.param_groups[0]["params"]
        scheduler = make(optimizer)
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
        found = []
        for k in range(4):
            optimizer.zero_grad()
            scaler.scale((p * (math.inf if k in (0, 2) else 1.0)).sum()).backward()
            before = rate(optimizer)
            scaler.step(optimizer)
            scaler.update()
            scheduler.step()
            found += [] if k in (0, 2) else [before]
        return found

    plan = WARMUP.over(20)
    with pytest.warns(UserWarning, match="before `optimizer.step"):
        assert scaled(lambda o: LambdaLR(o, plan)) == [plan(1), plan(3)]
    assert scaled(lambda o: ScheduleLR(o, 20, lr=WARMUP, follow_updates=True)) == [plan(0), plan(1)]


def test_row_13_groups_that_come_later() -> None:
    scheduler = LambdaLR(optimizer := sgd(), WARMUP.over(20))
    optimizer.add_param_group({"params": [parameter(1)], "lr": 0.5})
    optimizer.step()
    with pytest.raises(ValueError, match=r"zip\(\) argument"):
        scheduler.step()
    ours = ScheduleLR(optimizer := sgd(), 20, lr=WARMUP)
    run(optimizer, ours, 5)
    optimizer.add_param_group({"params": [parameter(1)], "lr": 0.5})
    run(optimizer, ours, 4)
    assert rate(optimizer, 1) == rate(optimizer) == WARMUP(9 / 20)
    del optimizer.param_groups[1]
    assert run(optimizer, ours, 1) == [WARMUP(9 / 20)]


def test_row_19_all_that_is_a_number_can_be_scheduled() -> None:
    optimizer = SGD(groups(1), lr=0.1, momentum=0.9, weight_decay=0.04)
    scheduler = ScheduleLR(
        optimizer, 10, weight_decay=sc.Cosine(0.04, 0.4), momentum=sc.Linear(0.85, 0.95)
    )
    run(optimizer, scheduler, 10)
    (group,) = optimizer.param_groups
    assert (group["weight_decay"], group["momentum"], group["lr"]) == (0.4, 0.95, 0.1)


def test_row_20_what_was_set_is_overwritten() -> None:
    optimizer = AdamW([parameter()], lr=0.3, betas=(0.8, 0.95))
    OneCycleLR(optimizer, 1.0, total_steps=10)
    assert optimizer.param_groups[0]["betas"] == (0.95, 0.95)
    optimizer = AdamW([parameter()], lr=0.3, betas=(0.8, 0.95))
    run(optimizer, ScheduleLR(optimizer, 10, lr=sc.one_cycle(1.0)), 10)
    assert optimizer.param_groups[0]["betas"] == (0.8, 0.95)


def test_row_21_loading_twice_is_loading_once() -> None:
    def make() -> ScheduleLR:
        optimizer = AdamW(named("ab"), lr=0.1, weight_decay=0.1)
        return ScheduleLR(optimizer, 10, lr=WARMUP, weight_decay=relative(sc.Linear(1, 2)))

    first = make()
    first.seek(4)
    again = make()
    for _ in range(2):
        again.load_state_dict(first.state_dict())
        assert again.last_values() == first.last_values()
        assert again.optimizer.state_dict() == first.optimizer.state_dict()


@pytest.mark.parametrize("total", [1, 2, 3, 4, 5])
def test_row_22_runs_of_a_few_steps(total: int) -> None:
    with pytest.raises(ZeroDivisionError):
        used(lambda o: CosineAnnealingLR(o, 0), 1)
    shapes = (sc.wsd(1.0, 0, 0), sc.wsd(1.0, 1, 0), sc.wsd(1.0, 0.5, 0.5), sc.warmup_cosine(1.0, 1))
    for schedule in (*shapes, WARMUP, sc.one_cycle(1.0), sc.step_decay(1.0, 0.1, 7)):
        for sample in ("left", "right", "both"):
            optimizer = sgd()
            scheduler = ScheduleLR(optimizer, total, lr=schedule, sample=sample)
            assert all(0.0 <= x <= 1.0 for x in run(optimizer, scheduler, total))
            assert rate(optimizer) == schedule(1.0)


def test_row_23_milestones_that_never_fire() -> None:
    never = used(lambda o: MultiStepLR(o, [2.5, 5.0 + 1e-9], 0.1), 10)  # type: ignore[list-item]
    assert never == [1.0] * 10
    steps = sc.multistep((1.0, 0.1, 0.01), (2.5, 5), total=10)
    fired = used(lambda o: ScheduleLR(o, 10, lr=steps), 10)
    assert fired == [1.0] * 3 + [0.1] * 2 + [0.01] * 5
    fires = used(lambda o: MultiStepLR(o, [2, 5], 0.1), 10)
    ours = sc.multistep((1.0, 0.1, 0.1 * 0.1), (2, 5), total=10)
    assert used(lambda o: ScheduleLR(o, 10, lr=ours), 10) == pytest.approx(
        fires, rel=1e-15, abs=0.0
    )


def test_row_24_numpy_numbers_in_checkpoints() -> None:
    def loads(state: Any) -> bool:
        file = io.BytesIO()
        torch.save(state, file)
        file.seek(0)
        try:
            torch.load(file, weights_only=True)
        except pickle.UnpicklingError:
            return False
        return True

    optimizer = sgd(np.float64(0.1))
    scheduler: Any = CosineAnnealingLR(optimizer, 10)
    assert not loads((optimizer.state_dict(), scheduler.state_dict()))
    optimizer = sgd(np.float64(0.1))
    scheduler = ScheduleLR(optimizer, 10, lr=relative(sc.Cosine(1.0, np.float32(0.5))))
    run(optimizer, scheduler, 3)
    assert loads((optimizer.state_dict(), scheduler.state_dict()))


def test_row_26_tensors_that_are_shared() -> None:
    def make() -> SGD:
        return SGD(groups(3), lr=torch.tensor(0.1))

    factors = [lambda k, f=f: f for f in (1.0, 0.5, 0.25)]
    LambdaLR(optimizer := make(), factors)
    assert [rate(optimizer, i) for i in range(3)] == pytest.approx([0.025] * 3)
    optimizer = make()
    held = optimizer.param_groups[0]["lr"]
    scheduler = ScheduleLR(optimizer, 10, lr=[relative(f) for f in (1.0, 0.5, 0.25)])
    assert [rate(optimizer, i) for i in range(3)] == pytest.approx([0.1, 0.05, 0.025])
    assert all(type(x) is float for x in scheduler.get_last_lr())
    assert held == torch.tensor(0.1)  # a tensor of someone else's is not written into
    ours = [group["lr"] for group in optimizer.param_groups]
    run(optimizer, scheduler, 3)
    assert all(g["lr"] is x for g, x in zip(optimizer.param_groups, ours, strict=True))


@pytest.mark.filterwarnings("ignore:.*torch.jit.script_method.* is deprecated")
@pytest.mark.parametrize("tensor", [False, True])
def test_row_26_a_compiled_step_is_compiled_once(tensor: bool) -> None:
    def frames(build: Callable[[Optimizer], Any]) -> int:
        torch._dynamo.reset()
        lr: Any = torch.tensor(0.1) if tensor else 0.1
        optimizer = Adam([{**g, "lr_scale": 0.5} for g in groups(3)], lr=lr)
        scheduler = build(optimizer)
        counter = CompileCounter()

        def update() -> None:
            optimizer.step()

        step = torch.compile(update, backend=counter)
        for _ in range(20):
            for group in optimizer.param_groups:
                group["params"][0].grad = torch.ones(2, 3)
            step()
            if scheduler is not None:
                scheduler.step()
        return counter.frame_count

    alone = frames(lambda o: None)
    ours = frames(lambda o: ScheduleLR(o, 100, lr=WARMUP))
    assert ours == alone if tensor else ours <= alone + 1


def test_row_26_one_copy_for_all_groups() -> None:
    from torch.utils._python_dispatch import TorchDispatchMode

    class Counted(TorchDispatchMode):
        seen: list[str] = []  # noqa: RUF012

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # fmt: skip
            self.seen.append(str(func))
            return func(*args, **(kwargs or {}))

    optimizer = SGD([{**g, "lr_scale": 0.5} for g in groups(50)], lr=torch.tensor(0.1))
    scheduler = ScheduleLR(optimizer, 100, lr=WARMUP)
    scheduler.seek(1)
    with Counted() as counted:
        scheduler.seek(2)
    assert len(counted.seen) <= 3


def test_row_26_after_tensors_were_replaced() -> None:
    optimizer = SGD([{**g, "lr_scale": s} for g, s in zip(groups(2), (1, 0.5), strict=True)], lr=torch.tensor(0.1))  # fmt: skip
    scheduler = ScheduleLR(optimizer, 20, lr=WARMUP)
    run(optimizer, scheduler, 3)
    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    run(optimizer, scheduler, 2)
    wanted = [torch.tensor(WARMUP(0.25) * s) for s in (1, 0.5)]
    assert [g["lr"] for g in optimizer.param_groups] == wanted
    optimizer.param_groups[1]["lr"] = torch.tensor(7.0)  # by hand
    with pytest.warns(UserWarning, match=r"'lr' of group '1' was set to 7\.0 by someone else"):
        run(optimizer, scheduler, 1)
    assert rate(optimizer, 1) == float(torch.tensor(WARMUP(0.3) * 0.5))
    floats = SGD(groups(1), lr=0.5)
    scheduler = ScheduleLR(floats, 20, lr=WARMUP)
    run(floats, scheduler, 5)
    floats.param_groups[0]["lr"] = torch.tensor(floats.param_groups[0]["lr"])  # for a compiled step
    run(floats, scheduler, 1)
    assert isinstance(floats.param_groups[0]["lr"], torch.Tensor)
    assert rate(floats) == float(torch.tensor(WARMUP(0.3)))


def test_row_29_the_rate_that_is_logged_is_the_one_that_was_used() -> None:
    seen: list[float] = []
    optimizer = sgd()
    optimizer.register_step_pre_hook(lambda o, *_: seen.append(o.param_groups[0]["lr"]))
    scheduler = ScheduleLR(optimizer, 10, lr=WARMUP)
    logged = []
    for _ in range(10):
        train(optimizer)
        logged.append(scheduler.last_values()["lr/0"])
        scheduler.step()
    assert logged == seen == WARMUP.over(10).values().tolist()


def test_row_30_groups_are_logged_by_their_names() -> None:
    optimizer = SGD([*named("ab"), *named("a"), *groups(1)], lr=0.1)
    values = ScheduleLR(optimizer, 10, lr=WARMUP).last_values()
    assert list(values) == ["lr/a_0", "lr/b", "lr/a_2", "lr/3"]


def test_row_31_a_warmup_and_a_plateau() -> None:
    optimizer = sgd()
    with pytest.raises(ValueError, match="ReduceLROnPlateau"):
        SequentialLR(optimizer, [LinearLR(optimizer), ReduceLROnPlateau(optimizer)], [5])  # type: ignore[list-item]
    optimizer = sgd()
    scheduler = ScheduleLR(optimizer, 100, lr=sc.warmup_constant(0.4, warmup=0.05))
    plateau_lr = PlateauLR(scheduler, sc.Plateau(factor=0.5, patience=0))
    plateau_lr.update(1.0)
    assert run(optimizer, scheduler, 3) == [0.0, 0.08, 0.16]
    plateau_lr.update(1.0)  # inside the warmup, which it halves
    assert run(optimizer, scheduler, 4) == [0.12, 0.16, 0.2, 0.2]


def test_row_33_pickling() -> None:
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(LambdaLR(sgd(), lambda k: 0.5))
    scheduler = ScheduleLR(sgd(), 10, lr=relative(WARMUP))
    run(scheduler.optimizer, scheduler, 3)
    again = pickle.loads(pickle.dumps(scheduler))
    assert again.state_dict() == scheduler.state_dict()
    assert run(again.optimizer, again, 4) == run(scheduler.optimizer, scheduler, 4)


def test_row_35_other_numbers_of_workers() -> None:
    samples, batch, epochs = 4096, 8, 3

    def horizon(workers: int) -> sc.Horizon:
        return sc.Horizon.samples(samples, batch, epochs, workers)

    seen, state, rates = 0, None, {}
    for workers, until in ((8, 2048), (4, 6144), (16, samples * epochs)):
        run_of = horizon(workers)
        scheduler = ScheduleLR(sgd(), run_of, lr=WARMUP)
        if state is not None:
            scheduler.load_state_dict(state, on_mismatch="same_progress")
            assert scheduler.position == run_of.step_at(seen)
        while seen < until:
            rates[seen] = scheduler.get_last_lr()[0]
            scheduler.seek(scheduler.position + 1)
            seen += batch * workers
        state = scheduler.state_dict()
    assert rates == {s: WARMUP(s / (samples * epochs)) for s in rates}
    assert len(rates) == 32 + 128 + 48


@pytest.mark.filterwarnings("ignore:torch.distributed is disabled, unavailable or uninitialized")
@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
def test_row_41_two_optimizers_and_distributed_checkpoints(tmp_path: Path) -> None:
    def make() -> tuple[ScheduleLR, ScheduleLR]:
        muon, adam = sgd(momentum=0.9), AdamW(named("ab"), lr=0.1)
        return ScheduleLR(muon, 20, lr=WARMUP), ScheduleLR(adam, 20, lr=relative(WARMUP))

    first = make()
    for scheduler in first:
        run(scheduler.optimizer, scheduler, 7)
    dcp.save({"a": first[0], "b": first[1]}, checkpoint_id=tmp_path)
    again = make()
    dcp.load({"a": again[0], "b": again[1]}, checkpoint_id=tmp_path)
    for old, new in zip(first, again, strict=True):
        assert new.state_dict() == old.state_dict()
        assert new.last_values() == old.last_values()


def test_row_42_it_is_a_scheduler() -> None:
    scheduler = ScheduleLR(optimizer := sgd(), 10, lr=WARMUP)
    assert isinstance(scheduler, LRScheduler)
    assert scheduler.optimizer is optimizer
    averaged = torch.optim.swa_utils.SWALR(optimizer, swa_lr=0.05, anneal_epochs=2)
    run(optimizer, scheduler, 3)
    run(optimizer, averaged, 4)  # which takes over where averaging begins
    assert rate(optimizer) == 0.05


def test_row_43_asking_changes_nothing() -> None:
    optimizer = sgd()
    step = StepLR(optimizer, 3)
    run(optimizer, step, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert step.get_lr() != [rate(optimizer)]
    scheduler = ScheduleLR(optimizer := sgd(), 10, lr=sc.step_decay(1.0, 0.1, 2))
    for k in range(10):
        assert [scheduler.get_lr() for _ in range(5)] == [[rate(optimizer)]] * 5
        scheduler.step(k)
        assert (scheduler.last_epoch, rate(optimizer)) == (k, sc.step_decay(1.0, 0.1, 2)(k / 10))


def test_row_46_editing_by_hand() -> None:
    def edited(make: Callable[[Optimizer], Any]) -> float:
        optimizer = sgd()
        scheduler = make(optimizer)
        run(optimizer, scheduler, 5)
        optimizer.param_groups[0]["lr"] *= 0.5
        run(optimizer, scheduler, 1)
        return rate(optimizer)

    wanted = sc.Cosine(1.0, 0.0)(0.6)
    assert edited(lambda o: CosineAnnealingLR(o, 10)) == pytest.approx(0.5 * wanted)
    assert edited(lambda o: LambdaLR(o, sc.Cosine(1.0, 0.0).over(10))) == pytest.approx(wanted)
    with pytest.warns(UserWarning, match=r"was set to 0\.2499.* by someone else.*it was 0\.4999"):
        assert edited(lambda o: ScheduleLR(o, 10, lr=sc.Cosine(1.0, 0.0))) == wanted
    optimizer = sgd()
    scheduler = ScheduleLR(optimizer, 10, lr=sc.Cosine(1.0, 0.0))
    optimizer.param_groups[0]["lr_scale"] = 0.5  # the way to do it, which a checkpoint keeps
    scheduler.seek(5)
    other = sgd()
    other.load_state_dict(optimizer.state_dict())
    again = ScheduleLR(other, 10, lr=sc.Cosine(1.0, 0.0))
    again.load_state_dict(scheduler.state_dict())
    assert rate(other) == 0.5 * sc.Cosine(1.0, 0.0)(0.5)
