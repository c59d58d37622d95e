"""LARC around SGD, on the host: batch by batch, each updated right after it was scaled.

What was just read is then still in the processor's cache. The update is made by torch's own
function for it. Any other optimizer makes its step after all gradients are scaled.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Optimizer
from torch.optim.sgd import sgd

from schedcore_torch._larc.batches import Group, batches, on_host, takes_part
from schedcore_torch._larc.scaling import Rule, scaled

KINDS = (torch.nn.Parameter, Tensor)
DTYPES = (torch.float32, torch.float64)


def is_plain(optimizer: Optimizer) -> bool:
    """Whether this is torch's SGD itself, and `step` is not replaced, as schedulers do."""
    return type(optimizer) is SGD and "step" not in vars(optimizer)


def fits(optimizer: Optimizer) -> bool:
    """Whether an optimizer can be stepped here."""
    return is_plain(optimizer) and all(
        not group["differentiable"]
        and all(type(p) in KINDS and on_host(p) and p.dtype in DTYPES for p in group["params"])
        for group in optimizer.param_groups
    )


def step_by_batches(optimizer: Optimizer, rule: Rule) -> None:
    """One step, with all hooks of the optimizer's own step around it."""

    def update(optimizer: Optimizer) -> None:
        groups = optimizer.param_groups
        for batch in scaled(batches(groups, None), rule):
            _update(optimizer, batch.group, batch.params, 0.0, batch.small and batch.is_exact())
        for group in groups:
            if not takes_part(group):
                params = [p for p in group["params"] if p.grad is not None]
                _update(optimizer, group, params, group["weight_decay"], False)

    Optimizer.profile_hook_step(update)(optimizer)


def _update(
    optimizer: Optimizer,
    group: Group,
    params: list[Tensor],
    weight_decay: float | Tensor,
    small: bool,
) -> None:
    grads: list[Any] = [p.grad for p in params]
    states = [optimizer.state[p] for p in params] if group["momentum"] else []
    buffers = [state.get("momentum_buffer") for state in states] or [None] * len(params)
    fused, foreach = group["fused"], group["foreach"]
    if fused is None and foreach is None:  # SGD itself then takes one after the other
        fused, foreach = False, small and not isinstance(group["lr"], Tensor)
    step_of(group, params, grads, buffers, states, weight_decay, foreach=foreach, fused=fused)


def step_of(
    group: Group,
    params: list[Tensor],
    grads: list[Tensor],
    buffers: list[Tensor | None],
    states: list[dict[str, Any]],
    weight_decay: float | Tensor,
    *,
    foreach: bool | None,
    fused: bool | None,
) -> None:
    """SGD's own update, and the momenta that it leaves in the states: none without momentum."""
    sgd(
        params,
        grads,
        buffers,
        has_sparse_grad=any(g.is_sparse for g in grads),
        foreach=foreach,
        fused=fused,
        weight_decay=weight_decay,  # type: ignore[arg-type]
        momentum=group["momentum"],
        lr=group["lr"],
        dampening=group["dampening"],
        nesterov=group["nesterov"],
        maximize=group["maximize"],
    )
    for state, buffer in zip(states, buffers, strict=False):
        state["momentum_buffer"] = buffer
