"""How the names of a network's parameters tell its layers. Which networks there are is not known.

Names alone are looked at: neither tensors nor groups.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from torch import nn

from schedcore_torch._groups.parameters import beginnings, names_in


class Layout(NamedTuple):
    """How a library names the parameters of a kind of network; paths are patterns."""

    block: str
    """The path of a block: its stage, if there are stages, and its number."""
    stem: tuple[str, ...]
    """The paths of what comes before the first block, as they are."""
    into: str = ""
    """The path of what leads into a stage: the stage."""
    out_of: str = ""
    """The path of what leads out of a stage; if there is none of stage 0, it is another layout."""
    first: int = 0
    """The number of the first block."""
    with_stem: bool = False
    """Whether a network without the stem is another's, since much else has such blocks."""


class Numbering(NamedTuple):
    """The layers of a network."""

    block: Callable[[int, int], int]
    """The layer of a block, by its stage and its number."""
    into: Callable[[int], int]
    """The layer of what leads into a stage."""
    last: int


@dataclass(frozen=True)
class Layers:
    """A rule bound to a model: the layer of a parameter, by its name.

    >>> from schedcore_torch.layers import resnet
    >>> model = nn.ModuleDict({"conv1": nn.Linear(1, 1), "layer1": nn.Linear(1, 1)})
    >>> layers = resnet(model)
    >>> layers("conv1.weight"), layers("layer1.weight"), layers.last
    (0, 1, 2)
    """

    rule: str
    layout: Layout
    prefix: str
    numbering: Numbering

    @property
    def last(self) -> int:
        """The number of the last layer."""
        return self.numbering.last

    def __call__(self, name: str) -> int:
        """The layer of a parameter."""
        path = name.removeprefix(self.prefix)
        if len(path) + len(self.prefix) != len(name):
            return self.last
        if stage := _numbers(self.layout.into, path):
            return self.numbering.into(stage[0])
        if stage := _numbers(self.layout.out_of, path):
            return self.numbering.into(stage[0] + 1)
        if place := _block(self.layout, path):
            return self.numbering.block(*place)
        return 0 if self.is_stem(name) else self.last

    def is_stem(self, name: str) -> bool:
        """Whether a parameter comes before the first block, by its name."""
        stems = (f"{self.prefix}{stem}." for stem in self.layout.stem)
        return f"{name}.".startswith(tuple(stems))


@dataclass(frozen=True)
class Rule:
    """The published rule for one kind of network.

    Calling it with a model raises ValueError if the model is not of that kind, and lists names.
    """

    name: str
    layouts: tuple[Layout, ...]
    numbering: Callable[[Sequence[int]], Numbering]

    def __call__(self, model: nn.Module) -> Layers:
        """The rule for a model, whose layers are counted over all parameters, frozen ones too."""
        names = names_in(model)
        for layout in self.layouts:
            pattern = re.compile(rf"^(.*?\.)??{layout.block}\.")
            prefixes = sorted({found[1] or "" for name in names if (found := pattern.match(name))})
            if len(prefixes) > 1:
                where = ", ".join(repr(prefix) for prefix in prefixes)
                raise ValueError(
                    f"layers.{self.name}: the model has several such networks, named {where}: "
                    "layer_of must be a function of your own, name -> layer"
                )
            if prefixes:
                paths = [name.removeprefix(prefixes[0]) for name in names]
                depths = self._depths(layout, paths)
                layers = Layers(self.name, layout, prefixes[0], self.numbering(depths))
                leads_out = len(depths) == 1 or any(
                    _numbers(layout.out_of, p) == [0] for p in paths
                )
                stem = not layout.with_stem or any(map(layers.is_stem, names))
                if stem and (leads_out or not layout.out_of):
                    return layers
        raise ValueError(
            f"layers.{self.name}: no parameter of the model is named as those of such networks; "
            f"it has {beginnings(names)}. layer_of may be a function of your own, name -> layer"
        )

    def _depths(self, layout: Layout, paths: Iterable[str]) -> list[int]:
        """How many blocks each stage has."""
        depths: dict[int, int] = {}
        inner: dict[int, set[str]] = {}
        for path in paths:
            if place := _block(layout, path):
                stage, block = place
                depths[stage] = max(depths.get(stage, 0), block + 1)
                after = re.match(rf"{layout.block}\.(\d+)\.", path)
                inner.setdefault(block, set()).update(after.groups()[-1:] if after else ())
        if len(inner) == 1:
            chunks = len(inner.get(0, ())) > 1
        else:
            chunks = all(inner.values()) and not set.intersection(*inner.values())
        if chunks:
            raise ValueError(
                f"layers.{self.name}: the blocks of the model are in chunks, which number them "
                "through: layer_of must be a function of your own, name -> layer"
            )
        missing = [stage for stage in range(max(depths)) if stage not in depths]
        if missing:
            raise ValueError(f"layers.{self.name}: the model has no blocks in stage {missing[0]}")
        return [depths[stage] for stage in sorted(depths)]


def _numbers(pattern: str, path: str) -> list[int] | None:
    """The numbers in a path that a pattern matches."""
    found = re.match(rf"{pattern}\.", path) if pattern else None
    return [int(number) for number in found.groups()] if found else None


def _block(layout: Layout, path: str) -> tuple[int, int] | None:
    """The stage and the number of the block in a path; without stages all are in stage 0."""
    numbers = _numbers(layout.block, path)
    if numbers is None:
        return None
    return (0, numbers[0] - layout.first) if len(numbers) == 1 else (numbers[0], numbers[1])


def one_by_one(depths: Sequence[int]) -> Numbering:
    """Each block is a layer; what leads into a stage goes with the block before it."""
    before = [sum(depths[:stage]) for stage in range(len(depths) + 1)]
    return Numbering(
        block=lambda stage, block: before[stage] + block + 1,
        into=lambda stage: before[stage],
        last=before[-1] + 1,
    )


def by_threes(depths: Sequence[int]) -> Numbering:
    """Stages are layers, but for the third, of which three blocks are one."""
    if len(depths) != 4:
        raise ValueError(
            f"layers.convnext: the rule is for four stages, but the model has {len(depths)}: "
            "layer_of must be a function of your own, name -> layer"
        )
    end = 3 + -(-depths[2] // 3)
    first = [1, 2, 3, end]
    return Numbering(
        block=lambda stage, block: 3 + block // 3 if stage == 2 else first[stage],
        into=lambda stage: first[stage] if stage else 0,
        last=end + 1,
    )
