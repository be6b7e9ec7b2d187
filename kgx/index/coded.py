"""Two-stage search for one query at a time: candidates by 8-bit codes, then exactly."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32, Int64

if TYPE_CHECKING:
    import faiss

__all__ = ["CodedVectors"]

_WIDER = 4  # candidates for each item wanted
_LANES = 32  # components are filled up to a multiple of this: other lengths are compared one by one


class CodedVectors:
    """Vectors of length 1 with their codes.

    A single query is answered as fast as the vectors can be read from memory; the codes (FAISS's uniform scalar
    quantiser, one byte a component) are a quarter of that, and components that are zero in all vectors are left out.
    Four times as many candidates as wanted are compared exactly, so that the scores are exact, and an error of the
    codes only shows where it moves an item by that many places.

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
        """Return the rows most similar to a query, best first, and their cosines.

        Args:
            query: of length 1.
            count: rows wanted, at most.
        """
        asked = np.zeros(self._vectors.shape[1], dtype=np.float32)
        asked[: len(self._used)] = query[self._used]
        candidates = np.arange(len(self._vectors))
        if _WIDER * count < len(candidates):
            candidates = self._codes.search(asked[None], _WIDER * count)[1][0]
        cosines = self._vectors[candidates] @ asked
        best = np.argsort(-cosines, kind="stable")[:count]
        return candidates[best], cosines[best]

    @cached_property
    def _codes(self) -> faiss.IndexScalarQuantizer:
        import faiss

        kind = faiss.ScalarQuantizer.QT_8bit_uniform
        codes = faiss.IndexScalarQuantizer(self._vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
        codes.train(self._vectors)
        codes.add(self._vectors)
        return codes
