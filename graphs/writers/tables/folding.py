"""Statements about statements, folded back into the edges that they describe.

Readers of property graphs say what they know of an edge by an ``rdf:Statement`` that names its subject, predicate and
object. Where all three are there once, and the edge is too, the edge can be written with its properties again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graphs import vocabulary as v
from graphs.block import Codes
from graphs.store import Store
from graphs.writers.tables.statements import TripleRows

__all__ = ["Folded", "fold"]

Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Folded:
    """Edges that are described.

    Attributes:
        statement: the entity that describes each, int32, sorted.
        edge: the row of the triple that each is, int64.
        describing: which rows only say what an edge is, bool.
    """

    statement: Codes
    edge: Places
    describing: Mask

    def alone(self, rows: TripleRows) -> Folded:
        """Return those whose statement stands in no other triple, at either end."""
        size = int(max(rows.head.max(initial=-1), rows.tail.max(initial=-1))) + 1
        other = np.bincount(rows.head[~self.describing], minlength=size)
        other += np.bincount(rows.tail, minlength=size)
        kept = other[self.statement] == 0
        describing = self.describing & np.isin(rows.head, self.statement[kept])
        return Folded(self.statement[kept], self.edge[kept], describing)


def fold(store: Store, rows: TripleRows) -> Folded:
    """Find the edges that are described.

    Args:
        store: the graph.
        rows: its triples, each once, sorted by relation, head and tail.

    >>> from graphs.vocabulary import RDF_OBJECT, RDF_PREDICATE, RDF_STATEMENT, RDF_SUBJECT, RDF_TYPE
    >>> parts = [(RDF_TYPE, RDF_STATEMENT), (RDF_SUBJECT, "ex:a"), (RDF_PREDICATE, "ex:r"), (RDF_OBJECT, "ex:b")]
    >>> store = Store.from_triples([("ex:a", "ex:r", "ex:b"), *(("ex:s", *part) for part in parts)])
    >>> folded = fold(store, TripleRows.of(store))
    >>> store.entity_iris(folded.statement), folded.edge.tolist(), folded.describing.tolist()
    (['ex:s'], [0], [False, True, True, True, True])
    """
    parts = [_singles(store, rows, relation) for relation in (v.RDF_SUBJECT, v.RDF_PREDICATE, v.RDF_OBJECT)]
    types = _of_relation(store, rows, v.RDF_TYPE)
    types = types[rows.tail[types] == store.entity_ids([v.RDF_STATEMENT])[0]]
    described = rows.head[types]
    for part in parts:
        described = np.intersect1d(described, rows.head[part])
    subject, predicate, value = (
        rows.tail[part[np.searchsorted(rows.head[part], described)]] for part in parts
    )
    edge = _find(rows, subject, _relations(store)[predicate], value)
    found = edge >= 0
    described, edge = described[found], edge[found]
    describing = np.zeros(len(rows), np.bool_)
    for part in (types, *parts):
        describing[part] = np.isin(rows.head[part], described)
    return Folded(described, edge, describing)


def _of_relation(store: Store, rows: TripleRows, relation: str) -> Places:
    """Return the rows of a relation."""
    if relation not in store.relation_iris:
        return np.zeros(0, np.int64)
    return np.flatnonzero(rows.relation == store.relation_id(relation))


def _singles(store: Store, rows: TripleRows, relation: str) -> Places:
    """Return the rows of a relation whose head has no other one of it."""
    found = _of_relation(store, rows, relation)
    _, first, count = np.unique(rows.head[found], return_index=True, return_counts=True)
    single: Places = found[first[count == 1]]
    return single


def _relations(store: Store) -> Codes:
    """Return, for every entity, its number as a relation, or -1."""
    numbers = np.full(store.num_entities, -1, np.int32)
    entities = store.entity_ids(store.relation_iris)
    known = entities >= 0
    numbers[entities[known]] = np.flatnonzero(known).astype(np.int32)
    return numbers


def _find(rows: TripleRows, head: Codes, relation: Codes, tail: Codes) -> Places:
    """Return the row of each of some triples, or -1."""
    found = np.full(len(head), -1, np.int64)
    for number in np.unique(relation[relation >= 0]).tolist():
        asked = relation == number
        low, high = np.searchsorted(rows.relation, [number, number + 1])
        keys = _pairs(rows.head[low:high], rows.tail[low:high])
        wanted = _pairs(head[asked], tail[asked])
        place = np.searchsorted(keys, wanted)
        there = place < len(keys)
        there[there] = keys[place[there]] == wanted[there]
        found[asked] = np.where(there, low + place, -1)
    return found


def _pairs(first: Codes, second: Codes) -> npt.NDArray[np.int64]:
    return first.astype(np.int64) << 32 | second
