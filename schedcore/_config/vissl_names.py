"""VISSL's schedules, by VISSL's names and keys.

Source: Goyal et al. 2021, VISSL, its documentation "Using Optimizers" and its defaults.yaml; the
schedules are ClassyVision's (now fvcore.common.param_scheduler), and some of its own.
"""

from collections.abc import Sequence
from fractions import Fraction

from schedcore._checks import fault
from schedcore._config.signatures import Form, form
from schedcore._config.value_types import FLAG, LENGTH, NUMBER, SCHEDULE, WHOLE, several, word
from schedcore._exact import Length, as_length, shares
from schedcore._formulas.pieces import ZERO
from schedcore.combinators import Join, Restrict
from schedcore.curves import Constant, Cosine, Exponential, InversePower, Linear, Polynomial, Steps
from schedcore.recipes import cosine_restarts, step_decay
from schedcore.schedule import Schedule


def _exponential(start: float, decay: float) -> Schedule:
    if decay <= 0:
        raise ValueError(fault("exponential", "decay", "be above 0", decay))
    return Exponential(start, start * decay)


def _polynomial(start: float, power: float) -> Schedule:
    return Polynomial(start, 0.0, power)


def _inverse_sqrt(start: float, warmup_interval_length: Length) -> Schedule:
    # start * sqrt(w / t), which grows without bound below w; there the start holds.
    name = "warmup_interval_length"
    w = as_length("inverse_sqrt", name, warmup_interval_length)
    if not 0 < w < 1:
        must = "be above 0 and below 1"
        raise ValueError(fault("inverse_sqrt", name, must, warmup_interval_length))
    return Join((Constant(start), InversePower(start, float(w / (1 - w)))), (w, 1 - w))


def _step(values: Sequence[float]) -> Schedule:
    return Steps(values, [Fraction(j, len(values)) for j in range(1, len(values))])


def _multistep(values: Sequence[float], milestones: Sequence[Length], num_epochs: int) -> Schedule:
    places = [as_length("multistep", "milestones", x) for x in milestones]
    must = ""
    if len(places) != len(values) - 1:
        must = f"be one fewer than the {len(values)} values"
    elif places != sorted(places) or not all(0 <= place <= num_epochs for place in places):
        must = f"ascend from 0 to num_epochs, {num_epochs}"
    if must:
        raise ValueError(fault("multistep", "milestones", must, [*milestones]))
    return Steps(values, [place / num_epochs for place in places])


def _cosine_warm_restart(
    start: float,
    end: float,
    interval: Length,
    wave: str,
    decay: float = 1.0,
    adaptive: bool = False,
) -> Schedule:
    return cosine_restarts(start, end, interval, wave, decay, adaptive)


def _composite(
    pieces: Sequence[Schedule],
    lengths: Sequence[Length],
    interval_scaling: Sequence[str] = (),
) -> Schedule:
    if not pieces:
        raise ValueError("composite: 'pieces' must hold at least one schedule")
    scaling = interval_scaling or ["rescaled"] * len(pieces)  # VISSL's default is []
    for name, given in (("lengths", lengths), ("interval_scaling", scaling)):
        if len(given) != len(pieces):
            must = f"have {len(pieces)} items, one a schedule"
            raise ValueError(f"composite: {name!r} must {must}, got {len(given)}")
    exact = shares("composite", "lengths", lengths)
    placed = []
    start = ZERO
    for piece, length, kind in zip(pieces, exact, scaling, strict=True):
        fixed = kind == "fixed" and length
        placed.append(Restrict(piece, start, start + length) if fixed else piece)
        start += length
    return Join(placed, exact)


VISSL = {
    "constant": form(Constant, value=NUMBER),
    "linear": form(Linear, start=NUMBER, end=NUMBER),
    "cosine": form(Cosine, start=NUMBER, end=NUMBER),
    "exponential": form(_exponential, start=NUMBER, decay=NUMBER),
    "polynomial": Form(
        _polynomial, {"start": NUMBER, "power": NUMBER}, words={"start": "base_value"}
    ),
    "inverse_sqrt": form(_inverse_sqrt, start=NUMBER, warmup_interval_length=LENGTH),
    "step": form(_step, values=several(NUMBER)),
    "multistep": Form(
        _multistep,
        {"values": several(NUMBER), "milestones": several(LENGTH)},
        counted="milestones",
    ),
    "step_with_fixed_gamma": Form(
        step_decay,
        {"start": NUMBER, "gamma": NUMBER, "times": WHOLE},
        words={"start": "base_value", "times": "num_decays"},
    ),
    "cosine_warm_restart": Form(
        _cosine_warm_restart,
        {
            "start": NUMBER,
            "end": NUMBER,
            "interval": LENGTH,
            "wave": word("half", "full"),
            "decay": NUMBER,
            "adaptive": FLAG,
        },
        words={
            "interval": "restart_interval_length",
            "wave": "wave_type",
            "decay": "lr_multiplier",
            "adaptive": "is_adaptive",
        },
    ),
    "composite": form(
        _composite,
        pieces=several(SCHEDULE),
        lengths=several(LENGTH),
        interval_scaling=several(word("rescaled", "fixed")),
    ),
}
