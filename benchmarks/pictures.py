"""The pictures of the README, as SVG in `pictures/`: the same bytes from the same versions.

They are white behind, for dark pages too, and their letters are paths, so that no font is needed.
"""

import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import torch
from matplotlib import pyplot, style
from matplotlib.figure import Figure

import schedcore as sc
from benchmarks.range_test import tested
from schedcore_torch import ScheduleLR

FOLDER = Path(__file__).parent / "pictures"
LOOK = {
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "svg.fonttype": "path",
    "svg.hashsalt": "schedcore",
}
MONOSPACE = {"fontsize": 7.5, "fontfamily": "DejaVu Sans Mono", "loc": "left"}
SCHEDULES = {
    "warmup_cosine(1, 0.1)": sc.warmup_cosine(1.0, 0.1),
    "wsd(1, 0.1, cooldown=0.2)": sc.wsd(1.0, 0.1, cooldown=0.2),
    "one_cycle(1)": sc.one_cycle(1.0),
    "inverse_sqrt(1, 0.05)": sc.inverse_sqrt(1.0, 0.05),
    "Rex(1, 0)": sc.Rex(1.0, 0.0),
    "step_decay(1, 0.5, 3)": sc.step_decay(1.0, 0.5, 3),
    "cosine_restarts(1, 0, 0.25)": sc.cosine_restarts(1.0, 0.0, 0.25),
    "sgdr(1, 0, '1/7', stretch=2)": sc.sgdr(1.0, 0.0, "1/7", stretch=2),
    "triangular(0, 1, 3, decay=0.6)": sc.triangular(0.0, 1.0, 3, decay=0.6),
}


def gallery() -> Figure:
    """The main schedules, over progress."""
    figure = Figure(figsize=(8, 5.6), layout="constrained")
    axes = figure.subplots(3, 3, sharex=True, sharey=True)
    for ax, (call, schedule) in zip(axes.flat, SCHEDULES.items(), strict=True):
        sc.plot(schedule, unit="progress", ax=ax)
        ax.set_title(call, **MONOSPACE)
        ax.label_outer()
        ax.set_ylabel("")
    return figure


def groups() -> Figure:
    """The two groups of a ScheduleLR, and their weight decay."""
    parts = [
        {"params": [torch.nn.Parameter(torch.zeros(1))], "name": name, "lr_scale": scale}
        for name, scale in (("backbone", 0.1), ("head", 1.0))
    ]
    run = sc.Horizon.epochs(100, steps_per_epoch=1251)
    scheduler = ScheduleLR(
        torch.optim.AdamW(parts, weight_decay=0.04),
        run,
        lr=sc.warmup_cosine(1e-3, warmup=run.fraction("10ep"), end=1e-6),
        weight_decay=sc.Cosine(0.04, 0.4),
    )
    sc.plot(scheduler, unit="epoch")
    return pyplot.gcf()


def range_test() -> Figure:
    """A range test of a small CNN on digits, and what it suggests."""
    torch.set_num_threads(1)
    tested(0, "SGD, momentum 0.9").plot()
    return pyplot.gcf()


PICTURES: tuple[Callable[[], Figure], ...] = (gallery, groups, range_test)


def written(picture: Callable[[], Figure]) -> bytes:
    """A picture as a file."""
    data = BytesIO()
    with style.context(["default", LOOK]):
        picture().savefig(data, format="svg", metadata={"Date": None})
        pyplot.close("all")
    return data.getvalue()


def main(folder: Path = FOLDER) -> None:
    folder.mkdir(exist_ok=True)
    for picture in PICTURES:
        path = folder / f"{picture.__name__}.svg"
        path.write_bytes(written(picture))
        print(f"{path}: {path.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
