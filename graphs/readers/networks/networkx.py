"""Graphs of networkx (https://networkx.org) as statements."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from graphs.block import Block
from graphs.readers.networks.node_names import NodeNames
from graphs.readers.networks.statements import NetworkStatements
from graphs.readers.reading import Reading

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["from_networkx"]


def from_networkx(
    graph: nx.Graph,
    *,
    source: str = "networkx",
    named_graph: str = "",
    prefixes: Mapping[str, str] | None = None,
) -> Block:
    """Return the statements of a graph of networkx; :mod:`graphs.readers.networks.statements` says what becomes of it.

    What :func:`graphs.writers.networkx.to_networkx` has made with ``complete=True`` comes back as it was.

    Args:
        graph: of any of networkx's classes; the edges of an undirected one lead both ways.
        source: kept with every statement that names none itself.
        named_graph: the named graph of statements that name none themselves.
        prefixes: short names of namespaces that node names may use.

    Raises:
        GraphFormatError: a name or an attribute cannot be kept.

    >>> import networkx as nx
    >>> birds = nx.DiGraph()
    >>> birds.add_edge("ex:owl", "ex:mouse", label="ex:eats")
    >>> block = from_networkx(birds)
    >>> block.pools.nodes.to_pylist(), block.pools.relations.to_pylist()
    (['ex:owl', 'ex:mouse'], ['ex:eats'])
    """
    reading = Reading(None, source, "networkx", graph=named_graph, prefixes=dict(prefixes or {}))
    network = NetworkStatements(reading, scope="", sources=True)
    said = {str(name): value for name, value in graph.graph.items() if value != {}}
    if said:
        network.graph(said)
    names = NodeNames()
    for node, attributes in graph.nodes(data=True):
        if fault := names.clash(node):
            reading.reject(fault)
        network.node(_name(node), _named(attributes))
    directed = graph.is_directed()
    edges: Iterable[tuple[Hashable, Hashable, Any, Mapping[Any, Any]]]
    if graph.is_multigraph():
        edges = graph.edges(keys=True, data=True)
    else:
        edges = ((start, end, None, attributes) for start, end, attributes in graph.edges(data=True))
    for start, end, key, attributes in edges:
        said = _named(attributes)
        if isinstance(key, str):
            said.setdefault("key", key)
        network.edge(_name(start), _name(end), said, directed=directed)
    return network.finish()


def _name(node: Hashable) -> str:
    return node if isinstance(node, str) else str(node)


def _named(attributes: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): _plain(value) for name, value in attributes.items()}


def _plain(value: Any) -> Any:
    """Return a number of NumPy as Python's, and a set as a list."""
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", None) == 0 else value
