"""The demo: what it builds and writes, that its resumption is exact, and what it refuses."""

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch
import yaml

import schedcore as sc
from schedcore import _atomic_write
from schedcore._atomic_write import replace
from schedcore_torch import LARC, layers
from schedcore_torch.demo.__main__ import NEEDED, main
from schedcore_torch.demo.comparison import difference
from schedcore_torch.demo.data import TESTED, Digits, batches, digits
from schedcore_torch.demo.figure import drawn
from schedcore_torch.demo.model import Vit
from schedcore_torch.demo.training import BATCH_SIZE, CONFIG, Run

EPOCHS = 4
DATA = digits()
FEW = (Digits(*(x[: 3 * BATCH_SIZE] for x in DATA[0])), Digits(*(x[:50] for x in DATA[1])))


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def trained(run: Run, epochs: int) -> Run:
    while run.epoch < epochs:
        run.train_epoch(lambda loss: None)
    return run


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """An uninterrupted run, and its checkpoint from the middle."""
    path = tmp_path_factory.mktemp("demo") / "checkpoint.pt"
    run = trained(Run(FEW, EPOCHS, seed=3), EPOCHS // 2)
    run.save(path)
    return trained(run, EPOCHS), path


def test_the_run_is_what_its_configuration_says() -> None:
    run = Run(FEW, EPOCHS, seed=0)
    assert isinstance(run.optimizer, LARC)
    assert isinstance(run.optimizer.optimizer, torch.optim.SGD)
    peak, steps = 0.2, EPOCHS * 3
    lr, weight_decay = sc.warmup_cosine(peak, 0.1).over(steps), sc.Cosine(0.001, 0.01).over(steps)
    trained(run, EPOCHS)
    for step, values in enumerate(run.seen.values):
        for layer in range(6):
            for part in ("decay", "no_decay"):
                group = f"layer_{layer}_{part}"
                scale = 0.75 ** (5 - layer)
                assert values[f"lr/{group}"] == lr(step) * scale
                decayed = weight_decay(step) if part == "decay" else 0.0
                assert values[f"weight_decay/{group}"] == decayed
        assert len(values) == 24
    assert len(run.seen.values) == steps


def test_the_configuration_passes_the_schema() -> None:
    schema = Path(sc.__file__).parent / "configs" / "schema.json"
    text = CONFIG.read_text(encoding="utf-8")
    named = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert (CONFIG.parent / named).samefile(schema)
    jsonschema.validate(yaml.safe_load(text), json.loads(schema.read_text(encoding="utf-8")))


def test_the_model_has_the_names_of_a_vit() -> None:
    model = Vit(depth=2)
    layer_of = layers.vit(model)
    found = {name: layer_of(name) for name, _ in model.named_parameters()}
    assert {layer for name, layer in found.items() if "embed" in name or "token" in name} == {0}
    assert {layer for name, layer in found.items() if name.startswith("blocks.1.")} == {2}
    assert {name for name, layer in found.items() if layer == 3} == {
        "norm.weight", "norm.bias", "head.weight", "head.bias",
    }  # fmt: skip
    assert model(DATA[0].images[:5]).shape == (5, 10)


def test_training_and_test_digits_are_apart_and_an_epoch_sees_each_once() -> None:
    train, test = DATA
    assert len(train.images) == 1797 - TESTED
    assert train.images.shape[1:] == (1, 8, 8)
    assert {len(train.digits.unique()), len(test.digits.unique())} == {10}
    assert torch.cat([train.images, test.images]).std().item() == pytest.approx(
        1, rel=1e-6, abs=0.0
    )
    numbered = Digits(torch.arange(1437.0), torch.arange(1437))
    seen = batches(numbered, BATCH_SIZE, seed=0, epoch=0)
    numbers = torch.cat([batch.digits for batch in seen]).tolist()
    assert len(numbers) == len(set(numbers)) == 1437 // BATCH_SIZE * BATCH_SIZE
    assert all(torch.equal(images, shown.float()) for images, shown in seen)


def test_the_order_of_an_epoch_is_its_own() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        numbered = Digits(torch.arange(100), torch.arange(100))
        return torch.cat([batch.digits for batch in batches(numbered, 10, seed, epoch)]).tolist()

    assert order(0, 1) == order(0, 1)
    assert len({tuple(order(seed, epoch)) for seed in (0, 1) for epoch in (0, 1)}) == 4


def test_a_resumed_run_is_the_uninterrupted_one(whole: tuple[Run, Path]) -> None:
    run, path = whole
    resumed = Run(FEW, EPOCHS, seed=4)
    assert difference(run, resumed) == "it made 0 updates from step 0 on"
    resumed.resume(path)
    assert resumed.epoch == resumed.seen.first_step // 3 == EPOCHS // 2
    trained(resumed, EPOCHS)
    assert difference(run, resumed) is None
    assert resumed.seen.values == run.seen.values[6:]
    assert resumed.seen.losses == run.seen.losses[6:]
    assert resumed.seen.accuracies == run.seen.accuracies[2:]
    for mine, its in zip(run.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(mine, its)


def without_momentum(saved: dict[str, Any]) -> None:
    saved["optimizer"]["state"].clear()


def of_another_order(saved: dict[str, Any]) -> None:
    saved["seed"] += 1


def with_another_weight(saved: dict[str, Any]) -> None:
    saved["model"]["head.bias"][0] += 0.01


def at_an_earlier_epoch(saved: dict[str, Any]) -> None:
    saved["scheduler"]["position"] -= 3


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (without_momentum, r"^at step 7 the loss is \d"),
        (of_another_order, r"^at step 6 the loss is \d"),
        (with_another_weight, r"^at step 6 the loss is \d"),
        (at_an_earlier_epoch, r"^at step 3 the loss is \d"),
    ],
)
def test_a_broken_resumption_is_seen(
    whole: tuple[Run, Path], tmp_path: Path, broken: Callable[[Any], None], said: str
) -> None:
    run, path = whole
    saved = torch.load(path, weights_only=True)
    broken(saved)
    torch.save(saved, tmp_path / "broken.pt")
    resumed = Run(FEW, EPOCHS, seed=3)
    resumed.resume(tmp_path / "broken.pt")
    trained(resumed, EPOCHS)
    found = difference(run, resumed)
    assert found is not None
    assert re.search(said, found), found


def test_any_difference_is_named(whole: tuple[Run, Path]) -> None:
    run, path = whole

    def resumed() -> Run:
        other = Run(FEW, EPOCHS, seed=3)
        other.resume(path)
        return trained(other, EPOCHS)

    other = resumed()
    other.seen.values[1]["weight_decay/layer_0_decay"] *= 1 + 2**-52
    assert str(difference(run, other)).startswith("at step 7 weight_decay/layer_0_decay is 0.0")
    del other.seen.values[1]["weight_decay/layer_0_decay"]
    assert str(difference(run, other)).startswith("at step 7 weight_decay/layer_0_decay is None, ")
    other = resumed()
    with torch.no_grad():
        other.model.blocks[1].mlp.fc2.bias[3] += 1e-6  # type: ignore[union-attr,operator,index]
    assert difference(run, other) == "at the end model.blocks.1.mlp.fc2.bias is another"
    other = resumed()
    next(iter(other.optimizer.state.values()))["momentum_buffer"] += 1e-6
    assert difference(run, other) == "at the end optimizer.state.0.momentum_buffer is another"
    other = resumed()
    other.optimizer.param_groups[2]["momentum"] = 0.8
    assert difference(run, other) == "at the end optimizer.param_groups.2.momentum is another"
    del other.optimizer.param_groups[2]["nesterov"]
    assert difference(run, other) == "at the end optimizer.param_groups.2 is another"
    other = resumed()
    other.seed = 5
    assert difference(run, other) == "at the end seed is another"


def test_the_picture_shows_what_was_seen(whole: tuple[Run, Path]) -> None:
    run, path = whole
    resumed = Run(FEW, EPOCHS, seed=3)
    resumed.resume(path)
    trained(resumed, EPOCHS)
    loss, accuracy, lr, weight_decay = drawn(run, resumed).axes

    def shown(axes: Any) -> list[tuple[list[float], list[float]]]:
        return [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines]

    steps = [k / 3 for k in range(12)]
    assert shown(loss)[:2] == [(steps, run.seen.losses), (steps[6:], resumed.seen.losses)]
    percent = [100 * x for x in run.seen.accuracies]
    assert shown(accuracy)[:2] == [([1, 2, 3, 4], percent), ([3, 4], percent[2:])]
    for axes, key, names in (
        (lr, "lr", [f"layer_{i}_decay" for i in range(5, -1, -1)]),
        (weight_decay, "weight_decay", ["layer_0_no_decay", "layer_0_decay"]),
    ):
        curves = shown(axes)
        for i, name in enumerate(names):
            values = [values[f"{key}/{name}"] for values in run.seen.values]
            assert curves[2 * i : 2 * i + 2] == [(steps, values), (steps[6:], values[6:])]
    for axes in (loss, accuracy, lr, weight_decay):
        assert shown(axes)[-1][0] == [2, 2]  # the checkpoint
        assert axes.get_title()
        assert axes.get_ylabel()
        assert axes.get_legend()
    said = [text.get_text() for text in lr.get_legend().get_texts()]
    assert said == [*(f"layer {i}" for i in range(5, -1, -1)), "resumed"]
    said = [text.get_text() for text in weight_decay.get_legend().get_texts()]
    assert said == ["no_decay groups", "decay groups", "resumed"]


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    threads, chance = torch.get_num_threads(), torch.get_rng_state()
    folder = tmp_path / "new" / "folder"
    assert main(["--epochs", "2", "--output", str(folder)]) == 0
    said = capsys.readouterr()
    assert said.err == ""  # no terminal, no bar
    assert said.out.startswith("digits_vit.yaml builds:\n\nLARC(SGD(momentum=0.9), clip=True, ")
    lines = said.out.splitlines()
    assert [line.split()[:2] for line in lines if line.startswith("epoch")] == [
        ["epoch", "1"], ["epoch", "2"], ["epoch", "2"],
    ]  # fmt: skip
    assert lines[-2].startswith("bit for bit the same: ")
    assert "at all 44 steps from 44 on" in lines[-2]
    assert lines[-1] == f"drew {folder / 'training.png'}"
    assert sorted(path.name for path in folder.iterdir()) == ["checkpoint.pt", "training.png"]
    assert (folder / "training.png").read_bytes().startswith(b"\x89PNG\r\n")
    assert torch.load(folder / "checkpoint.pt", weights_only=True)["scheduler"]["position"] == 44
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), chance)


def test_a_bar_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("schedcore_torch.demo.__main__.digits", lambda: FEW)
    assert main(["--epochs", "2", "--output", str(tmp_path)]) == 0
    assert "| 0/3 [00:00<?, ?step/s]" in terminal.getvalue()


def test_a_resumption_that_is_another_run_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("schedcore_torch.demo.__main__.digits", lambda: FEW)
    resume = Run.resume

    def other_weights(run: Run, path: Path) -> None:
        resume(run, path)
        with torch.no_grad():
            run.model.head.bias[0] += 0.1

    monkeypatch.setattr(Run, "resume", other_weights)
    assert main(["--epochs", "2", "--output", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("schedcore_torch.demo: the resumed run is not the uninterrupted one: at step 3 the loss is ")  # fmt: skip
    assert said.count("\n") == 1
    assert not (tmp_path / "training.png").exists()


def must_not_train(*_: object) -> None:
    raise AssertionError("it trained")


@pytest.mark.parametrize("module", NEEDED)
def test_what_is_missing_is_said_before_anything_is_done(
    module: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Run, "train_epoch", must_not_train)
    monkeypatch.setitem(sys.modules, module, None)
    folder = tmp_path / "run"
    assert main(["--output", str(folder)]) == 2
    assert capsys.readouterr() == (
        "",
        f"schedcore_torch.demo needs {NEEDED[module]}: pip install 'schedcore-lr[demo]'\n",
    )
    assert not folder.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--epochs", "1"], "schedcore_torch.demo: 'epochs' must be at least 2, got 1\n"),
        (["--seed", "-1"], f"schedcore_torch.demo: 'seed' must be from 0 to {2**63 - 1}, got -1\n"),
    ],
)
def test_a_wrong_number_is_one_line(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Run, "train_epoch", must_not_train)
    assert main([*arguments, "--output", str(tmp_path / "run")]) == 2
    assert capsys.readouterr() == ("", said)
    assert not (tmp_path / "run").exists()


def test_a_folder_that_can_not_be_made_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Run, "train_epoch", must_not_train)
    (tmp_path / "file").write_text("mine")
    for folder, why in (("file", "File exists"), ("file/run", "Not a directory")):
        assert main(["--output", str(tmp_path / folder)]) == 2
        assert capsys.readouterr() == ("", f"{tmp_path / folder}: {why}\n")
    assert (tmp_path / "file").read_text() == "mine"


def test_help_says_what_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--help"])
    said = capsys.readouterr().out
    assert "checkpoint.pt and training.png" in said
    assert "example: python -m schedcore_torch.demo " in said


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    replace(path, b"old")
    replace(path, b"new")
    assert path.read_bytes() == b"new"

    class Full(io.FileIO):
        def write(self, data: Any) -> int:
            super().write(data[:1])
            raise OSError(28, "No space left on device", self.name)

    monkeypatch.setattr(_atomic_write, "open", Full, raising=False)
    with pytest.raises(OSError, match="No space left on device"):
        replace(path, b"newer")
    assert path.read_bytes() == b"new"
    assert [found.name for found in tmp_path.iterdir()] == ["file"]
