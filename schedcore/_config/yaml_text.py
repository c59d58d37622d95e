"""YAML as mappings and lists of plain values, with the line of each.

By PyYAML's safe loader. What it would take silently is a fault here: a key given twice, an alias
inside of what it stands for, and numbers that YAML 1.1 reads in another base, such as 010.
"""

from collections.abc import Hashable
from typing import Any

import yaml

from schedcore._config.locations import Fault, Path, written

MOST_VALUES = 100_000
"""A few lines of aliases of aliases stand for billions of values; no configuration has so many."""

_TAG = "tag:yaml.org,2002:"


def parse(text: str) -> tuple[object, dict[Path, int], list[Fault]]:
    """The contents of a YAML document, the lines of its places, and what is wrong with it."""
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        reader = _Reader(loader)
        return (None if node is None else reader.value(node, ())), reader.lines, reader.faults
    except yaml.MarkedYAMLError as error:
        raise ValueError(_sentence(error)) from None
    except yaml.YAMLError as error:
        raise ValueError(f"is not YAML: {' '.join(str(error).split())}") from None


def _sentence(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    said = ", ".join(part for part in (error.context, error.problem) if part)
    return f"is not YAML: {where}{said}"


class _Reader:
    def __init__(self, loader: yaml.SafeLoader) -> None:
        self.lines: dict[Path, int] = {}
        self.faults: list[Fault] = []
        self._loader = loader
        self._count = 0
        self._above: list[yaml.Node] = []

    def value(self, node: yaml.Node, path: Path) -> Any:
        """The value of a node that stands at a path."""
        self._count += 1
        if self._count > MOST_VALUES:
            raise ValueError(f"has more than {MOST_VALUES} values, with its aliases")
        self.lines.setdefault(path, node.start_mark.line + 1)
        if any(node is other for other in self._above):
            line = node.start_mark.line + 1
            raise ValueError(f"{written(path)}: is an alias of what it stands in, from line {line}")
        self._above.append(node)
        try:
            if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
                return self._mapping(node, path)
            if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
                return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
            return self._scalar(node)
        finally:
            self._above.pop()

    def _wrong(self, path: Path, what: str) -> None:
        self.faults.append(Fault(path, what))

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[Any, Any]:
        merged: dict[Any, Any] = {}
        own: dict[Any, Any] = {}
        first: dict[Any, int] = {}
        merges = [item for key, item in node.value if key.tag == _TAG + "merge"]
        for item in merges:  # first, so that the lines of what is the mapping's own stay
            self._merge(merged, item, path)
        for key_node, item in node.value:
            if key_node.tag == _TAG + "merge":
                continue
            line = key_node.start_mark.line + 1
            key = self._constructed(key_node)
            if not isinstance(key, Hashable):
                raise ValueError(f"line {line}: a key must be a word, got {key!r}")
            inner = (*path, key if isinstance(key, str) else str(key))
            if key in first:
                self._wrong(inner, f"is given twice, on lines {first[key]} and {line}")
            first.setdefault(key, line)
            found = self.value(item, inner)
            self.lines[inner] = line
            own.setdefault(key, found)
        return {**merged, **own}

    def _merge(self, merged: dict[Any, Any], node: yaml.Node, path: Path) -> None:
        """Take over the items of a mapping, or of several, the first of which goes before."""
        found = self.value(node, path)
        for other in reversed(found if isinstance(found, list) else [found]):
            if isinstance(other, dict):
                merged.update(other)
            else:
                self._wrong(path, f"can merge (<<) only a mapping, not {other!r}")

    def _constructed(self, node: yaml.Node) -> Any:
        """What the loader makes of a node; some of its makers trip over what they can not make."""
        try:
            return self._loader.construct_object(node, deep=True)
        except yaml.YAMLError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            tag = node.tag.removeprefix(_TAG)
            line = node.start_mark.line + 1
            raise ValueError(f"line {line}: this can not be read as {tag}") from None

    def _scalar(self, node: yaml.Node) -> Any:
        found = self._constructed(node)
        if isinstance(node, yaml.ScalarNode) and found.__class__ in (int, float):
            return found if _is_decimal(node.value, found) else _NotDecimal(node.value, found)
        return found


class _NotDecimal:
    """A number in another base: fine where nobody reads it, a fault where it is used."""

    def __init__(self, text: str, found: float) -> None:
        self._said = f"{text}, which YAML reads as {found}; write it in decimals"

    def __repr__(self) -> str:
        return self._said


def _is_decimal(text: str, found: float) -> bool:
    if found - found != 0:  # .inf and .nan, which are refused where they are used
        return True
    try:
        return (int(text) if isinstance(found, int) else float(text)) == found
    except ValueError:
        return False
