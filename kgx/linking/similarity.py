"""Nearest neighbours by cosine: items that are like one another, in one collection or across two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64

from kgx.errors import ConfigError

__all__ = ["Neighbours", "Weighting", "nearest_neighbours"]

Weighting = Literal["softmax", "cosine"]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Weighted links from items to items.

    Attributes:
        items: row of the item, sorted.
        neighbours: row of its neighbour in the gallery; an item's nearest first.
        weights: positive; an item's sum to 1.
    """

    items: Int64[np.ndarray, " m"]
    neighbours: Int64[np.ndarray, " m"]
    weights: Float32[np.ndarray, " m"]

    def __len__(self) -> int:
        return len(self.items)


def nearest_neighbours(
    vectors: Float[np.ndarray, "n dimension"],
    gallery: Float[np.ndarray, "g dimension"] | None = None,
    *,
    k: int = 10,
    mutual: bool = False,
    centre: bool = False,
    weighting: Weighting = "softmax",
    temperature: float = 0.1,
) -> Neighbours:
    """Find each item's ``k`` nearest others by cosine, exactly, with FAISS (Douze et al., arXiv 2401.08281).

    Args:
        vectors: one row an item; a row of zeros (an item that could not be encoded) has no neighbours.
        gallery: where neighbours are looked for; the items themselves where left out, and then no item is
            its own neighbour. Rows of zeros are nobody's neighbour.
        k: neighbours of an item.
        mutual: keep a pair only where each is among the other's ``k`` nearest.
        centre: take each side's mean vector off first, so that what all of a domain share does not count.
        weighting: "softmax" of the cosines over ``temperature``, or the "cosine" itself, where pairs of a
            cosine of 0 or below are dropped. Both are made to sum to 1 over an item.
        temperature: of the softmax, above 0.

    Raises:
        ConfigError: the dimensions differ, or an option has an impossible value.

    >>> vectors = np.array([[1, 0], [.8, .6], [0, 1]], dtype=np.float32)
    >>> near = nearest_neighbours(vectors, k=1)
    >>> near.items.tolist(), near.neighbours.tolist(), near.weights.tolist()
    ([0, 1, 2], [1, 0, 1], [1.0, 1.0, 1.0])
    """
    if k < 1:
        raise ConfigError(f"k must be at least 1, got {k}")
    if not 0 < temperature < np.inf:
        raise ConfigError(f"temperature must be above 0 and finite, got {temperature}")
    if weighting not in ("softmax", "cosine"):
        raise ConfigError(f"weighting must be 'softmax' or 'cosine', got {weighting!r}")
    if vectors.ndim != 2 or (gallery is not None and gallery.shape[1:] != vectors.shape[1:]):
        shapes = f"{vectors.shape}" if gallery is None else f"{vectors.shape} and {gallery.shape}"
        raise ConfigError(f"expected matrices of one number of columns, got shapes {shapes}")
    queries, usable = _unit(vectors, centre=centre)
    others, offered = (queries, usable) if gallery is None else _unit(gallery, centre=centre)
    items, found, cosines = _search(queries, usable, others, offered, k, itself=gallery is None)
    if mutual:
        back_items, back_found, _ = (
            (items, found, cosines)
            if gallery is None
            else _search(others, offered, queries, usable, k, itself=False)
        )
        kept = np.isin(items * len(others) + found, back_found * len(others) + back_items)
        items, found, cosines = items[kept], found[kept], cosines[kept]
    return _weighted(items, found, cosines, len(queries), weighting, temperature)


def _unit(
    vectors: Float[np.ndarray, "n dimension"], *, centre: bool
) -> tuple[Float32[np.ndarray, "n dimension"], Bool[np.ndarray, " n"]]:
    """Return rows of length 1, and which rows have a direction at all."""
    rows = vectors.astype(np.float32)
    encoded = rows.any(axis=1)
    if centre and encoded.any():
        rows[encoded] -= rows[encoded].mean(axis=0)
    norms = np.linalg.norm(rows, axis=1)
    usable: Bool[np.ndarray, " n"] = encoded & (norms > np.finfo(np.float32).eps)
    rows[usable] /= norms[usable, None]
    return rows, usable


def _search(
    queries: Float32[np.ndarray, "n dimension"],
    usable: Bool[np.ndarray, " n"],
    gallery: Float32[np.ndarray, "g dimension"],
    offered: Bool[np.ndarray, " g"],
    k: int,
    *,
    itself: bool,
) -> tuple[Int64[np.ndarray, " m"], Int64[np.ndarray, " m"], Float32[np.ndarray, " m"]]:
    """Return the pairs sorted by query, nearest first, of equal cosine the lower row first."""
    import faiss

    asked, shown = np.flatnonzero(usable), np.flatnonzero(offered)
    depth = min(k + itself, len(shown))
    if not len(asked) or not depth:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, np.zeros(0, dtype=np.float32)
    index = faiss.IndexFlatIP(gallery.shape[1])
    index.add(np.ascontiguousarray(gallery[shown]))
    cosines, rows = index.search(np.ascontiguousarray(queries[asked]), depth)  # (asked, depth)
    items = np.repeat(asked, depth)
    found, flat = shown[rows.ravel()], np.clip(cosines.ravel(), -1, 1)
    kept = items != found if itself else np.ones(len(items), dtype=np.bool_)
    items, found, flat = items[kept], found[kept], flat[kept]
    order = np.lexsort((found, -flat, items))
    items, found, flat = items[order], found[order], flat[order]
    first = np.searchsorted(items, items)
    nearest = np.arange(len(items)) - first < k
    return items[nearest], found[nearest], flat[nearest]


def _weighted(
    items: Int64[np.ndarray, " m"],
    found: Int64[np.ndarray, " m"],
    cosines: Float32[np.ndarray, " m"],
    count: int,
    weighting: Weighting,
    temperature: float,
) -> Neighbours:
    if weighting == "cosine":
        kept = cosines > 0
        items, found, powers = items[kept], found[kept], cosines[kept].astype(np.float64)
    else:
        # rows come nearest first, so that an item's first cosine is its greatest
        powers = np.exp((cosines - cosines[np.searchsorted(items, items)]).astype(np.float64) / temperature)
    totals = np.bincount(items, powers, minlength=count)
    weights = np.maximum(powers / totals[items], np.finfo(np.float32).tiny).astype(np.float32)
    return Neighbours(items.astype(np.int64), found.astype(np.int64), weights)
