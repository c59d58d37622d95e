"""YAML as mappings and lists of plain values, with the line of each.

By PyYAML's safe loader. What it would take silently is a fault here: a key given twice, an alias
inside of what it stands for, and numbers that YAML 1.1 reads in another base, such as 010.
"""

from collections.abc import Hashable
from typing import Any

import yaml

from schedcore._config.places import Fault, Path, written

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
            return self._scalar(node, path)
        finally:
            self._above.pop()

    def _wrong(self, path: Path, what: str) -> None:
        self.faults.append(Fault(path, what))

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[Any, Any]:
        merged: dict[Any, Any] = {}
        own: dict[Any, Any] = {}
        first: dict[Any, int] = {}
        for key_node, item in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag == _TAG + "merge":
                self._merge(merged, item, path)
                continue
            key = self._loader.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise ValueError(f"line {line}: a key must be a word, got {key!r}")
            inner = (*path, key if isinstance(key, str) else str(key))
            if key in first:
                self._wrong(inner, f"is given twice, on lines {first[key]} and {line}")
            first.setdefault(key, line)
            self.lines[inner] = line
            own.setdefault(key, self.value(item, inner))
        return {**merged, **own}

    def _merge(self, merged: dict[Any, Any], node: yaml.Node, path: Path) -> None:
        """Take over the items of a mapping, or of several, the first of which goes before."""
        found = self.value(node, path)
        for other in reversed(found if isinstance(found, list) else [found]):
            if isinstance(other, dict):
                merged.update(other)
            else:
                self._wrong(path, f"can merge (<<) only a mapping, not {other!r}")

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        found = self._loader.construct_object(node, deep=True)
        number = isinstance(found, int | float) and not isinstance(found, bool)
        if number and found - found == 0 and _decimal(node.value) != found:
            self._wrong(
                path, f"must be a decimal number, got {node.value}, which YAML reads as {found}"
            )
        return found


def _decimal(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
