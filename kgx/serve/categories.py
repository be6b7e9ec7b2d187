"""The categories that a run's items are filed in, along the hierarchy of categories, and how to filter by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from graphs.query.reachability import Edges
from kgx.errors import ConfigError
from kgx.filters.item_graph import ItemGraph
from kgx.linking.base import IN_CATEGORY

__all__ = ["Categories", "categories_of", "counted"]

_BROADER = "broader"  # the relation between a category and one that holds it


@dataclass(frozen=True)
class Categories:
    """What items are filed in.

    Attributes:
        counts: name of a category -> number of items in it or in one below it, the largest first.
        path: property path that leads from an item to each of its categories.
    """

    counts: Mapping[str, int]
    path: str


def categories_of(graph: ItemGraph) -> Categories:
    """Return the categories of a run's items: ``?item PATH "NAME"`` lets through as many items as are counted."""
    try:
        broader, path = graph.edges(_BROADER), f"category/{_BROADER}*"
    except ConfigError:  # the graph has no such relation
        broader, path = [], "category"
    nobody = np.zeros(0, dtype=np.int64)
    rows, concepts = graph.links.get(IN_CATEGORY, (nobody, nobody))
    return Categories(counted(rows, concepts, broader, graph.graph.label), path)


def counted(
    rows: Int64[np.ndarray, " m"],
    concepts: Int64[np.ndarray, " m"],
    broader: Iterable[Edges],
    label: Callable[[int], str],
) -> dict[str, int]:
    """Count the items of categories and of all that are above them.

    Categories that hold the same items, as "mammal" and "mammals" do, are one to whoever chooses: of them it is the one
    that holds most along the hierarchy, then the shortest.

    Args:
        rows: rows of items.
        concepts: the category that each of them is filed in.
        broader: edges from a category to those that hold it.
        label: names a category; those of one name are one.

    >>> from graphs.query.reachability import Edges
    >>> edges = Edges(np.array([1, 2]), np.array([0, 0]))
    >>> counted(np.array([5, 6, 7]), np.array([1, 1, 2]), [edges], ["animals", "birds", "fish"].__getitem__)
    {'animals': 3, 'birds': 2, 'fish': 1}
    """
    edges, named = list(broader), dict[int, str]()
    filed: dict[str, set[int]] = {}
    held: dict[str, set[int]] = {}
    above: dict[int, list[int]] = {}
    for row, concept in zip(rows.tolist(), concepts.tolist(), strict=True):
        if concept not in above:
            above[concept] = _upwards(concept, edges)
            named.update((each, label(each)) for each in above[concept] if each not in named)
        filed.setdefault(named[concept], set()).add(row)
        for each in above[concept]:
            held.setdefault(named[each], set()).add(row)
    by_size = sorted(held, key=lambda name: (-len(held[name]), len(name), name))
    kept: list[str] = []
    known: set[frozenset[int]] = set()
    for name in by_size:
        # What is filed in it, and what it holds: of each the first counts.
        alike = {frozenset(held[name]), frozenset(filed.get(name, held[name]))}
        if known.isdisjoint(alike):
            kept.append(name)
        known |= alike
    return {name: len(held[name]) for name in kept}


def _upwards(concept: int, broader: Iterable[Edges]) -> list[int]:
    """Return a category and all that are above it."""
    found, fresh = {concept}, {concept}
    while fresh:
        nodes = np.array(sorted(fresh))
        reached = {node for edges in broader for node in edges.followed(nodes, back=False).tolist()}
        fresh = reached - found
        found |= fresh
    return sorted(found)
