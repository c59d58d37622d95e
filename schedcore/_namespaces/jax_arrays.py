"""jax arrays. On the CPU, and not traced, numpy evaluates them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from schedcore._namespaces import numpy_arrays
from schedcore._namespaces.errors import no_array, no_step, too_large, unsupported_dtype
from schedcore._namespaces.grid import Number
from schedcore._namespaces.masked import Library, common, progress_function, step_function
from schedcore._namespaces.plans import Pieces, Source
from schedcore._namespaces.precision import FLOAT32, FLOAT64, PRECISIONS
from schedcore.steps import Reading

MOST_INT32 = 2**31 - 1


def values(source: Source, t: jax.Array) -> jax.Array:
    """The values of a schedule, of the array's shape and floating dtype, on its device."""
    if jnp.issubdtype(t.dtype, jnp.integer):
        name = jnp.result_type(float).name
    elif t.dtype.name in PRECISIONS:
        name = t.dtype.name
    else:
        raise unsupported_dtype(t.dtype, "float16, bfloat16, float32, float64 and integers")
    if not _is_readable(t):
        found: jax.Array = source._prepared("jax", name)(t)
        return found
    plan = source._prepared("numpy")
    progress = np.asarray(t).astype(np.float64)
    return _placed(numpy_arrays.narrow_values(plan, progress, PRECISIONS[name]), name, t)


def step_values(
    source: Source, step: jax.Array, schedule: Callable[[Any], Any], reading: Reading
) -> jax.Array:
    """The values at steps, in jax's default precision, of the array's shape and on its device."""
    if not jnp.issubdtype(step.dtype, jnp.integer):
        raise no_step(step, f"an array of {step.dtype}")
    name = jnp.result_type(float).name
    if not _is_readable(step):
        found: jax.Array = source._prepared("jax", name)(step)
        return found
    progress = numpy_arrays.step_progress(np.asarray(step), reading)
    return _placed(schedule(progress), name, step)


def _is_readable(t: jax.Array) -> bool:
    """Whether the values can be had without waiting for a device."""
    if isinstance(t, jax.core.Tracer) or not t.is_fully_addressable:
        return False
    return all(device.platform == "cpu" for device in t.devices())


def _placed(found: np.ndarray[Any, Any], dtype: str, like: jax.Array) -> jax.Array:
    with np.errstate(under="ignore"):
        held = found.astype(jnp.dtype(dtype))
    placed: jax.Array = jax.device_put(held, like.sharding) if like.committed else jnp.asarray(held)
    return placed


def function(
    pieces: Pieces, most: float, reading: Reading | None, name: str
) -> Callable[[jax.Array], jax.Array]:
    """A schedule as a function of arrays that give values of the dtype `name`."""
    if PRECISIONS[name].largest < most < math.inf:
        raise too_large(most, name)
    dtype = jnp.dtype(name)
    computed = jnp.dtype("float64" if name == "float64" else "float32")
    library = _library(computed)
    if reading is not None:
        wide = name == "float64"
        if not wide and reading.parts > MOST_INT32:
            raise ValueError(
                f"{reading.parts} steps are more than jax can count without 64-bit integers "
                f"({MOST_INT32}): call jax.config.update('jax_enable_x64', True)"
            )
        formula = step_function(pieces, reading, library)
        last = reading.last

        def of_steps(step: jax.Array) -> jax.Array:
            if jnp.iinfo(step.dtype).max > last:  # type: ignore[no-untyped-call]
                step = jnp.minimum(step, jnp.asarray(last, step.dtype))
            steps = step.astype(jnp.int64 if wide else jnp.int32)
            found: jax.Array = formula(jnp.maximum(steps, 0))
            return found

        return of_steps

    formula = progress_function(pieces, PRECISIONS[name], library)

    def of_progress(progress: jax.Array) -> jax.Array:
        found: jax.Array = formula(progress)
        return found.astype(dtype)

    return of_progress


def _library(dtype: Any) -> Library:
    wide = dtype == np.float64
    integer = np.dtype("int64" if wide else "int32")

    def table(values: Sequence[Number]) -> np.ndarray[Any, Any]:
        return np.array(values, integer if isinstance(values[0], int) else dtype)

    def real(x: jax.Array) -> jax.Array:
        return x.astype(dtype)

    def array(x: Any, like: jax.Array) -> jax.Array:
        if not isinstance(x, jax.Array):
            raise no_array(x, "an array")
        return jnp.broadcast_to(x.astype(dtype), like.shape)

    own: dict[str, Callable[..., Any]] = {
        "sin": jnp.sin,
        "exp": jnp.exp,
        "expm1": jnp.expm1,
        "fmod": jnp.fmod,
        "where": jnp.where,
        "full": jnp.full_like,
        "index": _index,
        "lookup": _lookup,
        "real": real,
        "array": array,
    }
    return Library(FLOAT64 if wide else FLOAT32, own | common(own), table)


def _index(cuts: Any, t: jax.Array) -> jax.Array:
    return jnp.searchsorted(cuts, t, side="right")


def _lookup(table: Any, index: jax.Array) -> jax.Array:
    return jnp.asarray(table)[index]
