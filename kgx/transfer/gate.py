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

import numpy as np
from jaxtyping import Bool, Float

from kgx.evaluate.ranking import best_ranks, harm

__all__ = ["SHARES", "Gate", "choose_share"]

SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
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
    most_lost: float = 0.01,
) -> float:
    """Return the share that harms few enough queries at the best recall@10.

    Among the shares with at most ``most_harmed`` harmed queries the one of the best recall@10 is taken, the smallest of
    equals. Where none of them harms so few, it is the one that harms fewest among those that lose at most ``most_lost``
    of the best recall@10.

    Args:
        refined: scores by refined vectors, of queries whose answers are known and were not trained on.
        unrefined: scores by unrefined ones.
        relevant: what is right.
        shares: what is tried.
        most_harmed: share of queries that may lose more than 10 ranks against the unrefined scores.
        most_lost: of recall@10.

    Raises:
        ValueError: a query without a right answer, shapes that do not fit, or no share.

    >>> refined, unrefined = np.array([[0.9, 0.1], [0.6, 0.5]]), np.array([[0.4, 0.5], [0.1, 0.9]])
    >>> choose_share(refined, unrefined, np.eye(2, dtype=bool))
    0.0
    """
    before = best_ranks(unrefined, relevant)
    found: list[tuple[float, float, float]] = []
    for share in shares:
        ranks = best_ranks(Gate(share).scores(refined, unrefined), relevant)
        found.append((share, float((ranks <= 10).mean()), harm(before, ranks)["worse_by_more_than_10"]))
    if not found:
        raise ValueError("expected at least one share to try, got none")
    harmless = [entry for entry in found if entry[2] <= most_harmed]
    if harmless:
        return max(harmless, key=lambda entry: (entry[1], -entry[0]))[0]
    best = max(recall for _, recall, _ in found)
    near = [entry for entry in found if entry[1] >= best - most_lost]
    return min(near, key=lambda entry: (entry[2], entry[0]))[0]
