"""Store: entities, typed relations between them, and what is said of them in words; what can be asked of these.

Entities and relations are numbered in the order of their IRIs. All columns are NumPy or Arrow arrays that may
lie in a memory-mapped file (:mod:`graphs.columns` draws the folder): opening a graph reads next to nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.block import Block
from graphs.columns import Columns
from graphs.entities import Entities
from graphs.errors import UnknownTermError
from graphs.labels import Labels
from graphs.selection import Mask, select
from graphs.statements import Statements

__all__ = ["Store"]


class Store:
    """The tables of a graph, read-only, and the questions that they answer at once.

    :class:`graphs.KnowledgeGraph` adds what is worked out from these.

    Attributes:
        columns: the tables as they are stored.
        relation_iris: IRI of each relation; a relation's number is its place here.
        heads: entity that each triple starts from, int32 [num_triples]; sorted by relation, head, tail.
        relation_ids: relation of each triple, int32 [num_triples].
        tails: entity that each triple leads to, int32 [num_triples].
        weights: how sure each triple is (the surest of its sources), float32 [num_triples].

    >>> graph = Store.from_triples(
    ...     [("ex:owl", "ex:isA", "ex:bird"), ("ex:hen", "ex:isA", "ex:bird")],
    ...     literals=[("ex:owl", "http://www.w3.org/2004/02/skos/core#prefLabel", "owl (bird)", "en")],
    ... )
    >>> graph
    Store(entities=3, relations=1, triples=2, literals=1)
    >>> heads, tails, weights = graph.edges("ex:isA")
    >>> graph.entity_iris(heads), graph.entity_iris(tails)
    (['ex:hen', 'ex:owl'], ['ex:bird', 'ex:bird'])
    >>> graph.label(graph.entity_id("ex:owl")), graph.label(graph.entity_id("ex:hen"))
    ('owl (bird)', 'hen')
    """

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.relation_iris: list[str] = columns.relations.column("iri").to_pylist()
        triples = columns.triples
        self.heads: npt.NDArray[np.int32] = triples.column("head").to_numpy()
        self.relation_ids: npt.NDArray[np.int32] = triples.column("relation").to_numpy()
        self.tails: npt.NDArray[np.int32] = triples.column("tail").to_numpy()
        self.weights: npt.NDArray[np.float32] = triples.column("weight").to_numpy()
        bounds = np.arange(len(self.relation_iris) + 1, dtype=np.int32)
        self._offsets: list[int] = np.searchsorted(self.relation_ids, bounds).tolist()
        self._entities = Entities(columns.entities.column("iri"))
        self._labels = Labels(columns.literals)

    @classmethod
    def from_triples(
        cls,
        triples: Iterable[tuple[str, str, str]],
        *,
        literals: Iterable[tuple[str, str, str, str]] = (),
        source: str = "",
    ) -> Self:
        """Build a graph from (head, relation, tail) and (subject, predicate, value, language).

        >>> Store.from_triples([("ex:a", "ex:r", "ex:b"), ("ex:a", "ex:r", "ex:b")]).num_triples
        1
        """
        statements = Statements()
        for head, relation, tail in triples:
            statements.add(head, relation, tail, source=source)
        for subject, predicate, value, language in literals:
            statements.add_literal(subject, predicate, value, language=language, source=source)
        return cls(assemble([statements.block()]))

    @classmethod
    def open(cls, folder: str | Path, *, verify: bool = False) -> Self:
        """Open a stored graph, memory-mapped.

        Args:
            folder: what :meth:`save` has written.
            verify: compare checksums too, which reads every byte; sizes are always compared.

        Raises:
            GraphStoreError: the folder is missing, damaged, or of another version.
        """
        return cls(Columns.read(Path(folder), verify=verify))

    def save(self, folder: str | Path) -> None:
        """Write the graph to a folder, all or nothing; equal graphs give equal bytes.

        A stored graph that stands there already is replaced.

        Raises:
            GraphStoreError: the folder exists and is something else than a stored graph.
        """
        self.columns.write(Path(folder))

    def equals(self, other: Store) -> bool:
        """Tell whether both hold the same statements with the same sources and weights."""
        return self.columns.equals(other.columns)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(entities={self.num_entities}, relations={self.num_relations}, "
            f"triples={self.num_triples}, literals={self.num_literals})"
        )

    @property
    def num_entities(self) -> int:
        """Number of entities: all that stand at an end of a triple or are described by a literal."""
        return len(self._entities)

    @property
    def num_relations(self) -> int:
        """Number of relations that some triple uses."""
        return len(self.relation_iris)

    @property
    def num_triples(self) -> int:
        """Number of different (head, relation, tail)."""
        return len(self.heads)

    @property
    def num_literals(self) -> int:
        """Number of literal statements."""
        return int(self.columns.literals.num_rows)

    def entity_id(self, iri: str) -> int:
        """Return an entity's number, or raise UnknownTermError where the graph has none of that IRI."""
        return self._entities.number(iri)

    def entity_ids(self, iris: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return the numbers of many entities, int64 [len(iris)], -1 where the graph has none of that IRI."""
        return self._entities.numbers(iris)

    def entity_iri(self, entity: int) -> str:
        """Return an entity's IRI, or raise UnknownTermError where the number is out of range."""
        return self._entities.iri(entity)

    def entity_iris(self, entities: Sequence[int] | npt.NDArray[Any]) -> list[str]:
        """Return the IRIs of many entities, or raise UnknownTermError where a number is out of range."""
        return self._entities.iris(entities)

    def relation_id(self, iri: str) -> int:
        """Return a relation's number, or raise UnknownTermError where no triple has it."""
        place = bisect_left(self.relation_iris, iri)
        if place == self.num_relations or self.relation_iris[place] != iri:
            raise UnknownTermError(f"the graph has no relation {iri!r}; relation_iris lists those it has")
        return place

    def label(self, entity: int, language: str = "en") -> str:
        """Return what to call an entity.

        Its ``skos:prefLabel``, else ``rdfs:label``, else a name, alternative label or title, in the asked
        language or without a language; else the same in another language; else the last part of its IRI.
        """
        best = self._labels.best(self._entities.checked(entity), language)
        return v.local_name(self.entity_iri(entity)) if best is None else best

    def labels(self, entity: int, language: str | None = None) -> list[str]:
        """Return all labels but hidden ones, best first: of one language and of none, or of all."""
        return self._labels.all(self._entities.checked(entity), language)

    def definition(self, entity: int, language: str = "en") -> str:
        """Return what an entity is in a sentence, or an empty text; languages count as for :meth:`label`."""
        return self._labels.definition(self._entities.checked(entity), language) or ""

    def label_table(self) -> pa.Table:
        """Return the labels of all entities that are not relations, sorted by entity.

        Columns: entity int32, label str, language str, kind str ("preferred", "alternative" or "hidden"),
        weight float32 (how often the label is used for that entity).
        """
        return self._labels.table(self.relation_entities())

    @property
    def literals(self) -> pa.Table:
        """All literals: subject int32, predicate, value, language, datatype, source, graph, weight float32.

        Strings that repeat are dictionary-encoded: all but the values.
        """
        return pa.Table.from_batches([self.columns.literals])

    def edges(
        self, relation: str
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        """Return the heads, tails and weights of one relation, sorted, each pair once; views, not copies.

        Raises UnknownTermError where no triple has that relation.
        """
        number = self.relation_id(relation)
        rows = slice(self._offsets[number], self._offsets[number + 1])
        return self.heads[rows], self.tails[rows], self.weights[rows]

    def neighbours(self, entity: int, *, incoming: bool = False) -> list[tuple[str, int]]:
        """Return (relation IRI, other entity) of every triple that starts at an entity, or leads to it."""
        _, relations, others = self.neighbours_of([entity], incoming=incoming)
        return [
            (self.relation_iris[relation], other)
            for relation, other in zip(relations.tolist(), others.tolist(), strict=True)
        ]

    def neighbours_of(
        self, entities: Sequence[int] | npt.NDArray[Any], *, incoming: bool = False
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Return the triples that start at each of some entities, or lead to it.

        Returns:
            Where each entity's triples begin, int64 [len(entities) + 1]; the relation of each, int32 [found]; and
            the entity at its other end, int32 [found].

        Raises:
            UnknownTermError: a number is out of range.

        >>> graph = Store.from_triples([("ex:owl", "ex:eats", "ex:mouse"), ("ex:owl", "ex:isA", "ex:bird")])
        >>> starts, relations, others = graph.neighbours_of(graph.entity_ids(["ex:mouse", "ex:owl"]))
        >>> starts.tolist(), relations.tolist(), graph.entity_iris(others)
        ([0, 0, 2], [0, 1], ['ex:mouse', 'ex:bird'])
        """
        direction, ends = ("incoming", self.heads) if incoming else ("outgoing", self.tails)
        asked = self._entities.all_checked(entities)
        first: npt.NDArray[np.int32] = self.columns.entities.column(direction).to_numpy()
        rows: npt.NDArray[np.int32] = self.columns.neighbours.column(direction).to_numpy()
        low = first[asked].astype(np.int64)
        following = np.minimum(asked + 1, self.num_entities - 1)
        high = np.where(asked + 1 < self.num_entities, first[following], self.num_triples)
        starts = np.zeros(len(asked) + 1, np.int64)
        np.cumsum(high - low, out=starts[1:])
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], high - low)
        found = rows[np.repeat(low, high - low) + within]
        return starts, self.relation_ids[found], ends[found]

    def block(self, statements: Mask | None = None, literals: Mask | None = None) -> Block:
        """Return the graph's statements, or some of them, to make another graph of.

        Args:
            statements: which rows of ``columns.statements``, bool; left out, all.
            literals: which rows of ``columns.literals``, bool; left out, all.
        """
        return select(self.columns, statements, literals)

    @property
    def prefixes(self) -> Mapping[str, str]:
        """Short names of namespaces: prefix to IRI."""
        return self.columns.prefixes

    def sources(self) -> dict[str, int]:
        """Return how many statements, triples and literals alike, each source makes; sorted by name."""
        return self._statements_by("source")

    def graphs(self) -> dict[str, int]:
        """Return how many statements stand in each named graph; the empty name is the default graph."""
        return self._statements_by("graph")

    def _statements_by(self, column_name: str) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for table in (self.columns.statements, self.columns.literals):
            column = table.column(column_name)
            found = np.bincount(column.indices.to_numpy(), minlength=len(column.dictionary))
            counts.update(dict(zip(column.dictionary.to_pylist(), found.tolist(), strict=True)))
        return {name: counts[name] for name in sorted(counts) if counts[name]}

    def relation_label(self, relation: str, language: str = "en") -> str:
        """Return what to call a relation: its label in the graph, else the last part of its IRI in words.

        >>> Store.from_triples([("ex:a", "ex:hasPart", "ex:b")]).relation_label("ex:hasPart")
        'has part'
        """
        entity = self._entities.find(relation)
        best = None if entity is None else self._labels.best(entity, language)
        return v.words_of(relation) if best is None else best

    def relation_definition(self, relation: str, language: str = "en") -> str:
        """Return what a relation means, in the graph's own words, or an empty text."""
        entity = self._entities.find(relation)
        return "" if entity is None else self.definition(entity, language)

    def inverse_of(self, relation: str) -> str | None:
        """Return the relation that says the same the other way round, or None where the graph names none.

        A symmetric relation is its own inverse. Statements of ``owl:inverseOf`` are read in both directions.
        """
        entity = self._entities.find(relation)
        if entity is None:
            return None
        outgoing, incoming = self.neighbours(entity), self.neighbours(entity, incoming=True)
        if (v.RDF_TYPE, self._entities.find(v.OWL_SYMMETRIC)) in outgoing:
            return relation
        inverses = (other for predicate, other in outgoing + incoming if predicate == v.OWL_INVERSE_OF)
        inverse = next(inverses, None)
        return None if inverse is None else self.entity_iri(inverse)

    def relation_entities(self) -> npt.NDArray[np.int64]:
        """Return the entities that are relations, sorted: used in a triple, or declared a property."""
        numbers = self.entity_ids(self.relation_iris)
        if v.RDF_TYPE in self.relation_iris:
            heads, classes, _ = self.edges(v.RDF_TYPE)
            declared = heads[np.isin(classes, self.entity_ids(v.PROPERTY_CLASSES))]
            numbers = np.concatenate([numbers, declared.astype(np.int64)])
        return np.unique(numbers[numbers >= 0])
