"""scikit-learn's digits: 1797 images of 8x8 pixels, and the order in which an epoch sees them."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

TESTED = 360


class Digits(NamedTuple):
    """Images of the shape (count, 1, 8, 8), and the digits that they show."""

    images: Tensor
    digits: Tensor


def digits() -> tuple[Digits, Digits]:
    """The digits to train on, and those to test with: always the same."""
    from sklearn.datasets import load_digits

    found = load_digits()
    images = torch.tensor(found.images, dtype=torch.float32).unsqueeze(1)
    images = (images - images.mean()) / images.std()
    shuffled = torch.from_numpy(np.random.default_rng(0).permutation(len(images)))
    images, shown = images[shuffled], torch.from_numpy(found.target)[shuffled]
    return (
        Digits(images[TESTED:], shown[TESTED:]),
        Digits(images[:TESTED], shown[:TESTED]),
    )


def batches(data: Digits, size: int, seed: int, epoch: int) -> list[Digits]:
    """The full batches of an epoch, in an order that depends on the seed and the epoch alone.

    So a run that begins in the middle sees what the uninterrupted one sees.
    """
    order = torch.from_numpy(np.random.default_rng([seed, epoch]).permutation(len(data.images)))
    chosen = order[: len(order) // size * size].reshape(-1, size)
    return [Digits(data.images[batch], data.digits[batch]) for batch in chosen]
