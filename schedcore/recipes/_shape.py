"""What recipes share: the type of a shape."""

from collections.abc import Callable

from schedcore.schedule import Schedule

Shape = Callable[[float, float], Schedule]
"""What makes a schedule of a start and an end: Linear, Cosine, partial(Power, power=0.5)."""
