"""plot, check and recipes on the command line; `show` has a file of its own."""

import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from strategies import whole

import schedcore as sc
from schedcore import cli
from schedcore._atomic_write import replace
from schedcore._commands import plot_command
from schedcore._config.files import shipped
from schedcore.advice.recipes import RECIPES

COSINE = "name: cosine\nstart_value: 0.1\nend_value: 0.001\n"
TWO = """OPTIMIZER:
  name: AdamW
  num_epochs: 10
  head_optimizer_params: {use_different_lr: true}
  param_schedulers:
    lr: {name: constant, value: 1.0e-05}
    lr_head: {name: composite, schedulers: [{name: linear, start_value: 0, end_value: 0.001},
      {name: cosine, start_value: 0.001, end_value: 0}], lengths: [0.1, 0.9]}
    weight_decay: {name: linear, start_value: 0.04, end_value: 0.4}
"""


@pytest.fixture(autouse=True)
def _rounding_to_zero() -> Any:
    with np.errstate(all="warn"):
        yield


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two configurations."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cosine.yaml").write_text(COSINE, encoding="utf-8")
    (tmp_path / "two.yaml").write_text(TWO, encoding="utf-8")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], command: str) -> tuple[int, str, str]:
    status = cli.main(shlex.split(command))
    return status, *capsys.readouterr()


class Drawn(dict[str, Any]):
    """What a command gives to be drawn."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """The panels that a command draws, in numbers."""
    from schedcore import plotting
    from schedcore._drawing.panels import panels_of

    seen, draw = Drawn(), plotting.draw

    def spy(figure: Any, what: Any, total: Any, unit: str) -> None:
        seen.update(panels=panels_of(what, total, unit), unit=unit)
        draw(figure, what, total, unit)

    monkeypatch.setattr(plotting, "draw", spy)
    return seen


class TestPlot:
    @pytest.mark.parametrize(
        ("suffix", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF"), ("SVG", b"<?xml")]
    )  # fmt: skip
    def test_the_file_s_name_says_its_format(
        self, suffix: str, begins: bytes, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        done = run(capsys, f"plot cosine.yaml -o out.{suffix} --steps 100")
        assert done == (0, f"out.{suffix}\n", "")
        first = (here / f"out.{suffix}").read_bytes()
        assert first.startswith(begins)
        assert not re.search(b"Date|dc:date|Software", first)
        run(capsys, f"plot cosine.yaml -o out.{suffix} --steps 100")
        assert (here / f"out.{suffix}").read_bytes() == first
        assert sorted(os.listdir(here)) == ["cosine.yaml", f"out.{suffix}", "two.yaml"]

    @pytest.mark.usefixtures("here")
    def test_several_files_and_recipes(
        self, capsys: pytest.CaptureFixture[str], asked: Drawn
    ) -> None:
        assert run(capsys, "plot cosine.yaml two.yaml deit swav_resnet50_400ep -o a.svg --steps-per-epoch 2 --epochs 300")[0] == 0  # fmt: skip
        lr, wd = asked["panels"].values()
        assert list(asked["panels"]) == ["lr", "weight_decay"]
        assert [curve.label for curve in lr] == [
            "cosine", "two/trunk", "two/head", "deit", "swav_resnet50_400ep",
        ]  # fmt: skip
        assert [curve.label for curve in wd] == ["two"]
        assert lr[0].y == sc.Cosine(0.1, 0.001).over(600).values().tolist()
        assert lr[2].y == sc.warmup_cosine(1e-3, 0.1).over(600).values().tolist()
        assert lr[3].y == sc.recommend("deit").schedule.over(600).values().tolist()
        assert wd[0].y == sc.Linear(0.04, 0.4).over(600).values().tolist()
        assert asked["unit"] == "step"

    def test_files_of_one_name_are_told_apart(
        self, here: Path, capsys: pytest.CaptureFixture[str], asked: Drawn
    ) -> None:
        (here / "b").mkdir()
        (here / "b" / "cosine.yaml").write_text(COSINE, encoding="utf-8")
        run(capsys, "plot cosine.yaml b/cosine.yaml two.yaml -o a.svg")
        assert [x.label for x in asked["panels"]["lr"]] == [
            "cosine.yaml", "b/cosine.yaml", "two/trunk", "two/head",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("options", "unit", "end", "points"),
        [
            ("", "progress", 1, 1002),
            ("--steps 50", "step", 50, 50),
            ("--steps 50 --unit progress", "progress", 1, 50),
            ("--steps-per-epoch 7 --unit epoch", "epoch", 10, 70),
            ("--epochs 3 --steps-per-epoch 7 --unit epoch", "epoch", 3, 21),
            ("--samples 100 --batch-size 8 --unit samples", "samples", 1000, 130),
            ("--samples 100 --batch-size 8 --unit epoch", "epoch", 10, 130),
        ],
    )
    @pytest.mark.usefixtures("here")
    def test_what_is_counted(
        self, options: str, unit: str, end: int, points: int,
        capsys: pytest.CaptureFixture[str], asked: Drawn,
    ) -> None:  # fmt: skip
        assert run(capsys, f"plot two.yaml -o a.svg {options}")[0] == 0
        curve = asked["panels"]["lr"][0]
        assert (asked["unit"], curve.end, len(curve.x)) == (unit, end, points)

    @pytest.mark.usefixtures("here")
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ("cosine.yaml -o a.gif", "a.gif: must be a .png, .svg or .pdf file"),
            ("cosine.yaml -o a", "a: must be a .png, .svg or .pdf file"),
            ("cosine.yaml -o no/a.svg", "no/a.svg: No such file or directory"),
            ("none.yaml -o a.svg", "none.yaml: No such file or directory"),
            ("deitt -o a.svg", "deitt: is neither a file nor a recipe; did you mean 'deit'?"),
            ("qqqq -o a.svg", "qqqq: is neither a file nor a recipe; `python -m schedcore recipes` lists them"),
            ("cosine.yaml -o a.svg --unit epoch", "--unit epoch needs --steps-per-epoch S (and --epochs E), or --samples N with --batch-size B"),
            ("cosine.yaml -o a.svg --unit epoch --steps 9", "--unit epoch needs --steps-per-epoch S (and --epochs E), or --samples N with --batch-size B"),
            ("two.yaml -o a.svg --unit step", "--unit step needs --steps N, or --steps-per-epoch S (and --epochs E)"),
            ("two.yaml -o a.svg --unit samples --steps-per-epoch 9", "--unit samples needs --samples N with --batch-size B"),
            ("cosine.yaml -o a.svg --steps-per-epoch 9", "cosine.yaml: has no num_epochs, so give --epochs E"),
            ("cosine.yaml -o a.svg --samples 9 --batch-size 1", "cosine.yaml: has no num_epochs, so give --epochs E"),
            ("cosine.yaml -o a.svg --samples 9", "--samples goes with --batch-size B (and --epochs E), not with --steps or --steps-per-epoch"),
            ("two.yaml -o a.svg --samples 9 --batch-size 2 --steps 9", "--samples goes with --batch-size B (and --epochs E), not with --steps or --steps-per-epoch"),
            ("two.yaml -o a.svg --steps 9 --steps-per-epoch 2", "give --steps N, or --steps-per-epoch S (and --epochs E)"),
        ],
    )  # fmt: skip
    def test_a_mistake_is_one_line(
        self, options: str, message: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(capsys, f"plot {options}") == (2, "", f"{message}\n")
        assert not [name for name in os.listdir() if not name.endswith(".yaml")]

    def test_a_broken_file_names_its_line(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (here / "bad.yaml").write_text(COSINE.replace("end_value", "end_valu"), encoding="utf-8")
        message = "bad.yaml:3: end_valu: is not a key of cosine; did you mean 'end_value'?\nbad.yaml: end_value: is missing\n"  # fmt: skip
        status, out, err = run(capsys, "plot bad.yaml -o a.svg")
        assert (status, out) == (2, "")
        assert err.splitlines()[0] == message.splitlines()[0]
        (here / "bad.yaml").write_text("a: [", encoding="utf-8")
        assert run(capsys, "plot bad.yaml -o a.svg")[2].startswith("bad.yaml: is not YAML: line 1")

    def test_without_matplotlib_an_older_picture_stays(
        self, here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (here / "a.svg").write_text("older", encoding="utf-8")
        monkeypatch.setitem(sys.modules, "matplotlib", None)
        message = "plot needs matplotlib: pip install 'schedcore-lr[plot]'\n"
        assert run(capsys, "plot cosine.yaml -o a.svg") == (2, "", message)
        assert (here / "a.svg").read_text(encoding="utf-8") == "older"

    def test_what_fails_while_it_is_drawn_leaves_the_older_picture(
        self, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from matplotlib.figure import Figure

        def fail(self: Figure, file: io.BytesIO, **_: Any) -> None:
            file.write(b"half")
            raise MemoryError

        (here / "a.svg").write_text("older", encoding="utf-8")
        monkeypatch.setattr(Figure, "savefig", fail)
        with pytest.raises(MemoryError):
            cli.main(["plot", "cosine.yaml", "-o", "a.svg"])
        assert (here / "a.svg").read_text(encoding="utf-8") == "older"
        assert len(os.listdir(here)) == 3

    def test_what_fails_while_it_is_written_leaves_the_older_file(
        self, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (here / "a.svg").write_text("older", encoding="utf-8")

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device", "part")

        monkeypatch.setattr(os, "replace", full)
        with pytest.raises(OSError, match=whole("[Errno 28] No space left on device: 'a.svg'")):
            replace("a.svg", b"newer")
        assert (here / "a.svg").read_text(encoding="utf-8") == "older"
        assert len(os.listdir(here)) == 3

    def test_a_link_is_followed(self, here: Path) -> None:
        (here / "real.svg").write_text("older", encoding="utf-8")
        (here / "link.svg").symlink_to("real.svg")
        replace("link.svg", b"newer")
        assert (here / "link.svg").is_symlink()
        assert (here / "real.svg").read_bytes() == b"newer"

    def test_all_formats_are_told(self) -> None:
        assert list(plot_command.FORMATS) == [".png", ".svg", ".pdf"]


NO_WARMUP = {
    "file": "cosine.yaml",
    "code": "no-warmup",
    "severity": "error",
    "message": "the learning rate begins at 0.1, its peak being 0.1, and a transformer that is "
    "trained from scratch needs a warmup",
    "fix": "begin with one, such as warmup(schedule, 0.05)",
}
ASKED = "check cosine.yaml --steps 1000 --model transformer"


@pytest.mark.usefixtures("here")
class TestCheck:
    def test_a_finding_is_a_line_and_status_1(self, capsys: pytest.CaptureFixture[str]) -> None:
        line = "cosine.yaml: error [no-warmup]: {message}: {fix}\n".format(**NO_WARMUP)
        assert run(capsys, ASKED) == (1, line, "")
        assert run(capsys, f"{ASKED} --format text") == (1, line, "")

    def test_nothing_found_is_status_0(self, capsys: pytest.CaptureFixture[str]) -> None:
        done = run(capsys, "check cosine.yaml --steps 1000")
        assert done == (0, "cosine.yaml: nothing found\n", "")
        assert run(capsys, "check cosine.yaml --steps 9 --format json") == (0, "[]\n", "")
        assert run(capsys, "check cosine.yaml --steps 9 --format github") == (0, "", "")

    def test_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        status, out, err = run(capsys, f"{ASKED} --format json")
        assert (status, json.loads(out), err) == (1, [NO_WARMUP], "")

    def test_github(self, capsys: pytest.CaptureFixture[str]) -> None:
        line = "::error file=cosine.yaml,title=no-warmup::{message}: {fix}\n".format(**NO_WARMUP)
        assert run(capsys, f"{ASKED} --format github") == (1, line, "")

    def test_github_s_signs_are_escaped_and_a_note_is_a_notice(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (here / "a,b:50%.yaml").write_text(COSINE.replace("0.1", "0").replace("0.001", "0.1"), encoding="utf-8")  # fmt: skip
        _, out, _ = run(capsys, "check 'a,b:50%.yaml' --steps 1000 --pretrained --format github")
        assert out.startswith("::notice file=a%2Cb%3A50%25.yaml,title=zero-first-lr::the learning")

    def test_every_fact_reaches_the_function(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: dict[str, Any] = {}

        def spy(schedule: Any, horizon: Any, **facts: Any) -> list[sc.Finding]:
            seen.update(facts, horizon=horizon, schedule=schedule)
            return []

        monkeypatch.setattr("schedcore._commands.check_command.check", spy)
        run(
            capsys,
            "check cosine.yaml --epochs 4 --steps-per-epoch 5 --model cnn --pretrained --new-layers "
            "--optimizer SGD --samples 1000 --batch-size 8 --world-size 2 --accumulation 3 "
            "--drop-last --base-lr 0.1 --base-batch-size 256 --stepped epoch --group-lr a=1e-3 "
            "--group-lr b=x=2 --plateau-updates 0",
        )
        assert seen == {
            "schedule": sc.Cosine(0.1, 0.001), "horizon": sc.Horizon.epochs(4, 5), "model": "cnn",
            "pretrained": True, "new_layers": True, "optimizer": "SGD", "samples": 1000,
            "batch_size": 8, "world_size": 2, "accumulation": 3, "epochs": 4, "drop_last": True,
            "base_lr": 0.1, "base_batch_size": 256, "stepped": "epoch",
            "group_lrs": {"a": 1e-3, "b=x": 2.0}, "plateau_updates": 0,
        }  # fmt: skip
        run(capsys, "check cosine.yaml --steps 7")
        unsaid = {key: x for key, x in seen.items() if key not in ("schedule", "horizon")}
        import inspect

        defaults = {key: x.default for key, x in inspect.signature(sc.check).parameters.items()}
        assert unsaid == {key: defaults[key] for key in unsaid}
        assert unsaid.keys() == defaults.keys() - {"schedule", "horizon"}

    def test_the_data_say_how_long_the_run_is(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[Any] = []
        monkeypatch.setattr(
            "schedcore._commands.check_command.check", lambda _, horizon, **facts: seen.append(horizon) or []
        )  # fmt: skip
        run(capsys, "check two.yaml --samples 1000 --batch-size 8 --world-size 2 --accumulation 3 --drop-last")  # fmt: skip
        assert seen == [sc.Horizon.samples(1000, 8, 10, 2, 3, drop_last=True)]
        status, out, _ = run(capsys, "check two.yaml --steps 100 --samples 1000 --batch-size 10")
        assert (status, out) == (0, "two.yaml: nothing found\n")

    def test_what_is_checked_is_scaled_to_all_processes_and_batches(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        scaling = "auto_lr_scaling: {auto_scale: true, base_value: 0.1, base_lr_batch_size: 256}\n"
        (here / "scaled.yaml").write_text(COSINE + scaling, encoding="utf-8")
        _, out, _ = run(
            capsys, "check scaled.yaml --steps 9 --batch-size 64 --world-size 4 --accumulation 3"
        )
        assert "begins at 0.3, its peak being 0.3, and batches of 768 need a warmup" in out

    def test_a_run_of_other_length_than_the_data_is_found(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        status, out, _ = run(capsys, "check two.yaml --steps 1000 --samples 1000 --batch-size 20")
        assert status == 1
        assert "[horizon-long]" in out

    def test_the_file_s_optimizer_epochs_and_both_parts(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        class Parts:
            horizon = sc.Horizon.epochs(10, 100)

            def plans(self) -> dict[str, sc.StepSchedule]:
                head = sc.warmup_cosine(1e-3, 0.1).over(1000)
                return {"trunk": sc.Constant(1e-5).over(1000), "head": head}

        facts = {"optimizer": "AdamW", "epochs": 10, "batch_size": 4096}
        expected = sc.check(Parts(), Parts.horizon, **facts)
        assert "of group 'trunk' begins at 1e-05" in expected[0].message
        status, out, _ = run(capsys, "check two.yaml --steps-per-epoch 100 --batch-size 4096")
        assert (status, out) == (1, "".join(f"two.yaml: {finding}\n" for finding in expected))
        assert run(capsys, "check two.yaml --steps 1000 --optimizer RAdam --batch-size 4096")[1] != out  # fmt: skip

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ("cosine.yaml", "give --steps N, or --steps-per-epoch S (and --epochs E), or --samples N with --batch-size B"),
            ("cosine.yaml --samples 10", "give --steps N, or --steps-per-epoch S (and --epochs E), or --samples N with --batch-size B"),
            ("cosine.yaml --samples 10 --batch-size 2", "cosine.yaml: has no num_epochs, so give --epochs E"),
            ("cosine.yaml --steps 10 --model rnn", "check: 'model' must be one of 'transformer', 'cnn', 'other', got 'rnn'"),
            ("cosine.yaml --steps 10 --base-lr 1", "check: 'base_lr' says nothing without base_batch_size and batch_size"),
            ("two.yaml --steps 10 --group-lr a=1", "--group-lr is for one schedule, and two.yaml has trunk and head"),
            ("none.toml --steps 10", "none.toml: No such file or directory"),
            ("gptt --steps 10", "gptt: is neither a file nor a recipe; did you mean 'gpt'?"),
        ],
    )  # fmt: skip
    def test_a_mistake_is_one_line(
        self, options: str, message: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(capsys, f"check {options}") == (2, "", f"{message}\n")

    @pytest.mark.parametrize(
        ("terminal", "setting", "coloured"),
        [(True, {}, True), (False, {}, False), (True, {"NO_COLOR": "1"}, False), (True, {"TERM": "dumb"}, False), (True, {"NO_COLOR": ""}, True)],
    )  # fmt: skip
    def test_colours_are_for_terminals_that_want_them(
        self, terminal: bool, setting: dict[str, str], coloured: bool,
        capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setenv("TERM", "xterm")
        for name, x in setting.items():
            monkeypatch.setenv(name, x)
        monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
        _, out, _ = run(capsys, ASKED)
        assert out.startswith("cosine.yaml: \x1b[31merror\x1b[0m [no-warmup]: ") == coloured
        assert re.sub(r"\x1b\[\d+m", "", out).startswith("cosine.yaml: error [no-warmup]: ")


class TestRecipes:
    def test_all_have_a_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        status, out, err = run(capsys, "recipes")
        assert (status, err) == (0, "")
        found = [line.split("  ")[1] for line in out.splitlines() if line.startswith("  ")]
        assert found == [*RECIPES, *shipped()]
        lines = out.splitlines()
        assert lines[0] == "published recipes:"
        assert "  deit                          DeiT on ImageNet: AdamW, 300 epochs, batches of 1024" in lines  # fmt: skip
        assert "  swav_resnet50_400ep           SwAV, ResNet-50, 400 epochs, batches of 4096 (64 processes of 64)" in lines  # fmt: skip

    def test_one_is_a_file_with_its_sources(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "recipes swin") == (
            0,
            """\
# swin: Swin Transformer on ImageNet: AdamW, 300 epochs, batches of 1024
# Note: clip the norm of the gradient (at 1 in the paper, at 5 in its code)
# Source: Liu et al. 2021, Swin Transformer, arXiv:2103.14030, appendix A2.1
# Source: first and last value: config.py of https://github.com/microsoft/Swin-Transformer
OPTIMIZER:
  name: adamw
  betas: [0.9, 0.999]
  weight_decay: 0.05
  num_epochs: 300
  regularize_bn: false
  regularize_bias: false
  param_schedulers:
    lr:
      name: composite
      schedulers:
      - {name: linear, start_value: 1.0e-06, end_value: 0.001}
      - {name: cosine, start_value: 0.001, end_value: 1.0e-05}
      lengths: [1/15, 14/15]
""",
            "",
        )

    @pytest.mark.parametrize("name", RECIPES)
    def test_what_is_printed_is_the_recipe(
        self, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        status, out, _ = run(capsys, f"recipes {name}")
        recipe = RECIPES[name].at(None, None, None, ())
        assert status == 0
        assert yaml.safe_load(out)["OPTIMIZER"].keys() == recipe.config()["OPTIMIZER"].keys()
        path = tmp_path / "recipe.yaml"
        path.write_text(out, encoding="utf-8")
        assert sc.load(path)([0.0, 0.3, 1.0]).tolist() == sc.from_config(recipe.config())([0.0, 0.3, 1.0]).tolist()  # fmt: skip
        comments = [line for line in out.splitlines() if line.startswith("#")]
        told = " ".join(line.strip("# ") for line in comments)
        assert all(text in told for text in (recipe.title, *recipe.sources, *recipe.notes))
        assert max(map(len, comments)) <= 98

    @pytest.mark.parametrize("name", shipped())
    def test_a_file_that_comes_along_is_printed_as_it_is(
        self, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = Path(shipped()[name]).read_text(encoding="utf-8")
        assert run(capsys, f"recipes {name}") == (0, text, "")

    @pytest.mark.parametrize("name", [*RECIPES, *shipped()])
    def test_all_can_be_shown(self, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, f"show {name} --steps 1000")[0] == 0

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("dei", "dei: is no recipe; did you mean 'deit'?"),
            ("super_convergence", "super_convergence: is no recipe; did you mean 'one_cycle'?"),
            ("qqqq", "qqqq: is no recipe; `python -m schedcore recipes` lists them"),
        ],
    )
    def test_an_unknown_one(
        self, name: str, message: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(capsys, f"recipes {name}") == (2, "", f"{message}\n")

    def test_without_yaml(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "yaml", None)
        message = "writing YAML needs PyYAML: pip install 'schedcore-lr[cli]'\n"
        assert run(capsys, "recipes deit") == (2, "", message)
        assert run(capsys, "recipes")[0] == 0


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_example_of_the_help_works(
    name: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=whole("0")):
        cli.main([name, "--help"])
    text = capsys.readouterr().out
    example = f"python -m schedcore {cli.COMMANDS[name].EXAMPLE}"
    assert text.endswith(f"\nexample:\n  {example}\n")
    with pytest.raises(SystemExit, match=whole("0")):
        cli.main(["--help"])
    assert f"\n  {example}\n" in capsys.readouterr().out
    command = shlex.split(cli.COMMANDS[name].EXAMPLE.split(" > ")[0])
    assert cli.main(command) == (1 if name == "check" else 0)
    assert capsys.readouterr().err == ""
    assert here.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "python -m schedcore: the following arguments are required: COMMAND (see python -m schedcore --help)"),
        (["plot", "deit"], "python -m schedcore plot: the following arguments are required: -o/--output (see python -m schedcore plot --help)"),
        (["plot", "-o", "a.svg"], "python -m schedcore plot: the following arguments are required: FILE (see python -m schedcore plot --help)"),
        (["check", "deit", "--steps", "ten"], "python -m schedcore check: argument --steps: invalid int value: 'ten' (see python -m schedcore check --help)"),
        (["check", "deit", "--group-lr", "a"], "python -m schedcore check: argument --group-lr: must be NAME=X, such as head=0.001, got 'a' (see python -m schedcore check --help)"),
    ],
)  # fmt: skip
def test_bad_usage_is_one_line_too(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=whole("2")):
        cli.main(arguments)
    assert capsys.readouterr() == ("", f"{said}\n")


def test_a_reader_that_has_enough_is_no_fault() -> None:
    buffered = {name: x for name, x in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "schedcore", "recipes"]
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        command, stdout=write_end, stderr=subprocess.PIPE, env=buffered, check=False
    )
    os.close(write_end)
    assert (done.returncode, done.stderr) == (1, b"")


def test_the_readme_s_commands(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    section = readme.split("\n## Command line and pictures\n")[1].split("\n## ")[0]
    commands = re.findall(r"^    schedcore (.*?)(?:  #.*)?$", section, flags=re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["recipes", "show", "plot", "check"]
    for command in commands:
        asked, _, file = command.partition(" > ")
        status, out, err = run(capsys, asked)
        assert (status, err) == (0, "")
        if file:
            (here / file.strip()).write_text(out, encoding="utf-8")
    assert (here / "vit.svg").is_file()


def test_show_shows_all_parts(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "show two.yaml --steps 10")
    assert (status, err) == (0, "")
    assert out.startswith("trunk:\nConstant(value=1e-05).over(10)\n")
    assert "\nhead:\nJoin((Linear(start=0.0, end=0.001)," in out


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no device that is full")
@pytest.mark.parametrize(
    ("shell", "status", "said"),
    [
        (">/dev/full", 2, "standard output: No space left on device\n"),
        (">&-", 2, "standard output: Bad file descriptor\n"),
        ("| true", 1, ""),
    ],
)
def test_output_that_can_not_be_written(here: Path, shell: str, status: int, said: str) -> None:
    asked = f"set -o pipefail; {shlex.quote(sys.executable)} -m schedcore recipes deit {shell}"
    done = subprocess.run(["bash", "-c", asked], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (status, said)
