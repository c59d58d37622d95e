"""10**6 points under jax.jit and torch.compile, against optax's jitted schedules."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch

import schedcore as sc
from benchmarks.side_by_side import compare, machine

N = 10**6
STEPS = jnp.arange(N, dtype=jnp.int32)
PROGRESS = STEPS.astype(jnp.float32) / N
TENSOR = torch.arange(N, dtype=torch.float32) / N

ROWS: dict[str, tuple[optax.Schedule, sc.Schedule]] = {
    "linear": (optax.linear_schedule(0.1, 0.0, N), sc.Linear(0.1, 0.0)),
    "cosine": (optax.cosine_decay_schedule(0.1, N), sc.Cosine(0.1, 0.0)),
    "warmup and cosine": (
        optax.warmup_cosine_decay_schedule(0.0, 0.1, N // 20, N),
        sc.warmup_cosine(0.1, 0.05),
    ),
    "polynomial, power 2": (
        optax.polynomial_schedule(0.1, 0.01, 2.0, N),
        sc.Polynomial(0.1, 0.01, 2.0),
    ),
    "polynomial, power 0.9": (
        optax.polynomial_schedule(0.1, 0.0, 0.9, N),
        sc.Polynomial(0.1, 0.0, 0.9),
    ),
    "exponential": (optax.exponential_decay(0.1, N, 1e-3), sc.Exponential(0.1, 1e-4)),
    "3 steps": (
        optax.piecewise_constant_schedule(0.1, {N // 4: 0.1, N // 2: 0.1}),
        sc.Steps((0.1, 0.01, 0.001), (0.25, 0.5)),
    ),
    "10 cycles of warmup and cosine": (
        optax.sgdr_schedule(
            [
                {
                    "init_value": 0.0,
                    "peak_value": 0.1,
                    "warmup_steps": N // 100,
                    "decay_steps": N // 10,
                    "end_value": 0.0,
                }
            ]
            * 10
        ),
        sc.Repeat(sc.warmup_cosine(0.1, Fraction(1, 10)), 10),
    ),
}


def row(name: str, theirs: optax.Schedule, schedule: sc.Schedule) -> None:
    """Ours by step, and by progress in jax and torch, each beside optax."""
    optax_jit, by_step = jax.jit(theirs), jax.jit(schedule.over(N))
    by_progress, by_torch = jax.jit(schedule), torch.compile(schedule, fullgraph=True)
    want = schedule.over(N).values()
    for values in (optax_jit(STEPS), by_step(STEPS), by_progress(PROGRESS), by_torch(TENSOR)):
        # optax divides int32 steps in float32; in places that costs it many ulps.
        np.testing.assert_allclose(np.asarray(values), want, rtol=0, atol=0.1 * 3e-5)

    def waiting(function: Callable[[Any], jax.Array], x: jax.Array) -> Callable[[], object]:
        return lambda: function(x).block_until_ready()

    peer = waiting(optax_jit, STEPS)
    for kind, ours in (
        ("jax.jit, by step", waiting(by_step, STEPS)),
        ("jax.jit, by progress", waiting(by_progress, PROGRESS)),
        ("torch.compile, by progress", lambda: by_torch(TENSOR)),
    ):
        compare(f"{name}; {kind}", "<= 1x", {"ours": ours, "optax's jitted": peer}, rounds=60)


def main() -> None:
    """Print all rows."""
    print(machine("jax", "optax", "torch"))
    for name, (theirs, schedule) in ROWS.items():
        row(name, theirs, schedule)


if __name__ == "__main__":
    main()
