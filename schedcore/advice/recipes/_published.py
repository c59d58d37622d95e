"""A recipe as it was published, and the same for other epochs and another batch size."""

from collections.abc import Callable
from typing import NamedTuple

from schedcore._checks import integer, positive
from schedcore.advice.recipe import Pairs, Recipe
from schedcore.combinators import Hold
from schedcore.scaling import scale_lr
from schedcore.schedule import Schedule

LINEAR = "Goyal et al. 2017, arXiv:1706.02677, section 2.1"
SQRT = "Malladi et al. 2022, arXiv:2205.10287, for Adam; the source of the recipe gives no rule"
NORMS_AND_BIASES = ("normalization", "biases")
FAR = 8
"""Beyond this factor of the published batch size a rule is no more than a guess."""


class Published(NamedTuple):
    """A recipe in the numbers of its source.

    A curve is one of progress: for other epochs it is stretched, warmup and milestones with it.

    Attributes:
        name, title, optimizer, options, groups, larc, undecayed, notes, sources: what `Recipe` has.
        lr: the highest learning rate, at the published batch size.
        shape: the schedule whose highest learning rate is given.
        length: the length of the run, in the source's words.
        epochs, batch_size: those of the source; None where it counts no epochs, or gives none.
        rule, rule_source: how the learning rate follows the batch size, and who says so.
        by_epoch: whether the learning rate changes between epochs only.

    >>> from schedcore.advice.recipes import RECIPES
    >>> published = RECIPES["swin"]
    >>> published.lr, published.at(batch_size=2048).schedule(1 / 15)
    (0.001, 0.002)
    """

    name: str
    title: str
    optimizer: str
    options: Pairs
    lr: float
    shape: Callable[[float], Schedule]
    length: str
    sources: tuple[str, ...]
    epochs: int | None = None
    batch_size: int | None = None
    rule: str = "linear"
    rule_source: str = LINEAR
    by_epoch: bool = False
    groups: tuple[tuple[str, float], ...] = ()
    larc: Pairs = ()
    undecayed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def at(
        self,
        epochs: int | None = None,
        batch_size: int | None = None,
        lr: float | None = None,
        reasons: tuple[str, ...] = (),
    ) -> Recipe:
        """The recipe for a run of one's own. What is None is as published.

        Parameters:
            epochs: epochs of the run.
            batch_size: samples of one update over all processes.
            lr: the highest learning rate.
            reasons: what else is to be said of the choice.

        Raises:
            ValueError, TypeError: for parameters that are not such.
        """
        said = list(reasons)
        if epochs is not None:
            epochs = integer(self.name, "epochs", epochs, 1)
            if epochs != self.epochs:
                said.append(
                    f"published for {self.length}: its curve is stretched over {epochs} epochs, "
                    "warmup and milestones keep their share of the run"
                )
        if batch_size is not None:
            batch_size = integer(self.name, "batch_size", batch_size, 1)
        peak = self.lr
        if lr is not None:
            peak = positive(self.name, "lr", lr)
            said.append(f"the learning rate {peak!r} is yours; published is {self.lr!r}")
        elif batch_size is not None and batch_size != self.batch_size:
            peak, why = self._scaled(batch_size)
            said += why
        epochs = epochs or self.epochs
        schedule = self.shape(peak)
        if self.by_epoch and epochs is not None:
            schedule = Hold(schedule, epochs)
        return Recipe(
            name=self.name,
            title=self.title,
            optimizer=self.optimizer,
            options=self.options,
            schedule=schedule,
            epochs=epochs,
            batch_size=batch_size or self.batch_size,
            groups=self.groups,
            larc=self.larc,
            undecayed=self.undecayed,
            notes=self.notes,
            reasons=tuple(said),
            sources=self.sources,
        )

    def _scaled(self, batch_size: int) -> tuple[float, list[str]]:
        """The learning rate for a batch size, and why it is that."""
        if self.batch_size is None:
            return self.lr, [
                f"the learning rate {self.lr!r} is as published, since the source says of no batch "
                "size; a range test finds the one for yours"
            ]
        peak = scale_lr(self.lr, self.batch_size, batch_size, self.rule)
        said = [
            f"learning rate {peak:.6g}: {self.lr!r} at batches of {self.batch_size}, by the "
            f"{'linear' if self.rule == 'linear' else 'square root'} rule ({self.rule_source})"
        ]
        if not 1 / FAR <= batch_size / self.batch_size <= FAR:
            said.append(
                f"batches of {batch_size} are far from the published {self.batch_size}: the rule "
                "is a first guess there, which a range test should confirm"
            )
        return peak, said
