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
        error: length of the longest difference between a vector and what its code stands for.
    """

    index: faiss.IndexScalarQuantizer
    error: float


class CodedVectors:
    """Vectors of length 1 with their codes.

    A single query is answered as fast as the vectors can be read from memory; the codes (FAISS's uniform scalar
    quantiser, one byte a component) are a quarter of that, and components that are zero in all vectors are left out.

    The answer is exact. By Cauchy and Schwarz a code's product with the query is off by at most the length of the
    code's error times that of the query; all rows whose code does not rule them out so are compared exactly, each by
    itself, so that equal vectors have equal scores. They come in the order of their rows.

    Args:
        vectors: float32 rows of length 1.

    >>> eye = np.eye(3, dtype=np.float32)
    >>> rows, scores = CodedVectors(eye).nearest(np.array([0.6, 0.8, 0.0], dtype=np.float32), 2)
    >>> rows.tolist(), scores.round(1).tolist() == np.float32([0.8, 0.6]).tolist()
    ([1, 0], True)
    """

    def __init__(self, vectors: Float32[np.ndarray, "n dimension"]) -> None:
        used = np.flatnonzero(vectors.any(axis=0))
        self._used = used
        self._vectors = np.zeros((len(vectors), -(-len(used) // _LANES) * _LANES), dtype=np.float32)
        self._vectors[:, : len(used)] = vectors[:, used]

    def nearest(
        self, query: Float32[np.ndarray, " dimension"], count: int
    ) -> tuple[Int64[np.ndarray, " k"], Float32[np.ndarray, " k"]]:
        """Return the rows most similar to a query, best first, equal ones in their order, and their cosines.

        Args:
            query: of length 1.
            count: rows wanted, at most.
        """
        asked = np.zeros(self._vectors.shape[1], dtype=np.float32)
        asked[: len(self._used)] = query[self._used]
        if _WIDER * count < len(self._vectors):
            candidates = self._candidates(asked, count)
            cosines = np.vecdot(self._vectors[candidates], asked)
        else:
            candidates = np.arange(len(self._vectors))
            cosines = np.vecdot(self._vectors, asked)
        best = np.argsort(-cosines, kind="stable")[:count]
        return candidates[best], cosines[best]

    def _candidates(
        self, asked: Float32[np.ndarray, " used"], count: int
    ) -> Int64[np.ndarray, " candidates"]:
        """Return all rows that may be among the nearest, rising."""
        codes = self._codes
        scores, rows = (found[0] for found in codes.index.search(asked[None], _WIDER * count))
        first = np.vecdot(self._vectors[rows[:count]], asked)
        # What single precision adds to the error of a code: of both products, each over all components.
        rounding = 2 * len(asked) * float(np.finfo(np.float32).eps)
        least = float(first.min()) - (codes.error + rounding) * float(np.sqrt(asked @ asked))
        if scores[-1] >= least:  # there may be more behind the last of them
            _, scores, rows = codes.index.range_search(asked[None], np.nextafter(np.float32(least), -np.inf))
        return np.sort(rows[scores >= least])

    @cached_property
    def _codes(self) -> _Codes:
        import faiss

        kind = faiss.ScalarQuantizer.QT_8bit_uniform
        codes = faiss.IndexScalarQuantizer(self._vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
        codes.train(self._vectors)
        codes.add(self._vectors)
        error = 0.0
        for start in range(0, len(self._vectors), _BLOCK):
            some = self._vectors[start : start + _BLOCK]
            wrong = some - codes.reconstruct_n(start, len(some))
            error = max(error, float(np.vecdot(wrong, wrong).max()))
        return _Codes(codes, error**0.5)
