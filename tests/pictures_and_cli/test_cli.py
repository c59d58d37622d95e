"""The command line, in a process of its own and in this one."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from strategies import whole

import schedcore as sc
from schedcore import cli

SWAV = Path(sc.__file__).parent / "configs" / "swav_resnet50_400ep.yaml"


def run(*arguments: object) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "schedcore", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8", "PATH": "", "COLUMNS": "90"},
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def blocks(text: str) -> list[list[list[str]]]:
    """The words of each line of each block."""
    return [[line.split() for line in block.splitlines()] for block in text.split("\n\n")]


def test_swav_peaks_at_exactly_a_fortieth_of_its_steps() -> None:
    status, out, err = run("show", SWAV, "--steps-per-epoch", 312)
    assert (status, err) == (0, "")
    schedule, phases, table, _ = blocks(out)
    plan = sc.load(SWAV).over(400 * 312)
    assert " ".join(schedule[0]) == repr(plan)
    assert phases[1:] == [
        ["Linear", "0", "3119", "0.3", "4.79856"],
        ["Cosine", "3120", "124799", "4.8", "0.0048"],
    ]
    assert 3120 / 124800 == 0.025
    assert plan(3120) == 4.8 == max(plan.values())
    assert table[1] == ["0", "0", "0.3"]
    assert table[-1] == ["124799", "0.999992", "0.0048"]
    assert len(table) == 12
    for step, _, value in table[1:]:
        assert float(value) == pytest.approx(plan(int(step)), rel=1e-5, abs=0.0)


def test_the_curve_is_drawn_with_its_steps_below() -> None:
    _, out, _ = run("show", SWAV, "--steps", 1000)
    curve = out.split("\n\n")[3]
    assert "4.80" in curve
    assert "249" in curve or "250" in curve
    assert "step" in curve.splitlines()[-1]
    assert "\x1b" not in out  # no colours in a file
    assert max(map(len, out.splitlines()[1:])) <= 90


@pytest.mark.parametrize(
    ("arguments", "total"),
    [
        (("--steps", 1000), 1000),
        (("--steps-per-epoch", 10), 4000),
        (("--epochs", 100, "--steps-per-epoch", 10), 1000),
    ],
)
def test_the_length_of_the_run(
    arguments: tuple[object, ...], total: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["show", str(SWAV), *map(str, arguments)]) == 0
    assert f".over({total})\n" in capsys.readouterr().out


STEPS = "name: multistep\nvalues: [0.1, 0.01, 0.001]\nmilestones: [30, 60]\n"


def test_a_held_schedule_shows_its_own_phases(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "held.yaml"
    path.write_text(
        "name: composite\nupdate_interval: epoch\nnum_epochs: 4\nlengths: [0.3, 0.7]\n"
        "schedulers: [{name: linear, start_value: 0, end_value: 1}, {name: constant, value: 1}]",
        encoding="utf-8",
    )
    assert cli.main(["show", str(path), "--steps-per-epoch", "10"]) == 0
    _, phases, *_ = blocks(capsys.readouterr().out)
    assert phases[1:] == [
        ["Linear", "0", "19", "0", "0.833333"],
        ["Constant", "20", "39", "1", "1"],
    ]


def test_a_phase_too_short_for_a_step_is_said_to_have_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "steps.yaml"
    path.write_text(STEPS, encoding="utf-8")
    assert cli.main(["show", str(path), "--epochs", "90", "--steps", "2"]) == 0
    _, phases, table, _ = blocks(capsys.readouterr().out)
    assert phases[1:] == [
        ["Steps", "0", "0", "0.1", "0.1"],
        ["Steps", "none", "none"],
        ["Steps", "1", "1", "0.01", "0.01"],
    ] or phases[1:] == [
        ["Steps", "0", "0", "0.1", "0.1"],
        ["Steps", "1", "1", "0.01", "0.01"],
        ["Steps", "none", "none"],
    ]
    assert len(table) == 3


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("none.yaml", None, "{path}: No such file or directory"),
        ("folder.yaml", "/", "{path}: Is a directory"),
        ("broken.yaml", "a: [", "{path}: is not YAML: line 1, column 5: while parsing a flow node, expected the node content, but found '<stream end>'"),
        ("empty.yaml", "", "{path}: is empty"),
        ("typo.yaml", "name: cosine\nstart_valu: 1\nend_value: 0", "{path}:2: start_valu: is not a key of cosine; did you mean 'start_value'?"),
        ("bad.yaml", "name: cosine\nstart_value: .nan\nend_value: 0", "{path}:2: start_value: must be finite, got nan"),
        ("steps.yaml", STEPS, "{path}:3: milestones: counts in epochs, so num_epochs must be given, here or by the caller"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_and_status_2(
    tmp_path: Path, name: str, text: str | None, message: str
) -> None:
    path = tmp_path / name
    if text == "/":
        path.mkdir()
    elif text is not None:
        path.write_text(text, encoding="utf-8")
    status, out, err = run("show", path, "--steps", 10)
    assert (status, out) == (2, "")
    assert err == message.format(path=path) + "\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give --steps N, or --steps-per-epoch S (and --epochs E)"),
        (["--steps", "9", "--steps-per-epoch", "3"], "give --steps N, or --steps-per-epoch S (and --epochs E)"),
        (["--steps", "0"], "over: 'total_steps' must be from 1 to 9007199254740992, got 0"),
        (["--epochs", "0", "--steps-per-epoch", "3"], "from_config: 'num_epochs' must be from 1 to 1125899906842624, got 0"),
    ],
)  # fmt: skip
def test_a_run_without_a_length(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["show", str(SWAV), *arguments]) == 2
    assert capsys.readouterr().err == message.format(path=SWAV) + "\n"


def test_epochs_that_are_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cosine.json"
    path.write_text('{"name": "cosine", "start_value": 1, "end_value": 0}', encoding="utf-8")
    assert cli.main(["show", str(path), "--steps-per-epoch", "3"]) == 2
    assert capsys.readouterr().err == f"{path}: has no num_epochs, so give --epochs E\n"


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("yaml", f"{SWAV}: reading YAML needs PyYAML: pip install 'schedcore-lr[cli]'"),
        ("plotext", "the curve needs plotext: pip install 'schedcore-lr[cli]'"),
    ],
)
def test_without_the_extra_it_says_what_to_install(
    module: str, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "schedcore._config.yaml_text", raising=False)
    assert cli.main(["show", str(SWAV), "--steps", "10"]) == 2
    assert capsys.readouterr().err == message + "\n"


def test_one_step_is_enough(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", str(SWAV), "--steps", "1"]) == 0
    assert "Linear           0          0          0.3         0.3" in capsys.readouterr().out


def test_the_module_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["schedcore", "show", str(SWAV), "--steps", "10"])
    with pytest.raises(SystemExit, match=whole("0")):
        runpy.run_module("schedcore", run_name="__main__")
    assert ".over(10)" in capsys.readouterr().out


def test_an_unknown_command_is_argparses_to_tell(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=whole("2")):
        cli.main(["shew"])
    assert "invalid choice: 'shew'" in capsys.readouterr().err


def test_what_was_scaled_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cosine.yaml"
    path.write_text(
        "name: cosine\nstart_value: 0.1\nend_value: 0\n"
        "auto_lr_scaling: {auto_scale: true, base_value: 0.1, base_lr_batch_size: 256}\n",
        encoding="utf-8",
    )
    assert cli.main(["show", str(path), "--steps", "10", "--batch-size", "1024"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "batch size 1024:",
        "  start_value: 0.1 -> 0.4",
        "",
        "Cosine(start=0.4, end=0.0).over(10)",
    ]
    assert cli.main(["show", "vissl_cosine", "--steps", "10", "--batch-size", "1024"]) == 0
    assert capsys.readouterr().out.splitlines()[:3] == [
        "batch size 1024:",
        "  nothing was scaled: no auto_lr_scaling has auto_scale: true",
        "",
    ]
    assert cli.main(["show", str(path), "--steps", "10", "--batch-size", "0"]) == 2
    message = "scale_config: 'batch_size' must be above 0, got 0\n"
    assert capsys.readouterr().err == message


def test_an_encoding_without_the_curve_s_signs_is_no_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "schedcore", "show", "vissl_cosine", "--steps", "10"],
        capture_output=True,
        env={"PYTHONIOENCODING": "cp1252", "PATH": ""},
        check=True,
    )
    assert b"Cosine(start=0.15, end=0.0).over(10)" in done.stdout
    assert done.stderr == b""
