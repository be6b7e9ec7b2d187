"""Vectors of concepts' definitions, and how near a text is to each."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Int, Int64

from kgx.errors import ConfigError

__all__ = ["ConceptVectors"]

_BLOCK = 16_384  # pairs whose vectors are gathered at a time
_TINY = np.finfo(np.float32).tiny


class ConceptVectors:
    """Vectors of concepts' definitions, for all entities of a graph or for some.

    Args:
        vectors: one row a concept, of length 1; float16 keeps them small.
        concepts: entity number of each row; the row numbers where left out.

    Raises:
        ConfigError: ``vectors`` is no matrix, or the rows and ``concepts`` differ in number.
    """

    def __init__(
        self, vectors: Float[np.ndarray, "n dimension"], concepts: Int[np.ndarray, " n"] | None = None
    ) -> None:
        if vectors.ndim != 2:
            raise ConfigError(f"concept vectors: expected a matrix, got shape {vectors.shape}")
        if concepts is not None and len(concepts) != len(vectors):
            raise ConfigError(
                f"concept vectors: expected a row for each of {len(concepts)} concepts, got {len(vectors)}"
            )
        self._vectors = vectors
        self._rows: Int64[np.ndarray, " entities"] | None = None
        if concepts is not None:
            self._rows = np.full(int(concepts.max(initial=-1)) + 1, -1, dtype=np.int64)
            self._rows[concepts] = np.arange(len(concepts))

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._vectors.shape[1])

    def cosines(
        self,
        texts: Float[np.ndarray, "t dimension"],
        text_of_pair: Int[np.ndarray, " p"],
        concepts: Int[np.ndarray, " p"],
    ) -> Float32[np.ndarray, " p"]:
        """Return the cosine of each pair of a text and a concept; NaN where the concept has no vector.

        Args:
            texts: vectors of the texts, of any length above 0; a zero vector has cosine 0 with everything.
            text_of_pair: row of ``texts``.
            concepts: entity numbers.
        """
        texts = texts.astype(np.float32, copy=False)
        unit = texts / np.maximum(np.sqrt(np.einsum("td,td->t", texts, texts)), _TINY)[:, None]
        rows = self._rows_of(concepts)
        cosines = np.full(len(rows), np.nan, dtype=np.float32)
        known = (rows >= 0).nonzero()[0]
        for start in range(0, len(known), _BLOCK):
            block = known[start : start + _BLOCK]
            gathered = np.asarray(self._vectors[rows[block]], dtype=np.float32)  # (block, dimension)
            cosines[block] = np.einsum("pd,pd->p", unit[text_of_pair[block]], gathered)
        return cosines

    def _rows_of(self, concepts: Int[np.ndarray, " p"]) -> Int64[np.ndarray, " p"]:
        if self._rows is None:
            return np.where(concepts < len(self._vectors), concepts, -1).astype(np.int64)
        inside = concepts < len(self._rows)
        return np.where(inside, self._rows[np.where(inside, concepts, 0)] if len(self._rows) else -1, -1)
