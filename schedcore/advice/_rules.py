"""The rules: what is found in a run. `codes` says what each finding means."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from schedcore.advice._rules_of_course import RULES as OF_COURSE
from schedcore.advice._rules_of_length import RULES as OF_LENGTH
from schedcore.advice._run import Run
from schedcore.advice.finding import SEVERITIES, Finding

RULES: tuple[Callable[[Run], Iterator[Finding]], ...] = (*OF_LENGTH, *OF_COURSE)


def findings(run: Run) -> list[Finding]:
    """What all rules find, the worst first."""
    found = [finding for rule in RULES for finding in rule(run)]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))
