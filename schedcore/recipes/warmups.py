"""Recipes that begin with a warmup, or end with a cooldown."""

from fractions import Fraction

from schedcore._checks import answering, fault, integer, positive
from schedcore._exact import Length, share
from schedcore.combinators import Join
from schedcore.curves import Constant, Cosine, InversePower, Linear
from schedcore.recipes._shape import Shape
from schedcore.schedule import Schedule


@answering
def warmup(schedule: Schedule, length: Length, start: float = 0.0) -> Schedule:
    """A linear warmup over the first `length` of the run, then the whole schedule in the rest.

    Parameters:
        schedule: what follows; the warmup leads to its first value.
        length: share of the run that the warmup takes.
        start: value at progress 0.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    Source: Goyal et al. 2017, "Accurate, Large Minibatch SGD", arXiv:1706.02677, section 2.2.

    >>> warmup(Constant(0.4), 0.25)(0.125)
    0.2
    """
    length = share("warmup", "length", length)
    return Join((Linear(start, schedule(0.0)), schedule), (length, 1 - length))


@answering
def cooldown(
    schedule: Schedule, length: Length, end: float = 0.0, shape: Shape = Linear
) -> Schedule:
    """The whole schedule, then a cooldown from its last value over the last `length` of the run.

    Parameters:
        schedule: what comes before.
        length: share of the run that the cooldown takes.
        end: value at progress 1.
        shape: what the cooldown is made with, from its start and end.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    Source: Zhai et al. 2022, "Scaling Vision Transformers", arXiv:2106.04560, section 3.5.

    >>> cooldown(Constant(0.4), 0.25)([0.75, 0.875, 1.0])
    array([0.4, 0.2, 0. ])
    """
    length = share("cooldown", "length", length)
    return Join((schedule, shape(schedule(1.0), end)), (1 - length, length))


@answering
def warmup_cosine(peak: float, warmup: Length, start: float = 0.0, end: float = 0.0) -> Schedule:
    """A linear warmup to `peak`, then half a cosine down to `end`: SwAV, MAE, DINO, most ViTs.

    Parameters:
        peak: value at the end of the warmup.
        warmup: share of the run that the warmup takes.
        start, end: values at progress 0 and 1.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    Source: Goyal et al. 2017, arXiv:1706.02677; Loshchilov and Hutter 2017, arXiv:1608.03983.

    >>> warmup_cosine(0.1, 0.2)([0.0, 0.2, 0.6, 1.0])
    array([0.  , 0.1 , 0.05, 0.  ])
    """
    return _warmup("warmup_cosine", warmup, start, peak, Cosine(peak, end))


@answering
def warmup_linear(peak: float, warmup: Length, start: float = 0.0, end: float = 0.0) -> Schedule:
    """A linear warmup to `peak`, then a line down to `end`: BERT.

    Parameters:
        peak: value at the end of the warmup.
        warmup: share of the run that the warmup takes.
        start, end: values at progress 0 and 1.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    Source: Devlin et al. 2019, "BERT", arXiv:1810.04805, appendix A.2.

    >>> warmup_linear(0.1, 0.2)([0.0, 0.2, 0.6, 1.0])
    array([0.  , 0.1 , 0.05, 0.  ])
    """
    return _warmup("warmup_linear", warmup, start, peak, Linear(peak, end))


@answering
def warmup_constant(peak: float, warmup: Length, start: float = 0.0) -> Schedule:
    """A linear warmup to `peak`, which then holds.

    Parameters:
        peak: value at the end of the warmup and after it.
        warmup: share of the run that the warmup takes.
        start: value at progress 0.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    Source: Goyal et al. 2017, arXiv:1706.02677, section 2.2.

    >>> warmup_constant(0.1, 0.2)([0.0, 0.1, 0.2, 1.0])
    array([0.  , 0.05, 0.1 , 0.1 ])
    """
    return _warmup("warmup_constant", warmup, start, peak, Constant(peak))


def _warmup(owner: str, length: Length, start: float, peak: float, rest: Schedule) -> Schedule:
    length = share(owner, "warmup", length)
    return Join((Linear(start, peak), rest), (length, 1 - length))


@answering
def inverse_sqrt(peak: float, warmup: Length, start: float = 0.0) -> Schedule:
    """A linear warmup to `peak`, then `peak * sqrt(warmup / t)`.

    Parameters:
        peak: value at the end of the warmup.
        warmup: share of the run that the warmup takes, above 0.
        start: value at progress 0.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    Source: Vaswani et al. 2017, arXiv:1706.03762, equation (3), with a free peak (fairseq).

    >>> inverse_sqrt(0.1, 0.25)([0.125, 0.25, 1.0])
    array([0.05, 0.1 , 0.05])
    """
    length = share("inverse_sqrt", "warmup", warmup)
    if length == 0:
        raise ValueError(fault("inverse_sqrt", "warmup", "be above 0", warmup))
    if length == 1:
        return Linear(start, peak)
    tail = InversePower(peak, float(length / (1 - length)))
    return Join((Linear(start, peak), tail), (length, 1 - length))


@answering
def noam(model_dim: float, warmup_steps: int, total_steps: int) -> Schedule:
    """The Transformer's schedule: `model_dim**-0.5 * min(k**-0.5, k * warmup_steps**-1.5)`.

    k is the step of a run of `total_steps`, so read it with `over(total_steps)`.

    Parameters:
        model_dim: width of the model.
        warmup_steps: steps of the warmup, at least 1.
        total_steps: steps of the run.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    Source: Vaswani et al. 2017, "Attention Is All You Need", arXiv:1706.03762, equation (3).

    >>> noam(512, warmup_steps=4000, total_steps=100000).over(100000)(4000)
    0.0006987712429686843
    """
    model_dim = positive("noam", "model_dim", model_dim)
    steps = integer("noam", "warmup_steps", warmup_steps, 1)
    total = integer("noam", "total_steps", total_steps, 1)
    peak = (model_dim * steps) ** -0.5
    if steps >= total:
        return Linear(0.0, peak * float(Fraction(total, steps)))
    return inverse_sqrt(peak, Fraction(steps, total))


@answering
def wsd(
    peak: float,
    warmup: Length,
    cooldown: Length,
    shape: Shape = Linear,
    end: float = 0.0,
    start: float = 0.0,
) -> Schedule:
    """Warmup, stable, decay: a linear warmup, `peak` for as long as it lasts, and a cooldown.

    Parameters:
        peak: value between warmup and cooldown.
        warmup, cooldown: shares of the run that they take.
        shape: what the cooldown is made with, from its start and end; `partial(Power, power=0.5)`
            is the 1-sqrt of Hägele et al. 2024, arXiv:2405.18392.
        end, start: values at progress 1 and 0.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    Source: Hu et al. 2024, "MiniCPM", arXiv:2404.06395, section 4.

    >>> wsd(0.1, warmup=0.1, cooldown=0.2)([0.05, 0.1, 0.8, 0.9, 1.0])
    array([0.05, 0.1 , 0.1 , 0.05, 0.  ])
    """
    up, down = share("wsd", "warmup", warmup), share("wsd", "cooldown", cooldown)
    if up + down > 1:
        raise ValueError(
            f"wsd: 'warmup' and 'cooldown' must leave the run at most full, got {warmup!r} and "
            f"{cooldown!r}, {float(up + down)!r} together"
        )
    pieces = (Linear(start, peak), Constant(peak), shape(peak, end))
    return Join(pieces, (up, 1 - up - down, down))
