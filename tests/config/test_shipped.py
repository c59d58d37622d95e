"""The recipes that come with the package, and the JSON Schema that editors check them by."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from bad_configs import BAD
from hypothesis import given

import schedcore as sc
from schedcore import cli
from schedcore._config.document_reader import read_schedules
from schedcore._config.files import shipped
from schedcore._config.json_schema import json_schema
from schedcore._config.yaml_text import parse
from schedcore.testing import schedules

FOLDER = Path(sc.__file__).parent / "configs"
SCHEMA = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

RECIPES: dict[str, sc.Schedule] = {
    "beit_base_finetune_100ep": sc.warmup_cosine(4e-3, 0.2, end=1e-6),
    "convnext_base_finetune_30ep": sc.Cosine(5e-5, 1e-6),
    "deit_small_300ep": sc.Hold(
        sc.Join(
            (sc.Linear(1e-6, 1e-3), sc.Restrict(sc.Cosine(1e-3, 1e-5), "1/60", 1)),
            ("1/60", "59/60"),
        ),
        300,
    ),
    "dino_vit_small_100ep": sc.warmup_cosine(0.0005 * 1024 / 256, 0.1, end=1e-6),
    "mae_large_finetune_50ep": sc.warmup_cosine(4e-3, 5 / 50, end=1e-6),
    "moco_v2_resnet50_200ep": sc.Hold(sc.Cosine(0.03, 0.0), 200),
    "simclr_resnet50_1000ep": sc.warmup_cosine(0.3 * 4096 / 256, 10 / 1000),
    "supervised_resnet50_90ep": sc.Hold(
        sc.multistep((0.1, 0.01, 0.001), (30, 60), total=90), 90
    ),
    "swav_resnet50_400ep": sc.warmup_cosine(4.8, 10 / 400, start=0.3, end=0.0048),
    "vissl_cosine": sc.Cosine(0.15, 0.0),
    "vissl_cosine_restarts": sc.Repeat(sc.Cosine(0.15, 0.00015), 2),
    "vissl_multistep": sc.Hold(sc.Steps((0.01, 0.001), (0.5,)), 2),
    "vissl_two_warmups": sc.Join(
        (sc.Linear(0.6, 4.8), sc.Cosine(4.8, 0.0048), sc.Linear(0.0048, 2.114), sc.Cosine(2.114, 0.0048)),
        (0.0256, 0.48722, 0.0256, 0.46166),
    ),
    "vissl_warmup_cosine": sc.Join(
        (sc.Linear(0.6, 4.8), sc.Restrict(sc.Cosine(4.8, 0.0048), 0.1, 1)), (0.1, 0.9)
    ),
    "vissl_warmup_cosine_restarts": sc.warmup(
        sc.cosine_restarts(4.8, 0.0048, 0.334, wave="full"), 0.1, start=0.6
    ),
}  # fmt: skip
T = [k / 997 for k in range(998)]


def test_all_are_here() -> None:
    assert shipped().keys() == RECIPES.keys()


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_what_its_source_says(name: str) -> None:
    assert sc.load(shipped()[name])(T) == pytest.approx(RECIPES[name](T), rel=1e-14, abs=0.0)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_names_its_source_and_its_schema(name: str) -> None:
    first, second, *_ = Path(shipped()[name]).read_text(encoding="utf-8").splitlines()
    assert first == "# yaml-language-server: $schema=schema.json"
    assert second.startswith("# ")
    text = Path(shipped()[name]).read_text(encoding="utf-8")
    assert "arXiv:" in text or "VISSL, documentation" in text


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_shown_by_its_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", name, "--steps", "1000"]) == 0
    shown = capsys.readouterr().out.splitlines()[0]
    assert shown == repr(sc.load(shipped()[name]).over(1000))


def test_dino_s_weight_decay() -> None:
    config, _, _ = parse(Path(shipped()["dino_vit_small_100ep"]).read_text(encoding="utf-8"))
    assert read_schedules(config)["weight_decay"] == sc.Cosine(0.04, 0.4)


@pytest.mark.parametrize("name", ["supervised_resnet50_90ep", "simclr_resnet50_1000ep", "deit_small_300ep", "dino_vit_small_100ep", "mae_large_finetune_50ep"])  # fmt: skip
def test_a_recipe_scales_to_its_own_values_at_its_own_batch_size(name: str) -> None:
    config: Any
    config, _, _ = parse(Path(shipped()[name]).read_text(encoding="utf-8"))
    lr = config["OPTIMIZER"]["param_schedulers"]["lr"]
    lr["auto_lr_scaling"]["auto_scale"] = True
    own = 4096 if "simclr" in name else 256 if "resnet" in name else 1024
    assert sc.scale_config(config, own)[1] == []
    assert sc.from_config(config, batch_size=2 * own)(1.0) == 2 * sc.load(shipped()[name])(1.0)


def test_the_schema_is_the_code_s() -> None:
    assert json_schema() == SCHEMA, "run python -m schedcore._config.json_schema > .../schema.json"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", RECIPES)
def test_the_schema_takes_every_recipe(name: str) -> None:
    VALIDATOR.validate(yaml.safe_load(Path(shipped()[name]).read_text(encoding="utf-8")))


def test_the_schema_takes_vissls_defaults() -> None:
    golden = Path(__file__).parents[1] / "golden" / "vissl_optimizer_defaults.yaml"
    VALIDATOR.validate(yaml.safe_load(golden.read_text(encoding="utf-8")))


@given(schedules())
def test_the_schema_takes_every_schedule(schedule: sc.Schedule) -> None:
    VALIDATOR.validate(sc.to_config(schedule))


@pytest.mark.parametrize(
    "config",
    [
        {"name": "cosine", "start_value": 1, "end_value": 0, "num_epochs": None},
        {"name": "cosine", "start_value": 1, "end_value": 0, "auto_lr_scaling": None},
        {"name": "rex", "start_value": 1, "end_value": 0, "beta": None},
        {"name": "steps", "values": [1, "2e-3"], "boundaries": ["1/3"]},
        {"config": {"param_schedulers": {"lr": {"name": "constant", "value": 1}}}},
        {"name": "wsd", "peak": 1, "warmup": 0.1, "cooldown": 0.1, "shape": {"name": "power", "power": 2}},
    ],
)  # fmt: skip
def test_the_schema_takes_what_the_reader_takes(config: dict[str, Any]) -> None:
    sc.from_config(config)
    VALIDATOR.validate(config)


# What only the reader can know: numbers that do not fit together, and what lies outside.
BEYOND = [
    name
    for name, (_, faults) in BAD.items()
    if not name.endswith(".yaml")
    or any(word in fault for fault in faults for word in (
        "must sum", "must be above", "must be at", "must be from", "must be between", "must be 0 or",
        "must be finite", "must be so long", "must be below", "must be one fewer", "must ascend",
        "must have", "must hold", "must leave", "must stay", "must not be", "whole number", "epochs",
        "batch size", "is one ", "one interval", "outermost", "only lr", "not YAML",
        "twice", "alias", "deeply", "larger", "a key must be", "is empty", "can merge", "more than", "in decimals",
        "'1/0'",
    ))
]  # fmt: skip


@pytest.mark.parametrize("name", sorted(BAD.keys() - BEYOND))
def test_the_schema_refuses_what_the_reader_refuses(name: str) -> None:
    assert not VALIDATOR.is_valid(yaml.safe_load(BAD[name][0]))


def test_the_schema_refuses_many() -> None:
    assert len(BAD.keys() - BEYOND) > 30


def test_a_name_that_is_neither(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", "swav_resnet50", "--steps", "9"]) == 2
    assert capsys.readouterr().err == (
        "swav_resnet50: is neither a file nor a recipe; did you mean 'swav_resnet50_400ep'?\n"
    )


def test_a_file_goes_before_a_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vissl_cosine").mkdir()
    assert cli.main(["show", "vissl_cosine", "--steps", "9"]) == 2
    err = capsys.readouterr().err
    assert err == "vissl_cosine: must be a .yaml, .yml, .toml or .json file\n"


def test_thirds_are_exact() -> None:
    assert sc.load(shipped()["deit_small_300ep"]).schedule.boundaries == (Fraction(1, 60),)  # type: ignore[attr-defined]
