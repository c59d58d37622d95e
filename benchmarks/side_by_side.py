"""Times functions in turns, and prints how the first compares with the others."""

import gc
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version

Sides = dict[str, Callable[[], object]]


def compare(row: str, reach: str, sides: Sides, *, calls: int = 1, rounds: int = 60) -> None:
    """Print a row: the first side's median time, and its ratio to each of the others.

    Each function makes `calls` calls. A ratio is the median over rounds of the ratio in a round.
    """
    times: dict[str, list[float]] = {side: [] for side in sides}
    for run in sides.values():
        run()
    gc.disable()
    for _ in range(rounds):
        for side, run in sides.items():
            begin = time.perf_counter()
            run()
            times[side].append((time.perf_counter() - begin) / calls)
    gc.enable()
    ours, *others = sides
    told = []
    for other in others:
        ratios = [a / b for a, b in zip(times[ours], times[other], strict=True)]
        ratio = f"{statistics.median(ratios):.3g} x {other}"
        told.append(f"{ratio} ({readable(statistics.median(times[other]))})")
    own = readable(statistics.median(times[ours]))
    print(f"{row}: {own} = {'; '.join(told)}   [reach: {reach}]")


def readable(seconds: float) -> str:
    """A time with three digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def machine(*distributions: str) -> str:
    """The machine, and the versions of Python and of some distributions."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            processor = next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        processor = platform.processor()
    versions = ", ".join(f"{name} {version(name)}" for name in distributions)
    return (
        f"{processor} ({platform.machine()}), {os.cpu_count()} cores, {sys.platform}, "
        f"Python {platform.python_version()}, {versions}"
    )
