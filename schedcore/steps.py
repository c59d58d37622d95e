"""Steps, epochs and samples as progress, in exact integers. A schedule is not known here."""

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from schedcore._checks import fault, integer, one_of
from schedcore._exact import Length, as_length, fraction

MOST_STEPS = 2**53
SAMPLES = ("left", "right", "both")


@dataclass(frozen=True)
class Horizon:
    """How long a run is: its number of optimizer updates, and what an epoch is.

    Parameters:
        total_steps: optimizer updates in the whole run.
        steps_per_epoch: optimizer updates in one epoch, where epochs are to be spoken of.
        samples_per_step: samples in one update, over all processes and accumulated batches, where
            samples are to be spoken of.
        samples_per_epoch: samples that one epoch sees, likewise.

    Raises:
        ValueError, TypeError: for what is no whole number of at least 1 (of steps: at most 2**53).

    `Horizon.epochs` and `Horizon.samples` count for you:

    >>> horizon = Horizon.epochs(90, steps_per_epoch=5004)
    >>> horizon.total_steps
    450360
    >>> horizon.fraction("5ep")
    Fraction(1, 18)
    """

    total_steps: int
    steps_per_epoch: int | None = None
    samples_per_step: int | None = None
    samples_per_epoch: int | None = None

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        set_field(self, "total_steps", checked_steps("Horizon", self.total_steps))
        for name in ("steps_per_epoch", "samples_per_step", "samples_per_epoch"):
            given = getattr(self, name)
            if given is not None:
                set_field(self, name, integer("Horizon", name, given, 1))

    @classmethod
    def epochs(cls, epochs: int, steps_per_epoch: int) -> "Horizon":
        """A run of whole epochs of the same length.

        Parameters:
            epochs: passes over the data set.
            steps_per_epoch: optimizer updates in each.

        Raises:
            ValueError, TypeError: for what is no whole number of at least 1.
        """
        epochs = integer("Horizon.epochs", "epochs", epochs, 1)
        steps_per_epoch = integer("Horizon.epochs", "steps_per_epoch", steps_per_epoch, 1)
        return cls(epochs * steps_per_epoch, steps_per_epoch)

    @classmethod
    def samples(
        cls,
        samples: int,
        batch_size: int,
        epochs: int = 1,
        world_size: int = 1,
        accumulation: int = 1,
        drop_last: bool = False,
    ) -> "Horizon":
        """The updates that a data loader gives.

        Parameters:
            samples: size of the data set.
            batch_size: samples in a batch of one process.
            epochs: passes over the data set.
            world_size: processes that share each pass.
            accumulation: batches that each process gathers for one update; it starts anew with
                each epoch.
            drop_last: leave out what does not fill a whole update at an epoch's end. Else it
                makes one more update: an epoch is the samples divided by those of an update,
                rounded up.

        Raises:
            ValueError, TypeError: for parameters that are not such, and for an epoch without one
                whole update.

        >>> horizon = Horizon.samples(1281167, 64, epochs=400, world_size=64, drop_last=True)
        >>> horizon.steps_per_epoch, horizon.total_steps
        (312, 124800)
        """
        owner = "Horizon.samples"
        samples = integer(owner, "samples", samples, 1)
        update = (
            integer(owner, "batch_size", batch_size, 1)
            * integer(owner, "world_size", world_size, 1)
            * integer(owner, "accumulation", accumulation, 1)
        )
        epochs = integer(owner, "epochs", epochs, 1)
        if not isinstance(drop_last, bool):
            raise TypeError(fault(owner, "drop_last", "be True or False", drop_last))
        per_epoch = samples // update if drop_last else -(-samples // update)
        if per_epoch == 0:
            raise ValueError(
                f"{owner}: an epoch of {samples} samples has no whole update of {update} samples; "
                "drop_last=False makes one of what there is"
            )
        seen = per_epoch * update if drop_last else samples
        return cls(epochs * per_epoch, per_epoch, update, seen)

    def fraction(self, length: Length) -> Fraction:
        """A length as an exact share of the run.

        Parameters:
            length: "5ep" are epochs, "500st" steps, "10%" and 0.1 (a float, a Fraction or "1/10")
                shares.

        Raises:
            ValueError, TypeError: for another length, one beyond the run, an int (which could be
                any of these), and for epochs where the horizon does not know them.

        >>> Horizon(10000).fraction("500st")
        Fraction(1, 20)
        """
        text = length.strip() if isinstance(length, str) else ""
        if isinstance(length, int) and not isinstance(length, bool) and length != 0:
            raise ValueError(
                f"Horizon.fraction: {length!r} could be epochs, steps or all of the run: "
                f"write '{length}ep', '{length}st' or '{100 * length}%'"
            )
        if text.endswith("ep"):
            if self.steps_per_epoch is None:
                raise ValueError(
                    f"Horizon.fraction: {length!r} needs the steps of an epoch: build the horizon "
                    "with Horizon.epochs(epochs, steps_per_epoch) or Horizon.samples(...)"
                )
            steps = fraction("Horizon.fraction", "length", text[:-2]) * self.steps_per_epoch
            share = steps / self.total_steps
        elif text.endswith("st"):
            share = fraction("Horizon.fraction", "length", text[:-2]) / self.total_steps
        else:
            share = as_length("Horizon.fraction", "length", length)
        if not 0 <= share <= 1:
            raise ValueError(
                f"Horizon.fraction: {length!r} is not within the run of {self.total_steps} steps"
            )
        return share

    def step_at(self, samples: int) -> int:
        """The step that a run has come to when it has seen `samples` samples.

        That is how many updates were complete by then, so a run continued with another batch
        size goes on where the samples it has seen stand.

        Raises:
            ValueError, TypeError: for `samples` that are no whole number, or below 0, and where
                the horizon was not built with `Horizon.samples`.

        >>> Horizon.samples(1000, batch_size=100, epochs=3).step_at(1250)
        12
        """
        if self.samples_per_step is None or self.samples_per_epoch is None:
            raise ValueError(
                "Horizon.step_at: samples are not known here: build the horizon with "
                "Horizon.samples(samples, batch_size, ...)"
            )
        assert self.steps_per_epoch is not None
        epochs, rest = divmod(
            integer("Horizon.step_at", "samples", samples, 0), self.samples_per_epoch
        )
        return epochs * self.steps_per_epoch + rest // self.samples_per_step


def checked_steps(owner: str, total_steps: object) -> int:
    """A number of steps that float64 can count."""
    return integer(owner, "total_steps", total_steps, 1, MOST_STEPS)


def checked_sample(sample: object) -> str:
    """One of "left", "right" and "both"."""
    return one_of("over", "sample", sample, SAMPLES)


class Reading(NamedTuple):
    """The progress of step k of a run: (min(max(k, 0), last) + shift) / parts."""

    last: int
    shift: int
    parts: int

    def progress(self, step: int) -> float:
        """The progress that `step` is read at, rounded once."""
        last, shift, parts = self
        if step > last:
            step = last
        elif step < 0:
            step = 0
        return (step + shift) / parts

    def first_step(self, place: Fraction) -> int:
        """The first step read at `place` or later; one more than the last if none is."""
        step = max(-(-place.numerator * self.parts // place.denominator) - self.shift, 0)
        while step > 0 and self.progress(step - 1) >= float(place):
            step -= 1  # its progress rounds to the place
        return step


def reading(total_steps: int, sample: str) -> Reading:
    """How the steps of a run are read: "left" at k/N, "right" at (k+1)/N, "both" at k/(N-1)."""
    if sample == "left":
        return Reading(total_steps, 0, total_steps)
    if sample == "right":
        return Reading(total_steps - 1, 1, total_steps)
    return Reading(total_steps - 1, 0, total_steps - 1) if total_steps > 1 else Reading(0, 1, 1)
