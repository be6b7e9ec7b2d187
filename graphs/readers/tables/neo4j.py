"""Files of Neo4j's import tool, nodes or relationships, with their header in the file or in one beside it.

https://neo4j.com/docs/operations-manual/current/import/; for columns see :mod:`graphs.readers.tables.neo4j_header`.

=====================  ==============================================================================================
ID                     the entity of that name, as in tables of triples; in an ID space, that of ``space:id``, or of
                       ``space/id`` where names are resolved against a base
label                  ``rdf:type`` and the entity of that name
property               a literal for each of its values; an empty cell has none. The order of arrays is not kept
relationship           a triple; if it has properties, also an ``rdf:Statement`` with these (a blank node)
node with an ID only   ``rdf:type`` ``rdfs:Resource``; none if its label is ``urn:graphs:end``, which a writer gives to
                       nodes that only relationships speak of
=====================  ==============================================================================================

A file without a header has it in another beside it: that of ``people.csv`` or ``people_1.csv`` is
``people_header.csv`` or ``people-header.csv``. A row counts as the statements that it becomes; one that is rejected, or
a value that is, as one. Cells are separated by commas, or by tabs if the header's are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from graphs import vocabulary as v
from graphs.block import Block
from graphs.readers.chunks import stream_lines
from graphs.readers.opening import opened
from graphs.readers.reading import Reading
from graphs.readers.tables.families import shared_scope, split_endings
from graphs.readers.tables.kgx_records import RESOURCE
from graphs.readers.tables.naming import NameProblem, Naming
from graphs.readers.tables.neo4j_header import STATEMENT, Field, Header, HeaderProblem
from graphs.readers.tables.quoted import Row, quoted_rows
from graphs.statements import Statements

__all__ = ["ARRAY", "END", "lexical_form", "read_neo4j"]

ARRAY: Final = ";"
END: Final = "urn:graphs:end"
"""Label of nodes that only relationships speak of."""

_STATEMENTS: Final = 100_000
_PART: Final = re.compile(r"[-_.]?(?:part[-_]?)?[0-9]+$")
_WHOLE: Final = re.compile(r"[+-]?[0-9]+")
_NUMBER: Final = re.compile(
    r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|NaN|[+-]?(?:INF|Infinity)"
)
_SHAPES: Final = {
    **dict.fromkeys(("int", "long", "short", "byte"), (_WHOLE, "a whole number")),
    **dict.fromkeys(("float", "double"), (_NUMBER, "a number")),
    "boolean": (re.compile("true|false", re.IGNORECASE), "true or false"),
}


class _Literal(NamedTuple):
    predicate: str
    text: str
    language: str
    datatype: str


def read_neo4j(reading: Reading) -> Iterator[Block]:
    """Yield the statements of a file of nodes or of relationships.

    Raises:
        GraphFormatError: the file cannot be read, or has no header; or a row is not valid, and the first error stops
            the reading.
    """
    naming = Naming.of(reading, scope=shared_scope(reading))
    with reading.open() as stream:
        lines = stream_lines(stream, reading)
        first = next(lines, None)
        if first is None:
            return
        separator = _separator(first)
        rows = quoted_rows(chain([first], lines), reading.limits, separator=separator)
        head = next(rows, None)
        if head is None:
            return
        if not head.problem and not Header.is_header(head.cells):
            rows = chain([head], rows)
            head = _header_beside(reading) or head
        try:
            if head.problem:
                raise HeaderProblem(head.problem)
            header = Header.parse(head.cells, naming)
        except HeaderProblem as problem:
            reading.reject(str(problem), head.line)
            return
        graph = _Graph(reading, naming, header)
        for row in rows:
            graph.add(row)
            if len(graph) >= _STATEMENTS:
                yield graph.block()
    yield graph.block()


def _separator(line: bytes) -> str:
    return "\t" if b"\t" in line and b"," not in line else ","


def _header_beside(reading: Reading) -> Row | None:
    """Return the header that stands in a file of its own beside the one that is read."""
    path = reading.path
    if path is None:
        return None
    stem, endings = split_endings(path.name)
    for name in dict.fromkeys((stem, _PART.sub("", stem))):
        for mark in ("_header", "-header", ".header"):
            found = path.with_name(f"{name}{mark}{endings}")
            if found.is_file():
                with opened(found, str(found), reading.limits) as stream:
                    line = stream.readline(reading.limits.max_statement)
                return next(quoted_rows(iter([line]), reading.limits, separator=_separator(line)), None)
    return None


class _Graph:
    """Collects nodes or relationships."""

    def __init__(self, reading: Reading, naming: Naming, header: Header) -> None:
        self._reading, self._naming, self._header = reading, naming, header
        self._name = lru_cache(1 << 16)(naming.name)
        self._entity = lru_cache(1 << 16)(naming.entity)
        self._statements = Statements()

    def __len__(self) -> int:
        return len(self._statements)

    def block(self) -> Block:
        """Return what has been collected since the last call."""
        return self._statements.take()

    def add(self, row: Row) -> None:
        """Add a row."""
        fields = self._header.fields
        if row.problem or len(row.cells) != len(fields):
            self._reading.reject(
                row.problem or f"expected {len(fields)} columns, got {len(row.cells)}", row.line
            )
            return
        if any("\0" in cell for cell in row.cells):
            self._reading.reject("a cell holds a NUL character", row.line)
            return
        cells = [
            (field, cell) for field, cell in zip(fields, row.cells, strict=True) if field.role != "IGNORE"
        ]
        try:
            if self._header.of_relationships:
                self._relationship(cells, row.line)
            else:
                self._node(cells, row.line)
        except NameProblem as problem:
            self._reading.reject(str(problem), row.line)

    def _node(self, cells: list[tuple[Field, str]], line: int) -> None:
        node = self._end(cells, "ID")
        labels = [
            label for field, cell in cells if field.role == "LABEL" for label in cell.split(ARRAY) if label
        ]
        classes = [self._named(label, ":LABEL", self._entity) for label in labels if label != END]
        said = self._properties(cells, line)
        if not said and not labels:
            classes = [RESOURCE]
        for kind in classes:
            self._add(node, v.RDF_TYPE, kind)
        for literal in said:
            self._say(node, literal)

    def _relationship(self, cells: list[tuple[Field, str]], line: int) -> None:
        head, tail = self._end(cells, "START_ID"), self._end(cells, "END_ID")
        relation = self._end(cells, "TYPE")
        if relation.startswith("_:"):
            raise NameProblem("the :TYPE is a blank node, expected a name")
        said = self._properties(cells, line)
        names = [literal.text for literal in said if literal.predicate == STATEMENT]
        statement = f"_:{self._reading.scope}relationship{line}"
        if names:
            statement = self._named(names[0], STATEMENT, self._name)
        said = [literal for literal in said if literal.predicate != STATEMENT]
        self._add(head, relation, tail)
        if said or names:
            self._add(statement, v.RDF_TYPE, v.RDF_STATEMENT)
            self._add(statement, v.RDF_SUBJECT, head)
            self._add(statement, v.RDF_PREDICATE, relation)
            self._add(statement, v.RDF_OBJECT, tail)
            for literal in said:
                self._say(statement, literal)

    def _end(self, cells: list[tuple[Field, str]], role: str) -> str:
        """Return the entity in the column of a role."""
        field, cell = next(found for found in cells if found[0].role == role)
        naming = self._name if role == "TYPE" else self._entity
        if field.space and cell and not self._naming.term(cell):
            cell = f"{field.space}{':' if self._naming.base is None else '/'}{cell}"
        return self._named(cell, f":{role}", naming)

    def _named(self, text: str, column: str, naming: Callable[[str], str]) -> str:
        try:
            return naming(text)
        except NameProblem as problem:
            raise NameProblem(f"the {column} {problem}") from problem

    def _properties(self, cells: list[tuple[Field, str]], line: int) -> list[_Literal]:
        said = []
        for field, cell in cells:
            if not field.predicate or not cell:
                continue
            for text in cell.split(ARRAY) if field.is_array else [cell]:
                found = lexical_form(text, field.type)
                if found is None:
                    expected = _SHAPES[field.type][1]
                    self._reading.reject(
                        f"expected {expected} in the column {field.text}, got {text[:80]!r}", line
                    )
                else:
                    said.append(_Literal(field.predicate, found, field.language, field.datatype))
        return said

    def _add(self, head: str, relation: str, tail: str) -> None:
        self._statements.add(head, relation, tail, source=self._reading.source, graph=self._reading.graph)

    def _say(self, subject: str, literal: _Literal) -> None:
        self._statements.add_literal(
            subject,
            literal.predicate,
            literal.text,
            language=literal.language,
            datatype=literal.datatype,
            source=self._reading.source,
            graph=self._reading.graph,
        )


def lexical_form(text: str, kind: str) -> str | None:
    """Return a value of one of Neo4j's types as XML Schema writes it, or None where it is not valid.

    >>> lexical_form("TRUE", "boolean"), lexical_form("-Infinity", "double"), lexical_form("ten", "int")
    ('true', '-INF', None)
    """
    if kind not in _SHAPES:
        return text
    if not _SHAPES[kind][0].fullmatch(text):
        return None
    return text.lower() if kind == "boolean" else text.replace("Infinity", "INF")
