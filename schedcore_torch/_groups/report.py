"""Parameter groups as a table, and as JSON. Any optimizer's groups will do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from torch.nn.parameter import is_lazy

from schedcore._text_table import table


def describe(groups: Sequence[Mapping[str, Any]]) -> str:
    """A table of groups: name, tensors and numbers in them, `lr_scale` and weight decay.

    Parameters:
        groups: what `param_groups` gave, or any optimizer's `param_groups`.

    >>> from torch import nn
    >>> from schedcore_torch import param_groups
    >>> print(describe(param_groups(nn.Linear(2, 3), weight_decay=0.05)))
    group     tensors  numbers  lr_scale  weight_decay
    decay           1        6         1          0.05
    no_decay        1        3         1             0
    """
    rows = [["group", "tensors", "numbers", "lr_scale", "weight_decay"]]
    for i, group in enumerate(groups):
        tensors = group["params"]
        lazy = any(map(is_lazy, tensors))
        scale, decay = group.get("lr_scale", 1.0), group.get("weight_decay", 0.0)
        rows.append(
            [
                str(group.get("name", i)),
                str(len(tensors)),
                "not yet" if lazy else str(sum(tensor.numel() for tensor in tensors)),
                f"{float(scale):.6g}",
                f"{float(decay):.6g}",
            ]
        )
    return table(rows)


def to_json(groups: Sequence[Mapping[str, Any]]) -> str:
    """Groups as JSON: by name, `weight_decay`, the names of the `params`, and `lr_scale`.

    Parameters:
        groups: what `param_groups` gave, also when it has become an optimizer's `param_groups`.

    Raises:
        ValueError: for groups without a name, or without the names of their parameters.

    >>> from torch import nn
    >>> from schedcore_torch import param_groups
    >>> print(to_json(param_groups(nn.Linear(2, 3, bias=False), weight_decay=0.05)))
    {
      "decay": {
        "weight_decay": 0.05,
        "params": [
          "weight"
        ],
        "lr_scale": 1.0
      }
    }
    """
    found = {}
    for group in groups:
        missing = [key for key in ("name", "param_names") if key not in group]
        if missing:
            raise ValueError(
                f"to_json: a group has no {missing[0]!r}; those that param_groups makes have one"
            )
        found[group["name"]] = {
            "weight_decay": float(group.get("weight_decay", 0.0)),
            "params": list(group["param_names"]),
            "lr_scale": float(group.get("lr_scale", 1.0)),
        }
    return json.dumps(found, indent=2)
