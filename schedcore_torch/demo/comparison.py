"""Whether a resumed run is the uninterrupted one, bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from schedcore_torch.demo.training import Run


def difference(whole: Run, resumed: Run) -> str | None:
    """The first thing in which a resumed run is not, bit for bit, the uninterrupted one."""
    first = resumed.seen.first_step
    if len(resumed.seen.values) != len(whole.seen.values) - first:
        return f"it made {len(resumed.seen.values)} updates from step {first} on"
    for k, (mine, its) in enumerate(
        zip(whole.seen.values[first:], resumed.seen.values, strict=True), first
    ):
        for name in mine.keys() | its.keys():
            if mine.get(name) != its.get(name):
                return f"at step {k} {name} is {its.get(name)!r}, and was {mine.get(name)!r}"
    for k, (loss, its_loss) in enumerate(
        zip(whole.seen.losses[first:], resumed.seen.losses, strict=True), first
    ):
        if loss != its_loss:
            return f"at step {k} the loss is {its_loss!r}, and was {loss!r}"
    place = _first_difference(whole.state(), resumed.state())
    return None if place is None else f"at the end {place} is another"


def _first_difference(a: Any, b: Any, name: str = "") -> str | None:
    """The place of the first thing that differs, in mappings, lists, tensors and plain values."""
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return None if torch.equal(a, b) else name
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        a, b = dict(enumerate(a)), dict(enumerate(b))
    if not (isinstance(a, Mapping) and isinstance(b, Mapping)):
        return None if a == b else name
    if a.keys() != b.keys():
        return name
    found = (_first_difference(a[key], b[key], f"{name}.{key}".lstrip(".")) for key in a)
    return next((place for place in found if place is not None), None)
