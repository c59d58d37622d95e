"""User code with annotations, for the type checker alone; it is never run."""

import re
from fractions import Fraction
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch
from matplotlib.axes import Axes
from numpy.typing import NDArray

import schedcore as sc
from schedcore_torch import (
    LARC,
    PlateauLR,
    RangeTest,
    ScheduleLR,
    build,
    describe,
    layers,
    lr_range_test,
    param_groups,
    relative,
    to_json,
)


def learning_rates(schedule: sc.Schedule) -> None:
    value: float = schedule(0.5)
    whole: float = schedule(1)
    doubles: NDArray[np.float64] = schedule(np.linspace(0, 1, 5))
    singles: NDArray[np.float32] = schedule(np.linspace(0, 1, 5, dtype=np.float32))
    listed: NDArray[np.float64] = schedule([0.0, 0.5, 1.0])
    print(value, whole, doubles, singles, listed)


def tensors(schedule: sc.Schedule) -> torch.Tensor:
    traced: jax.Array = jax.jit(schedule)(jnp.linspace(0, 1, 5))
    array: jax.Array = schedule(jnp.linspace(0, 1, 5))
    rates: jax.Array = schedule.over(10)(jnp.arange(10))
    tensor: torch.Tensor = schedule.over(10)(torch.arange(10))
    print(traced, array, rates, tensor)
    return schedule(torch.linspace(0, 1, 5))


def composed() -> sc.Schedule:
    tail: sc.Schedule = sc.wsd(0.1, warmup=0.1, cooldown="1/5", shape=partial(sc.Power, power=0.5))
    joined = sc.Join([sc.Linear(0.0, 0.1), sc.Cosine(0.1, 0.0)], [0.1, Fraction(9, 10)])
    clipped = sc.clip(0.5 * joined + tail / 2 - 0.01, 0.0, 1.0)
    return sc.minimum(sc.Reverse(sc.Repeat(clipped, 3, stretch=2)), 0.3)


def by_step(schedule: sc.Schedule) -> float:
    horizon = sc.Horizon.epochs(90, steps_per_epoch=5004)
    length: Fraction = horizon.fraction("5ep")
    plan: sc.StepSchedule = sc.warmup_cosine(0.1, warmup=length).over(horizon, sample="right")
    steps: int = len(plan)
    values: NDArray[np.float64] = plan.values()
    boundaries: tuple[int, ...] = plan.boundaries
    print(steps, values, boundaries, schedule.boundaries, plan(np.arange(3)))
    return plan(10)


def configured() -> sc.Schedule:
    written: dict[str, Any] = sc.to_config(sc.Cosine(0.1, 0.0))
    config, changes = sc.scale_config(written, 1024, node_batch_size=512)
    print(changes, sc.scale_lr(0.1, 256, 1024, rule="sqrt"))
    return sc.from_config(config, num_epochs=90, batch_size=1024)


def advised(scheduler: ScheduleLR) -> list[str]:
    recipe: sc.Recipe = sc.recommend(domain="vit", epochs=300, batch_size=512, lr=1e-3)
    arguments: dict[str, Any] = recipe.arguments
    print(recipe.schedule(0.5), recipe.config(), arguments)
    horizon = sc.Horizon.epochs(300, 1251)
    found: list[sc.Finding] = sc.check(recipe.schedule, horizon, model="transformer", epochs=300)
    found += sc.check(scheduler, group_lrs=None, stepped="epoch")
    return [finding.code for finding in found]


def scheduled(optimizer: torch.optim.Optimizer) -> dict[str, float]:
    scheduler = ScheduleLR(
        optimizer,
        sc.Horizon.epochs(90, 5004),
        lr={"head": sc.Cosine(0.1, 0.0), "*": relative(sc.Cosine(1.0, 0.0))},
        weight_decay=[sc.Constant(0.1), 0.05],
        betas=(sc.Linear(0.85, 0.95), 0.999),
        sample="right",
        follow_updates=True,
    )
    scheduler.step()
    scheduler.seek(3)
    scheduler.extend(500_000)
    state: dict[str, Any] = scheduler.state_dict()
    scheduler.load_state_dict(state, on_mismatch="same_progress")
    position: int = scheduler.position
    text: str = scheduler.describe()
    print(position, text, scheduler.horizon, scheduler.get_last_lr())
    return scheduler.last_values()


def grouped(model: torch.nn.Module) -> list[dict[str, Any]]:
    groups = param_groups(
        model,
        weight_decay={"trunk": 0.05, "head": 0.0},
        no_decay=["pos_embed", re.compile("gamma$"), torch.nn.Embedding],
        layer_of=layers.vit,
        layer_scales=[0.25, 0.5, 1.0],
        heads=("head",),
    )
    param_groups(model, layer_of=len, layer_decay=0.75)
    last: int = layers.vit(model).last
    print(describe(groups), to_json(groups), last)
    return groups


def built(model: torch.nn.Module, block: dict[str, Any]) -> torch.optim.Optimizer:
    optimizer, scheduler = build(block, model, sc.Horizon(100), batch_size=256)
    build("swav_resnet50_400ep", model, 100)
    print(scheduled(LARC(optimizer, trust_coefficient=0.02, clip=True)), scheduler.describe())
    everywhere = torch.distributed.group.WORLD
    LARC(optimizer, 0.001, False, 1e-8, everywhere, decay_zeros=True).step()
    return optimizer


def drawn(scheduler: ScheduleLR, ax: Axes) -> Axes:
    run = sc.Horizon.epochs(90, 100)
    sc.plot({"cosine": sc.Cosine(1, 0), "mine": scheduler}, run, unit="epoch", ax=ax)
    sc.Plateau().plot([1.0, 0.5], ax)
    return sc.plot(scheduler.plans("weight_decay")["head"])


def on_a_plateau(scheduler: ScheduleLR, losses: list[float]) -> dict[str, Any]:
    plateau = sc.Plateau("min", factor=0.5, patience=3)
    state: sc.PlateauState = plateau.update(plateau.initial(), losses[0])
    plateau_lr = PlateauLR(scheduler, plateau)
    plateau_lr.update(losses[0])
    factor: float = plateau_lr.state.factor * state.factor
    print(factor)
    return plateau_lr.state_dict()


def found(model: torch.nn.Module, optimizer: torch.optim.Optimizer, data: list[Any]) -> float:
    test: RangeTest = lr_range_test(
        model,
        optimizer,
        torch.nn.functional.cross_entropy,
        data,
        shape=sc.Linear,
        autocast=torch.autocast("cpu", torch.bfloat16),
        scaler=torch.amp.GradScaler("cpu"),
    )
    test = lr_range_test(model, optimizer, training_step=lambda: 1.0)
    suggestion: sc.LRSuggestion = test.suggestion
    diverged_at: float | None = sc.suggest_lr(np.array(test.lrs), test.losses).diverged_at
    print(diverged_at, test.plot())
    return suggestion.steepest
