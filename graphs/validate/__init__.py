"""Validating: what is wrong with a graph, by its structure and by the shapes that it is to have.

A check is a function of a :class:`~graphs.survey.Survey` that yields findings; the graph is never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from graphs.errors import GraphError
from graphs.store import Store
from graphs.survey import Survey
from graphs.validate.described import check_dangling_ends, check_declarations, check_labels
from graphs.validate.findings import Finding, Report, Severity
from graphs.validate.hierarchies import check_hierarchies
from graphs.validate.literals import check_datatypes, check_language_tags, check_texts
from graphs.validate.names import check_names
from graphs.validate.shacl import check_shapes
from graphs.validate.skos import check_skos

__all__ = ["CHECKS", "Finding", "Report", "Severity", "validate"]

CHECKS: Final[dict[str, Callable[[Survey], Iterator[Finding]]]] = {
    "names": check_names,
    "dangling": check_dangling_ends,
    "labels": check_labels,
    "hierarchies": check_hierarchies,
    "datatypes": check_datatypes,
    "languages": check_language_tags,
    "texts": check_texts,
    "skos": check_skos,
    "declarations": check_declarations,
}
"""Checks of a graph's structure, by name."""

_ORDER: Final = tuple(Severity)


def validate(
    store: Store,
    *,
    shapes: Store | None = None,
    checks: Collection[str] = tuple(CHECKS),
    languages: Sequence[str] = (),
    limit: int = 5,
) -> Report:
    """Look for what is wrong with a graph.

    Args:
        store: the graph.
        checks: names of the checks in :data:`CHECKS` to make.
        languages: BCP 47 tags of the languages that every entity should have a label in.
        limit: how many examples a finding gives.

    Raises:

    >>> from graphs.vocabulary import SKOS_BROADER
    >>> graph = Store.from_triples([("ex:owl", SKOS_BROADER, "ex:hen"), ("ex:hen", SKOS_BROADER, "ex:owl")])
    >>> report = validate(graph, checks=["hierarchies"])
    >>> [(finding.code, finding.examples[0]["cycle"]) for finding in report.findings]
    [('hierarchy-cycle', ['ex:hen', 'ex:owl', 'ex:hen'])]
    """
    unknown = sorted(set(checks) - set(CHECKS))
    if unknown:
        raise GraphError(f"unknown check {unknown[0]!r}; known are {', '.join(CHECKS)}")
    survey = Survey(store, limit=limit, languages=languages)
    findings = [finding for name, check in CHECKS.items() if name in checks for finding in check(survey)]
    if shapes is not None:
        findings += check_shapes(survey, shapes)
    findings.sort(key=lambda finding: _ORDER.index(finding.severity))
    return Report(store.num_entities, store.num_triples, store.num_literals, tuple(findings))
