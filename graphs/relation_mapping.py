"""Relation mapping: which relation of one graph is what which relation of another is.

Hop tokens need none: they read descriptors, which any graph supplies. Where a network knows relations by number, or the
descriptors of two graphs do not come near each other, relations are compared by their descriptors, or a mapping table
says it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from graphs import vocabulary as v
from graphs.errors import GraphError
from graphs.neighbours import unit_rows
from graphs.operations.sssom import MappingTable

__all__ = ["BY_TABLE", "RelationMatch", "match_by_table", "match_one_to_one"]

BY_TABLE = (v.OWL_EQUIVALENT_PROPERTY, v.OWL_SAME_AS, v.SKOS_EXACT_MATCH)
"""Predicates by which a mapping table says that two relations are the same, unless others are asked for."""

Descriptors = Mapping[str, Float[np.ndarray, " size"]]


@dataclass(frozen=True, slots=True)
class RelationMatch:
    """One relation for another.

    Attributes:
        source, target: the relations.
        score: cosine of their descriptors, or the confidence of the table.
        provenance: ``descriptors`` or ``table``.
    """

    source: str
    target: str
    score: float
    provenance: str


def match_one_to_one(source: Descriptors, target: Descriptors, *, least: float = -1.0) -> list[RelationMatch]:
    """Match relations so that none is used twice and the sum of cosines is the greatest.

    The assignment problem (Kuhn, *The Hungarian method for the assignment problem*, 1955), solved exactly by scipy.

    Args:
        source, target: relation -> descriptor, all of one length (:mod:`graphs.relations`).
        least: matches with a smaller cosine are left out.

    Returns:
        Matches in the order of the source's relations; the larger side keeps relations without a match.

    Raises:
        GraphError: descriptors of different lengths, or values that are not finite.

    >>> is_a, part = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    >>> found = match_one_to_one({"hypernym": is_a, "part of": part}, {"P527": part, "P31": is_a})
    >>> [(match.source, match.target) for match in found]
    [('hypernym', 'P31'), ('part of', 'P527')]
    """
    from scipy.optimize import linear_sum_assignment

    cosines = _cosines(source, target)
    rows, columns = linear_sum_assignment(-cosines)
    sources, targets = list(source), list(target)
    return [
        RelationMatch(sources[row], targets[column], float(cosines[row, column]), "descriptors")
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if cosines[row, column] >= least
    ]


def match_by_table(
    table: MappingTable,
    source: Collection[str],
    target: Collection[str],
    *,
    predicates: Collection[str] = BY_TABLE,
    min_confidence: float = 0.0,
) -> list[RelationMatch]:
    """Match relations as a mapping table says, in either direction.

    Args:
        table: as :func:`graphs.operations.sssom.read_sssom` reads it.
        source, target: IRIs of both sides' relations; what the table says of others is passed over.
        predicates: IRIs of the predicates that say so.
        min_confidence: the least confidence of a mapping.

    Returns:
        Matches in the order of the table; of mappings that say the same, the most confident.

    >>> from graphs.operations.sssom import MappingRow
    >>> table = MappingTable([MappingRow("wdt:P279", v.SKOS_EXACT_MATCH, "wn:hypernym", 0.9, 2)])
    >>> [(match.source, match.target) for match in match_by_table(table, ["wn:hypernym"], ["wdt:P279"])]
    [('wn:hypernym', 'wdt:P279')]
    """
    found: dict[tuple[str, str], float] = {}
    for row in table.rows:
        if row.predicate not in predicates or row.confidence < min_confidence:
            continue
        for one, other in ((row.subject, row.object), (row.object, row.subject)):
            if one in source and other in target:
                found[one, other] = max(row.confidence, found.get((one, other), 0.0))
    return [RelationMatch(one, other, score, "table") for (one, other), score in found.items()]


def _cosines(source: Descriptors, target: Descriptors) -> Float[np.ndarray, "s t"]:
    sizes = {row.shape for side in (source, target) for row in side.values()}
    if len(sizes) > 1:
        raise GraphError(f"expected descriptors of one length, got the shapes {sorted(sizes)}")
    if not source or not target:
        return np.zeros((len(source), len(target)))
    rows, columns = (np.stack(list(side.values())).astype(np.float64) for side in (source, target))
    if not (np.isfinite(rows).all() and np.isfinite(columns).all()):
        raise GraphError("expected finite descriptors, got NaN or infinity")
    cosines: np.ndarray = unit_rows(rows) @ unit_rows(columns).T
    return cosines
