"""Answers that are known to be right: they are no mistakes, and nothing to predict."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64

from graphs.completion.links import Links

__all__ = ["KnownAnswers"]

Numbers = Int64[np.ndarray, " n"]


class KnownAnswers:
    """Looks up the right answers to queries ``(head, relation, ?)``, inverse relations included.

    >>> known = KnownAnswers(Links.of(np.array([[0, 0, 1], [0, 0, 2]])), num_relations=1)
    >>> known.pairs(np.array([0, 2]), np.array([0, 1]))  # what does 0 lead to, and what leads to 2?
    (array([0, 0, 1]), array([1, 2, 0]))
    """

    def __init__(self, links: Links, num_relations: int) -> None:
        heads = np.concatenate([links.heads, links.tails])
        relations = np.concatenate([links.relations, links.relations + num_relations])
        answers = np.concatenate([links.tails, links.heads])
        self._base = 2 * max(num_relations, 1)
        keys = heads * self._base + relations
        order = np.lexsort((answers, keys))
        self._keys, self._answers = keys[order], answers[order]

    def pairs(self, heads: Numbers, relations: Numbers) -> tuple[Numbers, Numbers]:
        """Return the right answers to queries: the query's place, and the entity; sorted by these."""
        keys = np.asarray(heads, np.int64) * self._base + relations
        low, high = np.searchsorted(self._keys, keys), np.searchsorted(self._keys, keys, side="right")
        counts = high - low
        queries = np.repeat(np.arange(len(keys)), counts)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return queries, self._answers[np.repeat(low, counts) + within]
