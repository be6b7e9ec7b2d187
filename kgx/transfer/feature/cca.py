r"""Canonical correlation analysis: a space in which both sides meet.

With centred :math:`\tilde X, \tilde Y` and the shrunk covariances :math:`C_x, C_y` of
:mod:`kgx.transfer.feature.covariance`,

.. math:: C_x^{-1/2}\, C_{xy}\, C_y^{-1/2} = U \operatorname{diag}(\rho)\, V^\top, \qquad
          A = C_x^{-1/2} U_k, \qquad B = C_y^{-1/2} V_k,

and :math:`x \mapsto A^\top (x - \bar x)`, :math:`y \mapsto B^\top (y - \bar y)`. Hotelling, *Relations between two sets
of variates*, Biometrika 28, 1936; computed from the sides' singular vectors as Björck and Golub, *Numerical methods for
computing angles between linear subspaces*, Mathematics of Computation 27, 1973. Shrinkage is Vinod's canonical ridge
(Journal of Econometrics 4, 1976): at 0 it is CCA, and at 1 the covariance is maximised in place of the correlation,
which is PLS in its symmetric form. For search, the variates may be weighted by a power of their correlations (Gong et
al., arXiv 1212.4522).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
from jaxtyping import Float

from kgx.tensor_file import TensorFormat
from kgx.transfer.affine import AffineMap
from kgx.transfer.feature.base import FeatureMap
from kgx.transfer.feature.covariance import Spectrum, centred, checked_shrinkage

__all__ = ["CCAMap"]


class CCAMap(FeatureMap):
    """Two linear maps into a common space, in which pairs correlate as much as they can.

    Mapped source rows are compared with *mapped* target rows: :meth:`transform` and :meth:`transform_target`. Without
    shrinkage every variate has variance 1 over the rows it was fitted on.

    Args:
        n_components: dimensions of the common space, at most; there are no more than either side has of its own.
        shrinkage: of both covariances, from 0 (none) to 1. With fewer rows than features and none, anything correlates
            perfectly with anything.
        power: each variate is multiplied by its correlation to this power.

    Attributes:
        correlations_: one for each variate, falling: with shrinkage, the covariance in units of the shrunk deviations.
        source_map_, target_map_: the fitted maps.

    >>> rng = np.random.default_rng(0)
    >>> shared = rng.standard_normal((50, 1))
    >>> source = np.hstack([shared, rng.standard_normal((50, 1))]) @ rng.standard_normal((2, 2))
    >>> cca = CCAMap(n_components=1, shrinkage=0.0).fit(source, np.hstack([shared, rng.standard_normal((50, 2))]))
    >>> cca.correlations_.round(6).tolist()
    [1.0]
    """

    file_format: ClassVar[TensorFormat] = TensorFormat("CCA map", 1, "fit the map again")

    correlations_: Float[np.ndarray, " k"]
    source_map_: AffineMap
    target_map_: AffineMap

    def __init__(self, n_components: int = 64, *, shrinkage: float = 0.1, power: float = 0.0) -> None:
        self.n_components = n_components
        self.shrinkage = shrinkage
        self.power = power

    def fit(self, X: Float[np.ndarray, "n d_source"], y: Float[np.ndarray, "n d_target"]) -> Self:
        """Fit both maps to pairs of rows; computed in float64 whatever the features are.

        Raises:
            ValueError: an impossible option, fewer than two rows, unequal numbers of rows, features that are not
                finite, or a side on which nothing varies.
        """
        shrinkage = checked_shrinkage(self.shrinkage)
        if self.n_components < 1 or not self.power >= 0:
            raise ValueError(
                f"expected n_components of at least 1 and a power of at least 0, "
                f"got {self.n_components} and {self.power}"
            )
        source, target = self._pairs(X, y)
        if len(source) < 2:
            raise ValueError("expected at least 2 rows to correlate, got 1 sample")
        (source, source_mean), (target, target_mean) = centred(source), centred(target)
        ours, theirs = (Spectrum.of(rows, shrinkage) for rows in (source, target))
        if not (len(ours.singular) and len(theirs.singular)):
            raise ValueError("expected features that vary on both sides, got a side of equal rows")
        left, right = (side.singular / np.sqrt(side.variances * (len(source) - 1)) for side in (ours, theirs))
        whitened = left[:, None] * (ours.scores.T @ theirs.scores) * right
        u, correlations, v = np.linalg.svd(whitened, full_matrices=False)
        kept = slice(min(self.n_components, len(correlations)))
        self.correlations_ = correlations[kept]
        weights = self.correlations_**self.power
        within = u[:, kept] / np.sqrt(ours.variances)[:, None]  # variates by direction
        a = ours.directions @ within
        b = theirs.directions @ (v[kept].T / np.sqrt(theirs.variances)[:, None])
        signs = np.sign(a[np.abs(a).argmax(axis=0), np.arange(a.shape[1])]) * weights
        nowhere = np.zeros(len(self.correlations_))
        self.source_map_ = AffineMap(np.ascontiguousarray((a * signs).T), source_mean, nowhere)
        self.target_map_ = AffineMap(np.ascontiguousarray((b * signs).T), target_mean, nowhere)
        # The least-squares fit of the source to its variates, both by their coordinates along the scores.
        singular = ours.singular[:, None]
        self._loadings = np.linalg.lstsq(singular * within * signs, singular * ours.directions.T, rcond=None)[
            0
        ]
        return self

    def transform(self, X: Float[np.ndarray, "n d_source"]) -> Float[np.ndarray, "n k"]:
        """Map source rows into the common space.

        Raises:
            ModelError: the map has not been fitted.
            ValueError: rows of another width than the map was fitted on.
        """
        rows = self._source_rows(X)
        return self.source_map_.transform(rows)

    def transform_target(self, y: Float[np.ndarray, "n d_target"]) -> Float[np.ndarray, "n k"]:
        """Map target rows into the common space.

        Raises:
            ModelError: the map has not been fitted.
            ValueError: rows of another width than the map was fitted on.
        """
        self._require_fitted()
        return self.target_map_.transform(self._target_rows(y, len(self.target_map_.source_mean)))

    def inverse_transform(self, X: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d_source"]:
        """Return the source rows that the variates tell of: their least-squares fit to the rows fitted on.

        Raises:
            ModelError: the map has not been fitted.
            ValueError: rows of another width than the common space.
        """
        self._require_fitted()
        rows = self._target_rows(X, len(self.correlations_))
        return np.asarray(
            rows @ self._loadings.astype(rows.dtype) + self.source_map_.source_mean.astype(rows.dtype)
        )

    def _tensors(self) -> dict[str, np.ndarray]:
        return {
            "correlations": self.correlations_,
            "loadings": self._loadings,
            "source_weight": self.source_map_.weight,
            "source_mean": self.source_map_.source_mean,
            "target_weight": self.target_map_.weight,
            "target_mean": self.target_map_.source_mean,
        }

    def _restore(self, tensors: Mapping[str, np.ndarray]) -> None:
        self.correlations_ = tensors["correlations"]
        nowhere = np.zeros(self.correlations_.shape)
        self.source_map_ = AffineMap(tensors["source_weight"], tensors["source_mean"], nowhere)
        self.target_map_ = AffineMap(tensors["target_weight"], tensors["target_mean"], nowhere)
        self._loadings = tensors["loadings"]
        if self._loadings.shape != self.source_map_.weight.shape:
            raise ValueError("its shapes do not fit")
        self.n_features_in_ = len(self.source_map_.source_mean)
