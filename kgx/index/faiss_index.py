"""Cosine search by FAISS (Douze et al., arXiv 2401.08281) over vectors of length one, exact or nearly so.

Items of all modalities are held together, modality by modality, so that a search within one modality is a search
within a range of rows. The vectors are kept with every kind of index: they are the reference that recall is measured
against, what candidates are ranked by, and what a search among given rows scans.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

import numpy as np
from jaxtyping import Float, Float32, Int64, Shaped

from kgx.errors import IndexFolderError, KgxError
from kgx.index.allowed import Allowed, Among
from kgx.index.base import Hits, require_different, scaled, unit_rows, usable_lengths
from kgx.index.changed_finder import ChangedFinder
from kgx.index.choosing import Recall, chosen, finder_of
from kgx.index.finder import Finder, searching_threads
from kgx.index.index_folder import StoredIndex, damaged, read_index, write_index
from kgx.index.kinds import AUTO, FLAT, check_kind, fitting
from kgx.index.wanted import Trial, Wanted

if TYPE_CHECKING:
    import faiss

__all__ = ["VectorIndex"]

_BLOCK = 65_536  # vectors that are put in order at a time
_FEW = 1_000  # rows that are compared one by one sooner than found by codes


class VectorIndex:
    """Vectors of one model with ids and modalities; made by :meth:`build` or :meth:`open`.

    Attributes:
        model: id of the model (encoder and refiner) whose vectors are held.
        ids: object array of ``str``, in the index's own order: by modality, then as given to :meth:`build`.
        modalities: object array of ``str`` in the same order.
        kind: how candidates are found; a name in :data:`kgx.index.KINDS`.
        finder: what finds them; nothing for ``flat``.
        recall: what was measured of it against exact search; nothing for ``flat``, which is exact.
        wanted: what was asked of it.
        trials: what ``auto`` thought of to meet that, in this order.

    >>> index = VectorIndex.build(
    ...     np.eye(3), ids=["owl", "cat", "hoot"], modalities=["image", "image", "audio"], model="demo"
    ... )
    >>> hits = index.search(np.array([[0.6, 0.8, 0.0]]), k=2)
    >>> hits.ids.tolist(), hits.scores.round(2).tolist()
    ([['cat', 'owl']], [[0.800000011920929, 0.6000000238418579]])
    >>> index.search(np.array([[0.6, 0.8, 0.0]]), k=2, modality="audio").ids.tolist()
    [['hoot']]
    """

    def __init__(
        self,
        flat: faiss.IndexFlatIP,
        ids: Shaped[np.ndarray, " items"],
        modalities: Shaped[np.ndarray, " items"],
        model: str,
        *,
        kind: str = FLAT,
        finder: Finder | ChangedFinder | None = None,
        recall: Recall | None = None,
        wanted: Wanted | None = None,
        trials: Sequence[Trial] = (),
    ) -> None:
        self._flat = flat
        self.finder = finder
        self.ids = ids
        self.modalities = modalities
        self.model = model
        self.kind = kind
        self.recall = recall
        self.wanted = wanted or Wanted(kind)
        self.trials = tuple(trials)
        names, starts, counts = np.unique(modalities.astype(str), return_index=True, return_counts=True)
        self._ranges = {
            str(name): (int(start), int(start + count))
            for name, start, count in zip(names, starts, counts, strict=True)
        }

    @classmethod
    def build(
        cls,
        vectors: Float[np.ndarray, "items dimension"],
        ids: Sequence[str],
        modalities: Sequence[str],
        *,
        model: str,
        kind: str = FLAT,
        recall: float = 0.95,
        memory: int | None = None,
        queries: Float[np.ndarray, "queries dimension"] | None = None,
        seed: int = 0,
    ) -> Self:
        """Index the vectors in memory.

        Args:
            vectors: one row an item, of any length but zero.
            ids: one for each row, unique.
            modalities: one for each row.
            model: id of the model that the vectors, and later the queries, come from.
            kind: a name in :data:`kgx.index.KINDS`, or ``auto``: by number of items, memory and recall.
            recall: share of the exact ten nearest that is to be found, where the kind is not ``flat``.
            memory: bytes that ``auto`` may keep in memory beside the vectors; any number where left out.
            queries: a sample of what will be asked, for measuring recall; the items stand for it where left out.
            seed: of training and samples.

        Raises:
            ConfigError: there is no such kind, or the items are too few for it.
            ValueError: no item, unequal numbers, an id twice, a vector that is zero or not finite, or a recall that is
                not between 0 and 1.
        """
        import faiss

        rows = np.asarray(vectors)
        lengths = usable_lengths(rows)
        if not len(rows) == len(ids) == len(modalities) or not len(rows):
            raise ValueError(
                f"expected as many vectors, ids and modalities, at least one,"
                f" got {len(rows)}, {len(ids)} and {len(modalities)}"
            )
        require_different(ids)
        wanted = Wanted(kind, recall, memory)
        check_kind(kind, len(rows))
        held = np.array(modalities, dtype=object)
        order = np.argsort(held.astype(str), kind="stable")
        flat = faiss.IndexFlatIP(rows.shape[1])
        for start in range(0, len(order), _BLOCK):
            some = order[start : start + _BLOCK]
            flat.add(scaled(rows[some], lengths[some]))  # of all together there is no other copy
        index = cls(flat, np.array(ids, dtype=object)[order], held[order], model)
        return index.as_wanted(wanted, queries=queries, seed=seed)

    def as_wanted(
        self,
        wanted: Wanted,
        *,
        queries: Float[np.ndarray, "queries dimension"] | None = None,
        seed: int = 0,
    ) -> Self:
        """Return an index of the same vectors and what is asked of it; both share the vectors.

        Where the items are too few to train the wanted kind, they are searched one by one, and a warning says so.

        Args:
            wanted: kind, recall, memory.
            queries, seed: see :meth:`build`.
        """
        asked = None if queries is None else self.unit_queries(queries)
        kind, finder, recall = fitting(wanted.kind, len(self)), None, None
        trials: tuple[Trial, ...] = ()
        if kind == AUTO:
            kind, finder, recall, trials = chosen(self._flat, self.vectors, wanted, seed=seed, queries=asked)
        elif kind != FLAT:
            finder, recall = finder_of(
                kind, self._flat, self.vectors, recall=wanted.recall, seed=seed, queries=asked
            )
        return type(self)(
            self._flat,
            self.ids,
            self.modalities,
            self.model,
            kind=kind,
            finder=finder,
            recall=recall,
            wanted=wanted,
            trials=trials,
        )

    def changed(
        self,
        flat: faiss.IndexFlatIP,
        order: Int64[np.ndarray, " items"],
        ids: Shaped[np.ndarray, " items"],
        modalities: Shaped[np.ndarray, " items"],
    ) -> Self:
        """Return the index after rows of it have gone and others come; it is not trained again.

        Args:
            flat: the vectors that there are then, by modality.
            order: the row here of each; those beyond the last row here are new.
            ids, modalities: of each.
        """
        index = type(self)(
            flat,
            ids,
            modalities,
            self.model,
            kind=self.kind,
            recall=self.recall,
            wanted=self.wanted,
            trials=self.trials,
        )
        if self.finder is not None:
            moved = np.full(max(len(self), int(order.max(initial=-1)) + 1), -1, dtype=np.int64)
            moved[order] = np.arange(len(order))
            index.finder = ChangedFinder.after(self.finder, moved, index.vectors)
        return index

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        return int(self._flat.d)

    @property
    def vectors(self) -> Float32[np.ndarray, "items dimension"]:
        """The vectors at length one, in the order of :attr:`ids`; a view, not to be written to."""
        if not len(self):
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.asarray(_Rows(self._flat))

    @property
    def ranges(self) -> Mapping[str, tuple[int, int]]:
        """Modality -> its first row, and one past its last."""
        return MappingProxyType(self._ranges)

    def __len__(self) -> int:
        return int(self._flat.ntotal)

    def __repr__(self) -> str:
        held = ", ".join(f"{stop - start} {name}" for name, (start, stop) in self._ranges.items())
        kind = "" if self.kind == FLAT else f"{self.kind}; "
        return f"VectorIndex({held}; {kind}{self.dimension} dimensions; model {self.model!r})"

    def search(
        self,
        queries: Float[np.ndarray, "queries dimension"],
        k: int = 10,
        modality: str | None = None,
        among: Among | None = None,
        *,
        exact: bool | None = None,
        threads: int | None = None,
    ) -> Hits:
        """Return each query's ``k`` nearest items by cosine; ask in batches where you can.

        Where fewer than ``k`` items may be returned, all of them are, and none where there are none. Items with equal
        scores come in no promised order. A search among given rows returns what filtering the results of an exact
        search over everything would.

        Args:
            queries: one row a query, of any length but zero.
            k: number of items wanted, at least 1.
            modality: search this modality only.
            among: search these rows only: a mask over all items, or row numbers.
            exact: compare every vector that may be returned. Left out, a search among given rows does, and any other
                is of the index's own kind.
            threads: for this search; as many as the process allows where left out.

        Raises:
            IndexFolderError: the queries' dimension is not the index's: they come from another encoder.
            KgxError: the index holds no item of ``modality``.
            ValueError: ``k`` below 1, rows that there are not, or a query that is zero or not finite.
        """
        if k < 1:
            raise ValueError(f"expected k of at least 1, got {k}")
        asked = self.unit_queries(queries)
        allowed = Allowed.of(len(self), self.range_of(modality), among)
        k = min(k, allowed.count)
        if k == 0:
            nothing = np.zeros((len(asked), 0), dtype=np.int64)
            return Hits(self.ids[nothing], nothing.astype(np.float32), nothing)
        by_codes = exact is False or (exact is None and among is None and allowed.count > _FEW)
        with searching_threads(threads):
            scores, found = self._nearest(asked, k, allowed, by_codes=by_codes)
        return Hits(self.ids[found], scores, found)

    def _nearest(
        self, asked: Float32[np.ndarray, "queries dimension"], k: int, allowed: Allowed, *, by_codes: bool
    ) -> tuple[Float32[np.ndarray, "queries k"], Int64[np.ndarray, "queries k"]]:
        if self.finder is None or not by_codes:
            return self._scan(asked, k, allowed)
        everything = allowed.count == len(self)
        scores, found = self.finder.search(asked, k, None if everything else allowed)
        missed = np.flatnonzero(found[:, -1] < 0)
        if missed.size:  # the lists that were looked through do not hold so many rows that may be returned
            scores[missed], found[missed] = self._scan(asked[missed], k, allowed)
        return scores, found

    def _scan(
        self, asked: Float32[np.ndarray, "queries dimension"], k: int, allowed: Allowed
    ) -> tuple[Float32[np.ndarray, "queries k"], Int64[np.ndarray, "queries k"]]:
        import faiss

        # FAISS adds keyword arguments to its generated classes when it loads; its type stubs do not know them.
        only = faiss.SearchParameters(sel=allowed.listing())  # type: ignore[call-arg]
        scores, found = self._flat.search(asked, k, params=only)
        return scores, found

    def unit_queries(
        self, queries: Float[np.ndarray, "queries dimension"]
    ) -> Float32[np.ndarray, "queries dimension"]:
        """Return queries at length one.

        Raises:
            IndexFolderError: their dimension is not the index's: they come from another encoder.
            ValueError: one is zero or not finite.
        """
        rows = unit_rows(queries)
        if rows.shape[1] != self.dimension:
            raise IndexFolderError(
                f"expected queries of {self.dimension} dimensions, got {rows.shape[1]}:"
                f" the index was built with another encoder ({self.model})"
            )
        return rows

    def range_of(self, modality: str | None = None) -> tuple[int, int]:
        """Return the first row of a modality, and one past its last; of all where it is left out.

        Raises:
            KgxError: the index holds no item of ``modality``.
        """
        if modality is None:
            return 0, len(self)
        if modality not in self._ranges:
            raise KgxError(f"the index holds no {modality}, but {', '.join(self._ranges)}")
        return self._ranges[modality]

    @property
    def fingerprint(self) -> str:
        """A hash of model, ids, modalities and vectors: equal for equal indexes."""
        digest = hashlib.sha256(json.dumps([self.model, self.dimension]).encode())
        digest.update(json.dumps([self.ids.tolist(), self.modalities.tolist()]).encode())
        digest.update(np.ascontiguousarray(self.vectors, dtype="<f4").data)
        return digest.hexdigest()[:32]

    def save(self, folder: str | Path) -> None:
        """Write the index into ``folder``, replacing an older one at a single moment, trained anew if it changed."""
        if isinstance(self.finder, ChangedFinder):
            self.as_wanted(self.wanted).save(folder)
            return
        write_index(
            Path(folder),
            StoredIndex(
                self._flat,
                self.ids,
                self.modalities,
                self.model,
                self.fingerprint,
                self.kind,
                self.finder,
                self.recall,
                self.wanted,
                self.trials,
            ),
        )

    @classmethod
    def open(cls, folder: str | Path, *, mmap: bool = False, expect_model: str | None = None) -> Self:
        """Open a saved index.

        Args:
            folder: where :meth:`save` wrote it.
            mmap: leave the vectors on disk, mapped into memory as they are needed. The files' sizes are
                checked then, not their content.
            expect_model: id of the model that queries will come from.

        Raises:
            IndexFolderError: missing, damaged, from another version, or of another model than expected.
        """
        stored = read_index(Path(folder), mmap=mmap, expect_model=expect_model)
        index = cls(
            stored.flat,
            stored.ids,
            stored.modalities,
            stored.model,
            kind=stored.kind,
            finder=stored.finder,
            recall=stored.recall,
            wanted=stored.wanted,
            trials=stored.trials,
        )
        if not mmap and index.fingerprint != stored.fingerprint:
            raise damaged(Path(folder), "its content changed")
        return index


class _Rows:
    """The memory of an exact index as NumPy takes it: an array made of it keeps the index, and so the memory, alive."""

    def __init__(self, flat: faiss.IndexFlatIP) -> None:
        import faiss

        self.flat = flat
        place = faiss.rev_swig_ptr(flat.get_xb(), 1).ctypes.data
        self.__array_interface__ = {
            "version": 3,
            "typestr": "<f4",
            "shape": (int(flat.ntotal), int(flat.d)),
            "data": (place, True),  # not to be written to
        }
