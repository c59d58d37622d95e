"""LARC's arithmetic: groups in, gradients scaled in place.

No optimizer is known here. Nothing waits for the device: norms and ratios stay tensors.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from schedcore._checks import fault

OWNER = "LARC"
Group = dict[str, Any]
Pair = tuple[torch.Tensor, torch.Tensor]


class Rule(NamedTuple):
    """What is the same for all groups; LARC's docstring says what it means."""

    trust_coefficient: float
    clip: bool
    eps: float
    decay_zeros: bool


class Batch(NamedTuple):
    """The parameters of one group, on one device and of one dtype, with their gradients."""

    group: Group
    pairs: list[Pair]


def takes_part(group: Group) -> bool:
    """Whether a group is scaled."""
    larc = group.get("larc", True)
    if not isinstance(larc, bool):
        raise TypeError(fault(OWNER, "larc", "be True or False in every group", larc))
    return larc


def refuse_unfit(group: Group, clip: bool) -> None:
    """Refuse a group whose ratios would be wrong."""
    if not takes_part(group):
        return
    if clip and group.get("lr") is None:
        raise ValueError(f"{OWNER}: 'clip' needs a learning rate, and a group has no 'lr'")
    if group.get("differentiable"):
        raise ValueError(
            f"{OWNER}: 'differentiable' must be False: the ratios are not differentiated"
        )
    # Found without importing it, which takes long: where there is one, someone has.
    sharded = getattr(sys.modules.get("torch.distributed.tensor"), "DTensor", ())
    for p in group["params"]:
        if isinstance(p, sharded) or getattr(p, "_is_flat_param", False):
            raise TypeError(
                f"{OWNER}: sharded parameters are not supported, since the norm of a shard is not "
                "the parameter's: leave their groups out with 'larc': False, got one of shape "
                f"{tuple(p.shape)!r}"
            )


def batches(groups: Sequence[Group]) -> list[Batch]:
    """All that is to be scaled, checked before anything is."""
    found = []
    for group in filter(takes_part, groups):
        alike: dict[tuple[object, ...], list[Pair]] = {}
        for p in group["params"]:
            g = p.grad
            if g is None:
                continue
            if g.layout is not torch.strided:
                raise TypeError(
                    f"{OWNER}: gradients must be dense, got one of layout {g.layout} and shape "
                    f"{tuple(g.shape)!r}: build the embedding with sparse=False, or leave its "
                    "group out with 'larc': False"
                )
            alike.setdefault((p.device, p.dtype, g.dtype), []).append((p, g))
        found += [Batch(group, pairs) for pairs in alike.values()]
    return found


def scale(batch: Batch, rule: Rule) -> None:
    """Make each gradient g of a batch what LARC gives to the optimizer, a * (g + w*p)."""
    group, pairs = batch
    params, grads = map(list, zip(*pairs, strict=True))
    common = torch.promote_types(params[0].dtype, grads[0].dtype)
    wide = torch.promote_types(common, torch.float32)  # at least: half precision overflows
    w = group.get("weight_decay")
    w = 0.0 if w is None else w
    ratio, decay = _factors(_norms(params, wide), _norms(grads, wide), w, group.get("lr"), rule)
    decays = not isinstance(w, int | float) or w != 0
    if group.get("maximize", False):  # the optimizer negates what it gets: decay is to shrink
        decay = -decay
    for p, g, a, d in zip(params, grads, ratio.unbind(), decay.unbind(), strict=True):
        x = g.to(wide).mul_(a)  # g itself, but for half precision, which is rounded once
        if decays:
            x.addcmul_(p, d)
        if x is not g:
            g.copy_(x)


def _norms(tensors: list[torch.Tensor], wide: torch.dtype) -> torch.Tensor:
    """The Euclidean norm of each, in one vector."""
    if wide.is_complex:
        wide, tensors = wide.to_real(), [torch.view_as_real(x.resolve_conj()) for x in tensors]
    return torch.stack(torch._foreach_norm(tensors, 2, dtype=wide))


def _factors(
    p: torch.Tensor, g: torch.Tensor, w: Any, lr: Any, rule: Rule
) -> tuple[torch.Tensor, torch.Tensor]:
    """By what gradients are multiplied, and what multiple of the parameters is added to that."""
    finite = torch.maximum(p, g) < math.inf  # which NaN is not
    ratio = rule.trust_coefficient * p / (g + w * p + rule.eps)
    if rule.clip:
        ratio = torch.where(ratio < lr, ratio / lr, 1.0)  # min(ratio / lr, 1), for lr = 0 too
    has_ratio = finite & (torch.minimum(p, g) > 0)
    ratio = torch.where(has_ratio, ratio, 1.0)
    decay = ratio * w
    if not rule.decay_zeros:
        decay = torch.where(finite & ~has_ratio, 0.0, decay)
    return ratio, decay
