"""The torch adapter of schedcore."""

try:
    import torch as _torch  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise ModuleNotFoundError(
        "schedcore_torch needs torch: pip install 'schedcore-lr[torch]'", name="torch"
    ) from None

from schedcore_torch import layers
from schedcore_torch._given import relative
from schedcore_torch._group_text import describe, to_json
from schedcore_torch.factory import build
from schedcore_torch.groups import param_groups
from schedcore_torch.larc import LARC
from schedcore_torch.scheduler import ScheduleLR

__all__ = [
    "LARC",
    "ScheduleLR",
    "build",
    "describe",
    "layers",
    "param_groups",
    "relative",
    "to_json",
]
