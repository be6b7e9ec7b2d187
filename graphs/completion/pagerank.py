r"""The floor of every score: personalised PageRank, which learns nothing and does not look at relations.

Inductive benchmarks leak through it: their test links join entities that are close to each other far more often than
chance would have it (Shomer et al., arXiv 2406.11898). What a model adds is what it scores above this.

.. math:: p = \alpha\, e_h + (1 - \alpha)\, P^\top p, \qquad \alpha = 0.15

with :math:`P` the walk over all links in both directions (Page et al., 1999; Jeh and Widom, WWW 2003).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float64, Int64

from graphs.completion.links import Links

__all__ = ["PageRank"]

_BATCH: Final = 256
_STATE: Final = 1 << 23  # numbers of a batch: 64 MB


class PageRank:
    """Scores an entity by how often a walker that keeps returning to the head is there.

    The head itself, where it is most often, comes last: it is hardly ever its own answer, and a floor that puts it
    first would be no floor.

    Args:
        links: what is known; parallel links count once each.
        num_entities: entities, with or without links.
        restart: chance of a return at each step.
        tolerance: the power iteration ends when what is left to spread is below this.

    >>> chain = Links.of(np.array([[0, 0, 1], [1, 0, 2]]))
    >>> scores = PageRank(chain, num_entities=4).scores(np.array([0]), np.array([0]))[0]
    >>> bool(scores[1] > scores[2] > scores[3] == scores[0] == 0)
    True
    """

    knows_relations = False

    def __init__(
        self, links: Links, num_entities: int, *, restart: float = 0.15, tolerance: float = 1e-6
    ) -> None:
        self.restart = restart
        self.steps = int(np.ceil(np.log(tolerance) / np.log(1.0 - restart)))
        ends = np.concatenate([links.heads, links.tails]), np.concatenate([links.tails, links.heads])
        steps = sp.csr_matrix((np.ones(len(ends[0])), ends), shape=(num_entities, num_entities))
        leaving = np.asarray(steps.sum(axis=1)).ravel()
        shares = np.divide(1.0, leaving, out=np.zeros_like(leaving), where=leaving > 0)
        self._walk: sp.csr_matrix = (sp.diags(shares) @ steps).T.tocsr()

    @property
    def batch_size(self) -> int:
        """As many queries as the memory for their walkers allows."""
        return int(np.clip(_STATE // max(self._walk.shape[0], 1), 1, _BATCH))

    def scores(
        self, heads: Int64[np.ndarray, " queries"], relations: Int64[np.ndarray, " queries"]
    ) -> Float64[np.ndarray, "queries entities"]:
        """Return where each head's walker is in the long run; what is asked for does not count."""
        entities = self._walk.shape[0]
        there = np.zeros((entities, len(heads)))
        there[heads, np.arange(len(heads))] = 1.0
        found = self.restart * there
        for _ in range(self.steps):
            there = (1.0 - self.restart) * (self._walk @ there)
            found += self.restart * there
        found[heads, np.arange(len(heads))] = 0.0
        return np.ascontiguousarray(found.T)
