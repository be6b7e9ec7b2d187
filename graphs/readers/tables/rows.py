"""Rows of triples, many at a time: columns of texts in, a block of statements out, and what is wrong with the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.block import Block, Codes, LiteralCodes, Pools, TripleCodes, Weights, constant
from graphs.readers.tables.cells import BLANK, EMPTY, ENTITY, INVALID, LITERAL, TERM, Texts, texts_of
from graphs.readers.tables.naming import Naming

__all__ = [
    "TRIPLE",
    "Layout",
    "NameColumn",
    "Problem",
    "Taken",
    "fitting",
    "graph_names",
    "named_columns",
    "row_problem",
    "row_weights",
    "take_rows",
    "used_names",
    "weight_of",
]

TRIPLE: Final = ("head", "relation", "tail")

_ALLOWED: Final = {
    "head": (ENTITY, BLANK),
    "relation": (ENTITY,),
    "tail": (ENTITY, BLANK, TERM, LITERAL),
    "graph": (ENTITY, BLANK, EMPTY),
}
"""What may stand in a column."""
_KINDS: Final = {LITERAL: "a literal", TERM: "a triple term", BLANK: "a blank node", EMPTY: "empty"}
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_GREATEST: Final = float(np.finfo(np.float32).max)

Flags = npt.NDArray[np.bool_]


class Problem(NamedTuple):
    """What is wrong with a row: its line, and the reason."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of a table of triples hold.

    Attributes:
        columns: what each holds: ``head``, ``relation``, ``tail``, and maybe ``weight`` and ``graph``.
        naming: how names become entities.
        source: kept with every statement.
        graph: the named graph of rows that name none.
        literals: whether a tail in the syntax of a literal is one, and not a name.
    """

    columns: tuple[str, ...]
    naming: Naming
    source: str = ""
    graph: str = ""
    literals: bool = True

    def __len__(self) -> int:
        return len(self.columns)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of some rows: their statements, and what is wrong with those that make none."""

    block: Block
    problems: list[Problem]


def take_rows(columns: Mapping[str, pa.Array], lines: npt.NDArray[np.int64], layout: Layout) -> Taken:
    """Make statements of rows.

    Args:
        columns: for every role of the layout, the texts of its column: large strings, dictionary-encoded or not.
        lines: the line of each row, for problems.
        layout: what the columns hold.

    >>> cells = [["owl", "owl", '"x"'], ["eats", "name", "is"], ["mouse", '"Eule"@de', "y"]]
    >>> columns = {role: pa.array(texts, pa.large_string()) for role, texts in zip(TRIPLE, cells)}
    >>> taken = take_rows(columns, np.array([1, 2, 3]), Layout(TRIPLE, Naming()))
    >>> len(taken.block), taken.problems
    (2, [Problem(line=3, reason='the head is a literal, expected a name: "x"')])
    """
    naming = layout.naming
    head, tail = named_columns([columns["head"], columns["tail"]], naming, literals=layout.literals)
    (relation,) = named_columns([columns["relation"]], naming, literals=layout.literals)
    names = {"head": head, "relation": relation, "tail": tail}
    if "graph" in columns:
        (names["graph"],) = named_columns([columns["graph"]], naming, literals=layout.literals)
    weights, good = row_weights(columns.get("weight"), len(lines))
    good &= fitting(names)
    literals = tail.texts.literals
    is_literal = (tail.texts.kinds == LITERAL)[tail.codes]
    triple_rows, literal_rows = np.flatnonzero(good & ~is_literal), np.flatnonzero(good & is_literal)
    value = tail.texts.literal[tail.codes[literal_rows]]
    nodes, (heads, tails, subjects) = used_names(
        tail.texts.names, [head.codes[triple_rows], tail.codes[triple_rows], head.codes[literal_rows]]
    )
    relations, (relation_codes,) = used_names(relation.texts.names, [relation.codes[triple_rows]])
    predicates, (predicate_codes,) = used_names(relation.texts.names, [relation.codes[literal_rows]])
    graphs, graph = graph_names(names.get("graph"), layout.graph, len(lines))
    pools = Pools.of(
        nodes=nodes,
        relations=relations,
        predicates=predicates,
        values=literals.values,
        languages=literals.languages,
        datatypes=literals.datatypes,
        sources=[layout.source],
        graphs=graphs,
    )
    triples = TripleCodes(
        head=heads,
        relation=relation_codes,
        tail=tails,
        source=constant(0, len(triple_rows)),
        graph=graph[triple_rows],
        weight=weights[triple_rows],
    )
    said = LiteralCodes(
        subject=subjects,
        predicate=predicate_codes,
        value=value,
        language=literals.language[value],
        datatype=literals.datatype[value],
        source=constant(0, len(literal_rows)),
        graph=graph[literal_rows],
        weight=weights[literal_rows],
    )
    problems = [
        Problem(int(lines[row]), row_problem(row, names, columns.get("weight")))
        for row in np.flatnonzero(~good).tolist()
    ]
    return Taken(Block(pools, triples, said), problems)


def fitting(names: Mapping[str, NameColumn]) -> Flags:
    """Tell which rows have, in every column, what may stand there."""
    columns = [np.isin(column.texts.kinds, _ALLOWED[role])[column.codes] for role, column in names.items()]
    fit: Flags = np.logical_and.reduce(columns)
    return fit


@dataclass(frozen=True, slots=True)
class NameColumn:
    """A column of names: the texts that stand in it (and maybe others), and the number of each row's."""

    written: pa.LargeStringArray
    texts: Texts
    codes: Codes


def named_columns(columns: list[pa.Array], naming: Naming, *, literals: bool = True) -> list[NameColumn]:
    """Take columns that share their texts."""
    if any(pa.types.is_dictionary(column.type) for column in columns):
        encoded = pa.chunked_array([column.dictionary_encode() for column in columns]).unify_dictionaries()
    else:
        encoded = pa.chunked_array(columns).dictionary_encode()
    if not len(encoded):
        empty = pa.array([], pa.large_string())
        return [NameColumn(empty, texts_of(empty, naming), np.zeros(0, np.int32)) for _ in columns]
    written = encoded.chunk(0).dictionary
    texts = texts_of(written, naming, literals=literals)
    codes = np.concatenate([chunk.indices.to_numpy() for chunk in encoded.chunks])
    return [NameColumn(written, texts, part) for part in np.split(codes, len(columns))]


def used_names(names: pa.LargeStringArray, columns: list[Codes]) -> tuple[pa.LargeStringArray, list[Codes]]:
    """Return the names that some columns point to, and the columns as numbers of these."""
    used = np.zeros(len(names), np.bool_)
    for codes in columns:
        used[codes] = True
    if used.all():
        return names, columns
    places = np.cumsum(used, dtype=np.int32) - np.int32(1)
    return names.filter(pa.array(used)), [places[codes] for codes in columns]


def graph_names(
    column: NameColumn | None, graph: str, rows: int
) -> tuple[Sequence[str] | pa.LargeStringArray, Codes]:
    """Return the names of graphs, and the number of each row's; rows that name none have the one given."""
    if column is None:
        return [graph], constant(0, rows)
    names = column.texts.names.to_pylist()
    empty = (column.texts.kinds == EMPTY).tolist()
    return [graph if none else name for none, name in zip(empty, names, strict=True)], column.codes


def row_weights(column: pa.Array | None, rows: int) -> tuple[Weights, Flags]:
    """Return the weights of rows, and which rows have one that can be taken."""
    if column is None:
        return np.broadcast_to(np.float32(1), rows), np.ones(rows, np.bool_)
    encoded = column.dictionary_encode()
    found = np.array([weight_of(text) for text in encoded.dictionary.to_pylist()], np.float32)
    weights = found[encoded.indices.to_numpy()]
    return weights, weights >= 0


def weight_of(text: str) -> float:
    """Return the weight that a text gives, or -1 where it is none: a finite number from 0 up; nothing stands for 1.

    >>> [weight_of(text) for text in ("0.5", "", "much", "nan", "-2", "1e99")]
    [0.5, 1.0, -1.0, -1.0, -1.0, -1.0]
    """
    if not text:
        return 1.0
    weight = float(text) if _NUMBER.fullmatch(text) else -1.0
    return weight if 0.0 <= weight <= _GREATEST else -1.0


def row_problem(row: int, names: Mapping[str, NameColumn], weights: pa.Array | None) -> str:
    """Say what is wrong with a row."""
    for role, column in names.items():
        code = int(column.codes[row])
        kind = int(column.texts.kinds[code])
        if kind == INVALID:
            return f"the {role} {column.texts.problems[code]}"
        if kind == EMPTY and role != "graph":
            return f"the {role} is empty"
        if kind not in _ALLOWED[role]:
            written = column.written[code].as_py()
            return f"the {role} is {_KINDS[kind]}, expected a name: {written[:80]}"
    text = "" if weights is None else weights[row].as_py()
    return f"expected a weight, a finite number from 0 up, got {text[:80]!r}"
