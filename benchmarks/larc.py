"""LARC around SGD with momentum: whole steps, beside apex's algorithm."""

import math
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.optim import SGD, Optimizer

from benchmarks.side_by_side import compare, machine
from schedcore_torch import LARC

TRUST = 0.001
DECAY = 1e-4

Shape = tuple[int, ...]
Step = Callable[[], object]

LARGE: list[Shape] = [(2**22,)] * 119  # 499 million parameters


def resnet50() -> list[Shape]:
    """Its 161 tensors, of 25.6 million parameters."""
    shapes: list[Shape] = [(64, 3, 7, 7), (64,), (64,)]
    wide = 64
    for planes, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for block in range(blocks):
            layers = [(planes, wide, 1, 1), (planes, planes, 3, 3), (4 * planes, planes, 1, 1)]
            layers += [(4 * planes, wide, 1, 1)] if block == 0 else []
            shapes += [x for layer in layers for x in (layer, layer[:1], layer[:1])]
            wide = 4 * planes
    return [*shapes, (1000, 2048), (1000,)]


def sgd(shapes: Iterable[Shape], device: str, **more: Any) -> Optimizer:
    generator = torch.Generator(device).manual_seed(0)

    def tensor(shape: Shape) -> torch.Tensor:
        return torch.randn(shape, generator=generator, device=device)

    params = [torch.nn.Parameter(0.05 * tensor(shape)) for shape in shapes]
    for p in params:
        p.grad = 0.01 * tensor(tuple(p.shape))
    return SGD(params, **{"lr": 0.1, "momentum": 0.9, "weight_decay": DECAY, **more})


@torch.no_grad()
def apex_step(optimizer: Optimizer, eps: float = 1e-8) -> None:
    """As apex has it: one parameter after the other, with norms that are asked for."""
    for group in optimizer.param_groups:
        group["weight_decay"] = 0.0
        for p in group["params"]:
            size, slope = p.norm(), p.grad.norm()
            if size != 0 and slope != 0:
                ratio = TRUST * size / (slope + size * DECAY + eps)
                p.grad += DECAY * p
                p.grad *= ratio
    optimizer.step()
    for group in optimizer.param_groups:
        group["weight_decay"] = DECAY


def assert_same(mine: Optimizer, step: Step, theirs: Optimizer) -> None:
    """Three steps by the same gradients, which not every side scales."""
    pairs = [*zip(params(mine), params(theirs), strict=True)]
    for k in range(3):
        for p, q in pairs:
            p.grad, q.grad = (0.01 * torch.sin(1000 * x.detach() + k) for x in (q, q))
        step()
        apex_step(theirs)
        for p, q in pairs:
            assert (p - q).abs().max() <= 1e-5 * q.abs().max(), tuple(p.shape)


def params(optimizer: Optimizer) -> list[torch.nn.Parameter]:
    return [p for group in optimizer.param_groups for p in group["params"]]


def sides(
    shapes: list[Shape], device: str, *, through: Callable[[Step], Step] | None = None, **more: Any
) -> dict[str, Step]:
    """Ours and apex's, which were seen to do the same."""
    mine, theirs = sgd(shapes, device, **more), sgd(shapes, device)
    step: Step = LARC(mine, TRUST).step
    step = step if through is None else through(step)
    assert_same(mine, step, theirs)
    return {"ours": step, "apex's algorithm": lambda: apex_step(theirs)}


def compiled(step: Step) -> Step:
    return torch.compile(step, fullgraph=True)


def waited(runs: dict[str, Step]) -> dict[str, Step]:
    """Each until the device is done."""

    def until_done(run: Step) -> Step:
        def both() -> None:
            run()
            torch.cuda.synchronize()

        return both

    return {name: until_done(run) for name, run in runs.items()}


def launches(step: Step) -> int:
    """Kernels, copies and fills on the device."""
    activities = [torch.profiler.ProfilerActivity.CUDA]
    with torch.profiler.profile(activities=activities) as profiler:
        step()
        torch.cuda.synchronize()
    kernels = [x for x in profiler.events() if x.device_type == torch.autograd.DeviceType.CUDA]
    return len(kernels)


def syncs(step: Step) -> int:
    """How often the host waits for the device."""
    torch.cuda.set_sync_debug_mode("warn")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        step()
    torch.cuda.set_sync_debug_mode("default")
    return sum("synchronizing" in str(x.message) for x in seen)


def moving(size: int, count: int) -> Step:
    """A copy of as many bytes, read and written, for each of `count` parameters."""
    source = torch.zeros(size * count // 8, device="cuda")
    target = torch.empty_like(source)
    return lambda: target.copy_(source)


def on_the_host() -> None:
    print(machine("torch"), f"{torch.get_num_threads()} threads", sep=", ")
    tiny: list[Shape] = [(64,)] * 1000
    compare("ResNet-50, 161 tensors", "<= 0.75x", sides(resnet50(), "cpu"), rounds=40)
    compare("1000 tensors of 64", "<= 0.35x", sides(tiny, "cpu"), rounds=60)
    rate = torch.tensor(0.1)  # so that no other rate is compiled anew
    runs = sides(resnet50(), "cpu", through=compiled, lr=rate)
    compare("ResNet-50, torch.compile", "<= 0.6x", runs, rounds=40)


def on_a_gpu() -> None:
    print(torch.cuda.get_device_name())
    rate = torch.tensor(0.1, device="cuda")
    kinds: dict[str, dict[str, Any]] = {
        "eager": {},
        "fused=True": {"fused": True},
        "torch.compile": {"through": compiled, "lr": rate},
    }
    for kind, more in kinds.items():
        runs = sides(resnet50(), "cuda", **more)
        counted = [f"{k}: {syncs(x)} syncs, {launches(x)} launches" for k, x in runs.items()]
        print(f"ResNet-50, {kind}: {'; '.join(counted)}   [reach: no sync]")
        compare(f"ResNet-50, {kind}", "<= 0.2x: 5 times faster", waited(runs), rounds=60)
        del runs
    count = sum(math.prod(shape) for shape in LARGE)
    for kind, size in (("fused=True", 40), ("torch.compile", 28)):
        runs = {"ours": sides(LARGE, "cuda", **kinds[kind])["ours"]}
        runs[f"a copy of {size} bytes a parameter"] = moving(size, count)
        compare(f"{count / 1e6:.0f} M parameters, {kind}", "<= 1.5x", waited(runs), rounds=20)
        del runs


def main() -> None:
    on_the_host()
    if torch.cuda.is_available():
        on_a_gpu()
    else:
        print("no GPU: not run")


if __name__ == "__main__":
    main()
