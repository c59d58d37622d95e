"""All that updates change, copied, to be put back bit for bit: weights, states, modes, chance.

Values are put back into the tensors, lists and dicts that held them, so that whoever else holds
these, an optimizer or a scheduler, still does. Nothing is known here of what runs in between.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.amp import GradScaler
from torch.nn.parameter import is_lazy
from torch.optim import Optimizer
from torch.utils.data import DataLoader, Sampler

_SIMPLE = (int, float, str, bytes, bool, type(None))
_LOOKED_INTO = (nn.Module, Optimizer, GradScaler, DataLoader, Sampler)


class RunSnapshot:
    """A copy of what things hold: tensors with their gradients, numbers, lists, dicts, generators.

    Modules, optimizers, scalers, loaders and samplers are looked into, with all attributes and
    whatever of the same kinds these hold; other objects are left alone. The random states of
    Python, numpy and torch, of its CUDA devices too where they are in use, are always copied.
    """

    def __init__(self, *things: object) -> None:
        self._kept: dict[int, object] = {}
        self._undo: list[Callable[[], object]] = []
        for thing in things:
            self._note(thing)
        self._note_chance()

    def restore(self) -> None:
        """Put all back."""
        with torch.no_grad():
            for undo in self._undo:
                undo()

    def _note(self, x: Any) -> None:
        if isinstance(x, _SIMPLE) or id(x) in self._kept:
            return
        self._kept[id(x)] = x  # so that no other gets its id
        if isinstance(x, Tensor):
            self._note_tensor(x)
        elif isinstance(x, dict):
            self._note_dict(x)
        elif isinstance(x, list | deque | set | tuple | frozenset):
            self._note_sequence(x)
        elif isinstance(x, _LOOKED_INTO):
            self._note(vars(x))
        elif isinstance(x, np.ndarray):
            if x.flags.writeable:
                array = x.copy()
                self._undo.append(lambda: np.copyto(x, array))
        elif isinstance(x, Generator):
            state = x.get_state()
            self._undo.append(lambda: x.set_state(state))
        elif isinstance(x, np.random.Generator):
            bits = x.bit_generator.state
            self._undo.append(lambda: setattr(x.bit_generator, "state", bits))
        elif isinstance(x, random.Random):
            chance = x.getstate()
            self._undo.append(lambda: x.setstate(chance))

    def _note_tensor(self, x: Tensor) -> None:
        if is_lazy(x):
            raise ValueError(
                "lr_range_test: the model has a parameter without a shape yet: run a batch through "
                "it first"
            )
        copy = _own_memory(x.detach()).clone()
        shape, leaf, learns = x.shape, x.is_leaf, x.requires_grad
        grad = x.grad if leaf else None
        self._note(grad)

        def put_back() -> None:
            if (x.shape, x.dtype, x.device) == (shape, copy.dtype, copy.device):
                _own_memory(x.detach()).copy_(copy)
            else:
                x.data = copy.expand(shape)
            if leaf:
                x.requires_grad_(learns)
                x.grad = grad

        self._undo.append(put_back)

    def _note_dict(self, x: dict[Any, Any]) -> None:
        items = [*x.items()]

        def put_back() -> None:
            now = [*x.items()]
            if len(now) != len(items) or any(
                a is not c or b is not d for (a, b), (c, d) in zip(now, items, strict=True)
            ):
                x.clear()
                x.update(items)

        self._undo.append(put_back)
        for _, value in items:
            self._note(value)

    def _note_sequence(self, x: Any) -> None:
        items = [*x]

        def put_back() -> None:
            if isinstance(x, list):
                x[:] = items
            elif isinstance(x, deque | set):
                x.clear()
                (x.extend if isinstance(x, deque) else x.update)(items)

        self._undo.append(put_back)
        for item in items:
            self._note(item)

    def _note_chance(self) -> None:
        chance, legacy, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()
        self._undo += [
            lambda: random.setstate(chance),
            lambda: np.random.set_state(legacy),
            lambda: torch.set_rng_state(cpu),
        ]
        if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
            devices = torch.cuda.get_rng_state_all()
            self._undo.append(lambda: torch.cuda.set_rng_state_all(devices))


def _own_memory(x: Tensor) -> Tensor:
    """A tensor without what it only repeats, as `expand` does: that can not be written into."""
    if x.layout != torch.strided or 0 not in x.stride():
        return x
    return x[tuple(slice(0, 1) if step == 0 else slice(None) for step in x.stride())]
