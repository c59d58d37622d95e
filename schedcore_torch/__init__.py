"""The torch adapter of schedcore."""

try:
    import torch as _torch  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise ModuleNotFoundError(
        "schedcore_torch needs torch: pip install 'schedcore-lr[torch]'", name="torch"
    ) from None

from schedcore_torch._given import relative
from schedcore_torch._range_result import RangeTest
from schedcore_torch.plateau import PlateauLR
from schedcore_torch.range_test import lr_range_test
from schedcore_torch.scheduler import ScheduleLR

__all__ = ["PlateauLR", "RangeTest", "ScheduleLR", "lr_range_test", "relative"]
