"""A vision transformer for digits of 8x8 pixels, with timm's names, which `layers.vit` knows."""

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention


class Attention(nn.Module):
    """Self-attention."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """From and to the shape (batch, tokens, width)."""
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return self.proj(scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(-2))


class Mlp(nn.Module):
    """Two layers, for each token by itself."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """From and to the shape (batch, tokens, width)."""
        return self.fc2(gelu(self.fc1(x)))


class Block(nn.Module):
    """Attention and an MLP, each around a shortcut and after a norm."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Mlp(width)

    def forward(self, x: Tensor) -> Tensor:
        """From and to the shape (batch, tokens, width)."""
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    """Patches of 2x2 pixels as tokens."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(1, width, 2, 2)

    def forward(self, images: Tensor) -> Tensor:
        """From the shape (batch, 1, 8, 8) to (batch, 16, width)."""
        return self.proj(images).flatten(2).transpose(1, 2)


class Vit(nn.Module):
    """A vision transformer (Dosovitskiy et al. 2021, arXiv:2010.11929), 10 classes of digits."""

    def __init__(self, depth: int = 4, width: int = 48, heads: int = 4) -> None:
        super().__init__()
        self.patch_embed = PatchEmbed(width)
        self.cls_token = nn.Parameter(torch.empty(1, 1, width).normal_(std=0.02))
        self.pos_embed = nn.Parameter(torch.empty(1, 17, width).normal_(std=0.02))
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 10)

    def no_weight_decay(self) -> set[str]:
        """What `param_groups` leaves without weight decay, as in timm."""
        return {"pos_embed", "cls_token"}

    def forward(self, images: Tensor) -> Tensor:
        """From images of the shape (batch, 1, 8, 8) to logits of the shape (batch, 10)."""
        x = self.patch_embed(images)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], dim=1) + self.pos_embed
        return self.head(self.norm(self.blocks(x))[:, 0])
