"""What kinds of index, centring and hubness corrections do to the items of a run; the test half is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64

from experiments.domains.halves import split_of
from kgx.index import HubnessCorrection, ModalityAlignment, VectorIndex
from kgx.index.finder import Finder
from kgx.index.hubness import Method
from kgx.item_table import ItemTable

__all__ = ["Quality", "measure_quality"]

_AT = 10
_QUANTISED = ("int8", "pq")
_WHITENED = 0.1


@dataclass(frozen=True, slots=True)
class Quality:
    """How one way to search did.

    Attributes:
        name: of the way.
        recall: share of the texts with a right picture among the first ten of a search for pictures.
        shares: modality -> its share of the first ten of a search for items of any modality.
        pictures: share of the texts with a right picture among those.
    """

    name: str
    recall: float
    shares: Mapping[str, float]
    pictures: float


@dataclass(frozen=True)
class _Pool:
    """Items that are not in the test half, and which of them are asked and which are known queries."""

    vectors: Float32[np.ndarray, "items dimension"]
    ids: list[str]
    modalities: np.ndarray
    wordings: np.ndarray
    asked: Int64[np.ndarray, " asked"]
    bank: Int64[np.ndarray, " bank"]

    @classmethod
    def of(cls, run: Path, seed: int) -> _Pool:
        index, items = VectorIndex.open(run / "index"), ItemTable.open(run / "items.arrow")
        captions = {
            entity: caption.casefold().strip()
            for entity, caption, modality in zip(items.entity, items.caption, items.modality, strict=True)
            if modality == "text"
        }
        rows = np.array([row for row, entity in enumerate(items.entity) if split_of(entity) == "pool"])
        modalities = index.modalities[rows]
        wordings = np.array([captions.get(items.entity[row], "") for row in rows], dtype=object)
        pictured = set(wordings[modalities == "image"]) - {""}
        texts = np.flatnonzero(modalities == "text")
        drawn = np.random.default_rng(seed).permutation(texts)
        bank, asked = drawn[: len(drawn) // 2], drawn[len(drawn) // 2 :]
        answerable = np.array([wordings[row] in pictured for row in asked], dtype=bool)
        return cls(
            np.array(index.vectors[rows]),
            index.ids[rows].tolist(),
            modalities,
            wordings,
            asked[answerable],
            bank,
        )


def measure_quality(run: Path, seed: int) -> list[Quality]:
    """Return how each way to search a run's items did.

    Args:
        run: folder of a run.
        seed: of the halves of the texts, and of indexes.
    """
    pool = _Pool.of(run, seed)
    held = np.bincount(np.unique(pool.modalities.astype(str), return_inverse=True)[1]) / len(pool.modalities)
    names = np.unique(pool.modalities.astype(str)).tolist()
    fair = dict(zip(names, (round(share, 3) for share in held.tolist()), strict=True))
    found = [Quality("shares of all items", float("nan"), fair, float("nan"))]
    methods: tuple[Method | None, ...] = (None, "csls", "inverted-softmax")
    ways = {
        "": pool.vectors,
        "centred": _aligned(pool, 0.0),
        f"whitened by {_WHITENED}": _aligned(pool, _WHITENED),
    }
    for way, vectors in ways.items():
        kept = _index(pool, vectors, "flat", seed)
        for method in methods:
            found.append(_judged(_name("flat", way, method), kept, vectors, pool, method))
    for kind in _QUANTISED:
        for way, vectors in ways.items():
            index = _index(pool, vectors, kind, seed)
            found.append(_judged(_name(kind, way), index, vectors, pool, None))
            coded = _index(pool, _decoded(index, pool), "flat", seed)
            for method in methods:
                name = _name(f"{kind}, codes alone", way, method)
                found.append(_judged(name, coded, vectors, pool, method))
    return found


def _name(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def _index(pool: _Pool, vectors: Float32[np.ndarray, "items dimension"], kind: str, seed: int) -> VectorIndex:
    return VectorIndex.build(
        vectors, pool.ids, pool.modalities.tolist(), model="pool", kind=kind, recall=0.9, seed=seed
    )


def _decoded(index: VectorIndex, pool: _Pool) -> Float32[np.ndarray, "items dimension"]:
    """Return what the codes say of the vectors, in the order of the pool."""
    import faiss

    if not isinstance(index.finder, Finder):
        raise ValueError("expected an index with codes, got a flat or changed one")
    codes = index.finder.codes
    if isinstance(codes, faiss.IndexIVF):
        codes.make_direct_map()
    place = {identifier: row for row, identifier in enumerate(index.ids.tolist())}
    rows: np.ndarray = codes.reconstruct_n(0, len(index))
    return rows[[place[identifier] for identifier in pool.ids]]


def _aligned(pool: _Pool, whiten: float) -> Float32[np.ndarray, "items dimension"]:
    modalities = pool.modalities.tolist()
    return ModalityAlignment.fit(pool.vectors, modalities, whiten=whiten).apply(pool.vectors, modalities)


def _judged(
    name: str,
    index: VectorIndex,
    space: Float32[np.ndarray, "items dimension"],
    pool: _Pool,
    method: Method | None,
) -> Quality:
    """Ask the texts, as they stand in a space, for pictures and for anything but themselves."""
    queries = space[pool.asked]
    correction = (
        None if method is None else HubnessCorrection.fit(index.vectors, space[pool.bank], method=method)
    )
    place = {identifier: row for row, identifier in enumerate(pool.ids)}
    own = np.array([pool.ids[row] for row in pool.asked], dtype=object)

    def first(k: int, modality: str | None) -> np.ndarray:
        if correction is None:
            hits = index.search(queries, k, modality, exact=False)
        else:
            hits = correction.search(index, queries, k, modality)
        others = np.argsort(hits.ids == own[:, None], axis=1, kind="stable")[:, :_AT]
        ids = np.take_along_axis(hits.ids, others, axis=1)
        return np.array([[place[identifier] for identifier in row] for row in ids])

    wanted = pool.wordings[pool.asked][:, None]
    pictures, mixed = first(_AT, "image"), first(_AT + 1, None)
    kinds = pool.modalities[mixed]
    right = (pool.wordings[mixed] == wanted) & (kinds == "image")
    return Quality(
        name,
        float((pool.wordings[pictures] == wanted).any(axis=1).mean()),
        {modality: float((kinds == modality).mean()) for modality in index.ranges},
        float(right.any(axis=1).mean()),
    )
