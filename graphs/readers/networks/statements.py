"""What nodes and edges with attributes become; the same for every format of networks.

=================  ===============================================================================================
node               the entity of its id; ids are names as in tables: IRIs, CURIEs of known prefixes, ``_:blank``, or
                   bare names. One that nothing else is said of has ``rdf:type`` ``rdfs:Resource``
node attribute     a literal (see :mod:`graphs.attribute_names`); ``label``, ``name`` and ``title`` are
                   ``rdfs:label``, unless another label of the node says the same. A list is as many literals; what
                   is nested deeper is JSON
edge               a triple. Its relation is its ``relation``, ``predicate``, a key that is an IRI, ``label``, ``type``
                   or ``key``, whichever comes first; without any, ``dcterms:relation``. Its ``weight`` is the weight
undirected edge    two triples, there and back (one for a loop); both count as read
edge attribute     other attributes are literals of an ``rdf:Statement`` that quotes the edge. Ids of edges are
                   names within the file, and not kept
graph attribute    a literal of a blank node that stands for the network; ``prefixes`` are taken as such
=================  ===============================================================================================
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from graphs import vocabulary as v
from graphs.attribute_names import (
    DEFAULT_RELATION,
    LABEL_NAMES,
    OTHER_STATEMENTS,
    RDF_JSON,
    parse_attribute_name,
    typed,
)
from graphs.block import Block
from graphs.iris import is_iri, is_name
from graphs.labels import LABEL_PREDICATES
from graphs.readers.networks.values import Typed
from graphs.readers.reading import Reading
from graphs.readers.tables.literal_rows import language_tag
from graphs.readers.tables.naming import NameProblem, Naming, is_blank
from graphs.statements import Statements

__all__ = ["NetworkStatements"]

_RELATION_NAMES: Final = ("label", "type", "key")
_OTHER_FIELDS: Final = 6
_RESOURCE: Final = v.RDFS + "Resource"


class _Literal(NamedTuple):
    predicate: str
    value: str
    language: str = ""
    datatype: str = ""
    graph: str = ""
    weight: float = 1.0
    source: str = ""


class NetworkStatements:
    """Collects the nodes and edges of one network.

    Args:
        reading: what is read.
        scope: goes before the names of blank nodes; left out, that of the reading.
        sources: whether statements may name their sources themselves (``stated_by`` of an edge).
    """

    def __init__(self, reading: Reading, *, scope: str | None = None, sources: bool = False) -> None:
        self._reading = reading
        self._scope = reading.scope if scope is None else scope
        self._sources = sources
        self._naming = replace(Naming.of(reading), scope=self._scope)
        self._statements = Statements()
        self._bare: set[str] = set()
        self._seen: set[str] = set()
        self._edges = 0

    def __len__(self) -> int:
        return len(self._statements)

    def block(self) -> Block:
        """Return what has been collected since the last call."""
        return self._statements.take()

    def finish(self) -> Block:
        """State of every node that nothing is said of that it is there, and return what is left."""
        for name in sorted(self._bare - self._seen):
            self._add(name, v.RDF_TYPE, _RESOURCE)
        self._bare.clear()
        return self.block()

    def graph(self, attributes: Mapping[str, Any], line: int | None = None) -> None:
        """Add what is said of the network as a whole."""
        rest = {}
        for name, value in attributes.items():
            if name == "prefixes" and (prefixes := _prefixes(value)):
                for prefix, iri in prefixes.items():
                    self._reading.prefixes.setdefault(prefix, iri)
                self._naming = replace(Naming.of(self._reading), scope=self._scope)
            else:
                rest[name] = value
        self._say_all(f"_:{self._scope}network", rest, line)

    def node(self, name: Any, attributes: Mapping[str, Any], line: int | None = None) -> None:
        """Add a node."""
        entity = self._named(name, "a node", line)
        if entity is None:
            return
        if self._say_all(entity, attributes, line):
            self._seen.add(entity)
        elif entity not in self._seen:
            self._bare.add(entity)

    def part(self, name: Any, whole: Any, line: int | None = None) -> None:
        """Say that a node stands within another."""
        ends = self._named(name, "a node", line), self._named(whole, "a node", line)
        if ends[0] is not None and ends[1] is not None:
            self._add(ends[0], v.DCTERMS + "isPartOf", ends[1])
            self._seen.update((ends[0], ends[1]))

    def edge(
        self,
        source: Any,
        target: Any,
        attributes: Mapping[str, Any],
        line: int | None = None,
        *,
        directed: bool = True,
    ) -> None:
        """Add an edge; see the module for what becomes of its attributes."""
        head, tail = (
            self._named(source, "where an edge starts", line),
            self._named(target, "an edge's end", line),
        )
        if head is None or tail is None:
            return
        rest = {name: value for name, value in attributes.items() if value is not None}
        graph = ""
        if "relation" in rest or "predicate" in rest:
            written = rest.pop("relation", None)
            written = rest.pop("predicate") if written is None else written
            if isinstance(rest.get("graph"), str):
                graph = rest.pop("graph")
        else:
            written = _relation(rest)
        relation = self._predicate(written, "the relation of an edge", line)
        if relation is None:
            return
        if graph:
            named = self._named(graph, "the graph of an edge", line)
            if named is None:
                return
            graph = named
        weight = _weight(rest)
        stated = rest.pop("stated_by", "") if self._sources else ""
        both = not directed and head != tail
        for start, end in [(head, tail), (tail, head)] if both else [(head, tail)]:
            self._add(start, relation, end, graph, weight, stated)
            if rest:
                self._quote(start, relation, end, rest, line)
        self._seen.update((head, tail))

    def _quote(self, head: str, relation: str, tail: str, rest: Mapping[str, Any], line: int | None) -> None:
        """Say what else an edge says, of a statement that quotes it."""
        quoted = f"_:{self._scope}edge{self._edges}"
        self._edges += 1
        if self._say_all(quoted, rest, line):
            self._add(quoted, v.RDF_TYPE, v.RDF + "Statement")
            self._add(quoted, v.RDF + "subject", head)
            self._add(quoted, v.RDF + "predicate", relation)
            self._add(quoted, v.RDF + "object", tail)

    def _named(self, name: Any, what: str, line: int | None) -> str | None:
        found = typed(name)
        if found is None:
            self._reading.reject(f"expected a name for {what}, got {name!r:.80}", line)
            return None
        try:
            return self._naming.entity(found[0])
        except NameProblem as problem:
            self._reading.reject(f"the name of {what} {problem}", line)
            return None

    def _predicate(self, name: Any, what: str, line: int | None) -> str | None:
        found = self._named(name, what, line)
        if found is not None and found.startswith(("_:", "<<(")):
            kind = "a blank node" if found.startswith("_:") else "a triple term"
            self._reading.reject(f"the name of {what} is {kind}, expected that of a relation", line)
            return None
        return found

    def _say_all(self, subject: str, attributes: Mapping[str, Any], line: int | None) -> bool:
        """Add literals of attributes, and tell whether there are any."""
        said: list[_Literal] = []
        others = attributes.get(OTHER_STATEMENTS)
        read = _other_statements(others, self._sources)
        for name, value in attributes.items():
            if name == OTHER_STATEMENTS and read is not None:
                said += [self._scoped(literal) for literal in read]
            elif name not in LABEL_NAMES:
                said += self._literals(name, value, line)
        labels = {literal.value for literal in said if literal.predicate in LABEL_PREDICATES}
        for name in LABEL_NAMES:
            for literal in self._literals(v.RDFS_LABEL, attributes.get(name), line):
                if literal.value not in labels:
                    said.append(literal)
        for literal in said:
            self._say(subject, literal)
        return bool(said)

    def _scoped(self, literal: _Literal) -> _Literal:
        """Return a literal whose graph, where that is a blank node, is the file's own."""
        if not literal.graph.startswith("_:"):
            return literal
        return literal._replace(graph=self._naming.name(literal.graph))

    def _literals(self, name: str, value: Any, line: int | None) -> list[_Literal]:
        if value is None:
            return []
        predicate, language, datatype = parse_attribute_name(name)
        named = self._predicate(predicate, "an attribute", line)
        tag = language_tag(language)
        if named is None:
            return []
        if tag is None:
            self._reading.reject(f"the attribute {name!r:.80} has a language that is no tag of BCP 47", line)
            return []
        values = value if isinstance(value, list | tuple) and not isinstance(value, Typed) else [value]
        said = []
        for one in values:
            found = one if isinstance(one, Typed) else typed(one)
            if found is None:
                try:
                    text = json.dumps(one, ensure_ascii=False, sort_keys=True, allow_nan=False)
                except (TypeError, ValueError) as error:
                    self._reading.reject(f"the attribute {name!r:.80} cannot be kept: {error}", line)
                    continue
                found = text, RDF_JSON
            text, kind = found
            said.append(_Literal(named, text, tag, "" if tag else datatype or kind))
        return said

    def _add(
        self, head: str, relation: str, tail: str, graph: str = "", weight: float = 1.0, source: str = ""
    ) -> None:
        reading = self._reading
        source, graph = source or reading.source, graph or reading.graph
        self._statements.add(head, relation, tail, source=source, graph=graph, weight=weight)

    def _say(self, subject: str, literal: _Literal) -> None:
        self._statements.add_literal(
            subject,
            literal.predicate,
            literal.value,
            language=literal.language,
            datatype=literal.datatype,
            source=literal.source or self._reading.source,
            graph=literal.graph or self._reading.graph,
            weight=literal.weight,
        )


def _relation(rest: dict[str, Any]) -> Any:
    """Take what tells the relation of an edge out of its attributes."""
    key = rest.get("key")
    if isinstance(key, str) and is_iri(key):
        if rest.get("label") == v.words_of(key):
            del rest["label"]  # it says no more than the key does
        return rest.pop("key")
    written = next((name for name in _RELATION_NAMES if isinstance(rest.get(name), str) and rest[name]), None)
    if "key" in rest and written != "key":
        del rest["key"]  # tells edges between the same nodes apart, as an id does
    return DEFAULT_RELATION if written is None else rest.pop(written)


def _weight(rest: dict[str, Any]) -> float:
    """Take the weight out of an edge's attributes, if it can be one."""
    written = rest.get("weight")
    text = written.text if isinstance(written, Typed) else written
    try:
        weight = float(text) if isinstance(text, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return 1.0
    if not 0.0 <= weight < math.inf:
        return 1.0
    del rest["weight"]
    return weight


def _other_statements(value: Any, sources: bool) -> list[_Literal] | None:
    """Return the literals that an attribute lists, or None where it is another attribute of that name.

    Where ``sources`` are told, a source may stand behind the weight.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if not isinstance(value, list):
        return None
    found = []
    for entry in value:
        if not isinstance(entry, list | tuple):
            return None
        *fields, source = entry if sources and len(entry) == _OTHER_FIELDS + 1 else (*entry, "")
        if len(fields) != _OTHER_FIELDS or not isinstance(source, str):
            return None
        *texts, weight = fields
        if not all(isinstance(text, str) for text in texts):
            return None
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < math.inf:
            return None
        predicate, text, language, datatype, graph = texts
        tag = language_tag(language)
        if not _is_plain(predicate) or tag is None or (tag and datatype):
            return None
        if (datatype and not _is_plain(datatype)) or (graph and not _is_graph(graph)):
            return None
        found.append(_Literal(predicate, text, tag, datatype, graph, float(weight), source))
    return found


def _is_plain(name: str) -> bool:
    """Tell whether a name is an IRI or a bare name."""
    return is_name(name) and not name.startswith(("_:", "<<("))


def _is_graph(name: str) -> bool:
    return is_blank(name) if name.startswith("_:") else _is_plain(name)


def _prefixes(value: Any) -> dict[str, str]:
    """Return the prefixes that an attribute of a network holds, or nothing where it is another attribute."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    if isinstance(value, dict) and all(isinstance(iri, str) and is_iri(iri) for iri in value.values()):
        return {str(prefix): iri for prefix, iri in value.items()}
    return {}
