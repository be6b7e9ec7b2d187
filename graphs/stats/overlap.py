"""Overlap: how many pairs of entities two relations have in common, the same way round or the other.

It tells inverse, symmetric and duplicate relations, as Toutanova and Chen (2015), "Observed versus latent features for
knowledge base and text inference", found them in FB15k.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from graphs.ordering import unique_rows
from graphs.store import Store

__all__ = ["SharedPairs", "shared_pairs"]

_CHUNK: Final = 1 << 22
"""About how many meetings of two relations are looked at in one go."""

Numbers = npt.NDArray[np.int64]
Relations = npt.NDArray[np.int32]


class SharedPairs(NamedTuple):
    """Relations, relations that they share pairs with, and how many pairs; sorted, without those that share none."""

    one: Numbers
    other: Numbers
    pairs: Numbers


def shared_pairs(store: Store, *, reverse: bool) -> SharedPairs:
    """Count the pairs of different entities that two relations share.

    Time and memory grow with the number of triples, and time with the number of times that two relations meet.

    Args:
        store: the graph.
        reverse: count, for relations r and s, the pairs (h, t) with triples (h, r, t) and (t, s, h), r = s included;
            otherwise those with (h, r, t) and (h, s, t) for different r and s.

    >>> graph = Store.from_triples([("ex:a", "ex:over", "ex:b"), ("ex:b", "ex:under", "ex:a")])
    >>> [column.tolist() for column in shared_pairs(graph, reverse=True)]
    [[0, 1], [1, 0], [1, 1]]
    """
    proper = store.heads != store.tails
    rows = slice(None) if proper.all() else np.flatnonzero(proper)
    heads, tails, relations = store.heads[rows], store.tails[rows], store.relation_ids[rows]
    pairs, of_pairs = _sorted(store, heads, tails, relations)
    others, of_others = _sorted(store, tails, heads, relations) if reverse else (pairs, of_pairs)
    size = max(store.num_relations, 1)
    found: dict[int, int] = {}
    for one, other in _meetings(others, of_others, pairs, of_pairs):
        packed = one.astype(np.int64) * size + other
        packed = packed if reverse else packed[one != other]
        keys, counts = np.unique(packed, return_counts=True)
        for key, count in zip(keys.tolist(), counts.tolist(), strict=True):
            found[key] = found.get(key, 0) + count
    order = sorted(found)
    keys = np.array(order, np.int64)
    return SharedPairs(keys // size, keys % size, np.array([found[key] for key in order], np.int64))


def _sorted(
    store: Store, one: Relations, other: Relations, relations: Relations
) -> tuple[Numbers, Relations]:
    """Return pairs of entities, each as one number, sorted, and their relations."""
    sizes = [store.num_entities, store.num_entities, max(store.num_relations, 1)]
    alike = np.broadcast_to(np.float32(1), len(one))
    (first, second, relation), _ = unique_rows([one, other, relations], sizes, alike)
    return first.astype(np.int64) << 32 | second, relation


def _meetings(
    asked: Numbers, of_asked: Relations, known: Numbers, of_known: Relations
) -> Iterator[tuple[Relations, Relations]]:
    """Yield the two relations of every asked pair that is known, and of each of its known relations, in chunks."""
    low, high = np.searchsorted(known, asked, "left"), np.searchsorted(known, asked, "right")
    met = np.flatnonzero(high > low)
    low, times = low[met], (high - low)[met]
    ends = np.cumsum(times)
    start = 0
    while start < len(met):
        done = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, done + _CHUNK)), start + 1)
        repeats = times[start:stop]
        within = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        yield (
            np.repeat(of_asked[met[start:stop]], repeats),
            of_known[np.repeat(low[start:stop], repeats) + within],
        )
        start = stop
