"""Tables of triples out: TSV (PyKEEN, GraIL) and CSV, as :mod:`graphs.readers.tables.triples` reads them.

There are three columns and no header, unless a weight or a named graph has to be told. Literals are written in the
syntax of N-Triples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs.bare_names import NAMES
from graphs.block import Codes, Weights
from graphs.iris import is_iri
from graphs.readers.tables.rows import TRIPLE
from graphs.readers.tables.triples import ROLES
from graphs.store import Store
from graphs.writers.packing import created
from graphs.writers.tables.names import NameTexts
from graphs.writers.tables.statements import LiteralRows, TripleRows, count_lost, details
from graphs.writers.terms import datatype_suffixes, escaped, joined, language_suffixes
from graphs.writers.written import Written

__all__ = ["write_csv", "write_tsv"]

_ROWS: Final = 500_000
_NAMES: Final = "statements with names that tables cannot hold"
_KINDS: Final = "literals with a language or datatype that N-Triples cannot write"

Columns = Mapping[str, pa.Array]
Flags = npt.NDArray[np.bool_]


def write_tsv(store: Store, path: Path) -> Written:
    """Write a graph as tab-separated triples.

    Raises:
        GraphError: the file cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> graph = Store.from_triples([("owl", "eats", "mouse")], literals=[("owl", "name", "Eule", "de")])
    >>> with TemporaryDirectory() as folder:
    ...     written = write_tsv(graph, Path(folder, "owls.tsv"))
    ...     print(Path(folder, "owls.tsv").read_text().expandtabs(8), written.lost)
    owl     eats    mouse
    owl     name    "Eule"@de
     {}
    """
    return _write(store, path, "\t")


def write_csv(store: Store, path: Path) -> Written:
    """Write a graph as comma-separated triples, with quotes where RFC 4180 needs them.

    Raises:
        GraphError: the file cannot be written.
    """
    return _write(store, path, ",")


def _write(store: Store, path: Path, separator: str) -> Written:
    left_out: Counter[str] = Counter()
    tables = [_triple_columns(store, left_out), _literal_columns(store, left_out)]
    header = _header(tables)
    with created(path) as stream:
        if header:
            stream.write(separator.join(header).encode() + b"\n")
        for columns in tables:
            for lines in _lines([columns[name] for name in header or TRIPLE], separator):
                stream.write(b"".join(lines.cast(pa.large_binary()).to_pylist()))
    return Written(sum(len(columns["head"]) for columns in tables), {**details(store), **left_out})


def _triple_columns(store: Store, left_out: Counter[str]) -> Columns:
    """Return the texts of triples between entities, by column."""
    rows = TripleRows.of(store)
    nodes = NameTexts.of(store.columns.entities.column("iri"), store.prefixes)
    relations = NameTexts.of(store.columns.relations.column("iri"), store.prefixes)
    graphs = NameTexts.of(rows.graphs, store.prefixes)
    good = nodes.heads[rows.head] & nodes.tails[rows.tail] & relations.relations[rows.relation]
    good &= graphs.names_graph[rows.graph]
    count_lost(good, _NAMES, left_out)
    rows = rows.where(good)
    return {
        "head": _texts(nodes.written, rows.head),
        "relation": _texts(relations.written, rows.relation),
        "tail": _texts(nodes.written, rows.tail),
        "weight": _numbers(rows.weight),
        "graph": _texts(graphs.written, rows.graph),
    }


def _literal_columns(store: Store, left_out: Counter[str]) -> Columns:
    """Return the texts of literals, by column."""
    rows = LiteralRows.of(store)
    nodes = NameTexts.of(store.columns.entities.column("iri"), store.prefixes)
    predicates = NameTexts.of(rows.predicates, store.prefixes)
    graphs = NameTexts.of(rows.graphs, store.prefixes)
    languages, odd = language_suffixes(rows.languages)
    datatypes, of_language = datatype_suffixes(rows.datatypes, NAMES)
    named = np.array([not datatype or is_iri(datatype) for datatype in rows.datatypes], np.bool_)
    good = nodes.heads[rows.subject] & predicates.relations[rows.predicate] & graphs.names_graph[rows.graph]
    count_lost(good, _NAMES, left_out)
    fit = ~odd[rows.language] & (named & ~of_language)[rows.datatype]
    fit &= (
        np.array([not text for text in languages], np.bool_)[rows.language]
        | np.array([not text for text in datatypes], np.bool_)[rows.datatype]
    )
    count_lost(~good | fit, _KINDS, left_out)
    rows = rows.where(good & fit)
    suffixes = [pa.array(texts, pa.large_string()) for texts in (languages, datatypes)]
    language, datatype = (
        texts.take(pa.array(codes))
        for texts, codes in zip(suffixes, (rows.language, rows.datatype), strict=True)
    )
    return {
        "head": _texts(nodes.written, rows.subject),
        "relation": _texts(predicates.written, rows.predicate),
        "tail": joined('"', escaped(rows.value), '"', language, datatype),
        "weight": _numbers(rows.weight),
        "graph": _texts(graphs.written, rows.graph),
    }


def _texts(texts: pa.LargeStringArray, codes: Codes) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes), texts)


def _numbers(weights: Weights) -> pa.DictionaryArray:
    """Return weights in the fewest digits that give them back."""
    found, codes = np.unique(weights, return_inverse=True)
    return _texts(pa.array([str(weight) for weight in found], pa.large_string()), codes.astype(np.int32))


def _header(tables: Sequence[Columns]) -> tuple[str, ...]:
    """Return the names of the columns, or nothing where they go without saying."""
    weighted = any(columns["weight"].dictionary.to_pylist() not in ([], ["1.0"]) for columns in tables)
    graphs = any(any(pc.unique(columns["graph"]).dictionary_decode().to_pylist()) for columns in tables)
    extra = ("weight",) * weighted + ("graph",) * graphs
    first = next(
        ([columns[name][0].as_py() for name in TRIPLE] for columns in tables if len(columns["head"])), []
    )
    # The first triple itself could be taken for a header: "head relation tail".
    like_header = sum(text.strip().strip('"').lower() in ROLES for text in first) > 1
    return (*TRIPLE, *extra) if extra or like_header else ()


def _lines(columns: Sequence[pa.Array], separator: str) -> Iterator[pa.LargeStringArray]:
    """Yield lines, many at a time."""
    if separator == ",":
        columns = [_quoted(column) for column in columns]
    for start in range(0, len(columns[0]), _ROWS):
        parts: list[pa.LargeStringArray | str] = []
        for column in columns:
            texts = column.slice(start, _ROWS)
            parts += [texts.dictionary_decode() if pa.types.is_dictionary(texts.type) else texts, separator]
        yield joined(*parts[:-1], "\n")


def _quoted(texts: pa.Array) -> pa.Array:
    """Return texts as cells of CSV: in quotes where they hold quotes or commas."""
    if pa.types.is_dictionary(texts.type):
        return pa.DictionaryArray.from_arrays(texts.indices, _quoted(texts.dictionary))
    doubled = joined('"', pc.replace_substring(texts, '"', '""'), '"')
    return pc.if_else(pc.match_substring_regex(texts, '[",]'), doubled, texts)
