"""LARC under torch.compile: the same steps, by one graph, which a schedule does not compile anew."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from larc_formula import gradients, groups, of_formula, same, tensors_of
from torch._dynamo.testing import CompileCounterWithBackend
from torch.optim import SGD, AdamW
from torch.optim.optimizer import register_optimizer_step_post_hook

import schedcore as sc
from schedcore_torch import LARC, ScheduleLR

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script_method.* is deprecated")
LEFT_OUT = 1
COSINE = sc.Cosine(0.1, 0.0)


@pytest.fixture(autouse=True)
def nothing_compiled() -> Iterator[None]:
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


def sgd(dtype: torch.dtype = torch.float32, **more: Any) -> SGD:
    parts: list[dict[str, Any]] = [{"params": part["params"]} for part in groups(dtype)]
    parts[LEFT_OUT]["larc"] = False
    return SGD(parts, **{"lr": torch.tensor(0.1), "momentum": 0.9, "weight_decay": 0.05, **more})


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"nesterov": True},
        {"dampening": 0.3, "maximize": True},
        {"momentum": 0.0},
        {"weight_decay": torch.tensor(0.05)},
        {"weight_decay": 0.0},
        {"foreach": True},
        {"dtype": torch.float64},
    ],
)
def test_steps_are_the_same(more: dict[str, Any], clip: bool) -> None:
    counter = CompileCounterWithBackend("aot_eager")
    compiled, eager = (LARC(sgd(**more), 0.02, clip) for _ in range(2))
    step = torch.compile(compiled.step, backend=counter, fullgraph=True)
    schedulers = [ScheduleLR(x, 10, lr=COSINE) for x in (compiled, eager)]
    compilations = []
    for k in range(5):
        for larc in (compiled, eager):
            gradients(larc, 2 * k)
        before = [p.grad.clone() for p in compiled_params(compiled)]
        step()
        eager.step()
        for scheduler in schedulers:
            scheduler.step()
        for p, g in zip(compiled_params(compiled), before, strict=True):
            assert torch.equal(p.grad, g)
        compilations.append(counter.frame_count)
    tolerance = 1e-6 if more.get("dtype") is None else 1e-12
    same(tensors_of(compiled), tensors_of(eager), tolerance)
    for mine, wanted in zip(compiled.state.values(), eager.state.values(), strict=True):
        assert mine.keys() == wanted.keys()
    assert compilations[1] == compilations[-1]  # once more when there are momenta, and never again


def compiled_params(larc: LARC) -> list[Any]:
    return [p for group in larc.param_groups for p in group["params"]]


def test_with_the_compiler_of_torch() -> None:
    compiled, theirs = LARC(sgd(), 0.02, True), sgd(lr=0.1)
    for x in (compiled, theirs):
        x.param_groups[0]["params"][:] = x.param_groups[0]["params"][5:]
        x.param_groups[2]["params"].clear()
    step = torch.compile(compiled.step, fullgraph=True)
    for k in range(3):
        rate = COSINE(k / 3)
        for x in (compiled, theirs):
            for p in compiled_params(x):
                p.grad = torch.sin(p.detach() + k)
        for mine, other in zip(compiled.param_groups, theirs.param_groups, strict=True):
            mine["lr"].fill_(rate)
            other["lr"] = rate
        step()
        of_formula(theirs, 0.02, True)
    same(tensors_of(compiled), tensors_of(theirs), 1e-5)


@pytest.mark.parametrize("case", ["adamw", "hooks", "scheduler", "complex", "half", "subclass"])
def test_what_is_not_compiled_is_the_same(case: str) -> None:
    called: list[int] = []

    def made() -> LARC:
        if case == "adamw":
            return LARC(AdamW(groups(torch.float32), weight_decay=0.1), 0.02)
        if case == "subclass":
            return LARC(type("MySGD", (SGD,), {})(groups(torch.float32), lr=0.1), 0.02)
        dtype = {"complex": torch.complex64, "half": torch.float16}.get(case, torch.float32)
        optimizer = SGD(groups(dtype), weight_decay=0.05, momentum=0.9)
        if case == "hooks":
            optimizer.register_step_post_hook(lambda *_: called.append(1))
        if case == "scheduler":
            torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)
        return LARC(optimizer, 0.02)

    compiled, eager = made(), made()
    counter = CompileCounterWithBackend("aot_eager")
    step = torch.compile(compiled.step, backend=counter)
    for k in range(3):
        gradients(compiled, k)
        gradients(eager, k)
        step()
        eager.step()
    assert all(map(torch.equal, tensors_of(compiled), tensors_of(eager)))
    assert counter.frame_count == 0
    assert len(called) == (6 if case == "hooks" else 0)


@pytest.mark.parametrize("w", [0.05, 0.0])
def test_what_is_not_finite_goes_where_it_would(w: float) -> None:
    compiled, eager = (LARC(sgd(weight_decay=w), 0.02) for _ in range(2))
    step = torch.compile(compiled.step, backend="aot_eager")
    for larc in (compiled, eager):
        gradients(larc, 0)
        larc.param_groups[0]["params"][0].grad[0, 0] = torch.inf
        for group in larc.param_groups[:2]:
            group["params"][1].data[0] = torch.inf
    step()
    eager.step()
    for mine, wanted in zip(tensors_of(compiled), tensors_of(eager), strict=True):
        torch.testing.assert_close(mine, wanted, rtol=1e-6, atol=0.0, equal_nan=True)
    assert tensors_of(compiled)[0].isinf().sum() == 1


def test_sparse_gradients_are_refused() -> None:
    embedding = torch.nn.Embedding(4, 2, sparse=True)
    embedding(torch.tensor([1])).sum().backward()
    step = torch.compile(LARC(SGD(embedding.parameters(), lr=0.1)).step, backend="eager")
    with pytest.raises(TypeError, match=r"^LARC: gradients must be dense"):
        step()


@pytest.mark.parametrize("of_all", [False, True])
def test_hooks_that_come_later_are_called(of_all: bool) -> None:
    compiled, eager = (LARC(sgd(), 0.02) for _ in range(2))
    step = torch.compile(compiled.step, backend="aot_eager")
    calls = []
    for k in range(4):
        if k == 2:
            handles = [
                register_optimizer_step_post_hook(lambda x, *_: calls.append(type(x).__name__))
                if of_all
                else x.optimizer.register_step_post_hook(lambda x, *_: calls.append(id(x)))
                for x in (compiled, eager)[: 1 if of_all else 2]
            ]
        for larc in (compiled, eager):
            gradients(larc, 2 * k)
        step()
        eager.step()
    for handle in handles:
        handle.remove()
    same(tensors_of(compiled), tensors_of(eager), 1e-6)
    expected = ["SGD", "LARC"] * 2 if of_all else [id(compiled.optimizer), id(eager.optimizer)]
    assert calls == expected * 2


def test_a_scheduler_that_comes_later_follows_updates() -> None:
    compiled, eager = (LARC(sgd(), 0.02) for _ in range(2))
    step = torch.compile(compiled.step, backend="aot_eager")
    for k in range(6):
        if k == 2:
            schedulers = [
                ScheduleLR(x.optimizer, 10, lr=COSINE, follow_updates=True)
                for x in (compiled, eager)
            ]
        for larc in (compiled, eager):
            gradients(larc, 2 * k)
        step()
        eager.step()
    assert [x.position for x in schedulers] == [4, 4]
    same(tensors_of(compiled), tensors_of(eager), 1e-6)
