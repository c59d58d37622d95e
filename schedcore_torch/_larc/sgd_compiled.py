"""LARC around SGD as torch.compile sees it: one pass for the norms, and one for all the rest.

The scaled gradients are never written: gradients stay as they were. Nothing here is run but by
torch.compile.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.optimizer import _global_optimizer_post_hooks, _global_optimizer_pre_hooks

from schedcore_torch._larc.batches import Group
from schedcore_torch._larc.norms import norms_of_lists
from schedcore_torch._larc.scaling import Rule, factors
from schedcore_torch._larc.sgd_on_cpu import DTYPES, KINDS, is_plain, step_of


def compiles(optimizer: Optimizer) -> bool:
    """Whether this is a plain SGD, whose step nobody looks at, of plain tensors."""
    own = optimizer._optimizer_step_pre_hooks, optimizer._optimizer_step_post_hooks
    of_all = _global_optimizer_pre_hooks, _global_optimizer_post_hooks
    # By their number, which torch.compile looks at again, as it does not at their truth.
    if sum(len(hooks) for hooks in (*own, *of_all)):
        return False
    return is_plain(optimizer) and all(map(_is_plain, optimizer.param_groups))


def _is_plain(group: Group) -> bool:
    if type(group.get("larc", True)) is not bool or group["differentiable"]:
        return False
    params = group["params"]
    return all(
        type(p) in KINDS
        and p.dtype in DTYPES
        and (p.dtype, p.device) == (params[0].dtype, params[0].device)
        and (p.grad is None or (p.grad.layout is torch.strided and p.grad.dtype == p.dtype))
        for p in params
    )


def compiled_step(optimizer: Optimizer, rule: Rule) -> None:
    """A step of SGD, by gradients that are scaled on the way."""
    for group in optimizer.param_groups:
        params: list[Tensor] = []
        grads: list[Tensor] = []
        buffers: list[Tensor | None] = []
        optimizer._init_group(group, params, grads, buffers)  # type: ignore[attr-defined]
        if not params:
            continue
        scaled = _scaled if group.get("larc", True) else _decayed
        states = [optimizer.state[p] for p in params] if group["momentum"] else []
        # Weight decay is in there; foreach makes no difference but to how much is to be compiled.
        mine = scaled(group, params, grads, rule)
        step_of(group, params, mine, buffers, states, 0.0, foreach=True, fused=False)


def _decayed(group: Group, params: list[Tensor], grads: list[Tensor], _: Rule) -> list[Tensor]:
    """By weight decay alone, as a group that is left out has it."""
    w = group["weight_decay"]
    if not _decays(w):
        return grads
    return [*torch._foreach_add(grads, torch._foreach_mul(params, -w if group["maximize"] else w))]


def _decays(w: Any) -> bool:
    """Whether there may be a weight decay: without one, a parameter that is infinite is let be."""
    return isinstance(w, Tensor) or w != 0


def _scaled(group: Group, params: list[Tensor], grads: list[Tensor], rule: Rule) -> list[Tensor]:
    norms: Any = _norms(params, grads)
    ratio, decay = factors(norms, group["weight_decay"], group["lr"], rule)
    multiplied = torch._foreach_mul(grads, ratio.to(params[0].dtype).unbind())
    if not _decays(group["weight_decay"]):
        return [*multiplied]
    if group["maximize"]:  # SGD negates what it gets, but decay is to shrink
        decay = -decay
    decays = torch._foreach_mul(params, decay.to(params[0].dtype).unbind())
    return [*torch._foreach_add(multiplied, decays)]


_SCHEMA = "(Tensor[] params, Tensor[] grads) -> Tensor"


@torch.library.custom_op("schedcore::larc_norms", mutates_args=(), schema=_SCHEMA)
def _norms(params: list[Tensor], grads: list[Tensor]) -> Tensor:
    """Norms, by stock kernels: a compiler would take the tensors one by one."""
    return norms_of_lists(params, grads, params[0].dtype)


@_norms.register_fake
def _(params: list[Tensor], grads: list[Tensor]) -> Tensor:
    return params[0].new_empty((2, len(params)), dtype=torch.float64)
