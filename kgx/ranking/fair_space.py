"""Where a run's items are compared when modalities are aligned, hubs penalised, or both."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from jaxtyping import Float32, Int64

from kgx.errors import ConfigError
from kgx.index.faiss_index import VectorIndex
from kgx.index.hubness import HubnessCorrection, Method
from kgx.ranking.aligned_vectors import AlignedVectors
from kgx.ranking.nearest_rows import best_rows, products

__all__ = ["FairSpace", "FairSpaces"]

_BANK_MODALITY: Final = "text"  # what most queries are of
_MOST_IN_BANK: Final = 4_096  # texts: more of them hardly change a mean of the nearest, and take long
_FEWEST: Final = 8  # items of each modality: fewer say too little of where it lies
_WIDER: Final = 10  # candidates of each modality for each item wanted, where codes choose them


@dataclass(frozen=True, eq=False)
class FairSpace:
    """Items as one kind of request compares them.

    Attributes:
        vectors: of the items at length 1, in the order of the index.
        aligned: the same, aligned; none where they are compared as they are.
        correction: what is taken off their cosines; none where hubs are not penalised.

    >>> vectors = np.eye(3, dtype=np.float32)
    >>> correction = HubnessCorrection("csls", np.array([0.4, 0.0, 0.0], np.float32))
    >>> space = FairSpace(vectors, correction=correction)
    >>> space.nearest(np.array([0.8, 0.6, 0.0], np.float32), np.arange(3), 2)[0].tolist()
    [1, 0]
    """

    vectors: Float32[np.ndarray, "items dimension"]
    aligned: AlignedVectors | None = None
    correction: HubnessCorrection | None = None

    def nearest(
        self, query: Float32[np.ndarray, " dimension"], rows: Int64[np.ndarray, " m"], count: int
    ) -> tuple[Int64[np.ndarray, " k"], Float32[np.ndarray, " k"]]:
        """Return those of some rows that score best, best first, and their scores; exact.

        Args:
            query: of length 1; where the vectors are aligned, moved to where they are.
            rows: numbers of the items that count, rising.
            count: rows wanted, at most.
        """
        compared = self.aligned
        scores = products(self.vectors, query, rows) if compared is None else compared.cosines(query, rows)
        if self.correction is not None:
            scores -= self.correction.penalty[rows]
        return best_rows(scores, rows, count)


class FairSpaces:
    """The spaces of an index, each prepared when it is first asked for.

    Args:
        index: the vectors; never changed.
    """

    def __init__(self, index: VectorIndex) -> None:
        self._index = index
        self._spaces: dict[tuple[bool, Method | None], FairSpace] = {}
        self._turn = threading.RLock()  # several threads search: none prepares what another is preparing

    @cached_property
    def can_align(self) -> bool:
        """Whether there are several modalities, and enough of each to say where it lies."""
        held = [last - first for first, last in self._index.ranges.values() if first < last]
        return len(held) > 1 and min(held) >= _FEWEST

    def should_align(self, asked: Collection[str]) -> bool:
        """Whether items of any modality are mixed more fairly when aligned, for queries of some modalities."""
        return self.can_align and all(self._index.ranges.get(name, (0, 0))[1] for name in asked)

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
                vectors, aligned = self._index.vectors, self._aligned if fair else None
                correction = None if hubness is None else self._correction(hubness, aligned)
                self._spaces[key] = FairSpace(vectors, aligned, correction)
            return self._spaces[key]

    def moved(
        self, query: Float32[np.ndarray, " dimension"], modality: str
    ) -> Float32[np.ndarray, " dimension"]:
        """Return a query's vector where the aligned items are; of a modality that the index lacks, as it is."""
        with self._turn:
            return self._aligned.moved(query, modality)

    def candidates(
        self, query: Float32[np.ndarray, " dimension"], modality: str | None, count: int
    ) -> Int64[np.ndarray, " c"]:
        """Return the rows among which an index with codes looks for the nearest of its aligned items, rising.

        Args:
            query: moved to where the aligned items are.
            modality: of what is sought; any where left out.
            count: rows wanted in the end.
        """
        sought = [name for name, (first, last) in self._index.ranges.items() if first < last]
        found = [
            self._index.search(self._aligned.turned(query, name)[None], count * _WIDER, name).rows[0]
            for name in (sought if modality is None else [modality])
        ]
        return np.unique(np.concatenate(found))

    @cached_property
    def _aligned(self) -> AlignedVectors:
        return AlignedVectors(self._index.vectors, self._index.ranges)

    def _correction(self, method: Method, aligned: AlignedVectors | None) -> HubnessCorrection:
        first, last = self._index.ranges.get(_BANK_MODALITY, (0, 0))
        if last - first < 2:
            raise ConfigError(
                f"expected a run of at least 2 texts, got {last - first}: hubs are told by how near they are to texts; "
                "search without the correction"
            )
        vectors = self._index.vectors if aligned is None else aligned.all()
        bank = np.unique(np.linspace(first, last - 1, min(last - first, _MOST_IN_BANK)).astype(np.int64))
        own = np.full(len(vectors), -1, dtype=np.int64)
        own[bank] = np.arange(len(bank))
        return HubnessCorrection.fit(vectors, vectors[bank], method=method, own=own)
