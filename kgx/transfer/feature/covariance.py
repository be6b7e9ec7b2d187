r"""The covariance of some rows, taken apart, with shrinkage toward a sphere.

.. math:: C_\gamma = (1 - \gamma)\, C + \gamma\, \tfrac{\operatorname{tr} C}{d}\, I,
          \qquad C = \tfrac{1}{n - 1} \tilde X^\top \tilde X,

as Ledoit and Wolf, *A well-conditioned estimator for large-dimensional covariance matrices*, Journal of Multivariate
Analysis 88(2), 2004, with :math:`\gamma` given. It comes from the singular values of the rows, not from :math:`C`:
squaring would lose half of the digits of small directions. With :math:`\gamma = 0`, directions in which nothing varies
are left out of powers, as in a pseudo-inverse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["Spectrum", "centred", "checked_shrinkage"]


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Centred rows as ``scores @ diag(singular) @ directions.T``, and their shrunk variance by direction.

    Attributes:
        scores: orthonormal columns, one a direction.
        singular: the rows' singular values, those that are more than rounding.
        directions: orthonormal columns.
        variances: the shrunk covariance along the directions.
        rest: the shrunk covariance along whatever is at right angles to all of them; 0 without shrinkage.
    """

    scores: Float[np.ndarray, "n rank"]
    singular: Float[np.ndarray, " rank"]
    directions: Float[np.ndarray, "d rank"]
    variances: Float[np.ndarray, " rank"]
    rest: float

    @classmethod
    def of(cls, centred: Float[np.ndarray, "n d"], shrinkage: float) -> Spectrum:
        """Take centred rows apart; at least two.

        >>> Spectrum.of(np.array([[1.0, 0.0], [-1.0, 0.0]]), 0.5).power(1.0).round(6).tolist()
        [[1.5, 0.0], [0.0, 0.5]]
        """
        scores, singular, directions = np.linalg.svd(centred, full_matrices=False)
        floor = singular[:1].sum() * max(centred.shape) * np.finfo(np.float64).eps
        kept = singular > floor
        singular = singular[kept]
        variances = singular**2 / (len(centred) - 1)
        rest = shrinkage * float(variances.sum()) / centred.shape[1]
        shrunk = (1 - shrinkage) * variances + rest
        return cls(scores[:, kept], singular, directions[kept].T, shrunk, rest)

    def power(self, exponent: float) -> Float[np.ndarray, "d d"]:
        """Return the shrunk covariance to a power."""
        rest = self.rest**exponent if self.rest > 0 else 0.0
        within = (self.directions * (self.variances**exponent - rest)) @ self.directions.T
        return np.asarray(within + rest * np.eye(len(self.directions)))


def centred(rows: Float[np.ndarray, "n d"]) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, " d"]]:
    """Return rows without their mean, and the mean; of a constant column nothing is left, not even rounding.

    Rounding by itself would look like variance: there is nothing larger beside it.

    >>> rows, mean = centred(np.full((6, 1), 0.1))
    >>> bool(rows.any()), mean.tolist()
    (False, [0.1])
    """
    moved = rows - rows[0]
    mean = moved.mean(axis=0)
    return moved - mean, rows[0] + mean


def checked_shrinkage(shrinkage: float) -> float:
    """Return a shrinkage.

    Raises:
        ValueError: it is not between 0 and 1.
    """
    if not 0.0 <= shrinkage <= 1.0:
        raise ValueError(f"expected a shrinkage between 0 and 1, got {shrinkage}")
    return float(shrinkage)
