r"""Partial least squares regression: least squares through a few directions that covary with the target.

With :math:`S_1 = \tilde X^\top \tilde Y`, for each component :math:`i`

.. math:: w_i &= \text{first left singular vector of } S_i, \qquad
          r_i = w_i - \sum_{j < i} (p_j^\top w_i)\, r_j, \qquad t_i = \tilde X r_i, \\
          p_i &= \frac{\tilde X^\top t_i}{t_i^\top t_i}, \qquad
          q_i = \frac{\tilde Y^\top t_i}{t_i^\top t_i + \alpha}, \qquad
          S_{i+1} = S_i - p_i\, t_i^\top \tilde Y,

and :math:`W = \sum_i q_i r_i^\top`. It is the PLS2 of Wold, Sjöström and Eriksson, *PLS-regression: a basic tool of
chemometrics*, Chemometrics and Intelligent Laboratory Systems 58(2), 2001, by the steps of Dayal and MacGregor,
*Improved PLS algorithms*, Journal of Chemometrics 11(1), 1997, which leave the features as they are. The number of
components is one regularisation, :math:`\alpha`, a ridge penalty on the regression on the scores :math:`t_i`, another.
With all components and :math:`\alpha = 0` it is the least-squares map of smallest norm.
"""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from jaxtyping import Float
from scipy.linalg import eigh

from kgx.tensor_file import TensorFormat
from kgx.transfer.affine import AffineMap
from kgx.transfer.feature.affine import AffineFeatureMap
from kgx.transfer.ridge import checked_penalty

__all__ = ["PLSMap"]


class PLSMap(AffineFeatureMap):
    """A linear map with intercept that goes through a few components.

    Args:
        n_components: how many, at most; it stops earlier where nothing is left to be explained.
        alpha: penalty of the regression of the target on the components' scores, 0 or more, in the unit of squared
            source features.

    Attributes:
        map_: the fitted map.
        n_components_: how many components there are.

    >>> rng = np.random.default_rng(0)
    >>> source = rng.standard_normal((40, 5))
    >>> pls = PLSMap(n_components=1).fit(source, source[:, :1] @ [[1.0, 2.0]])
    >>> pls.n_components_, pls.weight.shape, int(np.linalg.matrix_rank(pls.weight))
    (1, (2, 5), 1)
    """

    file_format: ClassVar[TensorFormat] = TensorFormat("PLS map", 1, "fit the map again")

    n_components_: int

    def __init__(self, n_components: int = 32, *, alpha: float = 0.0) -> None:
        self.n_components = n_components
        self.alpha = alpha

    def fit(self, X: Float[np.ndarray, "n d_source"], y: Float[np.ndarray, "n d_target"]) -> Self:
        """Fit the map to pairs of rows; computed in float64 whatever the features are.

        Raises:
            ValueError: an impossible option, no row, unequal numbers of rows, or features that are not finite.
        """
        alpha = checked_penalty(self.alpha)
        if self.n_components < 1:
            raise ValueError(f"expected n_components of at least 1, got {self.n_components}")
        source, target = self._pairs(X, y)
        source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
        source, target = source - source_mean, target - target_mean
        eps = max(source.shape) * np.finfo(np.float64).eps
        least_score = (eps * np.linalg.norm(source)) ** 2
        least_covariance = eps * np.linalg.norm(source) * np.linalg.norm(target)
        cross = source.T @ target
        most = min(self.n_components, *source.shape)
        rotations, loadings = np.zeros((2, source.shape[1], most))
        weight = np.zeros((target.shape[1], source.shape[1]))
        self.n_components_ = 0
        for number in range(most):
            if np.linalg.norm(cross) <= least_covariance:
                break
            direction = _first_left(cross)
            rotation = direction - rotations @ (loadings.T @ direction)
            scores = source @ rotation
            size = float(scores @ scores)
            if size <= least_score:
                break
            loading, answer = source.T @ scores / size, target.T @ scores
            rotations[:, number], loadings[:, number] = rotation, loading
            cross -= np.outer(loading, answer)
            weight += np.outer(answer / (size + alpha), rotation)
            self.n_components_ += 1
        self.map_ = AffineMap(weight, source_mean, target_mean)
        return self

    def _tensors(self) -> dict[str, np.ndarray]:
        return {**super()._tensors(), "components": np.array([self.n_components_])}

    def _restore(self, tensors: dict[str, np.ndarray]) -> None:  # type: ignore[override]
        super()._restore(tensors)
        self.n_components_ = int(tensors["components"][0])


def _first_left(matrix: np.ndarray) -> np.ndarray:
    """Return the first left singular vector, by the smaller Gram matrix."""
    height, width = matrix.shape
    gram = matrix.T @ matrix if width <= height else matrix @ matrix.T
    last = len(gram) - 1
    vector = eigh(gram, subset_by_index=[last, last])[1][:, 0]
    if width <= height:
        vector = matrix @ vector
    return np.asarray(vector / np.linalg.norm(vector))
