"""check: every finding fires where it should, and is silent where it should be."""

import math
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schedcore as sc
from schedcore._config.files import shipped
from schedcore.advice._length_rules import RULES as OF_LENGTH
from schedcore.advice._value_rules import RULES as OF_VALUES
from schedcore.advice.codes import CODES, IN_A_RUN, IN_A_SCHEDULE, explain
from schedcore.advice.finding import SEVERITIES
from schedcore.advice.recipes import RECIPES
from schedcore.steps import Horizon
from schedcore.testing import schedules

RUN = Horizon.epochs(90, 100)
WARMED = sc.warmup_cosine(0.1, "5/90", start=0.001)
DOWN = sc.Cosine(0.1, 0.0)


class Case(NamedTuple):
    """What is given to check, and what it finds."""

    schedule: Any
    horizon: Any
    facts: dict[str, Any]
    severity: str
    message: str
    fix: str = ""

    def found(self, code: str) -> list[sc.Finding]:
        found = sc.check(self.schedule, self.horizon, **self.facts)
        return [finding for finding in found if finding.code == code]


TRANSFORMER = {"model": "transformer"}
LARGE = {"batch_size": 64, "world_size": 4, "accumulation": 3}
TWO_GROUPS = {"backbone": 1e-5, "head": 1e-3}
DATA = {"samples": 1000, "batch_size": 10, "epochs": 9}

FIRES: dict[str, list[Case]] = {
    "no-warmup": [
        Case(
            DOWN, RUN, TRANSFORMER, "error",
            "the learning rate begins at 0.1, its peak being 0.1, and a transformer that is "
            "trained from scratch needs a warmup",
            "begin with one, such as warmup(schedule, 0.05)",
        ),
        Case(sc.warmup(DOWN, 0.1, start=0.051), RUN, TRANSFORMER, "error", "begins at 0.051"),
        Case(DOWN, RUN, LARGE, "warning", "and batches of 768 need a warmup"),
        Case(DOWN, RUN, {**LARGE, **TRANSFORMER}, "error", "a transformer"),
        Case(DOWN, RUN, {"batch_size": 513, "optimizer": "SGD"}, "warning", "batches of 513"),
        Case(sc.Cosine(1.01e-4, 0.0), RUN, TRANSFORMER, "error", "begins at 0.000101"),
    ],
    "zero-first-lr": [
        Case(
            sc.warmup_cosine(0.1, 0.1), RUN, {}, "note",
            "the learning rate of the first update is 0, so it changes nothing",
            "start the warmup above 0, or read the schedule with sample='right'",
        ),
        Case(
            sc.Hold(sc.warmup_cosine(0.1, 0.1), 90), RUN, {}, "warning",
            "the learning rate of the first 100 updates is 0, so they change nothing",
        ),
        Case(
            sc.Hold(sc.warmup_cosine(0.1, 0.1), 90), 90 * 5004, {}, "warning",
            "the first 5004 updates is 0",
        ),
    ],
    "horizon-short": [
        Case(
            DOWN.over(8000), RUN, {}, "warning",
            "training makes 9000 steps, and the schedule has 8000: 1000 are made at its last value",
            "use a horizon of 9000 steps",
        ),
        Case(DOWN.over(8910), RUN, {}, "note", "has 8910"),
        Case(DOWN.over(8909), RUN, {}, "warning", "has 8909"),
        Case(DOWN, 80, DATA, "warning", "training makes 900 steps, and the schedule has 80"),
        Case(
            DOWN, 100, DATA, "warning", "has 100: 800",
            "use a horizon of 900 steps (100 counts one epoch)",
        ),
        Case(
            DOWN, 891, {**DATA, "samples": 999}, "note", "has 891: 9 are",
            "use a horizon of 900 steps (891 counts with drop_last=True)",
        ),
        Case(DOWN.over(100), 100, DATA, "warning", "has 100"),
        Case(DOWN.over(80), RUN, {"stepped": "epoch"}, "warning", "makes 90 steps"),
    ],
    "horizon-long": [
        Case(
            DOWN.over(10_000), RUN, {}, "warning",
            "training makes 9000 steps, and the schedule has 10000: it is not over by then",
            "use a horizon of 9000 steps",
        ),
        Case(DOWN.over(9090), RUN, {}, "note", "has 9090"),
        Case(
            DOWN, 900, {**DATA, "accumulation": 4}, "warning", "makes 225 steps",
            "use a horizon of 225 steps (900 counts batches, not updates of several)",
        ),
        Case(
            DOWN, 900, {**DATA, "world_size": 8}, "warning", "makes 117 steps",
            "use a horizon of 117 steps (900 counts what one process alone would make)",
        ),
        Case(
            DOWN, 900, {**DATA, "world_size": 8, "accumulation": 2}, "warning", "makes 63 steps",
            "use a horizon of 63 steps (900 counts the batches of one process alone)",
        ),
        Case(DOWN, 901, {**DATA, "world_size": 8}, "warning", "makes 117", "of 117 steps"),
    ],
    "stepped-per-update": [
        Case(
            DOWN.over(90), RUN, {}, "error",
            "the schedule has 90 steps, which is the number of epochs, and moves on with each of "
            "9000 updates",
            "use over(9000), or move it on once an epoch and say stepped='epoch'",
        ),
        Case(DOWN.over(90), RUN, {"stepped": "update"}, "error", "the schedule has 90 steps"),
        Case(DOWN, 9, DATA, "error", "the schedule has 9 steps"),
        Case(DOWN.over(90), 9000, {"epochs": 90}, "error", "the schedule has 90 steps"),
    ],
    "stepped-per-epoch": [
        Case(
            DOWN, RUN, {"stepped": "epoch"}, "error",
            "the schedule has 9000 steps, one an update, and moves on once in each of 90 epochs: "
            "it comes to 0.01 of its course",
            "move it on after each update",
        ),
        Case(DOWN.over(9000), RUN, {"stepped": "epoch"}, "error", "the schedule has 9000 steps"),
        Case(
            DOWN.over(9000), 9000, {"stepped": "epoch", "epochs": 90}, "error",
            "moves on once in each of 90 epochs",
        ),
    ],
    "high-end": [
        Case(
            sc.Constant(0.1), RUN, {}, "warning",
            "the last learning rate is 0.1, and the peak 0.1",
            "let it go down, as a cosine does, or add cooldown(schedule, 0.2)",
        ),
        Case(sc.Linear(0.1, 0.0251), RUN, {}, "warning", "is 0.0251"),
        Case(sc.Constant(0.1), 5000, {}, "warning", "is 0.1"),
        Case(sc.Constant(0.1), Horizon.epochs(10, 5), {}, "warning", "is 0.1"),
        Case(sc.Constant(0.1), 5000, {"epochs": 10}, "warning", "is 0.1"),
        Case(sc.wsd(0.1, 0.1, 0), RUN, {}, "warning", "is 0.1"),
        Case(sc.Custom(lambda t: 1.0 - t / 2), RUN, {}, "warning", "is 0.500056"),
    ],
    "one-cycle-long": [
        Case(
            sc.one_cycle(0.1), RUN, {}, "warning", "one cycle is spread over 90 epochs",
            "use a short warmup and a cosine, such as warmup_cosine(peak, 0.05)",
        ),
        Case(sc.one_cycle(0.1, 0.45, shape=sc.Linear), Horizon.epochs(51, 7), {}, "warning", "51"),
        Case(sc.one_cycle(0.1), 700, {"epochs": 60}, "warning", "60 epochs"),
        Case(
            sc.one_cycle(0.1, 0.25, three_phase=True), RUN, {}, "warning", "one cycle is spread"
        ),
    ],
    "milestone-unreached": [
        Case(
            sc.multistep((1.0, 0.1, 0.01), (30, 90), 90), RUN, {}, "warning",
            "never seen: the value 0.01, whose milestone is the end of the run",
            "move it into the run, or leave it out",
        ),
        Case(
            sc.multistep((1.0, 0.1, 0.01), (30, 80), 90).over(9000), 7000, {}, "warning",
            "never seen: what begins at progress 0.888889 (step 8000 of 7000)",
        ),
        Case(
            sc.warmup(DOWN, 0.01).over(90, sample="right"), 90, {}, "warning",
            "never seen: the piece at progress 0, shorter than a step",
        ),
        Case(
            sc.cooldown(DOWN, 0.001), 90, {}, "warning",
            "never seen: what begins at progress 0.999 (step 90 of 90)",
        ),
        Case(
            sc.Steps((1.0, 0.5, 0.1), (0.501, 0.502)), 90, {}, "warning",
            "never seen: the piece at progress 0.501, shorter than a step",
        ),
        Case(
            sc.Join((DOWN, sc.Steps((1.0, 0.1), (1,))), (0.5, 0.5)), RUN, {}, "warning",
            "the value 0.1, whose milestone is the end of the run",
        ),
        Case(
            sc.Repeat(DOWN, 50), 20, {}, "warning", "shorter than a step, and 27 more",
        ),
    ],
    "restart-at-end": [
        Case(
            sc.sgdr(0.1, 0.0, 0.333), RUN, {}, "warning",
            "the learning rate goes up from 2.75e-08 to 0.1 at step 8991, 9 before the end",
        ),
        Case(
            sc.sgdr(0.1, 0.0, "999/2000"), RUN, {}, "warning", "to 0.1 at step 8991, 9 before the end",
            "let the cycles fill the run exactly, with a fraction such as '1/3' or Repeat",
        ),
        Case(
            sc.Steps((0.1, 0.01, 0.1), (0.5, 0.99)), 100, {}, "warning",
            "goes up from 0.01 to 0.1 at step 99, 1 before the end",
        ),
        Case(sc.Repeat(sc.Linear(0.1, 0.0), 2).over(100), 51, {}, "warning", "at step 50, 1 before"),
    ],
    "floor-above-group": [
        Case(
            sc.Cosine(1e-3, 1e-4), RUN, {"group_lrs": TWO_GROUPS}, "error",
            "group 'backbone' is to have at most 1e-05, and the schedule ends at 0.0001",
            "make the floor a share of the group's peak, by lr_scale or relative(schedule)",
        ),
    ],
    "unscaled-lr": [
        Case(
            WARMED, RUN, {"base_lr": 0.1, "base_batch_size": 256, "batch_size": 1024}, "warning",
            "the peak is 0.1 for batches of 1024; 0.1 at 256 would be 0.4 by the linear rule or "
            "0.2 by the sqrt rule",
            "use scale_lr(base_value, base_batch_size, batch_size)",
        ),
        Case(
            WARMED, RUN,
            {"base_lr": 0.1, "base_batch_size": 256, "batch_size": 64, "accumulation": 2},
            "warning", "for batches of 128; 0.1 at 256 would be 0.05 by",
        ),
        Case(
            WARMED, RUN,
            {"base_lr": 0.1, "base_batch_size": 256, "batch_size": 1024, "optimizer": "SGD"},
            "warning", "would be 0.4 by the linear rule",
        ),
        Case(
            sc.warmup_cosine(0.15, 0.1), RUN,
            {"base_lr": 0.1, "base_batch_size": 256, "batch_size": 1024, "optimizer": "SGD"},
            "warning", "the peak is 0.15",
        ),
        Case(
            sc.warmup_cosine(0.13, 0.1), RUN,
            {"base_lr": 0.1, "base_batch_size": 256, "batch_size": 1024}, "warning", "0.13",
        ),
    ],
    "one-lr": [
        Case(
            sc.Cosine(1e-4, 0.0), RUN, {"pretrained": True, "new_layers": True}, "note",
            "pretrained and new layers have the same learning rate",
            "make two groups, the pretrained one with an lr_scale below 1, such as 0.1",
        ),
        Case(
            sc.Cosine(1e-4, 0.0), RUN,
            {"pretrained": True, "new_layers": True, "group_lrs": {"a": 1e-4, "b": 1e-4}},
            "note", "pretrained and new",
        ),
    ],
    "plateau-unfed": [
        Case(
            DOWN, RUN, {"plateau_updates": 0}, "error",
            "the plateau was never told the metric, so it never reduced the learning rate",
            "update it with the metric after each validation",
        ),
    ],
}  # fmt: skip

SILENT: dict[str, list[tuple[Any, Any, dict[str, Any]]]] = {
    "no-warmup": [
        (DOWN, RUN, {}),
        (DOWN, RUN, {"model": "cnn", "batch_size": 512}),
        (WARMED, RUN, {**TRANSFORMER, **LARGE}),
        (sc.warmup(DOWN, 0.1, start=0.05), RUN, TRANSFORMER),
        (DOWN, RUN, {**TRANSFORMER, **LARGE, "pretrained": True}),
        (DOWN, RUN, {**TRANSFORMER, "optimizer": "RAdam"}),
        (sc.Cosine(1e-4, 0.0), RUN, TRANSFORMER),
    ],
    "zero-first-lr": [
        (WARMED, RUN, {}),
        (sc.warmup_cosine(0.1, 0.1).over(9000, sample="right"), RUN, {}),
        (sc.Constant(0.0), RUN, {}),
    ],
    "horizon-short": [
        (DOWN.over(9000), RUN, {}),
        (DOWN, RUN, {}),
        (DOWN.over(9000), None, {}),
        (DOWN.over(900), 900, DATA),
        (DOWN.over(90), RUN, {"stepped": "epoch"}),
        (DOWN.over(10), Horizon(95, steps_per_epoch=10), {"stepped": "epoch"}),
        (DOWN.over(90), RUN, {}),
    ],
    "horizon-long": [
        (DOWN.over(9000), RUN, {}),
        (DOWN, None, DATA),
        (DOWN, 900, DATA),
        (DOWN.over(10), Horizon(95, steps_per_epoch=10), {"stepped": "epoch"}),
    ],
    "stepped-per-update": [
        (DOWN.over(90), RUN, {"stepped": "epoch"}),
        (DOWN.over(90), 90, {}),
        (DOWN.over(90), 9000, {}),
        (DOWN.over(90), Horizon.epochs(90, 1), {}),
    ],
    "stepped-per-epoch": [
        (DOWN, RUN, {"stepped": "update"}),
        (DOWN.over(90), RUN, {"stepped": "epoch"}),
        (DOWN, Horizon.epochs(90, 1), {"stepped": "epoch"}),
    ],
    "high-end": [
        (sc.Linear(0.1, 0.0249), RUN, {}),
        (sc.Constant(1e-5), RUN, {"pretrained": True}),
        (sc.Constant(0.1), Horizon.epochs(9, 1000), {}),
        (sc.noam(512, 4000, 100_000), 100_000, {}),
        (sc.sgdr(0.1, 0.0, "999/2000"), RUN, {}),
        (sc.Constant(0.0), RUN, {}),
        (sc.Constant(0.1), RUN, {"plateau_updates": 90}),  # whose cuts are not seen
    ],
    "one-cycle-long": [
        (sc.one_cycle(0.1), Horizon.epochs(50, 100), {}),
        (sc.one_cycle(0.1), 9000, {}),
        (sc.warmup_cosine(0.1, 0.1, start=0.001), RUN, {}),
        (sc.warmup_cosine(0.1, 0.3, start=0.001, end=0.001), RUN, {}),
        (sc.triangular(0.001, 0.1, 3), RUN, {}),
        (sc.one_cycle(0.1, div=3), RUN, {}),
        (sc.warmup(sc.sgdr(0.1, 1e-6, 0.5), 0.3, start=0.001), RUN, {}),
        (sc.wsd(0.1, 0.3, 0.1, start=0.001), RUN, {}),
    ],
    "milestone-unreached": [
        (sc.multistep((1.0, 0.1, 0.01), (30, 89), 90), RUN, {}),
        (sc.multistep((1.0, 0.1, 0.01), (30, 80), 90).over(9000), 8001, {}),
        (sc.Hold(sc.multistep((1.0, 0.1, 0.01), (30, 80), 90), 90), RUN, {}),
        (sc.warmup(DOWN, 0.1), 90, {}),
        (sc.Join((DOWN, DOWN), (1, 0)), RUN, {}),
        (sc.Repeat(DOWN, 45), 90, {}),
        (sc.Reverse(sc.Steps((1.0, 0.1), (0.5,))), RUN, {}),
    ],
    "restart-at-end": [
        (sc.sgdr(0.1, 0.0, "1/3"), RUN, {}),
        (sc.Repeat(DOWN, 3), RUN, {}),
        (sc.Steps((0.1, 0.01, 0.1), (0.5, 0.98)), 100, {}),
        (sc.Steps((0.1, 0.01, 0.001), (0.5, 0.99)), 100, {}),
        (sc.Steps((0.1, 0.001, 0.01), (0.5, 0.99)), 100, {}),
        (sc.Steps((0.1, 0.06, 0.1), (0.5, 0.99)), 100, {}),
        (sc.Repeat(DOWN, 200), RUN, {}),
    ],
    "floor-above-group": [
        (sc.Cosine(1e-3, 1e-5), RUN, {"group_lrs": TWO_GROUPS}),
        (sc.Cosine(1e-3, 1e-4), RUN, {}),
    ],
    "unscaled-lr": [
        (sc.Cosine(0.4, 0.0), RUN, {"base_lr": 0.1, "base_batch_size": 256, "batch_size": 1024}),
        (sc.Cosine(0.2, 0.0), RUN, {"base_lr": 0.1, "base_batch_size": 256, "batch_size": 1024}),
        (sc.Cosine(0.15, 0.0), RUN, {"base_lr": 0.1, "base_batch_size": 256, "batch_size": 1024}),
        (
            sc.Cosine(0.2, 0.0),
            RUN,
            {"base_lr": 0.1, "base_batch_size": 256, "batch_size": 1024, "optimizer": "SGD"},
        ),
        (DOWN, RUN, {"base_lr": 0.1, "base_batch_size": 256, "batch_size": 128, "world_size": 2}),
        (DOWN, RUN, {"batch_size": 1024}),
        (sc.Constant(0.0), RUN, {"base_lr": 0.1, "base_batch_size": 1, "batch_size": 2}),
    ],
    "one-lr": [
        (DOWN, RUN, {"pretrained": True}),
        (DOWN, RUN, {"new_layers": True}),
        (DOWN, RUN, {"pretrained": True, "new_layers": True, "group_lrs": TWO_GROUPS}),
    ],
    "plateau-unfed": [(DOWN, RUN, {}), (DOWN, RUN, {"plateau_updates": 1})],
}  # fmt: skip


def test_every_code_is_here() -> None:
    assert FIRES.keys() == SILENT.keys() == IN_A_SCHEDULE.keys()
    rules = (*OF_LENGTH, *OF_VALUES)
    assert len(rules) == len(set(rules))


@pytest.mark.parametrize(
    ("code", "case"), [(code, case) for code, cases in FIRES.items() for case in cases]
)
def test_it_fires(code: str, case: Case) -> None:
    (finding,) = case.found(code)
    assert finding.severity == case.severity
    assert case.message in finding.message
    assert case.fix in finding.fix


@pytest.mark.parametrize("code", FIRES)
def test_its_first_case_is_told_in_full(code: str) -> None:
    case = FIRES[code][0]
    (finding,) = case.found(code)
    assert finding.message == case.message
    assert finding.fix == case.fix or not case.fix
    assert str(finding) == f"{finding.severity} [{code}]: {finding.message}: {finding.fix}"


@pytest.mark.parametrize(
    ("code", "given"), [(code, given) for code, cases in SILENT.items() for given in cases]
)
def test_it_is_silent(code: str, given: tuple[Any, Any, dict[str, Any]]) -> None:
    schedule, horizon, facts = given
    assert code not in [finding.code for finding in sc.check(schedule, horizon, **facts)]


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_its_paragraph(code: str) -> None:
    severity, paragraph = CODES[code]
    assert severity in SEVERITIES
    assert 60 < len(paragraph) < 700
    assert paragraph.endswith(".")
    assert explain(code) == f"{code} ({severity}): {paragraph}"


def test_an_unknown_code() -> None:
    message = r"explain: unknown code 'nowarmup': did you mean 'no-warmup'\? Codes are no-warmup,"
    with pytest.raises(ValueError, match=message):
        explain("nowarmup")
    with pytest.raises(TypeError, match="explain: 'code' must be a string, got None"):
        explain(None)  # type: ignore[arg-type]
    assert not IN_A_RUN.keys() & IN_A_SCHEDULE.keys()


def test_the_worst_comes_first() -> None:
    found = sc.check(
        sc.warmup_cosine(0.1, 0.1).over(90), RUN, stepped="update", plateau_updates=0, epochs=90
    )
    assert [finding.code for finding in found] == [
        "stepped-per-update", "plateau-unfed", "zero-first-lr",
    ]  # fmt: skip
    assert sc.check(WARMED, RUN, model="transformer", batch_size=4096) == []


# The runs of the shipped files, as their comments say.
CONTRASTIVE = {"model": "cnn", "optimizer": "SGD"}
SHIPPED: dict[str, tuple[int, int, dict[str, Any], list[str]]] = {
    "beit_base_finetune_100ep": (
        100, 1251,
        {"model": "transformer", "optimizer": "AdamW", "pretrained": True, "new_layers": True,
         "batch_size": 128, "world_size": 8, "group_lrs": {"layer_0": 0.65**13 * 4e-3, "head": 4e-3}},
        ["zero-first-lr"],
    ),
    "deit_small_300ep": (
        300, 1251,
        {"model": "transformer", "optimizer": "AdamW", "batch_size": 1024, "base_lr": 5e-4,
         "base_batch_size": 512},
        [],
    ),
    "dino_vit_small_100ep": (
        100, 1251,
        {"model": "transformer", "optimizer": "AdamW", "batch_size": 1024, "base_lr": 5e-4,
         "base_batch_size": 256},
        ["zero-first-lr"],
    ),
    "moco_v2_resnet50_200ep": (200, 5004, {**CONTRASTIVE, "batch_size": 256}, []),
    "simclr_resnet50_1000ep": (
        1000, 312,
        {**CONTRASTIVE, "batch_size": 4096, "base_lr": 0.3, "base_batch_size": 256},
        ["zero-first-lr"],
    ),
    "supervised_resnet50_90ep": (
        90, 5004, {**CONTRASTIVE, "batch_size": 256, "base_lr": 0.1, "base_batch_size": 256}, []
    ),
    "swav_resnet50_400ep": (400, 312, {**CONTRASTIVE, "batch_size": 64, "world_size": 64}, []),
    "vissl_cosine": (100, 5004, {**CONTRASTIVE, "batch_size": 256}, []),
    "vissl_cosine_restarts": (100, 5004, {**CONTRASTIVE, "batch_size": 256}, []),
    "vissl_multistep": (2, 5004, {**CONTRASTIVE, "batch_size": 256}, []),
    "vissl_two_warmups": (100, 312, {**CONTRASTIVE, "batch_size": 4096}, []),
    "vissl_warmup_cosine": (100, 312, {**CONTRASTIVE, "batch_size": 4096}, []),
    "vissl_warmup_cosine_restarts": (100, 312, {**CONTRASTIVE, "batch_size": 4096}, []),
}  # fmt: skip


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_files_are_well(name: str) -> None:
    epochs, per_epoch, facts, expected = SHIPPED[name]
    found = sc.check(sc.load(shipped()[name]), Horizon.epochs(epochs, per_epoch), **facts)
    assert [finding.code for finding in found] == expected


TRANSFORMERS = {
    "vit_base", "deit", "swin", "bert", "gpt", "gpt_wsd", "transformer", "detr", "segformer",
    "bert_fine_tuning", "gpt_fine_tuning",
}  # fmt: skip
FROM_ZERO = {
    "resnet_cosine", "convnext", "efficientnet", "vit_base", "bert", "gpt", "gpt_wsd",
    "transformer", "bert_fine_tuning", "gpt_fine_tuning",
}  # fmt: skip


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("scale", [Fraction(1, 2), 1, 4])
def test_recipes_are_well_at_their_own_batch_size_and_others(name: str, scale: Fraction) -> None:
    published = RECIPES[name]
    size = None if published.batch_size is None else int(published.batch_size * scale)
    recipe = published.at(None, size)
    tuned = name.endswith("tuning")
    facts: dict[str, Any] = {"batch_size": size, "pretrained": tuned, "new_layers": tuned}
    if size is not None:
        facts |= {"base_lr": published.lr, "base_batch_size": published.batch_size}
    peak = max(recipe.schedule(k / 1000) for k in range(1000))
    if recipe.groups:
        facts["group_lrs"] = {name: peak * x for name, x in recipe.lr_scales.items()}
    facts["model"] = "transformer" if name in TRANSFORMERS else "cnn"
    facts["optimizer"] = recipe.optimizer
    found = sc.check(recipe.schedule, Horizon.epochs(recipe.epochs or 20, 2000), **facts)
    expected = ["zero-first-lr"] if name in FROM_ZERO else []
    if name in ("bert_fine_tuning", "gpt_fine_tuning"):
        expected.append("one-lr")
    if name == "detr" and scale == 4:  # beyond 1e-4, where its paper never was
        expected.append("no-warmup")
    assert [finding.code for finding in found] == expected


@given(schedules(), st.integers(1, 3000), st.sampled_from(["left", "right", "both"]))
def test_whatever_is_checked_is_told_of_by_known_codes(
    schedule: sc.Schedule, total: int, sample: str
) -> None:
    found = sc.check(schedule.over(total, sample), total, model="cnn", epochs=60)
    assert {finding.code for finding in found} <= IN_A_SCHEDULE.keys()
    values = schedule.over(total, sample).values()
    codes = [finding.code for finding in found]
    if total <= 2048:  # where all are looked at, the rules can be said again
        if values.max() > 0:
            assert ("zero-first-lr" in codes) == (values[0] == 0)
        high = values[-1] > 0.25 * values.max()
        assert not ("high-end" in codes and not high)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"schedule": 3}, TypeError, "check: 'schedule' must be a schedule, a schedule over steps, or a ScheduleLR, got 3"),
        ({"schedule": sc.Cosine}, TypeError, "check: 'schedule' must be a schedule, "),
        ({"horizon": None}, TypeError, "check: 'horizon' is missing: give the optimizer updates of the run, or samples, batch_size and epochs"),
        ({"horizon": 0}, ValueError, "Horizon: 'total_steps' must be from 1 to 9007199254740992, got 0"),
        ({"horizon": "90"}, TypeError, "Horizon: 'total_steps' must be an integer, got '90'"),
        ({"model": "resnet"}, ValueError, "check: 'model' must be one of 'transformer', 'cnn', 'other', got 'resnet'"),
        ({"stepped": "batch"}, ValueError, "check: 'stepped' must be one of 'update', 'epoch', got 'batch'"),
        ({"pretrained": 1}, TypeError, "check: 'pretrained' must be True or False, got 1"),
        ({"new_layers": "yes"}, TypeError, "check: 'new_layers' must be True or False, got 'yes'"),
        ({"drop_last": 0}, TypeError, "check: 'drop_last' must be True or False, got 0"),
        ({"optimizer": 3}, TypeError, "check: 'optimizer' must be the name of a class, such as 'AdamW', got 3"),
        ({"batch_size": 0}, ValueError, "check: 'batch_size' must be at least 1, got 0"),
        ({"world_size": 0}, ValueError, "check: 'world_size' must be at least 1, got 0"),
        ({"accumulation": 1.5}, TypeError, "check: 'accumulation' must be an integer, got 1.5"),
        ({"epochs": -1}, ValueError, "check: 'epochs' must be at least 1, got -1"),
        ({"plateau_updates": -1}, ValueError, "check: 'plateau_updates' must be at least 0, got -1"),
        ({"base_lr": 0, "base_batch_size": 1, "batch_size": 1}, ValueError, "check: 'base_lr' must be above 0, got 0"),
        ({"base_lr": 0.1}, TypeError, "check: 'base_lr' says nothing without base_batch_size and batch_size"),
        ({"base_batch_size": 8}, TypeError, "check: 'base_batch_size' says nothing without base_lr"),
        ({"stepped": "epoch"}, TypeError, "check: 'stepped' says nothing without epochs, here or in a Horizon"),
        ({"horizon": Horizon.epochs(100, 10), "epochs": 5}, ValueError, "check: 'epochs' must be the 100 of the horizon, got 5"),
        ({"world_size": None}, TypeError, "check: 'world_size' must be an integer, got None"),
        ({"accumulation": None}, TypeError, "check: 'accumulation' must be an integer, got None"),
        ({"samples": 8, "epochs": 1}, TypeError, "check: 'samples' says nothing without batch_size"),
        ({"group_lrs": {}}, TypeError, r"check: 'group_lrs' must be a dict of learning rates by name, got \{\}"),
        ({"group_lrs": [0.1]}, TypeError, r"check: 'group_lrs' must be a dict of learning rates by name, got \[0.1\]"),
        ({"group_lrs": {"head": math.nan}}, ValueError, r"check: 'group_lrs\[head\]' must be finite, got nan"),
        ({"gradient_accumulation_steps": 2}, TypeError, r"check: unknown parameter 'gradient_accumulation_steps': did you mean 'accumulation'\? It takes \(schedule, horizon, model, "),
        ({"total_steps": 2}, TypeError, r"check: unknown parameter 'total_steps': did you mean 'horizon'\?"),
        ({"pretraind": True}, TypeError, r"check: unknown parameter 'pretraind': did you mean 'pretrained'\?"),
    ],
)  # fmt: skip
def test_what_check_refuses(given: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        sc.check(**{"schedule": DOWN, "horizon": 90, **given})


def test_a_finding_is_a_value() -> None:
    finding = sc.Finding("high-end", "warning", "a", "b")
    assert finding == ("high-end", "warning", "a", "b")
    assert str(finding) == "warning [high-end]: a: b"
    assert eval(repr(finding), {"Finding": sc.Finding}) == finding


def test_a_long_run_with_many_pieces_is_looked_at_quickly() -> None:
    """Thousands of pieces over 10**15 steps: a few values of each, not all."""
    found = sc.check(sc.Repeat(DOWN, 1000), 10**15, model="cnn")
    assert found == []
