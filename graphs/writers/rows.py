"""Rows of a graph's tables as lines of N-Quads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs import vocabulary as v
from graphs.store import Store
from graphs.writers.terms import (
    StoreTerms,
    datatype_suffixes,
    escaped,
    joined,
    language_suffixes,
    resources,
)
from graphs.writers.writable import Dialect

__all__ = ["LiteralTexts", "Rows", "TripleTexts"]

_WEIGHT: Final = "http://purl.org/ontology/wo/core#weight"
"""Of the Weighting Ontology, https://smiy.sourceforge.net/wo/spec/weightingontology.html"""
_LANGUAGES: Final = "language tags that are not BCP 47"
_DATATYPES: Final = "datatypes that need a language"
_BOTH: Final = "datatypes of texts that have a language"

Rows = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]


class _Parts(NamedTuple):
    """Subjects, predicates and objects as they are written; graphs with a space before them, or empty."""

    subject: pa.LargeStringArray
    predicate: pa.LargeStringArray
    object: pa.LargeStringArray
    graph: pa.LargeStringArray


class _Texts(ABC):
    """Rows of a table of statements, as text."""

    def __init__(self, table: pa.RecordBatch, dialect: Dialect, namespace: str) -> None:
        self._table = table
        names = table.column("graph").dictionary.cast(pa.large_string())
        written = resources(names, namespace).written.to_pylist()
        found = zip(names.to_pylist(), written, strict=True)
        self._graphs = _strings([f" {term}" if dialect.graphs and name else "" for name, term in found])

    @abstractmethod
    def subjects(self, rows: Rows) -> Codes:
        """Return the numbers of the subjects."""

    @abstractmethod
    def _parts(self, rows: Rows) -> _Parts:
        """Return the parts of lines."""

    def graph_terms(self, rows: Rows) -> pa.DictionaryArray:
        """Return the graphs, as they stand in lines."""
        graphs = self._graphs.dictionary_encode()
        return pa.DictionaryArray.from_arrays(
            graphs.indices.take(self._column("graph", rows).indices), graphs.dictionary
        )

    def lines(self, rows: Rows) -> pa.LargeStringArray:
        """Return a line for every row."""
        parts = self._parts(rows)
        return joined(parts.subject, " ", parts.predicate, " ", parts.object, parts.graph, " .\n")

    def told(self, rows: Rows, nodes: pa.LargeStringArray) -> tuple[pa.LargeStringArray, int]:
        """Return, for every row, lines that say of a node which statement it is, its source and its weight.

        Args:
            rows: rows of the table.
            nodes: a blank node for each.

        Returns:
            The lines of each row, and how many there are altogether.
        """
        subject, predicate, value, graph = self._parts(rows)
        end = joined(graph, " .\n")
        sources = self._column("source", rows)
        names = sources.dictionary.cast(pa.large_string())
        quoted = joined(f' <{v.DCTERMS_SOURCE}> "', escaped(names), '"').take(sources.indices)
        weights = self._column("weight", rows)
        numbers = joined(f' <{_WEIGHT}> "', weights.cast(pa.large_string()), f'"^^<{v.XSD}float>')
        has_source = np.array([bool(name) for name in names.to_pylist()], np.bool_)[
            sources.indices.to_numpy()
        ]
        has_weight = weights.to_numpy() != 1
        nothing = _strings([""] * len(rows))
        pairs = [
            (f" <{v.RDF_TYPE}> <{v.RDF_STATEMENT}>",),
            (f" <{v.RDF_SUBJECT}> ", subject),
            (f" <{v.RDF_PREDICATE}> ", predicate),
            (f" <{v.RDF_OBJECT}> ", value),
        ]
        lines = [joined(nodes, *pair, end) for pair in pairs]
        for present, pair in ((has_source, quoted), (has_weight, numbers)):
            lines.append(pc.if_else(pa.array(present), joined(nodes, pair, end), nothing))
        return joined(*lines), len(pairs) * len(rows) + int(has_source.sum()) + int(has_weight.sum())

    def _column(self, name: str, rows: Rows) -> Any:
        return self._table.column(name).take(pa.array(rows))


class TripleTexts(_Texts):
    """Rows of ``columns.statements``, as text."""

    def __init__(self, store: Store, terms: StoreTerms, dialect: Dialect, namespace: str) -> None:
        super().__init__(store.columns.statements, dialect, namespace)
        self._store, self._terms = store, terms

    def subjects(self, rows: Rows) -> Codes:
        """Return the numbers of the heads."""
        return self._store.heads[self._triple(rows)]

    def _triple(self, rows: Rows) -> Codes:
        return np.asarray(self._column("triple", rows).to_numpy())

    def _parts(self, rows: Rows) -> _Parts:
        store, terms = self._store, self._terms
        triple = self._triple(rows)
        nodes = terms.nodes.written
        return _Parts(
            nodes.take(pa.array(store.heads[triple])),
            terms.relations.take(pa.array(store.relation_ids[triple])),
            nodes.take(pa.array(store.tails[triple])),
            self._graphs.take(self._column("graph", rows).indices),
        )


class LiteralTexts(_Texts):
    """Rows of ``columns.literals``, as text."""

    def __init__(self, store: Store, terms: StoreTerms, dialect: Dialect, namespace: str) -> None:
        table = store.columns.literals
        super().__init__(table, dialect, namespace)
        self._terms = terms
        languages = table.column("language").dictionary.to_pylist()
        suffixes, self._no_language = language_suffixes(languages, directions=dialect.rdf12)
        self._languages = _strings(suffixes)
        self._tagged = np.array([bool(suffix) for suffix in suffixes], np.bool_)
        datatypes = table.column("datatype").dictionary.to_pylist()
        suffixes, self._no_datatype = datatype_suffixes(datatypes, namespace)
        self._datatypes = _strings([*suffixes, ""])
        self._typed = np.array([bool(suffix) for suffix in suffixes], np.bool_)

    def subjects(self, rows: Rows) -> Codes:
        """Return the numbers of the subjects."""
        return np.asarray(self._column("subject", rows).to_numpy())

    def misfits(self, rows: Rows) -> Counter[str]:
        """Count the languages and datatypes that are left out, because RDF has no such texts."""
        language, datatype = self._codes("language", rows), self._codes("datatype", rows)
        tagged = self._tagged[language]
        found = {
            _LANGUAGES: self._no_language[language],
            _DATATYPES: self._no_datatype[datatype] & ~tagged,
            _BOTH: self._typed[datatype] & tagged,
        }
        return Counter({what: int(flags.sum()) for what, flags in found.items() if flags.any()})

    def _codes(self, name: str, rows: Rows) -> Codes:
        return np.asarray(self._column(name, rows).indices.to_numpy())

    def _parts(self, rows: Rows) -> _Parts:
        language, datatype = self._codes("language", rows), self._codes("datatype", rows)
        datatype = np.where(self._tagged[language], len(self._datatypes) - 1, datatype)
        texts = joined(
            '"',
            escaped(self._column("value", rows)),
            '"',
            self._languages.take(pa.array(language)),
            self._datatypes.take(pa.array(datatype)),
        )
        return _Parts(
            self._terms.nodes.written.take(pa.array(self.subjects(rows))),
            self._terms.predicates.take(self._column("predicate", rows).indices),
            texts,
            self._graphs.take(self._column("graph", rows).indices),
        )


def _strings(texts: list[str]) -> pa.LargeStringArray:
    return pa.array(texts, pa.large_string())
