"""Schedules from schedules, one combinator a file.

Each maps the places of its parts by exact fractions into the frame of whoever evaluates it, and
hands its parts over to be evaluated there.
"""

from schedcore.combinators.extremes import clip, maximum, minimum
from schedcore.combinators.hold import Hold
from schedcore.combinators.join import Join
from schedcore.combinators.repeat import Repeat
from schedcore.combinators.restrict import Restrict
from schedcore.combinators.reverse import Reverse
from schedcore.combinators.warp import Warp

__all__ = [
    "Hold",
    "Join",
    "Repeat",
    "Restrict",
    "Reverse",
    "Warp",
    "clip",
    "maximum",
    "minimum",
]
