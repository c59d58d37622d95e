"""LARC's formula as it is written down, and parameters and gradients to try it on."""

from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

SHAPES = ((3, 4), (5,), (2, 2, 2), (), (0, 3), (7, 1), (65, 66))


def of_formula(
    optimizer: Optimizer, trust: float = 0.001, clip: bool = False, eps: float = 1e-8
) -> None:
    """apex's LARC, as it is written down: one parameter after the other, with numbers of Python."""
    decays = []
    for group in optimizer.param_groups:
        w = group["weight_decay"]
        decays.append(w)
        if not group.get("larc", True):
            continue
        group["weight_decay"] = 0.0
        for p in group["params"]:
            if p.grad is None:
                continue
            size, slope = p.detach().double().norm().item(), p.grad.double().norm().item()
            if size != 0 and slope != 0:
                a = trust * size / (slope + w * size + eps)
                if clip:
                    a = min(a / group["lr"], 1)
                p.grad = a * (p.grad + w * p.detach())
    optimizer.step()
    for group, w in zip(optimizer.param_groups, decays, strict=True):
        group["weight_decay"] = w


def groups(dtype: torch.dtype = torch.float64, rate: float = 1.0) -> list[dict[str, Any]]:
    """Three groups of all shapes; the second has a parameter that is zero, and stays so at first."""
    generator = torch.Generator().manual_seed(2)
    made: list[dict[str, Any]] = []
    for more in ({"lr": 0.1}, {"lr": 0.02, "weight_decay": 0.0}, {"lr": 0.3, "weight_decay": 0.2}):
        tensors = [torch.randn(shape, generator=generator, dtype=dtype) for shape in SHAPES]
        more["lr"] *= rate
        made.append({"params": [torch.nn.Parameter(x) for x in tensors], **more})
    made[1]["params"][0].data.zero_()
    return made


def gradients(optimizer: Optimizer, step: int) -> None:
    """Gradients that depend on the parameters; of each group, one is zero and one may be None."""
    generator = torch.Generator().manual_seed(step)
    for group in optimizer.param_groups:
        for i, p in enumerate(group["params"]):
            noise = torch.randn(p.shape, generator=generator, dtype=torch.float64).to(p)
            p.grad = noise * 10.0 ** (i - 2) + 0.1 * p.detach()
        group["params"][step % 3].grad = torch.zeros_like(group["params"][step % 3])
        group["params"][5].grad = None if step % 2 else group["params"][5].grad


def tensors_of(optimizer: Optimizer) -> list[Tensor]:
    return [p.detach() for group in optimizer.param_groups for p in group["params"]]


def same(xs: list[Tensor], ys: list[Tensor], relative: float) -> None:
    for x, y in zip(xs, ys, strict=True):
        assert x.isfinite().all()
        assert (x - y).abs().sum() <= relative * y.abs().sum()
