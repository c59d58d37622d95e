"""A range test sweeps what it says, and leaves no trace of it."""

import copy
import io
import itertools
import math
import pickle
import random
import re
import signal
import sys
import warnings
from collections import Counter, OrderedDict, UserDict, defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.optim.lr_scheduler import LinearLR
from torch.utils.data import DataLoader, TensorDataset

import schedcore as sc
from schedcore_torch import PlateauLR, RangeTest, ScheduleLR, lr_range_test, relative
from schedcore_torch._range_test.sweep import _moved

GENERATOR = torch.Generator().manual_seed(0)
INPUTS = torch.randn(48, 6, generator=GENERATOR)
TARGETS = INPUTS.square().sum(1, keepdim=True)
LOSS = nn.MSELoss()
SWEEP = {"start": 1e-4, "end": 1.0, "steps": 12, "progress": False}


def loader(batch: int = 12, **more: Any) -> DataLoader[Any]:
    return DataLoader(TensorDataset(INPUTS, TARGETS), batch_size=batch, **more)


class Net(nn.Module):
    """With all that a module may hold."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.first = nn.Linear(6, 8)
        self.norm = nn.BatchNorm1d(8)
        self.dropout = nn.Dropout(0.2)
        self.still = nn.BatchNorm1d(8)
        self.tied = nn.Linear(8, 8, bias=False)
        self.again = self.tied
        self.last = nn.utils.parametrizations.weight_norm(nn.Linear(8, 1))
        self.frozen = nn.Parameter(torch.ones(8), requires_grad=False)
        self.register_buffer("replaced", torch.zeros(3))
        self.register_buffer("ghost", torch.zeros(2), persistent=False)
        self.register_buffer("repeated", torch.arange(3.0).expand(4, 3))
        self.calls, self.seen = 0, deque([0.0], maxlen=3)
        self.kept: dict[str, Any] = {"mean": torch.zeros(1), "array": np.zeros(2), "list": [1]}
        self.chance = torch.Generator().manual_seed(7)
        self.others = (random.Random(3), np.random.default_rng(3))
        self.still.eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        self.seen.append(float(x.sum()))
        self.replaced = self.replaced + 1
        self.ghost += 1
        self.kept["mean"].add_(x.detach().mean())
        self.kept["array"] += 1
        self.kept["list"].append(self.calls)
        self.kept["new"] = self.calls
        noise = torch.randn(1, generator=self.chance).item() + self.others[0].random()
        noise += self.others[1].random() + random.random() + float(np.random.rand())
        x = self.dropout(torch.relu(self.norm(self.first(x))))
        x = self.again(self.tied(self.still(x))) * self.frozen
        return self.last(x) + 1e-3 * noise  # type: ignore[no-any-return]


def plain(x: Any) -> Any:  # noqa: PLR0911
    """What can be compared bit for bit, with the identity of what holds it."""
    if isinstance(x, torch.Tensor):
        grad = plain(x.grad) if x.is_leaf else None
        return id(x), str(x.dtype), x.tolist().__repr__(), x.requires_grad, grad
    if isinstance(x, nn.Module | torch.optim.Optimizer | torch.amp.GradScaler | DataLoader):
        return plain(vars(x))
    if isinstance(x, dict):
        return id(x), [(plain(key), plain(value)) for key, value in x.items()]
    if isinstance(x, list | tuple | deque):
        return type(x), [plain(y) for y in x]
    if isinstance(x, np.ndarray):
        return x.tobytes()
    if isinstance(x, torch.Generator):
        return x.get_state().tolist()
    if isinstance(x, random.Random):
        return x.getstate()
    if isinstance(x, np.random.Generator):
        return repr(x.bit_generator.state)
    return x if isinstance(x, int | float | str | None) else id(x)


def chance() -> Any:
    legacy = np.random.get_state()
    return random.getstate(), legacy[1].tobytes(), legacy[2:], torch.get_rng_state().tolist()  # type: ignore[union-attr, index]


OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=torch.tensor(0.1)),
    "adafactor": lambda p: torch.optim.Adafactor(p, lr=0.1),
}


def trained(kind: str, updates: int) -> tuple[Net, torch.optim.Optimizer]:
    """A model after some updates, with gradients of some parameters."""
    model = Net()
    optimizer = OPTIMIZERS[kind](model.parameters())
    for _ in range(updates):
        optimizer.zero_grad()
        LOSS(model(INPUTS), TARGETS).backward()
        optimizer.step()
    model.first.bias.grad = None
    return model, optimizer


class StopError(Exception):
    """What a loss function may raise."""


def failing(error: type[BaseException], after: int) -> Callable[[Any, Any], torch.Tensor]:
    count = itertools.count()

    def loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        if next(count) == after:
            raise error
        return LOSS(output, target)

    return loss


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("updates", [0, 3])
@pytest.mark.parametrize("error", [None, StopError, KeyboardInterrupt])
def test_no_trace_is_left_bit_for_bit(
    kind: str, updates: int, error: type[BaseException] | None
) -> None:
    model, optimizer = trained(kind, updates)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0, growth_interval=2)
    data = loader(shuffle=True, generator=torch.Generator().manual_seed(5))
    before = plain([model, optimizer, scaler, data]), chance()
    function = LOSS if error is None else failing(error, 7)
    try:
        lr_range_test(model, optimizer, function, data, scaler=scaler, **SWEEP)
    except (StopError, KeyboardInterrupt) as raised:
        assert type(raised) is error  # noqa: PT017, since one of three raises nothing
    else:
        assert error is None
    assert (plain([model, optimizer, scaler, data]), chance()) == before


def test_that_test_sees_a_trace() -> None:
    model, optimizer = trained("sgd", 3)
    changes: list[Callable[[], Any]] = [
        model.norm.running_mean.neg_,  # type: ignore[union-attr]
        lambda: setattr(model.still, "training", True),
        model.frozen.requires_grad_,
        lambda: setattr(model.first.bias, "grad", torch.zeros(8)),
        optimizer.state[model.first.bias].clear,
        lambda: model.kept.pop("mean"),
        model.chance.seed,
        lambda: setattr(model, "replaced", model.replaced.clone()),
        model.first.weight.data.view(-1)[0].neg_,
    ]
    for change in changes:
        before = plain([model, optimizer])
        change()
        assert plain([model, optimizer]) != before
    first = chance()
    torch.rand(1)
    assert chance() != first


def test_what_a_step_replaces_is_put_back_too() -> None:
    model, optimizer = trained("sgd", 1)
    names: set[str] = {"a"}
    model.names = names  # type: ignore[assignment]

    def step() -> float:
        model.double()
        model.frozen.requires_grad_(True)
        model.eval()
        names.clear()
        model.dropout = nn.Dropout(0.9)
        optimizer.param_groups[0]["momentum"] = 0.5
        optimizer.add_param_group({"params": [nn.Parameter(torch.zeros(1))], "lr": 0.1})
        raise StopError

    before = plain([model, optimizer])
    with pytest.raises(StopError):
        lr_range_test(model, optimizer, training_step=step, **SWEEP)
    assert plain([model, optimizer]) == before
    assert names == {"a"}


def test_what_holds_itself_and_tensors_of_inference_are_no_hindrance() -> None:
    model = nn.Linear(6, 1)
    model.parents = [model]  # type: ignore[assignment]
    model.parents.append(model.parents)  # type: ignore[operator]
    with torch.inference_mode():
        model.found = torch.ones(2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            model.found.add_(1)  # type: ignore[operator]
        return LOSS(output, target)

    assert len(lr_range_test(model, optimizer, loss, loader(), **SWEEP).lrs) == 12
    assert model.found.tolist() == [1.0, 1.0]


def test_minus_zero_is_put_back() -> None:
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with torch.no_grad():
        model.weight.fill_(-0.0)

    def step() -> float:
        with torch.no_grad():
            model.weight.zero_()
        return 1.0

    lr_range_test(model, optimizer, training_step=step, **SWEEP)
    assert math.copysign(1.0, model.weight.item()) == -1.0


class Tracking(nn.Module):
    """Whose buffer is written in place, with what hangs on the weights."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(6, 1)
        self.register_buffer("mean", torch.zeros(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.layer(x)
        self.mean.mul_(0.9).add_(0.1 * y.mean())
        return y  # type: ignore[no-any-return]


def test_a_buffer_that_became_part_of_the_graph_is_put_back() -> None:
    model = Tracking()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = plain([model, optimizer])
    assert len(lr_range_test(model, optimizer, LOSS, loader(), **SWEEP).lrs) == 12
    assert plain([model, optimizer]) == before
    assert model.mean.is_leaf
    assert not model.mean.requires_grad


class Armed(dict[str, int]):
    """Which does something when it is put back."""

    def __init__(self, act: Callable[[], Any]) -> None:
        super().__init__(a=1)
        self._act = act

    def __setitem__(self, key: str, value: int) -> None:
        self._act()
        super().__setitem__(key, value)


def armed(act: Callable[[], Any]) -> tuple[nn.Module, torch.optim.Optimizer, Any]:
    """With things to be put back before what acts, and after it."""
    model = nn.Sequential(nn.Linear(6, 1), nn.Linear(1, 1))
    model[0].armed = Armed(act)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    step = stepping(model, optimizer)

    def training_step(batch: Any) -> Any:
        model[0].armed.clear()
        return step(batch)

    return model, optimizer, training_step


def failed() -> None:
    raise StopError


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C raises, also in a process that was started to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    ("act", "error"),
    [(failed, StopError), (lambda: signal.raise_signal(signal.SIGINT), KeyboardInterrupt)],
)
def test_all_else_is_put_back_whatever_fails_or_interrupts_it(
    act: Callable[[], Any], error: type[BaseException]
) -> None:
    model, optimizer, step = armed(act)
    before, handler = plain([model[1], optimizer]), signal.getsignal(signal.SIGINT)
    first = plain([*model[0].parameters()])
    with pytest.raises(error):
        lr_range_test(model, optimizer, loader=loader(), training_step=step, **SWEEP)
    assert (plain([model[1], optimizer]), plain([*model[0].parameters()])) == (before, first)
    assert len(model[0].armed) == (error is KeyboardInterrupt)  # type: ignore[arg-type]
    assert signal.getsignal(signal.SIGINT) is handler


def test_it_runs_in_another_thread() -> None:
    optimizer = torch.optim.SGD(LINEAR.parameters(), lr=0.1)
    before = plain([LINEAR, optimizer])
    with ThreadPoolExecutor() as pool:
        test = pool.submit(lr_range_test, LINEAR, optimizer, LOSS, loader(), **SWEEP).result()
    assert len(test.lrs) == 12
    assert plain([LINEAR, optimizer]) == before


def test_nothing_is_written_into_what_has_not_changed() -> None:
    # Its memory may be that of a file, which can not be written.
    model = nn.Linear(6, 1)
    for dtype in (torch.float64, torch.bfloat16, torch.complex64, torch.complex128, torch.bool):
        model.register_buffer(
            f"like_{dtype.itemsize}_{dtype.is_complex}", torch.tensor([[0, 1], [-0.0, 1]]).to(dtype)
        )
    model.register_buffer("nan", torch.tensor([math.nan]))
    model.register_buffer("turned", torch.ones(2, 2, dtype=torch.complex64).conj())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    versions = [x._version for x in model.buffers()]
    lr_range_test(model, optimizer, LOSS, loader(), **SWEEP)
    assert [x._version for x in model.buffers()] == versions


def test_a_dataset_is_data_and_not_looked_into() -> None:
    data = [[x, y] for x, y in zip(torch.zeros(48, 6), TARGETS, strict=True)]
    batches = DataLoader(data, batch_size=12, shuffle=True)  # type: ignore[arg-type]
    model = nn.Linear(6, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    step = stepping(model, optimizer)

    def training_step(batch: Any) -> Any:
        data[0][0] += 1
        return step(batch)

    lr_range_test(model, optimizer, loader=batches, training_step=training_step, **SWEEP)
    assert data[0][0].tolist() == [12.0] * 6


class Scripted(nn.Module):
    """With all that TorchScript keeps for itself."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.norm = nn.Linear(6, 1), nn.BatchNorm1d(6)
        self.register_buffer("replaced", torch.zeros(1))
        self.calls, self.seen = 0, [0]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        self.seen.append(1)
        self.replaced = self.replaced + 1
        return self.layer(self.norm(x))  # type: ignore[no-any-return]


@pytest.mark.filterwarnings("ignore")  # that it is deprecated
@pytest.mark.parametrize("way", ["scripted", "loaded", "traced"])
def test_a_module_of_torchscript_is_put_back(way: str) -> None:
    model: Any = torch.jit.script(Scripted())
    if way == "loaded":
        file = io.BytesIO()
        torch.jit.save(model, file)
        file.seek(0)
        model = torch.jit.load(file)
    if way == "traced":
        model = torch.jit.trace(nn.Sequential(nn.BatchNorm1d(6), nn.Linear(6, 1)), INPUTS)
    model.eval()

    def held() -> Any:
        own = () if way == "traced" else (model.calls, model.seen, model.replaced is replaced)
        modes = [x.training for x in model.modules()]
        return plain([*model.parameters(), *model.buffers()]), modes, own

    replaced = None if way == "traced" else model.replaced
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = held()
    assert len(lr_range_test(model, optimizer, LOSS, loader(), **SWEEP).lrs) == 12  # fmt: skip
    assert held() == before


def test_what_counts_and_what_is_in_order_is_put_back() -> None:
    model = nn.Linear(6, 1)
    model.held = {  # type: ignore[assignment]
        "counter": Counter("aab"),
        "default": defaultdict(list, a=[1]),
        "ordered": OrderedDict(a=1, b=2),
        "bytes": bytearray(b"ab"),
        "legacy": np.random.RandomState(1),
        "bits": np.random.PCG64(1),
        "system": random.SystemRandom(),
    }
    held: Any = model.held

    def read() -> Any:
        return repr([*held.items()][:4]), held["legacy"].get_state()[1].tolist(), held["bits"].state

    def loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        held["counter"]["a"] += 1
        held["counter"]["c"] += 1
        held["default"]["b"].append(1)
        held["ordered"].move_to_end("a")
        held["bytes"].extend(b"c")
        held["legacy"].rand(400), held["bits"].random_raw()
        return LOSS(output, target)

    before = read()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    lr_range_test(model, optimizer, loss, loader(), **SWEEP)
    assert read() == before


class Centering(nn.Module):
    """A loss with a state, and a step of a trainer that is a module."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("center", torch.zeros(1))

    def forward(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        self.center += 1
        return LOSS(output, target)

    def training_step(self, step: Any, batch: Any) -> Any:
        self.center += 1
        return step(batch)


@pytest.mark.parametrize("way", ["module", "method", "partial", "step", "argument"])
def test_the_state_of_a_loss_function_or_of_a_training_step_is_put_back(way: str) -> None:
    model, centering = nn.Linear(6, 1), Centering()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = {"module": centering, "method": centering.forward, "partial": partial(centering)}
    if way in {"step", "argument"}:
        step = partial(centering.training_step, stepping(model, optimizer))
        if way == "argument":
            step = partial(Centering.training_step, centering, stepping(model, optimizer))
        lr_range_test(model, optimizer, loader=loader(), training_step=step, **SWEEP)
    else:
        lr_range_test(model, optimizer, losses[way], loader(), **SWEEP)
    assert centering.center.tolist() == [0.0]


def training(model: nn.Module, optimizer: torch.optim.Optimizer, data: Any) -> list[str]:
    """The parameters after each of some updates."""
    found = []
    for x, y in itertools.islice(itertools.chain.from_iterable(itertools.repeat(data)), 6):
        optimizer.zero_grad()
        LOSS(model(x), y).backward()
        optimizer.step()
        found.append(repr([p.tolist() for p in model.parameters()]))
    return found


def test_training_goes_on_as_if_there_had_been_none() -> None:
    runs = []
    for tested in (False, True):
        random.seed(0), np.random.seed(0)
        model, optimizer = trained("adam", 2)
        data = loader(shuffle=True)  # whose order is torch's
        torch.manual_seed(3)
        if tested:
            lr_range_test(model, optimizer, LOSS, data, **SWEEP)
        runs.append(training(model, optimizer, data))
    assert runs[0] == runs[1]


def recorded(optimizer: torch.optim.Optimizer, key: str = "lr") -> list[list[float]]:
    """The rates of the groups at each update that will be made."""
    found: list[list[float]] = []
    optimizer.register_step_pre_hook(
        lambda *_: found.append([float(group[key]) for group in optimizer.param_groups])
    )
    return found


def two_groups(*lrs: Any, **more: Any) -> tuple[nn.Module, torch.optim.Optimizer]:
    model = nn.Sequential(nn.Linear(6, 4), nn.Linear(4, 1))
    groups = [{"params": [*layer.parameters()], "lr": lr} for layer, lr in zip(model, lrs, strict=True)]  # fmt: skip
    return model, torch.optim.Adam(groups, lr=0.1, **more)


@pytest.mark.parametrize("shape", [sc.Exponential, sc.Linear])
def test_the_sweep_is_the_schedule(shape: Any) -> None:
    model = nn.Linear(6, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    seen = recorded(optimizer)
    test = lr_range_test(model, optimizer, LOSS, loader(), start=1e-6, end=1e-2, steps=30, shape=shape, progress=False)  # fmt: skip
    plan = shape(1e-6, 1e-2).over(30, "both").values().tolist()
    assert list(test.lrs) == plan == [lr for (lr,) in seen]
    assert (test.lrs[0], test.lrs[-1]) == (1e-6, 1e-2)
    assert len(test.losses) == 30
    first = LOSS(model(INPUTS[:12]), TARGETS[:12]).item()
    assert test.losses[0] == first
    assert optimizer.param_groups[0]["lr"] == 0.3


@pytest.mark.parametrize("kind", [float, torch.tensor])
def test_groups_keep_their_proportions(kind: Any) -> None:
    model, optimizer = two_groups(kind(0.1), kind(0.001))
    tensors = [group["lr"] for group in optimizer.param_groups]
    seen = recorded(optimizer)
    test = lr_range_test(model, optimizer, LOSS, loader(), **SWEEP)
    for lr, (large, small) in zip(test.lrs, seen, strict=True):
        assert large == pytest.approx(lr, rel=1e-6, abs=0.0)
        assert small == pytest.approx(lr * 0.01, rel=1e-6, abs=0.0)
    for group, tensor in zip(optimizer.param_groups, tensors, strict=True):
        assert group["lr"] is tensor
    assert [float(x) for x in tensors] == [float(kind(0.1)), float(kind(0.001))]


def test_scales_are_those_of_the_schedule_that_is_to_come() -> None:
    model, optimizer = two_groups(0.1, 0.7)
    optimizer.param_groups[1]["lr_scale"] = 0.25
    seen = recorded(optimizer)
    test = lr_range_test(model, optimizer, LOSS, loader(), **SWEEP)
    assert seen == [[lr, lr * 0.25] for lr in test.lrs]
    for initial in ((0.2, 0.05), (0.0, 0.0)):
        model, optimizer = two_groups(0.0, 0.0)  # as at the beginning of a warmup
        for group, x in zip(optimizer.param_groups, initial, strict=True):
            if x:
                group["initial_lr"] = x
        seen = recorded(optimizer)
        test = lr_range_test(model, optimizer, LOSS, loader(), **SWEEP)
        assert seen == [[lr, lr * (0.25 if any(initial) else 1.0)] for lr in test.lrs]


@pytest.mark.parametrize(
    ("lr", "scales", "expected"),
    [
        (
            {"a": sc.warmup_cosine(1e-5, 0.1), "b": sc.warmup_cosine(1e-3, 0.1)},
            (1.0, 1.0),
            (0.01, 1.0),
        ),
        ([sc.Linear(1e-3, 0.0), 4e-3], (1.0, 1.0), (0.25, 1.0)),
        ([sc.Linear(1e-3, 0.0), 4e-3], (1.0, 0.5), (0.5, 1.0)),
        (relative(sc.warmup_cosine(1.0, 0.1)), (0.5, 1.0), (1.0, 0.5)),  # 0.4 * 0.5 and 0.1 * 1.0
        (sc.warmup_cosine(1e-3, 0.1), (0.5, 0.25), (0.5, 0.25)),
        (sc.warmup_cosine(1e-3, 0.1), (None, None), (1.0, 1.0)),
        ([0.0, 0.0], (None, None), (1.0, 1.0)),
    ],
)
@pytest.mark.filterwarnings("ignore:ScheduleLR. the groups have the learning rates")
@pytest.mark.parametrize("wrapped", [False, True])
def test_proportions_are_those_of_the_schedules(
    lr: Any, scales: Any, expected: Any, wrapped: bool
) -> None:
    model, optimizer = two_groups(0.4, 0.1)
    for group, name, scale in zip(optimizer.param_groups, "ab", scales, strict=True):
        group.update({"name": name, "initial_lr": group["lr"]})  # as another scheduler would
        group.update({} if scale is None else {"lr_scale": scale})
    scheduler = ScheduleLR(optimizer, 100, lr=lr)
    seen = recorded(optimizer)
    test = lr_range_test(model, Wrapper(optimizer) if wrapped else optimizer, LOSS, loader(), **SWEEP)  # fmt: skip
    for rate, found in zip(test.lrs, seen, strict=True):
        assert found == pytest.approx([rate * x for x in expected], rel=1e-12)
    del scheduler


def test_a_schedule_of_another_key_has_no_say_in_proportions() -> None:
    model, optimizer = two_groups(0.4, 0.1)
    scheduler = ScheduleLR(optimizer, 100, eps=[1e-8, 1e-6])
    seen = recorded(optimizer)
    test = lr_range_test(model, optimizer, LOSS, loader(), **SWEEP)
    assert seen == [[lr, lr * 0.25] for lr in test.lrs]
    del scheduler


def test_one_tensor_for_all_groups_may_be_swept_in_proportions() -> None:
    lr = torch.tensor(0.5)
    model, optimizer = two_groups(lr, lr)
    optimizer.param_groups[1]["lr_scale"] = 0.5
    seen = recorded(optimizer)
    test = lr_range_test(model, optimizer, LOSS, loader(), **SWEEP)
    assert seen == [torch.tensor([x, x * 0.5]).tolist() for x in test.lrs]
    assert [group["lr"] is lr for group in optimizer.param_groups] == [True, True]
    assert lr.item() == 0.5


class Wrapper(torch.optim.Optimizer):
    """Around another one."""

    def __init__(self, inner: torch.optim.Optimizer) -> None:
        self.inner = inner
        super().__init__([torch.nn.Parameter(torch.zeros(1))], {})
        self.param_groups, self.state = inner.param_groups, inner.state

    def step(self, closure: Any = None) -> Any:
        return self.inner.step(closure)


def curves(batch: int, accumulation: int, **more: Any) -> RangeTest:
    torch.manual_seed(0)
    model = nn.Linear(6, 1).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    data = DataLoader(TensorDataset(INPUTS.double(), TARGETS.double()), batch_size=batch)
    return lr_range_test(model, optimizer, LOSS, data, accumulation=accumulation, **{**SWEEP, **more})  # fmt: skip


def test_accumulated_batches_are_one_update() -> None:
    whole, parts = curves(24, 1), curves(6, 4)
    assert parts.lrs == whole.lrs
    np.testing.assert_allclose(parts.losses, whole.losses, rtol=1e-12)


def test_data_that_runs_out_is_begun_again() -> None:
    begun = []

    class Data:
        def __iter__(self) -> Iterator[Any]:
            begun.append(1)
            return iter([(INPUTS, TARGETS)] * 5)

    model = nn.Linear(6, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    test = lr_range_test(model, optimizer, LOSS, Data(), **SWEEP)
    assert len(test.lrs) == 12
    assert len(begun) == 3


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lambda: iter(loader(12)), "'loader' is an iterator, which ran out after 4 batches and can not be begun again: give what it iterates over, such as a DataLoader"),
        (list, "'loader' gives no batch"),
        (lambda: iter([]), "'loader' is an iterator, which ran out after 0 batches"),
    ],
)  # fmt: skip
def test_data_that_can_not_go_on_is_refused(data: Any, message: str) -> None:
    model = nn.Linear(6, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    before = plain([model, optimizer])
    with pytest.raises(ValueError, match=f"^lr_range_test: {message}"):
        lr_range_test(model, optimizer, LOSS, data(), **SWEEP)
    assert plain([model, optimizer]) == before


def test_an_iterator_that_lasts_will_do() -> None:
    model = nn.Linear(6, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    test = lr_range_test(model, optimizer, LOSS, itertools.cycle(loader()), **SWEEP)
    assert len(test.lrs) == 12


def stepping(model: nn.Module, optimizer: torch.optim.Optimizer) -> Callable[[Any], Any]:
    def step(batch: Any) -> torch.Tensor:
        x, y = batch
        optimizer.zero_grad()
        loss = LOSS(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def test_a_training_step_gives_the_same_curve_as_its_parts() -> None:
    found = []
    for way in ("parts", "batches", "nothing"):
        torch.manual_seed(0)
        model = nn.Linear(6, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        step = stepping(model, optimizer)
        batches = itertools.cycle(loader())
        if way == "parts":
            test = lr_range_test(model, optimizer, LOSS, loader(), **SWEEP)
        elif way == "batches":
            test = lr_range_test(model, optimizer, loader=loader(), training_step=step, **SWEEP)
        else:
            test = lr_range_test(model, optimizer, training_step=lambda: step(next(batches)).item(), **SWEEP)  # fmt: skip  # noqa: B023
        found.append(test)
    assert found[0] == found[1] == found[2]


def test_it_stops_where_the_loss_diverges() -> None:
    model = nn.Linear(6, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    data = [(INPUTS, INPUTS.sum(1, keepdim=True))]
    test = lr_range_test(model, optimizer, LOSS, data, start=1e-4, end=1e4, steps=200, progress=False)  # fmt: skip
    assert 50 < len(test.lrs) < 200
    assert all(map(math.isfinite, test.losses))
    assert test.suggestion.diverged_at == test.lrs[-1]
    assert test.suggestion.steepest < test.lrs[-1]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_it_stops_at_what_is_no_number_and_makes_no_update_of_it(bad: float) -> None:
    model = nn.Linear(6, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    seen, count = recorded(optimizer), itertools.count()

    def loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return LOSS(output, target) * (bad if next(count) == 7 else 1.0)

    test = lr_range_test(model, optimizer, loss, loader(), **SWEEP)
    assert len(seen) == 7
    assert len(test.lrs) == len(test.losses) == 8
    assert not math.isfinite(test.losses[-1])
    with pytest.raises(sc.RangeTestInconclusive, match="after 7 points, and it takes 10"):
        _ = test.suggestion


class Float(nn.Module):
    """A convex problem, with what goes through it remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(6, 1)
        self.dtypes: list[torch.dtype] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.layer(x)
        DTYPES.append(y.dtype)
        return y.float()  # type: ignore[no-any-return]


DTYPES: list[torch.dtype] = []


@pytest.mark.parametrize("given_step", [False, True])
def test_skipped_updates_are_made_again_under_autocast(given_step: bool) -> None:
    model = Float()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**126)  # which overflows at first
    seen = recorded(optimizer)
    autocast = torch.autocast("cpu", torch.bfloat16)
    DTYPES.clear()
    if given_step:
        batches = itertools.cycle(loader())

        def step() -> torch.Tensor:
            x, y = next(batches)
            optimizer.zero_grad()
            with autocast:
                loss = LOSS(model(x), y)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            return loss

        test = lr_range_test(model, optimizer, training_step=step, scaler=scaler, **SWEEP)
    else:
        test = lr_range_test(model, optimizer, LOSS, loader(), scaler=scaler, autocast=autocast, **SWEEP)  # fmt: skip
    assert set(DTYPES) == {torch.bfloat16}
    assert len(DTYPES) > len(test.lrs) == 12  # some were skipped
    assert [lr for (lr,) in seen] == list(test.lrs)
    assert scaler.get_scale() == 2.0**126


class Overflow(torch.autograd.Function):
    """The identity, with a gradient that overflows."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return torch.full_like(grads[0], math.inf)


def test_updates_that_are_skipped_now_and_then_do_not() -> None:
    model = nn.Linear(6, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    count = itertools.count(1)

    def loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        x = LOSS(output, target)
        return Overflow.apply(x) if next(count) % 31 else x  # type: ignore[no-any-return, no-untyped-call]

    scaler = torch.amp.GradScaler("cpu", init_scale=4.0, backoff_factor=0.999)
    assert len(lr_range_test(model, optimizer, loss, loader(), scaler=scaler, **SWEEP).lrs) == 12
    assert next(count) == 12 * 31 + 1


def test_updates_that_are_always_skipped_end_it() -> None:
    for first, found in ((0, None), (5, 5)):
        model = nn.Linear(6, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        count = itertools.count()

        def loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
            x = LOSS(output, target)
            return Overflow.apply(x) if next(count) >= first else x  # type: ignore[no-any-return, no-untyped-call]  # noqa: B023

        scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
        if found is None:
            with pytest.raises(ValueError, match="the scaler skipped the first 51 updates"):
                lr_range_test(model, optimizer, loss, loader(), scaler=scaler, **SWEEP)
        else:
            assert len(lr_range_test(model, optimizer, loss, loader(), scaler=scaler, **SWEEP).lrs) == found  # fmt: skip


@pytest.mark.parametrize("training", [True, False])
def test_it_trains_in_the_mode_that_the_model_is_in(training: bool) -> None:
    model = Net()
    model.train(training)
    model.still.eval()
    seen = []
    model.register_forward_pre_hook(lambda *_: seen.append((model.training, model.still.training)))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with torch.no_grad():
        lr_range_test(model, optimizer, LOSS, loader(), **SWEEP)
    assert {*seen} == {(True, not training)}
    assert (model.training, model.still.training) == (training, False)


@pytest.mark.parametrize("follow", [False, True])
@pytest.mark.parametrize("kind", [float, torch.tensor])
def test_schedulers_see_nothing_of_it(follow: bool, kind: Any) -> None:
    model, optimizer = two_groups(kind(0.1), kind(0.1))
    schedule = sc.warmup_cosine(0.1, warmup=0.3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scheduler = ScheduleLR(optimizer, 10, lr=schedule, follow_updates=follow)
        plateau_lr = PlateauLR(scheduler, sc.Plateau(patience=0))
        plan = schedule.over(10)
        for step in range(6):
            held = [group["lr"] for group in optimizer.param_groups]
            state = scheduler.state_dict(), plateau_lr.state_dict(), scheduler.last_values()
            lr_range_test(model, optimizer, LOSS, loader(), **SWEEP)
            assert (
                scheduler.state_dict(),
                plateau_lr.state_dict(),
                scheduler.last_values(),
            ) == state
            assert all(a["lr"] is b for a, b in zip(optimizer.param_groups, held, strict=True))
            expected = plan(step)
            assert [float(x) for x in held] == [float(kind(expected))] * 2
            stepping(model, optimizer)((INPUTS, TARGETS))
            scheduler.step()
    scheduler = ScheduleLR(optimizer, 10, lr=schedule, follow_updates=follow)
    lr_range_test(model, optimizer, LOSS, loader(), **SWEEP)
    if not follow:  # an update of the range test is none of the run
        with pytest.warns(UserWarning, match="before the first optimizer.step"):
            scheduler.step()
    else:
        assert scheduler.position == 0


def test_one_around_the_optimizer_keeps_quiet_too() -> None:
    model, optimizer = two_groups(0.1, 0.1)
    scheduler = ScheduleLR(optimizer, 10, lr=0.1, follow_updates=True)
    lr_range_test(model, Wrapper(optimizer), LOSS, loader(), **SWEEP)
    assert scheduler.position == 0
    stepping(model, optimizer)((INPUTS, TARGETS))
    assert scheduler.position == 1


@pytest.mark.parametrize("call", ["step", "seek", "update"])
def test_a_scheduler_inside_the_training_step_is_refused(call: str) -> None:
    model, optimizer = two_groups(0.1, 0.1)
    scheduler = ScheduleLR(optimizer, 10, lr=sc.Cosine(0.1, 0.0))
    plateau_lr = PlateauLR(scheduler, sc.Plateau(patience=0))
    plateau_lr.update(1.0)
    step = stepping(model, optimizer)
    step((INPUTS, TARGETS))
    scheduler.step()

    def with_scheduler(batch: Any) -> Any:
        loss = step(batch)
        {"step": scheduler.step, "seek": lambda: scheduler.seek(3), "update": lambda: plateau_lr.update(2.0)}[call]()  # fmt: skip
        return loss

    before = plain([model, optimizer]), scheduler.state_dict(), plateau_lr.state
    with pytest.raises(ValueError, match="lr_range_test writes the learning rates for now: leave the ScheduleLR out"):  # fmt: skip
        lr_range_test(model, optimizer, loader=loader(), training_step=with_scheduler, **SWEEP)
    assert (plain([model, optimizer]), scheduler.state_dict(), plateau_lr.state) == before
    step((INPUTS, TARGETS))
    scheduler.step()
    assert scheduler.position == 2


def test_what_a_scheduler_has_said_is_not_said_again() -> None:
    model, optimizer = two_groups(0.1, 0.1)
    scheduler = ScheduleLR(optimizer, 10, lr=0.1)
    with pytest.warns(UserWarning, match="before the first optimizer.step"):
        scheduler.step()
    scheduler.seek(0)
    lr_range_test(model, optimizer, LOSS, loader(), **SWEEP)
    scheduler.step()


def test_torch_s_scheduler_outside_of_it_is_no_hindrance() -> None:
    model, optimizer = two_groups(0.1, 0.1)
    scheduler = LinearLR(optimizer)
    before = plain([model, optimizer])
    assert len(lr_range_test(model, optimizer, LOSS, loader(), **SWEEP).lrs) == 12
    assert plain([model, optimizer]) == before
    del scheduler


def test_torch_s_scheduler_inside_the_training_step_is_refused() -> None:
    model, optimizer = two_groups(0.1, 0.1)
    scheduler = LinearLR(optimizer)
    step = stepping(model, optimizer)

    def with_scheduler(batch: Any) -> Any:
        loss = step(batch)
        scheduler.step()
        return loss

    before = plain([model, optimizer])
    with pytest.raises(ValueError, match=r"the update set 'lr' of group '0' to .*, and it is swept: leave schedulers out"):  # fmt: skip
        lr_range_test(model, optimizer, loader=loader(), training_step=with_scheduler, **SWEEP)
    assert plain([model, optimizer]) == before


def test_batches_are_moved_with_all_they_hold() -> None:
    class Meta(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(6, 1).double()

        def forward(self, given: dict[str, Any]) -> torch.Tensor:
            return self.layer(given["x"][0].double()) + given["y"].offset  # type: ignore[no-any-return]

    from typing import NamedTuple

    class Pair(NamedTuple):
        offset: float
        x: torch.Tensor

    model = Meta()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    data = [[{"x": [INPUTS], "y": Pair(0.5, INPUTS)}, TARGETS.double()]]
    assert len(lr_range_test(model, optimizer, LOSS, data, **SWEEP).lrs) == 12


class Moving:
    """A batch that moves itself."""

    def to(self, device: torch.device) -> str:
        return f"on {device.type}"


def test_whatever_can_be_moved_is_and_keeps_its_kind() -> None:
    sequences = nn.utils.rnn.pack_sequence([INPUTS, INPUTS[:3]])
    given = {
        "mine": Moving(),
        "ordered": OrderedDict(b=INPUTS, a=1),
        "user": UserDict(x=INPUTS),
        "default": defaultdict(list, x=[INPUTS]),
        "counter": Counter(a=2),
        "proxy": MappingProxyType({"x": INPUTS}),
        "sequences": sequences,
    }
    moved = _moved(given, torch.device("meta"))
    assert moved["mine"] == "on meta"
    kinds = {"ordered": OrderedDict, "user": UserDict, "default": defaultdict, "proxy": dict}
    for name, kind in kinds.items():
        x = moved[name]
        assert type(x) is kind
        assert list(x) == list(given[name])  # type: ignore[call-overload]
        held = x["b" if name == "ordered" else "x"]
        assert (held[0] if name == "default" else held).is_meta
    assert moved["counter"] == Counter(a=2)
    assert moved["default"]["new"] == []
    assert type(moved["sequences"]) is type(sequences)
    assert moved["sequences"].data.is_meta
    assert not sequences.data.is_meta
    assert not given["user"]["x"].is_meta  # type: ignore[index]


LAZY = nn.LazyLinear(1)
LINEAR = nn.Linear(6, 1)


def with_group(**more: Any) -> torch.optim.Optimizer:
    optimizer = torch.optim.SGD(LINEAR.parameters(), lr=0.1)
    optimizer.param_groups[0].update(more)
    return optimizer


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"model": [LINEAR]}, TypeError, r"'model' must be a torch module, got \[Linear.*ModuleList"),
        ({"optimizer": 1}, TypeError, r"'optimizer' must be a torch optimizer, got 1"),
        ({"loss_function": None}, TypeError, r"give a loss_function and a loader, or a training_step"),
        ({"loader": None}, TypeError, r"give a loss_function and a loader, or a training_step"),
        ({"training_step": print}, TypeError, r"give a loss_function, with accumulation and autocast, or a training_step"),
        ({"training_step": print, "loss_function": None, "accumulation": 2}, TypeError, r"give a loss_function, with accumulation and autocast, or"),
        ({"training_step": 1, "loss_function": None}, TypeError, r"'training_step' must be a function, got 1"),
        ({"loss_function": 1}, TypeError, r"'loss_function' must be a function, got 1"),
        ({"loader": 1}, TypeError, r"'loader' must give batches, such as a DataLoader, got 1"),
        ({"scaler": True}, TypeError, r"'scaler' must be a GradScaler of torch, got True"),
        ({"autocast": torch.bfloat16}, TypeError, r"'autocast' must be a context, such as torch.autocast\('cuda'\), got torch.bfloat16"),
        ({"optimizer": torch.optim.LBFGS(LINEAR.parameters())}, TypeError, r"LBFGS can not step without a closure: give a training_step, which makes it"),
        ({"optimizer": torch.optim.SGD([nn.Parameter(torch.zeros(1), requires_grad=False)])}, ValueError, r"the optimizer has no parameter that requires grad"),
        ({"optimizer": with_group(lr=None)}, TypeError, r"'lr' of group '0' must be a number, got None: give the optimizer a learning rate"),
        ({"optimizer": with_group(lr="0.1")}, TypeError, r"'lr' of group '0' must be a number, got '0.1'"),
        ({"optimizer": with_group(lr_scale=-1.0)}, ValueError, r"'lr_scale' of group '0' must be finite and at least 0, got -1.0"),
        ({"optimizer": with_group(lr_scale="a")}, TypeError, r"'lr_scale' of group '0' must be a number, got 'a'"),
        ({"start": 0.0}, ValueError, r"'start' must be above 0, got 0.0"),
        ({"start": 2.0, "end": 1.0}, ValueError, r"'end' must be above 'start', 2.0, got 1.0"),
        ({"end": math.inf}, ValueError, r"'end' must be finite, got inf"),
        ({"steps": 0}, ValueError, r"'steps' must be at least 1, got 0"),
        ({"accumulation": 0}, ValueError, r"'accumulation' must be at least 1, got 0"),
        ({"progress": 1}, TypeError, r"'progress' must be True or False, got 1"),
        ({"shape": "exponential"}, TypeError, r"'shape' must be Exponential, or another class of curve, got 'exponential'"),
        ({"shape": lambda a, b: sc.Linear(b, a)}, ValueError, r"'shape' must rise from 'start' to 'end', got <function"),
        ({"loader": [INPUTS]}, TypeError, r"'loader' must give pairs of input and target, got Tensor: give a training_step"),
        ({"loader": [(INPUTS,)]}, TypeError, r"'loader' must give pairs of input and target, got tuple"),
        ({"loss_function": lambda a, b: a - b}, TypeError, r"'loss_function' must return a tensor of one number, got tensor"),
        ({"loss_function": lambda a, b: 1.0}, TypeError, r"'loss_function' must return a tensor of one number, got 1.0"),
        ({"training_step": lambda batch: None, "loss_function": None}, TypeError, r"'loss' must be a number, got None"),
        ({"model": LAZY}, ValueError, r"the model has a parameter without a shape yet: run a batch through it first"),
    ],
)  # fmt: skip
def test_what_can_not_be_swept_is_refused(given: Any, error: type[Exception], message: str) -> None:
    optimizer = torch.optim.SGD(LINEAR.parameters(), lr=0.1, momentum=0.9)
    call = {"model": LINEAR, "optimizer": optimizer, "loss_function": LOSS, "loader": loader(), **SWEEP}  # fmt: skip
    before = plain([LINEAR, optimizer]), chance()
    with pytest.raises(error, match=f"^lr_range_test: {message}"):
        lr_range_test(**{**call, **given})
    assert (plain([LINEAR, optimizer]), chance()) == before


numbers = st.lists(st.floats() | st.sampled_from([math.nan, math.inf, 2.0]), max_size=8)


@given(numbers)
def test_the_result_is_a_value(losses: list[float]) -> None:
    test = RangeTest([0.1 * (i + 1) for i in range(len(losses))], losses)  # type: ignore[arg-type]
    text = repr(test)
    for other in (eval(text, {"RangeTest": RangeTest}), pickle.loads(pickle.dumps(test)), copy.deepcopy(test)):  # fmt: skip
        assert other == test
        assert hash(other) == hash(test)
        assert repr(other) == text
    with pytest.raises(sc.RangeTestInconclusive, match=r"too few points|diverges|not finite"):
        _ = test.suggestion


def test_what_is_no_result_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^RangeTest: 'lrs' and 'losses' must be as many, got 1 and 2$"
    ):
        RangeTest((0.1,), (1.0, 2.0))
    with pytest.raises(TypeError, match=r"^RangeTest: 'losses' must be a number, got '1'$"):
        RangeTest((0.1,), ("1",))  # type: ignore[arg-type]
    for lrs in ((0.0, 0.1), (-0.2, 0.1), (0.1, 0.1), (0.2, 0.1), (0.1, math.inf), (math.nan, 0.1)):
        message = f"RangeTest: 'lrs' must be above 0, finite and ascending, got {lrs!r}"
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            RangeTest(lrs, (1.0, 1.0))


def test_it_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    lrs = 10 ** np.linspace(-6, 1, 100)
    losses = 2.3 - 1.8 / (1 + 0.01 / lrs) + lrs**2
    test = RangeTest(tuple(lrs), (*losses[:-1], math.nan))
    with np.errstate(all="warn"):
        axes = test.plot()
        labels = [text.get_text() for text in axes.get_legend().get_texts()]  # type: ignore[union-attr]
        assert labels[:2] == ["loss", "smoothed"]
        assert labels[2] == f"steepest {test.suggestion.steepest:.3g}"
        assert axes.get_xscale() == "log"
        drawn = [float(line.get_xdata()[0]) for line in axes.lines[2:]]  # type: ignore[index, arg-type]
        found = test.suggestion
        assert drawn == [found.steepest, found.valley, found.min_over_10]
        smoothed = np.array(axes.lines[1].get_data(), dtype=float)  # as the suggestion saw it
        assert smoothed[0, smoothed[1].argmin()] == pytest.approx(
            10 * found.min_over_10, rel=1e-12, abs=0.0
        )
        _, mine = pyplot.subplots()
        for short in (RangeTest((0.1,), (2.0,)), RangeTest((), ())):
            assert short.plot(mine) is mine
            assert mine.get_title() == "too few points"
        top = RangeTest(tuple(lrs), tuple(losses)).plot().get_ylim()[1]
        assert 2.3 < top < 4 < losses.max()  # of which the end, where it diverges, is not seen
        assert (
            RangeTest(tuple(lrs[:75]), tuple(losses[:75])).plot().get_ylim()[1] > losses[:75].max()
        )
        with pytest.raises(TypeError, match=r"^RangeTest.plot: 'ax' must be the Axes of matplotlib, got 1$"):  # fmt: skip
            test.plot(1)  # type: ignore[arg-type]
        pyplot.close("all")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ModuleNotFoundError, match=r"^RangeTest.plot needs matplotlib: pip install 'schedcore-lr\[plot\]'$"):  # fmt: skip
        test.plot()


class Terminal:
    """What tqdm takes for a terminal."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return True


def test_a_bar_on_a_terminal_unless_told_off_or_without_tqdm(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def shown() -> str:
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        optimizer = torch.optim.SGD(LINEAR.parameters(), lr=0.1)
        lr_range_test(LINEAR, optimizer, LOSS, loader(), **{**SWEEP, "progress": progress})
        return terminal.text

    progress = True
    assert "12/12" in shown()
    assert "lr 1.00e+00" in shown()
    progress = False
    assert shown() == ""
    progress = True
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    assert shown() == ""
    monkeypatch.undo()
    optimizer = torch.optim.SGD(LINEAR.parameters(), lr=0.1)
    lr_range_test(LINEAR, optimizer, LOSS, loader(), **{**SWEEP, "progress": True})
    assert capsys.readouterr() == ("", "")  # no terminal, no bar


@pytest.mark.gpu
def test_on_a_gpu_no_trace_is_left_with_autocast_and_a_scaler() -> None:
    model = Net().cuda()
    model.kept["mean"] = model.kept["mean"].cuda()
    optimizer = torch.optim.AdamW(model.parameters(), lr=torch.tensor(0.1, device="cuda"), fused=True)  # fmt: skip
    scheduler = ScheduleLR(optimizer, 10, lr=0.1, follow_updates=True)
    scaler = torch.amp.GradScaler("cuda", init_scale=2.0**40)
    before = plain([model, optimizer, scaler]), chance(), torch.cuda.get_rng_state_all()[0].tolist()
    for function in (LOSS, failing(StopError, 20)):
        try:
            test = lr_range_test(
                model, optimizer, function, loader(), scaler=scaler,
                autocast=torch.autocast("cuda", torch.float16), **SWEEP,
            )  # fmt: skip
            assert len(test.lrs) == 12
        except StopError:
            assert function is not LOSS
        after = plain([model, optimizer, scaler]), chance(), torch.cuda.get_rng_state_all()[0].tolist()  # fmt: skip
        assert after == before
        assert scheduler.position == 0
