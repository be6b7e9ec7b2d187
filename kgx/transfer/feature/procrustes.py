r"""Orthogonal Procrustes: the rotation, with or without reflection, that brings the source nearest to the target.

.. math:: \min_{W W^\top = I} \lVert \tilde Y - s\, \tilde X W^\top \rVert_F^2, \qquad
          W = U V^\top \text{ from } \tilde Y^\top \tilde X = U \Sigma V^\top, \qquad
          s = \operatorname{tr} \Sigma / \lVert \tilde X \rVert_F^2 \text{ or } 1.

Schönemann, *A generalized solution of the orthogonal Procrustes problem*, Psychometrika 31(1), 1966. Spaces of unequal
widths are met by filling the narrower one up with zeros (Gower and Dijksterhuis, *Procrustes Problems*, 2004):
:math:`W` then has orthonormal columns, or orthonormal rows. Distances and angles of the source are kept wherever the
target is at least as wide, so that little can be overfitted: the map of choice for a few pairs of two similar spaces.
"""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from jaxtyping import Float

from kgx.tensor_file import TensorFormat
from kgx.transfer.affine import AffineMap
from kgx.transfer.feature.affine import AffineFeatureMap

__all__ = ["ProcrustesMap"]


class ProcrustesMap(AffineFeatureMap):
    """A rotation between two feature spaces, with the means taken off before and put on after.

    Args:
        scaling: whether the whole source may be made larger or smaller too.

    Attributes:
        map_: the fitted map; its ``weight`` is ``s W``.

    >>> source = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 1.0]])
    >>> turned = source @ [[0.0, 1.0], [-1.0, 0.0]] + 3.0
    >>> ProcrustesMap().fit(source, turned).transform([[1.0, 0.0]]).round(6).tolist()
    [[3.0, 4.0]]
    """

    file_format: ClassVar[TensorFormat] = TensorFormat("Procrustes map", 1, "fit the map again")

    def __init__(self, *, scaling: bool = False) -> None:
        self.scaling = scaling

    def fit(self, X: Float[np.ndarray, "n d_source"], y: Float[np.ndarray, "n d_target"]) -> Self:
        """Fit the map to pairs of rows; computed in float64 whatever the features are.

        Where the pairs leave directions open (fewer pairs than dimensions, constant columns), any rotation of those is
        as good; one is taken.

        Raises:
            ValueError: no row, unequal numbers of rows, or features that are not finite.
        """
        source, target = self._pairs(X, y)
        source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
        source, target = source - source_mean, target - target_mean
        left, singular, right = np.linalg.svd(target.T @ source, full_matrices=False)
        size = float(np.square(source).sum())
        scale = singular.sum() / size if self.scaling and size > 0 else 1.0
        self.map_ = AffineMap(scale * (left @ right), source_mean, target_mean)
        return self
