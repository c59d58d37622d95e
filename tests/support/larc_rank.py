"""One process of those that step sharded models together: run by test_larc_sharded.py.

Every case steps a whole model in this process, and its shards with the others, by the same
gradients, and tells how far apart they are and by how many collectives that was done.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FullyShardedDataParallel, fully_shard
from torch.distributed.tensor import DTensor, Partial, Replicate, Shard, distribute_tensor
from torch.distributed.tensor.debug import CommDebugMode
from torch.optim import SGD, AdamW, Optimizer

from schedcore_torch import LARC

STEPS = 4


def network() -> torch.nn.Sequential:
    """Of 3, 5 and 1 rows, which are shared unevenly, and not by all."""
    torch.manual_seed(0)
    parts = torch.nn.Linear(6, 3), torch.nn.Tanh(), torch.nn.Linear(3, 5), torch.nn.Linear(5, 1)
    return torch.nn.Sequential(*parts).double()


def larc(parameters: Any, kind: Any = SGD, **more: Any) -> LARC:
    momenta = {"momentum": 0.9, "nesterov": True} if kind is SGD else {}
    return LARC(kind(parameters, lr=0.1, weight_decay=0.1, **momenta), 0.02, True, 1e-6, **more)


def trained(model: Any, optimizer: Optimizer, share: slice) -> int:
    """Steps of a model by its share of the data; the collectives of the last."""
    samples = torch.randn(
        STEPS, 8, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )
    for x in samples:
        optimizer.zero_grad()
        model(x[share]).square().mean().backward()
        with CommDebugMode() as collectives:
            optimizer.step()
    return collectives.get_total_counts()


def apart(mine: Any, wanted: Any) -> float:
    pairs = zip(mine, wanted, strict=True)
    return max(((a - b).abs().max() / b.abs().max()).item() for a, b in pairs)


def whole(parameters: Any) -> list[torch.Tensor]:
    return [p.full_tensor() if isinstance(p, DTensor) else p.detach() for p in parameters]


def fsdp2(mesh: Any, kind: Any = SGD) -> dict[str, float]:
    one = network()
    trained(one, larc(one.parameters(), kind), slice(None))
    model = network()
    for layer in (model[0], model[2]):
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)
    size = 8 // dist.get_world_size()
    share = slice(rank * size, (rank + 1) * size)
    count = trained(model, larc(model.parameters(), kind), share)
    empty = any(p.to_local().numel() == 0 for p in model.parameters())
    return {"apart": apart(whole(model.parameters()), whole(one.parameters())), "count": count, "empty": empty}  # fmt: skip


def stepped(parameters: list[Any], gradients: list[Any], **more: Any) -> tuple[list[Any], int]:
    """Steps by given gradients, the same each time."""
    optimizer = larc(parameters, **more)
    for _ in range(STEPS):
        for p, g in zip(parameters, gradients, strict=True):
            p.grad_dtype = None  # any
            p.grad = None if g is None else g.clone()
        with CommDebugMode() as collectives:
            optimizer.step()
    return [p.detach() for p in parameters], collectives.get_total_counts()


def tensors() -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    generator = torch.Generator().manual_seed(2)
    shapes = (4, 6), (3, 5), (1, 7), (9,), (2, 4)
    made = [torch.randn(x, dtype=torch.float64, generator=generator) for x in (*shapes, *shapes)]
    made[2].zero_()
    return made[:5], made[5:]


def parameters_of(xs: Any) -> list[Any]:
    return [torch.nn.Parameter(x.clone()) for x in xs]


def placed(mesh: Any, places: list[Any]) -> dict[str, float]:
    """DTensors of all kinds of placements, and one plain tensor, by one optimizer."""
    xs, gs = tensors()
    wanted, _ = stepped(parameters_of(xs), gs)
    given = [
        [x if place is None else distribute_tensor(x, mesh, place) for x, place in zip(part, places, strict=True)]
        for part in (xs, gs)
    ]  # fmt: skip
    got, count = stepped([torch.nn.Parameter(x) for x in given[0]], given[1])
    return {"apart": apart(whole(got), wanted), "count": count}


def flat_shards(dtype: torch.dtype = torch.float64) -> dict[str, float]:
    """Plain tensors, of which each process has a part of its own size; the last may have none.

    Gradients may be of another dtype, which whoever has none does not know.
    """
    xs, gs = tensors()
    gs = [g.to(dtype) for g in gs]
    wanted, _ = stepped(parameters_of(xs), gs)
    end = None if rank == dist.get_world_size() - 1 else 7 * (rank + 1)

    def split(x: torch.Tensor) -> torch.Tensor:
        return x.flatten()[7 * rank : end]

    mine = parameters_of(map(split, xs))
    gradients = [g if g.numel() else None for g in map(split, gs)]  # as FSDP1 has none there
    got, count = stepped(mine, gradients, process_group=dist.group.WORLD)
    pairs = [(a, split(b)) for a, b in zip(got, wanted, strict=True) if a.numel()]
    return {"apart": apart(*zip(*pairs, strict=True)), "count": count}


def fsdp1(original: bool) -> dict[str, Any]:
    """Refused without a process group."""
    one = network()
    model = FullyShardedDataParallel(network(), use_orig_params=original, device_id=torch.device("cpu"))  # fmt: skip
    try:
        larc(model.parameters())
    except TypeError as error:
        said = str(error)
    if original:
        trained(one, larc(one.parameters()), slice(None))
        size = 8 // dist.get_world_size()
        optimizer = larc(model.parameters(), process_group=dist.group.WORLD)
        count = trained(model, optimizer, slice(rank * size, (rank + 1) * size))
        with FullyShardedDataParallel.summon_full_params(model):
            far = apart([p.detach() for p in model.parameters()], whole(one.parameters()))
        return {"said": said, "apart": far, "count": count}
    return {"said": said}


def refused(mesh: Any) -> list[str]:
    """What is said of placements that can not be right."""
    said = []
    x, g = torch.ones(4), torch.ones(4)
    for place, of_gradient, more in (
        ([Partial()], [Partial()], {}),
        ([Shard(0)], [Replicate()], {}),
        ([Shard(0)], [Partial()], {}),
        ([Shard(0)], [Shard(0)], {"process_group": dist.group.WORLD}),
    ):
        p = torch.nn.Parameter(distribute_tensor(x, mesh, place))
        p.grad = DTensor.from_local(g, mesh, of_gradient, shape=x.shape, stride=x.stride())
        try:
            larc([p], **more).step()
        except TypeError as error:
            said.append(str(error))
    return said


def main() -> None:
    size = dist.get_world_size()
    line = init_device_mesh("cpu", (size,))
    cases: dict[str, Callable[[], Any]] = {
        "fsdp2": lambda: fsdp2(line),
        "fsdp2 with AdamW": lambda: fsdp2(line, AdamW),
        "placed": lambda: placed(line, [[Shard(0)], [Shard(1)], [Shard(1)], [Replicate()], None]),
        "flat shards": flat_shards,
        "flat shards, gradients in float32": lambda: flat_shards(torch.float32),
        "fsdp1": lambda: fsdp1(False),
        "fsdp1 with original parameters": lambda: fsdp1(True),
        "refused": lambda: refused(line),
    }
    if size == 4:
        square = init_device_mesh("cpu", (2, 2), mesh_dim_names=("outer", "inner"))
        cases["hsdp"] = lambda: fsdp2(square)
        both = [[Replicate(), Shard(0)], [Shard(0), Shard(1)], [Shard(1), Shard(1)], [Shard(0), Replicate()], [Replicate()] * 2]  # fmt: skip
        cases["placed on a square"] = lambda: placed(square, both)
    done = {name: run() for name, run in cases.items()}
    (folder / f"{rank}.json").write_text(json.dumps(done))


if __name__ == "__main__":
    folder, rank, world = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(1)
    dist.init_process_group("gloo", f"file://{folder}/store", rank=rank, world_size=world)
    main()
    dist.destroy_process_group()
