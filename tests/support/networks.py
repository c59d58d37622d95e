"""Small networks whose parameters are named as in the repositories that publish the rules."""

from collections.abc import Sequence

import torch
from torch import nn


class Scaled(nn.Module):
    """A layer scale of a vector."""

    def __init__(self, name: str, width: int) -> None:
        super().__init__()
        self.register_parameter(name, nn.Parameter(torch.ones(width)))


class ConvNextBlock(nn.Module):
    """https://github.com/facebookresearch/ConvNeXt, models/convnext.py."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(width, width, 7, groups=width)
        self.norm = nn.LayerNorm(width)
        self.pwconv1 = nn.Linear(width, 4 * width)
        self.pwconv2 = nn.Linear(4 * width, width)
        self.gamma = nn.Parameter(torch.ones(width))


class ConvNext(nn.Module):
    """The same; its norms over channels are the LayerNorm of a class of its own."""

    def __init__(self, depths: Sequence[int], width: int = 4) -> None:
        super().__init__()
        self.downsample_layers = nn.ModuleList(
            [nn.Sequential(nn.Conv2d(3, width, 4), nn.LayerNorm(width))]
        )
        self.stages = nn.ModuleList()
        for i, depth in enumerate(depths):
            if i:
                self.downsample_layers.append(
                    nn.Sequential(nn.LayerNorm(width), nn.Conv2d(width, width, 2))
                )
            self.stages.append(nn.Sequential(*(ConvNextBlock(width) for _ in range(depth))))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 10)


class TimmConvNext(nn.Module):
    """https://github.com/huggingface/pytorch-image-models, timm/models/convnext.py."""

    def __init__(self, depths: Sequence[int], width: int = 4) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 4), nn.LayerNorm(width))
        self.stages = nn.Sequential()
        for i, depth in enumerate(depths):
            stage = nn.Module()
            down = nn.Sequential(nn.LayerNorm(width), nn.Conv2d(width, width, 2))
            stage.downsample = down if i else nn.Identity()
            stage.blocks = nn.Sequential(*(ConvNextBlock(width) for _ in range(depth)))
            self.stages.append(stage)
        self.head = nn.ModuleDict({"norm": nn.LayerNorm(width), "fc": nn.Linear(width, 10)})


class VitBlock(nn.Module):
    """timm/models/vision_transformer.py."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.norm2 = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = self.qkv(self.norm1(x)).chunk(3, dim=-1)
        x = x + nn.functional.scaled_dot_product_attention(q, k, v)
        return x + torch.tanh(self.fc1(self.norm2(x)))


class Vit(nn.Module):
    """The same, which works: images of 4x4 as four patches."""

    def __init__(self, depth: int, width: int = 8, classes: int = 3) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, 5, width))
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(1, width, 2, 2)})
        self.blocks = nn.ModuleList(VitBlock(width) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)

    def no_weight_decay(self) -> set[str]:
        return {"pos_embed", "cls_token", "dist_token"}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.patch_embed["proj"](x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(x), 1, -1), x], dim=1) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])


class SwinBlock(nn.Module):
    """https://github.com/microsoft/SimMIM, models/swin_transformer.py."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn = nn.Linear(width, width)
        self.attn.relative_position_bias_table = nn.Parameter(torch.zeros(9, 2))


class Swin(nn.Module):
    """The same, or, as timm has it, with what leads into a stage in that stage."""

    def __init__(self, depths: Sequence[int], *, timm: bool = False, width: int = 4) -> None:
        super().__init__()
        self.patch_embed = nn.ModuleDict(
            {"proj": nn.Conv2d(3, width, 2), "norm": nn.LayerNorm(width)}
        )
        self.layers = nn.ModuleList()
        for i, depth in enumerate(depths):
            stage = nn.Module()
            stage.blocks = nn.ModuleList(SwinBlock(width) for _ in range(depth))
            if i > 0 if timm else i < len(depths) - 1:
                stage.downsample = nn.ModuleDict(
                    {"reduction": nn.Linear(width, width, bias=False), "norm": nn.LayerNorm(width)}
                )
            self.layers.append(stage)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 10)

    def no_weight_decay_keywords(self) -> set[str]:
        return {"relative_position_bias_table"}


class ResNet(nn.Module):
    """torchvision's names, as in VISSL's trunk."""

    def __init__(self, depths: Sequence[int], width: int = 4) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        for i, depth in enumerate(depths, start=1):
            blocks = [
                nn.ModuleDict(
                    {"conv1": nn.Conv2d(width, width, 3, bias=False), "bn1": nn.BatchNorm2d(width)}
                )
                for _ in range(depth)
            ]
            blocks[0]["downsample"] = nn.Sequential(
                nn.Conv2d(width, width, 1, bias=False), nn.BatchNorm2d(width)
            )
            setattr(self, f"layer{i}", nn.Sequential(*blocks))
        self.fc = nn.Linear(width, 10)
