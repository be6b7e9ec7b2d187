"""The different statements of a graph, whoever makes them: what goes into a table that has no place for sources."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs.block import Codes, Weights
from graphs.operations.distinct import literal_starts, statement_starts
from graphs.ordering import changes
from graphs.store import Store
from graphs.writers.written import GRAPH_NAMES, PREFIXES, SOURCES, WEIGHTS

__all__ = ["LiteralRows", "TripleRows", "count_lost", "details"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TripleRows:
    """Triples, each once in each named graph, with the greatest of its weights; one entry a row.

    Attributes:
        head: numbers of entities.
        relation: numbers of relations.
        tail: numbers of entities.
        graph: numbers in ``graphs``.
        weight: how sure each is.
        graphs: names of graphs.
    """

    head: Codes
    relation: Codes
    tail: Codes
    graph: Codes
    weight: Weights
    graphs: pa.LargeStringArray

    @classmethod
    def of(cls, store: Store) -> Self:
        """Return those of a graph, sorted by relation, head, tail and graph.

        >>> TripleRows.of(Store.from_triples([("ex:owl", "ex:eats", "ex:mouse")])).tail.tolist()
        [0]
        """
        table = store.columns.statements
        first, weight = _greatest(statement_starts(table), table)
        triple = table.column("triple").to_numpy()[first]
        graph = table.column("graph")
        return cls(
            store.heads[triple],
            store.relation_ids[triple],
            store.tails[triple],
            _codes(graph)[first],
            weight,
            _strings(graph),
        )

    def __len__(self) -> int:
        return len(self.head)

    def without_graphs(self, left_out: Counter[str]) -> Self:
        """Return each triple once, with its greatest weight, for a format without named graphs; count these."""
        default = np.array([not name for name in self.graphs.to_pylist()], np.bool_)
        count_lost(default[self.graph], GRAPH_NAMES, left_out)
        starts = changes([self.relation, self.head, self.tail])
        first = np.flatnonzero(starts)
        weight = np.maximum.reduceat(self.weight, first) if len(first) else self.weight
        return replace(self.where(starts), weight=weight)

    def plain(self, left_out: Counter[str]) -> Self:
        """Return each triple once, for a format without named graphs or weights; count what that leaves out."""
        count_lost(self.weight == 1, WEIGHTS, left_out)
        return self.without_graphs(left_out)

    def where(self, rows: Mask | slice) -> Self:
        """Return some of the rows."""
        return type(self)(
            self.head[rows],
            self.relation[rows],
            self.tail[rows],
            self.graph[rows],
            self.weight[rows],
            self.graphs,
        )


@dataclass(frozen=True, slots=True)
class LiteralRows:
    """Literals, each once in each named graph, with the greatest of its weights; one entry a row.

    Attributes:
        subject: numbers of entities.
        predicate: numbers in ``predicates``.
        value: lexical forms.
        language: numbers in ``languages``.
        datatype: numbers in ``datatypes``.
        graph: numbers in ``graphs``.
        weight: how sure each is.
        predicates: IRIs of predicates.
        languages: BCP 47 tags.
        datatypes: IRIs of datatypes.
        graphs: names of graphs.
    """

    subject: Codes
    predicate: Codes
    value: pa.LargeStringArray
    language: Codes
    datatype: Codes
    graph: Codes
    weight: Weights
    predicates: pa.LargeStringArray
    languages: list[str]
    datatypes: list[str]
    graphs: pa.LargeStringArray

    @classmethod
    def of(cls, store: Store) -> Self:
        """Return those of a graph."""
        table = store.columns.literals
        first, weight = _greatest(literal_starts(table), table)
        coded = {name: table.column(name) for name in ("predicate", "language", "datatype", "graph")}
        code = {name: _codes(column)[first] for name, column in coded.items()}
        return cls(
            table.column("subject").to_numpy()[first],
            code["predicate"],
            table.column("value").take(pa.array(first)),
            code["language"],
            code["datatype"],
            code["graph"],
            weight,
            _strings(coded["predicate"]),
            _strings(coded["language"]).to_pylist(),
            _strings(coded["datatype"]).to_pylist(),
            _strings(coded["graph"]),
        )

    def __len__(self) -> int:
        return len(self.subject)

    def plain(self, left_out: Counter[str]) -> Self:
        """Return each literal once, for a format without named graphs or weights; count what that leaves out."""
        default = np.array([not name for name in self.graphs.to_pylist()], np.bool_)
        count_lost(default[self.graph], GRAPH_NAMES, left_out)
        count_lost(self.weight == 1, WEIGHTS, left_out)
        starts = changes([self.subject, self.predicate, self.language, self.datatype])
        if len(self) > 1:
            starts[1:] |= pc.not_equal(self.value[1:], self.value[:-1]).to_numpy(zero_copy_only=False)
        return self.where(starts)

    def where(self, rows: Mask | slice) -> Self:
        """Return some of the rows."""
        value = self.value[rows] if isinstance(rows, slice) else self.value.filter(pa.array(rows))
        return type(self)(
            self.subject[rows],
            self.predicate[rows],
            value,
            self.language[rows],
            self.datatype[rows],
            self.graph[rows],
            self.weight[rows],
            self.predicates,
            self.languages,
            self.datatypes,
            self.graphs,
        )


def count_lost(good: Mask, what: str, left_out: Counter[str]) -> None:
    """Count the rows that are not good."""
    lost = int(np.count_nonzero(~good))
    if lost:
        left_out[what] += lost


def details(store: Store) -> dict[str, int]:
    """Count what such tables have no place for: sources, where they tell statements apart, and prefixes."""
    sources = store.sources()
    counts = {SOURCES: sum(sources.values()) if len(sources) > 1 else 0, PREFIXES: len(store.prefixes)}
    return {what: count for what, count in counts.items() if count}


def _greatest(starts: Mask, table: pa.RecordBatch) -> tuple[npt.NDArray[np.int64], Weights]:
    """Return the first of rows that say the same, and the greatest weight of each."""
    first = np.flatnonzero(starts)
    weights: npt.NDArray[Any] = table.column("weight").to_numpy()
    return first, np.maximum.reduceat(weights, first) if len(first) else weights


def _codes(column: pa.DictionaryArray) -> Codes:
    return np.asarray(column.indices.to_numpy(zero_copy_only=False))


def _strings(column: pa.DictionaryArray) -> pa.LargeStringArray:
    return column.dictionary.cast(pa.large_string())
