"""Feature transfer: a map from one feature space into another, fitted on the source, applied to the target.

Every map has ``fit(source, target)``, ``transform(source)``, ``save(path)`` and ``load(path)``.
"""

from __future__ import annotations

from kgx.transfer.feature.linear import AlphaChoice, RidgeMap, choose_alpha

__all__ = ["AlphaChoice", "RidgeMap", "choose_alpha"]
