"""Where a run's items are compared when modalities are aligned, hubs penalised, or both."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32, Int64

from kgx.errors import ConfigError
from kgx.index.faiss_index import VectorIndex
from kgx.index.hubness import HubnessCorrection, Method
from kgx.index.modality_gap import ModalityAlignment
from kgx.ranking.nearest_rows import nearest_rows

__all__ = ["FairSpace", "FairSpaces"]

_BANK_MODALITY: Final = "text"  # what most queries are of
_MOST_IN_BANK: Final = 4_096  # texts: more of them hardly change a mean of the nearest, and take long
_WHITENED: Final = 0.1  # of the way to equal variance in all directions; more lets noise count


@dataclass(frozen=True, eq=False)
class FairSpace:
    """Items as one kind of request compares them.

    Attributes:
        vectors: of the items at length 1, in the order of the index.
        correction: what is taken off their cosines; none where hubs are not penalised.

    >>> vectors = np.eye(3, dtype=np.float32)
    >>> space = FairSpace(vectors, HubnessCorrection("csls", np.array([0.4, 0.0, 0.0], np.float32)))
    >>> space.nearest(np.array([0.8, 0.6, 0.0], np.float32), np.arange(3), 2)[0].tolist()
    [1, 0]
    """

    vectors: Float32[np.ndarray, "items dimension"]
    correction: HubnessCorrection | None = None

    def nearest(
        self, query: Float32[np.ndarray, " dimension"], rows: Int64[np.ndarray, " m"], count: int
    ) -> tuple[Int64[np.ndarray, " k"], Float32[np.ndarray, " k"]]:
        """Return those of some rows that score best, best first, and their scores; exact.

        Args:
            query: of length 1; in the aligned place, where the vectors are.
            rows: numbers of the items that count, rising.
            count: rows wanted, at most.
        """
        penalty = None if self.correction is None else self.correction.penalty
        return nearest_rows(self.vectors, query, rows, count, penalty)


class FairSpaces:
    """The spaces of an index, each prepared when it is first asked for.

    Every vector that may be found is compared, whatever the kind of the index: its codes know of no correction.

    Args:
        index: the vectors; never changed.
    """

    def __init__(self, index: VectorIndex) -> None:
        self._index = index
        self._spaces: dict[tuple[bool, Method | None], FairSpace] = {}
        self._alignment: ModalityAlignment | None = None
        self._turn = threading.RLock()  # several threads search: none prepares what another is preparing

    def of(self, *, fair: bool, hubness: Method | None) -> FairSpace:
        """Return a space.

        Args:
            fair: whether the modalities are aligned.
            hubness: how hubs are penalised, by how near they are to the texts of the index; not at all where left out.

        Raises:
            ConfigError: hubs are to be penalised, and the index holds fewer than two texts.
        """
        with self._turn:
            key = (fair, hubness)
            if key not in self._spaces:
                vectors = self._vectors(fair=fair)
                correction = None if hubness is None else self._correction(vectors, hubness)
                self._spaces[key] = FairSpace(vectors, correction)
            return self._spaces[key]

    def moved(
        self, query: Float32[np.ndarray, " dimension"], modality: str
    ) -> Float32[np.ndarray, " dimension"]:
        """Return a query's vector where the aligned items are; of a modality that the index lacks, as it is."""
        return np.asarray(self._aligned().apply(query[None], [modality])[0])

    def _aligned(self) -> ModalityAlignment:
        with self._turn:
            if self._alignment is None:
                modalities = self._index.modalities.tolist()
                self._alignment = ModalityAlignment.fit(self._index.vectors, modalities, whiten=_WHITENED)
            return self._alignment

    def _vectors(self, *, fair: bool) -> Float32[np.ndarray, "items dimension"]:
        if not fair:
            return self._index.vectors
        if (True, None) in self._spaces:  # moved once, for all corrections
            return self._spaces[True, None].vectors
        moved = self._aligned().apply(self._index.vectors, self._index.modalities.tolist())
        self._spaces[True, None] = FairSpace(moved)
        return moved

    def _correction(
        self, vectors: Float32[np.ndarray, "items dimension"], method: Method
    ) -> HubnessCorrection:
        first, last = self._index.ranges.get(_BANK_MODALITY, (0, 0))
        if last - first < 2:
            raise ConfigError(
                f"expected a run of at least 2 texts, got {last - first}: hubs are told by how near they are to texts; "
                "search without the correction"
            )
        bank = np.unique(np.linspace(first, last - 1, min(last - first, _MOST_IN_BANK)).astype(np.int64))
        own = np.full(len(vectors), -1, dtype=np.int64)
        own[bank] = np.arange(len(bank))
        return HubnessCorrection.fit(vectors, vectors[bank], method=method, own=own)
