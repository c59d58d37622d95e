"""PlateauLR: a ScheduleLR's learning rates, multiplied by a plateau's factor.

The rules of the plateau are schedcore.plateau's, and all writing is ScheduleLR's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from schedcore import Plateau, PlateauState
from schedcore._checks import fault, one_of
from schedcore_torch.scheduler import ScheduleLR

OWNER = "PlateauLR"
VERSION = 1


class PlateauLR:
    """Multiplies a ScheduleLR's learning rates by a plateau's factor, warmup included.

        group["lr"] = schedule(progress) * factor * group["lr_scale"]

    The schedule moves with `scheduler.step()`, as ever; the factor with `update(metric)`: call each
    where it is due, in any order. A new factor is written at once, and holds for all that the
    ScheduleLR writes: steps, `seek`, `extend`, `load_state_dict`, groups that are added. Nothing
    but "lr" is multiplied. What the ScheduleLR plans, plots and has in its table is the schedule,
    without the factor, which `describe()` tells below the table.

    Parameters:
        schedule_lr: a `ScheduleLR` that schedules "lr"; `lr=0.1` does for a constant one.
        plateau: a `Plateau`.

    Building it writes nothing: the factor is 1 at first. In several processes, give all of them
    the same metric, such as the mean over them: each decides for itself.

    Both have states to be saved, and loaded in any order; that of the ScheduleLR tells the factor
    too, so that `update` can refuse to go on from a plateau that was left out.

    Raises:
        TypeError: for what is no ScheduleLR or no Plateau.
        ValueError: for a ScheduleLR that does not schedule "lr".

    >>> import torch
    >>> from schedcore import Plateau, warmup_constant
    >>> from schedcore_torch import ScheduleLR
    >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(2))], lr=0.1)
    >>> scheduler = ScheduleLR(optimizer, 100, lr=warmup_constant(0.1, warmup=0.1))
    >>> plateau_lr = PlateauLR(scheduler, Plateau(factor=0.5, patience=1))
    >>> for loss in (1.0, 0.7, 0.7, 0.7):
    ...     for _ in range(10):
    ...         optimizer.step()
    ...         scheduler.step()
    ...     plateau_lr.update(loss)
    >>> scheduler.last_values()
    {'lr/0': 0.05}
    """

    def __init__(self, schedule_lr: ScheduleLR, plateau: Plateau) -> None:
        if not isinstance(schedule_lr, ScheduleLR):
            raise TypeError(
                f"{OWNER}: 'schedule_lr' must be a ScheduleLR, such as "
                f"ScheduleLR(optimizer, total_steps, lr=0.1), got {schedule_lr!r}"
            )
        if not isinstance(plateau, Plateau):
            raise TypeError(fault(OWNER, "plateau", "be a Plateau", plateau))
        if "lr" not in schedule_lr._given:
            raise ValueError(f"{OWNER}: the ScheduleLR schedules no 'lr', which is multiplied here")
        self._schedule_lr, self._plateau = schedule_lr, plateau
        self._state = plateau.initial()

    def update(self, metric: float) -> None:
        """Take one more metric, and write the learning rates if it makes another factor.

        Parameters:
            metric: a number, perhaps NaN, or an array or tensor of one; read from its device.

        Raises:
            TypeError: for what is no number.
            ValueError: if what multiplies the learning rates is not this plateau's factor.
        """
        found = self._schedule_lr._bound.multiplier
        if found != self._state.factor:
            raise ValueError(
                f"{OWNER}: the ScheduleLR is multiplied by {found!r}, and this plateau's factor is "
                f"{self._state.factor!r}: load the states of both, from one moment, or begin anew "
                "with reset()"
            )
        self._take(self._plateau.update(self._state, metric))

    def step(self, metric: float) -> None:
        """The same as `update`, by torch's name for it; nothing moves along the schedule.

        Parameters:
            metric: likewise.
        """
        self.update(metric)

    def reset(self) -> None:
        """Begin anew: the factor is 1 again, and no metric is known."""
        self._take(self._plateau.initial())

    def state_dict(self) -> dict[str, Any]:
        """The plateau and where it is, in plain values."""
        return {
            "version": VERSION,
            "plateau": asdict(self._plateau),
            "state": asdict(self._state),
        }

    def load_state_dict(self, state_dict: Mapping[str, Any], on_mismatch: str = "raise") -> None:
        """Go on from where a state was saved, and write the learning rates of its factor.

        Parameters:
            state_dict: what `state_dict` returned.
            on_mismatch: what to do with the state of another plateau. "raise" says what differs;
                "mine" keeps the plateau that is here; "saved" takes over what was saved.

        Raises:
            ValueError: for the state of another plateau, unless told, or what is no state.
        """
        way = one_of(OWNER, "on_mismatch", on_mismatch, ("raise", "mine", "saved"))
        plateau, state = _checked(state_dict)
        if way == "raise" and plateau != self._plateau:
            raise ValueError(
                f"{OWNER}: the state is that of another plateau: saved {plateau!r}, here "
                f"{self._plateau!r}. Load it with on_mismatch='mine' to go on with what is here, "
                "or 'saved' to take over what was saved"
            )
        self._take(state)
        if way == "saved":
            self._plateau = plateau

    @property
    def schedule_lr(self) -> ScheduleLR:
        """The scheduler whose learning rates are multiplied."""
        return self._schedule_lr

    @property
    def plateau(self) -> Plateau:
        """The rules."""
        return self._plateau

    @property
    def state(self) -> PlateauState:
        """Where the plateau is; `state.factor` is what the learning rates are multiplied by."""
        return self._state

    def __repr__(self) -> str:
        return f"<{OWNER} at {self._state!r}: {self._plateau!r} of {self._schedule_lr!r}>"

    def _take(self, state: PlateauState) -> None:
        if state.factor != self._schedule_lr._bound.multiplier:
            self._schedule_lr._multiply(state.factor)
        self._state = state


def _checked(state_dict: Mapping[str, Any]) -> tuple[Plateau, PlateauState]:
    needed = ("version", "plateau", "state")
    if not isinstance(state_dict, Mapping) or any(key not in state_dict for key in needed):
        raise ValueError(f"{OWNER}: this is no state of a {OWNER}, got {state_dict!r}")
    if state_dict["version"] != VERSION:
        raise ValueError(
            f"{OWNER}: the state is of version {state_dict['version']!r}, but this is version "
            f"{VERSION}"
        )
    for name, kind in (("plateau", Plateau), ("state", PlateauState)):
        known, saved = [field.name for field in fields(kind)], state_dict[name]
        if not isinstance(saved, Mapping) or {*saved} != {*known}:
            raise ValueError(
                f"{OWNER}: this is no state of a {OWNER}: its {name!r} must be a dict of "
                f"{', '.join(known)}, got {saved!r}"
            )
    return Plateau(**state_dict["plateau"]), PlateauState(**state_dict["state"])
