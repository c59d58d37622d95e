"""VISSL's vocabulary: what it builds, and what it answers to mistakes."""

import contextlib
import copy
import json
import math
import re
import sys
import tempfile
from collections import UserList
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
import yaml
from hypothesis import given
from hypothesis import strategies as st
from strategies import whole

import schedcore as sc
from schedcore._config.document_reader import run_epochs
from schedcore._config.locations import ConfigError
from schedcore._config.vocabulary import NAMES
from schedcore._config.yaml_text import parse
from schedcore.testing import schedules

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

COSINE = {"name": "cosine", "start_value": 0.1, "end_value": 0.0}
WARMUP = {"name": "linear", "start_value": 0.6, "end_value": 4.8}
COMPOSITE: dict[str, Any] = {
    "name": "composite",
    "schedulers": [WARMUP, {"name": "cosine", "start_value": 4.8, "end_value": 0.0048}],
    "lengths": [0.1, 0.9],
}
STEPS = {"name": "multistep", "values": [0.1, 0.01, 0.001], "milestones": [30, 60]}
# What VISSL's defaults put into every scheduler.
DEFAULTS: dict[str, Any] = {
    "auto_lr_scaling": {"auto_scale": False, "base_value": 0.1, "base_lr_batch_size": 256},
    "name": "multistep",
    "update_interval": "epoch",
    "values": [0.1, 0.01, 0.001],
    "milestones": [30, 60],
    "schedulers": [],
    "interval_scaling": [],
    "lengths": [],
    "start_value": 0.1,
    "end_value": 0.0,
    "value": 0.1,
}


def block(lr: object, **more: object) -> dict[str, Any]:
    return {"OPTIMIZER": {"name": "sgd", "num_epochs": 90, "param_schedulers": {"lr": lr}, **more}}


@pytest.mark.parametrize(
    ("config", "schedule"),
    [
        ({"name": "constant", "value": 0.1}, sc.Constant(0.1)),
        (WARMUP, sc.Linear(0.6, 4.8)),
        (COSINE, sc.Cosine(0.1, 0.0)),
        ({"name": "exponential", "start_value": 2.0, "decay": 0.1}, sc.Exponential(2.0, 0.2)),
        ({"name": "polynomial", "base_value": 0.1, "power": 0.9}, sc.Polynomial(0.1, 0.0, 0.9)),
        (
            {"name": "inverse_sqrt", "start_value": 0.1, "warmup_interval_length": 0.2},
            sc.Join((sc.Constant(0.1), sc.InversePower(0.1, 0.25)), (0.2, 0.8)),
        ),
        ({"name": "step", "values": [1, 2, 3]}, sc.Steps((1, 2, 3), ("1/3", "2/3"))),
        ({**STEPS, "num_epochs": 90}, sc.Steps((0.1, 0.01, 0.001), ("1/3", "2/3"))),
        (
            {"name": "step_with_fixed_gamma", "base_value": 1.0, "gamma": 0.5, "num_decays": 1},
            sc.Steps((1.0, 0.5), (0.5,)),
        ),
        (
            {
                "name": "cosine_warm_restart",
                "start_value": 1.0,
                "end_value": 0.0,
                "restart_interval_length": 0.5,
                "wave_type": "half",
                "lr_multiplier": 0.5,
            },
            sc.Join((sc.Cosine(1.0, 0.0), sc.Cosine(0.5, 0.0)), (0.5, 0.5)),
        ),
        (COMPOSITE, sc.Join((sc.Linear(0.6, 4.8), sc.Cosine(4.8, 0.0048)), (0.1, 0.9))),
        (
            {**COMPOSITE, "interval_scaling": ["rescaled", "fixed"]},
            sc.Join(
                (sc.Linear(0.6, 4.8), sc.Restrict(sc.Cosine(4.8, 0.0048), 0.1, 1)), (0.1, 0.9)
            ),
        ),
        (
            {k: v for k, v in COMPOSITE.items() if k != "name"},
            sc.Join((sc.Linear(0.6, 4.8), sc.Cosine(4.8, 0.0048)), (0.1, 0.9)),
        ),
        (
            {**COSINE, "update_interval": "epoch", "num_epochs": 90},
            sc.Hold(sc.Cosine(0.1, 0.0), 90),
        ),
        ({**COSINE, "update_interval": "step"}, sc.Cosine(0.1, 0.0)),
        ({"name": "constant", "value": "1e-3"}, sc.Constant(1e-3)),
        ({**DEFAULTS, "num_epochs": "90", "milestones": ["30", 60]}, sc.Hold(sc.Steps((0.1, 0.01, 0.001), ("1/3", "2/3")), 90)),
        ({**DEFAULTS, **COSINE, "update_interval": None}, sc.Cosine(0.1, 0.0)),
        ({**COMPOSITE, "lengths": [1, 0], "interval_scaling": ["fixed", "fixed"]}, sc.Join((sc.Restrict(sc.Linear(0.6, 4.8), 0, 1), sc.Cosine(4.8, 0.0048)), (1, 0))),
    ],
)  # fmt: skip
def test_what_is_built(config: dict[str, Any], schedule: sc.Schedule) -> None:
    before = copy.deepcopy(config)
    assert sc.from_config(config) == schedule
    assert config == before
    assert sc.from_config(json.loads(json.dumps(config))) == schedule


def test_inverse_sqrt_holds_its_start_where_vissls_has_no_bound() -> None:
    config = {"name": "inverse_sqrt", "start_value": 4.8, "warmup_interval_length": 0.1}
    schedule = sc.from_config(config)
    assert schedule([0.0, 1e-6, 0.1]).tolist() == [4.8, 4.8, 4.8]
    assert schedule(0.4) == pytest.approx(2.4)


@pytest.mark.parametrize(
    "config",
    [
        block(COSINE),
        block(COSINE)["OPTIMIZER"],
        {"config": {"DATA": {}, **block(COSINE)}},
        {"param_schedulers": {"lr": COSINE, "lr_head": COSINE}},
    ],
)
def test_the_learning_rate_is_found_in_a_block(config: dict[str, Any]) -> None:
    assert sc.from_config(config) == sc.Cosine(0.1, 0.0)


def test_epochs_come_from_the_argument_or_the_schedule_or_the_block() -> None:
    held = {**COSINE, "update_interval": "epoch"}
    assert sc.from_config(block(held)) == sc.Hold(sc.Cosine(0.1, 0.0), 90)
    own = block({**held, "num_epochs": 30})
    assert sc.from_config(own) == sc.Hold(sc.Cosine(0.1, 0.0), 30)
    assert sc.from_config(own, num_epochs=7) == sc.Hold(sc.Cosine(0.1, 0.0), 7)
    assert sc.from_config(held, num_epochs=7) == sc.Hold(sc.Cosine(0.1, 0.0), 7)
    assert (run_epochs(own), run_epochs(block(held)), run_epochs(COSINE)) == (30, 90, None)
    inside = {**COMPOSITE, "schedulers": [WARMUP, STEPS], "num_epochs": 90}
    steps = sc.Steps((0.1, 0.01, 0.001), ("1/3", "2/3"))
    assert sc.from_config(inside).pieces[1] == steps  # type: ignore[attr-defined]


def test_a_held_composite_holds_all_of_it() -> None:
    held = {**COMPOSITE, "update_interval": "epoch", "num_epochs": 10}
    assert sc.from_config(held) == sc.Hold(sc.from_config(COMPOSITE), 10)
    inner = {**WARMUP, "update_interval": "epoch"}
    same = {**held, "schedulers": [inner, COMPOSITE["schedulers"][1]]}
    assert sc.from_config(same) == sc.from_config(held)


def test_a_bad_number_of_epochs_as_an_argument() -> None:
    message = "from_config: 'num_epochs' must be an integer, got 1.5"
    with pytest.raises(TypeError, match=whole(message)):
        sc.from_config(COSINE, num_epochs=1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("config", "schedule"),
    [
        ({"name": "exponential", "start_value": 1.0, "end_value": 0.1}, sc.Exponential(1.0, 0.1)),
        ({"name": "exponential", "start_value": 1.0, "decay": 0.1, "end_value": 0.0}, sc.Exponential(1.0, 0.1)),
        ({"name": "polynomial", "start_value": 1.0, "end_value": 0.1, "power": 2}, sc.Polynomial(1.0, 0.1, 2.0)),
        ({"name": "polynomial", "base_value": 1.0, "power": 2, "start_value": 0.1, "end_value": 0.1}, sc.Polynomial(1.0, 0.0, 2.0)),
        ({"name": "inverse_sqrt", "peak": 1.0, "warmup": 0.2}, sc.inverse_sqrt(1.0, 0.2)),
        ({"name": "multistep", "values": [1, 2], "milestones": [3], "total": 9}, sc.multistep((1, 2), (3,), 9)),
        ({"name": "rex", "start_value": 1.0, "end_value": 0.0}, sc.Rex(1.0, 0.0)),
        ({"name": "steps", "values": [1, 2], "boundaries": ["1/3"]}, sc.Steps((1, 2), ("1/3",))),
        ({"name": "points", "values": [1, 2], "positions": ["0.25", 1]}, sc.Points((1, 2), (0.25, 1))),
        ({"name": "reverse", "schedule": COSINE}, sc.Reverse(sc.Cosine(0.1, 0.0))),
        ({"name": "repeat", "schedule": COSINE, "times": 3, "stretch": "3/2"}, sc.Repeat(sc.Cosine(0.1, 0.0), 3, "3/2")),
        ({"name": "sum", "left": "1e-3", "right": COSINE}, 1e-3 + sc.Cosine(0.1, 0.0)),
        ({"name": "maximum", "left": COSINE, "right": 0.01}, sc.maximum(sc.Cosine(0.1, 0.0), 0.01)),
        ({"name": "clip", "schedule": COSINE, "lo": 0.01, "hi": 0.05}, sc.clip(sc.Cosine(0.1, 0.0), 0.01, 0.05)),
        ({"name": "warmup", "schedule": COSINE, "length": 0.1}, sc.warmup(sc.Cosine(0.1, 0.0), 0.1)),
        ({"name": "warmup_cosine", "peak": 0.1, "warmup": "1/18", "end_value": 1e-5}, sc.warmup_cosine(0.1, 5 / 90, end=1e-5)),
        ({"name": "wsd", "peak": 0.1, "warmup": 0.1, "cooldown": 0.2, "shape": {"name": "power", "power": 0.5}}, sc.wsd(0.1, 0.1, 0.2, partial(sc.Power, power=0.5))),
        ({"name": "one_cycle", "peak": 0.1, "three_phase": True, "shape": "linear"}, sc.one_cycle(0.1, three_phase=True, shape=sc.Linear)),
        ({"name": "sgdr", "start_value": 1, "end_value": 0, "first": "1/7", "stretch": 2}, sc.sgdr(1.0, 0.0, "1/7", 2)),
        ({"name": "noam", "model_dim": 512, "warmup_steps": "4000", "total_steps": 1e5}, sc.noam(512, 4000, 100_000)),
        ({"name": "hold", "schedule": STEPS, "updates": 90, "num_epochs": 90}, sc.Hold(sc.Steps((0.1, 0.01, 0.001), ("1/3", "2/3")), 90)),
        ({"name": "constant", "value": np.float32(0.5)}, sc.Constant(0.5)),
        ({**STEPS, "num_epochs": np.int64(90)}, sc.multistep((0.1, 0.01, 0.001), (30, 60), 90)),
        ({**COSINE, "decay": None, "milestones": [1]}, sc.Cosine(0.1, 0.0)),
    ],
)  # fmt: skip
def test_our_own_words(config: dict[str, Any], schedule: sc.Schedule) -> None:
    assert sc.from_config(config) == schedule


def plain(x: object) -> bool:
    """Whether something is made of what all formats can say."""
    if isinstance(x, dict):
        return all(type(key) is str and plain(value) for key, value in x.items())
    if isinstance(x, list):
        return all(map(plain, x))
    return type(x) in (str, int, float)


@given(schedules())
def test_any_schedule_survives_its_config(schedule: sc.Schedule) -> None:
    config = sc.to_config(schedule)
    assert plain(config)
    texts = {
        "json": json.loads(json.dumps(config)),
        "yaml": parse(yaml.safe_dump(config))[0],
        "toml": tomllib.loads(tomli_w.dumps(config)),
    }
    for name, read in texts.items():
        found = sc.from_config(read)
        assert found == schedule, name
        assert sc.to_config(found) == config


@given(schedules(max_leaves=3))
def test_any_schedule_survives_a_file(schedule: sc.Schedule) -> None:
    config = sc.to_config(schedule)
    with tempfile.TemporaryDirectory() as folder:
        for suffix, text in (
            ("json", json.dumps(config)),
            ("yaml", yaml.safe_dump(config)),
            ("toml", tomli_w.dumps(config)),
        ):
            path = Path(folder) / f"schedule.{suffix}"
            path.write_text(text, encoding="utf-8")
            assert sc.load(path) == schedule


def test_a_config_is_canonical() -> None:
    held = {"name": "hold", "schedule": {**COSINE}, "updates": 90}
    assert sc.to_config(sc.from_config({**COSINE, "update_interval": "epoch"}, 90)) == held
    fixed = {**COMPOSITE, "interval_scaling": ["rescaled", "fixed"]}
    cosine = {"name": "restrict", "schedule": COMPOSITE["schedulers"][1], "lo": 0.1, "hi": 1.0}
    written = {"name": "composite", "schedulers": [WARMUP, cosine], "lengths": [0.1, 0.9]}
    assert sc.to_config(sc.from_config(fixed)) == written
    assert sc.to_config(sc.from_config(written)) == written
    assert sc.to_config(sc.Rex(1, 0)) == {
        "name": "rex",
        "start_value": 1.0,
        "end_value": 0.0,
        "beta": 0.5,
    }


def test_every_public_schedule_has_a_name() -> None:
    modules = ("schedcore.curves", "schedcore.combinators", "schedcore.recipes")
    schedules = {name for name in sc.__all__ if getattr(sc, name).__module__.startswith(modules)}
    written = schedules - {"Custom", "Join"}  # which can not be, and which is "composite"
    assert len(written) == 36
    assert {re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower() for name in written} <= NAMES.keys()
    assert "composite" in NAMES


class Mine(sc.Cosine):
    pass


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        (sc.Custom(math.sqrt), "to_config: Custom(math.sqrt) has no configuration: a function can not be written into one"),
        (1.0 + sc.Join((sc.Constant(1.0), sc.Custom(math.sqrt)), (0.5, 0.5)), "to_config: Custom(math.sqrt), its right.pieces[1], has no configuration: a function can not be written into one"),
        (Mine(1.0, 0.0), "to_config: Mine(start=1.0, end=0.0) has no configuration: the class Mine can not be written into one"),
        (sc.Linear(1, 0).over(9), "to_config: Linear(start=1.0, end=0.0).over(9) has no configuration; write that of its .schedule"),
        (0.1, "to_config: 'schedule' must be a schedule, got 0.1"),
    ],
)  # fmt: skip
def test_what_has_no_config_is_named(schedule: Any, message: str) -> None:
    with pytest.raises(TypeError, match=whole(message)):
        sc.to_config(schedule)


def test_vissls_whole_block_with_its_defaults() -> None:
    golden = Path(__file__).parents[1] / "golden" / "vissl_optimizer_defaults.yaml"
    text = golden.read_text(encoding="utf-8")
    steps = sc.Hold(sc.Steps((0.1, 0.01, 0.001), ("1/3", "2/3")), 90)
    assert sc.load(golden) == steps
    config, _, faults = parse(text)
    assert not faults
    lr = config["OPTIMIZER"]["param_schedulers"]["lr"]  # type: ignore[index]
    lr["name"] = "cosine"  # as one overrides it; its interval stays the default's
    assert sc.from_config(config) == sc.Hold(sc.Cosine(0.1, 0.0), 90)  # type: ignore[arg-type]


def test_the_argument_goes_before_all_that_is_written() -> None:
    inner = {**STEPS, "values": [1, 2], "milestones": [30], "num_epochs": 50}
    config = {"name": "composite", "schedulers": [inner], "lengths": [1]}
    assert sc.from_config(config, num_epochs=100).boundaries == (Fraction(3, 10),)
    assert sc.from_config(config).boundaries == (Fraction(3, 5),)


def test_lists_of_any_class() -> None:
    steps = {"name": "step", "values": UserList([1, 2])}
    assert sc.from_config(steps) == sc.Steps((1, 2), (0.5,))


def test_very_many_faults_are_cut_short() -> None:
    config = {**COSINE, **{f"key{i}": "x" for i in range(1000)}, "z" * 10**5: 1}
    with pytest.raises(ConfigError, match=r"\nconfig: and 901 more$") as error:
        sc.from_config(config)
    assert len(error.value.faults) == 1001
    with pytest.raises(ConfigError, match=r"^z{1000}\.\.\.: is not a key of cosine"):
        sc.from_config({**COSINE, "z" * 10**5: 1})


def test_nested_too_deeply() -> None:
    deep: dict[str, Any] = COSINE
    for _ in range(3000):
        deep = {"name": "reverse", "schedule": deep}
    with pytest.raises(ValueError, match=whole("config: is nested too deeply")):
        sc.from_config(deep)
    with pytest.raises(ValueError, match=whole("config: is nested too deeply")):
        sc.scale_config(deep, 256)


MUTATED = [
    sc.to_config(sc.wsd(0.1, 0.1, 0.2) * sc.Rex(1.0, 0.5) + sc.Hold(sc.Steps((1, 2), (0.5,)), 3)),
    {**COMPOSITE, "interval_scaling": ["rescaled", "fixed"], "update_interval": "epoch"},
    block({**DEFAULTS, "auto_lr_scaling": {"auto_scale": True, "base_value": 0.1, "base_lr_batch_size": 256, "scaling_type": "sqrt"}}),
    {"name": "one_cycle", "peak": 0.1, "shape": {"name": "power", "power": 0.5}, "num_epochs": 3},
    {"name": "cosine_warm_restart", "start_value": 1, "end_value": 0, "restart_interval_length": 0.3, "wave_type": "full", "is_adaptive": True},
    {"name": "sgdr", "start_value": 1, "end_value": 0, "first": "1/7", "stretch": 2},
    {"config": block({**STEPS, "update_interval": "epoch"})},
]  # fmt: skip
ODD = st.sampled_from(
    [
        *(
            None,
            True,
            0,
            -1,
            1.5,
            1e308,
            10**400,
            math.nan,
            math.inf,
            Fraction(1, 3),
            object(),
            b"",
        ),
        *("", "x", "1e999", "1e-999999999", "1/0", "1/3", "9" * 5000),
        *([], [1], {}, {"name": "cosine"}, {1: 2}),
    ]
)
RENAMED = st.sampled_from(["", "name", "start", "end_value", "schedulers", "zzz", 1, None, ()])


def mutated(draw: st.DrawFn, config: Any) -> Any:
    """A config with some of its keys dropped or renamed, and some of its values retyped."""
    if draw(st.integers(0, 14)) == 0:
        return draw(ODD)
    if isinstance(config, list):
        kept = [x for x in config if draw(st.integers(0, 14))]
        return [mutated(draw, x) for x in kept]
    if not isinstance(config, dict):
        return config
    found = {}
    for key, x in config.items():
        what = draw(st.integers(0, 19))
        if what:
            found[draw(RENAMED) if what == 1 else key] = mutated(draw, x)
    return found


@given(st.data())
def test_a_mutated_config_loads_or_raises_our_error(data: st.DataObject) -> None:
    config = data.draw(st.composite(mutated)(data.draw(st.sampled_from(MUTATED))))
    with contextlib.suppress(ConfigError):
        assert math.isfinite(sc.from_config(config)(0.5))
    with contextlib.suppress(ConfigError):
        assert math.isfinite(sc.from_config(config, 90, batch_size=512)(0.5))
    with contextlib.suppress(ConfigError):
        scaled, _ = sc.scale_config(config, 100, node_batch_size=50)
        assert math.isfinite(sc.from_config(scaled)(0.5))
