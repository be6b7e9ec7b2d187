"""Which statements of a graph a syntax of RDF has a place for, and how many of which kind it has none for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs import vocabulary as v
from graphs.ordering import changes
from graphs.store import Store
from graphs.writers.terms import StoreTerms
from graphs.writers.written import GRAPH_NAMES, SOURCES, WEIGHTS, Written

__all__ = ["Dialect", "Writable", "writable"]

Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]

_NO_ROWS: Final[Rows] = np.zeros(0, np.int64)
_NAMELESS: Final = "statements whose relation XML cannot name"
_NO_XML: Final = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"
"""Characters that no XML 1.0 document may hold, not even escaped (https://www.w3.org/TR/xml/#charsets)."""
_START: Final = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
)
_START_FAR: Final = "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
_NAME_START: Final = re.compile(f"[{_START}{_START_FAR}]")
_NO_NAME: Final = re.compile(rf"[^{_START}{_START_FAR}\-.0-9\xb7\u0300-\u036f\u203f-\u2040]")
"""Characters that names of XML elements may begin with, and those that they may not hold, apart from the colon:
https://www.w3.org/TR/xml-names/#NT-NCName."""
_XML_NAMESPACES: Final = ("http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/")
_XML_SYNTAX: Final = re.compile(
    re.escape(v.RDF) + "(RDF|ID|about|aboutEach|aboutEachPrefix|annotation|annotationNodeID|bagID|datatype"
    "|Description|li|nodeID|parseType|resource|version)"
)
"""IRIs that are no relations in RDF/XML (https://www.w3.org/TR/rdf12-xml/#section-Namespace)."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a syntax has a place for.

    Attributes:
        graphs: named graphs.
        rdf12: triple terms, and texts with a base direction (https://www.w3.org/TR/rdf12-concepts/).
        xml: relations and texts have to be such that XML can write them.
    """

    graphs: bool = False
    rdf12: bool = True
    xml: bool = False


@dataclass(frozen=True, slots=True)
class Writable:
    """What of a graph is written, by the rows of its tables.

    Attributes:
        statements: rows of ``columns.statements``, each triple once in each graph.
        literals: rows of ``columns.literals``, each literal once in each graph.
        told_statements: rows of ``columns.statements`` whose source or weight is written too.
        told_literals: rows of ``columns.literals`` whose source or weight is written too.
        left_out: how many statements, or parts of them, are not written, by what they are.
    """

    statements: Rows
    literals: Rows
    told_statements: Rows
    told_literals: Rows
    left_out: Counter[str]

    @property
    def lost(self) -> dict[str, int]:
        """What of the statements themselves is not written."""
        return Written(len(self.statements) + len(self.literals), dict(self.left_out)).lost


def writable(store: Store, dialect: Dialect, terms: StoreTerms, provenance: bool = False) -> Writable:
    """Choose what can be written.

    Args:
        store: the graph.
        dialect: what the syntax has a place for.
        terms: how its terms are written.
        provenance: whether sources and weights will be written too.

    >>> graph = Store.from_triples([("ex:a", "ex:1", "ex:b"), ("ex:a", "ex:r", "ex:b")])
    >>> found = writable(graph, Dialect(xml=True), StoreTerms.of(graph))
    >>> found.statements.tolist(), dict(found.left_out)
    ([1], {'statements whose relation XML cannot name': 1})
    """
    left_out: Counter[str] = Counter()
    columns = store.columns
    stated, said = columns.statements, columns.literals
    triple = _numbers(stated, "triple")
    triple_terms = terms.nodes.triples
    nameless = _nameless(terms.relations) if dialect.xml else np.zeros(store.num_relations, np.bool_)
    subject_fault = "statements about triple terms"
    statements, fit_statements = _kept(
        _first(dialect, left_out, stated, ["triple"]),
        [
            (subject_fault, triple_terms[store.heads][triple]),
            ("triple terms", (triple_terms[store.tails] & np.bool_(not dialect.rdf12))[triple]),
            (_NAMELESS, nameless[store.relation_ids][triple]),
        ],
        left_out,
    )
    faults = [(subject_fault, triple_terms[_numbers(said, "subject")])]
    if not dialect.rdf12:
        faults.append(("texts with a base direction", _of_name(said, "language", lambda tag: "--" in tag)))
    if dialect.xml:
        faults.append((_NAMELESS, _nameless(terms.predicates)[_codes(said, "predicate")]))
        odd = pc.match_substring_regex(said.column("value"), _NO_XML)
        faults.append(("texts with characters that XML has no place for", _flags(odd)))
    keys = ["subject", "predicate", "language", "datatype"]
    literals, fit_literals = _kept(_first(dialect, left_out, said, keys, "value"), faults, left_out)
    if not provenance:
        _count_details(store, left_out)
        return Writable(statements, literals, _NO_ROWS, _NO_ROWS, left_out)
    told_statements, told_literals = (
        np.flatnonzero(fit & (_sourced(table) | _weighted(table)))
        for table, fit in ((stated, fit_statements), (said, fit_literals))
    )
    return Writable(statements, literals, told_statements, told_literals, left_out)


def _first(
    dialect: Dialect, left_out: Counter[str], table: pa.RecordBatch, keys: list[str], text: str | None = None
) -> Flags:
    """Mark the first of the rows that say the same in the same graph (or, without named graphs, anywhere)."""
    columns = [_codes(table, name) for name in keys]
    graph = _codes(table, "graph")
    places = changes([*columns, graph])
    starts = changes(columns)
    if text is not None and table.num_rows > 1:
        values = table.column(text)
        differ = _flags(pc.not_equal(values.slice(1), values.slice(0, len(values) - 1)))
        starts[1:] |= differ
        places[1:] |= differ
    if dialect.graphs:
        return places
    named = int((places & _of_name(table, "graph", bool)).sum())
    if named:
        left_out[GRAPH_NAMES] += named
    return starts


def _kept(rows: Flags, faults: Iterable[tuple[str, Flags]], left_out: Counter[str]) -> tuple[Rows, Flags]:
    """Return those of the rows that have no fault, and which rows have none; count each by the first of its faults."""
    fit = np.ones(len(rows), np.bool_)
    for reason, faulty in faults:
        count = int((rows & fit & faulty).sum())
        if count:
            left_out[reason] += count
            fit &= ~faulty
    return np.flatnonzero(rows & fit), fit


def _count_details(store: Store, left_out: Counter[str]) -> None:
    """Count sources, where they tell statements apart, and weights that say more than "yes"."""
    several = len(store.sources()) > 1
    for table in (store.columns.statements, store.columns.literals):
        counts = {SOURCES: int(_sourced(table).sum()) if several else 0, WEIGHTS: int(_weighted(table).sum())}
        left_out.update({what: count for what, count in counts.items() if count})


def _sourced(table: pa.RecordBatch) -> Flags:
    return _of_name(table, "source", bool)


def _weighted(table: pa.RecordBatch) -> Flags:
    return np.asarray(_numbers(table, "weight") != 1)


def _nameless(relations: pa.LargeStringArray) -> Flags:
    """Tell which relations cannot be the name of an XML element."""
    return np.array([not _is_nameable(term[1:-1]) for term in relations.to_pylist()], np.bool_)


def _is_nameable(iri: str) -> bool:
    """Tell whether an IRI ends in a name that XML allows, after a namespace that it allows."""
    ending = _NO_NAME.split(iri)[-1]
    return (
        _NAME_START.search(ending) is not None
        and not _XML_SYNTAX.fullmatch(iri)
        and not iri.startswith(_XML_NAMESPACES)
    )


def _numbers(table: pa.RecordBatch, name: str) -> npt.NDArray[Any]:
    return np.asarray(table.column(name).to_numpy(zero_copy_only=False))


def _codes(table: pa.RecordBatch, name: str) -> npt.NDArray[np.int32]:
    column = table.column(name)
    if pa.types.is_dictionary(column.type):
        column = column.indices
    return np.asarray(column.to_numpy(zero_copy_only=False))


def _of_name(table: pa.RecordBatch, name: str, holds: Any) -> Flags:
    """Tell of which rows a question about their name in one column holds."""
    names = table.column(name).dictionary.to_pylist()
    return np.array([bool(holds(text)) for text in names], np.bool_)[_codes(table, name)]


def _flags(marks: pa.BooleanArray) -> Flags:
    return np.array(marks.to_numpy(zero_copy_only=False), np.bool_)
