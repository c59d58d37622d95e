"""Train a small vision transformer on scikit-learn's digits, resume it, and draw what happened.

The optimizer, its groups and its schedules come from digits_vit.yaml: LARC-SGD, layer-wise decay, a
warmup and a cosine, weight decay that rises. The run is saved in the middle, and a fresh model,
optimizer and scheduler go on from there; the exit status is 1 if they do not come, bit for bit, to
where the uninterrupted run came.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import torch

from schedcore._atomic_write import replace
from schedcore._checks import integer
from schedcore_torch.demo.comparison import difference
from schedcore_torch.demo.data import digits
from schedcore_torch.demo.figure import as_png, drawn
from schedcore_torch.demo.training import CONFIG, Run

OWNER = "schedcore_torch.demo"
NEEDED = {"sklearn": "scikit-learn", "matplotlib": "matplotlib", "tqdm": "tqdm", "yaml": "PyYAML"}
"""What the extra `demo` brings, by the names of the modules."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; its exit status."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {OWNER}",
        description=__doc__,
        epilog=f"example: python -m {OWNER} --epochs 10 --output run",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("schedcore_demo"),
        metavar="FOLDER",
        help="where checkpoint.pt and training.png are written (default: %(default)s)",
    )
    parser.add_argument(
        "--epochs",
        type=int,
        default=20,
        help="epochs of the run, at least 2 (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        help="of the weights and of the order of the digits (default: %(default)s)",
    )
    given = parser.parse_args(arguments)
    try:
        _refuse_what_is_missing()
        integer(OWNER, "epochs", given.epochs, 2)
        integer(OWNER, "seed", given.seed, 0, 2**63 - 1)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the tensors are small, and more would wait for one another
    try:
        given.output.mkdir(parents=True, exist_ok=True)
        return _demo(given.output, given.epochs, given.seed)
    except OSError as error:
        sys.stderr.write(f"{error.filename or given.output}: {error.strerror or error}\n")
        return 2
    finally:
        torch.set_num_threads(threads)


def _refuse_what_is_missing() -> None:
    missing = [name for module, name in NEEDED.items() if find_spec(module) is None]
    if missing:
        raise ValueError(f"{OWNER} needs {', '.join(missing)}: pip install 'schedcore-lr[demo]'")


def _demo(folder: Path, epochs: int, seed: int) -> int:
    checkpoint, picture = folder / "checkpoint.pt", folder / "training.png"
    data = digits()
    whole = Run(data, epochs, seed)
    _say(f"{CONFIG.name} builds:\n\n{whole.scheduler.preface}\n")
    _train(whole, epochs // 2)
    whole.save(checkpoint)
    _say(f"saved {checkpoint}")
    _train(whole, epochs)
    _say(f"a fresh model, optimizer and scheduler go on from {checkpoint}:")
    resumed = Run(data, epochs, seed + 1)  # other weights and batches, until it has those saved
    resumed.resume(checkpoint)
    _train(resumed, epochs)
    found = difference(whole, resumed)
    if found is not None:
        sys.stderr.write(f"{OWNER}: the resumed run is not the uninterrupted one: {found}\n")
        return 1
    _say(
        f"bit for bit the same: each group's learning rate and weight decay, and the loss, at all "
        f"{len(resumed.seen.losses)} steps from {resumed.seen.first_step} on; at the end the "
        "weights and the states of optimizer and scheduler"
    )
    replace(picture, as_png(drawn(whole, resumed)))
    _say(f"drew {picture}")
    return 0


def _train(run: Run, epochs: int) -> None:
    """Train until so many epochs are done."""
    from tqdm import tqdm

    left = (epochs - run.epoch) * run.steps_per_epoch
    with tqdm(total=left, unit="step", disable=None, leave=False) as bar:

        def show(loss: float) -> None:
            bar.set_postfix_str(f"loss {loss:.3g}", refresh=False)
            bar.update()

        while run.epoch < epochs:
            known = run.train_epoch(show)
            mean = sum(run.seen.losses[-run.steps_per_epoch :]) / run.steps_per_epoch
            bar.clear()
            _say(f"epoch {run.epoch:3}   loss {mean:7.4f}   accuracy {known:6.1%}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
