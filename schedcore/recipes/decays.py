"""Recipes that only go down."""

from collections.abc import Sequence
from fractions import Fraction

from schedcore._checks import answering, fault, integer, number
from schedcore._exact import Length, as_length, fraction, share
from schedcore.combinators import Join
from schedcore.combinators.repeat import MOST_CYCLES
from schedcore.curves import Constant, Cosine, Polynomial, Steps
from schedcore.schedule import Schedule


@answering
def step_decay(start: float, gamma: float, times: int) -> Schedule:
    """`start`, then `gamma` times that, and so on: `times` steps at equal distances.

    Parameters:
        start: value at progress 0.
        gamma: factor of each step.
        times: how many steps, at most 10000; so `times + 1` values.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    Source: He et al. 2016, "Deep Residual Learning", arXiv:1512.03385, section 3.4.

    >>> step_decay(0.1, 0.1, 2).boundaries
    (Fraction(1, 3), Fraction(2, 3))
    """
    count = integer("step_decay", "times", times, 0, MOST_CYCLES) + 1
    gamma = number("step_decay", "gamma", gamma)
    values = [start * gamma**j for j in range(count)]
    return Steps(values, [Fraction(j, count) for j in range(1, count)])


@answering
def multistep(values: Sequence[float], milestones: Sequence[Length], total: Length) -> Schedule:
    """`values` one after another, changing at `milestones` of `total`: epochs, or steps.

    Parameters:
        values: one more than the milestones.
        milestones: ascending, from 0 to `total`.
        total: the whole run, in the unit of the milestones.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    Source: He et al. 2016, "Deep Residual Learning", arXiv:1512.03385, section 3.4.

    >>> multistep((0.1, 0.01, 0.001), (30, 60), total=90)(0.5)
    0.01
    """
    whole = fraction("multistep", "total", total)
    if whole <= 0:
        raise ValueError(fault("multistep", "total", "be above 0", total))
    places = [as_length("multistep", f"milestones[{i}]", x) for i, x in enumerate(milestones)]
    for i, place in enumerate(places):
        if not 0 <= place <= whole:
            must = f"be between 0 and 'total', {total!r}"
            raise ValueError(fault("multistep", f"milestones[{i}]", must, milestones[i]))
    return Steps(values, [place / whole for place in places])


@answering
def flat_cosine(peak: float, stable: Length = 0.75, end: float = 0.0) -> Schedule:
    """`peak` for the `stable` share of the run, then half a cosine down to `end`.

    Parameters:
        peak: value from progress 0 on.
        stable: share of the run before the cosine.
        end: value at progress 1.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    Source: fastai's `fit_flat_cos`, with the optimizer Ranger (Wright 2019).

    >>> flat_cosine(0.1)([0.5, 0.75, 0.875, 1.0])
    array([0.1 , 0.1 , 0.05, 0.  ])
    """
    length = share("flat_cosine", "stable", stable)
    return Join((Constant(peak), Cosine(peak, end)), (length, 1 - length))


@answering
def poly(start: float, power: float = 0.9, end: float = 0.0) -> Schedule:
    """The "poly" policy of segmentation: `(1 - t)**power`.

    Parameters:
        start, end: values at progress 0 and 1.
        power: exponent, above 0.

    Raises:
        ValueError, TypeError: for parameters that are not such.

    Source: Chen et al. 2018, "DeepLab", arXiv:1606.00915, section 4.1.

    >>> poly(0.1, power=1.0)(0.75)
    0.025
    """
    return Polynomial(start, end, power)
