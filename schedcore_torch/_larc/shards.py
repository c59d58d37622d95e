"""What a process has of a parameter that is sharded, and with which processes it shares the rest.

Nothing is known here of groups or of norms.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import torch
from torch import Tensor

from schedcore._checks import fault

OWNER = "LARC"
_PLAIN = (torch.nn.Parameter, Tensor)


class Part(NamedTuple):
    """What is here of a parameter and of its gradient, in real numbers.

    A gradient is None only where others may have a part of it: where `shards`, the process groups
    over which squares are to be summed one after the other, are some.
    """

    p: Tensor
    g: Tensor | None
    shards: tuple[Any, ...]


class Processes:
    """A process group, which stays what it is in copies and is found again by its name."""

    def __init__(self, group: Any) -> None:
        found = sys.modules.get("torch.distributed")
        kind = getattr(found, "ProcessGroup", None)  # not everywhere is torch built with it
        if kind is None or not isinstance(group, kind):
            allowed = "be a torch.distributed.ProcessGroup that this process is in, or None"
            raise TypeError(fault(OWNER, "process_group", allowed, group))
        self.group = group

    def __repr__(self) -> str:
        return f"<process group {self.group.group_name!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _of_name, (self.group.group_name,)


def _of_name(name: str) -> Processes:
    found: Any = torch.distributed.distributed_c10d
    return Processes(found._resolve_process_group(name))


def is_dtensor(x: object) -> bool:
    """Whether a tensor knows how it is sharded."""
    if type(x) in _PLAIN:
        return False
    # Found without importing it, which takes long: where there is one, someone has.
    module = sys.modules.get("torch.distributed.tensor")
    return module is not None and isinstance(x, module.DTensor)


def refuse_unknown(p: Tensor, processes: Processes | None) -> None:
    """Refuse a parameter of which nobody says how it is sharded, or two do."""
    if is_dtensor(p):
        if processes is not None:
            raise TypeError(
                f"{OWNER}: 'process_group' must be None for DTensors, which know how they are "
                f"sharded, got {processes!r} and one of shape {tuple(p.shape)!r}"
            )
    elif processes is None and _is_of_fsdp1(p):
        raise TypeError(
            f"{OWNER}: FullyShardedDataParallel's parameters are shards that do not know it, got "
            f"one of shape {tuple(p.shape)!r}: give process_group=, the processes over which they "
            "are sharded, shard with torch.distributed.fsdp.fully_shard instead, or leave their "
            "groups out with 'larc': False"
        )


def _is_of_fsdp1(p: Tensor) -> bool:
    """Whether it is flat, or (by use_orig_params) a view into what is flat."""
    if "torch.distributed.fsdp" not in sys.modules:  # as for most, who are to pay nothing
        return False
    return bool(getattr(p, "_is_flat_param", False) or getattr(p, "_fsdp_flattened", False))


def writable(g: Any, seen: set[int]) -> bool:
    """Whether a gradient has memory of its own, and each of its numbers; what was seen is noted."""
    g = g.to_local() if is_dtensor(g) else g
    place = g.data_ptr()
    if place in seen or g.is_neg() or (not g.is_contiguous() and 0 in g.stride()):
        return False
    if place:  # which empty ones do not have
        seen.add(place)
    return True


def part(p: Any, g: Any, processes: Processes | None) -> Part | None:
    """What this process has, or None if nothing is to be scaled here or elsewhere."""
    if type(p) in _PLAIN and processes is None and not p.is_complex():
        return None if g is None else Part(p, g, ())
    shards = () if processes is None else (processes.group,)
    if is_dtensor(p):
        if p.device_mesh.get_coordinate() is None:
            return None
        shards = _shards(p, g)
        p, g = p.to_local(), None if g is None else g.to_local()
    if g is None and not shards:
        return None
    if p.is_complex():
        if g is not None and g.is_conj():  # what is in memory are the conjugates
            p, g = p.conj().resolve_conj(), g.conj()
        p = torch.view_as_real(p.resolve_conj())
        g = None if g is None else torch.view_as_real(g)
    return Part(p, g, shards)


def _shards(p: Any, g: Any) -> tuple[Any, ...]:
    """The process groups of those dimensions of its mesh over which a DTensor is sharded."""
    if any(place.is_partial() for place in p.placements):
        raise TypeError(
            f"{OWNER}: DTensors must be sharded or replicated, got one placed {p.placements}"
        )
    if g is not None and getattr(g, "placements", None) != p.placements:
        raise TypeError(
            f"{OWNER}: gradients must be placed as their parameters, {p.placements}, got one "
            f"placed {getattr(g, 'placements', None)}: p.grad.redistribute(placements=p.placements)"
        )
    mesh = p.device_mesh
    return tuple(
        mesh.get_group(i)
        for i, place in enumerate(p.placements)
        if not place.is_replicate() and mesh.size(i) > 1
    )
