r"""Late fusion: several rankings of the same query made into one.

A ranking maps documents to scores, as :func:`kgx.evaluate.read_run` has them for a query; a document that it does not
hold was not retrieved by that system.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import Literal, TypeVar

from kgx.fusion.vectors import Weights, checked_weights

__all__ = ["reciprocal_rank_fusion", "weighted_score_fusion"]

Document = TypeVar("Document", bound=Hashable)


def reciprocal_rank_fusion(
    rankings: Mapping[str, Mapping[Document, float]], weights: Weights | None = None, *, k: float = 60.0
) -> dict[Document, float]:
    r"""Fuse by ranks alone: :math:`\sum_m w_m / (k + \operatorname{rank}_m(d))`.

    Cormack, Clarke and Büttcher, *Reciprocal rank fusion outperforms Condorcet and individual rank learning methods*,
    SIGIR 2009. Scores of different scales need not be made comparable. Documents of equal score share the mean of their
    ranks, so that nothing depends on the order in which they come.

    Args:
        rankings: system -> document -> score.
        weights: of every system, negative for "not"; all 1 where left out.
        k: the larger, the less the first ranks stand out; the paper's 60.

    Returns:
        document -> fused score, best first; equal ones in the order in which they were first met.

    Raises:
        ValueError: no ranking, a score that is NaN, weights of other systems, or a ``k`` below 0.

    >>> fused = reciprocal_rank_fusion({"text": {"owl": 9.1, "cat": 8.0}, "image": {"dog": 0.4, "owl": 0.3}})
    >>> {name: round(score, 4) for name, score in fused.items()}
    {'owl': 0.0325, 'dog': 0.0164, 'cat': 0.0161}
    """
    if not (k >= 0 and math.isfinite(k)):
        raise ValueError(f"expected k of at least 0, got {k}")
    weighed = _checked(rankings, weights)
    fused: dict[Document, float] = {}
    for system, scores in rankings.items():
        for document, rank in _mean_ranks(scores).items():
            fused[document] = fused.get(document, 0.0) + weighed[system] / (k + rank)
    return _best_first(fused)


def weighted_score_fusion(
    rankings: Mapping[str, Mapping[Document, float]],
    weights: Weights | None = None,
    *,
    scale: Literal["min-max", "none"] = "min-max",
) -> dict[Document, float]:
    """Fuse by weighted sums of scores: CombSUM of Fox and Shaw, *Combination of multiple searches*, TREC-2, 1994.

    Args:
        rankings: system -> document -> score; a document that a system does not hold gets nothing from it.
        weights: of every system, negative for "not"; all 1 where left out.
        scale: ``min-max`` brings each system's scores to between 0 and 1 first (Lee, SIGIR 1997), 1 where all are
            equal; ``none`` takes them as they are, for scores of one scale, such as cosines.

    Returns:
        document -> fused score, best first; equal ones in the order in which they were first met.

    Raises:
        ValueError: no ranking, a score that is not finite, weights of other systems, or an unknown scale.

    >>> weighted_score_fusion({"text": {"owl": 9.0, "cat": 8.0}, "image": {"cat": 0.4}}, {"text": 1, "image": 0.5})
    {'owl': 1.0, 'cat': 0.5}
    """
    if scale not in ("min-max", "none"):
        raise ValueError(f"expected the scale min-max or none, got {scale!r}")
    weighed = _checked(rankings, weights)
    fused: dict[Document, float] = {}
    for system, scores in rankings.items():
        if not all(math.isfinite(score) for score in scores.values()):
            raise ValueError(f"expected finite scores, got NaN or infinity in {system}")
        least, most = min(scores.values(), default=0.0), max(scores.values(), default=0.0)
        for document, score in scores.items():
            if scale == "min-max":
                score = (score - least) / (most - least) if most > least else 1.0
            fused[document] = fused.get(document, 0.0) + weighed[system] * score
    return _best_first(fused)


def _checked(rankings: Mapping[str, Mapping[Document, float]], weights: Weights | None) -> dict[str, float]:
    if not rankings:
        raise ValueError("expected at least one ranking, got none")
    for system, scores in rankings.items():
        if any(math.isnan(score) for score in scores.values()):
            raise ValueError(f"expected scores, got NaN in {system}")
    return checked_weights(rankings, weights)


def _mean_ranks(scores: Mapping[Document, float]) -> dict[Document, float]:
    """Return the rank of every document, from 1; equal scores share their mean rank."""
    ranks: dict[Document, float] = {}
    tied: list[Document] = []
    ordered = sorted(scores, key=lambda document: -scores[document])
    for place, document in enumerate(ordered, start=1):
        tied.append(document)
        if place == len(ordered) or scores[ordered[place]] != scores[document]:
            ranks.update(dict.fromkeys(tied, place - (len(tied) - 1) / 2))
            tied = []
    return ranks


def _best_first(fused: Mapping[Document, float]) -> dict[Document, float]:
    documents: Iterable[Document] = sorted(fused, key=lambda document: -fused[document])
    return {document: fused[document] for document in documents}
