"""Named schedules of the literature: only calls to curves and combinators, no formula."""

from schedcore.recipes.cycles import cosine_restarts, one_cycle, sgdr, triangular
from schedcore.recipes.decays import flat_cosine, multistep, poly, step_decay
from schedcore.recipes.warmups import (
    cooldown,
    inverse_sqrt,
    noam,
    warmup,
    warmup_constant,
    warmup_cosine,
    warmup_linear,
    wsd,
)

__all__ = [
    "cooldown",
    "cosine_restarts",
    "flat_cosine",
    "inverse_sqrt",
    "multistep",
    "noam",
    "one_cycle",
    "poly",
    "sgdr",
    "step_decay",
    "triangular",
    "warmup",
    "warmup_constant",
    "warmup_cosine",
    "warmup_linear",
    "wsd",
]
