"""Keras's learning rate schedules, in float64 and in the float32 that it has by default."""

import inspect
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import numpy as np
import pytest
from numpy.typing import NDArray
from parity import EXACT, FLOAT32, TABLES, assert_same, case_id, run, unmentioned
from x64 import enable_x64

import schedcore as sc

os.environ.setdefault("KERAS_BACKEND", "jax")  # Keras chooses when it is imported
import keras
from keras.optimizers import schedules

TOTALS = (1, 2, 7, 100, 1000)
BLOCK = 2100  # all runs are computed as long as the longest, so that jax compiles for one shape

# In float32 Keras is within 4 ulps of the largest value, but for a square root, which makes much
# of a rounding near 0: 9.3 ulps, measured. In float64 all hold but for cosines: its ops.cos
# rounds float64 to float32.
ROOT32 = 10 * 2.0**-23

# The row, Keras's class, its parameters, and letters that are none of its parameters.
Case = tuple[str, Callable[..., Any], dict[str, Any], dict[str, Any]]


def theirs(make: Callable[[], Any], steps: int, *, float64: bool, first: int = 0) -> NDArray[Any]:
    """Their values; 64-bit numbers are switched on for this call alone."""
    default = keras.config.floatx()
    try:
        with enable_x64(float64):
            keras.config.set_floatx("float64" if float64 else "float32")
            counts = first + jax.numpy.arange(BLOCK)
            return np.asarray(jax.vmap(make())(counts))[:steps]
    finally:
        keras.config.set_floatx(default)


def decays(n: int) -> Iterator[Case]:
    for t, rate in ((max(1, n // 3), 0.5), (50, 0.9), (1000, 2.0)):
        given: dict[str, Any] = {"initial_learning_rate": 0.3, "decay_steps": t, "decay_rate": rate}
        row = "ExponentialDecay(initial_learning_rate, decay_steps, decay_rate)"
        yield row, schedules.ExponentialDecay, given, {}
        row = "InverseTimeDecay(initial_learning_rate, decay_steps, decay_rate)"
        yield row, schedules.InverseTimeDecay, given, {}
        stairs = given | {"staircase": True}
        yield "ExponentialDecay(staircase=True)", schedules.ExponentialDecay, stairs, {}
        yield "InverseTimeDecay(staircase=True)", schedules.InverseTimeDecay, stairs, {}
    for places in ([n // 3, n // 2 + 1], [0], [n - 1], [n // 2, n + 5]):
        given = {"boundaries": places, "values": [0.3, 0.1, 0.7][: len(places) + 1]}
        more = {"N": n + 6}
        row = "PiecewiseConstantDecay(boundaries, values)"
        yield row, schedules.PiecewiseConstantDecay, given, more
    for power in (0.5, 1.0, 2.0):
        given = {"initial_learning_rate": 0.3, "decay_steps": n}
        given |= {"end_learning_rate": 0.01, "power": power}
        row = "PolynomialDecay(initial_learning_rate, decay_steps, end_learning_rate, power)"
        yield row, schedules.PolynomialDecay, given, {}
    for alpha in (0.0, 0.1):
        given = {"initial_learning_rate": 0.3, "decay_steps": n, "alpha": alpha}
        row = "CosineDecay(initial_learning_rate, decay_steps, alpha)"
        yield row, schedules.CosineDecay, given, {}
        for w in sorted({1, n // 10, n // 2} - {0}):
            warm = given | {"warmup_target": 1.0, "warmup_steps": w}
            row = "CosineDecay(warmup_target, warmup_steps)"
            yield row, schedules.CosineDecay, warm, {"N": n + w}
    for first, stretch, decay in ((1, 2.0, 0.5), (17, 2.0, 0.5), (max(1, n // 4), 1.0, 0.9)):
        given = {"initial_learning_rate": 0.3, "first_decay_steps": first}
        given |= {"t_mul": stretch, "m_mul": decay, "alpha": 0.1}
        more = {"cycles": 4, "N": int(sum(first * stretch**j for j in range(4)))}
        row = "CosineDecayRestarts(initial_learning_rate, first_decay_steps, t_mul, m_mul, alpha)"
        yield row, schedules.CosineDecayRestarts, given, more


CASES = [(n, *case) for n in TOTALS for case in decays(n)]


@pytest.mark.parametrize(("steps", "used", "make", "given", "more"), CASES, ids=case_id)
def test_same(
    steps: int, used: str, make: Any, given: dict[str, Any], more: dict[str, Any]
) -> None:
    total = more.get("N", steps)
    # A row that names its own steps is read past its end, where Keras holds, as ours do.
    steps = total + 2 if ".over(" in str(TABLES["Keras"][used][0]) else total
    letters = {"lr": given.get("initial_learning_rate"), "N": total} | given | more
    ours = run("Keras", used, steps, **letters)
    within = FLOAT32 if used.startswith("Cosine") else EXACT
    assert_same(ours, theirs(partial(make, **given), steps, float64=True), within)
    within = ROOT32 if given.get("power") == 0.5 else FLOAT32
    assert_same(ours, theirs(partial(make, **given), steps, float64=False), within)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(("size", "cycles"), [(1, 5), (2, 3), (40, 3), (300, 4)])
def test_polynomial_cycles_but_where_they_begin(power: float, size: int, cycles: int) -> None:
    given = {"initial_learning_rate": 0.3, "decay_steps": size}
    given |= {"end_learning_rate": 0.01, "power": power}
    steps = size * cycles
    they = theirs(lambda: schedules.PolynomialDecay(**given, cycle=True), steps, float64=True)
    ours = run("Keras", "PolynomialDecay(cycle=True)", steps, lr=0.3, cycles=cycles, **given)
    begins = np.arange(size, steps, size)
    # On purpose: there a cycle has begun with ours, and Keras has the end value once more.
    assert_same(they[begins], np.full(cycles - 1, 0.01))
    j = np.arange(1, cycles)
    assert_same(ours[begins], 0.01 + 0.29 * (1 - j / (j + 1)) ** power)
    inside = np.setdiff1d(np.arange(steps), begins)
    assert_same(ours[inside], they[inside])


def test_every_row_has_a_case() -> None:
    rows = {used for used, (code, _) in TABLES["Keras"].items() if code}
    assert rows == {used for _, used, *_ in CASES} | {"PolynomialDecay(cycle=True)"}


def found() -> set[str]:
    """Every schedule, and every callback that sets a learning rate."""
    classes = {
        name
        for name, x in vars(schedules).items()
        if inspect.isclass(x) and issubclass(x, schedules.LearningRateSchedule)
    }
    callbacks = {name for name in vars(keras.callbacks) if "LR" in name or "LearningRate" in name}
    return classes - {"LearningRateSchedule"} | {f"callbacks.{name}" for name in callbacks}


def test_every_schedule_is_in_the_readme() -> None:
    assert found() >= {"CosineDecay", "PolynomialDecay", "callbacks.ReduceLROnPlateau"}
    assert not unmentioned("Keras", found())


def test_a_new_schedule_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    new = type("New", (schedules.LearningRateSchedule,), {})
    monkeypatch.setattr(schedules, "New", new, raising=False)
    assert unmentioned("Keras", found()) == {"New"}


def test_the_callback_takes_ours() -> None:
    plan = sc.Cosine(0.3, 0.0).over(10)
    callback = keras.callbacks.LearningRateScheduler(lambda epoch, lr: plan(epoch))
    assert callback.schedule(5, 0.3) == plan(5)


def test_on_purpose_the_past_is_not_clipped_into_the_warmup() -> None:
    # Below step 0 ours hold step 0's value; Keras goes on down, and out of the range.
    make = partial(schedules.CosineDecay, 0.1, 80, warmup_target=1.0, warmup_steps=20)
    assert theirs(make, 1, float64=False, first=-10)[0] < 0
    row = "CosineDecay(warmup_target, warmup_steps)"
    letters = {"lr": 0.1, "N": 100, "alpha": 0.0, "warmup_target": 1.0, "warmup_steps": 20}
    assert sc.warmup_cosine(1.0, 0.2, 0.1).over(100)(-10) == run("Keras", row, 1, **letters)[0]


def test_on_purpose_steps_are_not_float32() -> None:
    # A restart found by a float32 logarithm comes late, and cos(x) near -1 is -1.
    make = partial(schedules.CosineDecayRestarts, 1.0, 10, t_mul=2.0)
    assert theirs(make, 1, float64=False, first=81910)[0] < 1e-6
    total = 10 * (2**14 - 1)
    assert sc.Repeat(sc.Cosine(1.0, 0.0), 14, 2).over(total)(81910) == 1.0
    steps = 1_000_000
    make = partial(schedules.CosineDecay, 1.0, steps)
    assert theirs(make, 1, float64=False, first=steps - 10)[0] == 0.0
    assert sc.Cosine(1.0, 0.0).over(steps)(steps - 10) > 2e-10
