"""Torch tensors: what is promised of any array, seen or not."""

import copy
import math
import pickle
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import torch
from agreement import assert_agrees, largest, meant, narrow, tolerance
from conftest import FEW
from hypothesis import given
from hypothesis import strategies as st
from kinds import KINDS, SMOOTH
from torch.autograd import forward_ad
from torch.fx.experimental.proxy_tensor import make_fx

import schedcore as sc
from schedcore._namespaces.precision import PRECISIONS, Precision
from schedcore.testing import progresses, schedules

DTYPES = ["float64", "float32", "bfloat16", "float16"]
Traced = Callable[[sc.Schedule, torch.Tensor], torch.Tensor]


def by_gradient(schedule: sc.Schedule, t: torch.Tensor) -> torch.Tensor:
    return schedule(t.clone().requires_grad_()).detach()


def by_vmap(schedule: sc.Schedule, t: torch.Tensor) -> torch.Tensor:
    return torch.func.vmap(schedule)(t)


def drawn(data: st.DataObject, schedule: sc.Schedule, dtype: str) -> torch.Tensor:
    held = getattr(torch, dtype)
    near = progresses(schedule).map(lambda t: float(torch.tensor(t, dtype=held)))
    return torch.tensor(data.draw(st.lists(near, min_size=1, max_size=8)), dtype=held)


@pytest.mark.parametrize("dtype", DTYPES)
@given(schedule=schedules(), data=st.data())
def test_what_is_seen_is_evaluated_as_a_float_and_rounded_once(
    dtype: str, schedule: sc.Schedule, data: st.DataObject
) -> None:
    t = drawn(data, schedule, dtype)
    got = schedule(t)
    places = [meant(schedule, x, dtype) for x in t.tolist()]
    want = schedule(np.array([float(place) for place in places]))
    assert torch.equal(got, torch.from_numpy(want).to(t.dtype))
    assert got.dtype == t.dtype


@pytest.mark.parametrize("traced", [by_gradient, by_vmap])
@pytest.mark.parametrize("dtype", DTYPES)
@given(schedule=schedules(), data=st.data())
def test_what_is_not_seen_agrees_with_floats(
    traced: Traced, dtype: str, schedule: sc.Schedule, data: st.DataObject
) -> None:
    t = drawn(data, schedule, dtype)
    got = traced(schedule, t)
    assert got.dtype == t.dtype
    assert_agrees(schedule, t.tolist(), got.tolist(), dtype)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_shape_dtype_and_device_are_those_of_the_progress(name: str, dtype: str) -> None:
    schedule = KINDS[name]
    held = getattr(torch, dtype)
    base = torch.linspace(0, 1, 12, dtype=held)
    for t in (
        base,
        base.reshape(3, 4),
        base[::2],
        base.reshape(3, 4).T,
        base[5],
        base[:0],
        base[:1].expand(7),
        torch.nn.Parameter(base),
    ):
        for given_ in (t, t.detach()):
            y = schedule(given_)
            assert (y.shape, y.dtype, y.device) == (t.shape, held, t.device)
            assert y.data_ptr() != t.data_ptr() or not t.numel()
            want = np.array(
                [schedule(float(meant(schedule, x, dtype))) for x in t.flatten().tolist()]
            )
            off = np.abs(y.detach().double().flatten().numpy() - want)
            assert (off <= 4 * torch.finfo(held).eps * largest(schedule)).all()
    for kind in (torch.int64, torch.int32, torch.uint8, torch.int8):
        y = schedule(torch.tensor([0, 1], dtype=kind))
        assert y.dtype == torch.float64
        assert y.tolist() == [schedule(0.0), schedule(1.0)]


@pytest.mark.parametrize("name", KINDS)
def test_unseen_kinds_of_tensors(name: str) -> None:
    schedule, plan = KINDS[name], KINDS[name].over(100)
    meta = schedule(torch.empty(2, 3, device="meta", dtype=torch.bfloat16))
    assert (meta.shape, meta.dtype, meta.device.type) == ((2, 3), torch.bfloat16, "meta")
    steps = plan(torch.empty(4, device="meta", dtype=torch.int32))
    assert (steps.shape, steps.dtype, steps.device.type) == ((4,), torch.float64, "meta")
    with torch._subclasses.FakeTensorMode():
        assert schedule(torch.empty(5)).shape == (5,)
    k = torch.arange(-3, 105)
    got = torch.func.vmap(plan)(k)
    assert got.dtype == torch.float64
    assert torch.allclose(got, plan(k), rtol=0, atol=1e-14 * largest(schedule))
    in_rows = torch.func.vmap(torch.func.vmap(schedule))(torch.linspace(0, 1, 6).reshape(2, 3))
    assert torch.allclose(in_rows.flatten(), schedule(torch.linspace(0, 1, 6)), atol=1e-6)


def test_the_ends_of_curves_are_exact_where_nothing_is_seen() -> None:
    for name, schedule in KINDS.items():
        if name in ("InversePower", "inverse_sqrt", "noam", "quotient", "Restrict", "sgdr"):
            continue  # they end where a formula happens to come to
        for dtype in (torch.float32, torch.float64):
            t = torch.tensor([0.0, 1.0], dtype=dtype, requires_grad=True)
            assert torch.equal(schedule(t), schedule(t.detach())), name


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("traced", [by_gradient, by_vmap])
def test_at_the_rounding_of_a_boundary_the_later_piece_begins(traced: Traced, dtype: str) -> None:
    for percent in range(1, 100):
        schedule = sc.cooldown(sc.Constant(1.0), Fraction(percent, 100), shape=sc.Cosine)
        narrow = sc.cooldown(sc.Constant(1.0), Fraction(percent, 100), shape=sc.Linear)
        t = torch.tensor([(100 - percent) / 100], dtype=torch.float64).to(getattr(torch, dtype))
        assert traced(schedule, t).tolist() == traced(narrow, t).tolist() == [1.0]


# Gradients.


STEEP = sc.Join((sc.Exponential(1e-8, 1.0), sc.Cosine(1.0, 0.0)), (0.001, 0.999))


def test_what_overflows_in_a_piece_unseen_spoils_no_gradient() -> None:
    t = torch.linspace(0, 1, 101, requires_grad=True)
    STEEP(t).sum().backward()
    assert t.grad is not None
    assert torch.isfinite(t.grad).all()


@given(schedule=schedules(), data=st.data())
def test_gradients_are_finite_everywhere(schedule: sc.Schedule, data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    t = drawn(data, schedule, dtype).requires_grad_()
    schedule(t).sum().backward()
    assert t.grad is not None
    assert torch.isfinite(t.grad).all()


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")  # jvp's
@pytest.mark.parametrize("name", SMOOTH)
@given(data=st.data())
def test_the_derivative_is_that_of_the_schedule(name: str, data: st.DataObject) -> None:
    schedule = SMOOTH[name]
    x = data.draw(st.sampled_from([0.25, 0.5, 0.75]) | st.floats(0.01, 0.99))
    h = 1e-6
    if any(abs(float(b) - x) <= h for b in schedule.boundaries):
        return
    want = (schedule(x + h) - schedule(x - h)) / (2 * h)
    t = torch.tensor(x, dtype=torch.float64)
    derivative = torch.func.grad(schedule)(t)
    assert float(derivative) == pytest.approx(want, rel=1e-5, abs=1e-8)
    _, tangent = torch.func.jvp(schedule, (t,), (torch.ones_like(t),))
    assert float(tangent) == pytest.approx(float(derivative), rel=1e-12, abs=0.0)
    with forward_ad.dual_level():
        dual = schedule(forward_ad.make_dual(t, torch.ones_like(t)))
        assert torch.equal(forward_ad.unpack_dual(dual).tangent, tangent)
    wide = torch.func.grad(schedule)(t.float())
    assert float(wide) == pytest.approx(float(derivative), rel=1e-3, abs=1e-4)


def test_the_derivative_at_ends_and_boundaries_is_the_later_pieces() -> None:
    schedule = sc.warmup_linear(0.5, 0.25)
    t = torch.tensor([0.0, 0.25, 1.0], requires_grad=True)
    schedule(t).sum().backward()
    assert t.grad is not None
    assert t.grad.tolist() == pytest.approx([2.0, -2 / 3, -2 / 3])
    seams = torch.tensor([0.5], requires_grad=True)
    sc.Cosine(1.0, 0.0)(seams).sum().backward()
    assert seams.grad is not None
    assert seams.grad.item() == pytest.approx(-np.pi / 2)


def test_no_gradient_is_asked_for_where_none_is_kept() -> None:
    t = torch.tensor([0.3], requires_grad=True)
    with torch.no_grad():
        assert not sc.Cosine(1.0, 0.0)(t).requires_grad
    assert sc.Constant(0.1)(t).requires_grad
    assert not sc.Cosine(1.0, 0.0)(t.detach()).requires_grad


# Domain.


@pytest.mark.parametrize("bad", [1.5, -0.25, float("nan"), float("inf")])
@pytest.mark.parametrize("needs_gradient", [False, True])
def test_a_progress_that_is_seen_is_checked(bad: float, needs_gradient: bool) -> None:
    t = torch.tensor([[0.5, bad]], requires_grad=needs_gradient)
    with pytest.raises(ValueError, match=rf"progress must be in \[0, 1\], got {bad} at index"):
        sc.Cosine(1.0, 0.0)(t)
    with pytest.raises(ValueError, match=r"use schedule.over\(total_steps\)\(step\)"):
        sc.Cosine(1.0, 0.0)(torch.tensor(500.0, requires_grad=needs_gradient))


@pytest.mark.parametrize("name", KINDS)
def test_a_progress_that_is_not_seen_is_clamped_and_nan_stays(name: str) -> None:
    schedule = KINDS[name]
    t = torch.tensor([-3.0, 1.25, float("nan"), float("inf"), -float("inf")])
    got = torch.func.vmap(schedule)(t).tolist()
    start, end = schedule(torch.tensor([0.0, 1.0])).tolist()
    assert got[:2] + got[3:] == pytest.approx([start, end, end, start], rel=1e-6, abs=0.0)
    assert np.isnan(got[2])


@pytest.mark.parametrize(
    "t",
    [
        torch.tensor([True]),
        torch.tensor([0.5j]),
        torch.tensor([0.5]).to(torch.float8_e4m3fn),
    ],
    ids=str,
)
def test_other_dtypes_are_refused(t: torch.Tensor) -> None:
    with pytest.raises(TypeError, match="bfloat16, float32, float64 and integers are supported"):
        sc.Cosine(1.0, 0.0)(t)
    with pytest.raises(TypeError, match="a step must be an int"):
        sc.Cosine(1.0, 0.0).over(10)(t)


def test_values_that_overflow_a_dtype_are_no_infinities() -> None:
    schedule = sc.Linear(0.0, 1e6)
    t = torch.tensor([0.01, 0.9], dtype=torch.float16)
    for of in (schedule, torch.func.vmap(schedule)):
        with pytest.raises(ValueError, match=r"which float16 does not hold: give it a progress of"):
            of(t)
    assert torch.isfinite(schedule(t[:1])).all()
    with pytest.raises(ValueError, match=r"values go up to .*, which float16 does not hold"):
        schedule(t.numpy())
    assert torch.isfinite(schedule(t.bfloat16())).all()


def test_a_sparse_tensor_is_refused() -> None:
    with pytest.raises(TypeError, match=r"torch\.sparse_coo; dense ones are supported"):
        sc.Cosine(1.0, 0.0)(torch.tensor([0.0, 0.5]).to_sparse())


def test_a_custom_function_must_give_a_tensor_where_it_is_given_one() -> None:
    of_floats = sc.Custom(lambda t: 0.5)
    assert of_floats(torch.tensor([0.0])).tolist() == [0.5]
    with pytest.raises(TypeError, match=r"^Custom: where values can not be seen, or are differ"):
        of_floats(torch.tensor([0.3], requires_grad=True))
    t = torch.tensor([0.3], requires_grad=True)
    sc.Custom(lambda t: t.exp() if isinstance(t, torch.Tensor) else math.exp(t))(t).backward()
    assert t.grad is not None
    assert t.grad.item() == pytest.approx(math.exp(0.3))


def test_a_list_of_tensors_is_refused() -> None:
    with pytest.raises(TypeError, match=r"got a list that holds tensor\(.*\) \(torch.Tensor\)"):
        sc.Cosine(1.0, 0.0)([torch.tensor(0.5), 0.25])
    with pytest.raises(TypeError, match=r"got a list that holds tensor\(.*\) \(torch.Tensor\)"):
        sc.Cosine(1.0, 0.0).over(10)([[torch.tensor(5)]])
    with pytest.raises(TypeError, match="a step must be an int"):
        sc.Cosine(1.0, 0.0).over(10)(torch.tensor(5.0))


# Steps.


@given(
    schedule=schedules(3),
    total=st.integers(1, 200) | st.integers(1, 10**15),
    sample=st.sampled_from(["left", "right", "both"]),
    data=st.data(),
)
def test_steps_agree_with_ints(
    schedule: sc.Schedule, total: int, sample: str, data: st.DataObject
) -> None:
    plan = schedule.over(total, sample)
    near = st.sampled_from([0, total, *plan.boundaries[:20]])
    steps = st.lists(near | st.integers(-5, total + 5), min_size=1, max_size=8)
    k = torch.tensor(data.draw(steps))
    want = np.array([plan(int(step)) for step in k])
    seen, unseen = plan(k), torch.func.vmap(plan)(k)
    assert seen.dtype == unseen.dtype == torch.float64
    assert np.abs(seen.numpy() - want).max() <= 1e-14 * largest(schedule)
    for step, got, value in zip(k.tolist(), unseen.tolist(), want.tolist(), strict=True):
        place = Fraction(min(max(step, 0), plan._reading.last) + plan._reading.shift)
        assert abs(got - value) <= tolerance(schedule, place / plan._reading.parts, "float64", 16)


@pytest.mark.parametrize("kind", [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64])
def test_steps_of_any_integer_dtype(kind: torch.dtype) -> None:
    plan = sc.warmup_cosine(0.1, 0.1).over(10**6)
    k = torch.tensor([0, 1, 100], dtype=kind)
    for got in (plan(k), torch.func.vmap(plan)(k)):
        assert got.tolist() == pytest.approx([plan(0), plan(1), plan(100)], rel=1e-14, abs=0.0)


@pytest.mark.parametrize("kind", ["uint64", "int64"])
def test_steps_beyond_what_is_counted(kind: str) -> None:
    plan = sc.Linear(1.0, 0.0).over(10)
    k = torch.tensor([0, 2**63 - 1 if kind == "int64" else 2**63], dtype=getattr(torch, kind))
    assert plan(k).tolist() == torch.func.vmap(plan)(k).tolist() == [1.0, 0.0]


# Transforms and modes: what is kept of one must not reach another.


def by_functionalize(schedule: sc.Schedule, t: torch.Tensor) -> torch.Tensor:
    return torch.func.functionalize(schedule)(t)


def by_fake(schedule: sc.Schedule, t: torch.Tensor) -> object:
    with torch._subclasses.FakeTensorMode():
        return torch.func.vmap(schedule)(torch.empty(t.shape, dtype=t.dtype))


def by_make_fx(schedule: sc.Schedule, t: torch.Tensor) -> torch.Tensor:
    graph = make_fx(torch.func.vmap(schedule), tracing_mode="symbolic")(t)
    other = torch.flip(t, (0,))
    assert torch.allclose(graph(other), schedule(other))
    return graph(t)


def by_real_make_fx(schedule: sc.Schedule, t: torch.Tensor) -> torch.Tensor:
    graph = make_fx(schedule)(t)
    other = torch.flip(t, (0,))
    assert torch.allclose(graph(other), schedule(other))
    return graph(t)


def by_export(schedule: sc.Schedule, t: torch.Tensor) -> torch.Tensor:
    class Module(torch.nn.Module):
        def forward(self, t: torch.Tensor) -> torch.Tensor:
            return schedule(t)

    return torch.export.export(Module(), (t,)).module()(t)


def by_inference(schedule: sc.Schedule, t: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return torch.func.vmap(schedule)(t)


def by_compile(schedule: sc.Schedule, t: torch.Tensor) -> torch.Tensor:
    return torch.compile(schedule, fullgraph=True, backend="aot_eager")(t)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.* is deprecated")
@pytest.mark.filterwarnings("ignore:.*isinstance.*treespec.*")
@pytest.mark.usefixtures("fresh_compiler")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    "first",
    [
        by_functionalize,
        by_fake,
        by_make_fx,
        by_real_make_fx,
        by_export,
        by_inference,
        by_compile,
        by_vmap,
    ],
)
def test_what_one_transform_has_made_is_good_for_the_next(
    first: Callable[..., object], dtype: torch.dtype
) -> None:
    schedule = sc.Repeat(sc.Cosine(1.0, 0.1), 20, decay=0.9)
    t = torch.tensor([0.0, 0.26, 0.5, 0.77], dtype=dtype)
    want = schedule(t)
    found = first(schedule, t)
    if first is not by_fake:
        assert isinstance(found, torch.Tensor)
        assert torch.allclose(found, want)
    for then in (by_vmap, by_gradient, by_compile, by_vmap):
        again = then(schedule, t)
        assert type(again) is torch.Tensor
        assert torch.allclose(again, want), then
        assert again.tolist() == pytest.approx(want.tolist(), rel=1e-6, abs=0.0)
    weight = torch.ones(4, dtype=dtype).mul_(by_gradient(schedule, t))
    assert torch.allclose(weight, want)


# torch.compile.


@pytest.fixture
def fresh_compiler() -> None:
    torch._dynamo.reset()


def compiled(function: object, backend: str = "eager") -> Callable[..., torch.Tensor]:
    return torch.compile(function, fullgraph=True, backend=backend)  # type: ignore[call-overload]


@pytest.mark.usefixtures("fresh_compiler")
@pytest.mark.parametrize("name", KINDS)
def test_a_schedule_is_compiled_whole(name: str) -> None:
    # Built anew, so that nothing was prepared before.
    schedule = pickle.loads(pickle.dumps(KINDS[name])) if name != "Custom" else KINDS[name]
    plan = schedule.over(1000)
    t, k = torch.linspace(0, 1, 65), torch.arange(0, 1001, 8)
    got = compiled(schedule, "aot_eager")(t)
    assert got.dtype == torch.float32
    atol = 4 * 2.0**-23 * largest(schedule)
    assert torch.allclose(got, schedule(t), rtol=0, atol=atol)
    batched = compiled(lambda t, k: torch.func.vmap(schedule)(t) + torch.func.vmap(plan)(k))
    assert torch.allclose(batched(t, k[:65]), schedule(t) + plan(k[:65]), rtol=0, atol=2 * atol)
    both = compiled(lambda k: plan(k) + schedule(0.25) + plan(3))(k)
    want = plan(k) + schedule(0.25) + plan(3)
    assert torch.allclose(both, want, rtol=0, atol=1e-14 * largest(schedule))


@FEW
@given(schedule=schedules(), data=st.data())
def test_any_composition_is_compiled_whole(schedule: sc.Schedule, data: st.DataObject) -> None:
    torch._dynamo.reset()
    t = drawn(data, schedule, "float32")
    got = compiled(schedule)(t)
    assert_agrees(schedule, t.tolist(), got.tolist(), "float32")


@pytest.mark.usefixtures("fresh_compiler")
@pytest.mark.parametrize("name", ["warmup_cosine", "cosine_restarts", "Hold"])
def test_numbers_that_change_are_compiled_too(name: str) -> None:
    schedule = KINDS[name]
    plan = schedule.over(100)
    by_step = compiled(lambda w, k: w - plan(k))
    by_progress = compiled(lambda w, t: w - schedule(t))
    made_inside = compiled(lambda w, k: w - schedule.over(100)(k))
    w = torch.ones(3, dtype=torch.float64)
    for k in (0, 1, 2, 57, 99, 1000):
        assert torch.allclose(by_step(w, k), w - plan(k), rtol=0, atol=1e-15)
        assert torch.allclose(made_inside(w, torch.tensor(k)), w - plan(k), rtol=0, atol=1e-15)
    for t in (0.1, 0.25, 0.3, 0.99):
        assert torch.allclose(by_progress(w, t), w - schedule(t), rtol=0, atol=1e-15)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.* is deprecated")  # inductor's own
@pytest.mark.usefixtures("fresh_compiler")
def test_compiled_to_machine_code_in_a_training_step() -> None:
    schedule = sc.cosine_restarts(0.1, 0.001, 0.05)
    plan = schedule.over(10**6)

    @torch.compile(fullgraph=True)
    def step(weight: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        return weight - plan(k) * weight

    weight = torch.ones(3, dtype=torch.float64)
    for k in (0, 1, 500_000, 10**6):
        assert torch.allclose(step(weight, torch.tensor(k)), weight - plan(k), atol=1e-15)
    t = torch.linspace(0, 1, 1001, requires_grad=True)
    compiled(schedule, "inductor")(t).sum().backward()
    found = t.grad
    eager = t.detach().clone().requires_grad_()
    schedule(eager).sum().backward()
    assert found is not None
    assert eager.grad is not None
    assert torch.allclose(found, eager.grad, rtol=1e-4, atol=1e-5)


# Values.


def test_a_schedule_that_was_evaluated_is_the_same_value() -> None:
    schedule, fresh = sc.warmup_cosine(0.1, 0.1), sc.warmup_cosine(0.1, 0.1)
    by_vmap(schedule, torch.rand(3))
    schedule.over(10)(torch.tensor(3))
    assert schedule == fresh
    assert hash(schedule) == hash(fresh)
    assert copy.deepcopy(schedule) == pickle.loads(pickle.dumps(schedule)) == fresh
    plan = KINDS["cosine_restarts"].over(100, "both")
    want = torch.func.vmap(plan)(torch.arange(100))
    again = pickle.loads(pickle.dumps(plan))
    assert again == plan
    assert torch.equal(torch.func.vmap(again)(torch.arange(100)), want)


@given(schedule=schedules(3), data=st.data())
def test_numpy_and_torch_see_the_same(schedule: sc.Schedule, data: st.DataObject) -> None:
    t = data.draw(st.lists(narrow(schedule, np.float32), max_size=8))
    x = np.array(t, np.float32)
    assert schedule(torch.from_numpy(x)).numpy().tobytes() == schedule(x).tobytes()


@pytest.mark.parametrize("precision", PRECISIONS.values(), ids=str)
@given(x=st.floats(0.0, 1.0), data=st.data())
def test_precisions_are_those_of_the_libraries(
    precision: Precision, x: float, data: st.DataObject
) -> None:
    dtype = getattr(torch, precision.name)
    there = torch.tensor(x, dtype=torch.float64).to(dtype)
    assert precision.nearest(Fraction(x)) == float(there)
    near = float(there)
    above = float(torch.tensor(precision.above(near), dtype=torch.float64).to(dtype))
    assert above == precision.above(near) > near
    between = data.draw(st.floats(near, above))
    assert float(torch.tensor(between, dtype=torch.float64).to(dtype)) in (near, above)
    assert precision.largest == float(torch.finfo(dtype).max)
    assert precision.holds(float(torch.finfo(dtype).smallest_normal))
    assert not precision.holds(float(torch.finfo(dtype).smallest_normal) / 2)


# On a GPU.


@pytest.mark.gpu
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_on_a_gpu(name: str, dtype: str) -> None:
    schedule, plan = KINDS[name], KINDS[name].over(1000)
    held = getattr(torch, dtype)
    t = torch.linspace(0, 1, 1001, dtype=held)
    k = torch.arange(-1, 1002)
    for of in (schedule, compiled(schedule, "inductor")):
        got = of(t.cuda())
        assert (got.device.type, got.dtype, got.shape) == ("cuda", held, t.shape)
        atol = 4 * torch.finfo(held).eps * largest(schedule)
        assert torch.allclose(got.cpu().double(), schedule(t).double(), rtol=0, atol=atol)
    assert torch.allclose(plan(k.cuda()).cpu(), plan(k), rtol=0, atol=1e-14 * largest(schedule))


@pytest.mark.gpu
@pytest.mark.parametrize("name", KINDS)
def test_captured_in_a_cuda_graph_without_a_sync(name: str) -> None:
    schedule, plan = KINDS[name], KINDS[name].over(1000)
    t, k = torch.zeros((), device="cuda"), torch.zeros((), dtype=torch.int64, device="cuda")
    schedule(t), plan(k)  # warm up
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        value, at_step = schedule(t), plan(k)
    for i in (0, 17, 500, 1000):
        t.fill_(i / 1000)
        k.fill_(i)
        graph.replay()
        torch.cuda.set_sync_debug_mode("default")
        assert value.item() == pytest.approx(schedule(i / 1000), rel=1e-5, abs=1e-6)
        assert at_step.item() == pytest.approx(plan(i), rel=1e-13, abs=1e-14)
