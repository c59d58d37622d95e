"""LARC on a GPU: nothing waits for it, launches stay few, and graphs capture the step."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from larc_formula import gradients, groups, of_formula, same, tensors_of
from torch.optim import SGD, AdamW, Optimizer

from schedcore_torch import LARC

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.filterwarnings("ignore:.*torch.jit.script_method.* is deprecated"),
]


def moved(rate: float = 1.0) -> list[dict[str, Any]]:
    parts = groups(torch.float32, rate)
    for part in parts:
        part["params"] = [torch.nn.Parameter(p.detach().cuda()) for p in part["params"]]
    return parts


def sgd(**more: Any) -> SGD:
    return SGD(moved(), **{"lr": 0.1, "momentum": 0.9, "weight_decay": 0.05, **more})


def alone() -> list[dict[str, Any]]:
    """Groups that have nothing but parameters."""
    return [{"params": part["params"]} for part in moved()]


@pytest.fixture
def refusing_to_wait() -> Iterator[Any]:
    """A switch for errors wherever the host would wait for the GPU."""
    yield lambda on: torch.cuda.set_sync_debug_mode("error" if on else "default")
    torch.cuda.set_sync_debug_mode("default")


def make(kind: str, tensors: bool) -> Optimizer:
    if kind == "adamw":
        return AdamW(moved(0.01), weight_decay=0.05)
    if kind == "tensors":  # for lr and weight_decay; the formula reads them
        lr, decay = (torch.tensor(x, device="cuda") if tensors else x for x in (0.1, 0.05))
        return SGD(alone(), lr=lr, weight_decay=decay, momentum=0.9, fused=True)  # type: ignore[arg-type]
    return sgd(nesterov=kind == "nesterov", fused=kind == "fused")


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("kind", ["momentum", "nesterov", "fused", "tensors", "adamw"])
def test_the_formula_without_waiting(kind: str, clip: bool, refusing_to_wait: Any) -> None:
    mine, theirs = make(kind, tensors=True), make(kind, tensors=False)
    larc = LARC(mine, 0.02, clip)
    for step in range(10):
        gradients(mine, step)
        gradients(theirs, step)
        refusing_to_wait(True)
        larc.step()
        refusing_to_wait(False)
        of_formula(theirs, 0.02, clip)
    same(tensors_of(mine), tensors_of(theirs), 1e-5)


def launches(larc: LARC) -> int:
    larc.step()
    torch.cuda.synchronize()
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profiler:
        larc.step()
        torch.cuda.synchronize()
    return sum(x.device_type == torch.autograd.DeviceType.CUDA for x in profiler.events())


def test_launches_do_not_grow_with_parameters() -> None:
    counts = []
    for count in (10, 100):
        params = [torch.nn.Parameter(torch.randn(64, device="cuda")) for _ in range(count)]
        for p in params:
            p.grad = torch.randn_like(p)
        counts.append(launches(LARC(SGD(params, lr=0.1, momentum=0.9, weight_decay=0.1))))
    assert 0 < counts[0] <= counts[1] < counts[0] + 30  # for 90 more parameters


def test_a_graph_captures_the_step() -> None:
    larc, eager = (LARC(sgd(), 0.02, clip=True) for _ in range(2))
    static = [torch.zeros_like(p) for p in tensors_of(larc)]

    def give(step: int) -> None:
        gradients(larc, 2 * step)  # by which all parameters have one
        gradients(eager, 2 * step)
        params = [p for group in larc.param_groups for p in group["params"]]
        for held, p in zip(static, params, strict=True):
            held.copy_(p.grad)
            p.grad = held

    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for step in range(3):  # to warm up
            give(step)
            larc.step()
            eager.step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    give(3)
    with torch.cuda.graph(graph):
        larc.step()
    for step in range(3, 8):
        give(step)
        graph.replay()
        eager.step()
    same(tensors_of(larc), tensors_of(eager), 1e-6)


def test_compiled_steps_are_the_same_and_wait_for_nothing(refusing_to_wait: Any) -> None:
    torch._dynamo.reset()
    rates = [torch.tensor(0.1, device="cuda") for _ in range(2)]
    compiled, eager = (LARC(SGD(alone(), lr=x, momentum=0.9, weight_decay=0.05), 0.02) for x in rates)  # fmt: skip
    step = torch.compile(compiled.step, fullgraph=True)
    for k in range(6):
        gradients(compiled, 2 * k)
        gradients(eager, 2 * k)
        for rate in rates:
            rate.fill_(0.1 / (k + 1))
        refusing_to_wait(k > 2)  # once all is compiled
        step()
        refusing_to_wait(False)
        eager.step()
    same(tensors_of(compiled), tensors_of(eager), 1e-5)
    torch._dynamo.reset()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_norms_of_half_precision_do_not_overflow(dtype: torch.dtype) -> None:
    p = torch.nn.Parameter(torch.full((64, 64), 1.0, dtype=dtype, device="cuda"))
    p.grad = torch.full((64, 64), 60_000.0, dtype=dtype, device="cuda")
    LARC(SGD([p], lr=1.0), 0.25).step()
    torch.testing.assert_close(p.detach(), torch.full_like(p, 0.75))


@pytest.mark.parametrize("size", [1e30, 1e-30])
def test_norms_whose_squares_float32_does_not_hold(size: float) -> None:
    p = torch.nn.Parameter(torch.tensor([3.0, 4.0], device="cuda") * size)
    p.grad = torch.tensor([0.0, 2.0], device="cuda") * size
    LARC(SGD([p], lr=0.0), 0.5, eps=0.0).step()
    torch.testing.assert_close(p.grad / size, torch.tensor([0.0, 2.5], device="cuda"))


def test_grad_scaler() -> None:
    scaled, plain = (LARC(sgd(fused=True), 0.02) for _ in range(2))
    scaler = torch.amp.GradScaler("cuda", init_scale=2.0**10)
    for step in range(3):
        gradients(scaled, step)
        gradients(plain, step)
        for group in scaled.param_groups:
            for p in group["params"]:
                p.grad = None if p.grad is None else scaler.scale(p.grad)
        scaler.step(scaled)
        scaler.update()
        plain.step()
    same(tensors_of(scaled), tensors_of(plain), 1e-6)
