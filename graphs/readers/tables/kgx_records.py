"""Records of Biolink's KGX format, nodes and edges, as statements.

A node becomes a statement for each of its values; one that has none but its id, an ``rdf:type`` ``rdfs:Resource``. An
edge becomes its triple. If it has an id or more to say, it also becomes an ``rdf:Statement`` of that id (or a blank
node) with ``rdf:subject``, ``rdf:predicate`` and ``rdf:object``, and a statement for each of its values. A record
counts as the statements that it becomes; one that is rejected, as one.

The language of a text, or the datatype of a value, may stand in a column of its own: ``name@language``,
``born@datatype``, as many as there are values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from graphs import vocabulary as v
from graphs.block import Block
from graphs.readers.reading import Reading
from graphs.readers.tables.biolink import CATEGORY, WELL_KNOWN, XREF, is_reference, predicate_of
from graphs.readers.tables.families import shared_scope
from graphs.readers.tables.literal_rows import language_tag
from graphs.readers.tables.naming import NameProblem, Naming
from graphs.statements import Statements

__all__ = ["DATATYPE", "EDGE", "LANGUAGE", "RESOURCE", "KgxRecords", "Value"]

EDGE: Final = ("subject", "predicate", "object")
LANGUAGE, DATATYPE = "@language", "@datatype"
RESOURCE: Final = v.RDFS + "Resource"

_PLAIN: Final = (v.XSD_STRING, v.RDF_LANG_STRING)


class Value(NamedTuple):
    """A value as it is written, and its datatype."""

    text: str
    datatype: str = ""


class _Said(NamedTuple):
    """A statement without its subject; a name, or a literal."""

    predicate: str
    text: str
    is_name: bool = False
    language: str = ""
    datatype: str = ""


Record = Mapping[str, Sequence[Value]]


class KgxRecords:
    """Collects records.

    >>> from pathlib import Path
    >>> records = KgxRecords(Reading(Path("x_nodes.tsv"), "x", "kgx-tsv"))
    >>> records.add({"id": [Value("GO:0008150")], "name": [Value("biological process")]}, 2)
    >>> records.block().pools.nodes.to_pylist()
    ['http://purl.obolibrary.org/obo/GO_0008150']
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        naming = Naming.of(reading, WELL_KNOWN, shared_scope(reading))
        self._name = lru_cache(1 << 16)(naming.name)
        self._entity = lru_cache(1 << 16)(naming.entity)
        self._predicate = lru_cache(1 << 12)(lambda column: predicate_of(column, naming))
        self._statements = Statements()

    def __len__(self) -> int:
        return len(self._statements)

    def block(self) -> Block:
        """Return what has been collected since the last call."""
        return self._statements.take()

    def add(self, record: Record, line: int) -> None:
        """Add a node, or an edge: a record with a subject or an object.

        Args:
            record: values by column; columns without a value may be missing.
            line: where it stands.
        """
        try:
            if "subject" in record or "object" in record:
                self._edge(record, line)
            else:
                self._node(record)
        except NameProblem as problem:
            self._reading.reject(str(problem), line)

    def _node(self, record: Record) -> None:
        node = self._one(record, "id")
        said = self._said(record, ("id",))
        for found in said or [_Said(v.RDF_TYPE, RESOURCE, True)]:
            self._say(node, found)

    def _edge(self, record: Record, line: int) -> None:
        ends = [self._one(record, column) for column in EDGE]
        if ends[1].startswith("_:"):
            raise NameProblem("the predicate is a blank node, expected a name")
        said = self._said(record, ("id", *EDGE))
        statement = f"_:{self._reading.scope}edge{line}"
        if record.get("id"):
            statement = self._one(record, "id")
        self._say(ends[0], _Said(ends[1], ends[2], True))
        if said or record.get("id"):
            for predicate, name in zip(
                (v.RDF_TYPE, v.RDF_SUBJECT, v.RDF_PREDICATE, v.RDF_OBJECT),
                (v.RDF_STATEMENT, *ends),
                strict=True,
            ):
                self._say(statement, _Said(predicate, name, True))
            for found in said:
                self._say(statement, found)

    def _one(self, record: Record, column: str) -> str:
        """Return the entity that a column names."""
        values = record.get(column, ())
        if len(values) != 1 or values[0].datatype:
            raise NameProblem(f"expected one name as the {column}, got {len(values) or 'none'}")
        return self._named(values[0].text, column, self._entity if column == "object" else self._name)

    def _named(self, text: str, column: str, naming: Callable[[str], str]) -> str:
        try:
            return naming(text)
        except NameProblem as problem:
            raise NameProblem(f"the {column} {problem}") from problem

    def _said(self, record: Record, but: Sequence[str]) -> list[_Said]:
        """Return what a record says beside its names."""
        said: list[_Said] = []
        for column, values in record.items():
            if column in but or column.endswith((LANGUAGE, DATATYPE)):
                continue
            try:
                predicate = self._predicate(column)
            except NameProblem as problem:
                raise NameProblem(f"the column {problem}") from problem
            languages, datatypes = (
                self._beside(record, column, kind, len(values)) for kind in (LANGUAGE, DATATYPE)
            )
            for value, language, datatype in zip(values, languages, datatypes, strict=True):
                if not (language or datatype or value.datatype) and (
                    column == CATEGORY or (column == XREF and is_reference(value.text))
                ):
                    said.append(_Said(predicate, self._named(value.text, column, self._entity), True))
                else:
                    said.append(self._literal(predicate, value, language, datatype, column))
        return said

    def _beside(self, record: Record, column: str, kind: str, count: int) -> Sequence[str]:
        """Return the languages or datatypes of the values of a column."""
        found = [value.text for value in record.get(column + kind, ())]
        if not any(found):
            return [""] * count
        if len(found) != count:
            raise NameProblem(
                f"expected as many values in {column}{kind} as in {column}: {count}, got {len(found)}"
            )
        return found

    def _literal(self, predicate: str, value: Value, language: str, datatype: str, column: str) -> _Said:
        tag = language_tag(language)
        if tag is None or (tag and datatype):
            raise NameProblem(
                f"expected one tag of BCP 47 and no datatype in {column}{LANGUAGE}, got {language!r}"
            )
        kind = self._named(datatype, column + DATATYPE, self._name) if datatype else value.datatype
        return _Said(predicate, value.text, False, tag, "" if tag or kind in _PLAIN else kind)

    def _say(self, subject: str, said: _Said) -> None:
        source, graph = self._reading.source, self._reading.graph
        if said.is_name:
            self._statements.add(subject, said.predicate, said.text, source=source, graph=graph)
        else:
            self._statements.add_literal(
                subject,
                said.predicate,
                said.text,
                language=said.language,
                datatype=said.datatype,
                source=source,
                graph=graph,
            )
