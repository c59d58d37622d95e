"""How findings are worded."""

from fractions import Fraction

from schedcore.advice.codes import CODES
from schedcore.advice.finding import Finding


def found(code: str, message: str, fix: str, severity: str = "") -> Finding:
    """A finding, of its code's severity unless another is given."""
    return Finding(code, severity or CODES[code].severity, message, fix)


def shown(x: float | Fraction) -> str:
    """A number as one reads it."""
    return f"{float(x):.6g}"


def of(group: str) -> str:
    """Whose learning rate it is, to stand before it."""
    return f"of group {group!r} " if group else ""
