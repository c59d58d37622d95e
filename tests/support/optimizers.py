"""Small optimizers to write into."""

from typing import Any

import torch


def parameter(seed: int = 0) -> torch.nn.Parameter:
    generator = torch.Generator().manual_seed(seed)
    return torch.nn.Parameter(torch.randn(2, 3, generator=generator))


def groups(count: int) -> list[dict[str, Any]]:
    """Groups without names."""
    return [{"params": [parameter(i)]} for i in range(count)]


def named(names: str) -> list[dict[str, Any]]:
    """Groups, each named by a letter."""
    return [{"params": [parameter(i)], "name": name} for i, name in enumerate(names)]


def train(optimizer: torch.optim.Optimizer) -> None:
    """One update, by gradients that depend on the parameters."""
    for group in optimizer.param_groups:
        for p in group["params"]:
            p.grad = torch.sin(p.detach()) + 0.1
    optimizer.step()
