"""Statements out to Parquet, as :mod:`graphs.readers.tables.parquet` reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from graphs.block import Codes
from graphs.readers.tables.literal_rows import language_tag
from graphs.store import Store
from graphs.writers.packing import created
from graphs.writers.tables.names import NameTexts
from graphs.writers.tables.statements import LiteralRows, TripleRows, count_lost, details
from graphs.writers.written import Written

__all__ = ["write_parquet"]

_ROWS: Final = 1 << 20
_TEXT: Final = pa.dictionary(pa.int32(), pa.large_string())
_SCHEMA: Final = pa.schema(
    {
        "head": _TEXT,
        "relation": _TEXT,
        "tail": pa.large_string(),
        "kind": _TEXT,
        "language": _TEXT,
        "datatype": _TEXT,
        "weight": pa.float32(),
        "graph": _TEXT,
    }
)
_NAMES: Final = "statements with names that tables cannot hold"
_KINDS: Final = "literals with a language or datatype that is none"


def write_parquet(store: Store, path: Path) -> Written:
    """Write a graph as a Parquet file, a statement a row.

    Raises:
        GraphError: the file cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     written = write_parquet(Store.from_triples([("owl", "eats", "mouse")]), Path(folder, "owls.parquet"))
    ...     pq.read_table(Path(folder, "owls.parquet")).column("tail").to_pylist(), written.statements
    (['mouse'], 1)
    """
    left_out: Counter[str] = Counter()
    rows = 0
    with created(path) as stream, pq.ParquetWriter(stream, _SCHEMA, compression="zstd") as writer:
        for table in (*_triples(store, left_out), *_literals(store, left_out)):
            writer.write_table(table)
            rows += table.num_rows
    return Written(rows, {**details(store), **left_out})


def _triples(store: Store, left_out: Counter[str]) -> Iterator[pa.Table]:
    rows = TripleRows.of(store)
    nodes, relations, graphs = (
        NameTexts.of(names, store.prefixes, literals=False)
        for names in (
            store.columns.entities.column("iri"),
            store.columns.relations.column("iri"),
            rows.graphs,
        )
    )
    good = nodes.heads[rows.head] & nodes.tails[rows.tail] & relations.relations[rows.relation]
    good &= graphs.names_graph[rows.graph]
    count_lost(good, _NAMES, left_out)
    rows = rows.where(good)
    for start in range(0, len(rows), _ROWS):
        part = rows.where(slice(start, start + _ROWS))
        nothing = _texts(pa.array([""], pa.large_string()), np.zeros(len(part), np.int32))
        yield pa.table(
            [
                _texts(nodes.written, part.head),
                _texts(relations.written, part.relation),
                nodes.written.take(pa.array(part.tail)),
                _texts(pa.array(["entity"], pa.large_string()), np.zeros(len(part), np.int32)),
                nothing,
                nothing,
                pa.array(part.weight),
                _texts(graphs.written, part.graph),
            ],
            schema=_SCHEMA,
        )


def _literals(store: Store, left_out: Counter[str]) -> Iterator[pa.Table]:
    rows = LiteralRows.of(store)
    languages, datatypes = (pa.array(names, pa.large_string()) for names in (rows.languages, rows.datatypes))
    nodes, predicates, kinds, graphs = (
        NameTexts.of(names, store.prefixes, literals=False)
        for names in (store.columns.entities.column("iri"), rows.predicates, datatypes, rows.graphs)
    )
    good = nodes.heads[rows.subject] & predicates.relations[rows.predicate] & graphs.names_graph[rows.graph]
    count_lost(good, _NAMES, left_out)
    spoken = np.array([bool(tag) for tag in rows.languages], np.bool_)[rows.language]
    typed = np.array([bool(kind) for kind in rows.datatypes], np.bool_)[rows.datatype]
    fit = np.array([language_tag(tag) is not None for tag in rows.languages], np.bool_)[rows.language]
    fit &= ~(spoken & typed) & (~typed | kinds.relations[rows.datatype])
    count_lost(~good | fit, _KINDS, left_out)
    rows = rows.where(good & fit)
    for start in range(0, len(rows), _ROWS):
        part = rows.where(slice(start, start + _ROWS))
        yield pa.table(
            [
                _texts(nodes.written, part.subject),
                _texts(predicates.written, part.predicate),
                part.value,
                _texts(pa.array(["literal"], pa.large_string()), np.zeros(len(part), np.int32)),
                _texts(languages, part.language),
                _texts(kinds.written, part.datatype),
                pa.array(part.weight),
                _texts(graphs.written, part.graph),
            ],
            schema=_SCHEMA,
        )


def _texts(texts: pa.LargeStringArray, codes: Codes) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes), texts)
