"""`check`: what is probably wrong with a configured schedule, for people and for CI."""

import argparse
from collections.abc import Callable, Sequence

from schedcore._commands.inputs import FILE, HOW_LONG, add_run, configured, counted_epochs
from schedcore._commands.output import painted, write
from schedcore.advice import Finding, check
from schedcore.steps import Horizon

HELP = "say what is probably wrong with a configured schedule; exit status 1 if anything is"
EXAMPLE = "check gpt --steps 100000 --model transformer"
_HOW_LONG = f"{HOW_LONG}, or --samples N with --batch-size B"
_GITHUB = {"error": "error", "warning": "warning", "note": "notice"}


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `check`: the facts that the function takes."""
    parser.add_argument("file", metavar="FILE", help=FILE)
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    add_run(parser)
    facts = parser.add_argument_group("what is known of the run")
    facts.add_argument("--model", metavar="KIND", help="transformer, cnn or other")
    facts.add_argument("--pretrained", action="store_true", help="it starts from trained weights")
    facts.add_argument("--new-layers", action="store_true", help="but for some, such as a new head")
    facts.add_argument("--optimizer", metavar="NAME", help="such as AdamW (default: the file's)")
    facts.add_argument("--samples", type=int, metavar="N", help="size of the data set")
    facts.add_argument(
        "--batch-size", type=int, metavar="B", help="samples in a batch of one process"
    )
    facts.add_argument("--world-size", type=int, default=1, metavar="W", help="processes")
    facts.add_argument(
        "--accumulation", type=int, default=1, metavar="A", help="batches gathered for one update"
    )
    facts.add_argument(
        "--drop-last", action="store_true", help="an epoch leaves out what fills no whole update"
    )
    facts.add_argument("--base-lr", type=float, metavar="X", help="a good learning rate, and")
    facts.add_argument("--base-batch-size", type=int, metavar="B", help="the samples it is for")
    facts.add_argument("--stepped", metavar="WHEN", help="it moves on once an update, or an epoch")
    facts.add_argument(
        "--group-lr",
        action="append",
        type=_rate,
        metavar="NAME=X",
        help="the highest learning rate that a group is to have; may be repeated",
    )
    facts.add_argument(
        "--plateau-updates", type=int, metavar="N", help="metrics that a plateau rule was told"
    )


def run(given: argparse.Namespace) -> int:
    """Print what is found."""
    sizes = (given.world_size, given.accumulation)
    update = None if given.batch_size is None else given.batch_size * sizes[0] * sizes[1]
    found = configured(given.file, given, update)
    if found.horizon is None:
        found = found._replace(horizon=_counted(given, found.epochs))
    parts = found.plans()
    if given.group_lr and len(parts) > 1:
        raise ValueError(
            f"--group-lr is for one schedule, and {given.file} has {' and '.join(parts)}"
        )
    findings = check(
        found if len(parts) > 1 else found.schedules["lr"],
        found.horizon,
        model=given.model,
        pretrained=given.pretrained,
        new_layers=given.new_layers,
        optimizer=given.optimizer or found.optimizer,
        batch_size=given.batch_size,
        world_size=given.world_size,
        accumulation=given.accumulation,
        samples=given.samples,
        epochs=found.epochs,
        drop_last=given.drop_last,
        base_lr=given.base_lr,
        base_batch_size=given.base_batch_size,
        stepped=given.stepped,
        group_lrs=dict(given.group_lr) if given.group_lr else None,
        plateau_updates=given.plateau_updates,
    )
    write(FORMATS[given.format](given.file, findings))
    return 1 if findings else 0


def _counted(given: argparse.Namespace, epochs: int | None) -> Horizon:
    """The updates that the data make."""
    if given.samples is None or given.batch_size is None:
        raise ValueError(_HOW_LONG)
    return Horizon.samples(
        given.samples,
        given.batch_size,
        counted_epochs(given.file, epochs),
        given.world_size,
        given.accumulation,
        given.drop_last,
    )


def _rate(text: str) -> tuple[str, float]:
    name, _, number = text.rpartition("=")
    try:
        return name, float(number)
    except ValueError:
        must = f"must be NAME=X, such as head=0.001, got {text!r}"
        raise argparse.ArgumentTypeError(must) from None


def _text(file: str, findings: Sequence[Finding]) -> str:
    if not findings:
        return f"{file}: nothing found\n"
    return "".join(
        f"{file}: {painted(x.severity, x.severity)}{str(x).removeprefix(x.severity)}\n"
        for x in findings
    )


def _json(file: str, findings: Sequence[Finding]) -> str:
    import json

    return json.dumps([{"file": file, **x._asdict()} for x in findings], indent=2) + "\n"


def _github(file: str, findings: Sequence[Finding]) -> str:
    """Workflow commands, which GitHub shows as annotations of the file."""
    return "".join(
        f"::{_GITHUB[x.severity]} file={_escaped(file, ':,')},title={x.code}::"
        f"{_escaped(f'{x.message}: {x.fix}')}\n"
        for x in findings
    )


def _escaped(text: str, others: str = "") -> str:
    for sign in "%\r\n" + others:  # the percent sign first: it is what escapes
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text


FORMATS: dict[str, Callable[[str, Sequence[Finding]], str]] = {
    "text": _text,
    "json": _json,
    "github": _github,
}
