r"""CORAL: a source made to look like a target of which no pair is known.

Both clouds' means and covariances are matched,

.. math:: x \mapsto C_t^{1/2}\, C_s^{-1/2} (x - \bar x_s) + \bar x_t,

with the shrunk covariances of :mod:`kgx.transfer.feature.covariance`. Sun, Feng and Saenko, *Return of frustratingly
easy domain adaptation*, AAAI 2016, arXiv 1511.05547. There the identity is added to both covariances; it would outweigh
all of the variance of features of length 1, so the shrinkage here is relative to the features' own variance.
"""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from jaxtyping import Float
from sklearn.utils.validation import check_array, validate_data

from kgx.tensor_file import TensorFormat
from kgx.transfer.affine import AffineMap
from kgx.transfer.feature.affine import AffineFeatureMap
from kgx.transfer.feature.covariance import Spectrum, centred, checked_shrinkage

__all__ = ["CoralMap"]


class CoralMap(AffineFeatureMap):
    """An alignment of two collections' features by their first two moments; rows are not pairs.

    Both are of one feature space (one encoder's), and there may be more rows of one than of the other.

    Args:
        shrinkage: of both covariances, from 0 (none) to 1. Without it directions in which the source does not vary are
            dropped, and directions in which it hardly does are blown up.

    Attributes:
        map_: the fitted map.

    >>> rng = np.random.default_rng(0)
    >>> drawn, photographed = rng.standard_normal((90, 2)), 3 * rng.standard_normal((80, 2)) + 7
    >>> moved = CoralMap(shrinkage=0.0).fit(drawn, photographed).transform(drawn)
    >>> bool(np.allclose(np.cov(moved.T), np.cov(photographed.T)))
    True
    """

    file_format: ClassVar[TensorFormat] = TensorFormat("CORAL map", 1, "fit the map again")

    def __init__(self, *, shrinkage: float = 0.1) -> None:
        self.shrinkage = shrinkage

    def fit(self, X: Float[np.ndarray, "n d"], y: Float[np.ndarray, "m d"]) -> Self:
        """Fit the map to rows of the source and, in no order, rows of the target.

        Raises:
            ValueError: an impossible option, fewer than two rows on a side, unequal widths, or features that are not
                finite.
        """
        shrinkage = checked_shrinkage(self.shrinkage)
        source = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        target = check_array(y, dtype=np.float64, ensure_min_samples=2, input_name="y")
        if source.shape[1] != target.shape[1]:
            raise ValueError(
                f"expected rows of one feature space on both sides, got {source.shape} and {target.shape}"
            )
        (source, source_mean), (target, target_mean) = centred(source), centred(target)
        white = Spectrum.of(source, shrinkage).power(-0.5)
        coloured = Spectrum.of(target, shrinkage).power(0.5)
        self.map_ = AffineMap(coloured @ white, source_mean, target_mean)
        return self
