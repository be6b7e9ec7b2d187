"""GraphML (http://graphml.graphdrawing.org/specification.html).

Besides what :mod:`graphs.readers.networks.statements` says: the default of a key holds for every element without a
value of its own; a ``desc`` is ``rdfs:comment``; a node of a graph within a node is ``dcterms:isPartOf`` that node;
what other programs draw a node with (``y:ShapeNode`` of yEd) is kept as an XML literal, and the label in it is the
label. Hyperedges, ports and locators are rejected, each as one statement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from graphs import vocabulary as v
from graphs.block import Block
from graphs.readers.networks.statements import NetworkStatements
from graphs.readers.networks.values import Typed, plain_value
from graphs.readers.networks.xml_elements import XmlElement, xml_elements
from graphs.readers.reading import Reading

__all__ = ["read_graphml"]

_BLOCK: Final = 100_000
_WANTED: Final = frozenset({"key", "node", "edge", "hyperedge", "graph"})
_XML_LITERAL: Final = v.RDF + "XMLLiteral"
_DRAWN_LABELS: Final = frozenset({"NodeLabel", "EdgeLabel"})


class _Key(NamedTuple):
    name: str
    kind: str
    holders: str


def read_graphml(reading: Reading) -> Iterator[Block]:
    """Yield the statements of a GraphML file.

    Raises:
        GraphFormatError: the file cannot be read, has a document type, or goes beyond the limits; or something in it
            cannot be taken, and the first error stops the reading.
    """
    document = _Document(reading)
    for elements in xml_elements(reading, _WANTED):
        for element in elements:
            document.take(element)
        if len(document.network) >= _BLOCK:
            yield document.network.block()
    yield document.network.finish()


class _Document:
    """Takes the elements of a document as they are complete."""

    def __init__(self, reading: Reading) -> None:
        self.network = NetworkStatements(reading)
        self._reading = reading
        self._keys: dict[str, _Key] = {}
        self._defaults: dict[str, dict[str, Any]] = defaultdict(dict)

    def take(self, element: XmlElement) -> None:
        """Take a key, a node, an edge, a graph, or the document as a whole."""
        if element.name == "node":
            self._take_node(element)
        elif element.name == "edge":
            self._take_edge(element)
        elif element.name == "key":
            self._take_key(element)
        elif element.name == "graph":
            attributes = self._attributes(element, "graph")
            if attributes:
                self.network.graph(attributes, element.line)
        elif element.name == "hyperedge":
            self._reject(
                "hyperedges cannot be kept: make a node of it, with an edge to each of its ends", element
            )
        elif element.name == "graphml":
            attributes = self._attributes(element, "graphml")
            if attributes:
                self.network.graph(attributes, element.line)
        else:
            self._reject(f"expected a document of GraphML, got an element {element.tag!r:.80}", element)

    def _reject(self, reason: str, element: XmlElement) -> None:
        self._reading.reject(reason, element.line)

    def _take_key(self, key: XmlElement) -> None:
        name = key.attributes.get("id")
        if not name:
            self._reject("a key has no id", key)
            return
        # programs that draw leave the name out, and tell by a name of their own what the values are for
        label = key.attributes.get("attr.name") or next(
            (value for other, value in key.attributes.items() if other.endswith("files.type")), name
        )
        holders = key.attributes.get("for", "all")
        found = _Key(label, key.attributes.get("attr.type", "string"), holders)
        self._keys[name] = found
        for child in key.children:
            if child.name == "default":
                value = self._value(child, found)
                if value is not None:
                    self._defaults[holders][label] = value
            elif child.name != "desc":
                self._reject(f"unknown element {child.tag!r:.80} in a key", child)

    def _take_node(self, node: XmlElement) -> None:
        name = node.attributes.get("id")
        if not name:
            self._reject("a node has no id", node)
            return
        self.network.node(name, self._attributes(node, "node"), node.line)
        whole = node.ancestor("node")
        if whole is not None and whole.attributes.get("id"):
            self.network.part(name, whole.attributes["id"], node.line)

    def _take_edge(self, edge: XmlElement) -> None:
        source, target = edge.attributes.get("source"), edge.attributes.get("target")
        if not source or not target:
            self._reject("an edge has no source or no target", edge)
            return
        attributes = self._attributes(edge, "edge")
        for name in ("sourceport", "targetport"):
            if name in edge.attributes:
                attributes[name] = edge.attributes[name]
        graph = edge.ancestor("graph")
        default = graph.attributes.get("edgedefault") if graph is not None else None
        written = edge.attributes.get("directed", "false" if default == "undirected" else "true")
        directed = written.strip().lower() not in ("false", "0")
        self.network.edge(source, target, attributes, edge.line, directed=directed)

    def _attributes(self, element: XmlElement, holder: str) -> dict[str, Any]:
        """Return the values of an element, with the defaults of its kind."""
        found: dict[str, Any] = {}
        for child in element.children:
            if child.name == "data":
                self._take_data(child, found)
            elif child.name == "desc":
                found[v.RDFS_COMMENT] = child.text
            else:
                self._reject(f"{child.name}s of a {holder} cannot be kept", child)
        if element.text.strip():
            self._reject(
                f"expected elements in a {holder}, got the text {element.text.strip()!r:.80}", element
            )
        for kind in (holder, "all"):
            for name, value in self._defaults[kind].items():
                found.setdefault(name, value)
        return found

    def _take_data(self, data: XmlElement, found: dict[str, Any]) -> None:
        key = self._keys.get(data.attributes.get("key", ""))
        if key is None:
            self._reject(f"the key {data.attributes.get('key')!r:.80} is not declared", data)
            return
        value = self._value(data, key)
        if value is None:
            return
        drawn = [part.text.strip() for part in data.descendants() if part.name in _DRAWN_LABELS]
        for label in drawn:
            if label:
                found.setdefault("label", label)
        if key.name in found:
            before = found[key.name]
            found[key.name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            found[key.name] = value

    def _value(self, holder: XmlElement, key: _Key) -> str | Typed | None:
        if holder.children:
            return Typed(holder.markup().strip(), _XML_LITERAL)
        try:
            return plain_value(holder.text, key.kind)
        except ValueError:
            self._reject(
                f"expected a value of type {key.kind} for {key.name!r:.80}, got {holder.text!r:.80}", holder
            )
            return None
