"""Links by number, across files: what is known of a graph, what is to be found, and what else is true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from jaxtyping import Int64

from graphs.gnn.ultra.edges import Edges
from graphs.store import Store

__all__ = ["Links", "Numbering"]

Numbers = Int64[np.ndarray, " links"]


@dataclass(frozen=True, slots=True)
class Links:
    """Links ``(head, relation, tail)`` by the numbers of a :class:`Numbering`, each int64 [links]."""

    heads: Numbers
    relations: Numbers
    tails: Numbers

    @classmethod
    def of(cls, rows: Int64[np.ndarray, "links 3"]) -> Links:
        """Make links of rows of (head, relation, tail), each once, sorted.

        >>> len(Links.of(np.array([[0, 0, 1], [0, 0, 1]])))
        1
        """
        unique = np.unique(np.asarray(rows, np.int64).reshape(-1, 3), axis=0)
        return cls(*unique.T)

    @classmethod
    def together(cls, *parts: Links) -> Links:
        """Return all links of some parts, each once."""
        return cls.of(np.concatenate([part.rows() for part in parts]))

    def rows(self) -> Int64[np.ndarray, "links 3"]:
        """Return the links as rows of (head, relation, tail)."""
        return np.stack([self.heads, self.relations, self.tails], axis=1)

    def __len__(self) -> int:
        return len(self.heads)

    def edges(self, num_entities: int, num_relations: int) -> Edges:
        """Return the links and their inverses as edges that messages travel along."""
        columns = (self.heads, self.relations, self.tails)
        return Edges.both_ways(*columns, num_nodes=num_entities, num_relations=num_relations)


class Numbering:
    """Numbers for the entities and relations of several graphs that name things alike.

    Entities are those at an end of a link: what a graph only describes in words has no links to learn from.

    >>> numbering = Numbering()
    >>> graph = numbering.links(Store.from_triples([("ex:owl", "ex:eats", "ex:mouse")]))
    >>> test = numbering.links(Store.from_triples([("ex:owl", "ex:eats", "ex:vole")]))
    >>> test.rows().tolist(), numbering.entities
    ([[1, 0, 2]], ['ex:mouse', 'ex:owl', 'ex:vole'])
    """

    def __init__(self) -> None:
        self._entities: dict[str, int] = {}
        self._relations: dict[str, int] = {}

    def links(self, store: Store) -> Links:
        """Return a graph's links; what has no number yet gets the next ones, in the graph's order."""
        used = np.unique(np.concatenate([store.heads, store.tails]))
        names = store.columns.entities.column("iri").take(pa.array(used)).to_pylist()
        numbers = np.array([self._entities.setdefault(name, len(self._entities)) for name in names], np.int64)
        relations = np.array(
            [self._relations.setdefault(iri, len(self._relations)) for iri in store.relation_iris], np.int64
        )
        heads, tails = (numbers[np.searchsorted(used, ends)] for ends in (store.heads, store.tails))
        return Links.of(np.stack([heads, relations[store.relation_ids], tails], axis=1))

    @property
    def entities(self) -> list[str]:
        """Names by number."""
        return list(self._entities)

    @property
    def relations(self) -> list[str]:
        """IRIs by number; the inverse of a relation has the number of that plus how many there are."""
        return list(self._relations)

    @property
    def num_entities(self) -> int:
        """How many entities have a number."""
        return len(self._entities)

    @property
    def num_relations(self) -> int:
        """How many relations have a number, inverses aside."""
        return len(self._relations)

    def entity(self, name: str) -> int | None:
        """Return an entity's number, or None where it has no links."""
        return self._entities.get(name)

    def relation(self, iri: str) -> int | None:
        """Return a relation's number, or None where no link has it."""
        return self._relations.get(iri)
