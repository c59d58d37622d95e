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
from schedcore_torch._groups.report import describe, to_json
from schedcore_torch._range_test.result import RangeTest
from schedcore_torch._scheduler.spec import relative
from schedcore_torch.factory import build
from schedcore_torch.groups import param_groups
from schedcore_torch.larc import LARC
from schedcore_torch.plateau import PlateauLR
from schedcore_torch.range_test import lr_range_test
from schedcore_torch.scheduler import ScheduleLR

__all__ = [
    "LARC",
    "PlateauLR",
    "RangeTest",
    "ScheduleLR",
    "build",
    "describe",
    "layers",
    "lr_range_test",
    "param_groups",
    "relative",
    "to_json",
]
