"""Recipes of language: transformers trained from scratch."""

from fractions import Fraction
from functools import partial

from schedcore.advice.recipes._published import NORMS_AND_BIASES, SQRT, Published
from schedcore.combinators import Join
from schedcore.curves import Constant, Cosine, Linear, Power
from schedcore.recipes import inverse_sqrt, warmup_linear, wsd
from schedcore.schedule import Schedule


def _gpt(lr: float) -> Schedule:
    """Of 300 billion tokens: 0.375 of warmup, a cosine to a tenth until 260, which then stays."""
    low = 0.1 * lr
    up, down = Fraction(375, 300_000), Fraction(260, 300)
    pieces = (Linear(0.0, lr), Cosine(lr, low), Constant(low))
    return Join(pieces, (up, down - up, 1 - down))


_DECAYED = (("betas", (0.9, 0.95)), ("weight_decay", 0.1))

LANGUAGE = (
    Published(
        name="bert",
        title="BERT, pretraining",
        optimizer="AdamW",
        options=(("betas", (0.9, 0.999)), ("eps", 1e-6), ("weight_decay", 0.01)),
        lr=1e-4,
        shape=partial(warmup_linear, warmup=Fraction(10_000, 1_000_000)),
        length="1,000,000 updates, about 40 epochs",
        epochs=40,
        batch_size=256,
        rule="sqrt",
        rule_source=SQRT,
        undecayed=NORMS_AND_BIASES,
        sources=(
            "Devlin et al. 2019, BERT, arXiv:1810.04805, appendix A.2",
            "eps and what is not decayed: optimization.py of "
            "https://github.com/google-research/bert, whose line begins under the warmup",
        ),
        notes=("clip the norm of the gradient at 1 (optimization.py)",),
    ),
    Published(
        name="gpt",
        title="GPT-3, 125 million parameters",
        optimizer="AdamW",
        options=(("betas", (0.9, 0.95)), ("eps", 1e-8), ("weight_decay", 0.1)),
        lr=6e-4,
        shape=_gpt,
        length="300 billion tokens",
        batch_size=256,
        rule="sqrt",
        rule_source=SQRT,
        sources=(
            "Brown et al. 2020, Language Models are Few-Shot Learners, arXiv:2005.14165, table "
            "2.1 and appendix B",
        ),
        notes=(
            "a batch is 0.5 million tokens, about 256 sequences of 2048; it grows to that from "
            "32,000 tokens over the first 4 to 12 billion",
            "clip the norm of the gradient at 1 (appendix B)",
            "larger models have lower rates: 3e-4 for 350 million parameters, 0.6e-4 for 175 "
            "billion (table 2.1)",
        ),
    ),
    Published(
        name="gpt_wsd",
        title="a language model of 210 million parameters, constant with a cooldown",
        optimizer="AdamW",
        options=_DECAYED,
        lr=1e-3,
        shape=partial(
            wsd,
            warmup=Fraction(300, 15_000),
            cooldown=Fraction(1, 5),
            shape=partial(Power, power=0.5),
        ),
        length="15,000 updates",
        batch_size=200,
        rule="sqrt",
        rule_source=SQRT,
        sources=(
            "Hägele et al. 2024, Scaling Laws Beyond Fixed Training Durations, arXiv:2405.18392, "
            "section 3: the cooldown along 1-sqrt",
            "all numbers: src/config/base.py and the README's --wsd-fract-decay 0.2 in "
            "https://github.com/epfml/schedules-and-scaling",
        ),
        notes=(
            "a batch is 200 sequences of 512 tokens",
            "clip the norm of the gradient at 1 (base.py)",
            "the cooldown may begin from any checkpoint of the constant part",
        ),
    ),
    Published(
        name="transformer",
        title="the Transformer (base), translation",
        optimizer="Adam",
        options=(("betas", (0.9, 0.98)), ("eps", 1e-9)),
        lr=(512 * 4000) ** -0.5,
        shape=partial(inverse_sqrt, warmup=Fraction(4000, 100_000)),
        length="100,000 updates",
        sources=(
            "Vaswani et al. 2017, Attention Is All You Need, arXiv:1706.03762, sections 5.1 to "
            "5.3, equation (3)",
        ),
        notes=(
            "a batch has about 25,000 source and 25,000 target tokens (section 5.1)",
            "the highest rate is (512 * 4000)**-0.5, of the width 512 and 4000 updates of warmup",
        ),
    ),
)
