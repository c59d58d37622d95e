"""Writing tensors: one vector for all groups, which hold views of it."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import Any

import numpy as np
import torch

from schedcore_torch._scheduler.spec import OWNER
from schedcore_torch._scheduler.writers import Edit, Track


class TensorTrack(Track):
    """Tensors of one dtype on one device, filled in place and never replaced by floats."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        like: torch.Tensor = self._found()[0]
        self._vector = torch.empty(len(self.rows), dtype=like.dtype, device=like.device)
        self._largest = torch.finfo(like.dtype).max
        self._look()

    def _look(self) -> None:
        vector = self._vector
        self._views = list(vector.unbind())
        self._indices = torch.tensor(self._which, device="cpu")
        self._factor_vector = _doubles(self._factors)
        self._scale_vector = _doubles(self._scales)
        self._most = max(abs(f * s) for f, s in zip(self._factors, self._scales, strict=True))
        readable = vector.device.type == "cpu" and vector.dtype in (torch.float32, torch.float64)
        self._host = vector.numpy() if readable else np.empty(0)
        self._seen = b""
        self._bound = False

    def adopt(self, other: TensorTrack) -> None:
        """Go on with the tensors of the track that was here before, if they are such."""
        mine, theirs = self._vector, other._vector
        alike = (mine.shape, mine.dtype, mine.device) == (theirs.shape, theirs.dtype, theirs.device)
        if alike and self.label == other.label:
            self._vector = theirs
            self._look()
            self._views = other._views

    def current(self) -> list[float]:
        found = self._found()
        if self.last and all(map(is_, found, self._views)):
            return self.products(self.last)  # which need not be waited for
        return [float(x) for x in found]

    def prepare(self, values: list[float]) -> Edit | None:
        found = self._found()
        self._bound = all(map(is_, found, self._views))
        edit = self._edit(found) if self.last else None
        scales = self._fresh_scales()
        if scales != self._scales:
            self._scales, self._scale_vector = scales, _doubles(scales)
            self._most = max(abs(f * s) for f, s in zip(self._factors, scales, strict=True))
        highest = abs(values[0]) if self.alike else max(map(abs, values))
        if highest * self._most > self._largest:
            raise ValueError(
                f"{OWNER}: {self.label!r} is of {self._vector.dtype}, which holds no more than "
                f"{self._largest!r}, got {max(map(abs, self.products(values)))!r}"
            )
        return edit

    def write(self, values: list[float]) -> None:
        if self.alike:
            product = self._scale_vector * values[0]
        else:
            product = _doubles(values)[self._indices] * self._factor_vector * self._scale_vector
        # Copied without waiting for the device, and rounded once, from float64.
        self._vector.copy_(product, non_blocking=True)
        if not self._bound:
            self._put(self._views)
        self.last, self._seen = values, self._host.tobytes()

    def _edit(self, found: list[Any]) -> Edit | None:
        """What is no more our tensor; where reading is free, also what has another value."""
        if self._bound and self._host.tobytes() == self._seen:
            return None
        before = np.frombuffer(self._seen, self._host.dtype)
        for i, (row, x, view) in enumerate(zip(self.rows, found, self._views, strict=True)):
            changed = len(before) and self._host[i] != before[i]
            if changed or (x is not view and float(x) != float(view)):
                return Edit(self._where(row), self.products(self.last)[i], float(x))
        return None


def _doubles(xs: Sequence[float]) -> torch.Tensor:
    return torch.tensor(xs, dtype=torch.float64, device="cpu")
