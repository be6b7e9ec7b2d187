"""Fusions as methods of retrieval: what the ridge map and the class labels say of a picture, made one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float, Float32

from experiments.known_pairs import KnownPairs
from kgx.evaluate import evaluate
from kgx.fusion import FUSION_OPTIONS, Fusion, new_fusion
from kgx.fusion.closed import ClosedFusion, Concatenation

__all__ = ["SHARES", "fit_fusion", "fused_rankings", "fused_texts"]

SHARES = (0.2, 0.35, 0.5, 0.65, 0.8)
"""Weights of the first part that are tried, the second having the rest."""


def fit_fusion(
    name: str,
    parts: Mapping[str, Float32[np.ndarray, "n width"]],
    pairs: KnownPairs,
    weights: Mapping[str, float],
    seed: int,
) -> Fusion:
    """Fit a fusion on pairs whose parts come from a map that does not know them.

    Args:
        name: a key of :data:`kgx.fusion.FUSIONS`.
        parts: name of the part -> its vectors of the pairs' pictures.
        pairs: the pairs, whose texts the fused vectors are to be near to.
        weights: of the parts, for fusions that learn none; where empty, those of :data:`SHARES` for the first of two
            parts that find the pairs best.
        seed: of training.
    """
    fusion = new_fusion(name)
    options = replace(FUSION_OPTIONS, seed=seed)
    if not isinstance(fusion, ClosedFusion):
        return fusion.fit(parts, pairs.texts, entities=pairs.kinds, options=options)
    first, second = parts
    tried = [weights] if weights else [{first: share, second: 1 - share} for share in SHARES]
    fitted = [type(fusion)(weights=dict(some)).fit(parts) for some in tried]
    return fitted[0] if weights else max(fitted, key=lambda some: _recall(some, parts, pairs))


def _recall(fusion: Fusion, parts: Mapping[str, np.ndarray], pairs: KnownPairs) -> float:
    """Return the mean recall@10 of both directions; equal wordings are all right answers."""
    scores = fusion.fuse(parts) @ fused_texts(fusion, pairs.texts).T
    relevant = pairs.kinds[:, 1][:, None] == pairs.kinds[:, 1][None]
    return float(np.mean([evaluate(some, relevant)["recall@10"] for some in (scores, scores.T)]))


def fused_texts(fusion: Fusion, texts: Float32[np.ndarray, "n width"]) -> Float[np.ndarray, "n d"]:
    """Return texts as fused pictures are compared with them: side by side with themselves for a concatenation."""
    return fusion.fuse(dict.fromkeys(fusion.widths_, texts)) if isinstance(fusion, Concatenation) else texts


def fused_rankings(
    fuse: Callable[..., dict[Any, float]],
    scores: Mapping[str, Float32[np.ndarray, "queries gallery"]],
) -> Float32[np.ndarray, "queries gallery"]:
    """Return fused scores of every query.

    Args:
        fuse: one of :data:`kgx.fusion.RANKING_FUSIONS`.
        scores: part -> its scores.

    >>> from kgx.fusion import reciprocal_rank_fusion
    >>> one, other = np.array([[0.9, 0.8, 0.1]], "f"), np.array([[0.2, 0.9, 0.8]], "f")
    >>> fused_rankings(reciprocal_rank_fusion, {"one": one, "other": other}).argmax(axis=1)
    array([1])
    """
    shape = next(iter(scores.values())).shape
    fused = np.empty(shape, dtype=np.float32)
    for query in range(shape[0]):
        ranked = fuse({name: dict(enumerate(part[query].tolist())) for name, part in scores.items()})
        fused[query, list(ranked)] = list(ranked.values())
    return fused
