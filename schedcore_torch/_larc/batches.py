"""Gradients that LARC scales, with their parameters, sorted by what they have in common.

What can not be scaled right is refused here, before anything is written. No norm is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from schedcore._checks import fault
from schedcore_torch._larc.shards import OWNER, Processes, part, refuse_unknown, writable

Group = dict[str, Any]

_CACHED = 2**20
"""How many parameters at once a processor's cache holds, with gradients and momenta."""
_SMALL = 2**12
"""Up to how many numbers it takes a processor longer to call an operation than to do it."""


def on_host(x: Tensor) -> bool:
    """Whether the numbers of a tensor can be read without waiting for a device."""
    return x.device.type == "cpu"


class Batch(NamedTuple):
    """Parameters of one group, on one device, of one dtype, and sharded over the same processes."""

    group: Group
    shards: tuple[Any, ...]
    small: bool
    """Whether these are small, and on the host."""
    wide: torch.dtype
    """What norms and sums are taken in: half precision would overflow."""
    params: list[Tensor]
    grads: list[Tensor | None]

    def is_exact(self, i: int = 0) -> bool:
        """Whether sums are taken in the dtype that they are written in, of the one at i.

        Of shards, gradients may differ; of others, what holds for one holds for all.
        """
        return all(x is None or x.dtype == self.wide for x in (self.params[i], self.grads[i]))


def takes_part(group: Group) -> bool:
    """Whether a group is scaled."""
    larc = group.get("larc", True)
    if not isinstance(larc, bool):
        raise TypeError(fault(OWNER, "larc", "be True or False in every group", larc))
    return larc


def keep_left_out(optimizer: Any, state: dict[str, Any]) -> dict[str, Any] | None:
    """Leave out what was left out, when a checkpoint from a run without LARC is loaded."""
    groups, saved = optimizer.param_groups, state["param_groups"]
    if len(groups) != len(saved):
        return None  # which torch refuses
    kept = [
        {"larc": mine["larc"], **theirs} if "larc" in mine else theirs
        for mine, theirs in zip(groups, saved, strict=True)
    ]
    return {**state, "param_groups": kept}


def refuse_unfit(group: Group, clip: bool, processes: Processes | None) -> None:
    """Refuse a group whose ratios would be wrong."""
    if not takes_part(group):
        return
    if clip and group.get("lr") is None:
        raise ValueError(f"{OWNER}: 'clip' needs a learning rate, and a group has no 'lr'")
    if group.get("differentiable"):
        raise ValueError(
            f"{OWNER}: 'differentiable' must be False: the ratios are not differentiated"
        )
    for p in group["params"]:
        refuse_unknown(p, processes)


def batches(groups: Sequence[Group], processes: Processes | None) -> list[Batch]:
    """All that is to be scaled, in an order that is the same in all processes."""
    found: list[Batch] = []
    seen: set[int] = set()
    for group in filter(takes_part, groups):
        latest: dict[object, tuple[Batch | None, int]] = {}
        for owner in group["params"]:
            g = owner.grad
            if g is not None and g.layout is not torch.strided:
                raise TypeError(
                    f"{OWNER}: gradients must be dense, got one of layout {g.layout} and shape "
                    f"{tuple(g.shape)!r}: build the embedding with sparse=False, or leave its "
                    "group out with 'larc': False"
                )
            refuse_unknown(owner, processes)  # again, since they may be sharded by now
            if g is not None and not writable(g, seen):
                g = owner.grad = g.clone(memory_format=torch.contiguous_format).resolve_neg()
            here = part(owner, g, processes)
            if here is None:
                continue
            p, g, shards = here
            size = p.numel()
            # Of shards each process has sizes and gradients of its own, or none, and all need the
            # same batches.
            apart = not shards and on_host(p)
            small = apart and size <= _SMALL
            dtypes = p.dtype, p.dtype if g is None or shards else g.dtype
            kind = (p.device, dtypes, small, tuple(map(id, shards)) if shards else ())
            batch, room = latest.get(kind, (None, 0))
            if batch is None or (apart and room < size):
                wide = torch.promote_types(torch.promote_types(*dtypes), torch.float32)
                batch, room = Batch(group, shards, small, wide, [], []), _CACHED
                found.append(batch)
            batch.params.append(p)
            batch.grads.append(g)
            latest[kind] = batch, room - size
    return found
