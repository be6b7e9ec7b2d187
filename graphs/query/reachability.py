"""Where a property path leads from, and where to: sets of nodes, found by going along sorted columns of edges.

SPARQL asks a path for all pairs of its ends; who filters needs one side of them only. A set of nodes is carried from
step to step and no node is visited twice by a repetition, so that a path costs no more than the edges that it touches,
cycles or not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import cached_property

import numpy as np
from jaxtyping import Int, Int64

from graphs.errors import GraphError
from graphs.query.property_path import Alternative, Inverse, PropertyPath, Relation, Repeat, Sequence

__all__ = ["Deadline", "Edges", "Reachability"]

Nodes = Int64[np.ndarray, " n"]
"""Numbers of nodes, sorted, each once."""


class Deadline:
    """When to give up.

    Args:
        seconds: from now.

    >>> Deadline(0.0).check()
    Traceback (most recent call last):
    ...
    graphs.errors.GraphError: gave up after 0 s: ask for less
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """Raise where the time is over.

        Raises:
            GraphError: it is.
        """
        if time.monotonic() >= self._end:
            raise GraphError(f"gave up after {self._seconds:g} s: ask for less")


class Edges:
    """The edges of one relation, to be followed both ways.

    Args:
        heads, tails: node at each end, in any order.

    >>> edges = Edges(np.array([0, 0, 2]), np.array([1, 2, 1]))
    >>> edges.followed(np.array([0]), back=False).tolist(), edges.followed(np.array([1]), back=True).tolist()
    ([1, 2], [0, 2])
    """

    def __init__(self, heads: Int[np.ndarray, " e"], tails: Int[np.ndarray, " e"]) -> None:
        self._heads = np.asarray(heads, dtype=np.int64)
        self._tails = np.asarray(tails, dtype=np.int64)

    def followed(self, nodes: Nodes, *, back: bool) -> Nodes:
        """Return the nodes at the other ends of the edges that leave some nodes, or that lead to them."""
        return np.unique(self.pairs(nodes, back=back)[1])

    def pairs(self, nodes: Nodes, *, back: bool) -> tuple[Nodes, Nodes]:
        """Return the same, edge by edge: the place among ``nodes`` where each begins, and the node at its other end."""
        starts, ends = self._by_tail if back else self._by_head
        low, high = np.searchsorted(starts, nodes, "left"), np.searchsorted(starts, nodes, "right")
        counts = high - low
        rows = np.arange(counts.sum()) + np.repeat(low - np.cumsum(counts) + counts, counts)
        return np.repeat(np.arange(len(nodes)), counts), ends[rows]

    @cached_property
    def _by_head(self) -> tuple[np.ndarray, np.ndarray]:
        return _sorted(self._heads, self._tails)

    @cached_property
    def _by_tail(self) -> tuple[np.ndarray, np.ndarray]:
        return _sorted(self._tails, self._heads)


class Reachability:
    """Follows property paths.

    Args:
        edges: the edges of the relations that a name stands for; raises for a name that stands for none.
        nodes: number of nodes.
        deadline: when to give up.

    >>> chain = {"up": [Edges(np.array([0, 1, 2]), np.array([1, 2, 0]))]}
    >>> from graphs.query.property_path import parse_path
    >>> Reachability(chain.__getitem__, 4, Deadline(1)).origins(parse_path("up/up"), np.array([2])).tolist()
    [0]
    >>> Reachability(chain.__getitem__, 4, Deadline(1)).origins(parse_path("up*"), np.array([3])).tolist()
    [3]
    """

    def __init__(self, edges: Callable[[str], Iterable[Edges]], nodes: int, deadline: Deadline) -> None:
        self._edges = edges
        self._nodes = nodes
        self._deadline = deadline

    def origins(self, path: PropertyPath, targets: Nodes) -> Nodes:
        """Return the nodes from which a path leads to any of some nodes.

        Raises:
            GraphError: it took too long.
        """
        return self._walk(path, targets, back=True)

    def ends(self, path: PropertyPath, starts: Nodes) -> Nodes:
        """Return the nodes to which a path leads from any of some nodes.

        Raises:
            GraphError: it took too long.
        """
        return self._walk(path, starts, back=False)

    def _walk(self, path: PropertyPath, nodes: Nodes, *, back: bool) -> Nodes:
        match path:
            case Relation(name):
                self._deadline.check()
                return _united([edges.followed(nodes, back=back) for edges in self._edges(name)])
            case Inverse(inner):
                return self._walk(inner, nodes, back=not back)
            case Alternative(paths):
                return _united([self._walk(one, nodes, back=back) for one in paths])
            case Sequence(paths):
                for one in reversed(paths) if back else paths:
                    nodes = self._walk(one, nodes, back=back)
                return nodes
            case Repeat(inner, least, many):
                found = (
                    self._repeated(inner, nodes, back=back) if many else self._walk(inner, nodes, back=back)
                )
                return found if least else _united([nodes, found])

    def _repeated(self, path: PropertyPath, nodes: Nodes, *, back: bool) -> Nodes:
        """Walk a path once or more: on from what is new alone, until nothing is."""
        seen = np.zeros(self._nodes, dtype=np.bool_)
        while len(nodes):
            found = self._walk(path, nodes, back=back)
            nodes = found[~seen[found]]
            seen[nodes] = True
        return np.flatnonzero(seen)


def _sorted(starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(starts, kind="stable")
    return starts[order], ends[order]


def _united(parts: list[Nodes]) -> Nodes:
    if len(parts) == 1:
        return parts[0]
    return np.unique(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)
