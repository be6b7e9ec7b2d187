r"""Ridge regression between feature spaces, in closed form.

With the rows of :math:`X \in \mathbb{R}^{n \times d_s}` (source features) and
:math:`Y \in \mathbb{R}^{n \times d_t}` (target features) centred by their means, it minimises

.. math:: \lVert Y - X W^\top \rVert_F^2 + \alpha \lVert W \rVert_F^2,
          \qquad W \in \mathbb{R}^{d_t \times d_s},

and maps :math:`x \mapsto W (x - \bar x) + \bar y`. Hoerl and Kennard, *Ridge regression: biased estimation
for nonorthogonal problems*, Technometrics 12(1), 1970. Two forms of the solution are equal, and the one with
the smaller Gram matrix is taken: :math:`W^\top = (X^\top X + \alpha I)^{-1} X^\top Y` where
:math:`d_s \le n`, else :math:`W^\top = X^\top (X X^\top + \alpha I)^{-1} Y`. The Gram matrix is decomposed
into eigenvectors once, which serves every :math:`\alpha`; :math:`\alpha = 0` gives the least-squares map of
smallest norm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float

from kgx.transfer.affine import AffineMap, checked_pair

__all__ = ["checked_penalty", "fit_ridge", "ridge_weights"]


def fit_ridge(
    source: Float[np.ndarray, "n d_source"], target: Float[np.ndarray, "n d_target"], alpha: float
) -> AffineMap:
    """Fit a linear map with intercept to pairs of rows; computed in float64 whatever the features are.

    Args:
        source: features to map from.
        target: features to map to.
        alpha: weight of the penalty, 0 or more, in the unit of squared source features.

    Raises:
        ValueError: no row, unequal numbers of rows, features that are not finite, or an impossible ``alpha``.

    >>> source = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> fit_ridge(source, source @ [[2.0], [3.0]] + 1.0, 0.0).weight.round(6).tolist()
    [[2.0, 3.0]]
    """
    x, y = checked_pair(source, target)
    source_mean, target_mean = x.mean(axis=0), y.mean(axis=0)
    (weight,) = ridge_weights(x - source_mean, y - target_mean, [checked_penalty(alpha)])
    return AffineMap(np.ascontiguousarray(weight), source_mean, target_mean)


def checked_penalty(alpha: float) -> float:
    """Return a penalty.

    Raises:
        ValueError: it is negative or not finite.
    """
    if not (alpha >= 0.0 and np.isfinite(alpha)):
        raise ValueError(f"expected alpha of at least 0, got {alpha}")
    return float(alpha)


def ridge_weights(x: np.ndarray, y: np.ndarray, alphas: Sequence[float]) -> Iterator[np.ndarray]:
    """Yield ``W`` for each alpha, from centred features, by one decomposition of the smaller Gram matrix."""
    rows, width = x.shape
    primal = width <= rows
    values, vectors = np.linalg.eigh(x.T @ x if primal else x @ x.T)
    values = np.maximum(values, 0.0)
    # Rounding leaves null directions at about this much of the largest eigenvalue: they are left out.
    floor = values[-1] * max(x.shape) * np.finfo(np.float64).eps if len(values) else 0.0
    projected = vectors.T @ (x.T @ y if primal else y)
    for alpha in alphas:
        shrunk = np.divide(1.0, values + alpha, out=np.zeros_like(values), where=values + alpha > floor)
        solution = vectors @ (shrunk[:, None] * projected)
        yield solution.T if primal else solution.T @ x
