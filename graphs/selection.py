"""Some statements of a graph, taken out as a block: what subsets, merges and removals are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.block import Block, Codes, LiteralCodes, Pools, TripleCodes
from graphs.columns import Columns

__all__ = ["Mask", "select"]

Mask = npt.NDArray[np.bool_]


def select(columns: Columns, statements: Mask | None = None, literals: Mask | None = None) -> Block:
    """Return statements of a graph as a block that another graph can be made of.

    Args:
        columns: the tables of the graph.
        statements: which rows of its table of statements, bool [rows]; left out, all.
        literals: which rows of its table of literals, bool [rows]; left out, all.
    """
    stated = _rows(columns.statements, statements)
    said = _rows(columns.literals, literals)
    triple = _numbers(stated, "triple")
    values = said.column("value")
    nodes, (head, tail, subject) = _used(
        columns.entities.column("iri"),
        _numbers(columns.triples, "head")[triple],
        _numbers(columns.triples, "tail")[triple],
        _numbers(said, "subject"),
    )
    pools = Pools(
        nodes=nodes,
        relations=columns.relations.column("iri"),
        predicates=_strings(said, "predicate"),
        values=values,
        languages=_strings(said, "language"),
        datatypes=_strings(said, "datatype"),
        sources=pa.concat_arrays([_strings(stated, "source"), _strings(said, "source")]),
        graphs=pa.concat_arrays([_strings(stated, "graph"), _strings(said, "graph")]),
    )
    return Block(
        pools,
        TripleCodes(
            head=head,
            relation=_numbers(columns.triples, "relation")[triple],
            tail=tail,
            source=_codes(stated, "source"),
            graph=_codes(stated, "graph"),
            weight=_numbers(stated, "weight"),
        ),
        LiteralCodes(
            subject=subject,
            predicate=_codes(said, "predicate"),
            value=np.arange(len(values), dtype=np.int32),
            language=_codes(said, "language"),
            datatype=_codes(said, "datatype"),
            source=_codes(said, "source") + np.int32(len(_strings(stated, "source"))),
            graph=_codes(said, "graph") + np.int32(len(_strings(stated, "graph"))),
            weight=_numbers(said, "weight"),
        ),
    )


def _used(names: pa.LargeStringArray, *columns: Codes) -> tuple[pa.LargeStringArray, list[Codes]]:
    """Leave out the names that no row has, where few rows are taken of many: a pool costs what it holds."""
    if 2 * sum(len(column) for column in columns) > len(names):
        return names, list(columns)
    used = np.unique(np.concatenate(columns))
    return names.take(pa.array(used)), [np.searchsorted(used, column).astype(np.int32) for column in columns]


def _rows(table: pa.RecordBatch, mask: Mask | None) -> pa.RecordBatch:
    return table if mask is None else table.filter(pa.array(mask))


def _numbers(table: pa.RecordBatch, name: str) -> npt.NDArray[Any]:
    return np.asarray(table.column(name).to_numpy(zero_copy_only=False))


def _codes(table: pa.RecordBatch, name: str) -> Codes:
    return np.asarray(table.column(name).indices.to_numpy(zero_copy_only=False))


def _strings(table: pa.RecordBatch, name: str) -> pa.LargeStringArray:
    return table.column(name).dictionary.cast(pa.large_string())
