"""How alike entities are by what they are kinds of: Wu and Palmer, *Verb semantics and lexical selection*, ACL 1994."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np
from jaxtyping import Float, Int, Int64

from graphs import vocabulary as v
from graphs.query.reachability import Edges
from graphs.store import Store
from graphs.validate.hierarchies import HIERARCHIES

__all__ = ["Taxonomy"]

_UP: Final = (
    *(iri for hierarchy in HIERARCHIES if hierarchy.kinds for iri in hierarchy.up),
    v.SKOS_CLOSE_MATCH,
    v.SKOS_EXACT_MATCH,
)
"""Relations that lead from a thing to what it is a kind of, or to the same thing in a vocabulary that says so."""

_HIGHEST: Final = 64
"""Steps that are climbed at most: cycles end there, too."""


class Taxonomy:
    """The hierarchy of a graph.

    Args:
        graph: the graph.

    >>> graph = Store.from_triples(
    ...     [("owl", v.SKOS_BROADER, "bird"), ("hen", v.SKOS_BROADER, "bird"), ("bird", v.SKOS_BROADER, "animal")])
    >>> owl, hen, bird = graph.entity_ids(["owl", "hen", "bird"])
    >>> Taxonomy(graph).similarity([owl], [owl, hen, bird]).round(2).tolist()
    [[1.0, 0.67, 0.8]]
    """

    def __init__(self, graph: Store) -> None:
        present = [graph.edges(iri)[:2] for iri in _UP if iri in graph.relation_iris]
        heads, tails = (
            np.concatenate([np.zeros(0, dtype=np.int64), *(pair[side] for pair in present)])
            for side in (0, 1)
        )
        self._nodes = graph.num_entities
        self._roots = np.setdiff1d(tails, heads)
        self._up = Edges(heads, tails)

    @cached_property
    def depths(self) -> Int64[np.ndarray, " entities"]:
        """Entities on the shortest way up to a root, both ends counted; 1 for what no root is above."""
        depths = np.ones(self._nodes, dtype=np.int64)
        seen = np.zeros(self._nodes, dtype=np.bool_)
        level, nodes = 1, self._roots
        while len(nodes) and level <= _HIGHEST:
            depths[nodes], seen[nodes] = level, True
            nodes = self._up.followed(nodes, back=True)
            nodes = nodes[~seen[nodes]]
            level += 1
        return depths

    def similarity(
        self, ones: Int[np.ndarray, " m"], others: Int[np.ndarray, " n"]
    ) -> Float[np.ndarray, "m n"]:
        r"""Return how alike entities are: :math:`\max_a 2 d_a / (2 d_a + s_1 + s_2)` over their common ancestors.

        Here :math:`d_a` is the ancestor's depth, and :math:`s_1, s_2` are the steps up to it; an entity is an ancestor
        of itself.

        Args:
            ones, others: numbers of entities.

        Returns:
            1 for the same entity, 0 where nothing is above both.
        """
        rows, columns = np.asarray(ones, dtype=np.int64), np.asarray(others, dtype=np.int64)
        found = np.zeros((len(rows), len(columns)))
        if not found.size:
            return found
        distinct, place = np.unique(columns, return_inverse=True)
        of, ancestors, steps = self._lineages(distinct)
        starts = np.searchsorted(of, np.arange(len(distinct)))
        for row, one in enumerate(rows):
            _, own, climbed = self._lineages(np.array([one]))
            match = np.minimum(np.searchsorted(own, ancestors), len(own) - 1)
            twice = 2.0 * self.depths[ancestors]
            alike = np.where(own[match] == ancestors, twice / (twice + steps + climbed[match]), 0.0)
            found[row] = np.maximum.reduceat(alike, starts)[place]
        return found

    def _lineages(
        self, entities: Int64[np.ndarray, " n"]
    ) -> tuple[Int64[np.ndarray, " a"], Int64[np.ndarray, " a"], Int64[np.ndarray, " a"]]:
        """Return all ancestors of some entities: place of the entity, ancestor, steps; sorted by place and ancestor."""
        of, nodes = np.arange(len(entities)), entities
        known = _keys(of, nodes, self._nodes)
        steps = np.zeros(len(known), dtype=np.int64)
        for level in range(1, _HIGHEST + 1):
            edges, nodes = self._up.pairs(nodes, back=False)
            keys = np.setdiff1d(_keys(of[edges], nodes, self._nodes), known)
            if not len(keys):
                break
            known = np.concatenate([known, keys])
            steps = np.concatenate([steps, np.full(len(keys), level)])
            of, nodes = np.divmod(keys, self._nodes)
        order = np.argsort(known)
        of, nodes = np.divmod(known[order], self._nodes)
        return of, nodes, steps[order]


def _keys(of: np.ndarray, nodes: np.ndarray, count: int) -> np.ndarray:
    return np.asarray(of * count + nodes)
