"""Vectors with their modalities aligned, compared where they stand: no second copy of them is made.

An aligned vector is ``W(x − m) / |W(x − m)|`` with the mean and the matrix of its modality
(:mod:`kgx.index.modality_gap`), and ``W`` is symmetric. Its cosine with a query is therefore
``(x·Wq − m·Wq) / |W(x − m)|``: one product for each vector as it is, and a length, which is worked out once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from jaxtyping import Float32, Int64

from kgx.index.modality_gap import ModalityAlignment
from kgx.ranking.nearest_rows import products

__all__ = ["AlignedVectors"]

_WHITENED: Final = 0.1  # of the way to equal variance in all directions; more lets noise count
_MOST_FITTED: Final = 4_096  # vectors of a modality: more of them hardly change a mean
_BLOCK: Final = 2_048  # vectors that are moved at a time
_SHORT: Final = 1e-6  # a vector of which rounding alone is left when its mean is taken out of it: it stays


class AlignedVectors:
    """Vectors of several modalities.

    Args:
        vectors: of length 1; never changed.
        ranges: modality -> its first row, and one past its last.

    Attributes:
        alignment: what moves vectors to where they are compared.

    >>> owls, cars = np.eye(4, dtype=np.float32)[:2], np.eye(4, dtype=np.float32)[2:]
    >>> aligned = AlignedVectors(np.vstack([owls, cars]), {"image": (0, 2), "text": (2, 4)})
    >>> query = aligned.moved(cars[0], "text")
    >>> aligned.cosines(query, np.arange(4)).round(2).tolist()
    [0.0, 0.0, 1.0, -1.0]
    """

    def __init__(
        self, vectors: Float32[np.ndarray, "items dimension"], ranges: Mapping[str, tuple[int, int]]
    ) -> None:
        self._vectors = vectors
        self._ranges = {name: bounds for name, bounds in ranges.items() if bounds[0] < bounds[1]}
        fitted = [
            np.unique(np.linspace(first, last - 1, min(last - first, _MOST_FITTED)).astype(np.int64))
            for first, last in self._ranges.values()
        ]
        modalities = [name for name, rows in zip(self._ranges, fitted, strict=True) for _ in rows]
        self.alignment = ModalityAlignment.fit(vectors[np.concatenate(fitted)], modalities, whiten=_WHITENED)
        self._lengths = np.full(len(vectors), np.nan, dtype=np.float32)

    def moved(
        self, query: Float32[np.ndarray, " dimension"], modality: str
    ) -> Float32[np.ndarray, " dimension"]:
        """Return a query's vector where the aligned ones are; of a modality that there is none of, as it is."""
        return np.asarray(self.alignment.apply(query[None], [modality])[0])

    def turned(
        self, query: Float32[np.ndarray, " dimension"], modality: str
    ) -> Float32[np.ndarray, " dimension"]:
        """Return the vector ``Wq``, whose product with a modality's orders them nearly as if aligned."""
        return np.asarray(self.alignment.whitening[modality].applied(query[None])[0])

    def cosines(
        self, query: Float32[np.ndarray, " dimension"], rows: Int64[np.ndarray, " m"]
    ) -> Float32[np.ndarray, " m"]:
        """Return the cosines of some aligned vectors, whose numbers rise, with a query that has been moved there."""
        found = np.empty(len(rows), dtype=np.float32)
        for modality, (first, last) in self._ranges.items():
            start, stop = np.searchsorted(rows, (first, last))
            some = rows[start:stop]
            if not len(some):
                continue
            turned, lengths = self.turned(query, modality), self._lengths_of(modality, some)
            off = float(self.alignment.means[modality] @ turned)
            found[start:stop] = (products(self._vectors, turned, some) - off) / np.maximum(lengths, _SHORT)
            still = np.flatnonzero(lengths < _SHORT)
            found[start + still] = self._vectors[some[still]] @ query
        return found

    def all(self) -> Float32[np.ndarray, "items dimension"]:
        """Return every vector where it is compared: as much memory again as the vectors take."""
        modalities = np.empty(len(self._vectors), dtype=object)
        for modality, (first, last) in self._ranges.items():
            modalities[first:last] = modality
        return self.alignment.apply(self._vectors, modalities.tolist())

    def _lengths_of(self, modality: str, rows: Int64[np.ndarray, " m"]) -> Float32[np.ndarray, " m"]:
        """Return ``|W(x − m)|``, worked out for those that are asked for first."""
        fresh = rows[np.isnan(self._lengths[rows])]
        mean, whitening = self.alignment.means[modality], self.alignment.whitening[modality]
        for start in range(0, len(fresh), _BLOCK):
            some = fresh[start : start + _BLOCK]
            moved = self._vectors[some] - mean
            lengths = np.linalg.norm(whitening.applied(moved), axis=1)
            self._lengths[some] = lengths
        return np.asarray(self._lengths[rows])
