"""The family of feature transfer as methods of retrieval: one map between pictures and texts each.

All are fitted on the source's pairs and on whatever target pairs are known, the target's as often as ours repeats them.
Their options stand in the configuration (``feature_maps``); ``kgx experiment sweep CONFIG maps`` scores others on
held-out folders of the source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float32

from experiments.known_pairs import KnownPairs
from graphs.neighbours import unit_rows
from kgx.evaluate import evaluate
from kgx.train import TrainingOptions
from kgx.transfer.feature import CoralMap, FeatureMap, RidgeMap, new_feature_map
from kgx.transfer.feature.vae import VAE_OPTIONS, CrossModalVAE

__all__ = ["AlignedRidge", "fit_feature_map", "held_out_recall"]


class AlignedRidge:
    """CORAL and then ridge: target pictures are brought to the source's means and covariances, which needs no label.

    Args:
        alpha: penalty of the ridge map.
        align: the alignment, fitted on pictures of the target and of the source; they stay as they are without it.
    """

    def __init__(self, alpha: float, align: CoralMap | None) -> None:
        self.align = align
        self.ridge = RidgeMap(alpha)

    def fit(self, pairs: KnownPairs) -> AlignedRidge:
        """Fit the ridge map on pairs, of which the target's are aligned first."""
        features = pairs.features.copy()
        features[pairs.target] = self._aligned(pairs.features[pairs.target])
        self.ridge.fit(features, pairs.texts)
        return self

    def transform(self, features: Float32[np.ndarray, "n d"]) -> Float32[np.ndarray, "n width"]:
        """Map pictures of the target to texts."""
        return np.asarray(self.ridge.transform(self._aligned(features)))

    def _aligned(self, features: Float32[np.ndarray, "n d"]) -> Float32[np.ndarray, "n d"]:
        return features if self.align is None else np.asarray(self.align.transform(features))

    def transform_target(self, texts: Float32[np.ndarray, "n width"]) -> Float32[np.ndarray, "n width"]:
        """Return texts as they are."""
        return texts


def fit_feature_map(
    name: str,
    pairs: KnownPairs,
    options: Mapping[str, Any],
    *,
    alpha: float,
    align: CoralMap | None = None,
    training: TrainingOptions = VAE_OPTIONS,
) -> FeatureMap | AlignedRidge:
    """Fit one of the family.

    Args:
        name: a key of :data:`kgx.transfer.feature.FEATURE_MAPS`.
        pairs: the source's, and the target's where they are known, each as often as it counts.
        options: of the map's constructor.
        alpha: penalty of the ridge map behind ``coral``.
        align: what ``coral`` brings pictures of the target to the source with.
        training: how long and how fast ``vae`` is trained, and its seed.
    """
    if name == "coral":
        return AlignedRidge(alpha, align).fit(pairs)
    mapping = new_feature_map(name, **options)
    if isinstance(mapping, CrossModalVAE):
        return mapping.fit(pairs.features, pairs.texts, options=training)
    return mapping.fit(pairs.features, pairs.texts)


def held_out_recall(fitted: FeatureMap | AlignedRidge, held_out: KnownPairs) -> float:
    """Return the mean recall@10 of both directions among held-out pairs; equal wordings are all right answers."""
    pictures = unit_rows(np.asarray(fitted.transform(held_out.features), dtype=np.float32))
    texts = unit_rows(np.asarray(fitted.transform_target(held_out.texts), dtype=np.float32))
    wordings = held_out.kinds[:, 1]
    relevant = wordings[:, None] == wordings[None]
    scores = pictures @ texts.T
    return float(np.mean([evaluate(some, relevant)["recall@10"] for some in (scores, scores.T)]))
