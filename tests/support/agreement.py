"""How near two evaluations of one schedule must be, and progresses that are hard for float32."""

from fractions import Fraction

import numpy as np
import oracle
from hypothesis import strategies as st

import schedcore as sc
from schedcore.testing import progresses

BITS = {"bfloat16": 8, "float16": 11, "float32": 24, "float64": 53}
LEAST = {"bfloat16": 2.0**-126, "float16": 2.0**-24, "float32": 2.0**-126, "float64": 0.0}
"""What compilers may take for 0, or what the next number is."""


def largest(schedule: object) -> float:
    """The largest value that a schedule, or any part that it is computed from, can take."""
    if not isinstance(schedule, sc.Schedule):
        return abs(schedule) if isinstance(schedule, float) else 0.0
    parts = [getattr(schedule, name, 0.0) for name in ("schedule", "left", "right")]
    found = [*map(abs, schedule._range()), *map(largest, parts)]
    return max(found + [largest(piece) for piece in getattr(schedule, "pieces", ())])


def meant(schedule: sc.Schedule, progress: float, dtype: str) -> Fraction:
    """The boundary that a progress of a dtype is the rounding of, if it is one, else itself."""
    if 0 < progress < 1:
        for place in reversed(schedule._inner_boundaries()):
            if nearest(place, BITS[dtype]) == progress:
                return place
    return Fraction(progress)


def nearest(place: Fraction, bits: int) -> float:
    """A place in (0, 1) rounded to so many bits, by its definition."""
    scale = Fraction(1)
    while place * scale < Fraction(1, 2):
        scale *= 2
    return float(Fraction(round(place * scale * 2**bits), 2**bits) / scale)


def tolerance(schedule: sc.Schedule, place: Fraction, dtype: str, ulps: float = 4) -> float:
    """`ulps` of the largest value, beyond what the rounding of places does within a piece."""
    shift = Fraction(1, 2 ** (BITS[dtype if dtype == "float64" else "float32"] - 1))
    here = oracle.composed(schedule, place)
    moved = [oracle.composed(schedule, place, shift=d * shift) for d in (-2, 2)]
    slack = float(max(abs(x - here) for x in moved))
    return ulps * 2.0 ** (1 - BITS[dtype]) * largest(schedule) + slack + LEAST[dtype]


def assert_agrees(schedule: sc.Schedule, ts: list[float], values: list[float], dtype: str) -> None:
    """Each value is the schedule's own, to 4 ulp of the dtype."""
    for t, got in zip(ts, values, strict=True):
        place = meant(schedule, t, dtype)
        assert abs(got - schedule(float(place))) <= tolerance(schedule, place, dtype), t


def narrow(schedule: sc.Schedule, dtype: type[np.floating]) -> st.SearchStrategy[float]:
    """Progresses that a dtype holds."""
    return progresses(schedule).map(lambda t: float(dtype(t)))
