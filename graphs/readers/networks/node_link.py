"""Node-link JSON, as networkx and D3 write it.

Source: https://networkx.org/documentation/stable/reference/readwrite/json_graph.html. An object with ``nodes`` and
``links`` (or ``edges``), each an array; a node has an ``id``, a link its ``source`` and ``target``, by id, or, where
nodes have none, by place. ``directed`` has to stand before the links to hold; a document without it is directed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from graphs.block import Block
from graphs.readers.json_text import END, JsonError, walk
from graphs.readers.networks.node_names import NodeNames
from graphs.readers.networks.statements import NetworkStatements
from graphs.readers.reading import Reading

__all__ = ["read_node_link"]

_BLOCK: Final = 100_000
_LINKS: Final = ("links", "edges")
_OPENED: Final = frozenset({(), ("nodes",), *((name,) for name in _LINKS)})
_KNOWN: Final = frozenset({"directed", "multigraph", "graph"})


def read_node_link(reading: Reading) -> Iterator[Block]:
    """Yield the statements of a file of node-link JSON.

    Raises:
        GraphFormatError: the file cannot be read; or something in it cannot be taken, and the first error stops the
            reading.
    """
    document = _Document(reading)
    with reading.open() as stream:
        try:
            for path, value, line in walk(stream, _OPENED.__contains__, reading.limits):
                document.take(path, value, line)
                if len(document.network) >= _BLOCK:
                    yield document.network.block()
        except JsonError as error:
            reading.reject(str(error), error.line)
    document.finish()
    yield document.network.finish()


class _Document:
    """Takes the parts of a document as they come."""

    def __init__(self, reading: Reading) -> None:
        self.network = NetworkStatements(reading)
        self._reading = reading
        self._directed = True
        self._linked = False
        self._named = False
        self._nodes = 0
        self._others: dict[str, Any] = {}
        self._names = NodeNames()

    def take(self, path: tuple[str, ...], value: Any, line: int) -> None:
        """Take a node, a link, or what is said of the network as a whole."""
        name = path[0] if len(path) == 1 else ""
        if value is END:
            return
        if name == "nodes":
            self._take_node(value, line)
        elif name in _LINKS:
            self._take_link(value, line)
        elif name == "directed":
            if not isinstance(value, bool):
                self._reading.reject(f"expected directed to be true or false, got {value!r:.80}", line)
            elif self._linked and not value:
                self._reading.reject("expected directed before the links that it is said of", line)
            else:
                self._directed = value
        elif name == "graph":
            found = dict(value) if isinstance(value, dict) else None
            if found is None:
                self._reading.reject(f"expected an object as graph, got {value!r:.80}", line)
            elif found:
                self.network.graph(found, line)
        elif name and name != "multigraph":
            self._others[name] = value
        elif not name:
            self._reading.reject(f"expected an object with nodes and links, got {value!r:.80}", line)

    def finish(self) -> None:
        """Add what else the document says of the network."""
        if self._others:
            self.network.graph(self._others)

    def _take_node(self, node: Any, line: int) -> None:
        place = self._nodes
        self._nodes += 1
        if not isinstance(node, dict):
            self._reading.reject(f"expected an object as a node, got {node!r:.80}", line)
            return
        name = node.pop("id", None)
        self._named |= name is not None
        name = place if name is None else _name(name)
        if not self._clashes(name, line):
            self.network.node(_text(name), node, line)

    def _take_link(self, link: Any, line: int) -> None:
        self._linked = True
        if not isinstance(link, dict):
            self._reading.reject(f"expected an object as a link, got {link!r:.80}", line)
            return
        source, target = _name(link.pop("source", None)), _name(link.pop("target", None))
        if not (self._clashes(source, line) or self._clashes(target, line)):
            self.network.edge(_text(source), _text(target), link, line, directed=self._directed)

    def _clashes(self, name: Any, line: int) -> bool:
        fault = None if name is None else self._names.clash(name)
        if fault is not None:
            self._reading.reject(fault, line)
        return fault is not None


def _name(name: Any) -> Any:
    """Return the name of a node; networkx writes the tuples that it takes for names as arrays."""
    return tuple(name) if isinstance(name, list) else name


def _text(name: Any) -> Any:
    return str(name) if isinstance(name, tuple) else name
