"""GEXF (https://gexf.net/schema.html), versions 1.1 to 1.3.

Besides what :mod:`graphs.readers.networks.statements` says: what ``viz`` elements and spells say is kept as JSON, and a
value that holds for a time as JSON with its ``start`` and ``end``; a node within a node, or with a ``pid``, is
``dcterms:isPartOf`` that node; an edge of type ``mutual`` leads both ways; the ``meta`` of the document is said of the
network.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from graphs.block import Block
from graphs.readers.networks.statements import NetworkStatements
from graphs.readers.networks.values import Typed, plain_value
from graphs.readers.networks.xml_elements import XmlElement, xml_elements
from graphs.readers.reading import Reading

__all__ = ["read_gexf"]

_BLOCK: Final = 100_000
_WANTED: Final = frozenset({"attributes", "node", "edge", "meta", "graph"})
_FOR_NODES: Final = frozenset({"id", "pid"})
_FOR_EDGES: Final = frozenset({"id", "source", "target", "type"})
_TIMES: Final = ("start", "end", "startopen", "endopen", "timestamp", "timestamps", "intervals")
_VIZ: Final = frozenset({"color", "position", "size", "shape", "thickness"})


class _Attribute(NamedTuple):
    title: str
    kind: str


def read_gexf(reading: Reading) -> Iterator[Block]:
    """Yield the statements of a GEXF file.

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
        self._attributes: dict[tuple[str, str], _Attribute] = {}
        self._defaults: dict[str, dict[str, Any]] = defaultdict(dict)

    def take(self, element: XmlElement) -> None:
        """Take a declaration, a node, an edge, what is said of the network, or the document as a whole."""
        if element.name == "node":
            self._take_node(element)
        elif element.name == "edge":
            self._take_edge(element)
        elif element.name == "attributes":
            self._take_declarations(element)
        elif element.name == "meta":
            self._take_meta(element)
        elif element.name == "graph":
            self._reject_all(element, frozenset({"nodes", "edges"}))
        elif element.name != "gexf":
            self._reject(f"expected a document of GEXF, got an element {element.tag!r:.80}", element)
        else:
            self._reject_all(element, frozenset())

    def _reject(self, reason: str, element: XmlElement) -> None:
        self._reading.reject(reason, element.line)

    def _reject_all(self, element: XmlElement, known: frozenset[str]) -> None:
        for child in element.children:
            if child.name not in known:
                self._reject(f"unknown element {child.tag!r:.80}", child)

    def _take_declarations(self, element: XmlElement) -> None:
        holder = element.attributes.get("class", "")
        for child in element.children:
            name = child.attributes.get("id")
            if child.name != "attribute" or not name:
                self._reject(f"expected an attribute with an id, got {child.tag!r:.80}", child)
                continue
            found = _Attribute(child.attributes.get("title") or name, child.attributes.get("type", "string"))
            self._attributes[holder, name] = found
            for part in child.children:
                if part.name == "default":
                    value = self._value(part.text, found, part)
                    if value is not None:
                        self._defaults[holder][found.title] = value
                elif part.name != "options":
                    self._reject(f"unknown element {part.tag!r:.80} in an attribute", part)

    def _take_meta(self, meta: XmlElement) -> None:
        said = dict(meta.attributes)
        said.update({child.name: child.text.strip() for child in meta.children})
        self.network.graph(said, meta.line)

    def _take_node(self, node: XmlElement) -> None:
        name = node.attributes.get("id")
        if name is None:
            self._reject("a node has no id", node)
            return
        self.network.node(name, self._said(node, "node", _FOR_NODES), node.line)
        above = node.ancestor("node")
        wholes = [node.attributes.get("pid"), above.attributes.get("id") if above is not None else None]
        wholes += [part.attributes.get("for") for part in node.descendants() if part.name == "parent"]
        for whole in dict.fromkeys(wholes):
            if whole:
                self.network.part(name, whole, node.line)

    def _take_edge(self, edge: XmlElement) -> None:
        source, target = edge.attributes.get("source"), edge.attributes.get("target")
        if source is None or target is None:
            self._reject("an edge has no source or no target", edge)
            return
        graph = edge.ancestor("graph")
        default = graph.attributes.get("defaultedgetype") if graph is not None else None
        kind = edge.attributes.get("type") or default or "undirected"
        if kind not in ("directed", "undirected", "mutual"):
            self._reject(f"expected an edge that is directed, undirected or mutual, got {kind!r:.80}", edge)
            return
        said = self._said(edge, "edge", _FOR_EDGES)
        self.network.edge(source, target, said, edge.line, directed=kind == "directed")

    def _said(self, element: XmlElement, holder: str, known: frozenset[str]) -> dict[str, Any]:
        """Return all that a node or an edge says of itself."""
        said: dict[str, Any] = {
            name: value for name, value in element.attributes.items() if name not in known
        }
        for child in element.children:
            if child.name == "attvalues":
                for value in child.children:
                    self._take_value(value, holder, said)
            elif child.name in _VIZ:
                said[f"viz:{child.name}"] = _plain(child)
            elif child.name in ("spells", "slices"):
                said[child.name] = [_plain(part) for part in child.children]
            elif child.name not in ("parents", "nodes", "edges"):
                self._reject(f"unknown element {child.tag!r:.80} in a {holder}", child)
        for name, value in self._defaults[holder].items():
            said.setdefault(name, value)
        return said

    def _take_value(self, element: XmlElement, holder: str, said: dict[str, Any]) -> None:
        name = element.attributes.get("for", element.attributes.get("id", ""))
        attribute = self._attributes.get((holder, name))
        if attribute is None or "value" not in element.attributes:
            self._reject(f"expected a value of a declared attribute, got one for {name!r:.80}", element)
            return
        value: Any = self._value(element.attributes["value"], attribute, element)
        if value is None:
            return
        times = {time: element.attributes[time] for time in _TIMES if time in element.attributes}
        if times:
            value = {"value": element.attributes["value"], **times}
        if attribute.title in said:
            before = said[attribute.title]
            value = [*(before if isinstance(before, list) else [before]), value]
        said[attribute.title] = value

    def _value(self, text: str, attribute: _Attribute, element: XmlElement) -> str | Typed | None:
        try:
            return plain_value(text, attribute.kind)
        except ValueError as error:
            self._reject(f"{attribute.title!r:.80}: {error}", element)
            return None


def _plain(element: XmlElement) -> dict[str, str]:
    """Return the attributes of an element, without the namespaces that it declares."""
    return {name: value for name, value in element.attributes.items() if not name.startswith("xmlns")}
