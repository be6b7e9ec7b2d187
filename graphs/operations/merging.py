"""Merging: several graphs into one that says what any of them says, each statement with its sources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial, reduce
from typing import Final, Literal

from graphs.assemble import assemble
from graphs.columns import Columns
from graphs.errors import GraphError
from graphs.operations.blank_nodes import all_blank_nodes, rename_blank_nodes
from graphs.prefix_map import PrefixMap
from graphs.store import Store

__all__ = ["Preference", "merge", "merge_prefixes"]

Preference = Literal["first", "last"]

_SCOPED: Final = re.compile(r"_:[0-9a-f]{12}-")
"""How a name begins that a reader has given: it holds a digest of the file, so equal names mean one node."""


def merge(
    graphs: Sequence[Store],
    *,
    names: Sequence[str] | None = None,
    prefer: Preference | None = None,
) -> Columns:
    """Return one graph of all statements of some graphs, with their sources, named graphs and weights.

    What several say is one statement with several sources. Blank nodes that readers have named after their file are
    one node wherever the same file was read; other blank nodes of different graphs are different nodes, as in an RDF
    merge (https://www.w3.org/TR/rdf11-mt/#shared-blank-nodes-unions-and-merges), and those of the second graph and
    on get other names where two would meet.

    Args:
        graphs: at least one.
        names: what to call the graphs in errors; left out, "graph 1" and so on.
        prefer: whose namespace holds where two graphs mean different ones by a prefix: that of the "first" or of the
            "last" of them. Left out, this is an error.

    Raises:
        GraphError: there is no graph, or a prefix means two namespaces.

    >>> owls = Store.from_triples([("ex:owl", "ex:isA", "ex:bird")], source="owls.nt")
    >>> birds = Store.from_triples([("ex:owl", "ex:isA", "ex:bird"), ("ex:hen", "ex:isA", "ex:bird")], source="b.nt")
    >>> merged = Store(merge([owls, birds]))
    >>> merged, merged.sources()
    (Store(entities=3, relations=1, triples=2, literals=0), {'b.nt': 2, 'owls.nt': 1})
    """
    if not graphs:
        raise GraphError("expected at least one graph to merge, got none")
    chosen = merge_prefixes([graph.prefixes for graph in graphs], names=names, prefer=prefer)
    prefixes = reduce(PrefixMap.joined, (graph.columns.prefixes for graph in graphs))
    differing = {prefix: space for prefix, space in chosen.items() if prefixes[prefix] != space}
    prefixes = PrefixMap(differing).joined(prefixes)
    taken: set[str] = set()
    blocks = []
    for graph in graphs:
        own = {name for name in all_blank_nodes(graph.columns) if not _SCOPED.match(name)}
        apart = _names_apart(own, taken)
        taken |= {apart.get(name, name) for name in own}
        block = graph.block()
        blocks.append(rename_blank_nodes(block, partial(_renamed, apart)) if apart else block)
    return assemble(blocks, prefixes)


def merge_prefixes(
    maps: Sequence[Mapping[str, str]],
    *,
    names: Sequence[str] | None = None,
    prefer: Preference | None = None,
) -> dict[str, str]:
    """Return one prefix map of several.

    Args:
        maps: namespaces by prefix.
        names: whose they are, for errors.
        prefer: whose namespace holds where two differ; left out, that is an error.

    Raises:
        GraphError: a prefix means two namespaces.

    >>> merge_prefixes([{"ex": "http://a.example/"}, {"ex": "http://b.example/"}], prefer="first")
    {'ex': 'http://a.example/'}
    """
    names = names or [f"graph {number}" for number in range(1, len(maps) + 1)]
    merged: dict[str, str] = {}
    owners: dict[str, str] = {}
    for name, prefixes in zip(names, maps, strict=True):
        for prefix, namespace in prefixes.items():
            known = merged.get(prefix, namespace)
            if known != namespace and prefer is None:
                raise GraphError(
                    f"the prefix {prefix!r} stands for {known} in {owners[prefix]} and for {namespace} in {name}; "
                    "say whose holds: prefer the first or the last"
                )
            if prefix not in merged or (known != namespace and prefer == "last"):
                merged[prefix], owners[prefix] = namespace, name
    return merged


def _names_apart(names: set[str], taken: set[str]) -> dict[str, str]:
    """Return new names for those that are taken: with the first number behind them that makes them free."""
    apart: dict[str, str] = {}
    used = taken | names
    for name in sorted(names & taken):
        number = 2
        while f"{name}-{number}" in used:
            number += 1
        apart[name] = f"{name}-{number}"
        used.add(apart[name])
    return apart


def _renamed(names: Mapping[str, str], name: str) -> str:
    return names.get(name, name)
