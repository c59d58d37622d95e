"""What recipes share: the type of a shape, and the answer to a wrong keyword."""

from collections.abc import Callable

from schedcore._checks import answering
from schedcore.schedule import Schedule

Shape = Callable[[float, float], Schedule]
"""What makes a schedule of a start and an end: Linear, Cosine, partial(Power, power=0.5)."""

recipe = answering
