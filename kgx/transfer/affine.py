"""Affine maps between feature spaces: what ridge regression, Procrustes, PLS and CORAL all come to in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["AffineMap", "checked_pair"]


@dataclass(frozen=True, slots=True, eq=False)
class AffineMap:
    r"""The map :math:`x \mapsto W (x - \bar x) + \bar y` on rows of features.

    Attributes:
        weight: ``W``, float64 [d_target, d_source].
        source_mean: ``x̄``, float64 [d_source].
        target_mean: ``ȳ``, float64 [d_target].

    Raises:
        ValueError: the shapes do not fit.

    >>> turn = AffineMap(np.array([[0.0, -1.0], [1.0, 0.0]]), np.zeros(2), np.array([5.0, 5.0]))
    >>> turn.transform(np.array([[1.0, 0.0]])).tolist()
    [[5.0, 6.0]]
    >>> turn.inverse_transform(np.array([[5.0, 6.0]])).tolist()
    [[1.0, 0.0]]
    """

    weight: Float[np.ndarray, "d_target d_source"]
    source_mean: Float[np.ndarray, " d_source"]
    target_mean: Float[np.ndarray, " d_target"]

    def __post_init__(self) -> None:
        shapes = (self.weight.shape, self.target_mean.shape, self.source_mean.shape)
        if self.weight.ndim != 2 or shapes[0] != (*shapes[1], *shapes[2]):
            raise ValueError(f"expected shapes (t, s), (t,) and (s,), got {', '.join(map(str, shapes))}")

    @classmethod
    def of_tensors(cls, tensors: Mapping[str, np.ndarray]) -> AffineMap:
        """Put together what :meth:`tensors` took apart.

        Raises:
            KeyError: a tensor is missing.
            ValueError: the shapes do not fit.
        """
        return cls(tensors["weight"], tensors["source_mean"], tensors["target_mean"])

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the map as named tensors, for a file."""
        return {"weight": self.weight, "source_mean": self.source_mean, "target_mean": self.target_mean}

    def transform(self, source: Float[np.ndarray, "n d_source"]) -> Float[np.ndarray, "n d_target"]:
        """Map rows into the target space; float32 rows give float32 rows, anything else float64.

        Raises:
            ValueError: rows of another width than the map takes.
        """
        return _applied(source, self.weight, self.target_mean - self.weight @ self.source_mean)

    def inverse_transform(self, target: Float[np.ndarray, "n d_target"]) -> Float[np.ndarray, "n d_source"]:
        """Map rows back by the pseudo-inverse of ``W``.

        Where the map loses nothing (``W`` has full column rank) this undoes it. Elsewhere it gives, of all rows that
        are mapped nearest to the given ones, those nearest to the mean of the source. Each call decomposes ``W``.

        Raises:
            ValueError: rows of another width than the map gives.
        """
        back = np.linalg.pinv(self.weight)
        return _applied(target, back, self.source_mean - back @ self.target_mean)


def checked_pair(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of rows in float64.

    Raises:
        ValueError: no row, unequal numbers of rows, or features that are not finite.

    >>> checked_pair(np.ones((2, 3)), np.ones((4, 3)))
    Traceback (most recent call last):
    ...
    ValueError: expected two matrices with as many rows, got (2, 3) and (4, 3)
    """
    x, y = np.asarray(source, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y) or len(x) == 0:
        raise ValueError(f"expected two matrices with as many rows, got {x.shape} and {y.shape}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("expected finite features, got NaN or infinity")
    return x, y


def _applied(rows: np.ndarray, weight: np.ndarray, offset: np.ndarray) -> np.ndarray:
    rows = np.asarray(rows)
    if rows.ndim != 2 or rows.shape[1] != weight.shape[1]:
        raise ValueError(f"expected rows of {weight.shape[1]} features, got {rows.shape}")
    dtype = np.float32 if rows.dtype == np.float32 else np.float64
    mapped: np.ndarray = rows.astype(dtype) @ weight.T.astype(dtype)
    mapped += offset.astype(dtype)
    return mapped
