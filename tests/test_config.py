"""VISSL's vocabulary: what it builds, and what it answers to mistakes."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from strategies import whole

import schedcore as sc
from schedcore.config import run_epochs

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


LR = "OPTIMIZER.param_schedulers.lr"
SCHEDULERS = COMPOSITE["schedulers"]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ([1], "config: must be a mapping, got [1]"),
        ({}, "name: is missing"),
        ({"name": "cosin"}, "name: unknown schedule 'cosin'; did you mean 'cosine'?"),
        ({"name": "zzz"}, "name: unknown schedule 'zzz'; known are constant, linear, cosine, exponential, polynomial, inverse_sqrt, step, multistep, step_with_fixed_gamma, cosine_warm_restart, composite"),
        ({**COSINE, "end_valu": 0.0}, "end_valu: is not a key of a schedule; did you mean 'end_value'?"),
        (block({**COMPOSITE, "schedulers": [WARMUP, {**COSINE, "end_valu": 0}]}), f"{LR}.schedulers[1].end_valu: is not a key of a schedule; did you mean 'end_value'?"),
        ({"name": "cosine", "start_value": 0.1}, "end_value: is missing"),
        ({**COSINE, "end_value": "low"}, "end_value: must be a number, got 'low'"),
        ({**COSINE, "end_value": True}, "end_value: must be a number, got True"),
        ({**COSINE, "end_value": [0]}, "end_value: must be a number, got [0]"),
        ({**COSINE, "end_value": "nan"}, "config: Cosine: 'end' must be finite, got nan"),
        (block({**COSINE, "end_value": 1e200}), f"{LR}: Cosine: 'end' must be 0 or between 2.2250738585072014e-308 and 1e+150 in size, got 1e+200"),
        ({**COSINE, "update_interval": "batch"}, "update_interval: must be step or epoch, got 'batch'"),
        ({**COSINE, "update_interval": "epoch"}, "update_interval: counts in epochs, so num_epochs must be given, here or by the caller"),
        (STEPS, "milestones: counts in epochs, so num_epochs must be given, here or by the caller"),
        ({**STEPS, "num_epochs": 50}, "config: multistep: 'milestones[1]' must be between 0 and 'total', 50, got 60"),
        ({**STEPS, "num_epochs": 90, "values": 0.1}, "values: must be a list, got 0.1"),
        ({**STEPS, "num_epochs": 90, "values": [0.1, "x", 1]}, "values[1]: must be a number, got 'x'"),
        ({**STEPS, "num_epochs": 90, "values": [0.1]}, "config: Steps: 'boundaries' must be one fewer than 'values', got 2 boundaries for 1 values"),
        ({**STEPS, "num_epochs": 0}, "num_epochs: must be at least 1, got 0"),
        ({**STEPS, "num_epochs": 9.5}, "num_epochs: must be a whole number, got 9.5"),
        ({"name": "step", "values": []}, "config: Steps: 'values' must hold at least one value, got none"),
        ({"name": "step_with_fixed_gamma", "base_value": 1, "gamma": 0.1, "num_decays": 1.5}, "num_decays: must be a whole number, got 1.5"),
        ({"name": "inverse_sqrt", "start_value": 1, "warmup_interval_length": 0}, "warmup_interval_length: must be above 0 and below 1, got 0"),
        ({"name": "cosine_warm_restart", "start_value": 1, "end_value": 0, "restart_interval_length": 0.5}, "wave_type: is missing"),
        ({"name": "cosine_warm_restart", "start_value": 1, "end_value": 0, "restart_interval_length": 0.5, "wave_type": "whole"}, "wave_type: must be half or full, got 'whole'"),
        ({"name": "cosine_warm_restart", "start_value": 1, "end_value": 0, "restart_interval_length": 0.5, "wave_type": "half", "is_adaptive": "yes"}, "is_adaptive: must be true or false, got 'yes'"),
        ({"name": "composite", "schedulers": [], "lengths": []}, "schedulers: must hold at least one schedule"),
        ({**COMPOSITE, "schedulers": ["cosine"]}, "schedulers[0]: must be a mapping, got 'cosine'"),
        ({**COMPOSITE, "lengths": [1]}, "lengths: must be a list of 2, one a schedule, got [1]"),
        ({**COMPOSITE, "lengths": [0.5, 0.6]}, "config: composite: 'lengths' must sum to 1, got [0.5, 0.6], which sums to 1.1"),
        ({**COMPOSITE, "interval_scaling": ["fixed"]}, "interval_scaling: must be a list of 2, one a schedule, got ['fixed']"),
        ({**COMPOSITE, "interval_scaling": "fixed"}, "interval_scaling: must be a list of 2, one a schedule, got 'fixed'"),
        ({**COMPOSITE, "interval_scaling": ["fixed", "free"]}, "interval_scaling[1]: must be rescaled or fixed, got 'free'"),
        ({**COMPOSITE, "schedulers": [{**WARMUP, "update_interval": "epoch"}, SCHEDULERS[1]]}, "schedulers[0].update_interval: is 'epoch', but a composite has one interval for all of its schedulers"),
        (block(None), f"{LR}: must be a mapping, got None"),
        (block({**COSINE, "auto_lr_scaling": {"auto_scale": True}}), f"{LR}.auto_lr_scaling.auto_scale: is true, so the values depend on the batch size and are not to be trained with as they stand: write the scaled values, with auto_scale: false"),
        ({"OPTIMIZER": {"num_epochs": "many", "param_schedulers": {"lr": COSINE}}}, "OPTIMIZER.num_epochs: must be a number, got 'many'"),
    ],
)  # fmt: skip
def test_mistakes_are_located(config: Any, message: str) -> None:
    with pytest.raises(ValueError, match=whole(message)):
        sc.from_config(config)


def test_a_bad_number_of_epochs_as_an_argument() -> None:
    with pytest.raises(ValueError, match=whole("num_epochs: must be a whole number, got 1.5")):
        sc.from_config(COSINE, num_epochs=1.5)  # type: ignore[arg-type]


YAML = """
param_schedulers:
  lr:
    name: cosine
    start_value: 1e-3  # which YAML reads as a string
    end_value: 0
"""


def test_files(tmp_path: Path) -> None:
    for name, text in (("a.yaml", YAML), ("b.YML", YAML), ("c.json", json.dumps(COSINE))):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        assert isinstance(sc.load(path), sc.Cosine)
        assert sc.load(str(path)) == sc.load(path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "", "must be a .yaml, .yml or .json file"),
        ("a.yaml", "", "is empty"),
        ("a.json", " ", "is empty"),
        ("a.yaml", "- 1", "must hold a mapping, not a list"),
        ("a.json", "3", "must hold a mapping, not a int"),
        ("a.json", "{", "is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("a.yaml", "a: [1", 'is not YAML: while parsing a flow sequence in "<unicode string>", line 1, column 4: a: [1 ^ expected \',\' or \']\', but got \'<stream end>\' in "<unicode string>", line 1, column 6: a: [1 ^'),
        ("a.yaml", "name: cosine", "start_value: is missing"),
        ("a.yaml", "!!python/object:os.system {}", "is not YAML: could not determine a constructor for the tag 'tag:yaml.org,2002:python/object:os.system' in \"<unicode string>\", line 1, column 1: !!python/object:os.system {} ^"),
    ],
)  # fmt: skip
def test_bad_files(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=whole(f"{path}: {message}")):
        sc.load(path)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ValueError, match=r"a\.yaml: 'utf-8' codec can't decode byte 0xff"):
        sc.load(path)
    with pytest.raises(FileNotFoundError, match=r"none\.yaml"):
        sc.load(tmp_path / "none.yaml")
