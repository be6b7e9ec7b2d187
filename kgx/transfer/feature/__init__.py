"""Feature transfer: a map from one feature space into another, fitted on the source, applied to the target.

Every map has ``fit(source, target)``, ``transform(source)``, ``save(path)`` and ``load(path)``; :data:`FEATURE_MAPS`
holds them by the name of the method in result tables.
"""

from __future__ import annotations

from kgx.transfer.feature.linear import AlphaChoice, RidgeMap, choose_alpha
from kgx.transfer.feature.mlp import ContrastiveMLP

__all__ = ["FEATURE_MAPS", "AlphaChoice", "ContrastiveMLP", "RidgeMap", "choose_alpha"]

FEATURE_MAPS: dict[str, type[RidgeMap] | type[ContrastiveMLP]] = {"ridge": RidgeMap, "mlp": ContrastiveMLP}
