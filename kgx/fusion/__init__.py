"""Fusion: one vector out of several of an item or of a mixed query, or one ranking out of several.

* :mod:`~kgx.fusion.vectors`: weighted sum and concatenation, as pure functions;
* :mod:`~kgx.fusion.closed`, :mod:`~kgx.fusion.learned`: the same and learned ones behind one interface, ``fit(parts,
  target)``, ``fuse(parts, weights)``, ``save``, ``load``;
* :mod:`~kgx.fusion.rankings`: late fusion, of rankings.

Everywhere a part has a name, a row of zeros is a part that is missing, and a negative weight says "not".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kgx.errors import ConfigError
from kgx.fusion.base import FUSION_OPTIONS, Fusion
from kgx.fusion.closed import Concatenation, WeightedSum
from kgx.fusion.learned import CrossAttentionFusion, GatedFusion, LearnedWeights
from kgx.fusion.rankings import reciprocal_rank_fusion, weighted_score_fusion
from kgx.fusion.vectors import concatenate, weighted_sum

__all__ = [
    "FUSIONS",
    "FUSION_OPTIONS",
    "RANKING_FUSIONS",
    "Concatenation",
    "CrossAttentionFusion",
    "Fusion",
    "GatedFusion",
    "LearnedWeights",
    "WeightedSum",
    "concatenate",
    "new_fusion",
    "reciprocal_rank_fusion",
    "weighted_score_fusion",
    "weighted_sum",
]

FUSIONS: dict[str, type[Fusion]] = {
    "concat": Concatenation,
    "weighted": WeightedSum,
    "learned-weights": LearnedWeights,
    "gated": GatedFusion,
    "cross-attention": CrossAttentionFusion,
}
"""Fusions of vectors by the name of the method in result tables."""

RANKING_FUSIONS: dict[str, Callable[..., dict[str, float]]] = {
    "rrf": reciprocal_rank_fusion,
    "weighted-scores": weighted_score_fusion,
}
"""Fusions of rankings, likewise."""


def new_fusion(name: str, **options: Any) -> Fusion:
    """Return a fusion that has not been fitted.

    Args:
        name: one of :data:`FUSIONS`.
        options: arguments of its constructor.

    Raises:
        ConfigError: no fusion has that name; lists those that there are.
        ValueError: an impossible option.

    >>> type(new_fusion("gated", part_dropout=0.0)).__name__
    'GatedFusion'
    """
    if name not in FUSIONS:
        raise ConfigError(f"unknown fusion {name!r}; choose {', '.join(FUSIONS)}")
    return FUSIONS[name](**options)
