"""Neo4j's import files out: a file of nodes and a file of relationships, with their headers.

The two stand beside each other, ``kg_nodes.csv`` and ``kg_relationships.csv`` for ``kg.csv``, or in a folder, as
``nodes.csv`` and ``relationships.csv``. Each entity is a node with its IRI as its ID, each ``rdf:type`` a label, each
literal a property, each other triple a relationship. Nodes that only relationships speak of have the label
``urn:graphs:end``. Statements about triples become properties of relationships again.
"""

from __future__ import annotations

import csv
import heapq
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import IO, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from graphs import vocabulary as v
from graphs.readers.tables.families import pair_paths
from graphs.readers.tables.literal_rows import language_tag
from graphs.readers.tables.neo4j import ARRAY, END, lexical_form
from graphs.readers.tables.neo4j_header import STATEMENT, property_name, property_type
from graphs.store import Store
from graphs.writers.packing import created
from graphs.writers.tables.folding import fold
from graphs.writers.tables.names import NameTexts
from graphs.writers.tables.statements import LiteralRows, TripleRows, count_lost, details
from graphs.writers.written import Written

__all__ = ["write_neo4j"]

_ROWS: Final = 100_000
_BUFFER: Final = 1 << 20
_NAMES: Final = "statements with names that tables cannot hold"
_KINDS: Final = "literals with a language or datatype that is none"
_TEXTS: Final = "texts that are empty, hold NUL, or hold semicolons in a list"

Mask = npt.NDArray[np.bool_]


class _Column(NamedTuple):
    """A property: its name, and the type of its values."""

    name: str
    type: str


class _Node(NamedTuple):
    """What is said of an entity: its labels, and its properties."""

    entity: int
    labels: list[str]
    properties: dict[_Column, list[str]]


_NOTHING: Final = _Node(-1, [], {})


def write_neo4j(store: Store, path: Path) -> Written:
    """Write a graph as two files for Neo4j's import tool.

    Named graphs and weights have no place there, nor have empty texts.

    Args:
        store: the graph.
        path: a folder, or a name from which those of the two files are made.

    Raises:
        GraphError: a file cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     written = write_neo4j(Store.from_triples([("owl", "eats", "mouse")]), Path(folder))
    ...     Path(folder, "relationships.csv").read_text().split()
    [':START_ID,:END_ID,:TYPE', 'owl,mouse,eats']
    """
    left_out: Counter[str] = Counter()
    graph = _Graph(store, left_out)
    nodes, relationships = pair_paths(path, ".csv", "relationships")
    with created(nodes) as stream:
        _write(stream, [":ID", ":LABEL"], graph.nodes, left_out)
    with created(relationships) as stream:
        _write(stream, [":START_ID", ":END_ID", ":TYPE"], graph.relationships, left_out)
    lost = sum(left_out[what] for what in (_NAMES, _KINDS, _TEXTS))
    return Written(graph.statements - lost, {**details(store), **left_out})


class _Graph:
    """The nodes and relationships of a graph."""

    def __init__(self, store: Store, left_out: Counter[str]) -> None:
        rows, literals = TripleRows.of(store).plain(left_out), LiteralRows.of(store).plain(left_out)
        self.statements = len(rows) + len(literals)
        nodes, relations = (
            NameTexts.of(names, store.prefixes, literals=False)
            for names in (store.columns.entities.column("iri"), store.columns.relations.column("iri"))
        )
        good = nodes.heads[rows.head] & nodes.tails[rows.tail] & relations.relations[rows.relation]
        count_lost(good, _NAMES, left_out)
        count_lost(nodes.heads[literals.subject], _NAMES, left_out)
        self._rows = rows = rows.where(good)
        self._literals = literals = literals.where(nodes.heads[literals.subject])
        self._nodes, self._relations = nodes.written, relations.written.to_pylist()
        self._folded = fold(store, rows).alone(rows)
        folded = np.zeros(len(rows), np.bool_)
        folded[self._folded.edge] = True
        self._describing = np.zeros(store.num_entities, np.bool_)
        self._describing[self._folded.statement] = True
        self._labels = self._are_labels(store) & ~self._folded.describing & ~folded
        self._plain = ~(self._labels | self._folded.describing | folded)

    def _are_labels(self, store: Store) -> Mask:
        """Tell which triples are such that labels can say them."""
        if v.RDF_TYPE not in store.relation_iris:
            return np.zeros(len(self._rows), np.bool_)
        types = self._rows.relation == store.relation_id(v.RDF_TYPE)
        named = np.zeros(store.num_entities, np.bool_)
        classes = np.unique(self._rows.tail[types])
        names = zip(store.entity_iris(classes), self._texts(classes), strict=True)
        named[classes] = [
            not iri.startswith("<<(") and ARRAY not in text and text != END for iri, text in names
        ]
        return np.asarray(types & named[self._rows.tail])

    def _texts(self, entities: npt.NDArray[np.int32]) -> list[str]:
        texts: list[str] = self._nodes.take(entities).to_pylist()
        return texts

    def nodes(self, left_out: Counter[str]) -> Iterator[tuple[list[str], dict[_Column, list[str]]]]:
        """Yield the ID and the labels of each node, and its properties."""
        ends = self._rows.where(self._plain | self._edges())
        known = np.unique(
            np.concatenate([ends.head, ends.tail, self._rows.head[self._labels], self._literals.subject])
        )
        known = known[~self._describing[known]]
        described = self._described(left_out, of_edges=False)
        node = next(described, _NOTHING)
        for start in range(0, len(known), _ROWS):
            part = known[start : start + _ROWS]
            for entity, name in zip(part.tolist(), self._texts(part), strict=True):
                labels, properties = [END], {}
                if node.entity == entity:
                    labels, properties = node.labels or ([] if node.properties else labels), node.properties
                    node = next(described, _NOTHING)
                yield [name, ARRAY.join(labels)], properties

    def relationships(self, left_out: Counter[str]) -> Iterator[tuple[list[str], dict[_Column, list[str]]]]:
        """Yield the ends and the type of each relationship, and its properties."""
        described = self._described(left_out, of_edges=True)
        node = next(described, _NOTHING)
        statements = zip(
            self._folded.statement.tolist(),
            self._texts(self._folded.statement),
            self._ends(self._folded.edge),
            strict=True,
        )
        for entity, name, ends in statements:
            properties: dict[_Column, list[str]] = {}
            if node.entity == entity:
                properties, node = node.properties, next(described, _NOTHING)
            if not name.startswith("_:") or not properties:
                properties = {_Column(STATEMENT, "string"): [name], **properties}
            yield ends, properties
        for ends in self._ends(np.flatnonzero(self._plain)):
            yield ends, {}

    def _edges(self) -> Mask:
        edges = np.zeros(len(self._rows), np.bool_)
        edges[self._folded.edge] = True
        return edges

    def _ends(self, rows: npt.NDArray[np.int64]) -> Iterator[list[str]]:
        for start in range(0, len(rows), _ROWS):
            part = rows[start : start + _ROWS]
            heads, tails = self._texts(self._rows.head[part]), self._texts(self._rows.tail[part])
            kinds = [self._relations[number] for number in self._rows.relation[part].tolist()]
            yield from map(list, zip(heads, tails, kinds, strict=True))

    def _described(self, left_out: Counter[str], *, of_edges: bool) -> Iterator[_Node]:
        """Yield entities with their labels and properties, in order; those that have neither are left out."""
        chosen = self._describing if of_edges else ~self._describing
        merged = heapq.merge(
            self._label_cells(np.flatnonzero(self._labels & chosen[self._rows.head])),
            self._property_cells(chosen, left_out),
            key=lambda said: said[0],
        )
        for entity, group in groupby(merged, key=lambda said: said[0]):
            node = _Node(entity, [], {})
            for _, column, text in group:
                if column is None:
                    node.labels.append(text)
                else:
                    node.properties.setdefault(column, []).append(text)
            yield node

    def _label_cells(self, rows: npt.NDArray[np.int64]) -> Iterator[tuple[int, None, str]]:
        for start in range(0, len(rows), _ROWS):
            part = rows[start : start + _ROWS]
            heads, labels = self._rows.head[part].tolist(), self._texts(self._rows.tail[part])
            for head, label in zip(heads, labels, strict=True):
                yield head, None, label

    def _property_cells(self, chosen: Mask, left_out: Counter[str]) -> Iterator[tuple[int, _Column, str]]:
        literals = self._literals
        columns = _Columns(literals)
        for start in range(0, len(literals), _ROWS):
            part = literals.where(slice(start, start + _ROWS))
            part = part.where(chosen[part.subject])
            codes = (part.subject, part.predicate, part.language, part.datatype)
            said = zip(*(column.tolist() for column in codes), part.value.to_pylist(), strict=True)
            for subject, predicate, language, datatype, text in said:
                column = columns.of(predicate, language, datatype, text)
                if column is None:
                    left_out[_KINDS] += 1
                elif not text or "\0" in text:
                    left_out[_TEXTS] += 1
                else:
                    yield subject, column, text


class _Columns:
    """The columns of literals."""

    def __init__(self, literals: LiteralRows) -> None:
        self._predicates = literals.predicates.to_pylist()
        self._languages, self._datatypes = literals.languages, literals.datatypes
        self._known: dict[tuple[int, int, int, bool], _Column | None] = {}

    def of(self, predicate: int, language: int, datatype: int, text: str) -> _Column | None:
        """Return the column of a literal; a value that is not valid for its type is a text of that datatype."""
        kind = property_type(self._datatypes[datatype])
        fits = kind is not None and lexical_form(text, kind) == text
        key = (predicate, language, datatype, fits)
        if key not in self._known:
            self._known[key] = self._column(
                self._predicates[predicate],
                self._languages[language],
                self._datatypes[datatype],
                kind if fits else None,
            )
        return self._known[key]

    @staticmethod
    def _column(predicate: str, language: str, datatype: str, kind: str | None) -> _Column | None:
        if (language and datatype) or language_tag(language) is None:
            return None
        name = property_name(predicate, language, "" if kind else datatype)
        return None if name is None else _Column(name, kind or "string")


Rows = Callable[[Counter[str]], Iterator[tuple[list[str], dict[_Column, list[str]]]]]


def _write(stream: IO[bytes], first: Sequence[str], rows: Rows, left_out: Counter[str]) -> None:
    """Write rows, after looking at all of them for the properties that they have, and which are lists."""
    found: dict[_Column, bool] = {}
    for _, properties in rows(Counter()):
        for column, texts in properties.items():
            found[column] = found.get(column, False) or len(texts) > 1
    columns = sorted(found)
    header = [f"{name}:{kind}{'[]' * found[_Column(name, kind)]}" for name, kind in columns]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([*first, *header])
    for cells, properties in rows(left_out):
        for column in columns:
            texts = properties.get(column, [])
            if found[column]:
                kept = [text for text in texts if ARRAY not in text]
                if len(kept) < len(texts):
                    left_out[_TEXTS] += len(texts) - len(kept)
                texts = kept
            cells.append(ARRAY.join(texts))
        writer.writerow(cells)
        if buffer.tell() > _BUFFER:
            stream.write(buffer.getvalue().encode())
            buffer.seek(0)
            buffer.truncate()
    stream.write(buffer.getvalue().encode())
