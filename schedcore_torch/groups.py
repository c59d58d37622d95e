"""Parameter groups: with and without weight decay, by layer, head and trunk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from schedcore._checks import between, fault, integer, number, one_of, sequence
from schedcore_torch._groups.layer_rules import Layers, Rule
from schedcore_torch._groups.parameters import (
    Parameter,
    Pattern,
    matchers,
    own_exceptions,
    parameters_of,
)

OWNER = "param_groups"
HEAD = "_head"
Group = dict[str, Any]


@dataclass(frozen=True)
class Decayed:
    """Which parameters have weight decay; of other weights, all that no pattern takes out."""

    norms: bool = False
    biases: bool = False
    vectors: bool = False
    """Other parameters of less than two dimensions."""
    models_own: bool = True
    """Whether what the model itself takes out is left out."""

    def includes(self, parameter: Parameter) -> bool:
        """Whether a parameter has weight decay by what it is."""
        if parameter.is_norm:
            return self.norms
        if parameter.is_bias:
            return self.biases
        return self.vectors or not parameter.is_vector


def param_groups(
    model: nn.Module,
    *,
    weight_decay: float | Mapping[str, float] = 0.0,
    no_decay: Iterable[Pattern] = (),
    layer_of: Rule | Callable[[str], int] | None = None,
    layer_decay: float | None = None,
    layer_scales: Sequence[float] | None = None,
    heads: Iterable[Pattern] | None = None,
) -> list[Group]:
    """The groups of a model's parameters, for any torch optimizer and `ScheduleLR`.

    A group is a dict with `name`, `params`, `param_names`, `lr_scale` and `weight_decay`. (As torch
    has it, what is added to such an optimizer later must have `param_names` too.) Each
    parameter that requires a gradient is in one of them, once; one that has several names is where
    its lowest layer is, and in the trunk if one of its names is.

    Groups are named `decay` and `no_decay`, by layer `layer_3_decay` and `layer_3_no_decay`; those
    of heads end with `_head`.

    Parameters:
        model: any module; what DistributedDataParallel or torch.compile wrap is looked into.
        weight_decay: that of the groups that have it, at least 0; or, with `heads`, of both:
            `{"trunk": 0.05, "head": 0.0}`. Biases, norms, all that has less than two dimensions,
            and what `no_weight_decay()` of the model or of a module in it names, have none. (The
            models of transformers have no such method: name their tokens and position embeddings.)
        no_decay: what else has none: paths such as "pos_embed" or "blocks.*.weight" (whole steps
            of the name, `*` for anything), compiled regular expressions, or classes of modules
            such as `torch.nn.Embedding`.
        layer_of: `layers.vit`, `layers.swin`, `layers.convnext`, `layers.resnet`, or a function
            that gives a parameter's layer, from 0, by its name.
        layer_decay: a layer's `lr_scale` is `layer_decay ** (last - layer)`, where `last` is the
            last layer: the rule's, or the highest of all parameters, frozen ones too. In (0, 1].
        layer_scales: the `lr_scale` of each layer, from layer 0, instead.
        heads: what belongs to a head, as patterns: `["head", "classifier"]`.

    Raises:
        ValueError, TypeError: for parameters that are not such, a pattern that matches nothing, a
            model that the rule does not know, FSDP1's flat parameters.

    Source: Clark et al. 2020, ELECTRA, arXiv:2003.10555, appendix A; Bao, Dong and Wei 2021, BEiT,
    arXiv:2106.08254, section 3.1 (layer-wise decay).

    >>> model = nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2))
    >>> groups = param_groups(model, weight_decay=0.05)
    >>> [(group["name"], group["param_names"]) for group in groups]
    [('decay', ['0.weight']), ('no_decay', ['0.bias', '1.weight', '1.bias'])]
    """
    return grouped(
        model,
        parameters_of(model),
        decayed=Decayed(),
        weight_decay=_weight_decays(weight_decay, heads is not None),
        no_decay=no_decay,
        layer_of=_bound(layer_of, model),
        layer_decay=layer_decay,
        layer_scales=layer_scales,
        heads=heads,
    )


def grouped(
    model: nn.Module,
    parameters: Sequence[Parameter],
    *,
    decayed: Decayed,
    weight_decay: Mapping[str, float],
    no_decay: Iterable[Pattern] = (),
    layer_of: Callable[[str], int] | None = None,
    layer_decay: float | None = None,
    layer_scales: Sequence[float] | None = None,
    heads: Iterable[Pattern] | None = None,
) -> list[Group]:
    """The groups, by any rule of what is decayed."""
    exceptions = matchers(no_decay, parameters, OWNER, "no_decay")
    if decayed.models_own:
        exceptions.append(own_exceptions(model))
    for given, x in (("layer_decay", layer_decay), ("layer_scales", layer_scales)):
        if x is not None and layer_of is None:
            raise ValueError(
                f"{OWNER}: {given!r} needs layer_of: layers.vit or another rule, or a function "
                "name -> layer"
            )
    ids, last = _layers(layer_of, parameters)
    scales = _scales(last, layer_decay, layer_scales)
    in_head = _in_head(heads, parameters)
    groups: dict[str, Group] = {}
    for parameter, layer in zip(parameters, ids, strict=True):
        if not parameter.tensor.requires_grad:
            continue
        decays = decayed.includes(parameter) and not any(is_one(parameter) for is_one in exceptions)
        name = "decay" if decays else "no_decay"
        head = in_head(parameter)
        name = (name if layer is None else f"layer_{layer}_{name}") + (HEAD if head else "")
        group = groups.setdefault(
            name,
            {
                "name": name,
                "params": [],
                "param_names": [],
                "lr_scale": 1.0 if layer is None else scales[layer],
                "weight_decay": weight_decay["head" if head else "trunk"] if decays else 0.0,
            },
        )
        group["params"].append(parameter.tensor)
        group["param_names"].append(parameter.names[0])
    if not groups:
        raise ValueError(f"{OWNER}: the model has no parameter that requires a gradient")
    return list(groups.values())


def _bound(layer_of: object, model: nn.Module) -> Callable[[str], int] | None:
    """A function name -> layer for a model."""
    if isinstance(layer_of, Rule):
        return layer_of(model)
    if layer_of is None or callable(layer_of):
        return layer_of
    must = "be layers.vit or another rule, or a function name -> layer"
    raise TypeError(fault(OWNER, "layer_of", must, layer_of))


def _weight_decays(given: float | Mapping[str, float], split: bool) -> dict[str, float]:
    """The weight decay of the trunk and of the head."""
    if not isinstance(given, Mapping):
        x = _at_least_0("weight_decay", given)
        return {"trunk": x, "head": x}
    if not split:
        raise ValueError(
            f"{OWNER}: 'weight_decay' is given for trunk and head, so heads must be given: "
            f"patterns of what belongs to a head, got {given!r}"
        )
    for part in given:
        one_of(OWNER, "weight_decay", part, ("trunk", "head"))
    if len(given) != 2:
        raise ValueError(fault(OWNER, "weight_decay", "have both 'trunk' and 'head'", given))
    return {part: _at_least_0("weight_decay", x) for part, x in given.items()}


def _at_least_0(name: str, x: object) -> float:
    found = number(OWNER, name, x)
    if found < 0:
        raise ValueError(fault(OWNER, name, "be at least 0", x))
    return found


def _layers(
    layer_of: Callable[[str], int] | None, parameters: Sequence[Parameter]
) -> tuple[list[int | None], int]:
    """The layer of each parameter, the lowest of its names', and the last of all layers."""
    if layer_of is None:
        return [None] * len(parameters), 0
    found = [
        [integer(OWNER, f"layer_of({name!r})", layer_of(name), 0) for name in parameter.names]
        for parameter in parameters
    ]
    highest = max((layer for layers in found for layer in layers), default=0)
    lowest: list[int | None] = [min(layers) for layers in found]
    if not isinstance(layer_of, Layers):
        return lowest, highest
    if highest > layer_of.last:
        raise ValueError(
            f"{OWNER}: 'layer_of' is layers.{layer_of.rule} of another model, whose last layer is "
            f"{layer_of.last}, but this one has layer {highest}"
        )
    return lowest, layer_of.last


def _scales(
    last: int, layer_decay: float | None, layer_scales: Sequence[float] | None
) -> list[float]:
    """The multiplier of each layer."""
    if layer_scales is None:
        decay = 1.0 if layer_decay is None else between(OWNER, "layer_decay", layer_decay, 0.0, 1.0)
        if decay == 0:
            must = "be above 0 (to freeze layers, set requires_grad to False)"
            raise ValueError(fault(OWNER, "layer_decay", must, layer_decay))
        return [decay ** (last - layer) for layer in range(last + 1)]
    if layer_decay is not None:
        raise ValueError(f"{OWNER}: give layer_decay or layer_scales, not both")
    listed = layer_scales.tolist() if hasattr(layer_scales, "tolist") else layer_scales
    scales = [
        _at_least_0(f"layer_scales[{i}]", x)
        for i, x in enumerate(sequence(OWNER, "layer_scales", listed))
    ]
    if len(scales) != last + 1:
        must = f"have one entry for each of the layers 0 to {last}, which are {last + 1}"
        raise ValueError(f"{OWNER}: 'layer_scales' must {must}, got {len(scales)}")
    return scales


def _in_head(
    heads: Iterable[Pattern] | None, parameters: Sequence[Parameter]
) -> Callable[[Parameter], bool]:
    """Whether a parameter is of a head under each of its names."""
    if heads is None:
        return lambda _: False
    found = matchers(heads, parameters, OWNER, "heads")
    if not found:
        raise ValueError(f"{OWNER}: 'heads' must name what belongs to a head, or be None")
    return lambda parameter: all(
        any(matches(Parameter(parameter.tensor, [name], [module])) for matches in found)
        for name, module in zip(parameter.names, parameter.modules, strict=True)
    )
