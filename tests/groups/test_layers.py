"""The layers of networks, against the published rules."""

import re
from typing import Any

import pytest
import torch
import transformers
from networks import ConvNext, ResNet, Swin, TimmConvNext, Vit
from torch import nn

from schedcore_torch import layers, param_groups


def covers(table: dict[str, int], name: str) -> list[int]:
    return [layer for path, layer in table.items() if f"{name}.".startswith(f"{path}.")]


def same(model: nn.Module, rule: Any, last: int, table: dict[str, int]) -> None:
    """Each parameter is under one path of the table, and each path is there."""
    bound = rule(model)
    assert bound.last == last
    names = [name for name, _ in model.named_parameters()]
    for name in names:
        assert covers(table, name) == [bound(name)], name
    for path in table:
        assert any(f"{name}.".startswith(f"{path}.") for name in names), path


# beit/optim_factory.py of https://github.com/microsoft/unilm, get_num_layer_for_vit, for 3 blocks
# (num_max_layer = 5): tokens and embeddings 0, block i layer i + 1, all else 4.
BEIT = {"cls_token": 0, "pos_embed": 0, "patch_embed": 0, "blocks.0": 1, "blocks.1": 2, "blocks.2": 3, "norm": 4, "head": 4}  # fmt: skip
# The same as Hugging Face names the modules; the pooler's norm is the final norm, fc_norm, there.
VIT_HF = {"vit.embeddings": 0, "vit.layers.0": 1, "vit.layers.1": 2, "vit.layernorm": 3, "classifier": 3}  # fmt: skip
BEIT_HF = {"beit.embeddings": 0, "beit.shared_position_bias": 3, "beit.layers.0": 1, "beit.layers.1": 2, "beit.pooler": 3, "classifier": 3}  # fmt: skip
DINOV2_HF = {"dinov2.embeddings": 0, "dinov2.encoder.layer.0": 1, "dinov2.encoder.layer.1": 2, "dinov2.layernorm": 3, "classifier": 3}  # fmt: skip
VIT_HF_4 = {"vit.embeddings": 0, "vit.encoder.layer.0": 1, "vit.encoder.layer.1": 2, "vit.layernorm": 3, "classifier": 3}  # fmt: skip
# optimizer.py of https://github.com/microsoft/SimMIM, get_swin_layer, for depths 2-2-3-1
# (num_layers = 10): block b of stage s is sum(depths[:s]) + b + 1, its downsampling goes with the
# last block of the stage, all else is 9.
SWIN = {"patch_embed": 0, "layers.0.blocks.0": 1, "layers.0.blocks.1": 2, "layers.0.downsample": 2,
        "layers.1.blocks.0": 3, "layers.1.blocks.1": 4, "layers.1.downsample": 4,
        "layers.2.blocks.0": 5, "layers.2.blocks.1": 6, "layers.2.blocks.2": 7, "layers.2.downsample": 7,
        "layers.3.blocks.0": 8, "norm": 9, "head": 9}  # fmt: skip
# timm names what leads out of stage s by the next one.
SWIN_TIMM = {path.replace("2.down", "3.down").replace("1.down", "2.down").replace("0.down", "1.down"): layer for path, layer in SWIN.items()}  # fmt: skip
SWIN_HF = {"swin.embeddings": 0, "swin.encoder.layers.0.blocks.0": 1, "swin.encoder.layers.0.downsample": 1,
           "swin.encoder.layers.1.blocks.0": 2, "swin.encoder.layers.1.blocks.1": 3, "swin.layernorm": 4, "classifier": 4}  # fmt: skip
# object_detection/mmcv_custom/layer_decay_optimizer_constructor.py of
# https://github.com/facebookresearch/ConvNeXt, get_num_layer_layer_wise with num_max_layer = 6, as
# its configurations of ConvNeXt-T (3-3-9-3) have it.
TINY = {"downsample_layers.0": 0, "stages.0": 1, "downsample_layers.1": 2, "stages.1": 2, "downsample_layers.2": 3,
        **{f"stages.2.{b}": 3 + b // 3 for b in range(9)}, "downsample_layers.3": 6, "stages.3": 6, "norm": 7, "head": 7}  # fmt: skip
TINY_TIMM = {"stem": 0, "stages.0": 1, "stages.1": 2, "stages.2.downsample": 3,
             **{f"stages.2.blocks.{b}": 3 + b // 3 for b in range(9)}, "stages.3": 6, "head": 7}  # fmt: skip
TINY_HF = {"convnext.embeddings": 0, "convnext.encoder.stages.0": 1, "convnext.encoder.stages.1": 2,
           "convnext.encoder.stages.2.downsampling_layer": 3,
           **{f"convnext.encoder.stages.2.layers.{b}": 3 + b // 3 for b in range(9)},
           "convnext.encoder.stages.3": 6, "convnext.layernorm": 7, "classifier": 7}  # fmt: skip
# vissl/optimizers/param_groups/layer_decay.py of https://github.com/facebookresearch/vissl,
# get_resnet_param_depth with num_layers = 4.
RESNET = {"conv1": 0, "bn1": 0, "layer1": 1, "layer2": 2, "layer3": 3, "layer4": 4, "fc": 5}
RESNET_HF = {"resnet.embedder": 0, "resnet.encoder.stages.0": 1, "resnet.encoder.stages.1": 2, "resnet.encoder.stages.2": 3,
             "resnet.encoder.stages.3": 4, "classifier": 5}  # fmt: skip

SMALL = {"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 16, "patch_size": 8}  # fmt: skip


def hf_vit() -> nn.Module:
    return transformers.ViTForImageClassification(
        transformers.ViTConfig(**SMALL, intermediate_size=8)
    )


def hf_beit() -> nn.Module:
    config = transformers.BeitConfig(
        **SMALL, intermediate_size=8, use_shared_relative_position_bias=True
    )
    return transformers.BeitForImageClassification(config)


def hf_dinov2() -> nn.Module:
    return transformers.Dinov2ForImageClassification(transformers.Dinov2Config(**SMALL))


def hf_swin() -> nn.Module:
    config = transformers.SwinConfig(embed_dim=8, depths=[1, 2], num_heads=[2, 2], image_size=16, patch_size=2, window_size=2)  # fmt: skip
    return transformers.SwinForImageClassification(config)


def hf_convnext() -> nn.Module:
    config = transformers.ConvNextConfig(hidden_sizes=[4] * 4, depths=[3, 3, 9, 3])
    return transformers.ConvNextForImageClassification(config)


def hf_resnet() -> nn.Module:
    config = transformers.ResNetConfig(embedding_size=4, hidden_sizes=[4] * 4, depths=[1, 2, 1, 1])
    return transformers.ResNetForImageClassification(config)


def hf_vit_4() -> nn.Module:
    """The names that transformers had until version 4."""
    vit = nn.ModuleDict(
        {
            "embeddings": nn.ModuleDict({"patch_embeddings": nn.Linear(2, 2)}),
            "encoder": nn.ModuleDict({"layer": nn.ModuleList(nn.ModuleDict({"output": nn.Linear(2, 2)}) for _ in range(2))}),
            "layernorm": nn.LayerNorm(2),
        }
    )  # fmt: skip
    return nn.ModuleDict({"vit": vit, "classifier": nn.Linear(2, 2)})


CASES: dict[str, tuple[Any, Any, int, dict[str, int]]] = {
    "ViT, timm and BEiT": (lambda: Vit(3), layers.vit, 4, BEIT),
    "ViT, Hugging Face": (hf_vit, layers.vit, 3, VIT_HF),
    "ViT, Hugging Face 4": (hf_vit_4, layers.vit, 3, VIT_HF_4),
    "BEiT, Hugging Face": (hf_beit, layers.vit, 3, BEIT_HF),
    "DINOv2, Hugging Face": (hf_dinov2, layers.vit, 3, DINOV2_HF),
    "Swin": (lambda: Swin((2, 2, 3, 1)), layers.swin, 9, SWIN),
    "Swin, timm": (lambda: Swin((2, 2, 3, 1), timm=True), layers.swin, 9, SWIN_TIMM),
    "Swin, Hugging Face": (hf_swin, layers.swin, 4, SWIN_HF),
    "ConvNeXt-T": (lambda: ConvNext((3, 3, 9, 3)), layers.convnext, 7, TINY),
    "ConvNeXt-T, timm": (lambda: TimmConvNext((3, 3, 9, 3)), layers.convnext, 7, TINY_TIMM),
    "ConvNeXt-T, Hugging Face": (hf_convnext, layers.convnext, 7, TINY_HF),
    "ResNet": (lambda: ResNet((1, 2, 1, 1)), layers.resnet, 5, RESNET),
    "ResNet, Hugging Face": (hf_resnet, layers.resnet, 5, RESNET_HF),
}


@pytest.mark.parametrize("case", CASES)
def test_the_published_rule(case: str) -> None:
    make, rule, last, table = CASES[case]
    same(make(), rule, last, table)


@pytest.mark.parametrize("case", CASES)
def test_a_rule_finds_the_network_inside_another(case: str) -> None:
    make, rule, last, table = CASES[case]
    outer = nn.ModuleDict({"trunk": make(), "heads": nn.Linear(2, 2)})
    same(
        outer,
        rule,
        last,
        {**{f"trunk.{path}": layer for path, layer in table.items()}, "heads": last},
    )


@pytest.mark.parametrize("case", CASES)
def test_only_one_rule_fits_a_network(case: str) -> None:
    make, rule, _, _ = CASES[case]
    model = make()
    assert (
        layers.fitting(model) == rule(model) or layers.fitting(model).layout == rule(model).layout
    )


def test_frozen_layers_are_counted() -> None:
    model = Vit(3)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name.startswith(("blocks.0", "head")))
    assert layers.vit(model).last == 4
    scales = {
        group["name"]: group["lr_scale"]
        for group in param_groups(model, layer_of=layers.vit, layer_decay=0.5)
    }
    assert scales == {
        "layer_1_decay": 0.125,
        "layer_1_no_decay": 0.125,
        "layer_4_decay": 1.0,
        "layer_4_no_decay": 1.0,
    }


def test_names_of_wrappers_are_left_out() -> None:
    model = Vit(2)
    model.blocks[1] = torch.compile(model.blocks[1], backend="eager")  # type: ignore[assignment]
    wrapped = nn.DataParallel(model)
    assert any("_orig_mod" in name for name, _ in wrapped.named_parameters())
    names = [name for group in param_groups(wrapped) for name in group["param_names"]]
    assert sorted(names) == sorted(name for name, _ in Vit(2).named_parameters())
    compiled = torch.compile(wrapped, backend="eager")
    assert layers.vit(compiled).last == 3
    assert [name for group in param_groups(compiled) for name in group["param_names"]] == names


def test_other_depths_of_convnext_are_counted_by_threes() -> None:
    bound = layers.convnext(ConvNext((2, 2, 6, 2)))
    assert [bound(f"stages.2.{b}.gamma") for b in range(6)] == [3, 3, 3, 4, 4, 4]
    assert (bound("stages.3.0.gamma"), bound.last) == (5, 6)
    assert layers.convnext(ConvNext((1, 1, 4, 1))).last == 6


def test_an_unknown_model_is_an_error_that_lists_its_names() -> None:
    model = nn.ModuleDict({"embed": nn.Linear(2, 2), "decoder": nn.Linear(2, 2)})
    with pytest.raises(ValueError, match=r"^layers.swin: no parameter of the model is named as those of such networks; it has embed, decoder. layer_of may be a function"):  # fmt: skip
        layers.swin(model)
    with pytest.raises(ValueError, match=r"^layers: none of vit, swin, convnext, resnet fits the model, which has embed, decoder"):  # fmt: skip
        layers.fitting(model)


def test_a_decoder_is_no_vision_transformer() -> None:
    llama = nn.ModuleDict(
        {"embed_tokens": nn.Embedding(2, 2), "layers": nn.ModuleList([nn.Linear(2, 2)])}
    )
    with pytest.raises(
        ValueError,
        match=r"^layers.vit: no parameter of the model is named as those of such networks; it has embed_tokens, layers",
    ):
        layers.vit(llama)


def test_a_swin_of_one_stage() -> None:
    config = transformers.SwinConfig(
        embed_dim=8, depths=[2], num_heads=[2], image_size=16, patch_size=2, window_size=2
    )
    bound = layers.swin(transformers.SwinForImageClassification(config))
    assert bound("swin.embeddings.norm.weight") == 0
    assert (bound("swin.encoder.layers.0.blocks.1.mlp.fc1.weight"), bound.last) == (2, 3)


def test_two_networks_in_one_model_are_an_error() -> None:
    model = nn.ModuleDict({"text": Vit(2), "image": Vit(2)})
    with pytest.raises(ValueError, match=r"^layers.vit: the model has several such networks, named 'image.', 'text.': "):  # fmt: skip
        layers.vit(model)


def test_blocks_in_chunks_are_an_error() -> None:
    block = nn.Linear(2, 2)
    chunks = [nn.Sequential(), nn.Sequential()]
    for number in range(4):
        chunks[number // 2].add_module(str(number), block)
    with pytest.raises(ValueError, match=r"^layers.vit: the blocks of the model are in chunks"):
        layers.vit(nn.ModuleDict({"blocks": nn.ModuleList(chunks)}))
    assert (
        layers.vit(nn.ModuleDict({"blocks": nn.ModuleList([nn.Sequential(block)] * 2)})).last == 3
    )


def test_one_chunk_of_blocks_is_an_error_too() -> None:
    chunk = nn.ModuleList([nn.Identity() if i > 11 else nn.Linear(2, 2) for i in range(12)])
    with pytest.raises(ValueError, match=r"^layers.vit: the blocks of the model are in chunks"):
        layers.vit(nn.ModuleDict({"blocks": nn.ModuleList([chunk]), "head": nn.Linear(2, 2)}))


def test_clip_s_vision_model() -> None:
    config = transformers.CLIPVisionConfig(**SMALL, intermediate_size=8)
    same_prefix = layers.vit(transformers.CLIPVisionModel(config))
    names = [name for name, _ in transformers.CLIPVisionModel(config).named_parameters()]
    found = {name: same_prefix(name) for name in names}
    for name, layer in found.items():
        block = re.search(r"layers\.(\d)\.", name)
        early = "embeddings" in name or "pre_layrnorm" in name
        assert layer == (int(block[1]) + 1 if block else 0 if early else 3), name


def test_a_bound_rule_is_for_its_own_model() -> None:
    with pytest.raises(
        ValueError,
        match=r"^param_groups: 'layer_of' is layers.vit of another model, whose last layer is 2, but this one has layer 3",
    ):
        param_groups(Vit(3), layer_of=layers.vit(Vit(1)), layer_decay=0.5)


def test_convnext_needs_four_stages_and_no_stage_may_be_missing() -> None:
    with pytest.raises(
        ValueError, match=r"^layers.convnext: the rule is for four stages, but the model has 3"
    ):
        layers.convnext(ConvNext((1, 1, 1)))
    model = Swin((1, 1, 1))
    model.layers[1] = nn.Identity()
    with pytest.raises(ValueError, match=r"^layers.swin: the model has no blocks in stage 1"):
        layers.swin(model)
