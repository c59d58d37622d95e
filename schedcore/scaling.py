"""Learning rates for another batch size: the linear and the square root rule, and VISSL's."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from schedcore._checks import one_of, positive, value
from schedcore._exact import fraction


def scale_lr(
    base_value: float, base_batch_size: float, batch_size: float, rule: str = "linear"
) -> float:
    """The learning rate for a batch size, from the one that is known for another.

        linear: base_value * batch_size / base_batch_size
        sqrt:   base_value * sqrt(batch_size / base_batch_size)

    Parameters:
        base_value: learning rate at `base_batch_size`; a decimal such as 0.1 is that decimal, and
            the product is rounded once, so that three times 0.1 is 0.3.
        base_batch_size, batch_size: samples of one update, over all processes and accumulated
            batches; above 0.
        rule: "linear" for SGD, "sqrt" for a gentler one.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    Source: Goyal et al. 2017, "Accurate, Large Minibatch SGD", arXiv:1706.02677, section 2.1;
    Krizhevsky 2014, arXiv:1404.5997, section 5 (the square root).

    >>> scale_lr(0.1, 256, 768), scale_lr(0.3, 256, 4096, rule="sqrt")
    (0.3, 1.2)
    """
    base = fraction("scale_lr", "base_value", value("scale_lr", "base_value", base_value))
    small = positive("scale_lr", "base_batch_size", base_batch_size)
    ratio = Fraction(positive("scale_lr", "batch_size", batch_size)) / Fraction(small)
    rule = one_of("scale_lr", "rule", rule, ("linear", "sqrt"))
    try:
        if rule == "sqrt":
            ratio = Fraction(math.sqrt(ratio))
        scaled = float(base * ratio)
    except OverflowError:
        scaled = math.inf
    return value("scale_lr", "base_value", scaled)


def scale_config(
    config: Mapping[str, Any], batch_size: int, *, node_batch_size: int | None = None
) -> tuple[dict[str, Any], list[str]]:
    """A configuration with the learning rates for a batch size, and what was changed, in words.

    Where `auto_lr_scaling` says `auto_scale: true`, the schedule is rewritten so that its learning
    rate is lr = `scale_lr(base_value, base_lr_batch_size, batch_size, scaling_type)`:

        cosine, cosine_warm_restart   start_value = lr, end_value in proportion
        multistep, step               the first of values = lr, the others in proportion
        step_with_fixed_gamma, polynomial          base_value = lr
        exponential, inverse_sqrt                  start_value = lr
        constant                                   value = lr
        linear       a warmup: end_value = lr, and with node_batch_size
                     start_value = base_value * node_batch_size / base_lr_batch_size
        composite    each part. If batch_size is not above base_lr_batch_size, the warmups that it
                     begins with are removed; the other lengths keep their proportions.

    In the result `auto_scale` is false, so that it is not scaled again.

    Parameters:
        config: as `from_config` takes it. It is not changed; what asks for no scaling stays.
        batch_size: samples of one update over all processes.
        node_batch_size: those of one machine, from which VISSL's warmups start.

    Returns:
        a new configuration, and one line for each change, with the path in the given one:
        `schedulers[0].end_value: 4.8 -> 2.4`.

    Raises:
        ValueError: for a configuration that can not be scaled: a schedule without a rule, a first
            value of 0 to keep a proportion to, a linear schedule that goes down (it is no warmup),
            another that goes up, a constant below the rest of its composite, a warmup that would
            start above its end, warmups alone. All of it is told at once.

    Source: VISSL's documentation, "Auto-scaling of Learning Rate", after Goyal et al. 2017,
    arXiv:1706.02677. Unlike VISSL's code this removes no warmup of a larger batch, keeps values
    that are not geometric in proportion, and leaves `start_value` alone unless told.

    >>> config = {
    ...     "name": "cosine", "start_value": 0.1, "end_value": 0.0,
    ...     "auto_lr_scaling": {"auto_scale": True, "base_value": 0.1, "base_lr_batch_size": 256},
    ... }
    >>> scaled, changes = scale_config(config, 1024)
    >>> changes
    ['start_value: 0.1 -> 0.4']
    """
    from schedcore._config.batch_size import scaled  # here, since few programs scale one

    return scaled(config, batch_size, node_batch_size, scale_lr)
