"""The methods of retrieval experiments by the names that results bear, the simplest first."""

from __future__ import annotations

from typing import Final

__all__ = [
    "BASELINES",
    "COMPLETED",
    "DEFAULT_METHODS",
    "FAMILY",
    "FUSED",
    "FUSED_PARTS",
    "GATED",
    "GRAPH_FREE",
    "METHODS",
    "OURS",
    "OWN",
    "TEXT_AND_PICTURE_ONLY",
    "UNCHANGED",
    "UNFILED",
    "UNPAIRED",
    "UNTRAINED",
]

BASELINES = ("random", "label-text", "ridge", "mlp", "similarity")
"""What the main experiment compares ours with."""

FAMILY = ("least-squares", "procrustes", "cca", "pls", "coral", "mlp-regression", "vae")
"""Further maps between feature spaces, keys of :data:`kgx.transfer.feature.FEATURE_MAPS`."""

FUSED = (
    "fused-weighted",
    "fused-concat",
    "fused-learned-weights",
    "fused-gated",
    "fused-cross-attention",
    "fused-rrf",
)
"""Ridge map and class labels in one: keys of :data:`kgx.fusion.FUSIONS` and ``RANKING_FUSIONS`` behind ``fused-``."""
FUSED_PARTS = ("ridge", "label-text")
"""The methods that those fuse."""

OURS = "relation-transfer"
UNFILED = "relation-transfer-unfiled"
"""Ours without what the target's folders say of its items: how much of the result the folders bring."""
COMPLETED = "relation-transfer-completed"
"""Ours on a target whose missing links a relation model has filled in: what completion brings."""
GATED = "relation-transfer-gated"
"""Ours with a share of the unrefined vector, chosen on the source: fewer queries are harmed."""
UNTRAINED = "relation-transfer-untrained"
"""Ours without pretraining: what pretraining brings."""

UNCHANGED: Final = "as the source"
"""Behind a network's name: on a target whose relations are called what they are called."""

OWN = (OURS, UNFILED, COMPLETED)

GRAPH_FREE = (*BASELINES, *FAMILY, *FUSED)
"""Methods without relations."""

METHODS = (*GRAPH_FREE, UNTRAINED, *OWN, GATED)
"""All methods."""

DEFAULT_METHODS = (*BASELINES, OURS, UNFILED)
"""What an experiment compares that does not say."""

UNPAIRED = ("random", "label-text", UNFILED)
"""Methods that have no use for target pairs, or are only run without."""

TEXT_AND_PICTURE_ONLY = (*FAMILY, *FUSED, GATED)
"""Methods that are only run between texts and pictures: the source has no sounds to fit them on."""
