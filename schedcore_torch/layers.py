"""Which layer of a network a parameter belongs to, by its name: the published rules.

Layer 0 is what the input meets first; the last layer is the head, with all that no rule names, such
as the final norm. Names alone are known here: neither tensors nor groups.

`vit`, `swin`, `convnext` and `resnet` are rules. Called with a model, a rule counts its layers and
gives a function of names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from torch import nn

from schedcore_torch._parameters import beginnings, names_in

__all__ = ["convnext", "resnet", "swin", "vit"]


class Layout(NamedTuple):
    """How a library names the parameters of a kind of network; paths are patterns."""

    block: str
    """The path of a block: its stage, if there are stages, and its number."""
    stem: tuple[str, ...]
    """The paths of what comes before the first block, as they are."""
    into: str = ""
    """The path of what leads into a stage: the stage."""
    out_of: str = ""
    """The path of what leads out of a stage; if there is none of stage 0, it is another layout."""
    first: int = 0
    """The number of the first block."""


class Numbering(NamedTuple):
    """The layers of a network."""

    block: Callable[[int, int], int]
    """The layer of a block, by its stage and its number."""
    into: Callable[[int], int]
    """The layer of what leads into a stage."""
    last: int


@dataclass(frozen=True)
class Layers:
    """A rule bound to a model: the layer of a parameter, by its name.

    >>> model = nn.ModuleDict({"conv1": nn.Linear(1, 1), "layer1": nn.Linear(1, 1)})
    >>> layers = resnet(model)
    >>> layers("conv1.weight"), layers("layer1.weight"), layers.last
    (0, 1, 2)
    """

    layout: Layout
    prefix: str
    numbering: Numbering

    @property
    def last(self) -> int:
        """The number of the last layer."""
        return self.numbering.last

    def __call__(self, name: str) -> int:
        """The layer of a parameter."""
        path = name.removeprefix(self.prefix)
        if len(path) + len(self.prefix) != len(name):
            return self.last
        if stage := _numbers(self.layout.into, path):
            return self.numbering.into(stage[0])
        if stage := _numbers(self.layout.out_of, path):
            return self.numbering.into(stage[0] + 1)
        if place := _block(self.layout, path):
            return self.numbering.block(*place)
        return 0 if self.is_stem(name) else self.last

    def is_stem(self, name: str) -> bool:
        """Whether a parameter comes before the first block, by its name."""
        stems = (f"{self.prefix}{stem}." for stem in self.layout.stem)
        return f"{name}.".startswith(tuple(stems))


@dataclass(frozen=True)
class Rule:
    """The published rule for one kind of network.

    Calling it with a model raises ValueError if the model is not of that kind, and lists names.
    """

    name: str
    layouts: tuple[Layout, ...]
    numbering: Callable[[Sequence[int]], Numbering]

    def __call__(self, model: nn.Module) -> Layers:
        """The rule for a model, whose layers are counted over all parameters, frozen ones too."""
        names = names_in(model)
        for layout in self.layouts:
            pattern = re.compile(rf"^(.*?\.)??{layout.block}\.")
            prefixes = sorted({found[1] or "" for name in names if (found := pattern.match(name))})
            if len(prefixes) > 1:
                where = ", ".join(repr(prefix) for prefix in prefixes)
                raise ValueError(
                    f"layers.{self.name}: the model has several such networks, named {where}: "
                    "layer_of must be a function of your own, name -> layer"
                )
            if prefixes:
                paths = [name.removeprefix(prefixes[0]) for name in names]
                if not layout.out_of or any(_numbers(layout.out_of, path) == [0] for path in paths):
                    return Layers(layout, prefixes[0], self.numbering(self._depths(layout, paths)))
        raise ValueError(
            f"layers.{self.name}: no parameter of the model is named as those of such networks; "
            f"it has {beginnings(names)}. layer_of may be a function of your own, name -> layer"
        )

    def _depths(self, layout: Layout, paths: Iterable[str]) -> list[int]:
        """How many blocks each stage has."""
        depths: dict[int, int] = {}
        inner: dict[int, set[str]] = {}
        for path in paths:
            if place := _block(layout, path):
                stage, block = place
                depths[stage] = max(depths.get(stage, 0), block + 1)
                after = re.match(rf"{layout.block}\.(\d+)\.", path)
                inner.setdefault(block, set()).update(after.groups()[-1:] if after else ())
        if len(inner) > 1 and all(inner.values()) and not set.intersection(*inner.values()):
            raise ValueError(
                f"layers.{self.name}: the blocks of the model are in chunks, which number them "
                "through: layer_of must be a function of your own, name -> layer"
            )
        missing = [stage for stage in range(max(depths)) if stage not in depths]
        if missing:
            raise ValueError(f"layers.{self.name}: the model has no blocks in stage {missing[0]}")
        return [depths[stage] for stage in sorted(depths)]


def _numbers(pattern: str, path: str) -> list[int] | None:
    """The numbers in a path that a pattern matches."""
    found = re.match(rf"{pattern}\.", path) if pattern else None
    return [int(number) for number in found.groups()] if found else None


def _block(layout: Layout, path: str) -> tuple[int, int] | None:
    """The stage and the number of the block in a path; without stages all are in stage 0."""
    numbers = _numbers(layout.block, path)
    if numbers is None:
        return None
    return (0, numbers[0] - layout.first) if len(numbers) == 1 else (numbers[0], numbers[1])


def _one_by_one(depths: Sequence[int]) -> Numbering:
    """Each block is a layer; what leads into a stage goes with the block before it."""
    before = [sum(depths[:stage]) for stage in range(len(depths) + 1)]
    return Numbering(
        block=lambda stage, block: before[stage] + block + 1,
        into=lambda stage: before[stage],
        last=before[-1] + 1,
    )


def _convnext(depths: Sequence[int]) -> Numbering:
    """Stages are layers, but for the third, of which three blocks are one."""
    if len(depths) != 4:
        raise ValueError(
            f"layers.convnext: the rule is for four stages, but the model has {len(depths)}: "
            "layer_of must be a function of your own, name -> layer"
        )
    end = 3 + -(-depths[2] // 3)
    first = [1, 2, 3, end]
    return Numbering(
        block=lambda stage, block: 3 + block // 3 if stage == 2 else first[stage],
        into=lambda stage: first[stage] if stage else 0,
        last=end + 1,
    )


_TOKENS = ("cls_token", "mask_token", "dist_token", "reg_token", "register_tokens")
_EMBEDDINGS = (*_TOKENS, "pos_embed", "patch_embed")

vit = Rule(
    "vit",
    (
        Layout(r"blocks\.(\d+)", _EMBEDDINGS),  # BEiT, MAE, DINO, timm, VISSL
        Layout(r"encoder\.layer\.(\d+)", ("embeddings",)),  # transformers
        Layout(r"layers\.(\d+)(?!\.blocks\.)", ("embeddings",)),  # transformers 5
        Layout(  # torchvision
            r"encoder\.layers\.encoder_layer_(\d+)",
            ("class_token", "conv_proj", "encoder.pos_embedding"),
        ),
    ),
    _one_by_one,
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
    _one_by_one,
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
    _convnext,
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
        Layout(r"layer(\d+)", ("conv1", "bn1"), first=1),  # torchvision, timm, VISSL
        Layout(r"encoder\.stages\.(\d+)", ("embedder",)),  # transformers
    ),
    _one_by_one,
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
