"""LiveRows: an index and what changed since it was built, as one state that searches while another is being made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float32, Int64, Shaped

from kgx.errors import KgxError
from kgx.index.allowed import Allowed, Among
from kgx.index.base import Hits
from kgx.index.change import Change
from kgx.index.faiss_index import VectorIndex
from kgx.index.finder import searching_threads

__all__ = ["LiveRows"]

_FEW_DEAD = 1_000  # rows that are asked for beyond what is wanted rather than left out one by one


@dataclass(frozen=True)
class LiveRows:
    """Rows of a base and behind them rows that came later; some of all these are dead.

    A row keeps its number until the next compaction. Nothing here is changed: :meth:`after` returns the next state,
    which shares what both hold.

    Attributes:
        base: an index.
        fresh: vectors that came later, in the order in which they came.
        fresh_ids, fresh_modalities: theirs.
        dead: rows that were deleted or replaced, ascending.
    """

    base: VectorIndex
    fresh: Float32[np.ndarray, "fresh dimension"]
    fresh_ids: tuple[str, ...]
    fresh_modalities: tuple[str, ...]
    dead: Int64[np.ndarray, " dead"]

    @classmethod
    def of(cls, base: VectorIndex) -> LiveRows:
        """Return an index to which nothing happened."""
        nothing = np.zeros((0, base.dimension), dtype=np.float32)
        return cls(base, nothing, (), (), np.zeros(0, dtype=np.int64))

    def after(self, change: Change, gone: Int64[np.ndarray, " gone"]) -> LiveRows:
        """Return the state after a change.

        Args:
            change: what comes.
            gone: rows that go.
        """
        # Copies what came since the last compaction: that is due long before copying costs anything.
        return LiveRows(
            self.base,
            np.concatenate([self.fresh, change.vectors]),
            self.fresh_ids + change.ids,
            self.fresh_modalities + change.modalities,
            np.union1d(self.dead, gone),
        )

    def __len__(self) -> int:
        return self.rows - len(self.dead)

    @property
    def rows(self) -> int:
        """Number of rows, dead ones among them."""
        return len(self.base) + len(self.fresh)

    @cached_property
    def ids(self) -> Shaped[np.ndarray, " rows"]:
        """Ids of all rows."""
        return np.concatenate([self.base.ids, np.array(self.fresh_ids, dtype=object)])

    @cached_property
    def modalities(self) -> Shaped[np.ndarray, " rows"]:
        """Modalities of all rows."""
        return np.concatenate([self.base.modalities, np.array(self.fresh_modalities, dtype=object)])

    @cached_property
    def alive(self) -> Bool[np.ndarray, " rows"]:
        """Which rows are not dead."""
        mask = np.ones(self.rows, dtype=bool)
        mask[self.dead] = False
        return mask

    def vectors(self, rows: Int64[np.ndarray, " some"]) -> Float32[np.ndarray, "some dimension"]:
        """Return the vectors of some rows."""
        held = len(self.base)
        found = np.empty((len(rows), self.base.dimension), dtype=np.float32)
        old = rows < held
        found[old], found[~old] = self.base.vectors[rows[old]], self.fresh[rows[~old] - held]
        return found

    def search(
        self,
        asked: Float32[np.ndarray, "queries dimension"],
        k: int,
        modality: str | None,
        among: Among | None,
        *,
        exact: bool | None,
        threads: int | None,
    ) -> Hits:
        """Return the nearest rows that are not dead; see :meth:`kgx.index.VectorIndex.search`."""
        if k < 1:
            raise ValueError(f"expected k of at least 1, got {k}")
        rows = None if among is None else Allowed.of(self.rows, (0, self.rows), among).rows
        self._check(modality)
        scores, found = self._from_base(asked, k, modality, rows, exact=exact, threads=threads)
        if len(self.fresh):
            more_scores, more = self._from_fresh(asked, k, modality, rows, threads)
            scores, found = np.hstack([scores, more_scores]), np.hstack([found, more])
            best = np.argsort(-scores, axis=1, kind="stable")
            scores, found = (np.take_along_axis(side, best, axis=1) for side in (scores, found))
        wide = int((found >= 0).sum(axis=1).min(initial=k)) if found.size else 0
        found, scores = found[:, : min(k, wide)], scores[:, : min(k, wide)]
        return Hits(self._ids_of(found), np.ascontiguousarray(scores), np.ascontiguousarray(found))

    def _check(self, modality: str | None) -> None:
        """Refuse a modality that no row is of."""
        if (
            modality is not None
            and modality not in self.base.ranges
            and modality not in self.fresh_modalities
        ):
            held = sorted({*self.base.ranges, *self.fresh_modalities})
            raise KgxError(f"the index holds no {modality}, but {', '.join(held)}")

    def _from_base(
        self,
        asked: Float32[np.ndarray, "queries dimension"],
        k: int,
        modality: str | None,
        rows: Int64[np.ndarray, " rows"] | None,
        *,
        exact: bool | None,
        threads: int | None,
    ) -> tuple[Float32[np.ndarray, "queries k"], Int64[np.ndarray, "queries k"]]:
        """Return scores and rows of the base; where a dead one was found, the row is -1 and stands last."""
        held = len(self.base)
        if modality is not None and modality not in self.base.ranges:
            return np.zeros((len(asked), 0), np.float32), np.zeros((len(asked), 0), np.int64)
        dead = self.dead[: np.searchsorted(self.dead, held)]
        if rows is not None:
            rows = np.setdiff1d(rows[: np.searchsorted(rows, held)], dead, assume_unique=True)
            hits = self.base.search(asked, k, modality, rows, exact=exact, threads=threads)
            return hits.scores, hits.rows
        if len(dead) > _FEW_DEAD:
            hits = self.base.search(asked, k, modality, self.alive[:held], exact=bool(exact), threads=threads)
            return hits.scores, hits.rows
        hits = self.base.search(asked, k + len(dead), modality, exact=exact, threads=threads)
        if not len(dead):
            return hits.scores, hits.rows
        gone = np.isin(hits.rows, dead)
        last = np.argsort(gone, axis=1, kind="stable")[:, :k]
        scores = np.where(gone, -np.inf, hits.scores).astype(np.float32)
        found = np.where(gone, -1, hits.rows)
        return np.take_along_axis(scores, last, axis=1), np.take_along_axis(found, last, axis=1)

    def _from_fresh(
        self,
        asked: Float32[np.ndarray, "queries dimension"],
        k: int,
        modality: str | None,
        rows: Int64[np.ndarray, " rows"] | None,
        threads: int | None,
    ) -> tuple[Float32[np.ndarray, "queries k"], Int64[np.ndarray, "queries k"]]:
        import faiss

        held = len(self.base)
        wanted = self.alive[held:].copy()
        if modality is not None:
            wanted &= np.array(self.fresh_modalities, dtype=object) == modality
        if rows is not None:
            named = np.zeros(len(self.fresh), dtype=bool)
            named[rows[np.searchsorted(rows, held) :] - held] = True
            wanted &= named
        places = np.flatnonzero(wanted)
        if not len(places):
            return np.zeros((len(asked), 0), np.float32), np.zeros((len(asked), 0), np.int64)
        vectors = self.fresh if len(places) == len(self.fresh) else self.fresh[places]
        with searching_threads(threads):
            scores, found = faiss.knn(asked, vectors, min(k, len(places)), faiss.METRIC_INNER_PRODUCT)
        return scores, places[found] + held

    def _ids_of(self, rows: Int64[np.ndarray, "queries k"]) -> Shaped[np.ndarray, "queries k"]:
        if "ids" in self.__dict__ or not len(self.fresh):
            return np.asarray((self.ids if len(self.fresh) else self.base.ids)[rows])
        held = len(self.base)
        names = np.empty(rows.shape, dtype=object)
        old = rows < held
        names[old] = self.base.ids[rows[old]]
        names[~old] = [self.fresh_ids[row - held] for row in rows[~old].tolist()]
        return names
