"""ScheduleLR inside what drives it: Lightning, transformers, Accelerate, two processes of DDP."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import accelerate
import lightning.pytorch as pl
import pytest
import torch
import transformers
from accelerate.scheduler import AcceleratedScheduler
from accelerate.state import AcceleratorState, GradientState
from lightning.pytorch.callbacks import LearningRateMonitor, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader

import schedcore as sc
from schedcore_torch import ScheduleLR

SCHEDULE = sc.warmup_cosine(0.1, warmup=0.25, end=1e-4)
TOTAL = 12
SAVED = 5  # updates before the checkpoint
PLAN = SCHEDULE.over(TOTAL)
VALUES = PLAN.values().tolist()
END = PLAN(TOTAL)

each_mode = pytest.mark.parametrize("follow_updates", [False, True])
accumulating = pytest.mark.parametrize("batches", [1, 2])  # for an update


class Model(torch.nn.Module):
    """Its output is its loss."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(3, 1)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"loss": self.layer(x).square().mean()}


def scheduled(model: torch.nn.Module, follow_updates: bool) -> tuple[Optimizer, ScheduleLR]:
    optimizer = SGD(model.parameters(), lr=1.0, momentum=0.9)
    return optimizer, ScheduleLR(optimizer, TOTAL, lr=SCHEDULE, follow_updates=follow_updates)


class Run:
    """What a process makes anew, whether it starts or resumes, and the rates of its updates."""

    def __init__(self, follow_updates: bool) -> None:
        self.model = Model()
        self.optimizer, self.scheduler = scheduled(self.model, follow_updates)
        self.used: list[float] = []
        self.optimizer.register_step_pre_hook(lambda *_: self.used.append(self.lr))

    @property
    def lr(self) -> float:
        return self.optimizer.param_groups[0]["lr"]

    def weights(self) -> list[list[float]]:
        return [p.tolist() for p in self.model.parameters()]


def data(batches: int) -> list[torch.Tensor]:
    """One sample for each batch of the run."""
    return list(torch.randn(TOTAL * batches, 3, generator=torch.Generator().manual_seed(1)))


def reset_accelerate() -> None:
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()


@pytest.fixture(autouse=True)
def accelerate_leaves_nothing() -> Iterator[None]:
    yield
    reset_accelerate()


class Lit(pl.LightningModule):
    def __init__(self, follow_updates: bool) -> None:
        super().__init__()
        self.model = Model()
        self.follow_updates = follow_updates
        self.used: list[float] = []

    def training_step(self, x: torch.Tensor, _: int) -> dict[str, torch.Tensor]:
        return self.model(x)

    def configure_optimizers(self) -> Any:
        optimizer, scheduler = scheduled(self.model, self.follow_updates)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": "step"},
        }

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        self.used.append(optimizer.param_groups[0]["lr"])


@pytest.mark.filterwarnings(
    r"ignore:`isinstance\(treespec, LeafSpec\)` is deprecated:FutureWarning",  # it is Lightning's
    "ignore:You're resuming from a checkpoint that ended before the epoch ended:UserWarning",
    "ignore:The dirpath has changed from:UserWarning",
    # Of the machine:
    "ignore:The 'train_dataloader' does not have many workers:UserWarning",
    "ignore:GPU available but not used:UserWarning",
)
@each_mode
@accumulating
def test_lightning(tmp_path: Path, follow_updates: bool, batches: int) -> None:
    def fitted(folder: Path, resumed: Path | None) -> tuple[list[float], float, dict[int, float]]:
        trainer = pl.Trainer(
            accelerator="cpu",
            devices=1,
            max_steps=TOTAL,
            accumulate_grad_batches=batches,
            logger=CSVLogger(folder, name="", version=""),
            log_every_n_steps=1,
            callbacks=[
                LearningRateMonitor(logging_interval="step"),
                ModelCheckpoint(folder, "{step}", every_n_train_steps=SAVED, save_top_k=-1),
            ],
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        module = Lit(follow_updates)
        trainer.fit(module, DataLoader(data(batches)), ckpt_path=resumed)
        with (folder / "metrics.csv").open() as file:
            logged = {int(row["step"]): float(row["lr-SGD"]) for row in csv.DictReader(file)}
        return module.used, trainer.optimizers[0].param_groups[0]["lr"], logged

    whole, rest = tmp_path / "whole", tmp_path / "rest"
    assert fitted(whole, None) == (VALUES, END, dict(enumerate(VALUES)))
    used, last, logged = fitted(rest, whole / f"step={SAVED}.ckpt")
    assert (used, last) == (VALUES[SAVED:], END)
    assert logged == dict(enumerate(VALUES[SAVED:], SAVED))


@each_mode
@accumulating
def test_transformers(tmp_path: Path, follow_updates: bool, batches: int) -> None:
    def trained(resumed: str | None) -> tuple[Run, list[float]]:
        run = Run(follow_updates)
        trainer = transformers.Trainer(
            model=run.model,
            args=transformers.TrainingArguments(
                output_dir=str(tmp_path),
                max_steps=TOTAL,
                save_steps=SAVED,
                logging_steps=1,
                per_device_train_batch_size=1,
                gradient_accumulation_steps=batches,
                remove_unused_columns=False,
                dataloader_pin_memory=False,
                use_cpu=True,
                report_to=[],
                disable_tqdm=True,
            ),
            train_dataset=[{"x": x} for x in data(batches)],
            optimizers=(run.optimizer, run.scheduler),
        )
        trainer.train(resume_from_checkpoint=resumed)
        history = trainer.state.log_history
        return run, [x["learning_rate"] for x in history if "learning_rate" in x]

    # It asks for the rate between optimizer.step() and scheduler.step().
    expected = [*VALUES[1:], END] if follow_updates else VALUES
    whole, logged = trained(None)
    assert (whole.used, whole.lr, logged) == (VALUES, END, expected)
    rest, logged = trained(str(tmp_path / f"checkpoint-{SAVED}"))
    assert (rest.used, rest.lr, logged) == (VALUES[SAVED:], END, expected)
    assert rest.weights() == whole.weights()


@each_mode
@accumulating
def test_accelerate(tmp_path: Path, follow_updates: bool, batches: int) -> None:
    def trained(resumed: bool) -> Run:
        reset_accelerate()
        run = Run(follow_updates)
        accelerator = accelerate.Accelerator(cpu=True, gradient_accumulation_steps=batches)
        model, optimizer, loader, scheduler = accelerator.prepare(
            run.model, run.optimizer, DataLoader(data(batches)), run.scheduler
        )
        assert isinstance(scheduler, AcceleratedScheduler)
        if resumed:
            accelerator.load_state(str(tmp_path))
            loader = accelerator.skip_first_batches(loader, SAVED * batches)
        for i, x in enumerate(loader, 1):
            with accelerator.accumulate(model):
                accelerator.backward(model(x)["loss"])
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
            if i == SAVED * batches and not resumed:
                accelerator.save_state(str(tmp_path))
        return run

    whole = trained(resumed=False)
    assert (whole.used, whole.lr) == (VALUES, END)
    rest = trained(resumed=True)
    assert (rest.used, rest.lr) == (VALUES[SAVED:], END)
    assert rest.weights() == whole.weights()


@pytest.mark.parametrize("processes", [1, 4])
def test_a_step_for_each_process_of_accelerate(
    monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    accelerator = accelerate.Accelerator(cpu=True)
    told = property(lambda _: processes)
    monkeypatch.setattr(AcceleratorState, "num_processes", told, raising=False)

    def used(optimizer: Any, scheduler: Any) -> list[float]:
        optimizer, scheduler = accelerator.prepare(optimizer, scheduler)
        assert isinstance(scheduler, AcceleratedScheduler)
        rates = []
        for _ in range(TOTAL):
            rates += [group["lr"] for group in optimizer.param_groups]
            optimizer.step()
            scheduler.step()
        return rates

    optimizer = SGD(Model().parameters(), lr=1.0)
    of_torch = used(optimizer, LambdaLR(optimizer, PLAN))
    assert of_torch == [PLAN(min(k * processes, TOTAL)) for k in range(TOTAL)]
    assert (of_torch == VALUES) == (processes == 1)
    assert used(*scheduled(Model(), follow_updates=True)) == VALUES
    prepared = accelerator.prepare(SGD(Model().parameters(), lr=1.0))
    scheduler = ScheduleLR(prepared, TOTAL, lr=SCHEDULE, follow_updates=True)
    assert used(prepared, scheduler) == VALUES


RANK = """
import json, sys
from pathlib import Path
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
import schedcore as sc
from schedcore_torch import ScheduleLR

folder, rank, total = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
schedule = sc.from_config(json.loads(sys.argv[4]))
torch.set_num_threads(1)
torch.manual_seed(rank)  # so their weights and their data differ
dist.init_process_group("gloo", f"file://{folder}/store", rank=rank, world_size=2)
done = []
for follow_updates in (False, True):
    model = DistributedDataParallel(torch.nn.Linear(3, 1))
    weights = [model.module.weight.tolist()]
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0, momentum=0.9)
    scheduler = ScheduleLR(optimizer, total, lr=schedule, follow_updates=follow_updates)
    used = []
    optimizer.register_step_pre_hook(lambda o, *_: used.append(o.param_groups[0]["lr"]))
    for _ in range(total):
        optimizer.zero_grad()
        model(torch.randn(4, 3)).square().mean().backward()
        optimizer.step()
        scheduler.step()
    weights.append([p.tolist() for p in model.parameters()])
    done.append({"used": used, "last": optimizer.param_groups[0]["lr"], "weights": weights})
(folder / f"{rank}.json").write_text(json.dumps(done))
dist.destroy_process_group()
"""


def test_two_processes_of_ddp(tmp_path: Path) -> None:
    script = tmp_path / "rank.py"
    script.write_text(RANK)
    command = [sys.executable, "-W", "error::UserWarning", str(script), str(tmp_path)]
    told = [str(TOTAL), json.dumps(sc.to_config(SCHEDULE))]
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
    ranks = [
        subprocess.Popen(
            [*command, str(rank), *told],
            env={**os.environ, "PYTHONPATH": paths},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        said = [process.communicate(timeout=120)[1] for process in ranks]
    finally:
        for process in ranks:
            process.kill()
            process.wait()
    assert [process.returncode for process in ranks] == [0, 0], said
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(2))
    assert [(run["used"], run["last"]) for run in first] == [(VALUES, END)] * 2
    assert first == second
    for run in first:
        before, (after, _) = run["weights"]
        assert before != after
