"""optax.schedules, over whole runs, in float64 and in the float32 that it has by default."""

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import numpy as np
import optax
import pytest
from numpy.typing import NDArray
from parity import FLOAT32, TABLES, assert_same, case_id, run, unmentioned
from x64 import enable_x64

import schedcore as sc

TOTALS = (1, 2, 7, 100, 1000)
BLOCK = 3000  # all runs are computed as long as the longest, so that jax compiles for one shape

# In float32 optax is within 4 ulps of the largest value, but for square roots (a power or an
# exponent of 0.5), which make much of a rounding near 0: 16.5 ulps, measured. In float64 all hold.
ROOT32 = 17 * 2.0**-23

# The row, optax's function, its parameters, and letters that are none of its parameters.
Case = tuple[str, Callable[..., Any], dict[str, Any], dict[str, Any]]


def theirs(make: Any, steps: int, *, float64: bool, first: int = 0) -> NDArray[Any]:
    """Their values; 64-bit numbers are switched on for this call alone."""
    with enable_x64(float64):
        counts = first + jax.numpy.arange(BLOCK)
        return np.asarray(jax.vmap(lambda k: jax.numpy.asarray(make()(k)))(counts))[:steps]


def decays(n: int) -> Iterator[Case]:
    yield "constant_schedule(value)", optax.constant_schedule, {"value": 0.3}, {}
    for start, end in ((0.1, 0.0), (1e-3, 4.8)):
        for t in sorted({n, max(1, n // 3)}):
            given: dict[str, Any] = {"init_value": start, "end_value": end, "transition_steps": t}
            row = "linear_schedule(init_value, end_value, transition_steps)"
            yield row, optax.linear_schedule, given, {}
            row = "polynomial_schedule(init_value, end_value, power, transition_steps)"
            for power in (0.5, 1.0, 2.0, 3.0):
                yield row, optax.polynomial_schedule, given | {"power": power}, {}
    begin = n // 3
    if begin:
        given = {"init_value": 1.0, "end_value": 0.1, "power": 2.0}
        given |= {"transition_steps": n - begin, "transition_begin": begin}
        yield "polynomial_schedule(transition_begin)", optax.polynomial_schedule, given, {}
    for t, rate in ((max(1, n // 2), 0.1), (50, 0.9), (1000, 2.0)):
        given = {"init_value": 0.3, "transition_steps": t, "decay_rate": rate}
        row = "exponential_decay(init_value, transition_steps, decay_rate)"
        yield row, optax.exponential_decay, given, {}
        stairs = given | {"staircase": True}
        yield "exponential_decay(staircase=True)", optax.exponential_decay, stairs, {}
        begun = given | {"transition_begin": begin}
        yield "exponential_decay(transition_begin)", optax.exponential_decay, begun, {}
        if rate < 1:
            floored = given | {"end_value": 0.05}
            yield "exponential_decay(end_value)", optax.exponential_decay, floored, {}
    for alpha in (0.0, 0.1):
        given = {"init_value": 0.3, "decay_steps": n, "alpha": alpha}
        row = "cosine_decay_schedule(init_value, decay_steps, alpha)"
        yield row, optax.cosine_decay_schedule, given, {}
        for exponent in (0.5, 1.5, 2.0):
            powered = given | {"exponent": exponent}
            yield "cosine_decay_schedule(exponent)", optax.cosine_decay_schedule, powered, {}


def pieces(n: int) -> Iterator[Case]:
    for scales in ({n // 3: 0.5, n // 2 + 1: 0.1, n + 1: 3.0}, {n // 2 + 1: 0.0, n + 1: 0.7}):
        places = list(scales)
        values = 0.3 * np.cumprod([1.0, *scales.values()])
        more = {"values": values, "boundaries": places, "N": places[-1]}
        given = {"init_value": 0.3, "boundaries_and_scales": scales}
        row = "piecewise_constant_schedule(init_value, boundaries_and_scales)"
        yield row, optax.piecewise_constant_schedule, given, more
        for kind in ("linear", "cosine"):
            row = f'piecewise_interpolate_schedule("{kind}", init_value, boundaries_and_scales)'
            between = given | {"interpolate_type": kind}
            yield row, optax.piecewise_interpolate_schedule, between, more
    if n >= 7:
        given = {"transition_steps": n, "peak_value": 0.3, "div_factor": 10.0}
        given |= {"final_div_factor": 100.0, "pct_start": 0.3}
        whole = {"pct_start": int(0.3 * n) / n, "pct_final": int(0.85 * n) / n, "low": 0.3 / 10.0}
        row = (
            "linear_onecycle_schedule"
            "(transition_steps, peak_value, pct_start, pct_final, div_factor, final_div_factor)"
        )
        yield row, optax.linear_onecycle_schedule, given, whole
        row = (
            "cosine_onecycle_schedule"
            "(transition_steps, peak_value, pct_start, div_factor, final_div_factor)"
        )
        yield row, optax.cosine_onecycle_schedule, given, whole


def warmups(n: int) -> Iterator[Case]:
    for w in sorted({1, n // 10, n // 2} - {0, n}):
        given: dict[str, Any] = {"init_value": 0.01, "peak_value": 0.3, "warmup_steps": w}
        row = "warmup_constant_schedule(init_value, peak_value, warmup_steps)"
        yield row, optax.warmup_constant_schedule, given, {}
        cosine = given | {"decay_steps": n, "end_value": 0.001}
        row = (
            "warmup_cosine_decay_schedule"
            "(init_value, peak_value, warmup_steps, decay_steps, end_value)"
        )
        yield row, optax.warmup_cosine_decay_schedule, cosine, {}
        falling = given | {"transition_steps": 50, "decay_rate": 0.1}
        row = (
            "warmup_exponential_decay_schedule"
            "(init_value, peak_value, warmup_steps, transition_steps, decay_rate)"
        )
        yield row, optax.warmup_exponential_decay_schedule, falling, {}
        cycles = [cosine, cosine | {"peak_value": 0.1, "decay_steps": 2 * n}]
        more = {"N": 3 * n}
        yield "sgdr_schedule(cosine_kwargs)", optax.sgdr_schedule, {"cosine_kwargs": cycles}, more
        if w:
            both = [optax.linear_schedule(0.0, 0.3, w), optax.cosine_decay_schedule(0.3, n - w)]
            given = {"schedules": both, "boundaries": [w]}
            more = {"m": w, "first": sc.Linear(0.0, 0.3), "second": sc.Cosine(0.3, 0.0)}
            yield "join_schedules([first, second], [m])", optax.join_schedules, given, more


CASES = [(n, *case) for n in TOTALS for family in (decays, pieces, warmups) for case in family(n)]


@pytest.mark.parametrize(("steps", "used", "make", "given", "more"), CASES, ids=case_id)
def test_same(
    steps: int, used: str, make: Any, given: dict[str, Any], more: dict[str, Any]
) -> None:
    total = more.get("N", steps)
    # A row that names its own steps is read past its end, where optax holds, as ours do.
    steps = total + 2 if ".over(" in str(TABLES["optax"][used][0]) else total
    ours = run("optax", used, steps, **{"N": total} | given | more)
    assert_same(ours, theirs(partial(make, **given), steps, float64=True))
    within = ROOT32 if 0.5 in (given.get("power"), given.get("exponent")) else FLOAT32
    assert_same(ours, theirs(partial(make, **given), steps, float64=False), within)


def test_every_row_has_a_case() -> None:
    rows = {used for used, (code, _) in TABLES["optax"].items() if code}
    assert rows == {used for _, used, *_ in CASES}


def functions() -> set[str]:
    """All that makes a schedule: what optax.schedules and optax offer, and reduce_on_plateau."""
    found = {"contrib.reduce_on_plateau"} if hasattr(optax.contrib, "reduce_on_plateau") else set()
    for room in (optax.schedules, optax):
        for name, x in vars(room).items():
            makes = inspect.isfunction(x) and "Schedule" in str(
                inspect.signature(x).return_annotation
            )
            if makes or (room is optax.schedules and inspect.isfunction(x)):
                found.add(name)
    # These put schedules into an optimizer; they make none.
    return found - {"inject_hyperparams", "inject_stateful_hyperparams"}


def test_every_schedule_is_in_the_readme() -> None:
    assert functions() >= {"warmup_cosine_decay_schedule", "exponential_decay", "join_schedules"}
    assert not unmentioned("optax", functions())


def test_a_new_schedule_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optax.schedules, "new_schedule", lambda: None, raising=False)
    assert unmentioned("optax", functions()) == {"new_schedule"}


def test_on_purpose_a_warmup_of_no_steps_has_been() -> None:
    # optax never leaves its init_value.
    schedule = optax.warmup_constant_schedule(0.01, 0.3, 0)
    assert [float(schedule(k)) for k in (0, 10)] == pytest.approx([0.01, 0.01])
    row = "warmup_constant_schedule(init_value, peak_value, warmup_steps)"
    ours = run("optax", row, 10, N=10, init_value=0.01, peak_value=0.3, warmup_steps=0)
    assert set(ours.tolist()) == {0.3}


def test_on_purpose_steps_are_not_float32() -> None:
    # float32 knows no 20 000 001, and cos(x) near -1 is -1: the last steps of a long run.
    total = 20_000_002
    linear = theirs(
        lambda: optax.linear_schedule(1.0, 0.0, total), 1, float64=False, first=total - 1
    )
    ours = sc.Linear(1.0, 0.0).over(total)(total - 1)
    rounding = 2.0**-53  # of progress, which is near 1
    assert ours == pytest.approx(1 / total, rel=0.0, abs=rounding)
    assert linear[0] > 2 * ours
    steps = 1_000_000
    cosine = theirs(
        lambda: optax.cosine_decay_schedule(1.0, steps), 50, float64=False, first=steps - 50
    )
    assert (cosine == 0).sum() >= 40
    assert (sc.Cosine(1.0, 0.0).over(steps)(np.arange(steps - 50, steps)) > 0).all()
