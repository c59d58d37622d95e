"""Parameter groups: what is in them, and that each parameter is in one of them, once."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import ConvNext, Swin, Vit
from torch import nn

from schedcore_torch import ScheduleLR, describe, layers, param_groups, to_json

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "golden" / "convnext_small_groups.json").read_text(
        encoding="utf-8"
    )
)


def names(model: nn.Module, **given: Any) -> dict[str, list[str]]:
    return {group["name"]: group["param_names"] for group in param_groups(model, **given)}


def scales(model: nn.Module, **given: Any) -> dict[str, float]:
    return {group["name"]: group["lr_scale"] for group in param_groups(model, **given)}


def test_convnext_small_is_as_it_was_printed() -> None:
    groups = param_groups(
        ConvNext((3, 3, 27, 3)),
        weight_decay=0.5,
        layer_of=layers.convnext,
        layer_scales=np.linspace(1, 0.5, 14),
    )
    printed = json.loads(to_json(groups))
    assert printed.keys() == GOLDEN["groups"].keys()
    for name, expected in GOLDEN["groups"].items():
        assert sorted(printed[name]["params"]) == sorted(expected["params"]), name
        assert (printed[name]["lr_scale"], printed[name]["weight_decay"]) == (
            expected["lr_scale"],
            expected["weight_decay"],
        )
        assert list(printed[name]) == list(expected)


def test_the_tensors_of_a_group_are_those_that_it_names() -> None:
    model = Vit(2)
    by_name = dict(model.named_parameters())
    for group in param_groups(model, layer_of=layers.vit, layer_decay=0.5):
        assert [id(by_name[name]) for name in group["param_names"]] == list(
            map(id, group["params"])
        )
        assert group.keys() == {"name", "params", "param_names", "lr_scale", "weight_decay"}


def test_without_layers_there_are_two_groups() -> None:
    model = nn.ModuleDict(
        {
            "embedding": nn.Embedding(4, 2),
            "attention": nn.MultiheadAttention(2, 1),
            "norms": nn.ModuleList(
                [nn.RMSNorm((2, 2)), nn.GroupNorm(1, 2), nn.BatchNorm1d(2), nn.LayerNorm((3, 2))]
            ),
            "scale": nn.ParameterDict({"logit": nn.Parameter(torch.tensor(1.0))}),
        }
    )
    assert names(model) == {
        "decay": ["embedding.weight", "attention.in_proj_weight", "attention.out_proj.weight"],
        "no_decay": [
            "attention.in_proj_bias", "attention.out_proj.bias", "norms.0.weight", "norms.1.weight", "norms.1.bias",
            "norms.2.weight", "norms.2.bias", "norms.3.weight", "norms.3.bias", "scale.logit",
        ],
    }  # fmt: skip


def test_norms_of_other_libraries_are_known_by_their_name() -> None:
    class LlamaRMSNorm(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(1, 4))

    class PreNorm(nn.Module):  # it has a norm, and is none
        def __init__(self) -> None:
            super().__init__()
            self.norm = LlamaRMSNorm()
            self.fn = nn.Linear(2, 2, bias=False)

    assert names(PreNorm()) == {"decay": ["fn.weight"], "no_decay": ["norm.weight"]}


def test_the_norm_of_convnext_v2_has_no_decay() -> None:
    class GRN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gamma = nn.Parameter(torch.zeros(1, 1, 1, 4))

    assert names(GRN()) == {"no_decay": ["gamma"]}


def test_a_bias_of_any_shape_has_no_decay() -> None:
    model = nn.Module()
    model.bias = nn.Parameter(torch.ones(2, 2))
    model.table_bias = nn.Parameter(torch.ones(2, 2))
    assert names(model) == {"no_decay": ["bias"], "decay": ["table_bias"]}


def test_what_the_model_itself_takes_out() -> None:
    wrapped = nn.ModuleDict({"trunk": Vit(1), "cls_token": nn.Linear(2, 2, bias=False)})
    found = names(wrapped)
    assert {"trunk.cls_token", "trunk.pos_embed"} <= set(found["no_decay"])
    assert "cls_token.weight" in found["decay"]  # it is no name of the trunk's
    tables = [name for name in names(Swin((1, 1)))["no_decay"] if "table" in name]
    assert len(tables) == 2


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        ("head", ["head.weight"]),
        ("pos_embed", ["trunk.pos_embed"]),
        ("trunk.pos_embed", ["trunk.pos_embed"]),
        ("blocks.*.weight", ["trunk.blocks.0.fc.weight", "trunk.blocks.1.fc.weight"]),
        ("blocks.1", ["trunk.blocks.1.fc.weight"]),
        ("fc*", ["trunk.blocks.0.fc.weight", "trunk.blocks.1.fc.weight"]),
        ("*head", ["trunk.multi_head.weight", "head.weight"]),
        ("*.0.*", ["trunk.blocks.0.fc.weight"]),
        (nn.Bilinear, ["trunk.multi_head.weight"]),
        (re.compile(r"fc\.w|^head"), ["trunk.blocks.0.fc.weight", "trunk.blocks.1.fc.weight", "head.weight"]),
    ],
)  # fmt: skip
def test_a_pattern_names_whole_steps(pattern: Any, taken: list[str]) -> None:
    trunk = nn.Module()
    trunk.pos_embed = nn.Parameter(torch.ones(2, 2))
    trunk.blocks = nn.ModuleList(
        nn.ModuleDict({"fc": nn.Linear(2, 2, bias=False)}) for _ in range(2)
    )
    trunk.multi_head = nn.Bilinear(2, 2, 2, bias=False)
    model = nn.ModuleDict({"trunk": trunk, "head": nn.Linear(2, 2, bias=False)})
    assert names(model, no_decay=[pattern])["no_decay"] == taken
    assert names(model, heads=[pattern])["decay_head"] == taken


def test_head_and_trunk_that_share_a_layer() -> None:
    model = Vit(1)
    groups = param_groups(
        model,
        weight_decay={"trunk": 0.05, "head": 0.01},
        layer_of=layers.vit,
        layer_decay=0.5,
        heads=["head"],
    )
    last = {
        g["name"]: (g["param_names"], g["weight_decay"], g["lr_scale"])
        for g in groups
        if "_2_" in g["name"]
    }
    assert last == {
        "layer_2_no_decay": (["norm.weight", "norm.bias"], 0.0, 1.0),
        "layer_2_decay_head": (["head.weight"], 0.01, 1.0),
        "layer_2_no_decay_head": (["head.bias"], 0.0, 1.0),
    }


def test_the_last_layer_of_a_function_is_the_highest_over_all() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2))
    model[2].requires_grad_(False)
    assert scales(model, layer_of=lambda name: int(name[0]), layer_decay=0.5) == {
        "layer_0_decay": 0.25, "layer_0_no_decay": 0.25, "layer_1_decay": 0.5, "layer_1_no_decay": 0.5,
    }  # fmt: skip


def test_the_scales_are_powers() -> None:
    found = scales(Vit(12), layer_of=layers.vit, layer_decay=0.65)
    assert {int(name.split("_")[1]): x for name, x in found.items()} == {
        i: 0.65 ** (13 - i) for i in range(14)
    }
    assert set(scales(Vit(2), layer_of=layers.vit).values()) == {1.0}


@pytest.mark.parametrize("make", [list, tuple, np.asarray, torch.tensor])
def test_scales_may_be_any_sequence(make: Any) -> None:
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    found = scales(model, layer_of=lambda name: int(name[0]), layer_scales=make([0.5, 2.0]))
    assert found == {"layer_0_decay": 0.5, "layer_1_decay": 2.0}
    assert {type(x) for x in found.values()} == {float}


def test_a_tied_parameter_is_where_its_lowest_layer_is() -> None:
    model = nn.ModuleDict({"head": nn.Linear(2, 2, bias=False), "embed": nn.Embedding(2, 2)})
    model["head"].weight = model["embed"].weight
    layer = {"embed": 0, "head": 3}
    found = param_groups(
        model, layer_of=lambda name: layer[name.split(".")[0]], layer_decay=0.5, heads=["head"]
    )
    assert [(g["name"], g["param_names"], g["lr_scale"]) for g in found] == [
        ("layer_0_decay", ["head.weight"], 0.125)
    ]
    assert names(model, no_decay=["embed"]) == {"no_decay": ["head.weight"]}


def test_adapters_alone_are_trained() -> None:
    model = Vit(2)
    model.requires_grad_(False)
    for block in model.blocks:
        block.qkv.lora_A = nn.Linear(8, 2, bias=False)
        block.qkv.lora_B = nn.Linear(2, 24, bias=False)
    assert scales(model, layer_of=layers.vit, layer_decay=0.5) == {
        "layer_1_decay": 0.25,
        "layer_2_decay": 0.5,
    }


def test_lazy_modules_are_grouped_before_they_have_a_shape() -> None:
    model = nn.Sequential(nn.LazyLinear(4), nn.LazyBatchNorm1d(), nn.LazyConv1d(2, 1))
    groups = param_groups(model, weight_decay=0.1)
    assert {g["name"]: g["param_names"] for g in groups} == {
        "decay": ["0.weight", "2.weight"],
        "no_decay": ["0.bias", "1.weight", "1.bias", "2.bias"],
    }
    assert describe(groups).splitlines()[1].split() == ["decay", "2", "not", "yet", "1", "0.1"]
    model[:2](torch.randn(3, 5))
    model[2](torch.randn(2, 3, 4))
    assert names(model) == {g["name"]: g["param_names"] for g in groups}
    raw = nn.Module()
    raw.table = nn.UninitializedParameter()
    with pytest.raises(
        ValueError,
        match=r"^param_groups: 'table' has no shape yet: pass a batch through the model first",
    ):
        param_groups(raw)


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"layer_of": layers.vit, "layer_decay": 0.5},
        {"layer_of": lambda name: int(name.startswith("head")), "layer_decay": 0.5},
    ],
)
def test_the_model_and_its_wrapper_have_the_same_groups(rules: dict[str, Any]) -> None:
    model = Vit(1)
    wrapped = nn.DataParallel(model)
    assert to_json(param_groups(wrapped, **rules)) == to_json(param_groups(model, **rules))


def test_flat_parameters_are_refused() -> None:
    class FullyShardedDataParallel(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self._fsdp_wrapped_module = nn.Linear(2, 2)

    flat = nn.Module()
    flat._flat_param = nn.Parameter(torch.ones(3))
    marked = nn.Linear(2, 2)
    marked.weight._is_flat_param = True
    stub = nn.Module()
    stub._fsdp_wrapped_module = nn.Linear(2, 2)
    for model in (nn.Sequential(FullyShardedDataParallel()), flat, marked, stub):
        with pytest.raises(
            ValueError,
            match=r"flattens parameters, .*: shard it with torch.distributed.fsdp.fully_shard",
        ):
            param_groups(model)


class Built:
    """A module of any structure: nested, with shared modules, tied and frozen parameters."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw, self.tensors, self.modules = draw, [], []

    def module(self, depth: int) -> nn.Module:
        if self.modules and self.draw(st.integers(0, 4)) == 0:
            return self.draw(st.sampled_from(self.modules))  # shared
        kind = self.draw(
            st.sampled_from(
                ["linear", "norm", "raw", "nested", "nested"]
                if depth
                else ["linear", "norm", "raw"]
            )
        )
        if kind == "nested":
            count = self.draw(st.integers(0, 3))
            module: nn.Module = nn.ModuleDict(
                {f"part{i}": self.module(depth - 1) for i in range(count)}
            )
        elif kind == "linear":
            module = nn.Linear(2, 2, bias=self.draw(st.booleans()))
        elif kind == "norm":
            module = self.draw(st.sampled_from([nn.LayerNorm, nn.RMSNorm, nn.BatchNorm1d]))(2)
        else:
            module = nn.Module()
            for i in range(self.draw(st.integers(0, 2))):
                tensor = nn.Parameter(torch.ones([2] * self.draw(st.integers(0, 3))))
                if self.tensors and self.draw(st.booleans()):
                    tensor = self.draw(st.sampled_from(self.tensors))  # tied
                setattr(module, f"raw{i}", tensor)
        for tensor in module.parameters(recurse=False):
            tensor.requires_grad_(self.draw(st.integers(0, 3)) > 0)  # or frozen
            self.tensors.append(tensor)
        self.modules.append(module)
        return module


@st.composite
def modules(draw: st.DrawFn) -> nn.Module:
    return Built(draw).module(3)


@settings(max_examples=settings().max_examples * 2)
@given(modules(), st.booleans(), st.booleans())
def test_groups_are_a_partition_of_what_is_trained(
    model: nn.Module, by_layer: bool, split: bool
) -> None:
    trained = {id(p) for p in model.parameters() if p.requires_grad}
    given: dict[str, Any] = {"heads": ["*"]} if split and list(model.parameters()) else {}
    if by_layer:
        given |= {"layer_of": lambda name: name.count("1"), "layer_decay": 0.5}
    if not trained:
        with pytest.raises(
            ValueError, match=r"^param_groups: the model has no parameter that requires a gradient"
        ):
            param_groups(model, **given)
        return
    groups = param_groups(model, weight_decay=0.1, **given)
    grouped = [id(p) for group in groups for p in group["params"]]
    assert sorted(grouped) == sorted(trained)
    assert len({group["name"] for group in groups}) == len(groups)
    kinds = {id(p): p.ndim >= 2 for p in model.parameters()}
    for group in groups:
        decays = "no_decay" not in group["name"]
        assert group["weight_decay"] == (0.1 if decays else 0.0)
        assert all(kinds[id(p)] == decays for p in group["params"])  # all norms here are vectors
        assert [
            dict(model.named_parameters())[name] is p
            for name, p in zip(group["param_names"], group["params"], strict=True)
        ]
    torch.optim.SGD(groups, lr=0.1)  # which takes no parameter twice


def test_groups_are_written_by_a_scheduler_and_survive_the_optimizer() -> None:
    groups = param_groups(Vit(1), weight_decay=0.1, layer_of=layers.vit, layer_decay=0.5)
    before = to_json(groups)
    optimizer = torch.optim.AdamW(groups, lr=1.0)
    scheduler = ScheduleLR(optimizer, 10, lr=0.5)
    assert scheduler.last_values()["lr/layer_0_decay"] == 0.5 * 0.25
    assert to_json(optimizer.param_groups) == before
    assert describe(optimizer.param_groups) == describe(groups)


def test_the_table() -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.LayerNorm(2))
    assert describe(param_groups(model, weight_decay=0.05)).splitlines() == [
        "group     tensors  numbers  lr_scale  weight_decay",
        "decay           1        6         1          0.05",
        "no_decay        3        6         1             0",
    ]
    plain = torch.optim.SGD(model.parameters(), lr=0.1)
    assert describe(plain.param_groups).splitlines()[1].split() == ["0", "4", "12", "1", "0"]
    with pytest.raises(
        ValueError, match=r"^to_json: a group has no 'name'; those that param_groups makes have one"
    ):
        to_json(plain.param_groups)


MODEL = Vit(2)


@pytest.mark.parametrize(
    ("given", "kind", "said"),
    [
        ({"weight_decay": -0.1}, ValueError, "param_groups: 'weight_decay' must be at least 0, got -0.1"),
        ({"weight_decay": True}, TypeError, "param_groups: 'weight_decay' must be a number, got True"),
        ({"weight_decay": {"trunk": 0.1, "head": 0.0}}, ValueError, "param_groups: 'weight_decay' is given for trunk and head, so heads must be given: patterns of what belongs to a head, got {'trunk': 0.1, 'head': 0.0}"),
        ({"weight_decay": {"trunk": 0.1}, "heads": ["head"]}, ValueError, "param_groups: 'weight_decay' must have both 'trunk' and 'head', got {'trunk': 0.1}"),
        ({"weight_decay": {"trunk": 0.1, "hed": 0.1}, "heads": ["head"]}, ValueError, "param_groups: 'weight_decay' must be one of 'trunk', 'head', got 'hed'"),
        ({"no_decay": "bias"}, TypeError, "param_groups: 'no_decay' must be a list or a tuple, got 'bias'"),
        ({"no_decay": ["pos_embd"]}, ValueError, "param_groups: 'no_decay' has 'pos_embd', which matches no parameter; did you mean 'pos_embed'? The model has cls_token, pos_embed, patch_embed, blocks, norm, head"),
        ({"no_decay": ["hea"]}, ValueError, "param_groups: 'no_decay' has 'hea', which matches no parameter; did you mean 'head'? The model has cls_token, pos_embed, patch_embed, blocks, norm, head"),
        ({"no_decay": [""]}, TypeError, "param_groups: 'no_decay' must hold names, patterns such as 'blocks.*.weight', compiled regular expressions or classes of modules, got ''"),
        ({"no_decay": [3]}, TypeError, "param_groups: 'no_decay' must hold names, patterns such as 'blocks.*.weight', compiled regular expressions or classes of modules, got 3"),
        ({"heads": ["classifier"]}, ValueError, "param_groups: 'heads' has 'classifier', which matches no parameter; The model has cls_token, pos_embed, patch_embed, blocks, norm, head"),
        ({"heads": []}, ValueError, "param_groups: 'heads' must name what belongs to a head, or be None"),
        ({"layer_decay": 0.5}, ValueError, "param_groups: 'layer_decay' needs layer_of: layers.vit or another rule, or a function name -> layer"),
        ({"layer_scales": [1.0]}, ValueError, "param_groups: 'layer_scales' needs layer_of: layers.vit or another rule, or a function name -> layer"),
        ({"layer_of": layers.vit, "layer_decay": 0.5, "layer_scales": [1.0]}, ValueError, "param_groups: give layer_decay or layer_scales, not both"),
        ({"layer_of": layers.vit, "layer_decay": 0.0}, ValueError, "param_groups: 'layer_decay' must be above 0 (to freeze layers, set requires_grad to False), got 0.0"),
        ({"layer_of": layers.vit, "layer_decay": 75}, ValueError, "param_groups: 'layer_decay' must be between 0.0 and 1.0, got 75"),
        ({"layer_of": layers.vit, "layer_scales": [1.0, 0.5]}, ValueError, "param_groups: 'layer_scales' must have one entry for each of the layers 0 to 3, which are 4, got 2"),
        ({"layer_of": layers.vit, "layer_scales": [1.0] * 5}, ValueError, "param_groups: 'layer_scales' must have one entry for each of the layers 0 to 3, which are 4, got 5"),
        ({"layer_of": layers.vit, "layer_scales": [1.0, 0.5, -1.0, 1.0]}, ValueError, "param_groups: 'layer_scales[2]' must be at least 0, got -1.0"),
        ({"layer_of": layers.vit, "layer_scales": 0.5}, TypeError, "param_groups: 'layer_scales' must be a list or a tuple, got 0.5"),
        ({"layer_of": "vit"}, TypeError, "param_groups: 'layer_of' must be layers.vit or another rule, or a function name -> layer, got 'vit'"),
        ({"layer_of": lambda _: None}, TypeError, "param_groups: \"layer_of('cls_token')\" must be an integer, got None"),
        ({"layer_of": lambda _: -1}, ValueError, "param_groups: \"layer_of('cls_token')\" must be at least 0, got -1"),
    ],
)  # fmt: skip
def test_what_is_refused(given: dict[str, Any], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=f"^{__import__('re').escape(said)}$"):
        param_groups(MODEL, **given)


def test_a_model_must_be_a_module() -> None:
    with pytest.raises(
        TypeError, match=r"^param_groups: 'model' must be a torch module, got <generator"
    ):
        param_groups(MODEL.parameters())  # type: ignore[arg-type]
