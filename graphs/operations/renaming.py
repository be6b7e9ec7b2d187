"""The same graph in other words: every relation under another name, or dealt out among several.

It shows what a model knows of relations besides their names: two graphs that say the same in two vocabularies should
serve it alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from jaxtyping import Int64

from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.columns import Columns
from graphs.errors import UnknownTermError
from graphs.statements import Statements
from graphs.store import Store

__all__ = ["dealt_out", "rename_relations"]


def rename_relations(
    graph: Store,
    names: Mapping[str, Sequence[str]],
    *,
    labels: Mapping[str, str] | None = None,
    source: str = "renaming",
) -> Columns:
    """Return the graph with other names for relations.

    What is said about the relations themselves stays with their old names, but for their being one another's inverse,
    or symmetric: that is said of the new names too. A statement and the same one the other way round, by the inverse
    relation, get names that are inverses of each other.

    Args:
        graph: whose relations to rename.
        names: relation -> its new name, or the several among which its statements are dealt out; relations left out
            keep theirs.
        labels: new name -> what to call it in English; nothing is said of names left out.
        source: of what is said about the new names.

    Raises:
        UnknownTermError: the graph has no such relation.

    >>> owls = Store.from_triples([("ex:owl", "ex:isA", "ex:bird")])
    >>> Store(rename_relations(owls, {"ex:isA": ["ex:r1"]})).neighbours(1)
    [('ex:r1', 0)]
    """
    unknown = sorted(set(names) - set(graph.relation_iris))
    if unknown:
        raise UnknownTermError(
            f"the graph has no relations {', '.join(unknown)}; it has {graph.relation_iris}"
        )
    block = graph.block()
    pool = block.pools.relations.to_pylist()
    further = [name for several in names.values() for name in several]
    place = {name: len(pool) + number for number, name in enumerate(dict.fromkeys(further))}
    nodes = block.pools.nodes.to_pylist()
    numbers = graph.entity_ids(nodes)
    heads, tails = numbers[block.triples.head], numbers[block.triples.tail]
    schema = np.isin(heads, graph.relation_entities())
    old = np.asarray(block.triples.relation)
    relations = old.astype(np.int32).copy()
    for number, relation in enumerate(pool):
        if relation in names:
            rows = np.flatnonzero((old == number) & ~schema)
            parts = np.array([place[name] for name in names[relation]], dtype=np.int32)
            relations[rows] = parts[dealt_out(heads[rows], tails[rows], len(parts))]
    pools = replace(block.pools, relations=pa.array([*pool, *place], pa.large_string()))
    renamed = replace(block, pools=pools, triples=replace(block.triples, relation=relations))
    return assemble([renamed, _about(graph, names, labels or {}, source).block()], graph.prefixes)


def dealt_out(
    ones: Int64[np.ndarray, " n"], others: Int64[np.ndarray, " n"], parts: int
) -> Int64[np.ndarray, " n"]:
    """Return a part for every pair of numbers: the same for both directions, and as good as drawn by lot.

    The numbers are mixed as in SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).

    >>> dealt_out(np.array([1, 2, 1]), np.array([2, 1, 3]), 2).tolist()
    [0, 0, 1]
    """
    low, high = np.minimum(ones, others).astype(np.uint64), np.maximum(ones, others).astype(np.uint64)
    mixed = low * np.uint64(0x9E3779B97F4A7C15) + high
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    part: Int64[np.ndarray, " n"] = (mixed % np.uint64(parts)).astype(np.int64)
    return part


def _about(
    graph: Store, names: Mapping[str, Sequence[str]], labels: Mapping[str, str], source: str
) -> Statements:
    said = Statements()
    for relation, several in names.items():
        inverse = graph.inverse_of(relation)
        for number, name in enumerate(several):
            if inverse == relation:
                said.add(name, v.RDF_TYPE, v.OWL_SYMMETRIC, source=source)
            elif inverse is not None and inverse in names and number < len(names[inverse]):
                said.add(name, v.OWL_INVERSE_OF, names[inverse][number], source=source)
            if labels.get(name):
                said.add_literal(name, v.RDFS_LABEL, labels[name], language="en", source=source)
    return said
