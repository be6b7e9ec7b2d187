"""Which rows of a graph's tables make the same statement: rows of several sources follow one another."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphs.columns import Columns
from graphs.ordering import changes
from graphs.selection import Mask

__all__ = ["count_gone", "literal_starts", "statement_starts"]


def statement_starts(statements: pa.RecordBatch) -> Mask:
    """Mark the rows of a table of statements that say something else (triple, named graph) than the row before.

    >>> from graphs.store import Store
    >>> statement_starts(Store.from_triples([("ex:owl", "ex:eats", "ex:mouse")]).columns.statements).tolist()
    [True]
    """
    return changes([statements.column("triple").to_numpy(), statements.column("graph").indices.to_numpy()])


def literal_starts(literals: pa.RecordBatch) -> Mask:
    """Mark the rows of a table of literals that say something else than the row before, whoever says it."""
    names = ("predicate", "language", "datatype", "graph")
    columns = [literals.column(name).indices.to_numpy() for name in names]
    starts = changes([literals.column("subject").to_numpy(), *columns])
    values = literals.column("value")
    if len(values):
        differing = pc.not_equal(values.slice(1), values.slice(0, len(values) - 1))
        starts[1:] |= differing.to_numpy(zero_copy_only=False)
    return starts


def count_gone(columns: Columns, statements: Mask, literals: Mask) -> int:
    """Count the different statements that nobody makes any more once some rows are gone.

    Args:
        columns: the tables.
        statements: which rows of the statements go, bool [rows].
        literals: which rows of the literals go, bool [rows].
    """
    total = 0
    for starts, gone in (
        (statement_starts(columns.statements), statements),
        (literal_starts(columns.literals), literals),
    ):
        first = np.flatnonzero(starts)
        if len(first):
            total += int(np.count_nonzero(np.logical_and.reduceat(gone, first)))
    return total
