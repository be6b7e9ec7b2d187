"""Evening out the directions in which vectors vary, by as few numbers as that takes.

The matrix is ``(λ·C / mean variance + (1 − λ)·I)^(-1/2)`` with the covariance ``C``. Beyond the directions of most
variance it is taken to do to all the same, so that it is kept, and applied, as those directions and a factor for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32, Float64

__all__ = ["Whitening"]

_MOST_DIRECTIONS: Final = 128  # on the pool of a target all of some 500 were no better
_MOST_FITTED: Final = 1_024  # vectors: their covariance's roots take as long as the cube of their number
_LEAST: Final = 1e-3  # of the mean variance: directions that hardly vary are not stretched further
_ROUNDING: Final = 1e-9  # of the largest variance: there is none in what is below


@dataclass(frozen=True, eq=False)
class Whitening:
    """The symmetric matrix ``base·I + Dᵀ·diag(gains)·D``.

    Attributes:
        base: what is done to all directions.
        directions: those to which something else is done, of length 1 and orthogonal.
        gains: what more is done to each.

    >>> whitening = Whitening.fit(np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]]), 0.5)
    >>> whitening.applied(np.array([[1.0, 1.0]])).round(2).tolist()
    [[0.85, 1.29]]
    """

    base: float
    directions: Float32[np.ndarray, "r dimension"]
    gains: Float32[np.ndarray, " r"]

    @classmethod
    def fit(cls, centred: Float32[np.ndarray, "items dimension"], strength: float) -> Whitening:
        """Fit it to vectors whose mean is zero; of very many, to some.

        Args:
            centred: the vectors.
            strength: λ, between 0 and 1.
        """
        spread = np.linspace(0, len(centred) - 1, min(len(centred), _MOST_FITTED)).astype(np.int64)
        variance, directions = _principal(np.asarray(centred[spread], dtype=np.float64))
        total, dimension = float((centred[spread] ** 2).sum()) / len(spread), centred.shape[1]
        mean = total / dimension or 1.0
        rest = max(total - float(variance.sum()), 0.0) / max(dimension - len(variance), 1)

        def stretched(some: Float64[np.ndarray, " r"]) -> Float64[np.ndarray, " r"]:
            floor = max(1.0 - strength, _LEAST)
            return np.asarray((strength * some / mean + floor) ** -0.5)

        base = float(stretched(np.array([rest]))[0])
        gains = (stretched(variance) - base).astype(np.float32)
        return cls(base, directions.astype(np.float32), gains)

    def applied(self, rows: Float32[np.ndarray, "items dimension"]) -> Float32[np.ndarray, "items dimension"]:
        """Return rows times the matrix."""
        return np.asarray(
            rows * np.float32(self.base) + ((rows @ self.directions.T) * self.gains) @ self.directions
        )


def _principal(
    centred: Float64[np.ndarray, "n dimension"],
) -> tuple[Float64[np.ndarray, " r"], Float64[np.ndarray, "r dimension"]]:
    """Return the largest variances and their directions, from whichever product of the vectors is smaller."""
    from scipy.linalg import eigh

    count, dimension = centred.shape
    few = count <= dimension
    product = (centred @ centred.T if few else centred.T @ centred) / count
    first = max(len(product) - _MOST_DIRECTIONS, 0)
    variance, vectors = eigh(product, subset_by_index=(first, len(product) - 1))
    kept = np.flatnonzero(variance > _ROUNDING * max(float(variance[-1]), np.finfo(np.float64).tiny))[::-1]
    directions = vectors[:, kept].T
    if few:
        directions = (directions @ centred) / np.sqrt(count * variance[kept])[:, None]
    return variance[kept], directions
