"""torch tensors. On the CPU, and with nothing to differentiate, numpy evaluates them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.autograd import forward_ad

from schedcore._namespaces import numpy_arrays
from schedcore._namespaces.errors import (
    no_array,
    no_step,
    outside_array,
    too_large,
    unsupported_dtype,
)
from schedcore._namespaces.grid import Number
from schedcore._namespaces.masked import Library, common, progress_function, step_function
from schedcore._namespaces.plans import Pieces, Source
from schedcore._namespaces.precision import FLOAT32, FLOAT64, PRECISIONS
from schedcore.steps import Reading

FLOATS = {getattr(torch, name): each for name, each in PRECISIONS.items()}
INTEGERS = {
    getattr(torch, sign + str(bits)) for sign in ("int", "uint") for bits in (8, 16, 32, 64)
}


def values(source: Source, t: torch.Tensor) -> torch.Tensor:
    """The values of a schedule, of the tensor's shape and floating dtype, on its device."""
    if t.layout != torch.strided:
        raise unsupported_dtype(f"{t.dtype}, {t.layout}", "dense ones")
    precision = FLOATS.get(t.dtype)
    if precision is None and t.dtype not in INTEGERS:
        raise unsupported_dtype(t.dtype, "float16, bfloat16, float32, float64 and integers")
    dtype = torch.float64 if precision is None else t.dtype
    readable = _is_readable(t)
    if not readable or _is_differentiated(t):
        if readable and not bool(((t >= 0) & (t <= 1)).all()):
            raise outside_array(t.detach().double().numpy())
        return _unseen(source, dtype, t)
    plan = source._prepared("numpy")
    progress = t.detach().to(torch.float64).numpy()
    found = numpy_arrays.narrow_values(plan, progress, precision or FLOAT64)
    return torch.from_numpy(found).to(dtype)


def step_values(
    source: Source, step: torch.Tensor, schedule: Callable[[Any], Any], reading: Reading
) -> torch.Tensor:
    """The values at steps, float64, of the tensor's shape and on its device."""
    if step.dtype not in INTEGERS:
        raise no_step(step, f"a tensor of {step.dtype}")
    if not _is_readable(step):
        return _unseen(source, torch.float64, step)
    progress = numpy_arrays.step_progress(step.numpy(), reading)
    return torch.from_numpy(schedule(progress))


def scalar(x: float | torch.Tensor) -> torch.Tensor:
    """A number as a tensor of its own: where torch.compile makes a symbol of it."""
    if isinstance(x, torch.Tensor):
        return x
    return torch.full((), x, dtype=torch.float64 if isinstance(x, float) else torch.int64)


def _unseen(source: Source, dtype: torch.dtype, t: torch.Tensor) -> torch.Tensor:
    found: torch.Tensor = source._prepared("torch", dtype, t.device)(t)
    return found


def _is_readable(t: torch.Tensor) -> bool:
    """Whether the values can be had without waiting for a device or breaking a graph."""
    return (
        not torch.compiler.is_compiling()
        and type(t) in (torch.Tensor, torch.nn.Parameter)
        and t.device.type == "cpu"
        and not torch._C._functorch.is_functorch_wrapped_tensor(t)
        and torch._C._len_torch_dispatch_stack() == 0  # make_fx, FakeTensorMode
        and not torch.jit.is_tracing()  # type: ignore[no-untyped-call, attr-defined]
    )


def _is_differentiated(t: torch.Tensor) -> bool:
    if t.requires_grad and torch.is_grad_enabled():
        return True
    return forward_ad.unpack_dual(t).tangent is not None  # type: ignore[no-untyped-call]


def function(
    pieces: Pieces, most: float, reading: Reading | None, dtype: torch.dtype, device: torch.device
) -> Callable[[torch.Tensor], torch.Tensor]:
    """A schedule as a function of tensors that give values of `dtype`."""
    if FLOATS[dtype].largest < most < math.inf:
        raise too_large(most, FLOATS[dtype].name)
    computed = torch.float64 if dtype == torch.float64 else torch.float32
    library = _library(computed, device)
    if reading is not None:
        formula = step_function(pieces, reading, library)

        def of_steps(step: torch.Tensor) -> torch.Tensor:
            steps = step.to(torch.int64)
            if step.dtype == torch.uint64:  # where it wraps, the run is over
                steps = torch.where(steps < 0, reading.last, steps)
            found: torch.Tensor = formula(steps.clamp(0, reading.last))
            return found

        return of_steps

    formula = progress_function(pieces, FLOATS[dtype], library)

    def of_progress(progress: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = formula(progress)
        return found.to(dtype)

    return of_progress


def _library(dtype: torch.dtype, device: torch.device) -> Library:
    def table(values: Sequence[Number]) -> Table:
        return Table(values, torch.int64 if isinstance(values[0], int) else dtype, device)

    def real(x: torch.Tensor) -> torch.Tensor:
        return x.to(dtype)

    def array(x: Any, like: torch.Tensor) -> torch.Tensor:
        if not isinstance(x, torch.Tensor):
            raise no_array(x, "a tensor")
        return x.to(dtype).expand_as(like)

    own: dict[str, Callable[..., Any]] = {
        "sin": torch.sin,
        "exp": torch.exp,
        "expm1": torch.expm1,
        "fmod": torch.fmod,
        "where": torch.where,
        "full": torch.full_like,
        "index": _index,
        "lookup": _lookup,
        "real": real,
        "array": array,
    }
    precision = FLOAT64 if dtype == torch.float64 else FLOAT32
    return Library(precision, own | common(own), table)


class Table:
    """Numbers to look up, on a device."""

    def __init__(self, numbers: Sequence[Number], dtype: torch.dtype, device: torch.device) -> None:
        self._numbers = numbers
        self._dtype = dtype
        self._device = device
        self._kept: torch.Tensor | None = None

    def tensor(self) -> torch.Tensor:
        """The numbers; kept for the next call, unless what is made here is only good here."""
        if torch.compiler.is_dynamo_compiling():
            self._keep()
            assert self._kept is not None
            return self._kept
        alone = torch._C._len_torch_dispatch_stack() == 0
        if self._kept is not None and alone:
            return self._kept
        made = self._made()
        if (
            alone
            and not torch._is_functional_tensor(made)
            and not torch._C._functorch.is_functorch_wrapped_tensor(made)
        ):
            self._kept = made
        return made

    def _made(self) -> torch.Tensor:
        with torch.inference_mode(False):
            return torch.tensor(self._numbers, dtype=self._dtype, device=self._device)

    def _keep(self) -> None:
        if self._kept is None:
            self._kept = self._made()

    _keep._dynamo_marked_constant = True  # type: ignore[attr-defined]  # as Source._prepare


def _index(cuts: Table, t: torch.Tensor) -> torch.Tensor:
    return torch.searchsorted(cuts.tensor(), t.contiguous(), right=True)


def _lookup(table: Table, index: torch.Tensor) -> torch.Tensor:
    return table.tensor().index_select(0, index.reshape(-1)).reshape(index.shape)
