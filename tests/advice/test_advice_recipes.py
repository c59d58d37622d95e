"""Recipes against the numbers of their papers, and how one is chosen."""

import math
import pickle
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import schedcore as sc
from schedcore.advice.choosing import DOMAINS
from schedcore.advice.recipes import RECIPES
from schedcore.config import from_config

Oracle = Callable[[float], float]


def half_cosine(u: float, start: float, end: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * u)) / 2


def warmed_cosine(total: float, warmup: float, start: float, peak: float, end: float) -> Oracle:
    def value(x: float) -> float:
        if x < warmup:
            return start + (peak - start) * x / warmup
        return half_cosine((x - warmup) / (total - warmup), peak, end)

    return value


def goyal(k: float) -> Oracle:
    """Section 2.2: from 0.1 to k times that over 5 epochs; divided by 10 at 30, 60 and 80."""

    def value(x: float) -> float:
        if x < 5:
            return 0.1 + (0.1 * k - 0.1) * x / 5
        return 0.1 * k * 0.1 ** sum(x >= milestone for milestone in (30, 60, 80))

    return value


def bert(x: float) -> float:
    return 1e-4 * (x / 1e4 if x < 1e4 else (1e6 - x) / (1e6 - 1e4))


def gpt3(tokens: float) -> float:
    """In billions of tokens."""
    if tokens < 0.375:
        return 6e-4 * tokens / 0.375
    return half_cosine(min((tokens - 0.375) / (260 - 0.375), 1.0), 6e-4, 6e-5)


def efficientnet(x: float) -> float:
    return 0.256 * x / 5 if x < 5 else 0.256 * 0.97 ** math.floor(x / 2.4 + 1e-9)


def deit(x: float) -> float:
    """timm's: the cosine runs from epoch 0, the warmup lies over its first 5."""
    x = math.floor(x)
    return 1e-6 + (1e-3 - 1e-6) * x / 5 if x < 5 else half_cosine(x / 300, 1e-3, 1e-5)


def detectron(x: float) -> float:
    factor = 1e-3 + (1 - 1e-3) * x / 1000 if x < 1000 else 1.0
    return 0.02 * factor * 0.1 ** ((x >= 60_000) + (x >= 80_000))


def hagele(x: float) -> float:
    if x < 300:
        return 1e-3 * x / 300
    return 1e-3 if x < 12_000 else 1e-3 * (1 - math.sqrt((x - 12_000) / 3000))


def one_cycle(x: float) -> float:
    """Epochs; up in 6 of 20."""
    return half_cosine(x / 6, 0.05, 1.0) if x < 6 else half_cosine((x - 6) / 14, 1.0, 0.00005)


def fine_tune(x: float) -> float:
    return half_cosine(x / 0.3, 2e-4, 1e-3) if x < 0.3 else half_cosine((x - 0.3) / 0.7, 1e-3, 1e-8)


def warmed_line(peak: float, warmup: float) -> Oracle:
    return lambda x: peak * (x / warmup if x < warmup else (1 - x) / (1 - warmup))


# The length of the published run, in the unit of its oracle, and the oracle.
ORACLES: dict[str, tuple[float, Oracle]] = {
    "resnet": (90, goyal(1)),
    "large_batch": (90, goyal(32)),
    "resnet_cosine": (120, warmed_cosine(120, 5, 0.0, 0.4, 0.0)),
    "convnext": (300, warmed_cosine(300, 20, 0.0, 4e-3, 1e-6)),
    "efficientnet": (350, efficientnet),
    "vit_base": (93_835.4736328125, warmed_cosine(93_835.4736328125, 10_000, 0.0, 3e-3, 0.0)),
    "deit": (300, deit),
    "swin": (300, warmed_cosine(300, 20, 5e-7 * 2, 5e-4 * 2, 5e-6 * 2)),
    "one_cycle": (20, one_cycle),
    "short": (1, lambda x: 0.1 * (1 - x)),
    "swav": (400, warmed_cosine(400, 10, 0.3, 4.8, 0.0048)),
    "bert": (1e6, bert),
    "gpt": (300, gpt3),
    "gpt_wsd": (15_000, hagele),
    "transformer": (100_000, lambda k: 512**-0.5 * min((k or 1) ** -0.5, k * 4000**-1.5)),
    "faster_rcnn": (90_000, detectron),
    "detr": (300, lambda x: 1e-4 if x < 200 else 1e-5),
    "deeplab": (30_000, lambda x: 0.007 * (1 - x / 30_000) ** 0.9),
    "segformer": (
        160_000,
        lambda x: 6e-5 * (1 - x / 160_000) * min(1.0, 1 - (1 - x / 1500) * (1 - 1e-6)),
    ),
    "fine_tuning": (1, fine_tune),
    "bert_fine_tuning": (1, warmed_line(2e-5, 0.1)),
    "gpt_fine_tuning": (1, warmed_line(6.25e-5, 0.002)),
}

# What the sources say of the optimizer.
OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "resnet": ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-4}),
    "large_batch": ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-4}),
    "resnet_cosine": ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-4}),
    "convnext": ("AdamW", {"betas": (0.9, 0.999), "weight_decay": 0.05}),
    "efficientnet": (
        "RMSprop",
        {"alpha": 0.9, "eps": 1e-3, "momentum": 0.9, "weight_decay": 1e-5},
    ),
    "vit_base": ("AdamW", {"betas": (0.9, 0.999), "weight_decay": 0.3}),
    "deit": ("AdamW", {"betas": (0.9, 0.999), "weight_decay": 0.05}),
    "swin": ("AdamW", {"betas": (0.9, 0.999), "weight_decay": 0.05}),
    "one_cycle": ("SGD", {"momentum": 0.9, "weight_decay": 3e-6}),
    "short": ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-4}),
    "swav": ("SGD", {"momentum": 0.9, "nesterov": False, "weight_decay": 1e-6}),
    "bert": ("AdamW", {"betas": (0.9, 0.999), "eps": 1e-6, "weight_decay": 0.01}),
    "gpt": ("AdamW", {"betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": 0.1}),
    "gpt_wsd": ("AdamW", {"betas": (0.9, 0.95), "weight_decay": 0.1}),
    "transformer": ("Adam", {"betas": (0.9, 0.98), "eps": 1e-9}),
    "faster_rcnn": ("SGD", {"momentum": 0.9, "weight_decay": 1e-4}),
    "detr": ("AdamW", {"betas": (0.9, 0.999), "weight_decay": 1e-4}),
    "deeplab": ("SGD", {"momentum": 0.9, "weight_decay": 1e-4}),
    "segformer": ("AdamW", {"betas": (0.9, 0.999), "weight_decay": 0.01}),
    "fine_tuning": ("AdamW", {"betas": (0.9, 0.99), "eps": 1e-5, "weight_decay": 0.01}),
    "bert_fine_tuning": ("AdamW", {"betas": (0.9, 0.999), "eps": 1e-6, "weight_decay": 0.01}),
    "gpt_fine_tuning": ("AdamW", {"weight_decay": 0.01}),
}

names = pytest.mark.parametrize("name", RECIPES)


def test_all_are_here() -> None:
    assert RECIPES.keys() == ORACLES.keys() == OPTIMIZERS.keys()
    assert not DOMAINS.keys() & RECIPES.keys() - {"bert", "gpt"}
    assert all(DOMAINS[name] == name for name in ("bert", "gpt"))


@names
def test_a_curve_is_its_paper_s(name: str) -> None:
    total, oracle = ORACLES[name]
    schedule = RECIPES[name].at().schedule
    for k in range(1201):  # every quarter of an epoch of 300
        want = oracle(float(Fraction(k, 1200) * Fraction(total)))
        assert schedule(k / 1200) == pytest.approx(want, rel=1e-9, abs=1e-18), (name, k)


@names
def test_an_optimizer_is_its_paper_s(name: str) -> None:
    recipe = RECIPES[name].at()
    assert (recipe.optimizer, recipe.arguments) == OPTIMIZERS[name]


@names
def test_torch_takes_the_optimizer(name: str) -> None:
    torch = pytest.importorskip("torch")
    recipe = RECIPES[name].at()
    optimizer = getattr(torch.optim, recipe.optimizer)
    made = optimizer([torch.nn.Parameter(torch.zeros(2))], lr=1.0, **recipe.arguments)
    assert {key: made.defaults[key] for key in recipe.arguments} == recipe.arguments


@names
def test_every_source_is_cited_to_its_place(name: str) -> None:
    recipe = RECIPES[name].at()
    assert recipe.sources
    for source in recipe.sources:
        cited = "arXiv:" in source or "https://github.com" in source or "torch's" in source
        assert cited or name == "gpt_fine_tuning", source
    assert any(
        word in str(recipe.sources) for word in ("section", "table", "appendix", "figure", ".py")
    )
    assert str(recipe).startswith(f"{name}: {recipe.title}\noptimizer: {recipe.optimizer}(params, ")
    assert f"schedule: {recipe.schedule!r}\n" in str(recipe)


@names
def test_a_recipe_is_a_value_and_a_configuration(name: str) -> None:
    recipe = RECIPES[name].at(40, 512)
    again = RECIPES[name].at(40, 512)
    assert recipe == again
    assert hash(recipe) == hash(again)
    assert pickle.loads(pickle.dumps(recipe)) == recipe
    recipe.arguments["momentum"] = -1.0  # a dict of the caller's own
    assert recipe == again
    read = from_config(recipe.config())
    scale = recipe.lr_scales.get("backbone", 1.0)
    points = [k / 60 for k in range(61)]
    assert read(points) == pytest.approx(scale * recipe.schedule(points), rel=1e-15, abs=0.0)


def test_two_groups_are_two_schedules_of_a_configuration() -> None:
    block = RECIPES["detr"].at().config()["OPTIMIZER"]
    assert block["head_optimizer_params"] == {"use_different_lr": True}
    assert from_config(block["param_schedulers"]["lr_head"])(0.0) == 1e-4
    assert from_config(block["param_schedulers"]["lr"])(0.0) == pytest.approx(
        1e-5, rel=1e-15, abs=0.0
    )


@pytest.mark.parametrize(
    ("name", "file"), [("deit", "deit_small_300ep"), ("swav", "swav_resnet50_400ep")]
)
def test_a_shipped_file_is_the_recipe_in_yaml(name: str, file: str) -> None:
    path = Path(sc.__file__).parent / "configs" / f"{file}.yaml"
    written = yaml.safe_load(path.read_text(encoding="utf-8"))["OPTIMIZER"]
    made = RECIPES[name].at().config()["OPTIMIZER"]
    points = [k / 1200 for k in range(1201)]
    assert sc.load(path)(points) == pytest.approx(
        RECIPES[name].at().schedule(points), rel=1e-14, abs=0.0
    )
    for block in (written, made):
        del block["param_schedulers"]
    assert made == written


@pytest.mark.parametrize(
    ("name", "batch_size", "peak"),
    [
        ("resnet", 512, 0.2),
        ("resnet", 64, 0.025),
        ("large_batch", 4096, 1.6),
        ("resnet_cosine", 256, 0.1),
        ("efficientnet", 256, 0.016),
        ("deit", 512, 0.0005),
        ("swin", 2048, 0.002),
        ("convnext", 1024, 0.002),
        ("bert", 1024, 2e-4),
        ("detr", 16, 5e-5),
        ("swav", 2048, 2.4),
        ("transformer", 16, (512 * 4000) ** -0.5),
        ("one_cycle", 64, 1.0),
    ],
)
def test_the_learning_rate_follows_the_batch_size(name: str, batch_size: int, peak: float) -> None:
    recipe = RECIPES[name].at(batch_size=batch_size)
    top = max(recipe.schedule(k / 90_000) for k in range(90_000))
    assert top == pytest.approx(peak, rel=1e-3, abs=0.0)  # not every top is reached, or by a step
    assert recipe.batch_size == batch_size
    assert any("learning rate" in reason for reason in recipe.reasons)


def test_goyal_s_warmup_is_for_what_is_larger_only() -> None:
    assert isinstance(RECIPES["resnet"].at(batch_size=256).schedule, sc.Steps)
    assert RECIPES["resnet"].at(batch_size=128).schedule(0.0) == 0.05
    assert RECIPES["resnet"].at(batch_size=512).schedule(0.0) == 0.1
    assert RECIPES["resnet"].at(batch_size=8192).schedule == RECIPES["large_batch"].at().schedule


def test_swin_s_ends_follow_the_learning_rate_and_deit_s_do_not() -> None:
    swin = RECIPES["swin"].at(batch_size=512).schedule
    deit = RECIPES["deit"].at(batch_size=512).schedule
    assert (swin(0.0), swin(1.0)) == pytest.approx((5e-7, 5e-6), rel=1e-15, abs=0.0)
    assert (deit(0.0), deit(1.0)) == (1e-6, 1e-5)


@names
@pytest.mark.parametrize("lr", [1e-3, 1e-5, 1e-7])
def test_no_floor_is_above_the_learning_rate(name: str, lr: float) -> None:
    """A floor that was published for another learning rate would let it rise at the end."""
    values = RECIPES[name].at(lr=lr).schedule(np.linspace(0, 1, 601))
    top = int(values.argmax())
    assert top < 301
    assert 0.9 * lr < values[top] <= lr * (1 + 1e-12)
    assert (np.diff(values[: top + 1]) >= -1e-12 * lr).all()
    assert (np.diff(values[top:]) <= 1e-12 * lr).all()
    assert values[-1] < lr / 2


@given(st.sampled_from(sorted(RECIPES)), st.integers(1, 2000))
def test_other_epochs_stretch_the_curve(name: str, epochs: int) -> None:
    recipe, published = RECIPES[name].at(epochs), RECIPES[name].at()
    assert recipe.epochs == epochs
    schedule, curve = recipe.schedule, published.schedule
    if name == "deit":  # by epoch: the same curve, looked at so many times
        assert isinstance(schedule, sc.Hold)
        assert isinstance(curve, sc.Hold)
        assert schedule.updates == epochs
        schedule, curve = schedule.schedule, curve.schedule
    assert schedule == curve
    assert any("stretched" in why for why in recipe.reasons) == (epochs != published.epochs)


def test_a_rate_of_one_s_own() -> None:
    recipe = sc.recommend(domain="cnn", epochs=20, batch_size=64, lr=0.3)
    assert recipe.schedule(0.3) == 0.3
    assert recipe.reasons[1] == "the learning rate 0.3 is yours; published is 1.0"
    assert not any("batch" in reason for reason in recipe.reasons)


def test_far_from_what_was_published_is_said() -> None:
    for near, far in ((2048, 2049), (32, 31)):
        assert not any("far" in reason for reason in RECIPES["resnet"].at(batch_size=near).reasons)
        said = RECIPES["resnet"].at(batch_size=far).reasons[-1]
        assert said.startswith(f"batches of {far} are far from the published 256")


@pytest.mark.parametrize(
    ("asked", "name", "reason"),
    [
        ({"domain": "cnn"}, "resnet_cosine", "a convolutional network and a long run"),
        ({"domain": "cnn", "epochs": 31}, "resnet_cosine", "a convolutional network"),
        ({"domain": "cnn", "epochs": 30}, "one_cycle", "30 epochs: one cycle"),
        ({"domain": "cnn", "epochs": 10}, "one_cycle", "10 epochs: one cycle"),
        ({"domain": "cnn", "epochs": 9}, "short", "9 epochs: too few"),
        ({"domain": "cnn", "epochs": 90, "batch_size": 1024}, "resnet_cosine", "a convolutional"),
        ({"domain": "cnn", "batch_size": 1025}, "large_batch", "batches of 1025"),
        ({"domain": "cnn", "epochs": 5, "batch_size": 4096}, "short", "5 epochs"),
        ({"domain": "vit", "epochs": 20}, "swin", "a vision transformer"),
        ({"domain": "bert"}, "bert", "a masked language model"),
        ({"domain": "gpt"}, "gpt", "a language model"),
        ({"domain": "translation"}, "transformer", "the original Transformer"),
        ({"domain": "detection"}, "faster_rcnn", "a two-stage detector"),
        ({"domain": "segmentation"}, "deeplab", "a convolutional network"),
        ({"domain": "self_supervised"}, "swav", "large batches without labels"),
        ({"domain": "vit", "pretrained": True}, "fine_tuning", "pretrained weights"),
        ({"domain": "swin", "pretrained": True}, "swin", "asked for by its name"),
        ({"domain": "bert", "pretrained": True}, "bert_fine_tuning", "pretrained weights"),
        ({"domain": "gpt", "pretrained": True}, "gpt_fine_tuning", "pretrained weights"),
        ({"domain": "bert_fine_tuning", "pretrained": True}, "bert_fine_tuning", "asked for"),
        ({"domain": "detr"}, "detr", "asked for by its name"),
    ],
)
def test_the_flowchart(asked: dict[str, Any], name: str, reason: str) -> None:
    recipe = sc.recommend(**asked)
    assert recipe.name == name
    assert recipe.reasons[0].startswith(reason)


@names
def test_every_recipe_can_be_asked_for(name: str) -> None:
    assert sc.recommend(domain=name).schedule == RECIPES[name].at().schedule


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("resnett", "resnet"),
        ("ViT", "vit"),
        ("vision", "cnn"),
        ("vision_transformer", "vit"),
        ("nlp", "gpt"),
        ("object_detection", "detection"),
        ("semantic_segmentation", "segmentation"),
        ("self-supervised", "self_supervised"),
        ("finetune", "fine_tuning"),
    ],
)
def test_an_unknown_domain(word: str, meant: str) -> None:
    message = rf"recommend: unknown domain '{word}': did you mean '{meant}'\? Domains are cnn, vit,"
    with pytest.raises(ValueError, match=message):
        sc.recommend(domain=word)
    with pytest.raises(ValueError, match=r"unknown domain 'xyz': Domains are .*; recipes are "):
        sc.recommend(domain="xyz")


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"domain": 3}, TypeError, "recommend: 'domain' must be a string, got 3"),
        ({"epochs": 0}, ValueError, "recommend: 'epochs' must be at least 1, got 0"),
        ({"epochs": 1.5}, TypeError, "recommend: 'epochs' must be an integer, got 1.5"),
        ({"batch_size": -1}, ValueError, "recommend: 'batch_size' must be at least 1, got -1"),
        ({"lr": 0.0}, ValueError, "recommend: 'lr' must be above 0, got 0.0"),
        ({"pretrained": 1}, TypeError, "recommend: 'pretrained' must be True or False, got 1"),
        ({"num_epochs": 9}, TypeError, "unknown parameter 'num_epochs': did you mean 'epochs'"),
        ({"batchsize": 9}, TypeError, "unknown parameter 'batchsize': did you mean 'batch_size'"),
    ],
)
def test_what_recommend_refuses(
    asked: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        sc.recommend(**{"domain": "cnn", **asked})


def test_a_recipe_may_be_made() -> None:
    own = sc.Recipe("own", "a title", "SGD", (("momentum", 0.9),), sc.Cosine(0.1, 0.0), 3, None)
    assert str(own) == (
        "own: a title\noptimizer: SGD(params, momentum=0.9)\nschedule: Cosine(start=0.1, end=0.0)"
    )
    assert str(RECIPES["swav"].at()).splitlines()[2] == (
        "LARC: clip=False, trust_coefficient=0.001, eps=1e-08"
    )
    assert "lr_scale: backbone 0.1, head 1.0" in str(RECIPES["detr"].at())
    assert "without weight decay: normalization, biases" in str(RECIPES["swin"].at())
