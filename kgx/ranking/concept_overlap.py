"""Re-ranking by the graph: how near the concepts of an item are to those of the query in the hierarchy of kinds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final

import numpy as np
from jaxtyping import Float64, Int64

from graphs.graph import KnowledgeGraph
from graphs.taxonomy import Taxonomy
from kgx.concept_table import ConceptTable
from kgx.items import LinkedItems

__all__ = ["WEIGHT", "ConceptOverlap", "meaning"]

WEIGHT: Final = 0.2
"""What an overlap counts beside a cosine; chosen by pairs of the target's pool (experiments/benchmarks/ranking.py)."""
_MOST: Final = 32  # concepts of a query that count, the heaviest


def meaning(queries: Iterable[LinkedItems], weights: Iterable[float]) -> dict[int, float]:
    """Return the concepts of a query's parts, heaviest first, with weights that sum to 1.

    Args:
        queries: the parts; what is linked to a "not" is left out.
        weights: of each part.
    """
    found: dict[int, float] = {}
    for query, weight in zip(queries, weights, strict=True):
        for link in query.links if weight > 0 else ():
            for concept, share in zip(link.concepts.tolist(), link.weights.tolist(), strict=True):
                found[concept] = found.get(concept, 0.0) + weight * share
    total = sum(found.values())
    heaviest = sorted(found, key=lambda concept: (-found[concept], concept))
    return {concept: found[concept] / total for concept in heaviest}


class ConceptOverlap:
    r"""Scores items by :math:`\sum_c w_c \max_{c'} s(c, c')`.

    Here :math:`c` are the query's concepts with their weights, :math:`c'` the item's, and :math:`s` is the similarity
    of Wu and Palmer (:class:`~graphs.taxonomy.Taxonomy`). Weighing the item's concepts too was tried and was worse:
    what an item is linked to at all says more than how sure its linker was.

    Args:
        concepts: the items' links.
        graph: the model's knowledge graph.
    """

    def __init__(self, concepts: ConceptTable, graph: KnowledgeGraph) -> None:
        self._concepts = concepts
        self._graph = graph

    def scores(
        self, meant: Mapping[int, float], rows: Sequence[int] | Int64[np.ndarray, " n"]
    ) -> Float64[np.ndarray, " n"]:
        """Return the overlap of each of some items with a query: between 0 and 1.

        Args:
            meant: the query's concepts and their weights (:func:`meaning`).
            rows: of the items.
        """
        linked = [[link.concept for link in self._concepts.rows[row].links] for row in rows]
        counts = np.array([len(some) for some in linked], dtype=np.int64)
        found = np.zeros(len(counts))
        asked = list(meant)[:_MOST]
        if not asked or not counts.any():
            return found
        flat = np.array([concept for some in linked for concept in some], dtype=np.int64)
        alike = self._taxonomy.similarity(np.array(asked), flat)
        starts = (np.cumsum(counts) - counts)[counts > 0]
        best = np.maximum.reduceat(alike, starts, axis=1)
        found[counts > 0] = np.array([meant[concept] for concept in asked]) @ best
        return found

    @cached_property
    def _taxonomy(self) -> Taxonomy:
        return Taxonomy(self._graph)
