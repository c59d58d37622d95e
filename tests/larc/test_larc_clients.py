"""LARC inside what drives optimizers: two schedulers, Lightning, Accelerate, checkpoints."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import accelerate
import lightning.pytorch as pl
import pytest
import torch
import torch.distributed.checkpoint.state_dict as dcp
from accelerate.state import AcceleratorState, GradientState
from optimizers import named, train
from torch.optim import SGD, AdamW, Optimizer
from torch.utils.data import DataLoader

import schedcore as sc
from schedcore_torch import LARC, ScheduleLR

SCHEDULE = sc.warmup_cosine(0.1, warmup=0.25, end=1e-4)
TOTAL = 12


def weights(optimizer: Optimizer) -> list[Any]:
    return [p.tolist() for group in optimizer.param_groups for p in group["params"]]


def test_two_schedulers_on_both_are_rivals() -> None:
    larc = LARC(SGD(named("ab"), lr=1.0))
    for first, second in ((larc, larc.optimizer), (larc.optimizer, larc)):
        earlier = ScheduleLR(first, TOTAL, lr=SCHEDULE)
        later = ScheduleLR(second, TOTAL, lr=sc.Constant(0.5))
        train(larc)
        with pytest.raises(ValueError, match="another ScheduleLR, built later for this optimizer, writes 'lr' now"):  # fmt: skip
            earlier.step()
        later.step()


# Trainers.


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x).square().mean()


def data() -> list[torch.Tensor]:
    return list(torch.randn(TOTAL, 3, generator=torch.Generator().manual_seed(1)))


def made(parameters: Any, follow_updates: bool = False) -> tuple[LARC, ScheduleLR]:
    larc = LARC(SGD(parameters, lr=1.0, momentum=0.9, weight_decay=0.1), 0.02)
    return larc, ScheduleLR(larc, TOTAL, lr=SCHEDULE, follow_updates=follow_updates)


def expected(initial: dict[str, torch.Tensor]) -> list[Any]:
    """The weights after a run in plain torch."""
    module = Model()
    module.load_state_dict(initial)
    larc, scheduler = made(module.parameters())
    for x in data():
        larc.zero_grad()
        module(x[None]).backward()
        larc.step()
        scheduler.step()
    return weights(larc)


class Lit(pl.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.steps = 0

    def training_step(self, x: torch.Tensor, _: int) -> torch.Tensor:
        self.steps += 1
        return self.model(x)

    def configure_optimizers(self) -> Any:
        larc, scheduler = made(self.parameters())
        return {"optimizer": larc, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


@pytest.mark.filterwarnings(
    r"ignore:`isinstance\(treespec, LeafSpec\)` is deprecated:FutureWarning",  # it is Lightning's
    "ignore:You're resuming from a checkpoint that ended before the epoch ended:UserWarning",
    # Of the machine:
    "ignore:The 'train_dataloader' does not have many workers:UserWarning",
    "ignore:GPU available but not used:UserWarning",
)
def test_lightning(tmp_path: Path) -> None:
    def trained(module: Lit, steps: int, resumed: Path | None = None) -> Any:
        trainer = pl.Trainer(
            accelerator="cpu",
            devices=1,
            max_steps=steps,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=tmp_path,
        )
        trainer.fit(module, DataLoader(data()), ckpt_path=resumed)  # type: ignore[arg-type]
        return trainer

    module = Lit()
    wanted = expected(copy.deepcopy(module.model.state_dict()))
    trainer = trained(module, TOTAL)
    assert module.steps == TOTAL  # one closure for each
    assert isinstance(trainer.optimizers[0], LARC)
    assert isinstance(module.optimizers(), LARC)
    assert weights(trainer.optimizers[0]) == wanted
    assert weights(module.optimizers()) == wanted  # type: ignore[arg-type]
    trainer.save_checkpoint(tmp_path / "saved.ckpt")
    resumed = trained(Lit(), TOTAL, tmp_path / "saved.ckpt").optimizers[0]
    assert weights(resumed) == wanted
    assert len(resumed.state) == 2


@pytest.fixture
def _accelerate() -> Iterator[None]:
    def reset() -> None:
        AcceleratorState._reset_state(reset_partial_state=True)
        GradientState._reset_state()

    reset()
    yield
    reset()


@pytest.mark.usefixtures("_accelerate")
def test_accelerate(tmp_path: Path) -> None:
    module = Model()
    wanted = expected(copy.deepcopy(module.state_dict()))
    larc, scheduler = made(module.parameters(), follow_updates=True)
    accelerator = accelerate.Accelerator(cpu=True)
    prepared, optimizer, loader, scheduler = accelerator.prepare(
        module, larc, DataLoader(data()), scheduler
    )
    for x in loader:
        optimizer.zero_grad()
        accelerator.backward(prepared(x))
        optimizer.step()
        scheduler.step()
    assert optimizer.optimizer is larc
    assert weights(larc) == wanted
    accelerator.save_state(str(tmp_path))
    buffers = [x["momentum_buffer"].clone() for x in larc.state.values()]
    larc.state.clear()
    accelerator.load_state(str(tmp_path))
    assert all(map(torch.equal, buffers, [x["momentum_buffer"] for x in larc.state.values()]))


@pytest.mark.filterwarnings("ignore:torch.distributed is disabled, unavailable or uninitialized")
def test_distributed_checkpoints() -> None:
    module, fresh = Model(), Model()
    larc, other = (LARC(AdamW(x.parameters(), lr=0.1)) for x in (module, fresh))
    module(data()[0][None]).backward()
    larc.step()
    before = weights(other)
    dcp.set_optimizer_state_dict(fresh, other, dcp.get_optimizer_state_dict(module, larc))
    assert weights(other) == before
    for mine, wanted in zip(other.state.values(), larc.state.values(), strict=True):
        assert all(torch.equal(mine[key], wanted[key]) for key in wanted)
