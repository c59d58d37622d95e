"""LARC's arithmetic: norms in, gradients scaled in place.

No optimizer is known here. Nothing waits for a device: ratios are tensors, except on the host.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, _utils

from schedcore_torch._larc.batches import Batch, Group, on_host
from schedcore_torch._larc.norms import norms_here, norms_of_shards

_flattened: Any = _utils._flatten_dense_tensors
_unflattened: Any = _utils._unflatten_dense_tensors
_COPIED = 2**25
"""How many numbers are copied at once, where gradients can not be scaled without a copy."""


class Rule(NamedTuple):
    """What is the same for all groups; LARC's docstring says what it means."""

    trust_coefficient: float
    clip: bool
    eps: float
    decay_zeros: bool


def scaled(batches: Sequence[Batch], rule: Rule) -> Iterator[Batch]:
    """Make each gradient g what LARC gives to the optimizer, a * (g + w*p), batch by batch."""
    of_shards = norms_of_shards([batch for batch in batches if batch.shards])
    for batch in batches:
        if batch.small and batch.is_exact():
            _as_one(batch, rule)
        else:
            norms = next(of_shards) if batch.shards else norms_here(batch)
            (_by_numbers if on_host(norms) else _together)(batch, norms, rule)
        yield batch


def weight_decay(group: Group) -> Any:
    """A group's weight decay: a number, or a tensor that the host would have to wait for."""
    w = group.get("weight_decay")
    if isinstance(w, Tensor):
        return float(w) if on_host(w) else w
    return 0.0 if w is None else w


def factors(norms: Tensor, w: Any, lr: Any, rule: Rule) -> tuple[Tensor, Tensor]:
    """By what gradients are multiplied, and what multiple of the parameters is added to that."""
    p, g = norms.unbind()
    finite = torch.maximum(p, g) < math.inf  # which NaN is not
    ratio = rule.trust_coefficient * p / (g + w * p + rule.eps)
    if rule.clip:
        cut = ~(ratio < lr)  # min(ratio / lr, 1), for lr = 0 too
        ratio = (ratio / lr).masked_fill(cut, 1.0)
    has_ratio = finite & (torch.minimum(p, g) > 0)
    ratio = ratio.masked_fill(~has_ratio, 1.0)
    decay = ratio * w
    if not rule.decay_zeros:
        decay = decay.masked_fill(finite & ~has_ratio, 0.0)
    return ratio, decay


def _factors_of_one(p: float, g: float, w: float, lr: float, rule: Rule) -> tuple[float, float]:
    """The same of one parameter, by the norms, since numbers are sooner reckoned with by Python."""
    if not (p < math.inf and g < math.inf):
        return 1.0, w
    if p == 0 or g == 0:
        return 1.0, w if rule.decay_zeros else 0.0
    ratio = rule.trust_coefficient * p / (g + w * p + rule.eps)
    if rule.clip:
        ratio = ratio / lr if ratio < lr else 1.0
    return ratio, ratio * w


def _multipliers(batch: Batch, norms: Tensor, rule: Rule) -> tuple[Any, Tensor]:
    """What multiple of p to add to g, and by what to multiply each sum then."""
    w = weight_decay(batch.group)
    ratio, decay = factors(norms, w, batch.group.get("lr"), rule)
    stays = (norms[1] == 0) & (decay == 0)  # a gradient that is 0
    return (-w if _climbs(batch) else w), ratio.masked_fill(stays, 0.0).to(batch.wide)


def _climbs(batch: Batch) -> bool:
    """Whether the optimizer negates what it gets, decay included, which is to shrink."""
    return bool(batch.group.get("maximize", False))


def _by_numbers(batch: Batch, norms: Tensor, rule: Rule) -> None:
    """One after the other, by numbers that the host knows."""
    w = float(weight_decay(batch.group))
    sign = -1.0 if _climbs(batch) else 1.0
    lr = float(batch.group["lr"]) if rule.clip else math.nan
    pairs = zip(batch.params, batch.grads, *norms.tolist(), strict=True)
    for i, (p, g, size, slope) in enumerate(pairs):
        if g is None:
            continue
        ratio, decay = _factors_of_one(size, slope, w, lr, rule)
        if decay and ratio != 1 and batch.is_exact(i) and p.is_contiguous() and g.is_contiguous():
            # An outer product with a 1, which does both in one pass.
            row = g.view(1, -1)
            row.addr_(row.new_ones(1), p.view(-1), beta=ratio, alpha=sign * decay)
            continue
        x = g.to(batch.wide)  # g itself, but for half precision, which is rounded once
        if decay:
            x.add_(p, alpha=sign * w)
        if ratio != 1:
            x.mul_(ratio)
        if x is not g:
            g.copy_(x)


def _as_one(batch: Batch, rule: Rule) -> None:
    """All at once, end to end in one long vector: there are too many to call operations on each."""
    grads: list[Any] = batch.grads
    sizes = torch.tensor([p.numel() for p in batch.params], device="cpu")
    p, g = _flattened(batch.params), _flattened(grads)
    squares = [torch.segment_reduce(x.double().square(), "sum", lengths=sizes) for x in (p, g)]
    w, ratio = _multipliers(batch, torch.stack(squares).sqrt_(), rule)
    if isinstance(w, Tensor) or w:
        g.add_(p, alpha=float(w))
    g.mul_(torch.repeat_interleave(ratio, sizes, output_size=len(g)))
    torch._foreach_copy_(grads, _unflattened(g, grads))


def _together(batch: Batch, norms: Tensor, rule: Rule) -> None:
    """By as many kernels as lists of tensors take, without a word to the host.

    No stock kernel multiplies each tensor of a list by its own number on the device, in place;
    `addcmul` can, onto zeros, with a copy of what is multiplied. It takes few launches where torch
    is as new as 2.13; some older ones make one for each tensor of it.
    """
    w, ratio = _multipliers(batch, norms, rule)
    for params, grads, multipliers in _chunks(batch, ratio):
        held = _widened(grads, batch.wide)
        if isinstance(w, Tensor):
            copies = torch._foreach_mul(_widened(params, batch.wide), w.to(batch.wide))
            torch._foreach_add_(copies, held)
        elif w:
            copies = torch._foreach_add(held, _widened(params, batch.wide), alpha=w)
        else:
            copies = torch._foreach_mul(held, 1.0)
        torch._foreach_zero_(held)
        torch._foreach_addcmul_(held, copies, multipliers)
        if held is not grads:
            torch._foreach_copy_(grads, held)


def _widened(tensors: list[Tensor], dtype: torch.dtype) -> list[Tensor]:
    """The tensors themselves, but for half precision."""
    if tensors[0].dtype == dtype:
        return tensors
    wide = [torch.empty_like(x, dtype=dtype) for x in tensors]
    torch._foreach_copy_(wide, tensors)
    return wide


def _chunks(
    batch: Batch, ratio: Tensor
) -> Iterator[tuple[list[Tensor], list[Tensor], list[Tensor]]]:
    """Parameters, gradients and their ratios, as many at once as may be copied."""
    chunk: tuple[list[Tensor], list[Tensor], list[Tensor]] = [], [], []
    copied = 0
    for p, g, a in zip(batch.params, batch.grads, ratio.unbind(), strict=True):
        if g is None:
            continue
        if copied and (copied + g.numel() > _COPIED or g.dtype != chunk[1][-1].dtype):
            yield chunk
            chunk, copied = ([], [], []), 0
        copied += g.numel()
        for part, x in zip(chunk, (p, g, a), strict=True):
            part.append(x)
    if chunk[0]:
        yield chunk
