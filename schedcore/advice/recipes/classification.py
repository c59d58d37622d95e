"""Recipes of image classification, and of learning images without labels."""

from fractions import Fraction
from functools import partial

from schedcore.advice.recipes._published import NORMS_AND_BIASES, SQRT, Published
from schedcore.combinators import Join, Restrict
from schedcore.curves import Cosine, Linear, Steps
from schedcore.recipes import one_cycle, warmup, warmup_cosine
from schedcore.schedule import Schedule

_GOYAL = "Goyal et al. 2017, Accurate, Large Minibatch SGD, arXiv:1706.02677, sections 2.2 and 5.1"
_SGD = (("momentum", 0.9), ("nesterov", True), ("weight_decay", 1e-4))
_ADAMW = (("betas", (0.9, 0.999)), ("weight_decay", 0.05))


def _goyal(lr: float) -> Schedule:
    """Steps at epochs 30, 60 and 80 of 90; above 0.1 a warmup from 0.1 over the first 5."""
    places = (Fraction(30, 90), Fraction(60, 90), Fraction(80, 90))
    steps = Steps((lr, lr / 10, lr / 100, lr / 1000), places)
    if lr <= 0.1:
        return steps
    up = Fraction(5, 90)
    return Join((Linear(0.1, lr), Restrict(steps, up, 1)), (up, 1 - up))


def _short(lr: float) -> Schedule:
    """A line to 0; above 0.1 after a warmup, as in `_goyal`."""
    line = Linear(lr, 0.0)
    return line if lr <= 0.1 else warmup(line, Fraction(5, 90), start=0.1)


def _efficientnet(lr: float) -> Schedule:
    """0.97 of it every 2.4 of 350 epochs, under a warmup over the first 5."""
    every = Fraction("2.4") / 350
    count = int(1 / every)
    steps = Steps(
        [lr * 0.97**j for j in range(count + 1)], [j * every for j in range(1, count + 1)]
    )
    up = Fraction(5, 350)
    return Join((Linear(0.0, lr), Restrict(steps, up, 1)), (up, 1 - up))


def _deit(lr: float) -> Schedule:
    """A cosine that begins under the warmup, as timm's does."""
    up = Fraction(5, 300)
    cosine = Restrict(Cosine(lr, _floor(1e-5, lr)), up, 1)
    return Join((Linear(_floor(1e-6, lr), lr), cosine), (up, 1 - up))


def _convnext(lr: float) -> Schedule:
    """A warmup and a cosine down to 1e-6."""
    return warmup_cosine(lr, Fraction(20, 300), end=_floor(1e-6, lr))


def _floor(published: float, lr: float) -> float:
    """A first or last value as published, or a tenth of a learning rate that is not far above."""
    return min(published, lr / 10)


def _swin(lr: float) -> Schedule:
    """First and last value follow the learning rate: 5e-7 and 5e-6 for 5e-4."""
    return warmup_cosine(lr, Fraction(20, 300), start=lr / 1000, end=lr / 100)


def _swav(lr: float) -> Schedule:
    """From 0.3 to 4.8 in 10 of 400 epochs, then down to 0.0048."""
    return warmup_cosine(lr, Fraction(10, 400), start=lr / 16, end=lr / 1000)


CLASSIFICATION = (
    Published(
        name="resnet",
        title="ResNet-50 on ImageNet",
        optimizer="SGD",
        options=_SGD,
        lr=0.1,
        shape=_goyal,
        length="90 epochs",
        epochs=90,
        batch_size=256,
        sources=(
            _GOYAL,
            "He et al. 2016, Deep Residual Learning, arXiv:1512.03385, section 3.4",
        ),
        undecayed=("normalization",),
    ),
    Published(
        name="large_batch",
        title="ResNet-50 on ImageNet, in batches of 8192",
        optimizer="SGD",
        options=_SGD,
        lr=3.2,
        shape=_goyal,
        length="90 epochs",
        epochs=90,
        batch_size=8192,
        sources=(_GOYAL,),
        undecayed=("normalization",),
        notes=("the linear rule held up to batches of 8192, and not beyond (figure 1)",),
    ),
    Published(
        name="resnet_cosine",
        title="ResNet-50 on ImageNet, with warmup and a cosine",
        optimizer="SGD",
        options=_SGD,
        lr=0.4,
        shape=partial(warmup_cosine, warmup=Fraction(5, 120)),
        length="120 epochs",
        epochs=120,
        batch_size=1024,
        undecayed=NORMS_AND_BIASES,
        sources=(
            "He et al. 2019, Bag of Tricks for Image Classification, arXiv:1812.01187, sections "
            "2.1, 3.1 and 5.1",
        ),
    ),
    Published(
        name="convnext",
        title="ConvNeXt on ImageNet",
        optimizer="AdamW",
        options=_ADAMW,
        lr=4e-3,
        shape=_convnext,
        length="300 epochs",
        epochs=300,
        batch_size=4096,
        rule="sqrt",
        rule_source=SQRT,
        undecayed=NORMS_AND_BIASES,
        sources=(
            "Liu et al. 2022, A ConvNet for the 2020s, arXiv:2201.03545, table 5",
            "the last value 1e-6: main.py of https://github.com/facebookresearch/ConvNeXt",
        ),
        notes=("stochastic depth, label smoothing, mixup and cutmix (table 5)",),
    ),
    Published(
        name="efficientnet",
        title="EfficientNet on ImageNet",
        optimizer="RMSprop",
        options=(("alpha", 0.9), ("eps", 1e-3), ("momentum", 0.9), ("weight_decay", 1e-5)),
        lr=0.256,
        shape=_efficientnet,
        length="350 epochs",
        epochs=350,
        batch_size=4096,
        sources=(
            "Tan and Le 2019, EfficientNet, arXiv:1905.11946, section 5.2",
            "350 epochs, the warmup, eps, and 0.016 at batches of 256: the code in "
            "https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet",
        ),
        undecayed=("normalization",),
        notes=(
            "momentum 0.99 for batch normalization (section 5.2; torch's 0.01)",
            "TensorFlow's RMSProp adds eps inside the root, torch's outside",
        ),
    ),
    Published(
        name="vit_base",
        title="ViT-B on ImageNet, from scratch",
        optimizer="AdamW",
        options=(("betas", (0.9, 0.999)), ("weight_decay", 0.3)),
        lr=3e-3,
        shape=partial(warmup_cosine, warmup=Fraction(10_000 * 4096, 300 * 1_281_167)),
        length="300 epochs",
        epochs=300,
        batch_size=4096,
        rule="sqrt",
        rule_source=SQRT,
        sources=("Dosovitskiy et al. 2021, ViT, arXiv:2010.11929, appendix B.1 and table 3",),
        notes=("clip the norm of the gradient at 1 (table 3)",),
    ),
    Published(
        name="deit",
        title="DeiT on ImageNet",
        optimizer="AdamW",
        options=_ADAMW,
        lr=1e-3,
        shape=_deit,
        length="300 epochs",
        epochs=300,
        batch_size=1024,
        rule_source="0.0005 * batch size / 512, table 9",
        by_epoch=True,
        undecayed=NORMS_AND_BIASES,
        sources=(
            "Touvron et al. 2021, DeiT, arXiv:2012.12877, table 9",
            "first and last value: main.py of https://github.com/facebookresearch/deit",
        ),
        notes=("stochastic depth, label smoothing, mixup, cutmix and repeated augmentation",),
    ),
    Published(
        name="swin",
        title="Swin Transformer on ImageNet",
        optimizer="AdamW",
        options=_ADAMW,
        lr=1e-3,
        shape=_swin,
        length="300 epochs",
        epochs=300,
        batch_size=1024,
        rule_source="as main.py of https://github.com/microsoft/Swin-Transformer does",
        undecayed=NORMS_AND_BIASES,
        sources=(
            "Liu et al. 2021, Swin Transformer, arXiv:2103.14030, appendix A2.1",
            "first and last value: config.py of https://github.com/microsoft/Swin-Transformer",
        ),
        notes=("clip the norm of the gradient (at 1 in the paper, at 5 in its code)",),
    ),
    Published(
        name="one_cycle",
        title="ResNet-50 on ImageNet in 20 epochs, by one cycle",
        optimizer="SGD",
        options=(("momentum", 0.9), ("weight_decay", 3e-6)),
        lr=1.0,
        shape=partial(one_cycle, div=20, final_div=1000),
        length="20 epochs",
        epochs=20,
        sources=(
            "Smith and Topin 2019, Super-Convergence, arXiv:1708.07120, figure 6 and its text: "
            "20 epochs, from 0.05 to 1.0, then down to 0.00005, weight decay 3e-6",
            "0.3 of the run to go up, along cosines: the defaults of torch's OneCycleLR",
        ),
        notes=(
            "the highest rate depends on network, data and batch: find it by a range test",
            "so high a rate needs less weight decay than the usual 1e-4 (figure 6)",
        ),
    ),
    Published(
        name="short",
        title="ResNet on ImageNet in a few epochs",
        optimizer="SGD",
        options=_SGD,
        lr=0.1,
        shape=_short,
        length="any budget",
        batch_size=256,
        sources=(
            "Li, Yumer and Ramanan 2020, Budgeted Training, arXiv:1905.04753: a line to 0 for any "
            "budget",
            "the rest: Goyal et al. 2017, arXiv:1706.02677, section 5.1",
        ),
        undecayed=("normalization",),
    ),
    Published(
        name="swav",
        title="SwAV, ResNet-50 on ImageNet without labels, with LARC",
        optimizer="SGD",
        options=(("momentum", 0.9), ("nesterov", False), ("weight_decay", 1e-6)),
        lr=4.8,
        shape=_swav,
        length="400 epochs",
        epochs=400,
        batch_size=4096,
        larc=(("clip", False), ("trust_coefficient", 0.001), ("eps", 1e-8)),
        sources=(
            "Caron et al. 2020, SwAV, arXiv:2006.09882, appendix A",
            "scripts/swav_400ep_pretrain.sh of https://github.com/facebookresearch/swav",
        ),
        notes=(
            "for batches of 256 its scripts have 0.6 without warmup, twice what the rule gives",
        ),
    ),
)
