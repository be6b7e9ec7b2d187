"""The references that a query is most similar to, found among their codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32, Int64

from kgx.transfer.reference import ReferenceGraph, centred_rows

if TYPE_CHECKING:
    import faiss

__all__ = ["SimilarReferences"]

_WIDER = 4  # candidates among the codes for each neighbour wanted


@dataclass(frozen=True)
class SimilarReferences:
    """Nearest references by cosine: candidates by 8-bit codes, which are a quarter of the memory to read; then exactly.

    Attributes:
        anchors: unit vectors of the references that have one.
        rows: row of each among all references.
        codes: their codes.
        count: neighbours of a query.
        temperature: of the softmax over them.
    """

    anchors: Float32[np.ndarray, "n dimension"]
    rows: Int64[np.ndarray, " n"]
    codes: faiss.IndexScalarQuantizer
    count: int
    temperature: float

    @classmethod
    def of(cls, reference: ReferenceGraph, modality: str) -> SimilarReferences:
        """Encode a modality's references."""
        import faiss

        anchors = reference.centred[modality]
        rows = np.flatnonzero(anchors.any(axis=1))
        anchors = np.ascontiguousarray(anchors[rows], dtype=np.float32)
        quantiser = faiss.ScalarQuantizer.QT_8bit
        codes = faiss.IndexScalarQuantizer(anchors.shape[1], quantiser, faiss.METRIC_INNER_PRODUCT)
        codes.train(anchors)
        codes.add(anchors)
        return cls(anchors, rows, codes, min(reference.neighbours, len(rows)), reference.temperature)

    def nearest(
        self, vector: Float32[np.ndarray, " dimension"], centre: Float32[np.ndarray, " dimension"]
    ) -> tuple[Int64[np.ndarray, " k"], Float32[np.ndarray, " k"]]:
        """Return the rows of a query's nearest references, and weights that sum to 1.

        Args:
            vector: the query's.
            centre: mean vector of the collection that it is compared in.
        """
        query = centred_rows(vector[None], centre)
        wanted = min(_WIDER * self.count, len(self.rows))
        _, found = self.codes.search(query, wanted)
        candidates = found[0]
        cosines = self.anchors[candidates] @ query[0]
        best = np.argsort(-cosines, kind="stable")[: self.count]
        powers = np.exp((cosines[best] - cosines[best[0]]) / self.temperature)
        return self.rows[candidates[best]], (powers / powers.sum()).astype(np.float32)
