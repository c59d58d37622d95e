"""Where it is hard: extreme values, every curve's parameters, nested boundaries."""

import math
import re
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

import schedcore as sc

Strategy = st.SearchStrategy[Any]


def wide() -> Strategy:
    """Every value that is allowed: 0, and 2.3e-308 to 1e150 of either sign."""
    sizes = st.one_of(
        st.floats(1e-6, 10.0),
        st.floats(2.2250738585072014e-308, 1e150, allow_subnormal=False),
        st.sampled_from([1.0, 0.1, 4.8, 0.0048, 1e-3, 1e150, 2.2250738585072014e-308]),
    )
    return st.one_of(st.just(0.0), sizes, sizes.map(lambda x: -x))


def neighbours() -> Strategy:
    """Pairs of pairs: ends that differ by an ulp, or not at all, or in sign."""
    return st.one_of(
        st.tuples(wide(), wide()),
        wide().map(lambda x: (x, x)),
        st.floats(1e-6, 10.0).map(lambda x: (x, math.nextafter(x, 11.0))),
        st.floats(1e-6, 10.0).map(lambda x: (x, -x)),
    )


POWERS = st.one_of(st.sampled_from([0.125, 0.5, 0.9, 1.0, 2.0, 8.0]), st.floats(0.125, 8.0))
RATES = st.one_of(st.sampled_from([1e-9, math.log(2), 10.0]), st.floats(1e-9, 10.0)).flatmap(
    lambda x: st.sampled_from([x, -x])
)
BETAS = st.one_of(st.sampled_from([0.0, 0.5, 0.9, 0.99, 1e-12]), st.floats(0.0, 0.99))
STRETCHES = st.tuples(st.floats(-10.0, 10.0), st.floats(-10.0, 10.0)).filter(
    lambda ends: ends[0] != ends[1]
)

MORE: dict[str, Strategy] = {
    "Linear": st.just({}),
    "Cosine": st.just({}),
    "Exponential": st.just({}),
    "Polynomial": st.fixed_dictionaries({"power": POWERS}),
    "Power": st.fixed_dictionaries({"power": POWERS}),
    "Rex": st.fixed_dictionaries({"beta": BETAS}),
    "Saturating": st.fixed_dictionaries({"rate": RATES}),
    "Tanh": STRETCHES.map(lambda ends: {"lower": ends[0], "upper": ends[1]}),
}
"""What a curve between two ends takes besides them, where its accuracy is promised."""


def parameters(name: str, ends: Strategy) -> Strategy:
    """The parameters of a curve, by the name of its class."""
    if name == "Constant":
        return ends.map(lambda pair: {"value": pair[0]})
    if name == "InversePower":
        return st.builds(
            lambda pair, timescale, power: {
                "start": pair[0],
                "timescale": timescale,
                "power": power,
            },
            ends,
            st.floats(1e-3, 100.0),
            POWERS,
        )
    if name == "Exponential":
        ends = ends.filter(lambda pair: pair[0] * math.copysign(1.0, pair[1]) > 0 and pair[1] != 0)
    return st.builds(
        lambda pair, more: {"start": pair[0], "end": pair[1], **more}, ends, MORE[name]
    )


def one_sign() -> Strategy:
    """Ends of one sign, or one of them 0: where digits are promised near the smaller one."""
    sizes = st.one_of(st.floats(1e-9, 10.0), st.sampled_from([1.0, 0.1, 4.8, 0.0048]))
    pairs = st.one_of(
        st.tuples(sizes, sizes),
        sizes.map(lambda x: (x, 0.0)),
        sizes.map(lambda x: (0.0, x)),
    )
    return st.tuples(pairs, st.sampled_from([1.0, -1.0])).map(
        lambda drawn: (drawn[0][0] * drawn[1] + 0.0, drawn[0][1] * drawn[1] + 0.0)
    )


def hard(seam: float = 0.5) -> Strategy:
    """Progresses at both ends, at a seam, and between."""
    return st.one_of(
        st.sampled_from([0.0, 5e-324, 1e-300, 0.5, math.nextafter(1.0, 0.0), 1.0]),
        st.floats(0.0, 1.0),
        st.floats(-18.0, 0.0).map(lambda e: 10.0**e),
        st.floats(-16.0, 0.0).map(lambda e: max(0.0, 1.0 - 10.0**e)),
        st.floats(-1e-9, 1e-9).map(lambda d: min(max(seam + d, 0.0), 1.0)),
    )


def decimal_and_ratio_lengths() -> Strategy:
    """Lengths as people write them: 0.1, 5/90 (a float), Fraction(1, 3), "1/3"."""
    ratios = st.integers(1, 400).flatmap(lambda q: st.integers(1, q).map(lambda p: Fraction(p, q)))
    decimals = st.integers(1, 999).map(lambda k: Fraction(k, 1000))
    return st.one_of(decimals, ratios).flatmap(
        lambda x: st.sampled_from([(x, x), (x, float(x)), (x, f"{x.numerator}/{x.denominator}")])
    )


def marked(count: int) -> list[sc.Schedule]:
    """Constants that tell which piece one is in."""
    return [sc.Constant(float(i + 1)) for i in range(count)]


def whole(message: str) -> str:
    """A pattern for `match=` that takes this sentence and no other."""
    return f"^{re.escape(message)}$"
