"""Reading a configuration's keys, with errors that begin with the path to what is wrong."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

Config = Mapping[str, Any]


class LocatedError(ValueError):
    """An error that begins with the path of what is wrong."""


class Node(NamedTuple):
    """A schedule's mapping, the path to it, and the epochs that it may speak of."""

    keys: Config
    path: str
    num_epochs: int | None

    def wrong(self, key: str, what: str) -> NoReturn:
        """Raise what is wrong with a key."""
        raise LocatedError(f"{join(self.path, key)}: {what}")

    def need(self, key: str) -> Any:
        """What stands under a key, which must be there."""
        if self.keys.get(key) is None:
            self.wrong(key, "is missing")
        return self.keys[key]

    def number(self, key: str) -> float:
        """The number under a key."""
        return number(self.need(key), join(self.path, key))

    def whole(self, key: str) -> int:
        """The whole number under a key."""
        return whole(self.need(key), join(self.path, key))

    def list(self, key: str) -> Sequence[Any]:
        """The list under a key."""
        found = self.need(key)
        if not isinstance(found, list | tuple):
            self.wrong(key, f"must be a list, got {found!r}")
        return found

    def numbers(self, key: str) -> Sequence[float]:
        """The list of numbers under a key."""
        path = join(self.path, key)
        return [number(x, f"{path}[{i}]") for i, x in enumerate(self.list(key))]

    def one_of(self, key: str, *allowed: str) -> str:
        """The word under a key, one of a few."""
        found = self.need(key)
        if found not in allowed:
            self.wrong(key, f"must be {' or '.join(allowed)}, got {found!r}")
        return str(found)

    def epochs(self, key: str) -> int:
        """The epochs of the run, which a key speaks of."""
        if self.num_epochs is None:
            self.wrong(key, "counts in epochs, so num_epochs must be given, here or by the caller")
        return self.num_epochs


def join(path: str, key: str) -> str:
    """The path to a key."""
    return f"{path}.{key}" if path else key


def number(x: object, path: str) -> float:
    """A number, or a string that is one."""
    if isinstance(x, str):  # as YAML reads 1e-3
        try:
            return float(x)
        except ValueError:
            pass
    elif isinstance(x, int | float) and not isinstance(x, bool):
        return float(x)
    raise LocatedError(f"{path}: must be a number, got {x!r}")


def whole(x: object, path: str) -> int:
    """A whole number, or a string that is one."""
    found = number(x, path)
    if not found.is_integer():
        raise LocatedError(f"{path}: must be a whole number, got {x!r}")
    return int(found)
