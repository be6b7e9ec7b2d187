"""What a check finds: a finding for each kind of thing that is wrong, and the report of all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

__all__ = ["Example", "Finding", "Report", "Severity"]

Example = Mapping[str, Any]
"""One case of a finding: terms by what they are, such as ``{"entity": "ex:owl"}``."""


class Severity(StrEnum):
    """How much a finding matters.

    An *error* breaks a specification, a *warning* is most likely a mistake, an *info* is worth knowing.
    """

    error = "error"
    warning = "warning"
    info = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of thing that is wrong with a graph.

    Attributes:
        code: its name, for programs.
        severity: how much it matters.
        message: what it is, for people; a whole clause without the number.
        count: how many cases there are.
        examples: the first few of them.
    """

    code: str
    severity: Severity
    message: str
    count: int
    examples: tuple[Example, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain values."""
        return {**asdict(self), "severity": self.severity.value, "examples": [dict(e) for e in self.examples]}


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of one graph, errors first.

    Attributes:
        entities: how many entities were looked at.
        triples: how many triples.
        literals: how many literals.
        findings: what is wrong; none: nothing is.
    """

    entities: int
    triples: int
    literals: int
    findings: tuple[Finding, ...]

    def of(self, severity: Severity) -> list[Finding]:
        """Return the findings of one severity."""
        return [finding for finding in self.findings if finding.severity is severity]

    def by_severity(self) -> dict[str, list[Finding]]:
        """Return the findings of each severity."""
        return {severity.value: self.of(severity) for severity in Severity}

    def without(self, codes: Collection[str]) -> Report:
        """Return the report without the findings that have one of some codes."""
        return replace(self, findings=tuple(one for one in self.findings if one.code not in codes))

    def is_valid(self, *, strict: bool = False) -> bool:
        """Tell whether there are no errors, and, where ``strict``, no warnings either.

        >>> report = Report(2, 1, 0, (Finding("dangling-end", Severity.warning, "nothing is said of it", 1),))
        >>> report.is_valid(), report.is_valid(strict=True)
        (True, False)
        """
        return not self.of(Severity.error) and not (strict and self.of(Severity.warning))

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "valid": self.is_valid(),
            "entities": self.entities,
            "triples": self.triples,
            "literals": self.literals,
            "counts": {name: len(found) for name, found in self.by_severity().items()},
            "findings": [finding.to_dict() for finding in self.findings],
        }
