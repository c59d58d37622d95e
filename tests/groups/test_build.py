"""Optimizer, groups and ScheduleLR from one configuration."""

import copy
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from networks import ConvNext, ResNet, Swin, Vit
from torch import nn

import schedcore as sc
from schedcore import Horizon
from schedcore._config.files import shipped
from schedcore_torch import LARC, ScheduleLR, build, describe, layers, param_groups, to_json

COSINE = {"name": "cosine", "start_value": 0.1, "end_value": 0.0}
DEFAULTS = Path(__file__).parents[1] / "golden" / "vissl_optimizer_defaults.yaml"


def block(
    name: str = "sgd", *, lr: Any = COSINE, schedules: Any = None, **keys: Any
) -> dict[str, Any]:
    return {
        "OPTIMIZER": {"name": name, **keys, "param_schedulers": {"lr": lr, **(schedules or {})}}
    }


def grouped(config: Any, model: nn.Module, *rest: Any) -> dict[str, tuple[list[str], float]]:
    """The names and the weight decay of each group."""
    optimizer, _ = build(config, model, *(rest or (10,)))
    return {g["name"]: (g["param_names"], g["weight_decay"]) for g in optimizer.param_groups}


def decayed(config: Any, model: nn.Module) -> set[str]:
    optimizer, _ = build(config, model, 10)
    return {name for g in optimizer.param_groups if g["weight_decay"] for name in g["param_names"]}


class Mixed(nn.Module):
    """All kinds of parameters, and a module whose name only contains `head`."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.bn = nn.BatchNorm1d(2)
        self.gn = nn.GroupNorm(1, 2)
        self.attention = nn.MultiheadAttention(2, 1)
        self.mlp_head_norm = nn.LayerNorm(2)
        self.gamma = nn.Parameter(torch.ones(2))
        self.cls_token = nn.Parameter(torch.ones(1, 1, 2))
        self.heads = nn.ModuleList([nn.Linear(2, 2), nn.BatchNorm1d(2)])

    def no_weight_decay(self) -> set[str]:
        return {"cls_token"}


BIASES = {"fc.bias", "attention.in_proj_bias", "attention.out_proj.bias", "heads.0.bias"}
NORMS = {"bn.weight", "bn.bias", "gn.weight", "gn.bias", "mlp_head_norm.weight", "mlp_head_norm.bias", "heads.1.weight", "heads.1.bias"}  # fmt: skip
VECTORS, TOKEN = {"gamma"}, {"cls_token"}
MATRICES = {"fc.weight", "attention.in_proj_weight", "attention.out_proj.weight", "heads.0.weight"}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, MATRICES | TOKEN | VECTORS | BIASES),
        ({"regularize_bn": True}, MATRICES | TOKEN | VECTORS | BIASES | NORMS),
        ({"regularize_bn": True, "regularize_bias": False}, MATRICES | TOKEN | VECTORS | NORMS),
        ({"regularize_bn": False, "regularize_bias": False}, MATRICES | TOKEN | VECTORS),
        ({"non_regularized_parameters": ["cls_tok", "gamma", "heads"]}, (MATRICES | BIASES) - {"heads.0.weight", "heads.0.bias"}),
        ({"param_group_constructor": "dino"}, MATRICES | TOKEN),
        ({"param_group_constructor": "dino", "regularize_bias": True, "regularize_bn": True}, MATRICES | TOKEN),
        ({"param_group_constructor": "default", "layer_wise_lr_decay": {"decay": 0.9}}, MATRICES | TOKEN | VECTORS | BIASES),
        ({"construct_single_param_group_only": True, "regularize_bn": False}, MATRICES | TOKEN | VECTORS | BIASES | NORMS),
    ],
)  # fmt: skip
def test_vissls_rules_of_weight_decay(keys: dict[str, Any], expected: set[str]) -> None:
    model = Mixed()
    assert decayed(block(weight_decay=0.1, **keys), model) == expected
    everything = {
        name
        for names, _ in grouped(block(weight_decay=0.1, **keys), model).values()
        for name in names
    }
    assert everything == {name for name, _ in model.named_parameters()}


def test_the_head_is_what_lies_under_head_or_heads() -> None:
    keys = {"use_different_wd": True, "weight_decay": 0.2}
    found = grouped(block(weight_decay=0.1, head_optimizer_params=keys), Mixed())
    assert found["decay_head"] == (["heads.0.weight", "heads.0.bias"], 0.2)
    assert found["no_decay_head"] == (["heads.1.weight", "heads.1.bias"], 0.0)
    assert "mlp_head_norm.weight" in found["no_decay"][0]
    assert found["decay"][1] == 0.1


def test_the_head_may_be_listed() -> None:
    found = grouped(block(weight_decay=0.1, heads=["fc"]), ResNet((1, 1, 1, 1)))
    assert found["decay_head"] == (["fc.weight", "fc.bias"], 0.1)
    with pytest.raises(ValueError, match=r"^OPTIMIZER.heads: build: 'heads' must list what belongs to the head, since no parameter lies under a module named head or heads; the model has conv1, bn1, layer1") as error:  # fmt: skip
        build(block(schedules={"lr_head": COSINE}), ResNet((1, 1, 1, 1)), 10)
    assert type(error.value) is not ValueError


HALF = {"name": "linear", "start_value": 0.5, "end_value": 0.25}


@pytest.mark.parametrize(
    ("keys", "schedules", "trunk", "head"),
    [
        ({}, {}, (0.1, 0.2), None),
        ({}, {"lr_head": HALF}, (0.1, 0.2), (0.5, 0.2)),
        ({"use_different_lr": True}, {"lr_head": HALF}, (0.1, 0.2), (0.5, 0.2)),
        ({"use_different_lr": False}, {"lr_head": HALF}, (0.1, 0.2), None),
        ({"use_different_wd": True, "weight_decay": 0.7}, {}, (0.1, 0.2), (0.1, 0.7)),
        ({"use_different_wd": False, "weight_decay": 0.7}, {}, (0.1, 0.2), None),
        ({"use_different_wd": True}, {"lr_head": HALF}, (0.1, 0.2), (0.5, 0.2)),
        ({}, {"weight_decay": HALF}, (0.1, 0.5), None),
        ({"use_different_wd": True, "weight_decay": 0.0}, {"weight_decay": HALF}, (0.1, 0.5), (0.1, 0.0)),
        ({"use_different_wd": True, "weight_decay": 0.7}, {"weight_decay": HALF}, (0.1, 0.5), (0.1, 0.7)),
        ({}, {"weight_decay_head": HALF}, (0.1, 0.2), (0.1, 0.5)),
        ({"use_different_wd": False, "use_different_lr": False}, {"weight_decay_head": HALF, "lr_head": HALF}, (0.1, 0.2), (0.1, 0.5)),
    ],
)  # fmt: skip
def test_head_and_trunk(keys: Any, schedules: Any, trunk: Any, head: Any) -> None:
    model = nn.ModuleDict({"trunk": nn.Linear(2, 2), "head": nn.Linear(2, 2)})
    optimizer, _ = build(
        block(weight_decay=0.2, head_optimizer_params=keys, schedules=schedules), model, 10
    )
    found = {g["name"]: (g["lr"], g["weight_decay"]) for g in optimizer.param_groups}
    assert found == {"decay": trunk, **({"decay_head": head} if head else {})}


def test_vissls_defaults_give_vissls_optimizer() -> None:
    config = yaml.safe_load(DEFAULTS.read_text(encoding="utf-8"))
    before = copy.deepcopy(config)
    optimizer, scheduler = build(config, Mixed(), Horizon.epochs(90, 2))
    assert config == before
    assert type(optimizer) is torch.optim.SGD
    assert {g["name"] for g in optimizer.param_groups} == {"decay", "no_decay"}
    for group in optimizer.param_groups:
        assert (group["momentum"], group["nesterov"]) == (0.9, False)
        assert group["weight_decay"] == (1e-4 if group["name"] == "decay" else 0.0)
    rates = []
    for step in (0, 59, 60, 119, 120):
        scheduler.seek(step)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates == [0.1, 0.1, 0.01, 0.01, 0.001]
    config["OPTIMIZER"].update(name="adamw", weight_decay=0.05)
    optimizer, _ = build(config, Mixed(), 180)  # momentum and nesterov are VISSL's own words
    assert type(optimizer) is torch.optim.AdamW
    assert optimizer.param_groups[0]["betas"] == (0.9, 0.999)


@pytest.mark.parametrize(
    ("name", "keys", "expected"),
    [
        ("SGD", {"momentum": "9e-1", "nesterov": True, "weight_decay": "1e-4"}, {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-4}),
        ("adamw", {"betas": [0.8, "0.95"], "eps": "1e-6"}, {"betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.01}),
        ("RMSprop", {"alpha": 0.9, "centered": True, "momentum": None}, {"alpha": 0.9, "centered": True, "momentum": 0}),
        ("adafactor", {"eps": [None, "1e-3"], "weight_decay": 0.1}, {"eps": (None, 1e-3), "weight_decay": 0.1}),
        ("NAdam", {"decoupled_weight_decay": True, "foreach": True}, {"decoupled_weight_decay": True, "foreach": True}),
        ("rprop", {"etas": [0.5, 1.5]}, {"etas": (0.5, 1.5)}),
        ("lbfgs", {"max_iter": "7", "construct_single_param_group_only": True}, {"max_iter": 7}),
    ],
)  # fmt: skip
def test_any_optimizer_with_its_own_arguments(name: str, keys: Any, expected: Any) -> None:
    optimizer, _ = build(block(name, **keys), nn.Linear(2, 2, bias=False), 10)
    assert type(optimizer).__name__.lower() == name.lower()
    group = optimizer.param_groups[0]
    assert {key: group[key] for key in expected} == expected
    assert {key: type(group[key]) for key in expected} == {
        key: type(x) for key, x in expected.items()
    }
    assert group["lr"] == 0.1


def test_what_is_scheduled_besides() -> None:
    momentum = {"name": "linear", "start_value": 0.95, "end_value": 0.85}
    optimizer, scheduler = build(
        block(nesterov=True, schedules={"momentum": momentum}), nn.Linear(2, 2), 10
    )
    scheduler.seek(5)
    assert [g["momentum"] for g in optimizer.param_groups] == [sc.Linear(0.95, 0.85)(0.5)]
    rising = {"name": "linear", "start_value": 0.0, "end_value": 0.4}
    optimizer, scheduler = build(block("adamw", schedules={"weight_decay": rising}), Mixed(), 10)
    assert scheduler.describe().split("\n\n")[1].splitlines()[1].split()[-1] == "0.4"  # not 0
    scheduler.seek(10)
    assert {g["name"]: g["weight_decay"] for g in optimizer.param_groups} == {
        "decay": 0.4,
        "no_decay": 0.0,
    }


def test_a_state_goes_from_one_build_to_another() -> None:
    config = block("adamw", schedules={"lr_head": HALF, "weight_decay": HALF})
    first, scheduler = build(config, Vit(1), 10)
    scheduler.seek(4)
    state = json.loads(json.dumps(scheduler.state_dict()))
    second, other = build(config, Vit(1), 10)
    other.load_state_dict(state)
    assert other.last_values() == scheduler.last_values()
    second.load_state_dict(first.state_dict())
    assert other.last_values() == scheduler.last_values()


SCALED = {**COSINE, "auto_lr_scaling": {"auto_scale": True, "base_value": 0.1, "base_lr_batch_size": 256, "scaling_type": "linear"}}  # fmt: skip


def test_the_batch_size_scales_and_describe_says_so() -> None:
    _, scheduler = build(block(lr=SCALED, schedules={"lr_head": SCALED}), Vit(1), 10, 512)
    assert scheduler.last_values()["lr/decay_head"] == 0.2
    said = scheduler.describe()
    assert "batch size 512:\n  OPTIMIZER.param_schedulers.lr.start_value: 0.1 -> 0.2\n  OPTIMIZER.param_schedulers.lr_head.start_value: 0.1 -> 0.2\n" in said  # fmt: skip
    horizon = Horizon.samples(10_000, 64, world_size=8)
    assert build(block(lr=SCALED), Vit(1), horizon)[1].last_values()["lr/decay"] == 0.2
    with pytest.raises(ValueError, match=r"^build: 'batch_size' must be the 512 samples that the horizon has in a step, .*, got 64"):  # fmt: skip
        build(block(lr=SCALED), Vit(1), horizon, 64)
    with pytest.raises(ValueError, match=r"^OPTIMIZER.param_schedulers.lr.auto_lr_scaling.auto_scale: is true, so the values depend on the batch size"):  # fmt: skip
        build(block(lr=SCALED), Vit(1), 10)


def test_describe_says_what_was_built() -> None:
    config = block(momentum=0.9, weight_decay=1e-4, use_larc=True, larc_config={"clip": True})
    optimizer, scheduler = build(config, Vit(1), 10)
    first, groups, schedules = scheduler.describe().split("\n\n")
    assert first == "LARC(SGD(momentum=0.9), clip=True)"
    assert groups == describe(optimizer.param_groups)  # nothing but lr is scheduled
    assert schedules.splitlines()[1].split() == ["decay", "lr", "0.1", "0.1", "0.00244717"]
    assert copy.deepcopy(scheduler).describe() == scheduler.describe()


def test_epochs_are_those_of_the_block_or_of_the_horizon() -> None:
    steps = {"name": "multistep", "values": [1.0, 0.1], "milestones": [3]}
    _, scheduler = build(block(lr=steps), Vit(1), Horizon.epochs(6, 10))
    scheduler.seek(29)
    assert scheduler.last_values()["lr/decay"] == 1.0
    scheduler.step()
    assert scheduler.last_values()["lr/decay"] == 0.1
    build(block(lr=steps, num_epochs=6), Vit(1), Horizon.epochs(6, 10))
    with pytest.raises(ValueError, match=r"^OPTIMIZER.num_epochs: is 90, but the horizon has 6 epochs \(60 steps, of which 10 are an epoch\)$"):  # fmt: skip
        build(block(lr=steps, num_epochs=90), Vit(1), Horizon.epochs(6, 10))
    with pytest.raises(
        ValueError, match="milestones: counts in epochs, so num_epochs must be given"
    ):
        build(block(lr=steps), Vit(1), 60)


# The run of the block below, by hand. Layers of a ViT of two blocks: embeddings 0, blocks 1 and 2,
# norm and head 3; decay 0.5, so the scales are 1/8, 1/4, 1/2 and 1. Steps are 50: the learning rate
# of the trunk is 0.02 * k/10 until step 10, then a cosine from 0.02 to 0; that of the head stays
# 0.5 until step 25, then 0.05. The weight decay of the trunk goes from 0.04 to 0.4 by a cosine.
def trunk_lr(k: int) -> float:
    return 0.02 * k / 10 if k < 10 else 0.02 * (1 + math.cos(math.pi * (k - 10) / 40)) / 2


def trunk_wd(k: int) -> float:
    return 0.4 + (0.04 - 0.4) * (1 + math.cos(math.pi * k / 50)) / 2


TABLE = {
    "layer_0_decay": (["patch_embed.proj.weight"], 1 / 8, True),
    "layer_0_no_decay": (["cls_token", "pos_embed", "patch_embed.proj.bias"], 1 / 8, False),
    "layer_1_decay": (["blocks.0.qkv.weight", "blocks.0.fc1.weight"], 1 / 4, True),
    "layer_1_no_decay": (["blocks.0.norm1.weight", "blocks.0.norm1.bias", "blocks.0.qkv.bias", "blocks.0.norm2.weight", "blocks.0.norm2.bias", "blocks.0.fc1.bias"], 1 / 4, False),
    "layer_2_decay": (["blocks.1.qkv.weight", "blocks.1.fc1.weight"], 1 / 2, True),
    "layer_2_no_decay": (["blocks.1.norm1.weight", "blocks.1.norm1.bias", "blocks.1.qkv.bias", "blocks.1.norm2.weight", "blocks.1.norm2.bias", "blocks.1.fc1.bias"], 1 / 2, False),
    "layer_3_no_decay": (["norm.weight", "norm.bias"], 1.0, False),
    "layer_3_decay_head": (["head.weight"], 1.0, True),
    "layer_3_no_decay_head": (["head.bias"], 1.0, False),
}  # fmt: skip
WHOLE = """
OPTIMIZER:
  name: sgd
  momentum: 0.9
  use_larc: true
  larc_config: {clip: false, trust_coefficient: 0.02, eps: 1e-8}
  param_group_constructor: lr_decay
  layer_wise_lr_decay: {decay: 0.5}
  head_optimizer_params: {use_different_lr: true, use_different_wd: true, weight_decay: 0.01}
  num_epochs: 10
  param_schedulers:
    lr:
      name: composite
      schedulers:
        - {name: linear, start_value: 0.0, end_value: 0.02}
        - {name: cosine, start_value: 0.02, end_value: 0.0}
      interval_scaling: [rescaled, rescaled]
      lengths: [0.2, 0.8]
    lr_head: {name: multistep, values: [0.5, 0.05], milestones: [5], update_interval: epoch}
    weight_decay: {name: cosine, start_value: 0.04, end_value: 0.4}
"""


def test_a_vit_is_trained_by_a_block_with_everything_in_it(tmp_path: Path) -> None:
    file = tmp_path / "optimizer.yaml"
    file.write_text(WHOLE, encoding="utf-8")
    torch.manual_seed(0)
    model = Vit(2)
    optimizer, scheduler = build(file, model, Horizon.epochs(10, 5))
    assert isinstance(optimizer, LARC)
    assert {g["name"]: g["param_names"] for g in optimizer.param_groups} == {name: names for name, (names, _, _) in TABLE.items()}  # fmt: skip
    images, labels = torch.randn(24, 1, 4, 4), torch.arange(24) % 3
    losses = []
    for k in range(50):
        for group in optimizer.param_groups:
            _, scale, decays = TABLE[group["name"]]
            head = group["name"].endswith("_head")
            lr = (0.5 if k < 25 else 0.05) if head else trunk_lr(k)
            wd = (0.01 if head else trunk_wd(k)) if decays else 0.0
            assert group["lr"] == pytest.approx(lr * scale, rel=1e-13, abs=1e-17), (
                k,
                group["name"],
            )
            assert group["weight_decay"] == pytest.approx(wd, rel=1e-13, abs=0.0), (
                k,
                group["name"],
            )
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


def test_torchs_own_scheduler_ignores_the_scale_of_a_group() -> None:
    groups = param_groups(Vit(2), layer_of=layers.vit, layer_decay=0.5)
    torchs = torch.optim.SGD(groups, lr=0.1)
    torch.optim.lr_scheduler.LambdaLR(torchs, lambda _: 0.5)
    assert {group["lr"] for group in torchs.param_groups} == {0.05}
    ours = torch.optim.SGD(
        param_groups(Vit(2), layer_of=layers.vit, layer_decay=0.5),
        lr=0.1,
    )
    ScheduleLR(ours, 10, lr=0.05)
    assert {group["lr"] for group in ours.param_groups} == {0.05 * 0.5**i for i in range(4)}


MODELS = {
    "beit": lambda: Vit(12),
    "mae": lambda: Vit(24),
    "convnext": lambda: ConvNext((3, 3, 27, 3)),
}


@pytest.mark.parametrize("name", shipped())
def test_every_recipe_is_built(name: str) -> None:
    model = MODELS.get(name.split("_", maxsplit=1)[0], lambda: ResNet((1, 1, 1, 1)))()
    text = Path(shipped()[name]).read_text(encoding="utf-8")
    if "name: adamw" not in text and "name: sgd" not in text:
        with pytest.raises(ValueError, match="name: is missing: it says which optimizer"):
            build(name, model, 1000)
        return
    optimizer, scheduler = build(name, model, 1000)
    assert (
        optimizer.param_groups[0]["lr"]
        == sc.load(shipped()[name])(0.0) * optimizer.param_groups[0]["lr_scale"]
    )
    assert len(scheduler.describe()) > 0


@pytest.mark.parametrize(
    ("name", "decay", "peak", "step", "wd"),
    [
        ("beit_base_finetune_100ep", 0.65, 4e-3, 200, 0.05),  # warmup 20 of 100 epochs
        ("mae_large_finetune_50ep", 0.75, 4e-3, 100, 0.05),  # 5 of 50
        ("convnext_base_finetune_30ep", 0.8, 5e-5, 0, 1e-8),  # none
    ],
)
def test_the_fine_tuning_recipes(
    name: str, decay: float, peak: float, step: int, wd: float
) -> None:
    optimizer, scheduler = build(name, MODELS[name.split("_", maxsplit=1)[0]](), 1000)
    scheduler.seek(step)
    last = {"beit": 13, "mae": 25, "convnext": 13}[name.split("_", maxsplit=1)[0]]
    assert type(optimizer) is torch.optim.AdamW
    seen = set()
    for group in optimizer.param_groups:
        layer = int(group["name"].split("_")[1])
        assert group["lr"] == pytest.approx(peak * decay ** (last - layer), rel=1e-15, abs=0.0)
        assert group["weight_decay"] == (0.0 if "no_decay" in group["name"] else wd)
        assert all("no_decay" in group["name"] for p in group["params"] if p.ndim < 2)
        seen.add(layer)
    assert seen == set(range(last + 1))
    exempt = [
        n for g in optimizer.param_groups if "no_decay" in g["name"] for n in g["param_names"]
    ]
    assert name.startswith("convnext") or {"cls_token", "pos_embed"} <= set(exempt)


def test_vissls_layer_decay_asks_for_biases_and_norms_in_resnets_alone() -> None:
    keys = {"weight_decay": 0.1, "layer_wise_lr_decay": {"decay": 0.5}}
    for more in ({}, {"regularize_bias": True, "regularize_bn": True}):
        assert not any(name.endswith("bias") for name in decayed(block(**keys, **more), Vit(1)))
    assert "fc.bias" in decayed(block(**keys), ResNet((1, 1, 1, 1)))
    assert "fc.bias" not in decayed(block(**keys, regularize_bias=False), ResNet((1, 1, 1, 1)))
    assert "bn1.weight" not in decayed(block(**keys), ResNet((1, 1, 1, 1)))
    assert "bn1.bias" in decayed(block(**keys, regularize_bn=True), ResNet((1, 1, 1, 1)))


def test_dinos_weight_decay() -> None:
    optimizer, scheduler = build("dino_vit_small_100ep", Vit(12), 100)
    held = {
        name for g in optimizer.param_groups if g["name"] == "decay" for name in g["param_names"]
    }
    assert held == {
        name for name, p in Vit(12).named_parameters() if p.ndim > 1
    }  # as its main_dino.py
    for step in (0, 50, 100):
        scheduler.seek(step)
        wd = {0: 0.04, 50: 0.22, 100: 0.4}[step]
        assert {g["name"]: g["weight_decay"] for g in optimizer.param_groups} == {"decay": pytest.approx(wd, rel=1e-15, abs=0.0), "no_decay": 0.0}  # fmt: skip


def test_swav_is_larc_around_sgd() -> None:
    model = ResNet((1, 1, 1, 1))
    optimizer, scheduler = build("swav_resnet50_400ep", model, 400)
    assert isinstance(optimizer, LARC)
    (group,) = optimizer.param_groups
    assert (group["momentum"], group["weight_decay"], group["lr"]) == (0.9, 1e-6, 0.3)
    for p in model.parameters():
        p.grad = torch.ones_like(p)
    before = model.conv1.weight.detach().clone()
    g, p = torch.ones_like(before), before
    a = 0.001 * p.norm() / (g.norm() + 1e-6 * p.norm() + 1e-8)
    optimizer.step()
    torch.testing.assert_close(model.conv1.weight.detach(), before - 0.3 * a * (g + 1e-6 * p))
    scheduler.seek(10)
    assert group["lr"] == 4.8


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"param_schedulers": {"lr": COSINE}}, "name: is missing: it says which optimizer, such as 'sgd' or 'adamw'"),
        (COSINE, "name: is missing: it says which optimizer, such as 'sgd' or 'adamw'"),
        (block("sdg"), "OPTIMIZER.name: is 'sdg', which is no optimizer of torch.optim; did you mean 'sgd'?"),
        (block("optimizer"), "OPTIMIZER.name: is 'optimizer', which is no optimizer of torch.optim; known are adadelta"),
        (block(3), "OPTIMIZER.name: must be a word, got 3"),
        (block(momentun=0.9), "OPTIMIZER.momentun: is no argument of SGD; did you mean 'momentum'?"),
        (block("adamw", momentum=0.8), "OPTIMIZER.momentum: is no argument of AdamW; known are betas, eps, weight_decay"),
        (block("adamw", nesterov=True), "OPTIMIZER.nesterov: is no argument of AdamW; known are"),
        (block(nesterov="yes"), "OPTIMIZER.nesterov: must be true or false, got 'yes'"),
        (block(nesterov=True), "OPTIMIZER: SGD: Nesterov momentum requires a momentum and zero dampening"),
        (block(momentum="high"), "OPTIMIZER.momentum: must be a number, got 'high'"),
        (block("adamw", betas=0.9), "OPTIMIZER.betas: must be a list of 2, got 0.9"),
        (block("adamw", betas=[0.9, 2.0]), "OPTIMIZER: AdamW: Invalid beta parameter at index 1: 2.0"),
        ({"OPTIMIZER": {**block()["OPTIMIZER"], "lr": 0.1}}, "OPTIMIZER.lr: is not written here but in param_schedulers.lr: {name: constant, value: ...} if it is one number"),
        (block(weight_decay=-0.1), "OPTIMIZER.weight_decay: must be at least 0, got -0.1"),
        (block(head_optimizer_params={"weight_decay": -0.1}), "OPTIMIZER.head_optimizer_params.weight_decay: must be at least 0, got -0.1"),
        (block("rprop", weight_decay=0.1), "OPTIMIZER.weight_decay: is no argument of Rprop"),
        (block("rprop", schedules={"weight_decay": HALF}), "OPTIMIZER.param_schedulers.weight_decay: is no number of Rprop's groups; known are lr"),
        (block("adamw", schedules={"momentum": HALF}), "OPTIMIZER.param_schedulers.momentum: is no number of AdamW's groups; known are lr, lr_head, weight_decay, weight_decay_head, eps"),
        (block(schedules={"lr_heads": HALF}), "OPTIMIZER.param_schedulers.lr_heads: is no number of SGD's groups; did you mean 'lr_head'?"),
        (block(use_zero=True), "OPTIMIZER.use_zero: is true, but a sharded optimizer is not built here: write false, and shard the model"),
        (block("adamw", use_larc=True), "OPTIMIZER.use_larc: is true, but only for sgd: other optimizers divide out what LARC scales by"),
        (block("adam", foreach="false"), "OPTIMIZER.foreach: must be true or false, got 'false'"),
        (block(use_larc=1), "OPTIMIZER.use_larc: must be true or false, got 1"),
        (block(larc_config={"trust": 1.0}), "OPTIMIZER.larc_config.trust: is not a key of larc_config; known are clip, eps, trust_coefficient"),
        (block(use_larc=True, larc_config={"trust_coefficient": -1.0}), "OPTIMIZER: SGD: LARC: 'trust_coefficient' must be above 0, got -1.0"),
        (block(larc_config=[]), "OPTIMIZER.larc_config: must be a mapping, got []"),
        (block(head_optimizer_params={"use_different_lr": True}), "OPTIMIZER.param_schedulers.lr_head: is missing: use_different_lr is true"),
        (block(head_optimizer_params={"use_different_values": True}), "OPTIMIZER.head_optimizer_params.use_different_values: is not a key of head_optimizer_params; did you mean"),
        (block(param_group_constructor="linear_eval_heads"), "OPTIMIZER.param_group_constructor: must be default or lr_decay or dino, got 'linear_eval_heads'"),
        (block(param_group_constructor="lr_decay"), "OPTIMIZER.layer_wise_lr_decay.decay: is missing: lr_decay needs it"),
        (block(layer_wise_lr_decay={"decay": 1.5}), "OPTIMIZER.layer_wise_lr_decay.decay: must be above 0, at most 1, got 1.5"),
        (block(layer_wise_lr_decay={"decay": 0.5, "layers": "swin"}), "OPTIMIZER.layer_wise_lr_decay: layers.swin: no parameter of the model is named as those of such networks; it has cls_token"),
        (block(non_regularized_parameters=["pos_embd"]), "OPTIMIZER.non_regularized_parameters: param_groups: 'no_decay' has '*pos_embd*', which matches no parameter"),
        (block(non_regularized_parameters="pos_embed"), "OPTIMIZER.non_regularized_parameters: must be a list, got 'pos_embed'"),
        (block(heads=["haed"]), "OPTIMIZER.heads: param_groups: 'heads' has 'haed', which matches no parameter; did you mean 'head'?"),
        (block(num_epochs=90, lr={**COSINE, "end_valu": 0}), "OPTIMIZER.param_schedulers.lr.end_valu: is not a key of cosine; did you mean 'end_value'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(config: Any, said: str) -> None:
    before = copy.deepcopy(config)
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        build(config, Vit(2), 100)
    assert config == before


def test_all_faults_are_told_at_once_with_lines(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(
        "OPTIMIZER:\n  name: sgd\n  nestrov: true\n  use_larc: 2\n  param_schedulers:\n    lr: {name: cosin}\n",
        encoding="utf-8",
    )
    with pytest.raises(ValueError, match="use_larc") as error:
        build(file, Vit(1), 10)
    assert [line.split(": ")[0] for line in str(error.value).splitlines()] == [
        f"{file}:4",
        f"{file}:6",
        f"{file}:3",
    ]


def test_a_file_that_is_none_is_no_recipe() -> None:
    with pytest.raises(
        ValueError, match=r"^swav: is neither a file nor a recipe; recipes are beit_base"
    ):
        build("swav", Vit(1), 10)


def test_a_recipe_for_swin_is_a_mapping() -> None:
    config = block("adamw", param_group_constructor="lr_decay", layer_wise_lr_decay={"decay": 0.9})
    optimizer, _ = build(config, Swin((2, 2, 6, 2)), 10)
    assert {g["lr_scale"] for g in optimizer.param_groups} == {0.9**i for i in range(14)}
    printed = json.loads(to_json(optimizer.param_groups))
    assert (
        "layers.0.blocks.0.attn.relative_position_bias_table"
        in printed["layer_1_no_decay"]["params"]
    )
