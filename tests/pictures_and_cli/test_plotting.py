"""Pictures: what is drawn is what the plan has, at its places; looked at as artists and pixels."""

import math
import re
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot, rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from strategies import whole

import schedcore as sc
from schedcore._drawing.panels import panels_of
from schedcore._drawing.style import COLOURS, Curve, decades
from schedcore.testing import schedules

Horizon = sc.Horizon
SWAV = sc.warmup_cosine(4.8, 0.025, start=0.3, end=0.0048)
DATA = Horizon.samples(1000, 64, epochs=3)  # 16 steps an epoch, the last of 40 samples


@pytest.fixture(autouse=True)
def pictures() -> Iterator[None]:
    """Nothing is kept, and drawing may round to 0."""
    with np.errstate(all="warn"):
        yield
    pyplot.close("all")


def data(ax: Axes) -> list[tuple[list[float], list[float]]]:
    """The numbers of the lines that were drawn."""
    return [(np.asarray(x.get_xdata()).tolist(), np.asarray(x.get_ydata()).tolist()) for x in ax.lines]  # fmt: skip


def names(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


def shaded(ax: Axes) -> list[tuple[float, float]]:
    """The spans behind the lines, along."""
    own = [patch.get_path().transformed(patch.get_patch_transform()) for patch in ax.patches]
    return [(path.get_extents().x0, path.get_extents().x1) for path in own]


def only(what: object, total: Any = None, unit: str = "step") -> Curve:
    (curves,) = panels_of(what, total, unit).values()
    (curve,) = curves
    return curve


class TestNumbers:
    @given(schedules(), st.integers(1, 70), st.sampled_from(["left", "right", "both"]))
    def test_a_run_is_drawn_step_by_step(
        self, schedule: sc.Schedule, total: int, sample: str
    ) -> None:
        plan = schedule.over(total, sample)
        curve = only(plan)
        assert curve.x == list(range(total))
        assert curve.y == plan.values().tolist()
        assert (curve.stepped, curve.end) == (True, total)

    @given(schedules())
    def test_without_steps_both_sides_of_each_boundary_are_drawn(
        self, schedule: sc.Schedule
    ) -> None:
        curve = only(schedule, unit="progress")
        assert curve.x == sorted(set(curve.x))
        assert {i / 1000 for i in range(1001)} <= set(curve.x)
        assert curve.y == [schedule(t) for t in curve.x]
        for place in map(float, schedule._inner_boundaries()):
            assert {place, math.nextafter(place, 0)} <= set(curve.x)
        assert not curve.stepped

    def test_a_long_run_has_all_its_jumps(self) -> None:
        plan = sc.multistep((1.0, 0.5, 0.1), (333_331, 777_777), 10**6).over(10**6)
        curve = only(plan)
        assert len(curve.x) <= 20_006
        assert curve.y == [plan(int(k)) for k in curve.x]
        assert {0, 333_330, 333_331, 777_776, 777_777, 999_999} <= set(curve.x)
        assert max(np.diff(curve.x)) <= 50

    def test_a_jump_without_steps_is_exact(self) -> None:
        curve = only(sc.step_decay(0.1, 0.5, 3), unit="progress")
        jumps = [
            (a, b) for a, b, u, v in zip(curve.x, curve.x[1:], curve.y, curve.y[1:], strict=False) if u != v
        ]  # fmt: skip
        assert jumps == [(math.nextafter(b, 0), b) for b in (0.25, 0.5, 0.75)]

    def test_what_comes_at_the_very_end_is_a_jump_too(self) -> None:
        curve = only(sc.Hold(sc.Linear(1.0, 0.0), 2), unit="progress")
        assert (curve.x[-2:], curve.y[-2:]) == ([math.nextafter(1.0, 0.0), 1.0], [0.5, 0.0])

    def test_a_hold_of_more_cells_than_can_be_seen_is_not_listed(self) -> None:
        schedule = sc.Hold(sc.Cosine(1.0, 0.0), 10**12)
        assert len(only(schedule.over(10**12)).x) == 20_001
        assert len(only(schedule, unit="progress").x) == 1002

    def test_a_run_of_a_few_held_epochs_has_them_all(self) -> None:
        plan = sc.Hold(sc.Cosine(1.0, 0.0), 90).over(90 * 10**5)
        assert {k * 10**5 for k in range(90)} <= set(only(plan).x)

    def test_epochs(self) -> None:
        run = Horizon.epochs(3, 4)
        assert only(sc.Cosine(1, 0), run, "epoch").x == [k / 4 for k in range(12)]
        assert only(sc.Cosine(1, 0).over(12), run, "epoch").end == 3

    def test_progress_is_what_is_done_before_the_step(self) -> None:
        assert only(sc.Cosine(1, 0).over(4, "right"), None, "progress").x == [0, 0.25, 0.5, 0.75]

    def test_samples_are_counted_as_a_loader_does(self) -> None:
        seen, count = [], 0
        for _ in range(3):
            for batch in [64] * 15 + [40]:
                seen.append(count)
                count += batch
        curve = only(sc.Cosine(1, 0), DATA, "samples")
        assert (curve.x, curve.end) == (seen, 3000)
        dropped = Horizon.samples(1000, 64, epochs=2, drop_last=True)
        assert only(sc.Cosine(1, 0), dropped, "samples").x == [64 * k for k in range(30)]

    def test_phases_are_those_of_the_plan(self) -> None:
        pieces = (sc.Linear(0, 1), sc.Constant(1), sc.Linear(1, 0))
        plan = sc.Join(pieces, (0.1, 0.6, 0.3)).over(100)
        assert plan.boundaries == (10, 70)
        found = only(plan).phases
        assert found == (("Linear", 0, 10), ("Constant", 10, 70), ("Linear", 70, 100))
        by_epoch = only(plan, Horizon.epochs(10, 10), "epoch").phases
        assert [phase[1:] for phase in by_epoch] == [(0, 1), (1, 7), (7, 10)]
        assert only(plan.schedule, unit="progress").phases == (
            ("Linear", 0, 0.1), ("Constant", 0.1, 0.7), ("Linear", 0.7, 1),
        )  # fmt: skip

    def test_a_phase_that_no_step_sees_has_no_place(self) -> None:
        plan = sc.warmup_cosine(1.0, Fraction(1, 1000)).over(2)
        assert [phase.name for phase in only(plan.schedule.over(10)).phases] == ["Linear", "Cosine"]
        assert only(sc.multistep((1, 2, 3), (501, 502), 1000).over(2)).phases == ()

    def test_one_phase_or_many_are_not_shaded(self) -> None:
        assert only(sc.Cosine(1, 0), 10).phases == ()
        assert len(only(sc.Repeat(sc.Cosine(1, 0), 24), 1000).phases) == 24
        assert only(sc.Repeat(sc.Cosine(1, 0), 25), 1000).phases == ()

    def test_a_scaled_schedule_has_the_names_of_the_schedule(self) -> None:
        assert [x.name for x in only(2 * SWAV + 1, 100).phases] == ["Linear", "Cosine"]
        two = SWAV + sc.Linear(0.0, 1.0)
        assert [x.name for x in only(two, 100).phases] == ["Linear", "Cosine, Linear"]


@pytest.mark.parametrize(
    ("schedules", "bottom"),
    [
        ([sc.Cosine(1, 0)], None),
        ([SWAV], None),  # three decades, of which the last are short
        ([sc.one_cycle(0.1)], None),
        ([sc.Steps((-1.0, 1e-5, 1.0), ("1/3", "2/3"))], None),
        ([sc.Constant(0.0), sc.Constant(1.0)], None),
        ([sc.Cosine(1, 0), sc.Cosine(0.1, 0)], None),
        ([sc.Exponential(1.0, 1e-6)], 1e-6),
        ([sc.step_decay(0.1, 0.1, 3)], 1e-4),
        ([sc.step_decay(0.1, 0.1, 2)], 1e-3),
        ([sc.step_decay(0.1, 0.1, 1)], None),
        ([sc.Constant(1.0), sc.Constant(1e-3)], 1e-3),
        ([sc.Cosine(1, 0), 0.003 * sc.Cosine(1, 0)], 0.003 * sc.Cosine(1, 0)(0.95) / 10),
    ],
)
def test_an_axis_is_logarithmic_where_curves_span_decades(
    schedules: list[sc.Schedule], bottom: float | None
) -> None:
    found = decades([only(schedule, 1000) for schedule in schedules])
    ax = sc.plot(dict(enumerate(schedules)), 1000)
    if bottom is None:
        assert (found, ax.get_yscale()) == (None, "linear")
    else:
        assert ax.get_yscale() == "log"
        assert ax.get_ylim()[0] == found
        assert bottom / 2.1 < found <= bottom


class TestDrawn:
    def test_one_schedule(self) -> None:
        ax = sc.plot(SWAV, Horizon.epochs(4, 100), "epoch")
        plan = SWAV.over(400)
        assert data(ax) == [([k / 100 for k in range(400)], plan.values().tolist())]
        assert ax.lines[0].get_drawstyle() == "steps-post"
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "value")
        assert shaded(ax) == [(0.0, 0.1), (0.1, pytest.approx(4.0))]
        assert [text.get_text() for text in ax.texts] == ["Linear", "Cosine"]
        assert names(ax) == []

    def test_over_progress_alone(self) -> None:
        ax = sc.plot(SWAV, unit="progress")
        assert ax.lines[0].get_drawstyle() == "default"
        assert ax.get_xlabel() == "progress"

    def test_several_by_label(self) -> None:
        what = {"cosine": sc.Cosine(1, 0), "wsd": sc.wsd(1.0, 0.1, 0.2).over(50), 3: sc.Rex(1, 0)}
        ax = sc.plot(what, 50)
        assert names(ax) == ["cosine", "wsd", "3"]
        assert [y for _, y in data(ax)] == [
            x.over(50).values().tolist() for x in (sc.Cosine(1, 0), sc.wsd(1.0, 0.1, 0.2), sc.Rex(1, 0))
        ]  # fmt: skip
        assert [line.get_color() for line in ax.lines] == list(COLOURS[:3])
        assert shaded(ax) == []  # their phases differ

    def test_phases_that_all_have_are_shaded(self) -> None:
        ax = sc.plot({"a": SWAV, "b": SWAV / 2}, 1000)
        assert shaded(ax) == [(0.0, 25.0), (25.0, 1000.0)]

    def test_phases_of_one_name_have_it_once(self) -> None:
        ax = sc.plot(sc.cosine_restarts(0.1, 0.0, 0.25), 1000)
        assert [text.get_text() for text in ax.texts] == ["4 \N{MULTIPLICATION SIGN} Cosine"]
        assert len(shaded(ax)) == 4

    def test_a_name_stands_at_its_phase_or_nowhere(self) -> None:
        pieces = (sc.Linear(0, 1), sc.Cosine(1, 0.5), sc.Constant(0.5))
        ax = sc.plot(sc.Join(pieces, (0.01, 0.01, 0.98)), 1000)
        assert [text.get_text() for text in ax.texts] == ["Linear", "Constant"]
        assert len(shaded(ax)) == 3

    def test_many_curves_have_one_order_of_colours(self) -> None:
        ax = sc.plot({f"layer_{i}": 0.75**i * sc.Cosine(1, 0) for i in range(13)}, 100)
        assert len({line.get_color() for line in ax.lines}) == 13
        assert names(ax) == ["layer_0", "layer_3", "layer_6", "layer_9", "layer_12"]
        assert ax.get_legend().get_title().get_text() == "5 of 13 curves"  # type: ignore[union-attr]

    def test_a_few_steps_have_a_dot_each(self) -> None:
        assert sc.plot(sc.Cosine(1, 0), 50).lines[0].get_marker() == "o"
        assert sc.plot(sc.Cosine(1, 0), 51).lines[0].get_marker() != "o"
        ax = sc.plot(sc.Cosine(1, 0), 1)
        low, high = ax.get_xlim()
        assert low <= 0
        assert high >= 1

    def test_the_values_of_the_picture_are_seen(self) -> None:
        for schedule in (SWAV, sc.Constant(3.0), sc.Linear(-1.0, 1.0), sc.Exponential(1, 1e-6)):
            ax = sc.plot(schedule, 100)
            low, high = ax.get_ylim()
            values = schedule.over(100).values()
            assert low <= values.min() <= values.max() <= high


class Given:
    """What plot asks of a scheduler; its groups by label."""

    def __init__(self, horizon: Horizon | None, **labels: dict[str, Any]) -> None:
        self.horizon = horizon
        self._labels = {label.replace("__", "."): plans for label, plans in labels.items()}

    def plans(self, label: str) -> dict[str, Any]:
        return self._labels[label]

    def last_values(self) -> dict[str, float]:
        return {f"{x}/{name}": 0.0 for x, plans in self._labels.items() for name in plans}


class TestSchedulers:
    run = Horizon.epochs(10, 10)
    down = sc.Cosine(1, 0).over(100)
    up = sc.Linear(0, 1).over(100)

    def test_what_an_optimizer_gets_is_what_is_drawn(self) -> None:
        torch = pytest.importorskip("torch")
        from schedcore_torch import ScheduleLR

        groups = [
            {"params": [torch.nn.Parameter(torch.zeros(1))], "name": name, "lr_scale": scale, "weight_decay": wd}
            for name, scale, wd in (("backbone", 0.1, 0.05), ("norms", 0.1, 0.0), ("head", 1.0, 0.05))
        ]  # fmt: skip
        optimizer = torch.optim.AdamW(groups, lr=0.1)
        scheduler = ScheduleLR(
            optimizer,
            self.run,
            lr=sc.warmup_cosine(1e-3, 0.1),
            weight_decay=sc.Cosine(0.04, 0.4),
            betas=(sc.Linear(0.95, 0.85), 0.999),
        )
        first = sc.plot(scheduler, unit="epoch")
        upper, middle, lower = first.figure.axes
        assert first is upper
        assert [ax.get_ylabel() for ax in (upper, middle, lower)] == [
            "learning rate", "weight decay", "betas.0",
        ]  # fmt: skip
        assert [ax.get_xlabel() for ax in (upper, middle, lower)] == ["", "", "epoch"]
        seen: list[list[tuple[float, ...]]] = []
        for _ in range(100):
            seen.append([(g["lr"], g["weight_decay"], g["betas"][0]) for g in optimizer.param_groups])  # fmt: skip
            optimizer.step()
            scheduler.step()
        lr, wd, beta = np.moveaxis(np.array(seen), -1, 0)
        assert names(upper) == ["backbone, norms", "head"]
        assert [y for _, y in data(upper)] == [lr[:, 0].tolist(), lr[:, 2].tolist()]
        assert names(middle) == ["backbone, head", "norms"]
        assert [y for _, y in data(middle)] == [wd[:, 0].tolist(), wd[:, 1].tolist()]
        assert names(lower) == ["all groups"]
        assert [y for _, y in data(lower)] == [beta[:, 0].tolist()]
        assert data(upper)[0][0] == [k / 10 for k in range(100)]

    def test_an_extended_run_is_drawn_as_it_is_now(self) -> None:
        torch = pytest.importorskip("torch")
        from schedcore_torch import ScheduleLR

        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
        scheduler = ScheduleLR(optimizer, 20, lr=sc.Cosine(1, 0))
        optimizer.step()
        scheduler.seek(10)
        scheduler.extend(40)
        ((x, y),) = data(sc.plot(scheduler))
        assert x == list(range(40))
        for k in (10, 25, 39):
            scheduler.seek(k)
            assert y[k] == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12, abs=0.0)

    def test_one_group_needs_no_name(self) -> None:
        assert names(sc.plot(Given(self.run, lr={"0": self.down}))) == []
        assert names(sc.plot({"mine": Given(self.run, lr={"0": self.down})})) == ["mine"]

    def test_more_than_two_groups_alike_are_counted(self) -> None:
        plans = {"a": self.down, "b": self.down, "c": self.up, "d": self.down}
        assert names(sc.plot(Given(self.run, lr=plans))) == ["a and 2 more", "c"]

    def test_groups_of_labelled_schedulers_and_a_schedule_among_them(self) -> None:
        two = Given(self.run, lr={"a": self.down, "b": self.up})
        one = Given(self.run, lr={"0": self.down}, weight_decay={"0": self.up})
        ax = sc.plot({"two": two, "one": one, "plain": sc.Rex(1, 0)}, 100)
        assert names(ax) == ["plain", "two/a", "two/b", "one"]
        colour_of = dict(zip(names(ax), (x.get_color() for x in ax.lines), strict=True))
        _, lower = ax.figure.axes
        assert names(lower) == ["one"]
        assert lower.lines[0].get_color() == colour_of["one"]

    def test_only_constants_of_a_tuple_are_left_out(self) -> None:
        constant = {"0": sc.Constant(0.999).over(100)}
        found = panels_of(Given(self.run, lr=constant, betas__0=constant, betas__1=constant), None, "step")  # fmt: skip
        assert list(found) == ["lr"]

    def test_the_run_that_is_given_may_say_more(self) -> None:
        plain = Given(Horizon(100), lr={"0": self.down})
        assert sc.plot(plain, self.run, "epoch").lines[0].get_xdata()[10] == 1  # type: ignore[index]
        known = Given(self.run, lr={"0": self.down})
        assert sc.plot(known, 100, "epoch").lines[0].get_xdata()[10] == 1  # type: ignore[index]
        with pytest.raises(ValueError, match=whole("plot: 'total_steps' must be the 100 steps that the plan has, got 99")):  # fmt: skip
            sc.plot(known, 99)


class TestGivenAxes:
    def test_it_draws_there_and_touches_nothing_else(self) -> None:
        before, figure = dict(rcParams), Figure()
        left, right = figure.subplots(1, 2)
        assert sc.plot(SWAV, 100, ax=left) is left
        assert len(left.lines) == 1
        assert not right.lines
        assert pyplot.get_fignums() == []
        assert dict(rcParams) == before

    def test_new_axes_are_pyplots_so_that_notebooks_show_them(self) -> None:
        ax = sc.plot(SWAV, 100)
        assert pyplot.gcf() is ax.figure

    def test_only_the_first_panel_fits(self) -> None:
        plans = {"0": sc.Cosine(1, 0).over(100)}
        mine = Figure().subplots()
        ax = sc.plot(Given(Horizon(100), lr=plans, weight_decay=plans), ax=mine)
        assert (ax.get_ylabel(), ax.get_xlabel(), len(ax.lines)) == ("learning rate", "step", 1)

    def test_a_second_curve_has_another_colour_and_no_phases(self) -> None:
        ax = Figure().subplots()
        sc.plot({"a": SWAV}, 100, ax=ax)
        sc.plot({"b": 2 * SWAV}, 100, ax=ax)
        assert names(ax) == ["a", "b"]
        assert [line.get_color() for line in ax.lines] == list(COLOURS[:2])
        assert len(shaded(ax)) == 2
        assert ax.get_ylim()[1] >= 9.6


class TestPixels:
    """What is seen, whatever the fonts."""

    @staticmethod
    def drawn(ax: Axes) -> np.ndarray:
        canvas = FigureCanvasAgg(ax.figure)  # type: ignore[arg-type]
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3] / 255

    @staticmethod
    def is_line(image: np.ndarray, ax: Axes, x: float, y: float) -> bool:
        column, row = ax.transData.transform((x, y))
        top, left = image.shape[0] - 1 - int(row), int(column)
        near = image[top - 1 : top + 2, left - 1 : left + 2]
        return bool(np.abs(near - to_rgb(COLOURS[0])).max(axis=-1).min() < 0.1)

    def test_a_step_is_a_tread_and_no_slope(self) -> None:
        schedule = sc.Steps((1.0, 0.2, 0.7), (0.3, 0.6))
        for total, unit in ((10, "step"), (None, "progress")):
            ax = sc.plot(schedule, total, unit)
            image, scale = self.drawn(ax), 10 if total else 1
            for t, value in ((0.25, 1.0), (0.29, 1.0), (0.31, 0.2), (0.59, 0.2), (0.61, 0.7), (0.95, 0.7)):  # fmt: skip
                assert self.is_line(image, ax, t * scale, value)
            assert self.is_line(image, ax, 0.3 * scale, 0.6)  # the riser, at the step itself
            assert not self.is_line(image, ax, 0.25 * scale, 0.6)
            assert not self.is_line(image, ax, 0.29 * scale, 0.6)

    @pytest.mark.parametrize(
        "schedule",
        [
            SWAV,
            sc.warmup_cosine(1.0, 0.002),
            sc.wsd(1.0, 0.05, 0.03),
            sc.one_cycle(1.0),
            sc.Join([sc.Linear(0, 1), sc.Cosine(1, 0.5)] * 6, ["1/12"] * 12),
        ],
    )
    @pytest.mark.parametrize("width", [8.0, 2.6])
    def test_no_words_overlap_or_are_cut_off(self, schedule: sc.Schedule, width: float) -> None:
        figure = Figure(figsize=(width, 3.0), layout="constrained")
        ax = sc.plot({"a curve": schedule}, 450_360, ax=figure.subplots())
        assert self.apart(ax)

    def test_no_words_of_a_whole_figure_overlap(self) -> None:
        what = {f"group number {i}": sc.Cosine(0.1 * i + 0.1, 0.0) for i in range(7)}
        assert self.apart(sc.plot(what, DATA, "samples"))

    def apart(self, ax: Axes) -> bool:
        """Whether the names of phases, the legend above and the ticks' labels stand clear."""
        self.drawn(ax)
        figure = ax.figure
        assert isinstance(figure, Figure)
        for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            ticks = [
                tick for tick in axis.get_major_ticks() if limits[0] <= tick.get_loc() <= limits[1]
            ]
            boxes = [tick.label1.get_window_extent() for tick in ticks]
            assert len(boxes) > 1
            assert self.clear(boxes)
            assert all(self.within(figure.bbox, box) for box in boxes)
        boxes = [text.get_window_extent() for text in ax.texts]
        assert self.clear(boxes)
        assert all(self.within(ax.bbox, box) for box in boxes)
        legend = ax.get_legend()
        if legend is not None:
            assert self.within(figure.bbox, legend.get_window_extent())
        for text in ax.texts:  # a name stands above the line
            box = text.get_window_extent()
            x, y = ax.transData.transform(np.column_stack(data(ax)[0])).T
            below = y[(x > box.x0) & (x < box.x1)]
            assert not below.size or below.max() < box.y0
        return True

    @staticmethod
    def within(outer: Bbox, inner: Bbox) -> bool:
        return outer.x0 - 1 <= inner.x0 and inner.x1 <= outer.x1 + 1 and outer.y0 - 1 <= inner.y0 and inner.y1 <= outer.y1 + 1  # fmt: skip

    @staticmethod
    def clear(boxes: list[Bbox]) -> bool:
        return not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((SWAV,), ValueError, "plot: unit 'step' needs the steps of the run: give total_steps, a number or a Horizon, or draw the schedule over its progress with unit='progress'"),
        ((SWAV, 10, "epoch"), ValueError, "plot: unit 'epoch' needs the steps of an epoch: give total_steps=Horizon.epochs(epochs, steps_per_epoch)"),
        ((SWAV.over(10), Horizon.epochs(2, 5), "samples"), ValueError, "plot: unit 'samples' needs the samples of a step and of an epoch: give total_steps=Horizon.samples(samples, batch_size, epochs)"),
        ((SWAV, 10, "iteration"), ValueError, "plot: 'unit' must be one of 'step', 'epoch', 'progress', 'samples', got 'iteration'"),
        ((SWAV.over(10), 11), ValueError, "plot: 'total_steps' must be the 10 steps that the plan has, got 11"),
        ((SWAV, 0), ValueError, "Horizon: 'total_steps' must be from 1 to 9007199254740992, got 0"),
        (([SWAV], 10), TypeError, f"plot: 'what' must be a schedule, one over steps, a ScheduleLR, or a dict of these by label, got {[SWAV]!r}"),
        ((sc.Cosine, 10), TypeError, f"plot: 'what' must be a schedule, one over steps, a ScheduleLR, or a dict of these by label, got {sc.Cosine!r}"),
        (({"a": 0.1}, 10), TypeError, "plot: \"what['a']\" must be a schedule, one over steps, a ScheduleLR, or a dict of these by label, got 0.1"),
        (({}, 10), ValueError, "plot: 'what' must hold at least one schedule, got {}"),
        ((SWAV, 10, "step", "ax"), TypeError, "plot: 'ax' must be the Axes of matplotlib, got 'ax'"),
    ],
)  # fmt: skip
def test_what_can_not_be_drawn(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=whole(message)):
        sc.plot(*arguments)
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize(
    ("owner", "draw"),
    [("plot", lambda: sc.plot(SWAV, 10)), ("Plateau.plot", lambda: sc.Plateau().plot([1.0]))],
)
def test_without_matplotlib_it_says_what_to_install(
    owner: str, draw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ModuleNotFoundError, match=whole(f"{owner} needs matplotlib: pip install 'schedcore-lr[plot]'")):  # fmt: skip
        draw()


class TestPlateau:
    metrics = (2.0, 1.0, 1.1, 1.2, 0.5, 0.6, 0.7, math.nan, 0.4)

    def test_metrics_the_best_and_the_factors(self) -> None:
        plateau = sc.Plateau(factor=0.5, patience=1)
        ax = plateau.plot(self.metrics)
        state, best, factors = plateau.initial(), [], [1.0]
        for metric in self.metrics:
            state = plateau.update(state, metric)
            best.append(state.best)
            factors.append(state.factor)
        (x, metrics), (_, drawn) = data(ax)
        assert x == list(range(9))
        np.testing.assert_array_equal(metrics, self.metrics)
        assert drawn == best
        assert [text.get_text() for text in ax.texts] == ["factor 1", "factor 0.5", "factor 0.25"]
        cuts = [i for i in range(1, 10) if factors[i] != factors[i - 1]]
        assert shaded(ax) == [(0, cuts[0]), (cuts[0], cuts[1]), (cuts[1], 9)]
        assert (names(ax), ax.get_xlabel()) == (["metric", "best so far"], "update")

    def test_a_cut_by_the_first_metric_and_one_by_the_last(self) -> None:
        ax = sc.Plateau(factor=0.5, patience=0).plot([math.nan, 1.0, 2.0])
        assert [text.get_text() for text in ax.texts] == ["factor 1", "factor 0.5"]
        assert shaded(ax) == [(0, 1), (1, 3)]

    def test_it_has_the_same_look_and_draws_into_axes(self) -> None:
        ax = Figure().subplots()
        assert sc.Plateau().plot([1.0], ax) is ax
        assert ax.lines[1].get_color() == COLOURS[0]
        assert sc.Plateau().plot([]).get_xlabel() == "update"

    def test_no_metrics(self) -> None:
        with pytest.raises(TypeError, match=whole("Plateau.plot: 'metrics' must be a number, got 'x'")):  # fmt: skip
            sc.Plateau().plot(["x"])  # type: ignore[list-item]
        with pytest.raises(TypeError, match=whole("Plateau.plot: 'ax' must be the Axes of matplotlib, got 1")):  # fmt: skip
            sc.Plateau().plot([1.0], 1)  # type: ignore[arg-type]


def test_a_class_and_a_namespace_are_no_schedulers() -> None:
    for x in (Given, SimpleNamespace(plans=1)):
        with pytest.raises(TypeError, match=re.escape("plot: 'what' must be a schedule")):
            sc.plot(x)


ALONE = """
import sys, schedcore as sc
from schedcore._drawing.panels import panels_of
panels_of(sc.Cosine(1, 0), 10, "step")
assert "matplotlib" not in sys.modules
from matplotlib.figure import Figure
sc.plot(sc.Cosine(1, 0), 10, ax=Figure().subplots())
assert not {"torch", "matplotlib.pyplot"} & set(sys.modules)
"""


def test_nothing_is_loaded_that_is_not_needed() -> None:
    subprocess.run([sys.executable, "-c", ALONE], check=True)


def test_every_label_stands_in_the_legend_as_it_is() -> None:
    labels = ["_orig_mod.head", "$a^$", "b\udcff", "plain"]
    ax = sc.plot({label: sc.Linear(1.0, i / 10) for i, label in enumerate(labels)}, 10)
    ax.figure.canvas.draw()
    written = [text.get_text() for text in ax.get_legend().get_texts()]  # type: ignore[union-attr]
    assert written == [" _orig_mod.head", r"\$a^\$", "b?", "plain"]
