"""Ranks of right answers among all candidates, and what is reported of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from jaxtyping import Float, Float64, Int64

from graphs.errors import GraphError

__all__ = ["HITS", "TIES", "RankMetrics", "Ties", "ranks_of"]

Ties = Literal["pessimistic", "realistic", "optimistic"]
"""Which rank an answer has among candidates of the same score: the last, the middle one, or the first."""

TIES: Final[tuple[Ties, ...]] = get_args(Ties)
HITS: Final = (1, 3, 10)


def ranks_of(
    scores: Float[np.ndarray, " candidates"],
    answers: Int64[np.ndarray, " answers"],
    known: Int64[np.ndarray, " known"],
    ties: Ties = "pessimistic",
) -> Float64[np.ndarray, " answers"]:
    """Return the filtered ranks of a query's right answers, from 1 (Bordes et al., NIPS 2013, section 4.1).

    An answer is ranked among the candidates that are not known to be right. Of ``g`` candidates that score better and
    ``t`` that score the same, the rank is ``1 + g + t`` (pessimistic), ``1 + g + t / 2`` (realistic) or ``1 + g``
    (optimistic), as Berrendorf et al. (arXiv 2002.06914) define them.

    Args:
        scores: of all candidates.
        answers: those to rank.
        known: those that are right, the answers among them or not.
        ties: what equal scores count for.

    Raises:
        GraphError: a score is no number.

    >>> scores = np.array([0.5, 0.9, 0.5, 0.5, 0.1])
    >>> [ranks_of(scores, np.array([0]), np.array([1]), ties).item() for ties in TIES]
    [3.0, 2.0, 1.0]
    """
    if np.isnan(scores).any():
        raise GraphError(
            "expected scores, got NaN: the checkpoint's weights or the texts' vectors are unusable"
        )
    others = np.ones(len(scores), np.bool_)
    others[known] = False
    others[answers] = False
    ordered = np.sort(scores[others])
    reached = scores[answers]
    better = len(ordered) - np.searchsorted(ordered, reached, side="right")
    equal = len(ordered) - np.searchsorted(ordered, reached, side="left") - better
    share = {"pessimistic": 1.0, "realistic": 0.5, "optimistic": 0.0}[ties]
    found: Float64[np.ndarray, " answers"] = 1.0 + better + share * equal
    return found


@dataclass(frozen=True, slots=True)
class RankMetrics:
    """What is reported of ranks.

    Attributes:
        queries: how many ranks there are.
        mrr: mean of ``1 / rank``.
        hits: share of the ranks up to 1, 3 and 10.

    >>> metrics = RankMetrics.of(np.array([1.0, 2.0, 20.0]))
    >>> round(metrics.mrr, 3), metrics.to_dict()["hits@3"]
    (0.517, 0.6666666666666666)
    """

    queries: int
    mrr: float
    hits: dict[int, float]

    @classmethod
    def of(cls, ranks: Float64[np.ndarray, " queries"]) -> RankMetrics:
        """Work them out; without a rank, all are 0."""
        if not len(ranks):
            return cls(0, 0.0, dict.fromkeys(HITS, 0.0))
        hits = {limit: float(np.mean(ranks <= limit)) for limit in HITS}
        return cls(len(ranks), float(np.mean(1.0 / ranks)), hits)

    def to_dict(self) -> dict[str, float]:
        """Return the metrics as plain values."""
        return {"mrr": self.mrr, **{f"hits@{limit}": share for limit, share in self.hits.items()}}
