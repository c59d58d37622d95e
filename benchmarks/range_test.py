"""A small CNN on handwritten digits: one-cycle at the suggested peak, beside the default rate."""

import statistics
import time

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.optim import SGD, AdamW, Optimizer
from torch.utils.data import DataLoader, TensorDataset

import schedcore as sc
from benchmarks.side_by_side import machine
from schedcore_torch import RangeTest, ScheduleLR, lr_range_test

SEEDS = range(5)
BATCH = 64
EPOCHS = (3, 10)
OPTIMIZERS = {
    "SGD, momentum 0.9": (SGD, {"momentum": 0.9}),
    "AdamW": (AdamW, {}),
}
DEFAULT = 1e-3  # torch's, of both
LOSS = nn.CrossEntropyLoss()
Data = tuple[TensorDataset, tuple[Tensor, Tensor]]


def digits(seed: int) -> Data:
    """1347 digits to train with, 450 to test with."""
    images, labels = load_digits(return_X_y=True)
    parts = train_test_split(images, labels, test_size=0.25, random_state=seed, stratify=labels)
    x, x_test = (torch.tensor(p.reshape(-1, 1, 8, 8) / 16, dtype=torch.float32) for p in parts[:2])
    y, y_test = (torch.tensor(p) for p in parts[2:])
    return TensorDataset(x, y), (x_test, y_test)


def net() -> nn.Module:
    """Two convolutions with batch norm, and a linear layer."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(128, 10),
    )  # fmt: skip


def begun(seed: int, kind: str) -> tuple[nn.Module, Optimizer, DataLoader[tuple[Tensor, ...]]]:
    torch.manual_seed(seed)
    model = net()
    make, more = OPTIMIZERS[kind]
    optimizer = make(model.parameters(), lr=DEFAULT, **more)
    return model, optimizer, DataLoader(digits(seed)[0], BATCH, shuffle=True)


def tested(seed: int, kind: str) -> RangeTest:
    model, optimizer, loader = begun(seed, kind)
    return lr_range_test(model, optimizer, LOSS, loader)


def accuracy(seed: int, kind: str, epochs: int, peak: float | None) -> float:
    """In percent of the test set, after training at the default rate, or in one cycle to a peak."""
    model, optimizer, loader = begun(seed, kind)
    steps = epochs * len(loader)
    scheduler = ScheduleLR(optimizer, steps, lr=DEFAULT if peak is None else sc.one_cycle(peak))
    for _ in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            LOSS(model(x), y).backward()
            optimizer.step()
            scheduler.step()
    model.eval()
    x, y = digits(seed)[1]
    with torch.no_grad():
        return 100 * (model(x).argmax(1) == y).double().mean().item()


def shown(values: list[float]) -> str:
    each = " ".join(f"{x:.1f}" for x in values)
    return f"{statistics.mean(values):.2f} % ({each})"


def rows(kind: str) -> None:
    begin = time.perf_counter()
    tests = [tested(seed, kind) for seed in SEEDS]
    taken = (time.perf_counter() - begin) / len(SEEDS)
    peaks = [test.suggestion.steepest for test in tests]
    sure = sum(test.suggestion.confident for test in tests)
    made = statistics.mean(len(test.lrs) for test in tests)
    print(f"{kind}: range tests of {made:.0f} updates, {taken:.2f} s each")
    print(f"  steepest {' '.join(f'{x:.3g}' for x in peaks)}; {sure} of {len(SEEDS)} confident")
    for epochs in EPOCHS:
        constant, longer = (
            [accuracy(seed, kind, count, None) for seed in SEEDS] for count in (epochs, epochs + 5)
        )
        cycled = [accuracy(s, kind, epochs, x) for s, x in zip(SEEDS, peaks, strict=True)]
        better = sum(a > b for a, b in zip(cycled, constant, strict=True))
        print(f"  {epochs:2} epochs, one_cycle(steepest) {shown(cycled)}, better for {better}")
        print(f"  {epochs:2} epochs, constant {DEFAULT:g}      {shown(constant)}")
        print(f"  {epochs + 5:2} epochs, constant {DEFAULT:g}      {shown(longer)}")


def main() -> None:
    torch.set_num_threads(1)
    print(machine("torch", "numpy", "scikit-learn"))
    print(f"{sum(p.numel() for p in net().parameters())} parameters, batches of {BATCH}; accuracy")
    print(f"on 450 digits after training on 1347: mean of {len(SEEDS)} seeds, and each; 5 epochs")
    print("more are what a range test costs, and a few updates")
    for kind in OPTIMIZERS:
        rows(kind)


if __name__ == "__main__":
    main()
