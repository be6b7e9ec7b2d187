"""Finder: candidates by codes, ranked by the vectors themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32, Int64

from kgx.index.allowed import Allowed

if TYPE_CHECKING:
    import faiss

__all__ = ["Breadth", "Finder", "searching_threads"]


@dataclass(frozen=True, slots=True)
class Breadth:
    """How widely a finder looks: more finds more and takes longer.

    Attributes:
        lists: lists of an inverted file that are scanned, or nodes of a small-world graph that are kept in view;
            without meaning for the other kinds.
        wider: candidates for each item wanted.
    """

    lists: int
    wider: int


class Finder:
    """An approximate index beside the vectors that it was made of.

    Args:
        codes: the trained and filled index; it numbers the items as ``flat`` does.
        flat: the vectors.
        breadth: how widely to look.

    Attributes:
        codes, breadth: the same.
        index: both as one FAISS index.
    """

    def __init__(self, codes: faiss.Index, flat: faiss.IndexFlatIP, breadth: Breadth) -> None:
        faiss: Any = import_module("faiss")
        self.codes = codes
        self.breadth = breadth
        self.index = faiss.IndexRefine(codes, flat)
        self._wrapped = isinstance(codes, faiss.IndexPreTransform)
        held: Any = codes
        self._inner = faiss.downcast_index(held.index) if self._wrapped else held

    @property
    def items(self) -> int:
        """Number of items that it knows."""
        return int(self.codes.ntotal)

    @property
    def limit(self) -> Breadth:
        """The breadth beyond which nothing more is found."""
        import faiss

        items = max(self.items, 1)
        lists = 1
        if isinstance(self._inner, faiss.IndexIVF):
            lists = int(self._inner.nlist)
        elif isinstance(self._inner, faiss.IndexHNSW):
            lists = items
        return Breadth(lists, items)

    def search(
        self,
        queries: Float32[np.ndarray, "queries dimension"],
        k: int,
        allowed: Allowed | None = None,
    ) -> tuple[Float32[np.ndarray, "queries k"], Int64[np.ndarray, "queries k"]]:
        """Return scores and rows, best first; a row is -1 where fewer were found.

        Args:
            queries: of length 1.
            k: rows wanted, at most as many as there are.
            allowed: which rows may be returned; all where left out.
        """
        scores, rows = self.index.search(queries, k, params=self.parameters(k, allowed))
        return scores, rows

    def candidates(
        self,
        queries: Float32[np.ndarray, "queries dimension"],
        k: int,
        allowed: Allowed | None = None,
    ) -> Int64[np.ndarray, "queries candidates"]:
        """Return the rows among which :meth:`search` looks for the best, in any order; -1: there are no more."""
        count = k * self._wider(k)
        rows: np.ndarray = self.codes.search(queries, count, params=self._parameters(allowed, count))[1]
        return rows

    def parameters(self, k: int, allowed: Allowed | None = None) -> Any:
        """Return what :attr:`index` is searched with: the breadth, and which rows may be returned."""
        faiss: Any = import_module("faiss")
        wider = self._wider(k)
        return faiss.IndexRefineSearchParameters(
            k_factor=float(wider), base_index_params=self._parameters(allowed, k * wider)
        )

    def _wider(self, k: int) -> int:
        """Return how many candidates there are for each of ``k`` rows."""
        return max(1, min(self.breadth.wider, self.items // k))

    def _parameters(self, allowed: Allowed | None, candidates: int) -> Any:
        # Its type stubs lack these classes, or what they can be made with.
        faiss: Any = import_module("faiss")
        some: dict[str, Any] = {} if allowed is None else {"sel": allowed.membership()}
        parameters: Any
        if isinstance(self._inner, faiss.IndexIVF):
            lists = min(self.breadth.lists, int(self._inner.nlist))
            parameters = faiss.SearchParametersIVF(nprobe=lists, **some)
        elif isinstance(self._inner, faiss.IndexHNSW):
            parameters = faiss.SearchParametersHNSW(efSearch=max(self.breadth.lists, candidates), **some)
        else:
            parameters = faiss.SearchParameters(**some)
        return faiss.SearchParametersPreTransform(index_params=parameters) if self._wrapped else parameters


@contextmanager
def searching_threads(threads: int | None) -> Iterator[None]:
    """Let FAISS use this many threads within the block; as many as the process allows where left out.

    Raises:
        ValueError: below 1.
    """
    if threads is None:
        yield
        return
    if threads < 1:
        raise ValueError(f"threads must be at least 1, got {threads}")
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(threads)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
