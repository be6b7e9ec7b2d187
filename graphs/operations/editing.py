"""Taking things out of a graph again: statements, entities, relations, sources; and applying a patch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs.assemble import assemble
from graphs.columns import Columns
from graphs.errors import UnknownTermError
from graphs.operations.blank_nodes import blanks_within
from graphs.operations.distinct import count_gone
from graphs.operations.patch import Patch
from graphs.selection import Mask, select
from graphs.statement import Statement
from graphs.statements import Statements
from graphs.store import Store

__all__ = ["Edited", "apply_patch", "forget", "remove"]

_IRI_OR_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"(?:\^\^<[^<>]*>)?|<([^<>]*)>')


@dataclass(frozen=True, slots=True)
class Edited:
    """A graph after a change.

    Attributes:
        columns: its tables.
        removed: how many statements were taken out; one that several sources make counts once.
        added: how many statements were put in that were not there.
        absent: statements that were to be taken out, and were not there.
    """

    columns: Columns
    removed: int
    added: int = 0
    absent: list[Statement] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Gone:
    """What is to be taken out: rows of both tables, and statements that are in neither."""

    statements: Mask
    literals: Mask
    absent: list[Statement]

    def count(self, graph: Store) -> int:
        """Count different statements."""
        return count_gone(graph.columns, self.statements, self.literals)

    def leaves(self, is_literal: bool, rows: Sequence[int]) -> bool:
        """Tell whether some rows of a table are not all taken out."""
        return not (self.literals if is_literal else self.statements)[rows].all()


def remove(
    graph: Store,
    *,
    statements: Sequence[Statement] = (),
    entities: Sequence[str] = (),
    relations: Sequence[str] = (),
    everywhere: bool = False,
) -> Edited:
    """Return a graph without some of its statements, whoever makes them.

    Args:
        graph: where to take from.
        statements: those to take out, each from the named graph that it names.
        entities: IRIs or blank nodes; everything that is said of them goes, and everything that names them: triples
            that lead to them, and triple terms.
        relations: IRIs; their triples go, or their literals. What is said *of* a relation goes with it as an entity.
        everywhere: take ``statements`` out of all named graphs, whichever they name.

    Raises:
        UnknownTermError: the graph has no such entity or relation.

    >>> web = Store.from_triples([("ex:owl", "ex:eats", "ex:mouse"), ("ex:mouse", "ex:eats", "ex:corn")])
    >>> edited = remove(web, entities=["ex:corn"], statements=[Statement("ex:owl", "ex:eats", "ex:hen")])
    >>> Store(edited.columns).num_triples, edited.removed, len(edited.absent)
    (1, 1, 1)
    """
    gone = _marked(graph, statements, entities, relations, everywhere=everywhere)
    left = select(graph.columns, ~gone.statements, ~gone.literals)
    return Edited(assemble([left], graph.prefixes), gone.count(graph), absent=gone.absent)


def apply_patch(graph: Store, patch: Patch, *, source: str = "") -> Edited:
    """Return a graph after the changes of a patch.

    Args:
        graph: what to change.
        patch: what to take out, and what to put in.
        source: the source of what is put in.

    >>> owl = Store.from_triples([("ex:owl", "ex:isA", "ex:fish")])
    >>> patch = Patch([Statement("ex:owl", "ex:isA", "ex:fish")], [Statement("ex:owl", "ex:isA", "ex:bird")])
    >>> Store(apply_patch(owl, patch).columns).entity_iris([0, 1])
    ['ex:bird', 'ex:owl']
    """
    gone = _marked(graph, patch.removed)
    collected = Statements()
    for said in patch.added:
        if said.is_literal:
            collected.add_literal(
                said.subject,
                said.predicate,
                said.object,
                language=said.language,
                datatype=said.datatype,
                source=source,
                graph=said.graph,
            )
        else:
            collected.add(said.subject, said.predicate, said.object, source=source, graph=said.graph)
    fresh = [said for said in patch.added if not gone.leaves(*_rows_of(graph, said, False))]
    left = select(graph.columns, ~gone.statements, ~gone.literals)
    columns = assemble([left, collected.block()], graph.prefixes)
    return Edited(columns, gone.count(graph), len(fresh), gone.absent)


def forget(graph: Store, name: str) -> Edited:
    """Return the graph as it would be had it never been given a source: what others say too stays.

    Args:
        graph: where to take from.
        name: of a source, or IRI of a named graph.

    Raises:
        UnknownTermError: the graph has no such source or named graph.

    >>> from graphs.statements import Statements
    >>> statements = Statements()
    >>> statements.add("ex:owl", "ex:isA", "ex:bird", source="birds.nt")
    >>> statements.add("ex:owl", "ex:isA", "ex:bird", source="owls.nt")
    >>> statements.add("ex:owl", "ex:eats", "ex:mouse", source="owls.nt")
    >>> edited = forget(Store(assemble([statements.block()])), "owls.nt")
    >>> Store(edited.columns).num_triples, edited.removed
    (1, 1)
    """
    columns = graph.columns
    sources = dict.fromkeys((*graph.sources(), *columns.prefixes.declared))
    if not name or (name not in sources and name not in graph.graphs()):
        known = ", ".join(repr(one) for one in (*sources, *graph.graphs()) if one)
        raise UnknownTermError(f"the graph has no source or named graph {name!r}; it has {known or 'none'}")
    stated, said = (
        _is(table, "source", name) | _is(table, "graph", name)
        for table in (columns.statements, columns.literals)
    )
    after = assemble([select(columns, ~stated, ~said)], columns.prefixes.without(name))
    return Edited(after, count_gone(columns, stated, said))


def _is(table: pa.RecordBatch, column_name: str, name: str) -> Mask:
    column = table.column(column_name)
    names = np.array([found == name for found in column.dictionary.to_pylist()], np.bool_)
    return np.asarray(names[column.indices.to_numpy()], np.bool_)


def _of_predicate(literals: pa.RecordBatch, predicate: str) -> Mask:
    return _is(literals, "predicate", predicate)


def _entities_gone(graph: Store, entities: Sequence[str]) -> Mask:
    """Mark entities, and the triple terms that name them."""
    gone = np.zeros(graph.num_entities, np.bool_)
    gone[[graph.entity_id(entity) for entity in entities]] = True
    iris = graph.columns.entities.column("iri")
    terms = np.flatnonzero(pc.starts_with(iris, "<<(").to_numpy(zero_copy_only=False))
    asked = set(entities)
    for row, term in zip(terms.tolist(), iris.take(pa.array(terms)).to_pylist(), strict=True):
        gone[row] |= not asked.isdisjoint(_named_within(term))
    return gone


def _named_within(term: str) -> Iterator[str]:
    yield from blanks_within(term)
    yield from (found.group(1) for found in _IRI_OR_TEXT.finditer(term) if found.group(1))


def _marked(
    graph: Store,
    statements: Sequence[Statement],
    entities: Sequence[str] = (),
    relations: Sequence[str] = (),
    *,
    everywhere: bool = False,
) -> _Gone:
    """Find what :func:`remove` is to take out."""
    columns = graph.columns
    triples = np.zeros(graph.num_triples, np.bool_)
    stated, said = (np.zeros(table.num_rows, np.bool_) for table in (columns.statements, columns.literals))
    if entities:
        gone = _entities_gone(graph, entities)
        triples |= gone[graph.heads] | gone[graph.tails]
        said |= gone[columns.literals.column("subject").to_numpy()]
    for relation in relations:
        used = _of_predicate(columns.literals, relation)
        said |= used
        if relation in graph.relation_iris or not used.any():
            triples[graph.relation_ids == graph.relation_id(relation)] = True
    if entities or relations:
        stated |= triples[columns.statements.column("triple").to_numpy()]
    absent = []
    for statement in dict.fromkeys(statements):
        is_literal, rows = _rows_of(graph, statement, everywhere)
        (said if is_literal else stated)[rows] = True
        if not rows:
            absent.append(statement)
    return _Gone(stated, said, absent)


def _rows_of(graph: Store, statement: Statement, everywhere: bool) -> tuple[bool, list[int]]:
    """Tell whether a statement would stand among the literals, and return its rows there or among the others."""
    find = _literal_rows if statement.is_literal else _triple_rows
    table, rows = find(graph, statement)
    if not everywhere:
        graphs = table.column("graph")
        rows = [row for row in rows if graphs[row].as_py() == statement.graph]
    return statement.is_literal, rows


def _triple_rows(graph: Store, statement: Statement) -> tuple[pa.RecordBatch, list[int]]:
    table = graph.columns.statements
    ends = graph.entity_ids([statement.subject, statement.object]).tolist()
    if statement.predicate not in graph.relation_iris or min(ends) < 0:
        return table, []
    relation = graph.relation_id(statement.predicate)
    low, high = _range(graph.relation_ids, relation, 0, graph.num_triples)
    low, high = _range(graph.heads, ends[0], low, high)
    low, high = _range(graph.tails, ends[1], low, high)
    if low == high:
        return table, []
    column = table.column("triple").to_numpy()
    return table, list(range(*_range(column, low, 0, len(column))))


def _literal_rows(graph: Store, statement: Statement) -> tuple[pa.RecordBatch, list[int]]:
    table = graph.columns.literals
    subject = graph.entity_ids([statement.subject]).tolist()[0]
    if subject < 0:
        return table, []
    subjects = table.column("subject").to_numpy()
    wanted = (statement.predicate, statement.object, statement.language, statement.datatype)
    columns = [table.column(name) for name in ("predicate", "value", "language", "datatype")]
    return table, [
        row
        for row in range(*_range(subjects, subject, 0, len(subjects)))
        if all(column[row].as_py() == value for column, value in zip(columns, wanted, strict=True))
    ]


def _range(column: npt.NDArray[np.int32], number: int, low: int, high: int) -> tuple[int, int]:
    """Return where a number begins and ends in a part of a column that is sorted there."""
    part = column[low:high]
    edges = np.searchsorted(part, np.array([number, number + 1], column.dtype))
    return low + int(edges[0]), low + int(edges[1])
