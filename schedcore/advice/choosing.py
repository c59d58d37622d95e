"""Choosing a recipe: by domain, length, batch size, and whether weights are pretrained."""

from schedcore._checks import answering, did_you_mean, fault, integer, positive
from schedcore.advice.recipe import Recipe

DOMAINS = {
    "cnn": "resnet_cosine",
    "vit": "swin",
    "bert": "bert",
    "gpt": "gpt",
    "translation": "transformer",
    "detection": "faster_rcnn",
    "segmentation": "deeplab",
    "self_supervised": "swav",
}
"""What is asked for, and the recipe where nothing speaks for another."""
_DEFAULTS = {
    "cnn": "a convolutional network and a long run: a short warmup and a cosine, which asks for "
    "no milestones; 'resnet' has the steps of the papers, 'convnext' and 'efficientnet' are others",
    "vit": "a vision transformer: AdamW, a cosine, and a warmup, without which it may diverge; "
    "'deit' and 'vit_base' are others",
    "bert": "a masked language model: AdamW, a warmup, without which it may diverge, and a line",
    "gpt": "a language model: AdamW, a warmup, without which it may diverge, and a cosine; "
    "'gpt_wsd' where the length of the run is still open",
    "translation": "the original Transformer: a warmup, then the inverse square root, which asks "
    "for no end",
    "detection": "a two-stage detector: SGD, a short warmup and steps; 'detr' for a transformer",
    "segmentation": "a convolutional network: SGD and the poly policy; 'segformer' for a "
    "transformer",
    "self_supervised": "large batches without labels: LARC, a warmup and a cosine",
}
_TUNED = {"bert": "bert_fine_tuning", "gpt": "gpt_fine_tuning"}

SHORTEST, SHORT = 10, 30
"""Epochs: below the first even one cycle has no time; up to the second it is what is fast."""
LARGE_BATCH = 1024


@answering
def recommend(
    domain: str,
    *,
    epochs: int | None = None,
    batch_size: int | None = None,
    pretrained: bool = False,
    lr: float | None = None,
) -> Recipe:
    """A published training recipe, for a number of epochs and a batch size.

    Pretrained weights are fine-tuned, in few epochs and at low rates. Else a CNN that is trained
    for up to 30 epochs gets one cycle, below 10 a line, and in batches above 1024 the recipe for
    large batches; every other domain has the recipe of its paper.

    Parameters:
        domain: "cnn", "vit", "bert", "gpt", "translation", "detection", "segmentation",
            "self_supervised"; or the name of a recipe, for that one, whatever is pretrained.
        epochs: passes over the data; None for as many as were published.
        batch_size: samples of one update, over all processes and accumulated batches; None for
            what was published. The learning rate follows it.
        pretrained: whether the network starts from trained weights. In detection and segmentation
            the backbone always does, so this asks about the rest.
        lr: the highest learning rate, where a range test has found one; None for the published,
            scaled to the batch size.

    Returns:
        a `Recipe`: optimizer, arguments, schedule, and the reason for each choice.

    Raises:
        ValueError, TypeError: for what is no domain, and for numbers that are none.

    >>> recipe = recommend(domain="cnn", epochs=90, batch_size=512)
    >>> recipe.name, recipe.schedule(5 / 120)
    ('resnet_cosine', 0.2)
    >>> recommend(domain="cnn", epochs=90, batch_size=8192).schedule([0.0, 1 / 18, 0.5, 0.9])
    array([0.1   , 3.2   , 0.32  , 0.0032])
    >>> recommend(domain="vit", pretrained=True).lr_scales
    {'backbone': 0.01, 'head': 1.0}
    """
    from schedcore.advice.recipes import RECIPES  # here, since few programs ask for one

    if epochs is not None:
        epochs = integer("recommend", "epochs", epochs, 1)
    if batch_size is not None:
        batch_size = integer("recommend", "batch_size", batch_size, 1)
    if lr is not None:
        lr = positive("recommend", "lr", lr)
    if not isinstance(pretrained, bool):
        raise TypeError(fault("recommend", "pretrained", "be True or False", pretrained))
    known = (*DOMAINS, *RECIPES)
    if not isinstance(domain, str):
        raise TypeError(fault("recommend", "domain", "be a string", domain))
    if domain not in known:
        hint = did_you_mean(domain.lower(), known)
        raise ValueError(
            f"recommend: unknown domain {domain!r}: {hint}Domains are {', '.join(DOMAINS)}; "
            f"recipes are {', '.join(RECIPES)}"
        )
    name, reason = _choice(domain, epochs, batch_size, pretrained=pretrained)
    return RECIPES[name].at(epochs, batch_size, lr, (reason,))


def _choice(
    domain: str, epochs: int | None, batch_size: int | None, *, pretrained: bool
) -> tuple[str, str]:
    """The name of a recipe, and why it is that."""
    if domain not in DOMAINS:
        return domain, "asked for by its name"
    if pretrained:
        return _TUNED.get(domain, "fine_tuning"), (
            "pretrained weights: low learning rates, lower where the weights are than in what is "
            "new, and few epochs"
        )
    if domain == "cnn":
        if epochs is not None and epochs < SHORTEST:
            return "short", f"{epochs} epochs: too few for phases, so a line down to 0"
        if epochs is not None and epochs <= SHORT:
            return "one_cycle", f"{epochs} epochs: one cycle is what converges in so few"
        if batch_size is not None and batch_size > LARGE_BATCH:
            return "large_batch", (
                f"batches of {batch_size}: the learning rate grows with the batch, which the "
                "first epochs bear only after a warmup"
            )
    return DOMAINS[domain], _DEFAULTS[domain]
