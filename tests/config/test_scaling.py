"""Scaling to a batch size: against VISSL where it is right, and each point where it is not."""

import copy
import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import whole

import schedcore as sc

RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "vissl_autoscale.json").read_text(encoding="utf-8")
)["cases"]

WARMUP = {"name": "linear", "start_value": 0.6, "end_value": 4.8}
COSINE = {"name": "cosine", "start_value": 4.8, "end_value": 0.0048}


def auto(config: dict[str, Any], base: Any = 0.3, size: Any = 256, **more: Any) -> dict[str, Any]:
    settings = {"auto_scale": True, "base_value": base, "base_lr_batch_size": size, **more}
    return {**config, "auto_lr_scaling": settings}


def composite(*parts: dict[str, Any], lengths: list[Any], **more: Any) -> dict[str, Any]:
    return auto({"name": "composite", "schedulers": [*parts], "lengths": lengths, **more})


def names_and_numbers(config: Any) -> Any:
    """A config with its numbers to be compared to 1e-6, as VISSL rounds."""
    if isinstance(config, dict):
        return {k: names_and_numbers(x) for k, x in config.items() if k != "auto_lr_scaling"}
    if isinstance(config, list):
        return [names_and_numbers(x) for x in config]
    return pytest.approx(config, rel=1e-6, abs=0.0) if isinstance(config, float) else config


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["case"])
def test_vissl_recorded(case: dict[str, Any]) -> None:
    config = {**case["config"], "auto_lr_scaling": case["auto_lr_scaling"]}
    node = case["batchsize_per_gpu"] * case["gpus_per_node"]
    before = copy.deepcopy(config)
    composed = config["name"] == "composite"  # alone, a linear keeps its start in VISSL too
    scaled, changes = sc.scale_config(
        config, node * case["nodes"], node_batch_size=node if composed else None
    )
    assert config == before
    assert scaled == {
        **names_and_numbers(case["scaled"]),
        "auto_lr_scaling": {**case["auto_lr_scaling"], "auto_scale": False},
    }
    assert bool(changes) == (names_and_numbers(case["scaled"]) != case["config"])
    assert sc.scale_config(scaled, 17) == (scaled, [])
    assert sc.from_config(scaled, 120) == sc.from_config(
        sc.scale_config(config, node * case["nodes"], node_batch_size=node if composed else None)[
            0
        ],
        120,
    )


def test_what_was_changed_is_told_in_words() -> None:
    config = {
        "OPTIMIZER": {"param_schedulers": {"lr": composite(WARMUP, COSINE, lengths=[0.1, 0.9])}}
    }
    scaled, changes = sc.scale_config(config, 2048)
    lr = "OPTIMIZER.param_schedulers.lr.schedulers"
    assert changes == [
        f"{lr}[0].end_value: 4.8 -> 2.4",
        f"{lr}[1].start_value: 4.8 -> 2.4",
        f"{lr}[1].end_value: 0.0048 -> 0.0024",
    ]
    assert sc.from_config(scaled) == sc.warmup_cosine(2.4, 0.1, 0.6, 0.0024)
    assert sc.from_config(config, batch_size=2048) == sc.from_config(scaled)


def test_a_multistep_that_is_not_geometric_keeps_its_proportions() -> None:
    # VISSL's gamma, values[1] / values[0], makes [0.1, 0.05, 0.025] of it.
    config = auto({"name": "step", "values": [0.1, 0.05, 0.001]}, 0.1)
    scaled, changes = sc.scale_config(config, 512)
    assert scaled["values"] == [0.2, 0.1, 0.002]
    assert changes == ["values: [0.1, 0.05, 0.001] -> [0.2, 0.1, 0.002]"]
    small = auto({"name": "step", "values": [1.0, 4e-7]}, 1.0)  # which VISSL rounds to 0
    assert sc.scale_config(small, 512)[0]["values"] == [2.0, 8e-7]


def test_a_warmup_is_removed_where_the_batch_is_not_larger() -> None:
    # VISSL removes the last linear piece whenever one machine is used, and leaves the lengths.
    config = composite(
        WARMUP, COSINE, {**COSINE, "end_value": 0.0}, lengths=[0.1, 0.3, 0.6],
        interval_scaling=["rescaled", "fixed", "rescaled"],
    )  # fmt: skip
    scaled, changes = sc.scale_config(config, 256)
    assert [part["name"] for part in scaled["schedulers"]] == ["cosine", "cosine"]
    assert scaled["lengths"] == [1 / 3, 2 / 3]
    assert scaled["interval_scaling"] == ["fixed", "rescaled"]
    assert changes == [
        "schedulers[0]: removed, a warmup from 0.6 to 4.8: the batch size, 256, is not above the base's, 256",
        "schedulers[1].start_value: 4.8 -> 0.3",
        "schedulers[1].end_value: 0.0048 -> 0.0003",
        "schedulers[2].start_value: 4.8 -> 0.3",
        "lengths: [0.1, 0.3, 0.6] -> [0.3333333333333333, 0.6666666666666666]",
    ]
    assert sc.from_config(scaled).boundaries == (Fraction(1, 3),)
    kept, _ = sc.scale_config(config, 1024)
    assert [part["name"] for part in kept["schedulers"]] == ["linear", "cosine", "cosine"]
    assert kept["lengths"] == [0.1, 0.3, 0.6]


def test_only_the_warmups_that_it_begins_with_are_removed() -> None:
    low = {**WARMUP, "start_value": 0.0048}
    config = composite(low, low, COSINE, low, COSINE, lengths=[0.05, 0.05, 0.4, 0.1, 0.4])
    scaled, _ = sc.scale_config(config, 16)
    parts = [part["name"] for part in scaled["schedulers"]]
    assert parts == ["cosine", "linear", "cosine"]
    assert scaled["lengths"] == ["4/9", "1/9", "4/9"] or scaled["lengths"] == [4 / 9, 1 / 9, 4 / 9]
    inner = {"name": "composite", "schedulers": [low, COSINE], "lengths": [0.1, 0.9]}
    config = composite(inner, inner, lengths=[0.5, 0.5])
    scaled, changes = sc.scale_config(config, 16)
    assert [len(part["schedulers"]) for part in scaled["schedulers"]] == [1, 2]
    assert changes[0].startswith(
        "schedulers[0].schedulers[0]: removed, a warmup from 0.0048 to 4.8"
    )


def test_a_warmups_start_is_left_alone_unless_told() -> None:
    config = composite(WARMUP, COSINE, lengths=[0.1, 0.9])
    assert sc.scale_config(config, 8192)[0]["schedulers"][0]["start_value"] == 0.6
    told, changes = sc.scale_config(config, 8192, node_batch_size=1024)
    assert told["schedulers"][0] == {"name": "linear", "start_value": 1.2, "end_value": 9.6}
    assert changes[:2] == [
        "schedulers[0].start_value: 0.6 -> 1.2",
        "schedulers[0].end_value: 4.8 -> 9.6",
    ]


@pytest.mark.parametrize(
    ("config", "sizes", "lines"),
    [
        # VISSL makes a warmup that goes down of these.
        (composite(WARMUP, COSINE, lengths=[0.1, 0.9]), (300, None), ["schedulers[0].start_value: must not be above the end of the warmup, 0.3515625 after scaling, got 0.6"]),
        (composite(WARMUP, COSINE, lengths=[0.1, 0.9]) | {"auto_lr_scaling": auto({}, scaling_type="sqrt")["auto_lr_scaling"]}, (1024, 1024), ["schedulers[0].start_value: must not be above the end of the warmup, 0.6 after scaling, got 1.2"]),
        # And these it would set to rise: 0.1 to 0.4 instead of 0.4 to 0.
        (auto({"name": "linear", "start_value": 0.1, "end_value": 0.0}, 0.1), (1024, None), ["config: goes down, from 0.1 to 0.0, so it is no warmup, and the rule for linear would end it at 0.4: write a polynomial of power 1"]),
        (auto({**COSINE, "start_value": 0}), (512, None), ["start_value: is 0, so the others have no proportion to it that could be kept"]),
        (auto({"name": "step", "values": ["0", 0.1]}), (512, None), ["values[0]: is 0, so the others have no proportion to it that could be kept"]),
        (auto({"name": "rex", "start_value": 1, "end_value": 0}), (512, None), ["name: is 'rex', for which auto_lr_scaling has no rule: it has those for cosine, cosine_warm_restart, multistep, step, step_with_fixed_gamma, linear, inverse_sqrt, constant, exponential, polynomial, composite; scale_lr computes values for others"]),
        (auto({"name": "inverse_sqrt", "peak": 1, "warmup": 0.1}), (512, None), ["config: is our own inverse_sqrt, for which auto_lr_scaling has no rule: scale its peak"]),
        (auto({}), (512, None), ["name: is None, for which auto_lr_scaling has no rule: it has those for cosine, cosine_warm_restart, multistep, step, step_with_fixed_gamma, linear, inverse_sqrt, constant, exponential, polynomial, composite; scale_lr computes values for others"]),
        (composite(WARMUP, WARMUP, lengths=[0.1, 0.9]), (256, None), ["schedulers: are warmups alone, of which none remains: the batch size, 256, is not above the base's, 256"]),
        (composite(WARMUP, COSINE, lengths=[1, 0]), (256, None), ["lengths: must leave more than 0 to the 1 schedules that remain without warmups, got [1, 0]"]),
        (composite(WARMUP, COSINE, lengths=[1]), (256, None), ["lengths: must leave more than 0 to the 1 schedules that remain without warmups, got [1]"]),
        (auto({"name": "step", "values": []}), (512, None), ["values: must hold at least one value, got none"]),
        (composite({"name": "linear", "end_value": 1}, COSINE, lengths="half"), (256, None), ["schedulers[0].start_value: is missing"]),  # type: ignore[arg-type]
        (composite(WARMUP, COSINE, lengths="half", interval_scaling={}), (256, None), ["lengths: must be a list, got 'half'"]),  # type: ignore[arg-type]
        (composite(lengths=[1]), (256, None), ["schedulers: must be a list of schedules, got []"]),
        (composite(WARMUP, "cosine", {**COSINE, "end_value": "low"}, lengths=[1]), (512, None), ["schedulers[1]: must be a mapping, got 'cosine'", "schedulers[2].end_value: must be a number, got 'low'"]),  # type: ignore[arg-type]
        (auto(COSINE, base="x", scaling_type="cube"), (512, None), ["auto_lr_scaling.base_value: must be a number, got 'x'", "auto_lr_scaling.scaling_type: must be linear or sqrt, got 'cube'"]),
        (auto(COSINE, size=0), (512, None), ["auto_lr_scaling.base_lr_batch_size: must be above 0, got 0"]),
        (auto(COSINE, base=1e150), (512, None), ["auto_lr_scaling.base_value: must be 0 or between 2.2250738585072014e-308 and 1e+150 in size, got 2e+150"]),
        (auto({**COSINE, "start_value": 1e-200, "end_value": -1e140}), (512, None), ["start_value: is 1e-200: the others in proportion are too large at 0.6"]),
        (auto({**COSINE, "start_value": 0.01, "end_value": 0.1}), (512, None), ["start_value: is 0.01, and 0.1 comes later, but the rule takes the first for the highest: write the scaled values"]),
        (auto({"name": "step", "values": [0.01, 0.1]}), (512, None), ["values[0]: is 0.01, and 0.1 comes later, but the rule takes the first for the highest: write the scaled values"]),
        (composite({**COSINE, "start_value": 0.1}, {"name": "constant", "value": 0.001}, lengths=[0.5, 0.5]), (512, None), ["schedulers[1]: is a constant below 0.1, and the rule for constant would set it to the scaled learning rate: write the scaled values"]),
        (composite(WARMUP, COSINE, lengths=[0.1, 0.2]), (256, None), ["lengths: must sum to 1, got [0.1, 0.2], which sums to 0.3"]),
        (composite(WARMUP, COSINE, lengths=[0.1, 0.9], interval_scaling=["fixed"]), (256, None), ["interval_scaling: must be a list of 2, got ['fixed']"]),
        ({"param_schedulers": {"lr": auto(COSINE, size=None), "lr_head": auto(COSINE, base=None)}}, (512, None), ["param_schedulers.lr.auto_lr_scaling.base_lr_batch_size: is missing: auto_scale needs base_value and base_lr_batch_size", "param_schedulers.lr_head.auto_lr_scaling.base_value: is missing: auto_scale needs base_value and base_lr_batch_size"]),
        ([], (512, None), ["config: must be a mapping, got []"]),
        (auto(COSINE), (0, None), ["scale_config: 'batch_size' must be above 0, got 0"]),
        (auto(COSINE), (512, -1), ["scale_config: 'node_batch_size' must be above 0, got -1"]),
        (auto(COSINE), (512, 1024), ["scale_config: 'node_batch_size' must be at most the batch size, 512, got 1024"]),
    ],
)  # fmt: skip
def test_what_can_not_be_scaled(
    config: Any, sizes: tuple[int, int | None], lines: list[str]
) -> None:
    before = copy.deepcopy(config)
    with pytest.raises(ValueError, match=whole("\n".join(lines))):
        sc.scale_config(config, sizes[0], node_batch_size=sizes[1])
    assert config == before


@pytest.mark.parametrize(
    "config",
    [
        COSINE,
        {**COSINE, "auto_lr_scaling": {"auto_scale": False}},
        {**COSINE, "auto_lr_scaling": None},
        {"param_schedulers": {"lr": COSINE}},
    ],
)
def test_what_asks_for_no_scaling_stays(config: dict[str, Any]) -> None:
    assert sc.scale_config(config, 99) == (config, [])
    assert sc.from_config(config, batch_size=99) == sc.from_config(config)


def test_the_head_is_scaled_by_its_own_settings() -> None:
    head = auto({"name": "constant", "value": 0.1}, 0.1, 128)
    config = {"param_schedulers": {"lr": auto(COSINE), "lr_head": head}}
    scaled, changes = sc.scale_config(config, 512)
    assert scaled["param_schedulers"]["lr"]["start_value"] == 0.6
    assert scaled["param_schedulers"]["lr_head"]["value"] == 0.4
    assert changes[-1] == "param_schedulers.lr_head.value: 0.1 -> 0.4"


@pytest.mark.parametrize(
    ("config", "key", "value"),
    [
        ({"name": "exponential", "start_value": 0.1, "decay": 0.01}, "start_value", 0.6),
        ({"name": "exponential", "start_value": 0.1, "end_value": 0.01}, "end_value", 0.06),
        ({"name": "polynomial", "base_value": 0.1, "power": 0.9}, "base_value", 0.6),
        ({"name": "polynomial", "start_value": 0.1, "end_value": 0.01, "power": 1}, "end_value", 0.06),
        ({"name": "inverse_sqrt", "start_value": "1e-1", "warmup_interval_length": 0.1}, "start_value", 0.6),
        ({"name": "step_with_fixed_gamma", "base_value": 0.1, "gamma": 0.1, "num_decays": 2}, "base_value", 0.6),
    ],
)  # fmt: skip
def test_rules(config: dict[str, Any], key: str, value: float) -> None:
    scaled, _ = sc.scale_config(auto(config), 512)
    assert scaled[key] == value
    schedule, wanted = sc.from_config(scaled), 6.0 * sc.from_config(config)
    assert schedule([0.1, 0.5, 0.9]) == pytest.approx(wanted([0.1, 0.5, 0.9]), rel=1e-14, abs=0.0)


def test_a_file_that_asks_to_be_scaled(tmp_path: Path) -> None:
    path = tmp_path / "simclr.json"
    path.write_text(json.dumps(composite(WARMUP, COSINE, lengths=[0.1, 0.9])), encoding="utf-8")
    message = (
        f"{path}: auto_lr_scaling.auto_scale: is true, so the values depend on the batch size: pass "
        "batch_size, the samples of one update over all processes, or write false"
    )
    with pytest.raises(ValueError, match=whole(message)):
        sc.load(path)
    assert sc.load(path, batch_size=2048) == sc.warmup_cosine(2.4, 0.1, 0.6, 0.0024)
    low = f"{path}: schedulers[0].start_value: must not be above the end of the warmup, 0.3515625 after scaling, got 0.6"
    with pytest.raises(ValueError, match=whole(low)):
        sc.load(path, batch_size=300)


SIZES = st.integers(1, 2**20)


@given(st.floats(1e-8, 1e3), SIZES, SIZES)
def test_scale_lr_is_the_paper_s_product(base: float, base_size: int, size: int) -> None:
    linear = sc.scale_lr(base, base_size, size)
    assert linear == pytest.approx(base * (size / base_size), rel=1e-15, abs=0.0)
    assert sc.scale_lr(base, base_size, size, "sqrt") == pytest.approx(
        base * math.sqrt(size / base_size), rel=1e-15, abs=0.0
    )
    assert sc.scale_lr(base, size, size) == base
    assert sc.scale_lr(base, size, size, "sqrt") == base


@given(st.integers(1, 10**6), SIZES, st.integers(1, 64))
def test_scale_lr_is_exact_in_decimals(digits: int, size: int, times: int) -> None:
    base = digits / 10**6
    assert sc.scale_lr(base, size, times * size) == digits * times / 10**6
    assert sc.scale_lr(base, size, times**2 * size, "sqrt") == digits * times / 10**6


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("0.1", 256, 512), TypeError, "scale_lr: 'base_value' must be a number, got '0.1'"),
        ((math.nan, 256, 512), ValueError, "scale_lr: 'base_value' must be finite, got nan"),
        ((0.1, 0, 512), ValueError, "scale_lr: 'base_batch_size' must be above 0, got 0"),
        ((0.1, 256, True), TypeError, "scale_lr: 'batch_size' must be a number, got True"),
        ((0.1, 256, 512, "cube"), ValueError, "scale_lr: 'rule' must be one of 'linear', 'sqrt', got 'cube'"),
        ((1e150, 1e-150, 1e150), ValueError, "scale_lr: 'base_value' must be finite, got inf"),
        ((0.1, 1e-300, 1e150, "sqrt"), ValueError, "scale_lr: 'base_value' must be finite, got inf"),
    ],
)  # fmt: skip
def test_scale_lr_refuses(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=whole(message)):
        sc.scale_lr(*arguments)
