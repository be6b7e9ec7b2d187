"""Cliques: names that stand for the same thing, and the one among them that leads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

__all__ = ["Clique", "find_cliques", "priority_of"]


@dataclass(frozen=True, slots=True)
class Clique:
    """Names for the same thing: who leads, and all the others, sorted."""

    leader: str
    others: tuple[str, ...]


def find_cliques(
    pairs: Iterable[tuple[str, str]], priority: Callable[[str], tuple[int, ...]]
) -> list[Clique]:
    """Return the groups that pairs of names for the same thing make, sorted by leader.

    Args:
        pairs: names that stand for the same; pairs of equal names say nothing.
        priority: the name for which this is smallest leads; among equals, the first in the order of names.

    >>> find_cliques([("b", "a"), ("c", "b"), ("x", "y")], lambda name: (name != "c",))
    [Clique(leader='c', others=('a', 'b')), Clique(leader='x', others=('y',))]
    """
    numbers: dict[str, int] = {}
    ends = [
        (numbers.setdefault(one, len(numbers)), numbers.setdefault(other, len(numbers)))
        for one, other in pairs
        if one != other
    ]
    if not ends:
        return []
    rows, columns = np.array(ends, np.int64).T
    links = coo_matrix((np.ones(len(ends), np.int8), (rows, columns)), shape=(len(numbers), len(numbers)))
    groups: dict[int, list[str]] = {}
    for name, group in zip(numbers, connected_components(links, directed=False)[1].tolist(), strict=True):
        groups.setdefault(group, []).append(name)
    cliques = []
    for members in groups.values():
        leader, *others = sorted(members, key=lambda name: (priority(name), name))
        cliques.append(Clique(leader, tuple(sorted(others))))
    return sorted(cliques, key=lambda clique: clique.leader)


def priority_of(
    prefer: Sequence[str], prefixes: Mapping[str, str], known: Callable[[str], bool]
) -> Callable[[str], tuple[int, ...]]:
    """Return what decides who leads a clique: the preferred namespaces in their order, then names that are known.

    A blank node or a triple term leads only where there is nothing else.

    Args:
        prefer: prefixes, or namespaces, best first.
        prefixes: namespaces by prefix.
        known: whether a name is in the graph already.

    >>> priority = priority_of(["ex"], {"ex": "http://example.org/"}, lambda name: True)
    >>> sorted(["_:x", "http://a.example/1", "http://example.org/1"], key=priority)[0]
    'http://example.org/1'
    """
    spaces = [prefixes.get(name.removesuffix(":"), name) for name in prefer]

    def priority(name: str) -> tuple[int, ...]:
        rank = next((place for place, space in enumerate(spaces) if name.startswith(space)), len(spaces))
        return (name.startswith(("_:", "<<")), rank, not known(name))

    return priority
