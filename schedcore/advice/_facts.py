"""What the user of `check` says of a run, checked. No schedule is known here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from schedcore._checks import fault, integer, one_of, positive
from schedcore.steps import Horizon

OWNER = "check"
MODELS = ("transformer", "cnn", "other")
STEPPED = ("update", "epoch")


class Facts(NamedTuple):
    """The facts, by the names that `check` has for them."""

    model: str | None
    pretrained: bool
    new_layers: bool
    optimizer: str | None
    batch_size: int | None
    world_size: int
    accumulation: int
    samples: int | None
    epochs: int | None
    drop_last: bool
    base_lr: float | None
    base_batch_size: int | None
    stepped: str | None
    group_lrs: Mapping[str, float] | None
    plateau_updates: int | None

    def checked(self) -> Facts:
        """The same, each of its kind, and all that belong together there."""
        for name in ("pretrained", "new_layers", "drop_last"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(fault(OWNER, name, "be True or False", getattr(self, name)))
        found: dict[str, Any] = {"optimizer": _name(self.optimizer)}
        for name in ("world_size", "accumulation"):
            found[name] = integer(OWNER, name, getattr(self, name), 1)
        for name in ("batch_size", "samples", "epochs"):
            found[name] = self._count(name)
        found["base_batch_size"] = self._count("base_batch_size")
        found["plateau_updates"] = self._count("plateau_updates", 0)
        for name, allowed in (("model", MODELS), ("stepped", STEPPED)):
            if getattr(self, name) is not None:
                found[name] = one_of(OWNER, name, getattr(self, name), allowed)
        if self.base_lr is not None:
            found["base_lr"] = positive(OWNER, "base_lr", self.base_lr)
        if self.group_lrs is not None:
            found["group_lrs"] = _rates(self.group_lrs)
        self._need("samples", "batch_size", "epochs")
        self._need("base_lr", "base_batch_size", "batch_size")
        self._need("base_batch_size", "base_lr")
        return self._replace(**found)

    def _count(self, name: str, lowest: int = 1) -> int | None:
        x = getattr(self, name)
        return None if x is None else integer(OWNER, name, x, lowest)

    def _need(self, name: str, *others: str) -> None:
        missing = [other for other in others if getattr(self, other) is None]
        if getattr(self, name) is not None and missing:
            raise TypeError(f"{OWNER}: {name!r} says nothing without {' and '.join(missing)}")

    @property
    def update_size(self) -> int | None:
        """Samples of one update."""
        if self.batch_size is None:
            return None
        return self.batch_size * self.world_size * self.accumulation

    def counted(self, **other: Any) -> Horizon | None:
        """The updates that training makes, if that can be told; or with `other` facts."""
        if self.samples is None:
            return None
        names = ("samples", "batch_size", "epochs", "world_size", "accumulation", "drop_last")
        return Horizon.samples(**{name: getattr(self, name) for name in names} | other)


def _name(x: object) -> str | None:
    if x is None or isinstance(x, str):
        return x
    raise TypeError(fault(OWNER, "optimizer", "be the name of a class, such as 'AdamW'", x))


def _rates(x: object) -> dict[str, float]:
    if not isinstance(x, Mapping) or not x:
        raise TypeError(fault(OWNER, "group_lrs", "be a dict of learning rates by name", x))
    return {str(name): positive(OWNER, f"group_lrs[{name}]", lr) for name, lr in x.items()}
