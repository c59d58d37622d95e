"""Euclidean norms of parameters and gradients: of whole ones, where a process has only a part.

They are vectors on the device, which nothing here waits for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from schedcore_torch._larc.batches import Batch, on_host

_ROW = 2**12
_SHARED = 2**16
"""From how many numbers on it pays that all cores of a processor work on them."""
_TINY = 1e-15
"""Norms above it are right, whatever squares float32 lost."""
_DOUBLE = ("cpu", "cuda")  # what has float64, where no square overflows or vanishes


def norms_of_lists(params: list[Tensor], grads: list[Tensor], wide: torch.dtype) -> Tensor:
    """Norms of real tensors on one device, in `wide` at least."""
    tensors = [*params, *grads]
    if not on_host(tensors[0]):
        wide = torch.float64 if tensors[0].device.type in _DOUBLE else wide
        return torch.stack(torch._foreach_norm(tensors, 2, wide)).view(2, -1)
    rows = [_of_rows(x, wide) for x in tensors]
    found = torch.stack(torch._foreach_norm(rows, 2, wide)).tolist()
    # It takes a processor longer to sum in float64, so that is done where squares may be none.
    for i, norm in enumerate(found):
        if not _TINY < norm < math.inf:
            found[i] = torch.linalg.vector_norm(tensors[i], dtype=torch.float64).item()
    return torch.tensor(found, dtype=torch.float64, device="cpu").view(2, -1)


def _of_rows(x: Tensor, wide: torch.dtype) -> Tensor:
    """The norms of its rows, which a processor's cores share, where they would not share x."""
    if x.numel() < _SHARED or x.numel() % _ROW or not x.is_contiguous():
        return x
    norms: Tensor = torch.linalg.vector_norm(x.view(-1, _ROW), dim=1, dtype=wide)
    return norms


def norms_here(batch: Batch) -> Tensor:
    """Norms of what this process has of parameters and gradients, of shape (2, parameters)."""
    nothing = batch.params[0].new_empty(0)
    grads = [nothing if g is None else g for g in batch.grads]
    return norms_of_lists(batch.params, grads, batch.wide)


def norms_of_shards(batches: Sequence[Batch]) -> Iterator[Tensor]:
    """Norms of shards, whose squares are summed in one call for each group of processes."""
    found = [norms_here(batch) for batch in batches]
    groups: dict[int, Any] = {id(group): group for batch in batches for group in batch.shards}
    for key, group in groups.items():
        mine = [i for i, batch in enumerate(batches) if key in map(id, batch.shards)]
        squares = torch.cat([found[i].square().flatten() for i in mine])
        torch.distributed.all_reduce(squares, group=group)
        parts = torch.split(squares.sqrt(), [found[i].numel() for i in mine])
        for i, norm in zip(mine, parts, strict=True):
            found[i] = norm.view(2, -1)
    yield from found
