"""Recipes of detection and segmentation, all from a pretrained backbone."""

from fractions import Fraction
from functools import partial

from schedcore.advice.recipes._published import SQRT, Published
from schedcore.combinators import Join, Restrict
from schedcore.curves import Linear, Steps
from schedcore.recipes import poly, warmup_constant
from schedcore.schedule import Schedule


def _faster_rcnn(lr: float) -> Schedule:
    """Of 90,000 updates: a warmup from a thousandth over 1000, steps at 60,000 and 80,000."""
    steps = Steps((lr, lr / 10, lr / 100), (Fraction(6, 9), Fraction(8, 9)))
    warmup = Fraction(1, 90)
    return Join((Linear(lr / 1000, lr), Restrict(steps, warmup, 1)), (warmup, 1 - warmup))


def _detr(lr: float) -> Schedule:
    """A step at epoch 200 of 300."""
    return Steps((lr, lr / 10), (Fraction(200, 300),))


def _segformer(lr: float) -> Schedule:
    """A line to 0, times a warmup from a millionth over 1500 of 160,000 updates."""
    return Linear(lr, 0.0) * warmup_constant(1.0, Fraction(1500, 160_000), start=1e-6)


DENSE = (
    Published(
        name="faster_rcnn",
        title="Faster R-CNN with FPN on COCO, the 1x schedule",
        optimizer="SGD",
        options=(("momentum", 0.9), ("weight_decay", 1e-4)),
        lr=0.02,
        shape=_faster_rcnn,
        length="90,000 updates, about 12 epochs",
        epochs=12,
        batch_size=16,
        sources=(
            "Lin et al. 2017, Feature Pyramid Networks, arXiv:1612.03144, section 5: 0.02, "
            "momentum and weight decay",
            "the 1x schedule and its warmup: configs/Base-RCNN-FPN.yaml and the defaults of "
            "https://github.com/facebookresearch/detectron2",
        ),
    ),
    Published(
        name="detr",
        title="DETR on COCO",
        optimizer="AdamW",
        options=(("betas", (0.9, 0.999)), ("weight_decay", 1e-4)),
        lr=1e-4,
        shape=_detr,
        length="300 epochs",
        epochs=300,
        batch_size=64,
        rule="sqrt",
        rule_source=SQRT,
        groups=(("backbone", 0.1), ("head", 1.0)),
        sources=("Carion et al. 2020, DETR, arXiv:2005.12872, section 4 and appendix A.4",),
        notes=(
            "the group head is all but the backbone",
            "clip the norm of the gradient at 0.1 (appendix A.4)",
        ),
    ),
    Published(
        name="deeplab",
        title="DeepLabv3 on PASCAL VOC",
        optimizer="SGD",
        options=(("momentum", 0.9), ("weight_decay", 1e-4)),
        lr=0.007,
        shape=partial(poly, power=0.9),
        length="30,000 updates",
        batch_size=16,
        sources=(
            "Chen et al. 2017, Rethinking Atrous Convolution, arXiv:1706.05587, section 4.1",
            "momentum and weight decay: deeplab/train.py of https://github.com/tensorflow/models",
        ),
    ),
    Published(
        name="segformer",
        title="SegFormer on ADE20K",
        optimizer="AdamW",
        options=(("betas", (0.9, 0.999)), ("weight_decay", 0.01)),
        lr=6e-5,
        shape=_segformer,
        length="160,000 updates",
        batch_size=16,
        rule="sqrt",
        rule_source=SQRT,
        groups=(("backbone", 1.0), ("head", 10.0)),
        sources=(
            "Xie et al. 2021, SegFormer, arXiv:2105.15203, section 4.1",
            "warmup, weight decay and the head's factor: local_configs/segformer/B0 of "
            "https://github.com/NVlabs/SegFormer",
        ),
        undecayed=("normalization",),
        notes=("no weight decay for position blocks either",),
    ),
)
