"""Components: which entities hang together, whichever way the triples between them lead."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from graphs.store import Store

__all__ = ["Components", "components"]


@dataclass(frozen=True, slots=True)
class Components:
    """Weakly connected components.

    Attributes:
        count: how many there are.
        sizes: entities of the largest ones, largest first.
        largest_share: the share of all entities that are in the largest.
        isolated: entities that no triple leads from or to; each is a component.
    """

    count: int
    sizes: tuple[int, ...]
    largest_share: float
    isolated: int

    def to_dict(self) -> dict[str, Any]:
        """Return the components as plain values."""
        return asdict(self)


def components(store: Store, top: int = 10) -> Components:
    """Return the weakly connected components of a graph.

    Args:
        store: the graph.
        top: how many sizes to give.

    >>> components(Store.from_triples([("ex:a", "ex:r", "ex:b"), ("ex:c", "ex:r", "ex:c")]))
    Components(count=2, sizes=(2, 1), largest_share=0.6666666666666666, isolated=0)
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    if not store.num_entities:
        return Components(0, (), 0.0, 0)
    columns = store.columns
    first = columns.entities.column("outgoing").to_numpy()
    ends = store.tails[columns.neighbours.column("outgoing").to_numpy()]
    starts = np.append(first, np.int32(store.num_triples))
    size = store.num_entities
    edges = csr_array((np.ones(len(ends), np.float64), ends, starts), shape=(size, size))
    count, component = connected_components(edges, directed=True, connection="weak")
    sizes = np.sort(np.bincount(component))[::-1]
    linked = np.diff(starts) > 0
    linked[store.tails] = True
    return Components(int(count), tuple(sizes[:top].tolist()), float(sizes[0] / size), int((~linked).sum()))
