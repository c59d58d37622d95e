"""The curves, one published shape a file: formula, source, class."""

from schedcore.curves.constant import Constant
from schedcore.curves.cosine import Cosine
from schedcore.curves.custom import Custom
from schedcore.curves.exponential import Exponential
from schedcore.curves.inverse_power import InversePower
from schedcore.curves.linear import Linear
from schedcore.curves.points import Points
from schedcore.curves.polynomial import Polynomial
from schedcore.curves.power import Power
from schedcore.curves.rex import Rex
from schedcore.curves.saturating import Saturating
from schedcore.curves.steps import Steps
from schedcore.curves.tanh import Tanh

__all__ = [
    "Constant",
    "Cosine",
    "Custom",
    "Exponential",
    "InversePower",
    "Linear",
    "Points",
    "Polynomial",
    "Power",
    "Rex",
    "Saturating",
    "Steps",
    "Tanh",
]
