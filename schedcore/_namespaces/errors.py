"""What is said of a progress or a step that can not be one."""

import math
from typing import Any

import numpy as np

SUPPORTED = (
    "a float, an int, a numpy array, a torch tensor or a jax array of floats or integers, "
    "or a list of numbers"
)


def unsupported(progress: object) -> TypeError:
    """The error for what is no progress."""
    return TypeError(f"progress must be {SUPPORTED}, got {progress!r} ({type(progress).__name__})")


def unsupported_dtype(dtype: object, kinds: str = "float16, float32 and float64") -> TypeError:
    """The error for an array that holds no progress."""
    return TypeError(
        f"progress must be {SUPPORTED}, got an array of {dtype}; {kinds} are supported"
    )


def outside(progress: Any, where: str = "") -> ValueError:
    """The error for a progress outside [0, 1]; a step count is told from the rest."""
    said = f"progress must be in [0, 1], got {progress}{where}"
    if 1 < progress < math.inf and progress == int(progress):
        said += ": for a step count use schedule.over(total_steps)(step)"
    return ValueError(said)


def outside_array(progress: Any) -> ValueError:
    """The same for an array: its first element that is outside."""
    bad = np.argwhere(~((progress >= 0) & (progress <= 1)))[0]
    where = f" at index {tuple(bad.tolist())}" if progress.ndim else ""
    return outside(progress[tuple(bad)], where)


def no_step(step: object, kind: str) -> TypeError:
    """The error for what is no step."""
    return TypeError(
        "a step must be an int, or an array or list of integers (numpy, torch or jax), "
        f"got {step!r} ({kind}); for a progress in [0, 1] call the schedule itself"
    )


def too_large(values: float, dtype: str) -> ValueError:
    """The error for values that overflow a dtype."""
    return ValueError(
        f"the schedule's values go up to {values!r}, which {dtype} does not hold: "
        "give it a progress of a wider dtype"
    )


def no_array(found: object, kind: str) -> TypeError:
    """The error for a user's function that was given an array, and gave something else."""
    return TypeError(
        "Custom: where values can not be seen, or are differentiated, the function is given "
        f"{kind} and must give one, made of it, got {found!r}"
    )
