"""Recipes of fine-tuning: from weights that were trained before."""

from functools import partial

from schedcore.advice.recipes._published import NORMS_AND_BIASES, SQRT, Published
from schedcore.recipes import one_cycle, warmup_linear

TUNING = (
    Published(
        name="fine_tuning",
        title="a pretrained network with a new head, in two groups",
        optimizer="AdamW",
        options=(("betas", (0.9, 0.99)), ("eps", 1e-5), ("weight_decay", 0.01)),
        lr=1e-3,
        shape=partial(one_cycle, warmup=0.3, div=5, final_div=20_000),
        length="a few epochs",
        groups=(("backbone", 0.01), ("head", 1.0)),
        sources=(
            "fine_tune and fit_one_cycle of https://github.com/fastai/fastai, "
            "fastai/callback/schedule.py: half of 2e-3, a hundredth of that at the first layers",
            "Howard and Ruder 2018, ULMFiT, arXiv:1801.06146, section 3.2: discriminative "
            "fine-tuning",
        ),
        notes=(
            "fine_tune first trains the head alone for an epoch, at 2e-3",
            "fastai lets the scale fall by layer groups from head to first layer, and moves the "
            "momentum against the learning rate",
        ),
    ),
    Published(
        name="bert_fine_tuning",
        title="BERT, fine-tuning",
        optimizer="AdamW",
        options=(("betas", (0.9, 0.999)), ("eps", 1e-6), ("weight_decay", 0.01)),
        lr=2e-5,
        shape=partial(warmup_linear, warmup=0.1),
        length="3 epochs",
        epochs=3,
        batch_size=32,
        rule="sqrt",
        rule_source=SQRT,
        undecayed=NORMS_AND_BIASES,
        sources=(
            "Devlin et al. 2019, BERT, arXiv:1810.04805, appendix A.3: 5e-5, 3e-5 or 2e-5, "
            "batches of 16 or 32, 2 to 4 epochs",
            "the warmup: warmup_proportion in run_classifier.py of "
            "https://github.com/google-research/bert",
        ),
        notes=("clip the norm of the gradient at 1 (optimization.py)",),
    ),
    Published(
        name="gpt_fine_tuning",
        title="GPT, fine-tuning",
        optimizer="AdamW",
        options=(("weight_decay", 0.01),),
        lr=6.25e-5,
        shape=partial(warmup_linear, warmup=0.002),
        length="3 epochs",
        epochs=3,
        batch_size=32,
        rule="sqrt",
        rule_source=SQRT,
        undecayed=NORMS_AND_BIASES,
        sources=(
            "Radford et al. 2018, Improving Language Understanding by Generative Pre-Training, "
            "section 4.1, fine-tuning details",
        ),
    ),
)
