"""Which kind of number or array a progress or a step is.

Floats take the short way in `Evaluable.__call__` and never come here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from schedcore._formulas.pieces import UNIT, cut
from schedcore._formulas.python_source import scalar_function
from schedcore._namespaces import numpy_arrays
from schedcore._namespaces.errors import no_step, outside, unsupported, unsupported_dtype
from schedcore._namespaces.numpy_arrays import array_plan
from schedcore._namespaces.plans import Pieces, Source
from schedcore.steps import Reading


def values(source: Source, progress: Any) -> Any:
    """The values of a schedule at anything but a single number."""
    if _is_torch(progress) or isinstance(progress, float):
        from schedcore._namespaces import torch_tensors  # only where torch is there already

        return torch_tensors.values(source, torch_tensors.scalar(progress))
    if _is_jax(progress):
        from schedcore._namespaces import jax_arrays

        return jax_arrays.values(source, progress)
    x = _as_array(progress)
    found = numpy_arrays.values(source._prepared("numpy"), x)
    return float(found) if isinstance(progress, np.generic) else found


def step_values(source: Source, step: Any, schedule: Callable[[Any], Any], reading: Reading) -> Any:
    """The values at anything but a single step of what reads a schedule by step."""
    if _is_torch(step) or isinstance(step, int):
        from schedcore._namespaces import torch_tensors

        return torch_tensors.step_values(source, torch_tensors.scalar(step), schedule, reading)
    if _is_jax(step):
        from schedcore._namespaces import jax_arrays

        return jax_arrays.step_values(source, step, schedule, reading)
    return schedule(numpy_arrays.step_progress(_as_steps(step), reading))


def plan(
    key: tuple[Any, ...],
    pieces: Pieces,
    bounds: tuple[float, float],
    reading: Reading | None = None,
) -> Any:
    """What is prepared for one kind of array: by progress, or by step if a reading is given."""
    most = max(map(abs, bounds))
    if key[0] == "torch":
        from schedcore._namespaces import torch_tensors

        return torch_tensors.function(pieces, most, reading, *key[1:])
    if key[0] == "jax":
        from schedcore._namespaces import jax_arrays

        return jax_arrays.function(pieces, most, reading, *key[1:])
    if key[0] == "numpy":
        return array_plan(pieces(UNIT))
    found = pieces(UNIT)
    scalar = scalar_function([cut(piece) for piece in found[1:]], [x.formula for x in found])
    scalar._dynamo_marked_constant = True  # type: ignore[attr-defined]  # as Source._prepare
    return scalar


def compiling() -> bool:
    """Whether torch.compile is at work; what is here is then traced."""
    torch = sys.modules.get("torch")
    return torch is not None and torch.compiler.is_compiling()


def _is_torch(x: object) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def _is_jax(x: object) -> bool:
    jax = sys.modules.get("jax")
    return jax is not None and isinstance(x, jax.Array)


def as_float(progress: object) -> float | None:
    """A single number as a float in [0, 1]; None if it is an array; else the fitting error."""
    if isinstance(progress, bool | np.bool_ | np.timedelta64 | str | bytes):
        raise unsupported(progress)
    if isinstance(progress, float) and compiling():
        return None  # a number that changes from call to call
    # A float32 may stand for a boundary that it is the rounding of, so it counts as an array.
    if not isinstance(progress, float | int | np.integer):
        return None
    if not 0 <= progress <= 1:
        raise outside(progress)
    return float(progress)


def _as_array(progress: object) -> np.ndarray[Any, np.dtype[np.floating[Any]]]:
    if not isinstance(progress, np.ndarray | np.floating | list | tuple):
        raise unsupported(progress)
    if isinstance(progress, np.ma.MaskedArray):
        raise TypeError("progress must not be a masked array: evaluate its filled() values")
    x = _as_numpy(progress, "progress")
    if x.dtype.kind in "iu":
        return x.astype(np.float64)
    if x.dtype.kind != "f" or x.dtype.itemsize > 8:
        raise unsupported_dtype(x.dtype.name)
    return x


def as_step(step: object) -> int | None:
    """A single step as an int; None if it is an array."""
    if isinstance(step, bool | np.timedelta64):
        raise no_step(step, type(step).__name__)
    if isinstance(step, int | np.integer) and not compiling():
        return int(step)
    return None


def _as_steps(step: object) -> np.ndarray[Any, np.dtype[np.integer[Any]]]:
    if not isinstance(step, np.ndarray | list | tuple | range):
        raise no_step(step, type(step).__name__)
    k = _as_numpy(step, "a step")
    if not k.size and not isinstance(step, np.ndarray):
        return k.astype(np.int64)
    if k.dtype.kind not in "iu":
        raise no_step(step, f"an array of {k.dtype.name}")
    return k


def _as_numpy(x: Any, what: str) -> np.ndarray[Any, Any]:
    if not isinstance(x, list | tuple):
        return np.asarray(x)
    for each in _elements(x):
        if _is_torch(each) or _is_jax(each) or isinstance(each, bool | np.bool_):
            raise TypeError(
                f"{what} must be one array, or a list of plain numbers, "
                f"got a list that holds {each!r} ({type(each).__module__}.{type(each).__name__})"
            )
    try:
        return np.asarray(x)
    except ValueError:
        raise TypeError(f"{what} must be a rectangular list of numbers") from None


def _elements(x: Any) -> Iterator[Any]:
    for each in x:
        if isinstance(each, list | tuple):
            yield from _elements(each)
        else:
            yield each
