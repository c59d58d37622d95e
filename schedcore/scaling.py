"""Learning rates for another batch size: the linear and the square root rule."""

import math
from fractions import Fraction

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
