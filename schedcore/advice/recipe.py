"""What a training recipe is: an optimizer, its arguments and a schedule, with their sources.

No recipe is known here, and none is chosen.
"""

from typing import Any, NamedTuple

from schedcore.schedule import Schedule

Pairs = tuple[tuple[str, Any], ...]


class Recipe(NamedTuple):
    """A training recipe for a number of epochs and a batch size.

    `recommend` chooses one, `schedcore.advice.recipes.RECIPES` has all.

    Attributes:
        name: by which `recommend` takes it as a domain.
        title: what was trained so.
        optimizer: the name of a class in `torch.optim`.
        options: its arguments, all but `lr`, which the schedule gives; `arguments` has them as a
            dict.
        schedule: learning rate by progress, of the groups whose scale is 1.
        epochs, batch_size: what the schedule is for; None where the source counts no epochs, or
            gives no batch size.
        groups: names and `lr_scale` of parameter groups; empty for a single learning rate.
        larc: the options of LARC around the optimizer; empty without.
        undecayed: what weight decay leaves out: "normalization", "biases".
        notes: what else the source says, such as the clipping of gradients.
        reasons: why this recipe, and what was changed for these epochs and this batch size.
        sources: paper, year, arXiv id, and the section or table of the numbers.

    >>> from schedcore import recommend
    >>> recipe = recommend(domain="vit", epochs=300, batch_size=1024)
    >>> recipe.name, recipe.optimizer, recipe.arguments
    ('swin', 'AdamW', {'betas': (0.9, 0.999), 'weight_decay': 0.05})
    >>> recipe.schedule
    Join((Linear(start=1e-06, end=0.001), Cosine(start=0.001, end=1e-05)),
         lengths=('1/15', '14/15'))
    """

    name: str
    title: str
    optimizer: str
    options: Pairs
    schedule: Schedule
    epochs: int | None
    batch_size: int | None
    groups: tuple[tuple[str, float], ...] = ()
    larc: Pairs = ()
    undecayed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def arguments(self) -> dict[str, Any]:
        """The optimizer's arguments: `getattr(torch.optim, optimizer)(params, **arguments)`."""
        return dict(self.options)

    @property
    def lr_scales(self) -> dict[str, float]:
        """The `lr_scale` of each parameter group; empty for a single learning rate."""
        return dict(self.groups)

    def config(self) -> dict[str, Any]:
        """The recipe as a configuration, an `OPTIMIZER` block that `from_config` reads.

        Of two groups the backbone's schedule is its `lr`, and the head's is its `lr_head`.
        """
        from schedcore.config import to_config

        block: dict[str, Any] = {"name": self.optimizer.lower()}
        for key, x in self.options:
            block[key] = list(x) if isinstance(x, tuple) else x
        if self.larc:
            block |= {"use_larc": True, "larc_config": dict(self.larc)}
        if self.epochs is not None:
            block["num_epochs"] = self.epochs
        block["regularize_bn"] = "normalization" not in self.undecayed
        block["regularize_bias"] = "biases" not in self.undecayed
        scales = self.lr_scales or {"backbone": 1.0}
        written = {
            name: to_config(self.schedule if scale == 1 else scale * self.schedule)
            for name, scale in scales.items()
        }
        block["param_schedulers"] = {"lr": written["backbone"]}
        if "head" in written:
            block["param_schedulers"]["lr_head"] = written["head"]
            block["head_optimizer_params"] = {"use_different_lr": True}
        return {"OPTIMIZER": block}

    def __str__(self) -> str:
        options = "".join(f", {key}={x!r}" for key, x in self.options)
        lines = [f"{self.name}: {self.title}", f"optimizer: {self.optimizer}(params{options})"]
        if self.larc:
            lines.append(f"LARC: {', '.join(f'{key}={x!r}' for key, x in self.larc)}")
        lines.append(f"schedule: {self.schedule!r}")
        if self.groups:
            scales = ", ".join(f"{name} {scale!r}" for name, scale in self.groups)
            lines.append(f"lr_scale: {scales}")
        if self.undecayed:
            lines.append(f"without weight decay: {', '.join(self.undecayed)}")
        named = (("why", self.reasons), ("note", self.notes), ("source", self.sources))
        return "\n".join(lines + [f"{word}: {line}" for word, said in named for line in said])
