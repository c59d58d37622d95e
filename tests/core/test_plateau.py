"""The plateau is torch's, metric for metric, as a value."""

import copy
import json
import math
import pickle
import random
from dataclasses import FrozenInstanceError, asdict
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from strategies import whole
from torch.optim.lr_scheduler import ReduceLROnPlateau

import schedcore as sc

NAN, INF = math.nan, math.inf

settings = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["min", "max"]),
        "factor": st.sampled_from([0.1, 0.5, 0.7, 1e-300, 0.9999999]) | st.floats(1e-6, 0.999),
        "patience": st.integers(0, 4),
        "threshold": st.sampled_from([0.0, 1e-4, 0.1, 0.9]),
        "threshold_mode": st.sampled_from(["rel", "abs"]),
        "cooldown": st.integers(0, 4),
        "min_factor": st.sampled_from([0.0, 1e-3, 0.3, 1.0]),
    }
)
metrics = st.lists(
    st.sampled_from([NAN, INF, -INF, 0.0, -0.0, 1.0, 1.0 - 1e-4, 0.9, -1.0, 5e-324, 1.7e308])
    | st.floats(),
    max_size=40,
)


def torch_factors(settings: dict[str, Any], metrics: list[float]) -> list[float]:
    """torch's learning rate after each metric, from 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    given = {**settings, "min_lr": settings["min_factor"], "eps": 0}
    del given["min_factor"]
    scheduler = ReduceLROnPlateau(optimizer, **given)
    found = []
    for metric in metrics:
        scheduler.step(metric)
        found.append(optimizer.param_groups[0]["lr"])
    return found


def our_factors(settings: dict[str, Any], metrics: list[float]) -> list[float]:
    plateau = sc.Plateau(**settings)
    state = plateau.initial()
    found = []
    for metric in metrics:
        state = plateau.update(state, metric)
        found.append(state.factor)
    return found


@given(settings, metrics)
def test_it_is_torch_s_bit_for_bit(settings: dict[str, Any], metrics: list[float]) -> None:
    assert our_factors(settings, metrics) == torch_factors(settings, metrics)


def test_it_is_torch_s_on_a_thousand_random_runs() -> None:
    chance = random.Random(0)
    cuts = 0
    for _ in range(1000):
        settings = {
            "mode": chance.choice(["min", "max"]),
            "factor": chance.choice([0.1, 0.5, 1 / 3, 0.97]),
            "patience": chance.randrange(4),
            "threshold": chance.choice([0.0, 1e-4, 0.05]),
            "threshold_mode": chance.choice(["rel", "abs"]),
            "cooldown": chance.randrange(4),
            "min_factor": chance.choice([0.0, 0.01, 0.2]),
        }
        level, metrics = chance.choice([1.0, -1.0, 0.0]), []
        for _ in range(60):
            level += chance.choice([0.0, 0.0, chance.gauss(0, 0.05)])
            metrics.append(chance.choice([NAN, INF, -INF]) if chance.random() < 0.02 else level)
        ours = our_factors(settings, metrics)
        assert ours == torch_factors(settings, metrics), settings
        cuts += len({*ours})
    assert cuts > 3000  # there was something to compare


def test_the_cut_comes_with_the_bad_metric_after_patience() -> None:
    assert our_factors({"patience": 3}, [1.0] * 6) == [1.0, 1.0, 1.0, 1.0, 0.1, 0.1]
    with_cooldown = {"patience": 1, "cooldown": 2, "factor": 0.5}
    assert our_factors(with_cooldown, [1.0] * 8) == [1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]


def test_nan_is_bad_and_never_the_best() -> None:
    plateau = sc.Plateau(patience=1)
    state = plateau.update(plateau.initial(), NAN)
    assert state == sc.PlateauState(bad=1)
    assert plateau.update(plateau.update(state, 3.0), NAN) == sc.PlateauState(best=3.0, bad=1)


def test_the_factor_stops_at_the_lowest() -> None:
    factors = our_factors({"patience": 0, "min_factor": 0.03}, [1.0] * 5)
    assert factors == [1.0, 0.1, 0.03, 0.03, 0.03]
    assert set(our_factors({"patience": 0, "min_factor": 1.0}, [1.0] * 5)) == {1.0}
    below = sc.PlateauState(factor=0.01, best=1.0)  # left by another plateau
    assert sc.Plateau(patience=0, min_factor=0.3).update(below, 1.0).factor == 0.01


def test_updating_leaves_the_state_as_it_was() -> None:
    plateau = sc.Plateau(patience=0)
    state = plateau.update(plateau.initial(), 1.0)
    before = copy.deepcopy(state)
    assert plateau.update(state, 1.0) == plateau.update(state, 1.0) != state == before
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'factor'"):
        state.factor = 0.5  # type: ignore[misc]


@pytest.mark.parametrize(
    "metric",
    [
        0.25, np.float32(0.25), np.float16(0.25), np.array(0.25), np.array([[0.25]]),
        torch.tensor(0.25), torch.tensor([0.25], dtype=torch.bfloat16),
        torch.nn.Parameter(torch.tensor(0.25)),
    ],
)  # fmt: skip
def test_a_metric_is_one_number_of_any_kind(metric: Any) -> None:
    state = sc.Plateau().update(sc.PlateauState(), metric)
    assert state.best == 0.25
    assert type(state.best) is float
    assert sc.Plateau().update(sc.PlateauState(), 3).best == 3.0


@pytest.mark.parametrize(
    "metric",
    [
        True, "0.5", None, 1j, np.array([0.5, 0.25]), torch.ones(2), torch.tensor(True), [0.5],
        np.array([]), np.bool_(True), np.array("0.5"),
    ],
)  # fmt: skip
def test_what_is_no_metric_is_refused(metric: Any) -> None:
    with pytest.raises(TypeError, match=r"^Plateau.update: 'metric' must be a number, got "):
        sc.Plateau().update(sc.PlateauState(), metric)
    with pytest.raises(
        ValueError, match=r"^Plateau.update: 'metric' must fit into a float, got 10"
    ):
        sc.Plateau().update(sc.PlateauState(), 10**400)


@given(settings, metrics)
def test_they_are_values(settings: dict[str, Any], metrics: list[float]) -> None:
    plateau = sc.Plateau(**settings)
    state = plateau.initial()
    for metric in metrics:
        state = plateau.update(state, metric)
    names = {"Plateau": sc.Plateau, "PlateauState": sc.PlateauState}
    for x in (plateau, state):
        text = json.dumps(asdict(x))  # type: ignore[call-overload]
        others = [eval(repr(x), names), pickle.loads(pickle.dumps(x)), copy.deepcopy(x)]
        others.append(type(x)(**json.loads(text)))
        for other in others:
            assert other == x
            assert hash(other) == hash(x)
            assert repr(other) == repr(x)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"mode": "lower"}, ValueError, "Plateau: 'mode' must be one of 'min', 'max', got 'lower'"),
        ({"mode": None}, TypeError, "Plateau: 'mode' must be one of 'min', 'max', got None"),
        ({"threshold_mode": "relative"}, ValueError, "Plateau: 'threshold_mode' must be one of 'rel', 'abs', got 'relative'"),
        ({"factor": 1.0}, ValueError, "Plateau: 'factor' must be above 0 and below 1, got 1.0"),
        ({"factor": 0}, ValueError, "Plateau: 'factor' must be above 0 and below 1, got 0"),
        ({"factor": NAN}, ValueError, "Plateau: 'factor' must be finite, got nan"),
        ({"factor": "0.1"}, TypeError, "Plateau: 'factor' must be a number, got '0.1'"),
        ({"patience": -1}, ValueError, "Plateau: 'patience' must be at least 0, got -1"),
        ({"patience": 2.0}, TypeError, "Plateau: 'patience' must be an integer, got 2.0"),
        ({"cooldown": True}, TypeError, "Plateau: 'cooldown' must be an integer, got True"),
        ({"threshold": -1e-4}, ValueError, "Plateau: 'threshold' must be at least 0, got -0.0001"),
        ({"threshold": 1.0}, ValueError, "Plateau: 'threshold' must be below 1 where it is relative, got 1.0"),
        ({"min_factor": 1.5}, ValueError, "Plateau: 'min_factor' must be between 0.0 and 1.0, got 1.5"),
        ({"min_lr": 1e-6}, TypeError, "Plateau: unknown parameter 'min_lr': did you mean 'min_factor'? It takes (mode, factor, patience, threshold, threshold_mode, cooldown, min_factor)"),
    ],
)  # fmt: skip
def test_what_is_no_plateau_is_refused(given: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=whole(message)):
        sc.Plateau(**given)


def test_a_threshold_above_1_where_it_means_something() -> None:
    assert our_factors({"threshold": 2.0, "threshold_mode": "abs"}, [5.0, 2.5]) == [1.0, 1.0]
    assert sc.Plateau("max", threshold=1.0).update(sc.PlateauState(best=1.0), 2.5).best == 2.5


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"factor": 1.5}, ValueError, "PlateauState: 'factor' must be between 0.0 and 1.0, got 1.5"),
        ({"best": NAN}, ValueError, "PlateauState: 'best' must be a number or None, got nan"),
        ({"best": "1"}, TypeError, "PlateauState: 'best' must be a number, got '1'"),
        ({"bad": -1}, ValueError, "PlateauState: 'bad' must be at least 0, got -1"),
        ({"cooldown_left": 0.0}, TypeError, "PlateauState: 'cooldown_left' must be an integer, got 0.0"),
    ],
)  # fmt: skip
def test_what_is_no_state_is_refused(given: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=whole(message)):
        sc.PlateauState(**given)
    with pytest.raises(
        TypeError, match=r"^Plateau.update: 'state' must be a PlateauState, got 1.0$"
    ):
        sc.Plateau().update(1.0, 2.0)  # type: ignore[arg-type]
