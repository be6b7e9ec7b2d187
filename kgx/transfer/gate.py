r"""The gate: how much of the unrefined vector stays beside the refined one, so that refinement harms fewer queries.

.. math:: z' = [\sqrt{1 - g}\, z \;\Vert\; \sqrt{g}\, u], \qquad
          z'(q) \cdot z'(v) = (1 - g)\; z(q) \cdot z(v) + g\; u(q) \cdot u(v),

with :math:`z` the refined vectors and :math:`u` the unrefined ones in the space of texts: a text's own, and another
item's as the linear map translates it. One number, chosen where the answers are known (:func:`choose_share`); 0
leaves all as it is. It is the linear combination of two systems of Vogt and Cottrell, *Fusion via a linear combination
of scores*, Information Retrieval 1(3), 1999, taken into the vectors, so that any index serves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import binom

from kgx.evaluate.ranking import best_ranks

__all__ = ["SHARES", "Gate", "choose_share"]

SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7)
"""Shares that are tried."""


@dataclass(frozen=True)
class Gate:
    """A fixed share of the unrefined vector.

    Attributes:
        share: from 0, which leaves the refined vector alone, to 1, which leaves the unrefined one alone.

    >>> gate = Gate(0.25)
    >>> refined, unrefined = np.eye(2), np.array([[0.6, 0.8], [0.6, 0.8]])
    >>> joined = gate.join(refined, unrefined)
    >>> (joined @ joined.T).round(3).tolist()
    [[1.0, 0.25], [0.25, 1.0]]
    """

    share: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.share <= 1.0:
            raise ValueError(f"expected a share from 0 to 1, got {self.share}")

    def join(
        self, refined: Float[np.ndarray, "n d"], unrefined: Float[np.ndarray, "n e"]
    ) -> Float[np.ndarray, "n d_plus_e"]:
        """Return both vectors side by side, weighed; of length 1 where both are."""
        return np.concatenate([np.sqrt(1 - self.share) * refined, np.sqrt(self.share) * unrefined], axis=1)

    def scores(
        self, refined: Float[np.ndarray, "queries gallery"], unrefined: Float[np.ndarray, "queries gallery"]
    ) -> Float[np.ndarray, "queries gallery"]:
        """Return the products of joined vectors from the products of either kind."""
        return (1 - self.share) * refined + self.share * unrefined


def choose_share(
    refined: Float[np.ndarray, "queries gallery"],
    unrefined: Float[np.ndarray, "queries gallery"],
    relevant: Bool[np.ndarray, "queries gallery"],
    *,
    shares: Sequence[float] = SHARES,
    most_harmed: float = 0.05,
    error: float = 0.05,
    most_lost: float = 0.01,
) -> float:
    """Return the share of the best recall@10 among those that surely harm few enough queries.

    The risk is controlled by tests in a fixed sequence, after Angelopoulos et al., *Learn then test* (arXiv
    2110.01052): from the largest share down, each is kept while a binomial test rejects that it harms more than
    ``most_harmed`` of all queries; at the first that may, the sequence ends. So with probability ``1 - error`` no kept
    share harms more, of queries drawn like these. The smallest of equals is taken. Where not even the largest is sure,
    it is the one that harms fewest among those that lose at most ``most_lost`` of the best recall@10.

    Args:
        refined: scores by refined vectors, of queries whose answers are known and were not trained on.
        unrefined: scores by unrefined ones.
        relevant: what is right.
        shares: what is tried.
        most_harmed: share of queries that may lose more than 10 ranks against the unrefined scores.
        error: probability of a share that harms more.
        most_lost: of recall@10.

    Raises:
        ValueError: a query without a right answer, shapes that do not fit, or no share.

    >>> refined, unrefined = np.array([[0.9, 0.1], [0.6, 0.5]]), np.array([[0.4, 0.5], [0.1, 0.9]])
    >>> choose_share(refined, unrefined, np.eye(2, dtype=bool))
    0.0
    """
    if not shares:
        raise ValueError("expected at least one share to try, got none")
    before = best_ranks(unrefined, relevant)
    found: list[_Tried] = []
    for share in sorted(shares):
        ranks = best_ranks(Gate(share).scores(refined, unrefined), relevant)
        found.append(_Tried(share, float((ranks <= 10).mean()), int((ranks - before > 10).sum())))
    harmless = list(
        takewhile(lambda tried: binom.cdf(tried.harmed, len(before), most_harmed) <= error, reversed(found))
    )
    if harmless:
        return max(harmless, key=lambda tried: (tried.recall, -tried.share)).share
    best = max(tried.recall for tried in found)
    near = [tried for tried in found if tried.recall >= best - most_lost]
    return min(near, key=lambda tried: (tried.harmed, tried.share)).share


class _Tried(NamedTuple):
    share: float
    recall: float
    harmed: int
