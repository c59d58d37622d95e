"""Which layer of a network a parameter belongs to, by its name: the published rules.

Layer 0 is what the input meets first; the last layer is the head, with all that no rule names, such
as the final norm. `vit`, `swin`, `convnext` and `resnet` are rules. Called with a model, a rule
counts its layers and gives a function of names; ValueError if the model is not of that kind.

>>> blocks = nn.ModuleDict({"blocks": nn.ModuleList([nn.Linear(1, 1)])})
>>> vit(blocks)("blocks.0.weight")
1
>>> swin(nn.ModuleDict({"layers": nn.ModuleList([blocks])}))("layers.0.blocks.0.bias")
1
>>> stages = nn.ModuleList(nn.ModuleList([nn.Linear(1, 1)]) for _ in range(4))
>>> convnext(nn.ModuleDict({"stages": stages}))("stages.3.0.weight")
4
>>> resnet(nn.ModuleDict({"layer1": nn.Linear(1, 1)}))("conv1.weight")
0
"""

from torch import nn

from schedcore_torch._groups.layer_rules import Layers, Layout, Rule, by_threes, one_by_one
from schedcore_torch._groups.parameters import beginnings, names_in

__all__ = ["convnext", "resnet", "swin", "vit"]

_DEEP = ("conv2", "bn2", "conv3", "bn3")  # of a stem of three convolutions, as CLIP's
_TOKENS = ("cls_token", "mask_token", "dist_token", "reg_token", "register_tokens")
_EMBEDDINGS = (*_TOKENS, "pos_embed", "patch_embed")

vit = Rule(
    "vit",
    (
        Layout(r"blocks\.(\d+)", _EMBEDDINGS),  # BEiT, MAE, DINO, timm, VISSL
        Layout(r"encoder\.layer\.(\d+)", ("embeddings",), with_stem=True),  # transformers
        Layout(  # transformers' CLIP and SigLIP
            r"encoder\.layers\.(\d+)(?!\.blocks\.)",
            ("embeddings", "pre_layrnorm"),
            with_stem=True,
        ),
        Layout(  # transformers 5
            r"layers\.(\d+)(?!\.blocks\.)", ("embeddings",), with_stem=True
        ),
        Layout(  # torchvision
            r"encoder\.layers\.encoder_layer_(\d+)",
            ("class_token", "conv_proj", "encoder.pos_embedding"),
        ),
    ),
    one_by_one,
)
"""Vision transformers: the embeddings are layer 0, block i is layer i + 1, the rest the last.

Bao, Dong and Wei 2021, BEiT, arXiv:2106.08254; `get_num_layer_for_vit` of beit/optim_factory.py in
https://github.com/microsoft/unilm, to which register tokens are added as in DINOv2. VISSL's rule
has the final norm one layer lower.
"""

swin = Rule(
    "swin",
    (
        Layout(  # transformers
            r"encoder\.layers\.(\d+)\.blocks\.(\d+)",
            ("embeddings",),
            out_of=r"encoder\.layers\.(\d+)\.downsample",
        ),
        Layout(  # Swin, SimMIM
            r"layers\.(\d+)\.blocks\.(\d+)",
            (*_EMBEDDINGS, "absolute_pos_embed"),
            out_of=r"layers\.(\d+)\.downsample",
        ),
        Layout(  # timm
            r"layers\.(\d+)\.blocks\.(\d+)",
            (*_EMBEDDINGS, "absolute_pos_embed"),
            into=r"layers\.(\d+)\.downsample",
        ),
    ),
    one_by_one,
)
"""Swin transformers: the embeddings are layer 0, each block is a layer, with the downsampling after
it; the rest is the last.

Xie et al. 2021, SimMIM, arXiv:2111.09886; `get_swin_layer` of optimizer.py in
https://github.com/microsoft/SimMIM.
"""

convnext = Rule(
    "convnext",
    (
        Layout(  # transformers
            r"encoder\.stages\.(\d+)\.layers\.(\d+)",
            ("embeddings",),
            into=r"encoder\.stages\.(\d+)\.downsampling_layer",
        ),
        Layout(  # timm
            r"stages\.(\d+)\.blocks\.(\d+)", ("stem",), into=r"stages\.(\d+)\.downsample"
        ),
        Layout(r"stages\.(\d+)\.(\d+)", (), into=r"downsample_layers\.(\d+)"),  # ConvNeXt
    ),
    by_threes,
)
"""ConvNeXt: the stem is layer 0, the first two stages are layers 1 and 2, each three blocks of the
third are one, and the fourth is one; a stage has what leads into it. The rest is the last.

Liu et al. 2022, arXiv:2201.03545; `get_num_layer_layer_wise` of
object_detection/mmcv_custom/layer_decay_optimizer_constructor.py in
https://github.com/facebookresearch/ConvNeXt, for depths 3-3-27-3 (12 layers) and 3-3-9-3 (6); other
depths are counted likewise.
"""

resnet = Rule(
    "resnet",
    (
        Layout(r"layer(\d+)", ("conv1", "bn1", *_DEEP), first=1),  # torchvision, timm, VISSL
        Layout(r"encoder\.stages\.(\d+)", ("embedder",)),  # transformers
    ),
    one_by_one,
)
"""ResNets: the first convolution and its norm are layer 0, the stages are layers 1 to 4, the rest
is the last.

VISSL, `get_resnet_param_depth` of vissl/optimizers/param_groups/layer_decay.py in
https://github.com/facebookresearch/vissl.
"""

RULES = {rule.name: rule for rule in (vit, swin, convnext, resnet)}


def fitting(model: nn.Module) -> Layers:
    """The rule that fits a model, bound to it; ValueError if none does, or several do."""
    found = []
    for rule in RULES.values():
        try:
            layers = rule(model)
        except ValueError:
            continue
        if any(layers(name) == 0 for name in names_in(model)):
            found.append((rule.name, layers))
    if len(found) == 1:
        return found[0][1]
    several = (
        f"several fit the model: {', '.join(name for name, _ in found)}"
        if found
        else (f"none of {', '.join(RULES)} fits the model, which has {beginnings(names_in(model))}")
    )
    raise ValueError(f"layers: {several}")
