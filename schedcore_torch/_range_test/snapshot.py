"""All that updates change, copied, to be put back bit for bit: weights, states, modes, chance.

Values are put back into the tensors, lists and dicts that held them, so that whoever else holds
these, an optimizer or a scheduler, still does. Nothing is known here of what runs in between.
"""

from __future__ import annotations

import random
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from operator import attrgetter
from types import MethodType
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.amp import GradScaler
from torch.jit._script import RecursiveScriptModule
from torch.nn.parameter import is_lazy
from torch.optim import Optimizer
from torch.utils.data import DataLoader, Sampler

_SIMPLE = (int, float, str, bytes, bool, type(None), random.SystemRandom)
_LOOKED_INTO = (nn.Module, Optimizer, GradScaler, DataLoader, Sampler)
_STATES: tuple[tuple[Any, Callable[[Any], Any], Callable[[Any, Any], Any]], ...] = (
    (Generator, Generator.get_state, Generator.set_state),
    (random.Random, random.Random.getstate, random.Random.setstate),
    (np.random.BitGenerator, attrgetter("state"), lambda x, bits: setattr(x, "state", bits)),
    (np.random.RandomState, np.random.RandomState.get_state, np.random.RandomState.set_state),
    (np.ndarray, np.ndarray.copy, np.copyto),
    (bytearray, bytes, lambda x, content: x.__setitem__(slice(None), content)),
)
"""How what has a state of its own is read, and put back."""
_BITS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
"""Integers of as many bytes."""


class RunSnapshot:
    """A copy of what things hold: tensors with their gradients, numbers, lists, dicts, generators.

    Modules, optimizers, scalers, loaders and samplers are looked into, with all attributes and
    whatever of the same kinds these hold, and what bound methods and partials of them are of;
    other objects are left alone, and so is a loader's dataset. The random states of Python, numpy
    and torch, of its CUDA devices too where they are in use, are always copied.
    """

    def __init__(self, *things: object) -> None:
        self._kept: dict[int, object] = {}
        self._undo: list[Callable[[], object]] = []
        for thing in things:
            self._note(thing)
        self._note_chance()

    def restore(self) -> None:
        """Put all back, whatever fails meanwhile, or whoever presses Ctrl-C; then let that out."""
        with _uninterrupted(), torch.no_grad(), ExitStack() as stack:
            for undo in reversed(self._undo):  # the last one in is the first to run
                stack.callback(undo)

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
            if isinstance(x, DataLoader):
                self._kept.setdefault(id(x.dataset), x.dataset)  # data is not looked into
            self._note(vars(x))
            if isinstance(x, RecursiveScriptModule):
                self._note_script(x)
        elif isinstance(x, MethodType | np.random.Generator):
            self._note(x.__self__ if isinstance(x, MethodType) else x.bit_generator)
        elif isinstance(x, partial):
            self._note((x.func, x.args, x.keywords))
        elif not isinstance(x, np.ndarray) or x.flags.writeable:
            for kind, read, write in _STATES:
                if isinstance(x, kind):
                    self._undo.append(partial(write, x, read(x)))

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
                mine = _own_memory(x.detach())
                if not _same_bits(mine, copy):  # its memory may be read-only
                    mine.copy_(copy)
            else:
                x.data = copy.expand(shape)
            if leaf:
                if not x.is_leaf:
                    x.detach_()
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
                for item in items:
                    x.__setitem__(*item)  # `update` of a Counter would count

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

    def _note_script(self, x: RecursiveScriptModule) -> None:
        """What TorchScript holds outside of Python: weights, buffers, mode, attributes."""
        held = {name: getattr(x, name) for name in x._concrete_type.get_attributes()}
        self._undo += [partial(x._c.setattr, name, value) for name, value in held.items()]
        self._note((held, *x.children()))

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


def _same_bits(x: Tensor, y: Tensor) -> bool:
    """Whether two tensors of one kind are surely the same; NaN is NaN, and -0.0 is not 0.0."""
    if type(x) is not Tensor or x.layout != torch.strided or x.is_quantized or x.is_meta:
        return False
    x, y = (z.resolve_conj().resolve_neg() for z in (x, y))
    if x.is_complex():
        x, y = torch.view_as_real(x), torch.view_as_real(y)
    bits = _BITS[x.element_size()]
    return torch.equal(x.view(bits), y.view(bits))


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait until the end."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is None:
        yield  # only the main thread is interrupted, and only a handler of Python's can be put back
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)
