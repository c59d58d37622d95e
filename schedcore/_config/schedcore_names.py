"""Our own schedules: by their Python names in lower case, with their Python parameters as keys.

Only `start`, `end` and `pieces` are written in VISSL's words, so that a file has one word for each.
Where VISSL has a name with other keys, the keys that are there say which is meant.
"""

from schedcore._config.signatures import Form, form
from schedcore._config.value_types import (
    FLAG,
    LENGTH,
    NUMBER,
    OPERAND,
    SCHEDULE,
    SHAPE,
    WHOLE,
    several,
    word,
)
from schedcore.combinators import Hold, Join, Repeat, Restrict, Reverse, Warp, clip
from schedcore.combinators.extremes import Maximum, Minimum
from schedcore.curves import (
    Constant,
    Cosine,
    Exponential,
    InversePower,
    Linear,
    Points,
    Polynomial,
    Power,
    Rex,
    Saturating,
    Steps,
    Tanh,
)
from schedcore.recipes import (
    cooldown,
    cosine_restarts,
    flat_cosine,
    inverse_sqrt,
    multistep,
    noam,
    one_cycle,
    poly,
    sgdr,
    step_decay,
    triangular,
    warmup,
    warmup_constant,
    warmup_cosine,
    warmup_linear,
    wsd,
)
from schedcore.schedule import Difference, Product, Quotient, Sum

ENDS = {"start": NUMBER, "end": NUMBER}
OPERANDS = {"left": OPERAND, "right": OPERAND}
PART = {"schedule": SCHEDULE}

# Those that a configuration is written in; the name of each is told by its class.
CLASSES: dict[str, Form] = {
    "constant": form(Constant, value=NUMBER),
    "linear": Form(Linear, ENDS),
    "cosine": Form(Cosine, ENDS),
    "exponential": Form(Exponential, ENDS),
    "polynomial": Form(Polynomial, {**ENDS, "power": NUMBER}),
    "power": Form(Power, {**ENDS, "power": NUMBER}),
    "inverse_power": form(InversePower, start=NUMBER, timescale=NUMBER, power=NUMBER),
    "rex": Form(Rex, {**ENDS, "beta": NUMBER}),
    "saturating": Form(Saturating, {**ENDS, "rate": NUMBER}),
    "tanh": Form(Tanh, {**ENDS, "lower": NUMBER, "upper": NUMBER}),
    "steps": form(Steps, values=several(NUMBER), boundaries=several(LENGTH)),
    "points": form(Points, values=several(NUMBER), positions=several(LENGTH)),
    "composite": form(Join, pieces=several(SCHEDULE), lengths=several(LENGTH)),
    "restrict": Form(Restrict, {**PART, "lo": LENGTH, "hi": LENGTH}),
    "reverse": Form(Reverse, PART),
    "repeat": Form(Repeat, {**PART, "times": WHOLE, "stretch": LENGTH, "decay": NUMBER}),
    "hold": Form(Hold, {**PART, "updates": WHOLE}),
    "warp": Form(Warp, {**PART, "clock": SCHEDULE}),
    "sum": Form(Sum, OPERANDS),
    "difference": Form(Difference, OPERANDS),
    "product": Form(Product, OPERANDS),
    "quotient": Form(Quotient, OPERANDS),
    "minimum": Form(Minimum, OPERANDS),
    "maximum": Form(Maximum, OPERANDS),
}

# What is built of those, and read back as them.
RECIPES: dict[str, Form] = {
    "clip": Form(clip, {**PART, "lo": NUMBER, "hi": NUMBER}),
    "warmup": Form(warmup, {**PART, "length": LENGTH, "start": NUMBER}),
    "cooldown": Form(cooldown, {**PART, "length": LENGTH, "end": NUMBER, "shape": SHAPE}),
    "warmup_cosine": Form(warmup_cosine, {"peak": NUMBER, "warmup": LENGTH, **ENDS}),
    "warmup_linear": Form(warmup_linear, {"peak": NUMBER, "warmup": LENGTH, **ENDS}),
    "warmup_constant": form(warmup_constant, peak=NUMBER, warmup=LENGTH, start=NUMBER),
    "inverse_sqrt": form(inverse_sqrt, peak=NUMBER, warmup=LENGTH, start=NUMBER),
    "noam": form(noam, model_dim=NUMBER, warmup_steps=WHOLE, total_steps=WHOLE),
    "wsd": Form(
        wsd, {"peak": NUMBER, "warmup": LENGTH, "cooldown": LENGTH, "shape": SHAPE, **ENDS}
    ),
    "one_cycle": form(
        one_cycle,
        peak=NUMBER,
        warmup=LENGTH,
        div=NUMBER,
        final_div=NUMBER,
        shape=SHAPE,
        three_phase=FLAG,
    ),
    "cosine_restarts": Form(
        cosine_restarts,
        {
            **ENDS,
            "interval": LENGTH,
            "wave": word("half", "full"),
            "decay": NUMBER,
            "adaptive": FLAG,
        },
    ),
    "sgdr": Form(sgdr, {**ENDS, "first": LENGTH, "stretch": LENGTH}),
    "triangular": form(
        triangular, low=NUMBER, high=NUMBER, cycles=WHOLE, rise=LENGTH, decay=NUMBER, fade=NUMBER
    ),
    "step_decay": form(step_decay, start=NUMBER, gamma=NUMBER, times=WHOLE),
    "multistep": form(multistep, values=several(NUMBER), milestones=several(LENGTH), total=LENGTH),
    "flat_cosine": form(flat_cosine, peak=NUMBER, stable=LENGTH, end=NUMBER),
    "poly": form(poly, start=NUMBER, power=NUMBER, end=NUMBER),
}
