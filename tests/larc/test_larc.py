"""LARC against its formula, and as an optimizer among what optimizers meet."""

import copy
import math
import pickle
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from larc_formula import SHAPES, gradients, groups, of_formula, same, tensors_of
from optimizers import named, train
from torch import Tensor, distributed
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.tensor import Shard, distribute_tensor
from torch.distributed.tensor.debug import CommDebugMode
from torch.optim import SGD, Adam, AdamW, Optimizer, lr_scheduler
from torch.utils._python_dispatch import TorchDispatchMode

import schedcore as sc
from schedcore_torch import LARC, ScheduleLR
from schedcore_torch._larc import batches, norms, scaling, sgd_on_cpu

COSINE = sc.Cosine(0.1, 0.0)
SGDS = [
    {"momentum": 0.9},
    {"momentum": 0.9, "nesterov": True},
    {"momentum": 0.9, "dampening": 0.3},
]
KINDS: list[tuple[type[Optimizer], dict[str, Any]]] = [*((SGD, more) for more in SGDS), (AdamW, {})]


def as_on_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do all as it is done for a device that would be waited for."""
    for module in (batches, sgd_on_cpu, norms, scaling):
        monkeypatch.setattr(module, "on_host", lambda _: False)


@pytest.fixture(params=["as one", "by numbers", "on a device"])
def somewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way in which gradients are scaled."""
    if request.param == "by numbers":
        monkeypatch.setattr(batches, "_SMALL", -1)
        monkeypatch.setattr(batches, "_CACHED", 10)
        monkeypatch.setattr(norms, "_SHARED", 1)
        monkeypatch.setattr(norms, "_ROW", 2)
    if request.param == "on a device":
        monkeypatch.setattr(scaling, "_COPIED", 10)
        as_on_a_device(monkeypatch)


@pytest.mark.usefixtures("somewhere")
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize(("kind", "more"), KINDS)
def test_the_formula(
    kind: Any, more: dict[str, Any], clip: bool, dtype: torch.dtype, tolerance: float
) -> None:
    rate = 0.01 if kind is AdamW else 1.0  # so that nothing crosses 0, where digits are lost
    mine, theirs = (kind(groups(dtype, rate), weight_decay=0.1, **more) for _ in range(2))
    larc = LARC(mine, 0.02, clip, 1e-6)
    for step in range(50):
        gradients(mine, step)
        gradients(theirs, step)
        larc.step()
        of_formula(theirs, 0.02, clip, 1e-6)
        same(tensors_of(mine), tensors_of(theirs), tolerance)
    assert [group["weight_decay"] for group in mine.param_groups] == [0.1, 0.0, 0.2]


@pytest.mark.usefixtures("somewhere")
@pytest.mark.parametrize("more", SGDS)
def test_an_enormous_trust_with_clip_is_the_wrapped_sgd(more: dict[str, Any]) -> None:
    plain, wrapped = (SGD(groups(torch.float32), weight_decay=0.1, **more) for _ in range(2))
    larc = LARC(wrapped, 1e30, clip=True, decay_zeros=True)
    for step in range(50):
        gradients(plain, step)
        gradients(wrapped, step)
        plain.step()
        larc.step()
    same(tensors_of(wrapped), tensors_of(plain), 1e-7)


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.floats(0.0, 1.0))
def test_without_eps_the_rate_does_not_see_how_large_the_gradient_is(
    c: float, trust: float, w: float
) -> None:
    p, slope = torch.tensor([3.0, -1.0, 2.0]).double(), torch.tensor([0.3, 0.7, -0.2]).double()
    seen = []
    for factor in (1.0, c):  # of the loss, decay included
        q = torch.nn.Parameter(p.clone())
        q.grad = slope * factor
        LARC(SGD([q], lr=1.0, weight_decay=w * factor), trust, eps=0.0).step()
        seen.append([q.grad])
    same(*seen, 1e-12)  # of the whole tensor, since g + w*p may cancel in one place


def one(
    p: Any, g: Any, *, dtype: torch.dtype = torch.float64, larc: dict[str, Any] | None = None,
    kind: Any = SGD, **more: Any,
) -> tuple[LARC, torch.nn.Parameter]:  # fmt: skip
    """LARC on one parameter that has a gradient."""
    q = torch.nn.Parameter(torch.as_tensor(p, dtype=dtype).clone())
    q.grad = torch.as_tensor(g, dtype=dtype).clone()
    return LARC(kind([q], **more), **(larc or {})), q


@pytest.mark.usefixtures("somewhere")
@pytest.mark.parametrize(
    ("p", "g", "more", "expected"),
    [
        # g + w*p = (0.3, 2.4), and a = 0.1 * 5 / (2 + 0.1 * 5) = 0.2; or 0.2 / 0.5
        ([3, 4], [0, 2], {}, [0.06, 0.48]),
        ([3, 4], [0, 2], {"clip": True}, [0.12, 0.96]),
        ([3, 4], [0, 0.02], {"clip": True}, [0.3, 0.42]),
        ([3, 4], [0, 0], {}, [0, 0]),
        ([3, 4], [0, 0], {"decay_zeros": True}, [0.3, 0.4]),
        ([0, 0], [0, 2], {"clip": True}, [0, 2]),
        ([0, 0], [0, 2], {"decay_zeros": True}, [0, 2]),
        ([3, 4], [math.inf, 2], {}, [math.inf, 2.4]),
        ([3, 4], [math.nan, 2], {"clip": True}, [math.nan, 2.4]),
        ([math.inf, 4], [1, 2], {}, [math.inf, 2.4]),
        ([math.nan, 4], [0, 0], {}, [math.nan, 0.4]),
        ([math.inf, 4], [0, 0], {}, [math.inf, 0.4]),
    ],
)
def test_what_the_optimizer_gets(
    p: list[float], g: list[float], more: dict[str, Any], expected: list[float]
) -> None:
    larc, q = one(p, g, lr=0.5, weight_decay=0.1, larc={"trust_coefficient": 0.1, "eps": 0.0, **more})  # fmt: skip
    larc.step()
    assert q.grad is not None
    assert torch.allclose(
        q.grad, torch.tensor(expected, dtype=torch.float64), 1e-12, 0.0, equal_nan=True
    )


@pytest.mark.usefixtures("somewhere")
def test_gradients_are_scaled_in_place() -> None:
    larc, p = one([3.0, 4.0], [1.0, 2.0], lr=0.5)
    before = p.grad
    larc.step()
    assert p.grad is before
    assert p.grad.tolist() != [1.0, 2.0]


@pytest.mark.usefixtures("somewhere")
def test_a_learning_rate_of_0_changes_nothing() -> None:
    larc, p = one([3.0, 4.0], [1.0, 2.0], lr=0.0, weight_decay=0.1, larc={"clip": True})
    larc.step()
    assert p.tolist() == [3.0, 4.0]


@pytest.mark.usefixtures("somewhere")
@pytest.mark.parametrize("clip", [False, True])
def test_tensors_for_numbers(clip: bool) -> None:
    seen = []
    for make in (float, torch.tensor):
        larc, p = one([3.0, 4.0], [1.0, 2.0], lr=make(0.5), weight_decay=make(0.125), larc={"clip": clip})  # fmt: skip
        w = larc.param_groups[0]["weight_decay"]
        larc.step()
        assert larc.param_groups[0]["weight_decay"] is w
        seen.append(p.detach())
    same(seen[:1], seen[1:], 1e-12)


@pytest.mark.usefixtures("somewhere")
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(dtype: torch.dtype) -> None:
    p, g = torch.linspace(1, 2, 50).to(dtype), torch.full((50,), 60_000.0).to(dtype)
    larc, q = one(p, g, dtype=dtype, lr=0.0, weight_decay=0.5, larc={"trust_coefficient": 1.0})
    larc.step()
    assert q.grad is not None
    a = p.double().norm() / (g.double().norm() + 0.5 * p.double().norm() + 1e-8)
    expected = (a * (g.double() + 0.5 * p.double())).float().to(dtype)
    assert q.grad.dtype == dtype
    spacing = torch.finfo(dtype).eps
    assert (
        (q.grad - expected).abs() <= spacing * expected.abs()
    ).all()  # an ulp, of a double rounding
    assert (q.grad == expected).float().mean() > 0.9  # which is rare


@pytest.mark.usefixtures("somewhere")
def test_a_group_of_several_dtypes() -> None:
    dtypes = (torch.float16, torch.float64, torch.complex64, torch.float32)
    alone = [one([3.0, 4.0], [1.0, 2.0], dtype=x, lr=0.5, weight_decay=0.1) for x in dtypes]
    together = [one([3.0, 4.0], [1.0, 2.0], dtype=x, lr=0.5)[1] for x in dtypes]
    LARC(SGD(together, lr=0.5, weight_decay=0.1)).step()
    for (larc, p), q in zip(alone, together, strict=True):
        larc.step()
        assert torch.equal(p, q)


@pytest.mark.usefixtures("somewhere")
def test_complex_parameters() -> None:
    real = torch.tensor([[3.0, 4.0], [1.0, -2.0]]).double()
    slope = torch.tensor([[1.0, -1.0], [0.5, 2.0]]).double()
    larc, p = one(real, slope, lr=0.5, weight_decay=0.1)
    larc.step()
    z = torch.view_as_complex(real)
    g = torch.view_as_complex(slope)
    for gradient in (g.clone(), g.conj().resolve_conj().conj()):  # which is conjugated lazily
        q = torch.nn.Parameter(z.clone())
        q.grad = gradient
        LARC(SGD([q], lr=0.5, weight_decay=0.1)).step()
        same([torch.view_as_real(q.detach())], [p.detach()], 1e-12)


@pytest.mark.usefixtures("somewhere")
def test_maximize_climbs_and_still_decays() -> None:
    up, p = one([3.0, 4.0], [1.0, 2.0], lr=0.5, weight_decay=0.1, momentum=0.9, maximize=True)
    down, q = one([3.0, 4.0], [-1.0, -2.0], lr=0.5, weight_decay=0.1, momentum=0.9)
    for _ in range(3):
        up.step()
        down.step()
        p.grad, q.grad = torch.ones(2).double(), -torch.ones(2).double()
    same([p.detach()], [q.detach()], 1e-14)


def test_a_group_that_is_left_out() -> None:
    mine, plain = (SGD(groups(), weight_decay=0.1, momentum=0.9) for _ in range(2))
    mine.param_groups[2]["larc"] = False
    larc = LARC(mine)
    for step in range(5):
        gradients(mine, step)
        gradients(plain, step)
        larc.step()
        plain.step()
    count = len(SHAPES)
    ours, theirs = tensors_of(mine), tensors_of(plain)
    assert all(map(torch.equal, ours[2 * count :], theirs[2 * count :]))
    assert not torch.equal(ours[0], theirs[0])
    mine.param_groups[2]["larc"] = 0
    with pytest.raises(TypeError, match=r"^LARC: 'larc' must be True or False in every group, got 0$"):  # fmt: skip
        larc.step()
    assert mine.param_groups[0]["weight_decay"] == 0.1


def test_an_optimizer_without_weight_decay() -> None:
    larc, p = one([3.0, 4.0], [1.0, 2.0], lr=0.5, kind=torch.optim.Rprop)
    larc.step()
    assert "weight_decay" not in larc.param_groups[0]
    assert p.tolist() != [3.0, 4.0]
    larc.param_groups[0]["weight_decay"] = None
    larc.step()
    assert larc.param_groups[0]["weight_decay"] is None


def test_it_is_an_optimizer_with_what_the_wrapped_one_has() -> None:
    inner = AdamW(named("ab"), lr=0.1)
    larc = LARC(inner)
    assert isinstance(larc, Optimizer)

    def shared() -> bool:
        same_groups = larc.param_groups is inner.param_groups
        return same_groups and larc.state is inner.state and larc.defaults is inner.defaults

    assert shared()
    train(larc)
    larc.load_state_dict(inner.state_dict())
    assert shared()
    inner.load_state_dict(larc.state_dict())
    assert shared()
    larc.add_param_group({**named("c")[0], "larc": False})
    assert shared()
    assert inner.param_groups[2]["lr"] == 0.1
    larc.param_groups, larc.state, larc.defaults = [*inner.param_groups], larc.state.copy(), {**inner.defaults}  # fmt: skip
    assert shared()
    assert repr(larc) == (
        "LARC (trust_coefficient=0.001, clip=False, eps=1e-08, decay_zeros=False) of " + repr(inner)
    )


def test_zero_grad() -> None:
    larc, p = one([3.0], [1.0], lr=0.5)
    larc.zero_grad(set_to_none=False)
    assert p.grad is not None
    assert p.grad.tolist() == [0.0]
    larc.zero_grad()
    assert p.grad is None


def test_a_closure_is_run_once_with_gradients() -> None:
    larc, p = one([3.0], [1.0], lr=0.5)
    twin, q = one([3.0], [6.0], lr=0.5)
    runs = []

    def closure() -> Tensor:
        larc.zero_grad()
        loss = p.square().sum()
        loss.backward()
        runs.append(loss)
        return loss

    assert larc.step(closure) is runs[0]
    assert len(runs) == 1
    assert twin.step() is None
    assert torch.equal(p, q)


def test_step_hooks_of_both_see_the_weight_decay() -> None:
    larc, p = one([3.0], [1.0], lr=0.5, weight_decay=0.1)
    seen: list[Any] = []

    def note(name: str) -> Callable[..., None]:
        return lambda who, *_: seen.append((name, type(who).__name__, who.param_groups[0]["weight_decay"], p.grad.item() == 1.0))  # fmt: skip

    larc.optimizer.register_step_pre_hook(note("pre"))
    larc.optimizer.register_step_post_hook(note("post"))
    larc.register_step_pre_hook(note("pre"))
    larc.register_step_post_hook(note("post"))
    larc.step()
    assert seen == [("pre", "LARC", 0.1, True), ("pre", "SGD", 0.1, True), ("post", "SGD", 0.1, False), ("post", "LARC", 0.1, False)]  # fmt: skip
    assert len(larc.optimizer._optimizer_step_pre_hooks) == 1  # type: ignore[attr-defined]
    assert len(larc.optimizer._optimizer_step_post_hooks) == 1  # type: ignore[attr-defined]


def test_what_a_hook_does_to_gradients_is_done_before() -> None:
    larc, p = one([3.0, 4.0], [1.0, 2.0], lr=0.5)
    twin, q = one([3.0, 4.0], [2.0, -2.0], lr=0.5)
    larc.optimizer.register_step_pre_hook(
        lambda *_: p.grad.mul_(torch.tensor([2.0, -1.0])) is None or None
    )
    larc.step()
    twin.step()
    assert torch.equal(p, q)


class BrokenSGD(SGD):
    """Has an update that fails."""

    def step(self, closure: Any = None) -> None:
        assert [group["weight_decay"] for group in self.param_groups] == [0.0]
        raise RuntimeError("broken")


def test_weight_decay_comes_back_whatever_happens() -> None:
    larc, _ = one([3.0], [1.0], kind=BrokenSGD, lr=0.5, weight_decay=0.1)
    with pytest.raises(RuntimeError, match=r"^broken$"):
        larc.step()
    assert larc.param_groups[0]["weight_decay"] == 0.1
    assert not larc.optimizer._optimizer_step_pre_hooks  # type: ignore[attr-defined]


def test_state_dict_hooks_of_both() -> None:
    larc = LARC(AdamW(named("a")))
    seen: list[Any] = []
    for who in (larc, larc.optimizer):
        who.register_state_dict_pre_hook(lambda who: seen.append(("pre", who)))
        who.register_state_dict_post_hook(lambda who, state: {**state, type(who).__name__: 1})
        who.register_load_state_dict_pre_hook(lambda who, state: seen.append((who, state.pop(type(who).__name__))) or state)  # fmt: skip
        who.register_load_state_dict_post_hook(lambda who: seen.append(("post", who)))
    state = larc.state_dict()
    assert state.keys() == {"state", "param_groups", "AdamW", "LARC"}
    larc.load_state_dict(state)
    inner = larc.optimizer
    assert seen == [("pre", larc), ("pre", inner), (larc, 1), (inner, 1), ("post", inner), ("post", larc)]  # fmt: skip
    assert "LARC" in state  # hooks were given a copy


def test_checkpoints_with_and_without_larc() -> None:
    first, second = LARC(AdamW(named("ab"), lr=0.1)), AdamW(named("ab"), lr=0.2)
    train(first)
    second.load_state_dict(first.state_dict())
    assert second.state_dict().keys() == first.state_dict().keys()
    assert second.param_groups[0]["lr"] == 0.1
    third = AdamW(named("ab"), lr=0.3)
    third.param_groups[1]["larc"] = False
    for load in (LARC(third).load_state_dict, third.load_state_dict):
        state = second.state_dict()
        load(state)
        assert third.param_groups[1]["larc"] is False  # which the checkpoint does not know of
        assert "larc" not in third.param_groups[0]
        assert "larc" not in state["param_groups"][1]
        assert third.param_groups[0]["lr"] == 0.1
    state["param_groups"].append(state["param_groups"][0])
    with pytest.raises(ValueError, match="different number of parameter groups"):
        LARC(third).load_state_dict(state)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@pytest.mark.parametrize("scheduled", [False, True])
def test_copies_go_on_alike(copied: Any, scheduled: bool) -> None:
    inner = AdamW(named("ab"), lr=0.1, weight_decay=0.1)
    inner.param_groups[1]["larc"] = False
    larc = LARC(inner, 0.1, True, 1e-7, decay_zeros=True)
    if scheduled:  # which patches `step`
        kept = lr_scheduler.StepLR(larc, 10), lr_scheduler.StepLR(inner, 10)
        assert kept[0].optimizer is larc
    train(larc)
    other = copied(larc)
    assert "step" not in vars(other)
    assert other.param_groups is other.optimizer.param_groups is not inner.param_groups
    train(larc)
    train(other)
    assert all(map(torch.equal, tensors_of(other), tensors_of(larc)))
    assert repr(other) == repr(larc)
    plain = AdamW(named("ab"))
    plain_state = plain.state_dict()
    other.load_state_dict(plain_state)
    assert other.param_groups[1]["larc"] is False


def test_torch_s_schedulers() -> None:
    larc = LARC(SGD(named("a"), lr=1.0, momentum=0.9))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        step_lr = lr_scheduler.StepLR(larc, 1)
        train(larc)
        step_lr.step()
        assert larc.param_groups[0]["lr"] == 0.1
        one_cycle = lr_scheduler.OneCycleLR(larc, 1.0, 10)
        train(larc)
        one_cycle.step()
        inside = lr_scheduler.StepLR(larc.optimizer, 1)
        train(larc)
        inside.step()


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("follow_updates", [False, True])
def test_schedule_lr(inside: bool, follow_updates: bool) -> None:
    larc = LARC(AdamW(named("ab"), weight_decay=0.3))
    watched = larc.optimizer if inside else larc
    decay = sc.Linear(0.1, 0.2)
    scheduler = ScheduleLR(watched, 4, lr=COSINE, weight_decay=decay, follow_updates=follow_updates)
    for step in range(4):
        assert [g["lr"] for g in larc.param_groups] == [COSINE(step / 4)] * 2
        assert [g["weight_decay"] for g in larc.param_groups] == [decay(step / 4)] * 2
        state = larc.state_dict()
        train(larc)  # an edit of what is scheduled would be warned of
        if step == 1:
            watched.load_state_dict(state)
        scheduler.step()
    assert scheduler.position == 4


def test_schedule_lr_of_tensors_writes_into_the_same() -> None:
    larc = LARC(SGD(named("a"), lr=torch.tensor(0.5), weight_decay=torch.tensor(0.5)))  # type: ignore[arg-type]
    scheduler = ScheduleLR(larc, 4, lr=COSINE, weight_decay=sc.Linear(0.1, 0.2))
    rates = [larc.param_groups[0][key] for key in ("lr", "weight_decay")]
    train(larc)
    scheduler.step()
    assert all(larc.param_groups[0][k] is x for k, x in zip(("lr", "weight_decay"), rates, strict=True))  # fmt: skip
    assert rates[1] == torch.tensor(0.125)


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_grad_scaler_unscales_before(kind: Any) -> None:
    seen = []
    for scale in (1.0, 1024.0):
        larc, p = one([3.0, 4.0], [0.0, 0.0], dtype=torch.float32, kind=kind, lr=0.5, weight_decay=0.1, fused=True)  # fmt: skip
        assert not hasattr(larc, "_step_supports_amp_scaling")
        assert larc.optimizer._step_supports_amp_scaling  # type: ignore[attr-defined]
        scaler = torch.amp.GradScaler("cpu", init_scale=scale)
        updates = []
        larc.register_step_post_hook(lambda *_, updates=updates: updates.append(1))
        for factor in (1.0, math.inf, 2.0):
            larc.zero_grad()
            scaler.scale((p * torch.tensor([1.0, 2.0]) * factor).sum()).backward()
            scaler.step(larc)
            scaler.update()
        assert len(updates) == 2
        seen.append(p.detach())
    same(seen[:1], seen[1:], 1e-6)


def test_nothing_of_a_device_is_read_by_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    as_on_a_device(monkeypatch)
    larc = LARC(SGD(groups(), weight_decay=0.1), clip=True)
    gradients(larc, 0)

    def read(*_: object) -> Any:
        raise AssertionError("waits for the device")

    for name in ("item", "tolist", "__bool__", "__float__", "cpu", "numpy", "nonzero"):
        monkeypatch.setattr(Tensor, name, read)
    larc.step()


class Calls(TorchDispatchMode):
    """Counts the operations that are called."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += 1
        return func(*args, **(kwargs or {}))


def test_on_a_device_calls_do_not_grow_with_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    as_on_a_device(monkeypatch)
    counts = []
    for count in (1, 300):
        params = [torch.nn.Parameter(torch.randn(4)) for _ in range(count)]
        larc = LARC(SGD(params, lr=0.1, momentum=0.9, weight_decay=0.1, foreach=True), clip=True)
        for _ in range(2):
            for p in params:
                p.grad = torch.randn(4)
            with Calls() as calls:
                larc.step()
        counts.append(calls.count)
    assert counts[0] == counts[1] < 50


def test_sparse_gradients_are_refused_before_anything_is_scaled() -> None:
    dense, sparse = named("ab")
    optimizer = SGD([dense, sparse], lr=0.1, weight_decay=0.1)
    larc = LARC(optimizer)
    g = torch.ones(2, 3)
    dense["params"][0].grad, sparse["params"][0].grad = g, g.to_sparse()
    message = (
        "LARC: gradients must be dense, got one of layout torch.sparse_coo and shape (2, 3): build "
        "the embedding with sparse=False, or leave its group out with 'larc': False"
    )
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        larc.step()
    assert torch.equal(g, torch.ones(2, 3))
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.1, 0.1]
    optimizer.param_groups[1].update(larc=False, weight_decay=0.0)
    larc.step()


@pytest.fixture
def mesh() -> Iterator[DeviceMesh]:
    distributed.init_process_group("gloo", store=distributed.HashStore(), rank=0, world_size=1)
    yield DeviceMesh("cpu", [0])
    distributed.destroy_process_group()


def test_copies_are_of_the_same_processes(mesh: DeviceMesh) -> None:
    group = mesh.get_group()
    larc = LARC(SGD(named("ab"), lr=0.1, momentum=0.9), 0.02, False, 1e-8, group)
    assert repr(larc).startswith(
        "LARC (trust_coefficient=0.02, clip=False, eps=1e-08, decay_zeros=False, "
        f"process_group=<process group {group.group_name!r}>) of SGD"
    )
    for other in (copy.deepcopy(larc), pickle.loads(pickle.dumps(larc))):
        with CommDebugMode() as collectives:
            train(other)
        assert collectives.get_total_counts() == 1
        assert other._processes.group is group
    plain = LARC(SGD(named("ab"), lr=0.1, momentum=0.9), 0.02)
    train(plain)
    assert all(map(torch.equal, tensors_of(other), tensors_of(plain)))


def test_what_is_said_twice_of_shards_is_refused(mesh: DeviceMesh) -> None:
    p = torch.nn.Parameter(distribute_tensor(torch.ones(2, 3), mesh, [Shard(0)]))
    larc = LARC(SGD(named("a"), lr=0.1), process_group=mesh.get_group())
    with pytest.raises(TypeError, match=r"^LARC: 'process_group' must be None for DTensors, which know how they are sharded, got <process group '\w+'> and one of shape \(2, 3\)$"):  # fmt: skip
        larc.add_param_group({"params": [p]})
    assert len(larc.param_groups) == 1
    larc.add_param_group({"params": [p], "larc": False})
    assert len(larc.param_groups) == 2


@pytest.mark.parametrize("mark", ["_is_flat_param", "_fsdp_flattened"])
def test_fsdp1_s_parameters_are_refused(mark: str) -> None:
    group = named("a")[0]
    setattr(group["params"][0], mark, True)
    message = (
        "LARC: FullyShardedDataParallel's parameters are shards that do not know it, got one of "
        "shape (2, 3): give process_group=, the processes over which they are sharded, shard with "
        "torch.distributed.fsdp.fully_shard instead, or leave their groups out with 'larc': False"
    )
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        LARC(SGD([group], lr=0.1))


class HookLess(SGD):
    """A wrapper of optimizers, such as Accelerate's, that makes no use of torch's hooks."""

    def __init__(self, inner: Optimizer) -> None:
        self.inner = inner
        self.param_groups = inner.param_groups

    def step(self, closure: Any = None) -> None:
        self.inner.step()


def sgd(**more: Any) -> SGD:
    return SGD(named("a"), **{"lr": 0.1, **more})


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: LARC([]), TypeError, "'optimizer' must be a torch optimizer, got []"),
        (lambda: LARC(LARC(sgd())), TypeError, "'optimizer' must not be a LARC itself: wrap the inner one"),
        (lambda: LARC(HookLess(sgd())), TypeError, "HookLess has no step hooks, by which gradients are scaled: wrap the optimizer that it wraps"),
        (lambda: LARC(torch.optim.LBFGS(named("a")[0]["params"])), TypeError, "LBFGS evaluates a closure by itself, and would get gradients that are not scaled: wrap another optimizer"),
        (lambda: LARC(sgd(), 0.0), ValueError, "'trust_coefficient' must be above 0, got 0.0"),
        (lambda: LARC(sgd(), "1"), TypeError, "'trust_coefficient' must be a number, got '1'"),
        (lambda: LARC(sgd(), math.nan), ValueError, "'trust_coefficient' must be finite, got nan"),
        (lambda: LARC(sgd(), clip=1), TypeError, "'clip' must be True or False, got 1"),
        (lambda: LARC(sgd(), decay_zeros=None), TypeError, "'decay_zeros' must be True or False, got None"),
        (lambda: LARC(sgd(), eps=-1e-8), ValueError, "'eps' must be between 0.0 and 1e+150, got -1e-08"),
        (lambda: LARC(sgd(), process_group="WORLD"), TypeError, "'process_group' must be a torch.distributed.ProcessGroup that this process is in, or None, got 'WORLD'"),
        (lambda: LARC(sgd(differentiable=True)), ValueError, "'differentiable' must be False: the ratios are not differentiated"),
        (lambda: LARC(SGD([{**named("a")[0], "larc": 1}], lr=0.1)), TypeError, "'larc' must be True or False in every group, got 1"),
        (lambda: LARC(torch.optim.Adafactor([{**named("a")[0], "lr": None}]), clip=True), ValueError, "'clip' needs a learning rate, and a group has no 'lr'"),
    ],
)  # fmt: skip
def test_what_is_refused(make: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=f"^LARC: {re.escape(message)}$"):
        make()


def test_a_refused_optimizer_is_as_it_was() -> None:
    optimizer = sgd()
    with pytest.raises(ValueError, match=r"^LARC: 'eps'"):
        LARC(optimizer, eps=math.inf)
    assert not optimizer._optimizer_load_state_dict_pre_hooks  # type: ignore[attr-defined]


@pytest.mark.usefixtures("somewhere")
@pytest.mark.parametrize("size", [1e30, 1e-22, 1e-30])
def test_norms_whose_squares_float32_does_not_hold(size: float) -> None:
    larc, q = one(
        [3 * size, 4 * size],
        [0.0, 2 * size],
        dtype=torch.float32,
        lr=0.0,
        larc={"trust_coefficient": 0.5, "eps": 0.0},
    )
    larc.step()
    assert q.grad is not None
    assert (q.grad.double() / size).tolist() == pytest.approx([0.0, 2.5], rel=1e-6, abs=0.0)


def given(make: Any, **more: Any) -> list[torch.Tensor]:
    """What two parameters are after a step by the gradients that `make` makes of them."""
    p, q = (torch.nn.Parameter(torch.tensor(x, dtype=torch.float64)) for x in ([3.0, 4.0], [6.0, 8.0]))  # fmt: skip
    p.grad, q.grad = make(p, q)
    LARC(SGD([p, q], lr=1.0), 0.01, **{"eps": 0.0, **more}).step()
    return [p.detach(), q.detach()]


@pytest.mark.usefixtures("somewhere")
@pytest.mark.parametrize(
    "make",
    [
        lambda p, q: torch.autograd.grad((p + q).square().sum(), [p, q]),  # one tensor for both
        lambda p, q: torch.autograd.grad((p + q).sum(), [p, q]),  # one number for all
        lambda p, q: [torch.ones(1, dtype=torch.float64).expand(2), torch.ones_like(q)],
        lambda p, q: [torch.ones_like(p), torch.tensor([1j, 2j]).conj().imag.to(p.dtype)],
        lambda p, q: [torch.ones_like(p), torch.complex(q.detach(), q.detach()).conj().imag],
    ],
)
def test_gradients_that_share_memory_are_scaled_once(make: Any) -> None:
    mine = given(make)
    wanted = given(lambda p, q: [g.clone().contiguous().resolve_neg() for g in make(p, q)])
    same(mine, wanted, 1e-15)
    assert not torch.equal(mine[0], torch.tensor([3.0, 4.0], dtype=torch.float64))


@pytest.mark.parametrize("size", [3, 5000])
def test_the_default_device_is_not_asked(size: float) -> None:
    results = []
    for device in ("cpu", "meta"):
        params = [torch.nn.Parameter(torch.full((size, 2), x)) for x in (2.0, 3.0)]
        for p in params:
            p.grad = p.detach() - 1
        larc = LARC(SGD(params, lr=0.1, weight_decay=0.1), 0.02)
        with torch.device(device):
            larc.step()
        results.append([p.detach() for p in params])
    same(*results, 0.0)


@pytest.mark.parametrize("size", [2, 5000])
def test_gradients_of_another_dtype(size: int) -> None:
    p = torch.nn.Parameter(torch.full((size,), 2.0))
    p.grad_dtype = None
    p.grad = torch.full((size,), 0.5, dtype=torch.float16)
    LARC(SGD([p], lr=0.5, momentum=0.9, weight_decay=0.0), 0.25, eps=0.0).step()
    assert torch.equal(p.detach(), torch.full((size,), 1.75))  # a is 0.25 * 2 / 0.5


def test_parameters_that_are_sharded_later_are_refused_then() -> None:
    pytest.importorskip("torch.distributed.fsdp")
    larc, q = one([3, 4], [0, 2], lr=1.0)
    q._fsdp_flattened = True  # as FullyShardedDataParallel(use_orig_params=True) marks it
    with pytest.raises(TypeError, match="LARC: FullyShardedDataParallel's parameters are shards"):
        larc.step()
    assert q.tolist() == [3, 4]
    assert q.grad is not None
    assert q.grad.tolist() == [0, 2]
