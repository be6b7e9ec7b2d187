"""What every index promises: cosine search over items that have an id and a modality."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import Float, Float32, Float64, Int64, Shaped

from kgx.index.allowed import Among

__all__ = ["Hits", "SearchIndex", "require_different", "scaled", "unit_rows", "usable_lengths"]


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """The nearest items of each query, best first.

    Attributes:
        ids: the items' ids, an object array of ``str`` [queries, k].
        scores: their cosines with the query, float32 [queries, k].
        rows: their places in the index's ``ids`` and ``modalities``, int64 [queries, k].
    """

    ids: Shaped[np.ndarray, "queries k"]
    scores: Float32[np.ndarray, "queries k"]
    rows: Int64[np.ndarray, "queries k"]


class SearchIndex(Protocol):
    """An index of vectors of one model, exact or approximate."""

    @property
    def model(self) -> str:
        """Id of the model whose vectors are held: queries must come from the same."""

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""

    @property
    def ids(self) -> Shaped[np.ndarray, " items"]:
        """The items' ids in the index's own order, an object array of ``str``."""

    @property
    def modalities(self) -> Shaped[np.ndarray, " items"]:
        """The items' modalities in the same order, an object array of ``str``."""

    def search(
        self,
        queries: Float[np.ndarray, "queries dimension"],
        k: int = 10,
        modality: str | None = None,
        among: Among | None = None,
    ) -> Hits:
        """Return each query's ``k`` nearest items, of one modality or of any, among some rows or all."""


def require_different(ids: Sequence[str]) -> None:
    """Raise `ValueError` where an id stands twice.

    >>> require_different(["owl", "cat", "owl"])
    Traceback (most recent call last):
    ...
    ValueError: expected every id once, got 'owl' twice
    """
    twice = next((name for name, count in Counter(ids).items() if count > 1), None)
    if twice is not None:
        raise ValueError(f"expected every id once, got {twice!r} twice")


def unit_rows(rows: Float[np.ndarray, "n d"]) -> Float32[np.ndarray, "n d"]:
    """Return the rows as contiguous float32 of Euclidean length one; the input is left as it is.

    Raises:
        ValueError: not a matrix, a row that is zero (an item that could not be encoded) or not finite.

    >>> unit_rows(np.array([[3.0, 4.0]])).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """
    rows = np.asarray(rows)
    return scaled(rows, usable_lengths(rows))


def usable_lengths(rows: Float[np.ndarray, "n d"]) -> Float64[np.ndarray, " n"]:
    """Return the rows' Euclidean lengths.

    Raises:
        ValueError: as :func:`unit_rows`.

    >>> usable_lengths(np.array([[3.0, 4.0]])).tolist()
    [5.0]
    """
    if rows.ndim != 2:
        raise ValueError(f"expected vectors of shape [n, dimension], got {rows.shape}")
    # In float64 the squares of no float32 overflow or vanish.
    length: np.ndarray = np.sqrt(np.einsum("nd,nd->n", rows, rows, dtype=np.float64))
    unusable = np.flatnonzero(~(np.isfinite(length) & (length > 0)))
    if unusable.size:
        raise ValueError(
            f"{unusable.size} vectors are zero or not finite (the first is row {unusable[0]}); leave them out"
        )
    return length


def scaled(rows: Float[np.ndarray, "n d"], lengths: Float64[np.ndarray, " n"]) -> Float32[np.ndarray, "n d"]:
    """Return rows divided by their lengths, as contiguous float32.

    >>> scaled(np.array([[3.0, 4.0]]), np.array([5.0])).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """
    unit = np.empty(rows.shape, dtype=np.float32)  # a float64 matrix of a million rows is never made
    np.divide(rows, lengths[:, None], out=unit, casting="same_kind")
    return unit
