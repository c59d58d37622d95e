"""How far each curve is from the oracle of many digits, at worst, for each kind of number.

python -m benchmarks.accuracy > benchmarks/accuracy.md
"""

import itertools
import math
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import jax
import numpy as np
import torch

import schedcore as sc

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

import oracle

ENDS = [(0.1, 0.0), (0.0, 4.8), (1.0, 1e-3), (3e-4, 0.7), (-0.1, -0.3)]
NONZERO = [pair for pair in ENDS if 0.0 not in pair]
Parameters = list[dict[str, Any]]
ABOUT = """
The largest error against formulas in 380 digits (`tests/support/oracle.py`), in units of
the last place:
2**-52 for float64, 2**-23 for float32. For floats and numpy arrays (and torch and jax arrays on
the CPU, which go the same way) relative to each value, also near an end that is 0. In the other
columns, for what is traced or on a GPU, relative to the largest value of the curve. Printed by
`python -m benchmarks.accuracy`; a test compares it with what is measured.
"""


def _each(ends: list[tuple[float, float]], **lists: list[float]) -> Parameters:
    keys = ["start", "end", *lists]
    found = itertools.product(ends, *lists.values())
    return [dict(zip(keys, [*pair, *more], strict=True)) for pair, *more in found]


def _inverse_powers(timescales: list[float], powers: list[float]) -> Parameters:
    keys = ("start", "timescale", "power")
    return [dict(zip(keys, x, strict=True)) for x in itertools.product([0.1], timescales, powers)]


PROMISED: dict[str, tuple[type[sc.Schedule], Parameters]] = {
    "Linear": (sc.Linear, _each(ENDS)),
    "Cosine": (sc.Cosine, _each(ENDS)),
    "Exponential": (sc.Exponential, _each(NONZERO)),
    "Polynomial": (sc.Polynomial, _each(ENDS, power=[0.125, 0.5, 0.9, 2.0, 8.0])),
    "Power": (sc.Power, _each(ENDS, power=[0.125, 0.5, 0.9, 2.0, 8.0])),
    "InversePower": (sc.InversePower, _inverse_powers([1e-3, 0.1, 10.0], [0.125, 0.5, 1.0, 8.0])),
    "Rex": (sc.Rex, _each(ENDS, beta=[0.0, 0.5, 0.9, 0.99])),
    "Saturating": (sc.Saturating, _each(ENDS, rate=[-10.0, -0.1, math.log(2), 3.0, 10.0])),
    "Tanh": (sc.Tanh, _each(ENDS, lower=[-10.0, -7.0, -0.1], upper=[0.1, 3.0, 10.0])),
}
BEYOND: dict[str, tuple[type[sc.Schedule], Parameters]] = {
    "Exponential, 1e-12 to 1e6": (sc.Exponential, _each([(1e-12, 1e6), (1e6, 1e-12)])),
    "Polynomial, power 0.01 to 100": (sc.Polynomial, _each(ENDS, power=[0.01, 30.0, 100.0])),
    "Power, power 0.01 to 100": (sc.Power, _each(ENDS, power=[0.01, 30.0, 100.0])),
    "InversePower, power to 30": (sc.InversePower, _inverse_powers([1e-3, 1.0], [16.0, 30.0])),
    "Rex, beta to 1 - 1e-6": (sc.Rex, _each(ENDS, beta=[0.999, 1 - 1e-6])),
    "Saturating, rate to 80": (sc.Saturating, _each(ENDS, rate=[-80.0, 30.0, 80.0])),
    "Tanh, to 30": (sc.Tanh, _each(ENDS, lower=[-30.0], upper=[-20.0, 30.0])),
}


def points() -> np.ndarray[Any, np.dtype[np.float64]]:
    """Progresses crowded at both ends and in the middle, which float32 holds."""
    inner = np.linspace(0.0, 1.0, 49)
    small = 2.0 ** -np.arange(1, 24, 2)
    all_points = np.concatenate([inner, small, 1 - small, 0.5 + small / 2, 0.5 - small / 2])
    return np.unique(all_points.astype(np.float32)).astype(np.float64)


def by_torch(dtype: torch.dtype) -> Callable[[sc.Schedule, Any], Any]:
    """Traced, as on a GPU."""

    def values(schedule: sc.Schedule, t: Any) -> Any:
        return torch.func.vmap(schedule)(torch.from_numpy(t).to(dtype)).double().numpy()

    return values


def by_jax(dtype: str) -> Callable[[sc.Schedule, Any], Any]:
    """Under jit."""

    def values(schedule: sc.Schedule, t: Any) -> Any:
        return np.asarray(jax.jit(schedule)(jax.numpy.asarray(t, dtype))).astype(float)

    return values


KINDS: dict[str, tuple[int, bool, Callable[[sc.Schedule, Any], Any]]] = {
    "float": (53, True, lambda schedule, t: np.array([schedule(x) for x in t.tolist()])),
    "numpy float64": (53, True, lambda schedule, t: schedule(t)),
    "torch float64": (53, False, by_torch(torch.float64)),
    "torch float32": (24, False, by_torch(torch.float32)),
    "jax float32": (24, False, by_jax("float32")),
}
"""Bits, whether the error is relative to each value or to the largest, and how to evaluate."""


def worst(curve: type[sc.Schedule], parameters: Parameters) -> Iterator[float]:
    """The largest error in each kind of number, in units of its last place."""
    t = points()
    name = curve.__name__
    wanted = [np.array([oracle.value(name, x, **each) for x in t.tolist()]) for each in parameters]
    for bits, relative, evaluate in KINDS.values():
        found = 0.0
        for each, want in zip(parameters, wanted, strict=True):
            off = np.abs(evaluate(curve(**each), t) - want)
            size = np.abs(want) if relative else np.full(t.shape, np.abs(want).max())
            held = size > 2.0**-1022
            found = max(found, float((off[held] / size[held]).max()) * 2.0 ** (bits - 1))
        yield found


def table() -> Iterator[str]:
    """The table in Markdown."""
    yield "# Accuracy"
    yield from ABOUT.splitlines()
    yield ""
    yield f"| curve | {' | '.join(KINDS)} |"
    yield f"| --- |{' ---: |' * len(KINDS)}"
    yield from map(row, PROMISED)
    yield f"| *beyond what is promised:* |{' |' * len(KINDS)}"
    yield from map(row, BEYOND)


def row(name: str) -> str:
    """One line of it."""
    curve, parameters = (PROMISED | BEYOND)[name]
    errors = " | ".join(f"{rounded_up(x):.1f}" for x in worst(curve, parameters))
    return f"| {name} | {errors} |"


def rounded_up(x: float) -> float:
    """To the next tenth."""
    return float(math.ceil(Fraction(x) * 10) / 10)


if __name__ == "__main__":
    for line in table():
        print(line)
