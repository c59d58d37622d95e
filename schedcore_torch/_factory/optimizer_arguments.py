"""The optimizers of torch by name, and their arguments as a configuration writes them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch.optim import Optimizer

from schedcore._config.locations import Place, hint, shown
from schedcore._config.optimizer_block import BLOCK, is_default
from schedcore._config.value_types import FLAG, NUMBER, is_list

_FLAGS = ("foreach", "fused")  # whose defaults are None


def optimizer_named(name: str, place: Place) -> type[Optimizer] | None:
    """The optimizer of `torch.optim` with a name, in any case."""
    known = {
        key.lower(): kind
        for key, kind in vars(torch.optim).items()
        if isinstance(kind, type) and issubclass(kind, Optimizer) and kind is not Optimizer
    }
    if name.lower() not in known:
        meant = hint(name.lower(), sorted(known))
        place.wrong(f"is {shown(name)}, which is no optimizer of torch.optim; {meant}")
    return known.get(name.lower())


def arguments_of(kind: type[Optimizer]) -> dict[str, Any]:
    """The arguments of an optimizer that a configuration may give, with their defaults."""
    signature = inspect.signature(kind.__init__)
    return {
        name: parameter.default
        for name, parameter in signature.parameters.items()
        if name not in ("self", "params", "lr")
    }


def read_arguments(kind: type[Optimizer], given: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """The arguments for an optimizer; what is wrong with them is noted."""
    defaults = arguments_of(kind)
    found = {}
    for name, x in given.items():
        if name in defaults:
            if x is not None:
                found[name] = _read(x, defaults[name], place.at(name))
        elif name != "lr" and not is_default(name, x):  # of which the block was told
            known = [*defaults, *BLOCK, "param_schedulers"]
            place.at(name).wrong(f"is no argument of {kind.__name__}; {hint(name, known)}")
    return found


def _read(x: object, default: object, place: Place) -> Any:
    """An argument, of the kind that its default is of."""
    if isinstance(default, bool) or place.path[-1] in _FLAGS:
        return FLAG.read(x, place)
    if isinstance(default, int | float):
        found = NUMBER.read(x, place)
        whole = isinstance(default, int) and found is not None and found.is_integer()
        return int(found) if whole else found
    if isinstance(default, tuple):
        if not is_list(x) or len(x) != len(default):
            place.wrong(f"must be a list of {len(default)}, got {shown(x)}")
            return None
        pairs = zip(x, default, strict=True)
        return tuple(
            None if y is None and other is None else NUMBER.read(y, place.at(i))
            for i, (y, other) in enumerate(pairs)
        )
    return x
