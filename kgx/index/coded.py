"""Two-stage search for one query at a time: candidates by 8-bit codes, then exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32, Int64

if TYPE_CHECKING:
    import faiss

__all__ = ["CodedVectors"]

_WIDER = 4  # candidates for each item wanted


class CodedVectors:
    """Vectors of length 1 with their codes.

    A single query is answered as fast as the vectors can be read from memory; the codes (FAISS's uniform scalar
    quantiser, one byte a component) are a quarter of that. Four times as many candidates as wanted are compared
    exactly, so that the scores are exact, and an error of the codes only shows where it moves an item by that many
    places.

    Args:
        vectors: float32 rows of length 1; kept, not copied.

    >>> eye = np.eye(3, dtype=np.float32)
    >>> rows, scores = CodedVectors(eye).nearest(np.array([0.6, 0.8, 0.0], dtype=np.float32), 2)
    >>> rows.tolist(), scores.round(1).tolist() == np.float32([0.8, 0.6]).tolist()
    ([1, 0], True)
    """

    def __init__(self, vectors: Float32[np.ndarray, "n dimension"]) -> None:
        self.vectors = vectors
        self._codes: faiss.IndexScalarQuantizer | None = None

    def nearest(
        self,
        query: Float32[np.ndarray, " dimension"],
        count: int,
        within: tuple[int, int] | None = None,
    ) -> tuple[Int64[np.ndarray, " k"], Float32[np.ndarray, " k"]]:
        """Return the rows most similar to a query, best first, and their cosines.

        Args:
            query: of length 1.
            count: rows wanted, at most.
            within: first row and one past the last row that count; all where left out.
        """
        start, stop = within or (0, len(self.vectors))
        wanted = _WIDER * count
        candidates = np.arange(start, stop)
        if wanted < len(candidates):
            _, found = self.codes.search(query[None], wanted, params=_only(start, stop))
            candidates = found[0]
        cosines = self.vectors[candidates] @ query
        best = np.argsort(-cosines, kind="stable")[:count]
        return candidates[best], cosines[best]

    @property
    def codes(self) -> faiss.IndexScalarQuantizer:
        """The codes, made when they are first needed."""
        if self._codes is None:
            import faiss

            kind = faiss.ScalarQuantizer.QT_8bit_uniform
            codes = faiss.IndexScalarQuantizer(self.vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
            codes.train(self.vectors)
            codes.add(self.vectors)
            self._codes = codes
        return self._codes


def _only(start: int, stop: int) -> faiss.SearchParameters:
    import faiss

    # FAISS adds keyword arguments to its generated classes when it loads; its type stubs do not know them.
    return faiss.SearchParameters(sel=faiss.IDSelectorRange(start, stop))  # type: ignore[call-arg]
