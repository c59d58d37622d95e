"""What recipes share: the type of a shape, and the answer to a wrong keyword."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from schedcore._checks import keywords
from schedcore.schedule import Schedule

Shape = Callable[[float, float], Schedule]
"""What makes a schedule of a start and an end: Linear, Cosine, partial(Power, power=0.5)."""

P = ParamSpec("P")


def recipe(function: Callable[P, Schedule]) -> Callable[P, Schedule]:
    """Let a wrong keyword be answered with the one that was meant."""
    code = function.__code__
    known = code.co_varnames[: code.co_argcount]

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> Schedule:
        keywords(function.__name__, kwargs, known)
        return function(*args, **kwargs)

    return checked
