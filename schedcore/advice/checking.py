"""check: what is probably wrong with a schedule, as far as it and a few facts can tell."""

from __future__ import annotations

from collections.abc import Mapping

from schedcore._checks import answering
from schedcore.advice.finding import SEVERITIES, Finding
from schedcore.steps import Horizon


@answering
def check(
    schedule: object,
    horizon: int | Horizon | None = None,
    *,
    model: str | None = None,
    pretrained: bool = False,
    new_layers: bool = False,
    optimizer: str | None = None,
    batch_size: int | None = None,
    world_size: int = 1,
    accumulation: int = 1,
    samples: int | None = None,
    epochs: int | None = None,
    drop_last: bool = False,
    base_lr: float | None = None,
    base_batch_size: int | None = None,
    stepped: str | None = None,
    group_lrs: Mapping[str, float] | None = None,
    plateau_updates: int | None = None,
) -> list[Finding]:
    """What is probably wrong with a learning-rate schedule in a training run.

    Every fact may be left out; what it would tell is not looked for then. Nothing is changed.

    Parameters:
        schedule: a schedule, one over steps, or a scheduler (`schedcore_torch.ScheduleLR`).
        horizon: the optimizer updates that training makes, which a plain schedule is read over.
            Not needed where `samples` says it, or for what has a horizon of its own, which is
            compared with it.
        model: "transformer", "cnn" or "other".
        pretrained: whether the network starts from trained weights.
        new_layers: whether some of its layers do not, such as a new head.
        optimizer: the name of its class, such as "AdamW".
        batch_size: samples in a batch of one process.
        world_size: processes.
        accumulation: batches that each process gathers for one update.
        samples: size of the data set; with `batch_size` and `epochs` it says how many updates
            training makes, as `Horizon.samples` counts.
        epochs: passes over the data.
        drop_last: whether an epoch leaves out what does not fill a whole update.
        base_lr, base_batch_size: a learning rate that is known to be good, and the samples of an
            update that it is known for.
        stepped: how often the schedule moves on: "update" or "epoch".
        group_lrs: the highest learning rate that each parameter group is meant to have, by name;
            of a scheduler it is known.
        plateau_updates: how often a reduce-on-plateau rule was told the metric; what it cuts is
            not seen in the schedule, so that a high end is then no finding.

    Returns:
        a `Finding` for each thing, the worst first; `schedcore.advice.codes` documents each code.

    Raises:
        TypeError, ValueError: for what is no schedule, for facts that are none, or that do not
            fit together.

    >>> from schedcore import Cosine, Horizon
    >>> for finding in check(Cosine(1e-3, 0.0), Horizon.epochs(300, 1251), model="transformer"):
    ...     print(finding)
    error [no-warmup]: the learning rate begins at 0.001, its peak being 0.001, and a transformer
    that is trained from scratch needs a warmup: begin with one, such as warmup(schedule, 0.05)
    >>> [finding.code for finding in check(Cosine(0.1, 0.0).over(100), 90)]
    ['horizon-long']
    """
    from schedcore.advice._facts import Facts  # here, since few programs ask for it
    from schedcore.advice._length_rules import RULES as OF_LENGTH
    from schedcore.advice._run import run_of
    from schedcore.advice._value_rules import RULES as OF_VALUES

    facts = Facts(
        model=model,
        pretrained=pretrained,
        new_layers=new_layers,
        optimizer=optimizer,
        batch_size=batch_size,
        world_size=world_size,
        accumulation=accumulation,
        samples=samples,
        epochs=epochs,
        drop_last=drop_last,
        base_lr=base_lr,
        base_batch_size=base_batch_size,
        stepped=stepped,
        group_lrs=group_lrs,
        plateau_updates=plateau_updates,
    )
    run = run_of(schedule, horizon, facts)
    found = [finding for rule in (*OF_LENGTH, *OF_VALUES) for finding in rule(run)]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))
