"""Where something stands in a configuration, and everything that is wrong with it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from reprlib import Repr
from typing import Any, NamedTuple

from schedcore._checks import nearest_word

Path = tuple[str | int, ...]

MOST_FAULTS = 100
LONGEST = 1000

_REPR = Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 80
_PARAMETER = re.compile(r"\w*: '(\w+)((?:\[\d+\])*)' ((?:must|could).*)", re.DOTALL)


class Fault(NamedTuple):
    """What is wrong, and where."""

    path: Path
    what: str


class ConfigError(ValueError):
    """Everything that is wrong with a configuration, a line each, where it stands first."""

    def __init__(
        self, faults: Iterable[Fault], file: str = "", lines: Mapping[Path, int] | None = None
    ) -> None:
        self.faults = tuple(faults)
        said = [_located(fault, file, lines or {}) for fault in self.faults[:MOST_FAULTS]]
        if len(self.faults) > MOST_FAULTS:
            said.append(f"{file or 'config'}: and {len(self.faults) - MOST_FAULTS} more")
        super().__init__("\n".join(said))


def _located(fault: Fault, file: str, lines: Mapping[Path, int]) -> str:
    path = fault.path
    while path and path not in lines:
        path = path[:-1]  # of what is missing, where it should be
    line = f":{lines[path]}" if path in lines else ""
    where = written(fault.path) or ("" if file else "config")
    parts = (file + line, _cut(where), _cut(fault.what))
    return ": ".join(part for part in parts if part)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def written(path: Path) -> str:
    """A path as one writes it: `schedulers[1].end_value`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


class Run(NamedTuple):
    """What all places of one schedule's configuration share."""

    faults: list[Fault]
    schedule: Callable[[object, "Place"], Any]
    """Reads the schedule that stands at a place; None if something is wrong with it."""
    shape: Callable[[object, "Place"], Any]
    """Likewise what a recipe makes its ways up and down with."""
    root: Path = ()
    """Where the outermost schedule stands."""
    interval: str = "step"
    """Its `update_interval`."""
    unscaled: str = ""
    """Why it can not be scaled to a batch size, if it can not."""
    epochs: int | None = None
    """The epochs that the caller gave, which go before all that is written."""


class Place(NamedTuple):
    """A place in a configuration, and the epochs that it may speak of."""

    path: Path
    run: Run
    epochs: int | None = None

    def at(self, *keys: str | int) -> "Place":
        """The place under a key, or of an item; or under several, one in another."""
        return self._replace(path=(*self.path, *keys))

    def wrong(self, what: str) -> None:
        """Note what is wrong here."""
        self.run.faults.append(Fault(self.path, what))

    def counted_epochs(self) -> int | None:
        """The epochs of the run, which what stands here speaks of."""
        if self.epochs is None:
            self.wrong("counts in epochs, so num_epochs must be given, here or by the caller")
        return self.epochs


def shown(x: object) -> str:
    """What was given, as Python writes it, not too long."""
    try:
        return _REPR.repr(x)
    except ValueError:  # Python writes no integers of more than 4300 digits
        return "a number with thousands of digits"


def parameter_of(error: Exception) -> tuple[str, Sequence[int], str]:
    """Of an error about a parameter: its name, the indices in it, and what is said of it.

    `Steps: 'values[1]' must be finite, got nan` is about `values`, [1]: "must be finite, got nan".
    An error that is worded otherwise is about no parameter, "".
    """
    found = _PARAMETER.fullmatch(str(error))
    if not found:
        return "", (), str(error)
    name, indices, what = found.groups()
    return name, [int(i) for i in re.findall(r"\d+", indices)], what


def hint(word: object, known: Iterable[str]) -> str:
    """What was probably meant by an unknown word; else what is known."""
    words = tuple(known)
    ours = {word.removesuffix("_value"): word for word in words}  # end_value is our end
    meant = nearest_word(word if isinstance(word, str) else shown(word), (*words, *ours))
    return f"did you mean {ours.get(meant, meant)!r}?" if meant else f"known are {', '.join(words)}"
