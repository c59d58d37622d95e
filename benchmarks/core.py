"""Rows 1 to 3 of the speed table and its last: scalar calls, arrays, the import."""

import math
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from fvcore.common.param_scheduler import (
    CompositeParamScheduler,
    CosineParamScheduler,
    LinearParamScheduler,
)

import schedcore as sc
from benchmarks.side_by_side import compare, machine, readable

POINTS = [random.Random(0).random() for _ in range(1000)]
PASSES = 3  # in a round, over all points: as in a run, what is called is warm
X = np.arange(10**6) / 10**6


def scalar_row(row: str, reach: str, sides: dict[str, Any], rounds: int) -> None:
    ours, *others = sides.values()
    for other in others:
        for t in [0.0, *POINTS]:
            assert math.isclose(ours(t), other(t), rel_tol=0, abs_tol=1e-12), (row, t)

    def passes(function: Callable[[float], float]) -> Callable[[], None]:
        def run() -> None:
            for _ in range(PASSES):
                for t in POINTS:
                    function(t)

        return run

    runs = {side: passes(function) for side, function in sides.items()}
    compare(row, reach, runs, calls=PASSES * len(POINTS), rounds=rounds)


def array_row(row: str, reach: str, sides: dict[str, Any]) -> None:
    ours, *others = sides.values()
    for other in others:
        np.testing.assert_allclose(ours(X), other(X), rtol=0, atol=1e-14)
    compare(row, reach, {side: lambda f=f: f(X) for side, f in sides.items()}, rounds=40)  # type: ignore[misc]


def one_liner(x: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * x))


def chain(x: float) -> float:
    if x < 1 / 6:
        return 0.5 * (1 + math.cos(math.pi * (x * 6)))
    if x < 2 / 6:
        return 0.5 * (1 + math.cos(math.pi * ((x - 1 / 6) * 6)))
    if x < 3 / 6:
        return 0.5 * (1 + math.cos(math.pi * ((x - 2 / 6) * 6)))
    if x < 4 / 6:
        return 0.5 * (1 + math.cos(math.pi * ((x - 3 / 6) * 6)))
    if x < 5 / 6:
        return 0.5 * (1 + math.cos(math.pi * ((x - 4 / 6) * 6)))
    return 0.5 * (1 + math.cos(math.pi * ((x - 5 / 6) * 6)))


def fvcores(piece: object, count: int) -> Any:
    return CompositeParamScheduler([piece] * count, [1 / count] * count, ["rescaled"] * count)


def expression(x: Any) -> Any:
    return 0.5 * (1 + np.cos(np.pi * x))


TENTHS = (0.1, 0.2, 0.3, 0.1, 0.2, 0.1)
BOUNDS = np.cumsum(TENTHS[:-1])
SIX_KINDS = (
    sc.Linear(0.0, 1.0),
    sc.Constant(1.0),
    sc.Cosine(1.0, 0.5),
    sc.Constant(0.5),
    sc.Cosine(0.5, 0.1),
    sc.Linear(0.1, 0.0),
)


def slices(x: Any) -> Any:
    out = np.empty_like(x)
    i = [0, *np.searchsorted(x, BOUNDS).tolist(), len(x)]
    out[: i[1]] = x[: i[1]] / 0.1
    out[i[1] : i[2]] = 1.0
    out[i[2] : i[3]] = 0.5 + 0.25 * (1 + np.cos(np.pi * ((x[i[2] : i[3]] - 0.3) / 0.3)))
    out[i[3] : i[4]] = 0.5
    out[i[4] : i[5]] = 0.1 + 0.2 * (1 + np.cos(np.pi * ((x[i[4] : i[5]] - 0.7) / 0.2)))
    out[i[5] :] = 0.1 - 0.1 * ((x[i[5] :] - 0.9) / 0.1)
    return out


def many_pieces_row(rounds: int = 40) -> None:
    many, two = (sc.Join([sc.Linear(1.0, 0.5)] * n, [1 / n] * n) for n in (512, 2))
    assert many(0.0) == two(0.0)
    times = []
    for _ in range(rounds):
        pair = []
        for schedule in (many, two):
            begin = time.perf_counter()
            schedule(X)
            pair.append(time.perf_counter() - begin)
        times.append(pair)
    each = statistics.median((a - b) / 510 for a, b in times)
    long, short = (statistics.median(side) for side in zip(*times, strict=True))
    print(
        f"10**6 sorted points, 512 pieces: {readable(long)} = 2 pieces ({readable(short)}) "
        f"+ {readable(each)} a piece   [reach: 8 us a piece]"
    )


def import_row() -> None:
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def fresh(statement: str) -> Callable[[], object]:
        command = [sys.executable, "-c", statement]
        return lambda: subprocess.run(command, check=True, env=env)

    sides = {"ours": fresh("import schedcore"), "import numpy": fresh("import numpy")}
    compare("import schedcore", "<= 1.3x", sides, rounds=41)


def main() -> None:
    print(machine("numpy", "fvcore"))
    cosine = CosineParamScheduler(1.0, 0.0)
    scalar_row(
        "scalar call, one curve",
        "<= 2.2x the one-liner, <= 1.15x fvcore",
        {"ours": sc.Cosine(1.0, 0.0), "the math one-liner": one_liner, "fvcore": cosine},
        rounds=100,
    )
    six = sc.Join([sc.Cosine(1.0, 0.0)] * 6, [1 / 6] * 6)
    scalar_row(
        "scalar call, 6 pieces",
        "<= 2.5x the if-chain, <= 0.6x fvcore",
        {"ours": six, "the if-chain": chain, "fvcore": fvcores(cosine, 6)},
        rounds=100,
    )
    many = sc.Join([sc.Linear(1.0, 0.5)] * 512, [1 / 512] * 512)
    scalar_row(
        "scalar call, 512 pieces",
        "<= 0.0333x fvcore: 30 times faster",
        {"ours": many, "fvcore": fvcores(LinearParamScheduler(1.0, 0.5), 512)},
        rounds=40,
    )
    array_row(
        "10**6 sorted points, one curve",
        "<= 1.1x",
        {"ours": sc.Cosine(1.0, 0.0), "the numpy expression": expression},
    )
    array_row(
        "10**6 sorted points, 6 pieces",
        "<= 1.2x",
        {"ours": sc.Join(SIX_KINDS, TENTHS), "searchsorted and slices": slices},
    )
    many_pieces_row()
    import_row()


if __name__ == "__main__":
    main()
