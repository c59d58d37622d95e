"""What is found in a schedule and a run, and what may be done about it."""

from typing import NamedTuple

SEVERITIES = ("error", "warning", "note")


class Finding(NamedTuple):
    """One thing that is probably wrong with a schedule in a run.

    Attributes:
        code: a word that stays the same; `schedcore.advice.codes.explain(code)` says more.
        severity: "error": the run goes wrong; "warning": it likely costs something; "note": worth
            knowing.
        message: what was found, with the numbers.
        fix: what to do.

    >>> print(Finding("high-end", "warning", "the last value is the peak, 0.1", "let it go down"))
    warning [high-end]: the last value is the peak, 0.1: let it go down
    """

    code: str
    severity: str
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.severity} [{self.code}]: {self.message}: {self.fix}"
