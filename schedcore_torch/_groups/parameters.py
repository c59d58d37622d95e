"""The parameters of a model: their names, what they are in their modules, and patterns for them.

Nothing is known here of groups, layers or optimizers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from schedcore._checks import did_you_mean, sequence

Pattern = str | re.Pattern[str] | type[nn.Module]

_NORMS = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)
_NAMED_NORM = re.compile(r"(Norm(\d?[dD])?|GRN)$")  # of other libraries, such as LlamaRMSNorm
_WRAPPERS = ("_orig_mod", "_checkpoint_wrapped_module")  # of torch.compile and of checkpointing
_PARALLEL = (nn.DataParallel, nn.parallel.DistributedDataParallel)
_SHOWN = 20


@dataclass
class Parameter:
    """A parameter, under all names that it has, with the modules that own it."""

    tensor: nn.Parameter
    names: list[str] = field(default_factory=list)
    modules: list[nn.Module] = field(default_factory=list)

    @property
    def is_norm(self) -> bool:
        """Whether a norm owns it."""
        return any(
            isinstance(module, _NORMS) or bool(_NAMED_NORM.search(type(module).__name__))
            for module in self.modules
        )

    @property
    def is_bias(self) -> bool:
        """Whether it is a bias: named `bias`, or a vector named like `in_proj_bias`."""
        words = [name.rpartition(".")[2] for name in self.names]
        return "bias" in words or (self.is_vector and any(word.endswith("_bias") for word in words))

    @property
    def is_vector(self) -> bool:
        """Whether it has less than two dimensions; of a lazy one, by what its module will make."""
        lazy: bool = is_lazy(self.tensor)
        if not lazy:
            return self.tensor.ndim < 2
        if any(isinstance(module, nn.modules.lazy.LazyModuleMixin) for module in self.modules):
            return self.is_norm or any(name.rpartition(".")[2] == "bias" for name in self.names)
        raise ValueError(
            f"param_groups: {self.names[0]!r} has no shape yet: pass a batch through the model "
            "first"
        )


def parameters_of(model: object) -> list[Parameter]:
    """All parameters of a model, frozen ones too, in the order of `model.named_parameters()`."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"param_groups: 'model' must be a torch module, got {model!r}")
    found: dict[int, Parameter] = {}
    for name, module, tensor in _owned(model):
        _refuse_flat(name, module, tensor)
        parameter = found.setdefault(id(tensor), Parameter(tensor))
        parameter.names.append(name)
        parameter.modules.append(module)
    return list(found.values())


def _unwrapped(model: nn.Module) -> nn.Module:
    """The model that is run in parallel, or compiled."""
    while isinstance(model, _PARALLEL) or hasattr(model, _WRAPPERS[0]):
        model = model.module if isinstance(model, _PARALLEL) else getattr(model, _WRAPPERS[0])
    return model


def _owned(model: nn.Module) -> Iterator[tuple[str, nn.Module, nn.Parameter]]:
    for path, module in _unwrapped(model).named_modules(remove_duplicate=False):
        _refuse_fsdp1(module)
        for name, tensor in module.named_parameters(recurse=False, remove_duplicate=False):
            steps = [step for step in path.split(".") if step and step not in _WRAPPERS]
            yield ".".join([*steps, name]), module, tensor


def names_in(model: nn.Module) -> list[str]:
    """All names of all parameters, frozen ones too, without those of wrappers."""
    return [name for parameter in parameters_of(model) for name in parameter.names]


def _refuse_fsdp1(module: nn.Module) -> None:
    if any(base.__name__ == "FullyShardedDataParallel" for base in type(module).__mro__):
        raise ValueError(_FLAT)


def _refuse_flat(name: str, module: nn.Module, tensor: torch.Tensor) -> None:
    if getattr(tensor, "_is_flat_param", False) or "_fsdp_wrapped_module" in name.split("."):
        raise ValueError(_FLAT)
    if any(base.__name__ == "FlatParameter" for base in type(tensor).__mro__):
        raise ValueError(_FLAT)
    if name.rpartition(".")[2] in ("_flat_param", "flat_param"):
        raise ValueError(_FLAT)


_FLAT = (
    "param_groups: the model is wrapped in FullyShardedDataParallel, which flattens parameters, so "
    "that neither their shapes nor their names tell what they are: shard it with "
    "torch.distributed.fsdp.fully_shard, which keeps both"
)


def matcher(pattern: object, owner: str, name: str) -> Callable[[Parameter], bool]:
    """Whether a parameter is what a pattern names.

    A string is a path of whole steps, anywhere in the name, with `*` for anything: `head` is all
    that lies under a module `head`, `blocks.*.weight` each weight in `blocks`. A compiled regular
    expression is searched for in the name. A class of modules is what these own.
    """
    if isinstance(pattern, type) and issubclass(pattern, nn.Module):
        kind = pattern
        return lambda parameter: any(isinstance(module, kind) for module in parameter.modules)
    if isinstance(pattern, str) and pattern:
        parts = map(re.escape, pattern.split("*"))
        expression = re.compile(rf"(?:^|\.){'.*'.join(parts)}(?:\.|$)")
    elif isinstance(pattern, re.Pattern):
        expression = pattern
    else:
        raise TypeError(
            f"{owner}: {name!r} must hold names, patterns such as 'blocks.*.weight', compiled "
            f"regular expressions or classes of modules, got {pattern!r}"
        )
    return lambda parameter: any(expression.search(name) for name in parameter.names)


def matchers(
    patterns: object, parameters: Sequence[Parameter], owner: str, name: str
) -> list[Callable[[Parameter], bool]]:
    """A matcher for each pattern, each of which matches something."""
    given = sequence(owner, name, patterns)
    found = [matcher(pattern, owner, name) for pattern in given]
    for pattern, matches in zip(given, found, strict=True):
        if not any(map(matches, parameters)):
            names = [name for parameter in parameters for name in parameter.names]
            steps = dict.fromkeys(step for name in names for step in name.split("."))
            raise ValueError(
                f"{owner}: {name!r} has {pattern!r}, which matches no parameter; "
                f"{did_you_mean(str(pattern), steps)}The model has {beginnings(names)}"
            )
    return found


def beginnings(names: Iterable[str]) -> str:
    """The modules and parameters that names begin with, for an error."""
    found = list(dict.fromkeys(name.split(".")[0] for name in names))
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more if found else "no parameters"


def own_exceptions(model: nn.Module) -> Callable[[Parameter], bool]:
    """What the model itself wants no weight decay for, as timm's and Swin's models say.

    `no_weight_decay()` of any of its modules gives names, `no_weight_decay_keywords()` parts of
    names, both within that module.
    """
    names: set[str] = set()
    parts: list[tuple[str, str]] = []
    for path, module in _unwrapped(model).named_modules():
        steps = [step for step in path.split(".") if step and step not in _WRAPPERS]
        prefix = "".join(f"{step}." for step in steps)
        listed = getattr(module, "no_weight_decay", None)
        names.update(prefix + name for name in (listed() if callable(listed) else listed or ()))
        keywords = getattr(module, "no_weight_decay_keywords", None)
        parts += [(prefix, word) for word in (keywords() if callable(keywords) else ())]
    return lambda parameter: any(
        name in names or any(name.startswith(p) and word in name for p, word in parts)
        for name in parameter.names
    )
