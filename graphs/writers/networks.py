"""A graph as GraphML, GEXF or node-link JSON, for programs that draw and analyse networks.

What is written comes back as the same graph when it is read here, but for sources and (in GEXF) prefixes; networkx,
Gephi, Cytoscape and D3 read it too. See :mod:`graphs.attribute_names` for how literals are written.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final
from xml.sax.saxutils import escape, quoteattr

from graphs.attribute_names import Scalar
from graphs.store import Store
from graphs.writers.network_attributes import NetworkEdge, NetworkNode, edges_of, fits_xml, nodes_of
from graphs.writers.packing import created
from graphs.writers.written import PREFIXES, SOURCES, Written

__all__ = ["write_gexf", "write_graphml", "write_node_link"]

_NO_NAME: Final = "statements with names that XML has no place for"
_GRAPHML: Final = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
_GEXF: Final = '<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">'
_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_GRAPHML_TYPES: Final[dict[type, str]] = {bool: "boolean", int: "long", float: "double", str: "string"}
_GEXF_TYPES: Final[dict[type, str]] = {bool: "boolean", int: "long", float: "double", str: "string"}
_EDGE_ATTRIBUTES: Final = {"relation": str, "graph": str}


def write_graphml(store: Store, path: Path) -> Written:
    """Write a graph as GraphML (http://graphml.graphdrawing.org/specification.html).

    Args:
        store: the graph.
        path: the file; packed where it ends in ``.gz``, ``.bz2``, ``.xz`` or ``.zst``.

    Raises:
        GraphError: the file cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_graphml(Store.from_triples([("ex:owl", "ex:eats", "ex:mouse")]), Path(folder, "owls.graphml"))
    Written(statements=1, left_out={})
    """
    balance = _Balance(store)
    keys = _keys(store)
    with created(path) as stream:
        _write(stream, [_XML, _GRAPHML])
        for (name, kind), number in keys.items():
            _write(
                stream,
                [
                    f'<key id="n{number}" for="node" attr.name={quoteattr(name)} attr.type="{_GRAPHML_TYPES[kind]}"/>'
                ],
            )
        for name in _EDGE_ATTRIBUTES:
            _write(stream, [f'<key id="{name}" for="edge" attr.name="{name}" attr.type="string"/>'])
        _write(stream, ['<key id="weight" for="edge" attr.name="weight" attr.type="double"/>'])
        if store.prefixes:
            _write(stream, ['<key id="prefixes" for="graph" attr.name="prefixes" attr.type="string"/>'])
        _write(stream, ['<graph edgedefault="directed">'])
        if store.prefixes:
            prefixes = escape(json.dumps(dict(store.prefixes), sort_keys=True))
            _write(stream, [f'<data key="prefixes">{prefixes}</data>'])
        _write(stream, (_graphml_node(node, keys) for node in balance.nodes()))
        _write(stream, (_graphml_edge(edge) for edge in balance.edges()))
        _write(stream, ["</graph>", "</graphml>"])
    return balance.written()


def _graphml_node(node: NetworkNode, keys: dict[tuple[str, type], int]) -> str:
    data = "".join(
        f'<data key="n{keys[name, type(value)]}">{escape(_text(value))}</data>'
        for name, value in node.attributes.items()
    )
    return f"<node id={quoteattr(node.name)}>{data}</node>" if data else f"<node id={quoteattr(node.name)}/>"


def _graphml_edge(edge: NetworkEdge) -> str:
    data = f'<data key="relation">{escape(edge.relation)}</data>'
    if edge.graph:
        data += f'<data key="graph">{escape(edge.graph)}</data>'
    if edge.weight != 1:
        data += f'<data key="weight">{edge.weight!r}</data>'
    return f"<edge source={quoteattr(edge.head)} target={quoteattr(edge.tail)}>{data}</edge>"


def write_gexf(store: Store, path: Path) -> Written:
    """Write a graph as GEXF 1.2 (https://gexf.net/schema.html); arguments and errors as of :func:`write_graphml`.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_gexf(Store.from_triples([("ex:owl", "ex:eats", "ex:mouse")]), Path(folder, "owls.gexf"))
    Written(statements=1, left_out={})
    """
    balance = _Balance(store)
    keys = _keys(store)
    with created(path) as stream:
        _write(stream, [_XML, _GEXF, '<graph defaultedgetype="directed" mode="static">'])
        declared = [
            f'<attribute id="n{number}" title={quoteattr(name)} type="{_GEXF_TYPES[kind]}"/>'
            for (name, kind), number in keys.items()
            if name != "label"
        ]
        _write(stream, ['<attributes class="node">', *declared, "</attributes>"])
        declared = [f'<attribute id="{name}" title="{name}" type="string"/>' for name in _EDGE_ATTRIBUTES]
        _write(stream, ['<attributes class="edge">', *declared, "</attributes>", "<nodes>"])
        _write(stream, (_gexf_node(node, keys) for node in balance.nodes()))
        _write(stream, ["</nodes>", "<edges>"])
        _write(stream, (_gexf_edge(edge, number) for number, edge in enumerate(balance.edges())))
        _write(stream, ["</edges>", "</graph>", "</gexf>"])
    return balance.written({PREFIXES: len(store.prefixes)})


def _gexf_node(node: NetworkNode, keys: dict[tuple[str, type], int]) -> str:
    values = dict(node.attributes)
    label = f" label={quoteattr(values.pop('label'))}" if "label" in values else ""
    data = "".join(
        f'<attvalue for="n{keys[name, type(value)]}" value={quoteattr(_text(value))}/>'
        for name, value in values.items()
    )
    data = f"<attvalues>{data}</attvalues>" if data else ""
    return f"<node id={quoteattr(node.name)}{label}>{data}</node>"


def _gexf_edge(edge: NetworkEdge, number: int) -> str:
    data = f'<attvalue for="relation" value={quoteattr(edge.relation)}/>'
    if edge.graph:
        data += f'<attvalue for="graph" value={quoteattr(edge.graph)}/>'
    weight = f' weight="{edge.weight!r}"' if edge.weight != 1 else ""
    ends = f"source={quoteattr(edge.head)} target={quoteattr(edge.tail)}"
    return f'<edge id="{number}" {ends}{weight}><attvalues>{data}</attvalues></edge>'


def write_node_link(store: Store, path: Path) -> Written:
    """Write a graph as the node-link JSON of networkx; arguments and errors as of :func:`write_graphml`.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_node_link(Store.from_triples([("ex:owl", "ex:eats", "ex:mouse")]), Path(folder, "owls.json"))
    Written(statements=1, left_out={})
    """
    balance = _Balance(store, xml=False)
    about = {"prefixes": dict(store.prefixes)} if store.prefixes else {}
    with created(path) as stream:
        head = f'{{"directed": true, "multigraph": true, "graph": {_json(about)}, "nodes": ['
        _write(stream, [head])
        _write(stream, _separated(_json({"id": node.name, **node.attributes}) for node in balance.nodes()))
        _write(stream, ['], "edges": ['])
        _write(stream, _separated(_json(_link(edge)) for edge in balance.edges()))
        _write(stream, ["]}"])
    return balance.written()


def _link(edge: NetworkEdge) -> dict[str, Scalar]:
    link: dict[str, Scalar] = {"source": edge.head, "target": edge.tail, "relation": edge.relation}
    if edge.weight != 1:
        link["weight"] = edge.weight
    if edge.graph:
        link["graph"] = edge.graph
    return link


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _separated(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines with commas between them."""
    before = None
    for line in lines:
        if before is not None:
            yield before + ","
        before = line
    if before is not None:
        yield before


def _write(stream: IO[bytes], lines: Iterable[str]) -> None:
    for line in lines:
        stream.write(line.encode() + b"\n")


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _keys(store: Store) -> dict[tuple[str, type], int]:
    """Return a number for every attribute of nodes, by its name and the type of its values."""
    names = {
        (name, type(value)) for node in nodes_of(store, xml=True) for name, value in node.attributes.items()
    }
    return {
        key: number for number, key in enumerate(sorted(names, key=lambda key: (key[0], key[1].__name__)))
    }


class _Balance:
    """Hands out what can be written, and counts it and what cannot."""

    def __init__(self, store: Store, *, xml: bool = True) -> None:
        self._store, self._xml = store, xml
        self._statements = 0
        self._left_out: Counter[str] = Counter()

    def nodes(self) -> Iterator[NetworkNode]:
        """Yield the nodes whose names can be written."""
        for node in nodes_of(self._store, xml=self._xml):
            if self._xml and not fits_xml(node.name):
                self._left_out[_NO_NAME] += node.literals
                continue
            self._statements += node.literals
            yield node

    def edges(self) -> Iterator[NetworkEdge]:
        """Yield the edges whose names can be written."""
        for edge in edges_of(self._store):
            if self._xml and not all(map(fits_xml, (edge.head, edge.relation, edge.tail, edge.graph))):
                self._left_out[_NO_NAME] += 1
                continue
            self._statements += 1
            yield edge

    def written(self, also: dict[str, int] | None = None) -> Written:
        """Return the balance; sources count where there are several, for then they tell statements apart."""
        sources = self._store.sources()
        if len(sources) > 1:
            self._left_out[SOURCES] += sum(count for name, count in sources.items() if name)
        self._left_out.update(also or {})
        return Written(self._statements, {what: count for what, count in self._left_out.items() if count})
