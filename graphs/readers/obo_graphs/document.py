"""Documents of OBO Graphs, element by element, however large they are.

Source: https://github.com/geneontology/obographs and its JSON schema (``schema/obographs-schema.json`` there). What
becomes of the parts of a graph:

=======================  =========================================================================================
``id``, ``meta``         the graph's IRI is an ``owl:Ontology``, of which the meta says what it says
``nodes``                ``rdf:type`` by ``type`` and ``propertyType``, ``lbl`` as ``rdfs:label``, and the meta
``edges``                triples; ``is_a`` is ``rdfs:subClassOf``, ``subPropertyOf``, ``inverseOf`` and ``type`` are
                         what they are called in RDF Schema, OWL and RDF, and other predicates stay
``equivalentNodesSets``  ``owl:equivalentClass`` from the representative (else the first) to the others
the other axioms         the RDF that OWL 2 writes them in (https://www.w3.org/TR/owl2-mapping-to-rdf/)
=======================  =========================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from graphs import vocabulary as v
from graphs.block import Block
from graphs.readers.json_text import END, JsonError, JsonValue, walk
from graphs.readers.obo_graphs.axioms import AXIOMS, add_edge
from graphs.readers.obo_graphs.meta import Elements, Problem, add_meta
from graphs.readers.reading import Reading

__all__ = ["read_obo_graphs"]

_BLOCK: Final = 100_000
_GRAPH: Final = ("graphs", "")
_LISTS: Final = frozenset({"nodes", "edges", *AXIOMS})
_PREFIXES: Final = {"obo": v.OBO, "oboInOwl": v.OBO_IN_OWL}
_TYPES: Final = {
    "CLASS": v.OWL + "Class",
    "INDIVIDUAL": v.OWL + "NamedIndividual",
    "PROPERTY": v.RDF_PROPERTY,
}
_PROPERTY_TYPES: Final = {
    "ANNOTATION": v.OWL_ANNOTATION_PROPERTY,
    "OBJECT": v.OWL_OBJECT_PROPERTY,
    "DATA": v.OWL_DATATYPE_PROPERTY,
}


def read_obo_graphs(reading: Reading) -> Iterator[Block]:
    """Yield the statements of a document of OBO Graphs JSON.

    An element that is not what the schema says is rejected with its line, as one statement; what it says
    beside is taken.

    Raises:
        GraphFormatError: the file cannot be read; or an element cannot be taken, and the first error stops the
            reading.
    """
    for prefix, iri in _PREFIXES.items():
        reading.prefixes.setdefault(prefix, iri)
    document = _Document(reading)
    with reading.open() as stream:
        try:
            for found in walk(stream, _opened, reading.limits):
                document.take(found)
                if len(document.elements) >= _BLOCK:
                    yield document.elements.block()
        except JsonError as error:
            reading.reject(str(error), error.line)
    document.finish()
    yield document.elements.block()


def _opened(path: tuple[str, ...]) -> bool:
    return path in ((), ("graphs",), _GRAPH) or (path[:2] == _GRAPH and len(path) == 3 and path[2] in _LISTS)


class _Document:
    """Takes the elements of a document as they come."""

    def __init__(self, reading: Reading) -> None:
        self.elements = Elements(reading)
        self._reading = reading
        self._graph: dict[str, tuple[Any, int]] = {}

    def take(self, found: JsonValue) -> None:
        """Take one element, or a part of a graph that is kept until its id is known."""
        path, value, line = found
        try:
            if path == _GRAPH and value is END:
                self._add_graph(line)
            elif len(path) == 3 and path[2] in _LISTS:
                if not isinstance(value, dict):
                    raise Problem(f"expected an object among the {path[2]}, got {value!r:.80}")
                self._add(path[2], value, line)
            elif len(path) == 3 and path[:2] == _GRAPH:
                self._graph[path[2]] = value, line
            elif path == () and value is END:
                pass
            elif path == ("meta",):
                self._graph["document"] = value, line
            elif path != ("@context",):
                raise Problem(f"expected a document of OBO Graphs, got {'.'.join(path) or repr(value):.80}")
        except Problem as problem:
            self._reading.reject(str(problem), line)

    def finish(self) -> None:
        """Say what is left when the document has come to its end."""
        if self._graph:
            (_, line), *_ = self._graph.values()
            self._reject_all("the document has no graph that this is said of", line)

    def _reject_all(self, reason: str, line: int) -> None:
        names = ", ".join(self._graph)
        self._reading.reject(f"{reason}: {names}", line, len(self._graph))
        self._graph = {}

    def _add(self, kind: str, value: dict[str, Any], line: int) -> None:
        if kind == "nodes":
            self._add_node(value, line)
        elif kind == "edges":
            add_edge(self.elements, value, line)
        else:
            AXIOMS[kind](self.elements, value, line)

    def _add_node(self, node: dict[str, Any], line: int) -> None:
        elements = self.elements
        iri = elements.iri(node.pop("id", None))
        kind, property_type = node.pop("type", None), node.pop("propertyType", None)
        label, meta = node.pop("lbl", None), node.pop("meta", None)
        stated = False
        for name, known, asked in (
            ("propertyType", _PROPERTY_TYPES, property_type),
            ("type", _TYPES, kind if property_type not in _PROPERTY_TYPES else None),
        ):
            if asked in known:
                elements.add(iri, v.RDF_TYPE, known[asked])
                stated = True
            elif asked is not None:
                elements.reject(f"{iri}: expected a {name} among {', '.join(known)}, got {asked!r:.80}", line)
        if label is not None:
            stated |= elements.say_checked(iri, v.RDFS_LABEL, label, line)
        stated |= add_meta(elements, iri, meta, line)
        elements.reject_rest(iri, node, line)
        if not stated:
            elements.add(iri, v.RDF_TYPE, v.RDFS + "Resource")  # what only is there is there nevertheless

    def _add_graph(self, line: int) -> None:
        """Add what is said of a graph as a whole."""
        name = self._graph.pop("id", (None, line))[0]
        if name is None:
            if self._graph:
                self._reject_all("the graph has no id that this is said of", line)
            return
        elements, found = self.elements, self._graph
        self._graph = {}
        iri = elements.iri(name)
        elements.add(iri, v.RDF_TYPE, v.OWL + "Ontology")
        if "lbl" in found:
            elements.say_checked(iri, v.RDFS_LABEL, *found.pop("lbl"))
        for key in ("meta", "document"):
            if key in found:
                add_meta(elements, iri, *found.pop(key))
        for key, (value, place) in found.items():
            elements.reject_rest(iri, {key: value}, place)
