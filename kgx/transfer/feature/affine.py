"""The part that all maps of the form ``W (x - x̄) + ȳ`` share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from kgx.transfer.affine import AffineMap
from kgx.transfer.feature.base import FeatureMap

__all__ = ["AffineFeatureMap"]


class AffineFeatureMap(FeatureMap):
    """A feature map that is affine once it is fitted; a subclass has only to fit it.

    Attributes:
        map_: the fitted map.
    """

    map_: AffineMap

    @property
    def weight(self) -> Float[np.ndarray, "d_target d_source"]:
        """``W``."""
        return self.map_.weight

    @property
    def source_mean(self) -> Float[np.ndarray, " d_source"]:
        """``x̄``."""
        return self.map_.source_mean

    @property
    def target_mean(self) -> Float[np.ndarray, " d_target"]:
        """``ȳ``."""
        return self.map_.target_mean

    def transform(self, X: Float[np.ndarray, "n d_source"]) -> Float[np.ndarray, "n d_target"]:
        """Map rows into the target space; float32 rows give float32 rows, anything else float64.

        Raises:
            ModelError: the map has not been fitted.
            ValueError: rows of another width than the map was fitted on.
        """
        rows = self._source_rows(X)
        return self.map_.transform(rows)

    def inverse_transform(self, X: Float[np.ndarray, "n d_target"]) -> Float[np.ndarray, "n d_source"]:
        """Map rows of the target space back, exactly where the map loses nothing.

        See :meth:`kgx.transfer.affine.AffineMap.inverse_transform` for what is given elsewhere.

        Raises:
            ModelError: the map has not been fitted.
            ValueError: rows of another width than the map gives.
        """
        self._require_fitted()
        return self.map_.inverse_transform(self._target_rows(X, len(self.target_mean)))

    def _tensors(self) -> dict[str, np.ndarray]:
        return self.map_.tensors()

    def _restore(self, tensors: Mapping[str, np.ndarray]) -> None:
        self.map_ = AffineMap.of_tensors(tensors)
        self.n_features_in_ = len(self.map_.source_mean)

    def __sklearn_tags__(self) -> Any:
        """Say that single precision stays single."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
