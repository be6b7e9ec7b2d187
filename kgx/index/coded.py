"""Two-stage search for one query at a time: candidates by 8-bit codes, then exactly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32, Int64

if TYPE_CHECKING:
    import faiss

__all__ = ["CodedVectors"]

_WIDER = 8  # candidates for each item wanted
_LANES = 32  # components are filled up to a multiple of this: other lengths are compared one by one
_BLOCK = 8_192  # vectors that are decoded at a time


@dataclass(frozen=True, slots=True)
class _Codes:
    """Codes of vectors.

    Attributes:
        index: the codes.
        used: components that are coded: those that are not zero in all vectors.
        error: length of the longest difference between a vector and what its code stands for.
    """

    index: faiss.IndexScalarQuantizer
    used: Int64[np.ndarray, " used"]
    error: float

    @classmethod
    def of(cls, vectors: Float32[np.ndarray, "n dimension"]) -> _Codes:
        """Code vectors block by block: they may be on disk, and more than fit into memory."""
        import faiss

        blocks = [vectors[start : start + _BLOCK] for start in range(0, len(vectors), _BLOCK)]
        lowest = np.min([block.min(axis=0) for block in blocks], axis=0)
        highest = np.max([block.max(axis=0) for block in blocks], axis=0)
        used = np.flatnonzero((lowest < 0) | (highest > 0))
        width, kind = -(-len(used) // _LANES) * _LANES, faiss.ScalarQuantizer.QT_8bit_uniform
        codes = cls(faiss.IndexScalarQuantizer(width, kind, faiss.METRIC_INNER_PRODUCT), used, 0.0)
        codes.index.train(codes.filled(np.stack([lowest, highest])))  # all that it learns is the range
        error = 0.0
        for block in blocks:
            some, first = codes.filled(block), int(codes.index.ntotal)
            codes.index.add(some)
            wrong = some - codes.index.reconstruct_n(first, len(some))
            error = max(error, float(np.vecdot(wrong, wrong).max()))
        return cls(codes.index, used, error**0.5)

    def filled(self, vectors: Float32[np.ndarray, "n dimension"]) -> Float32[np.ndarray, "n width"]:
        """Return vectors as they are coded: the components that are, filled up with zeros."""
        some = np.zeros((len(vectors), int(self.index.d)), dtype=np.float32)
        some[:, : len(self.used)] = vectors[:, self.used]
        return some


class CodedVectors:
    """Vectors of length 1 with their codes.

    A single query is answered as fast as the vectors can be read from memory; the codes (FAISS's uniform scalar
    quantiser, one byte a component) are a quarter of that, and components that are zero in all vectors are left out.

    The answer is exact. By Cauchy and Schwarz a code's product with the query is off by at most the length of the
    code's error times that of the query; all rows whose code does not rule them out so are compared exactly, each by
    itself, so that equal vectors have equal scores. They come in the order of their rows.

    Args:
        vectors: float32 rows of length 1; they are not copied.

    >>> eye = np.eye(3, dtype=np.float32)
    >>> rows, scores = CodedVectors(eye).nearest(np.array([0.6, 0.8, 0.0], dtype=np.float32), 2)
    >>> rows.tolist(), scores.round(1).tolist() == np.float32([0.8, 0.6]).tolist()
    ([1, 0], True)
    """

    def __init__(self, vectors: Float32[np.ndarray, "n dimension"]) -> None:
        self._vectors = vectors

    def nearest(
        self, query: Float32[np.ndarray, " dimension"], count: int
    ) -> tuple[Int64[np.ndarray, " k"], Float32[np.ndarray, " k"]]:
        """Return the rows most similar to a query, best first, equal ones in their order, and their cosines.

        Args:
            query: of length 1.
            count: rows wanted, at most.
        """
        if _WIDER * count < len(self._vectors):
            candidates = self._candidates(query, count)
            cosines = np.vecdot(self._vectors[candidates], query)
        else:
            candidates = np.arange(len(self._vectors))
            cosines = np.vecdot(self._vectors, query)
        best = np.argsort(-cosines, kind="stable")[:count]
        return candidates[best], cosines[best]

    def _candidates(
        self, query: Float32[np.ndarray, " dimension"], count: int
    ) -> Int64[np.ndarray, " candidates"]:
        """Return all rows that may be among the nearest, rising."""
        codes = self._codes
        asked = codes.filled(query[None])
        scores, rows = (found[0] for found in codes.index.search(asked, _WIDER * count))
        first = np.vecdot(self._vectors[rows[:count]], query)
        # What single precision adds to the error of a code: of both products, each over all components.
        rounding = 2 * len(query) * float(np.finfo(np.float32).eps)
        least = float(first.min()) - (codes.error + rounding) * float(np.sqrt(query @ query))
        if scores[-1] >= least:  # there may be more behind the last of them
            _, scores, rows = codes.index.range_search(asked, np.nextafter(np.float32(least), -np.inf))
        return np.sort(rows[scores >= least])

    @cached_property
    def _codes(self) -> _Codes:
        return _Codes.of(self._vectors)
