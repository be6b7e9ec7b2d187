"""Rows of literals whose parts stand in columns of their own, many at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyoxigraph as ox

from graphs import vocabulary as v
from graphs.block import Block, Codes, LiteralCodes, Pools, TripleCodes, constant
from graphs.readers.tables.naming import NameProblem, Naming
from graphs.readers.tables.rows import (
    Layout,
    Problem,
    Taken,
    fitting,
    graph_names,
    named_columns,
    row_problem,
    row_weights,
    used_names,
)

__all__ = ["language_tag", "take_literal_rows"]

_PLAIN: Final = (v.XSD_STRING, v.RDF_LANG_STRING, v.RDF_DIR_LANG_STRING)
_DIRECTIONS: Final = ("ltr", "rtl")

Flags = npt.NDArray[np.bool_]


def take_literal_rows(columns: Mapping[str, pa.Array], lines: npt.NDArray[np.int64], layout: Layout) -> Taken:
    """Make literals of rows.

    Args:
        columns: ``head``, ``relation``, ``tail`` (the lexical form), ``language``, ``datatype``, and ``weight`` and
            ``graph`` where there are such: large strings, dictionary-encoded or not; what is missing is empty.
        lines: the line of each row, for problems.
        layout: how names become entities, and what goes with every statement.

    >>> from graphs.readers.tables.naming import Naming
    >>> cells = {"head": "owl", "relation": "name", "tail": "Eule", "language": "de", "datatype": ""}
    >>> columns = {role: pa.array([text], pa.large_string()) for role, text in cells.items()}
    >>> taken = take_literal_rows(columns, np.array([1]), Layout((), Naming()))
    >>> taken.block.pools.values.to_pylist(), taken.block.pools.languages.to_pylist(), taken.problems
    (['Eule'], ['de'], [])
    """
    rows = len(lines)
    names = {
        role: named_columns([columns[role]], layout.naming, literals=layout.literals)[0]
        for role in ("head", "relation", "graph")
        if role in columns
    }
    weights, good = row_weights(columns.get("weight"), rows)
    datatype = _Choices.of(columns["datatype"], lambda text: _datatype(text, layout.naming))
    language = _Choices.of(columns["language"], language_tag)
    value = columns["tail"].dictionary_encode()
    faults = {
        "the datatype is not an IRI": ~datatype.good,
        "the language is not a tag of BCP 47": ~language.good,
        "a literal has a language or a datatype, not both": ~language.empty & ~datatype.empty,
    }
    good &= fitting(names) & ~np.logical_or.reduce(list(faults.values()))
    kept = np.flatnonzero(good)
    graphs, graph = graph_names(names.get("graph"), layout.graph, rows)
    nodes, (subjects,) = used_names(names["head"].texts.names, [names["head"].codes[kept]])
    predicates, (predicate,) = used_names(names["relation"].texts.names, [names["relation"].codes[kept]])
    pools = Pools.of(
        nodes=nodes,
        predicates=predicates,
        values=value.dictionary,
        languages=language.names,
        datatypes=datatype.names,
        sources=[layout.source],
        graphs=graphs,
    )
    literals = LiteralCodes(
        subject=subjects,
        predicate=predicate,
        value=value.indices.to_numpy()[kept],
        language=language.codes[kept],
        datatype=datatype.codes[kept],
        source=constant(0, len(kept)),
        graph=graph[kept],
        weight=weights[kept],
    )
    nothing = np.zeros(0, np.int32)
    triples = TripleCodes(nothing, nothing, nothing, nothing, nothing, np.zeros(0, np.float32))
    problems = []
    for row in np.flatnonzero(~good).tolist():
        reason = next((found for found, faulty in faults.items() if faulty[row]), None)
        problems.append(Problem(int(lines[row]), reason or row_problem(row, names, columns.get("weight"))))
    return Taken(Block(pools, triples, literals), problems)


@dataclass(frozen=True, slots=True)
class _Choices:
    """A column of texts that repeat: what they stand for, the number of each row's, and which rows have a valid one."""

    names: list[str]
    codes: Codes
    good: Flags
    empty: Flags

    @classmethod
    def of(cls, column: pa.Array, meaning: Callable[[str], str | None]) -> _Choices:
        encoded = column.dictionary_encode()
        found = [meaning(text) for text in encoded.dictionary.to_pylist()]
        codes = encoded.indices.to_numpy()
        good = np.array([name is not None for name in found], np.bool_)
        empty = np.array([name == "" for name in found], np.bool_)
        return cls([name or "" for name in found], codes, good[codes], empty[codes])


def language_tag(text: str) -> str | None:
    """Return a language tag (BCP 47), maybe with a base direction (RDF 1.2), as the store keeps it: in lower case.

    Nothing stands for no language; what is no tag gives None.

    >>> [language_tag(text) for text in ("", "en-GB", "ar--rtl", "en_GB", "ar--up")]
    ['', 'en-gb', 'ar--rtl', None, None]
    """
    language, dashes, direction = text.partition("--")
    if not text:
        return ""
    try:
        found = ox.Literal("", language=language).language
    except ValueError:
        return None
    return None if found is None or (dashes and direction not in _DIRECTIONS) else found + dashes + direction


def _datatype(text: str, naming: Naming) -> str | None:
    """Return the datatype that a text names, empty for plain text and text in a language; None if it names none."""
    if text.startswith("_:"):
        return None
    try:
        name = naming.name(text) if text else ""
    except NameProblem:
        return None
    return "" if name in _PLAIN else name
