"""What follows from what a graph states, as statements that may be added to it; nothing is added unasked.

Of RDF Schema and OWL 2 RL (https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules), the
rules about relations are known: inverse (prp-inv1, prp-inv2), symmetric (prp-symp), sub-property (prp-spo1) and
transitive ones (prp-trp); and the relations between classes that existential restrictions stand for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse

from graphs import vocabulary as v
from graphs.block import Block, Pools, TripleCodes, constant
from graphs.errors import GraphError
from graphs.schema import Schema
from graphs.selection import select
from graphs.statements import Statements
from graphs.store import Store

__all__ = ["RULES", "Rule", "entailed", "restrictions"]

Rule = Literal["inverse", "symmetric", "sub-property", "transitive"]
RULES: Final[tuple[Rule, ...]] = get_args(Rule)

Pairs = npt.NDArray[np.int64]
"""Heads and tails of triples of one relation, packed into one number each: sorted, each once."""
_PRODUCT: Final = 1 << 27
"""Cells that a product of matrices may have, so that even one without zeros fits into memory."""
_NONE: Final[Pairs] = np.zeros(0, np.int64)


def entailed(
    store: Store,
    schema: Schema | None = None,
    *,
    rules: Collection[Rule] = RULES,
    max_triples: int = 50_000_000,
    source: str = "entailed",
) -> Block:
    """Return the triples that follow from those of a graph and its schema, without those that it holds already.

    The rules are applied until nothing new follows.

    Args:
        store: the graph.
        schema: what is known of its relations; left out, what it states itself and what the standards say.
        rules: which rules to apply.
        max_triples: most triples that may follow.
        source: kept with every triple, so that they can be told, and forgotten, by it.

    Raises:
        GraphError: an unknown rule, or more triples follow than allowed.

    >>> graph = Store.from_triples([("ex:a", v.SKOS_BROADER, "ex:b"), ("ex:b", v.SKOS_BROADER, "ex:c")])
    >>> pools, triples = (block := entailed(graph, rules=["inverse"])).pools, block.triples
    >>> [(pools.nodes[head].as_py(), pools.nodes[tail].as_py()) for head, tail in zip(triples.head, triples.tail)]
    [('ex:b', 'ex:a'), ('ex:c', 'ex:b')]
    >>> len(entailed(graph, rules=["sub-property", "transitive"]))
    3
    """
    if unknown := set(rules) - set(RULES):
        raise GraphError(f"unknown rule {min(unknown)!r}; known are {', '.join(RULES)}")
    properties = (schema or Schema.of(store)).properties
    stated = {iri: _packed(*store.edges(iri)[:2]) for iri in store.relation_iris}
    found = dict(stated)
    limit = sum(map(len, stated.values())) + max_triples
    waiting = sorted(stated)
    while waiting:
        grown: set[str] = set()
        for relation in waiting:
            described = properties.get(relation)
            if described is None:
                continue
            pairs = found[relation]
            if described.transitive and "transitive" in rules:
                pairs = _closure(pairs, max_triples, relation)
                grown |= _grow(found, relation, pairs)
            if described.symmetric and "symmetric" in rules:
                grown |= _grow(found, relation, _turned(pairs))
            for inverse in described.inverses if "inverse" in rules else ():
                grown |= _grow(found, inverse, _turned(pairs))
            for parent in described.parents if "sub-property" in rules else ():
                grown |= _grow(found, parent, pairs)
            if sum(map(len, found.values())) > limit:
                raise _too_many(max_triples, relation)
        waiting = sorted(grown)
    new = {
        iri: np.setdiff1d(pairs, stated.get(iri, _NONE), assume_unique=True) for iri, pairs in found.items()
    }
    return _block(store, {iri: pairs for iri, pairs in sorted(new.items()) if len(pairs)}, source)


def _grow(found: dict[str, Pairs], relation: str, pairs: Pairs) -> set[str]:
    """Add pairs to those of a relation; return the relation if it did not have them all."""
    before = found.get(relation, _NONE)
    after = np.union1d(before, pairs)
    found[relation] = after
    return {relation} if len(after) > len(before) else set()


def _packed(heads: npt.NDArray[np.int32], tails: npt.NDArray[np.int32]) -> Pairs:
    return np.unique(heads.astype(np.int64) << 32 | tails)


def _turned(pairs: Pairs) -> Pairs:
    return np.unique((pairs & 0xFFFFFFFF) << 32 | pairs >> 32)


def _closure(pairs: Pairs, max_triples: int, relation: str) -> Pairs:
    """Return the pairs that are connected by one pair or more."""
    nodes, ends = np.unique(np.stack([pairs >> 32, pairs & 0xFFFFFFFF]), return_inverse=True)
    heads, tails = ends.reshape(2, -1)
    size = len(nodes)
    if not size:
        return pairs
    reach = sparse.csr_array((np.ones(len(heads), np.bool_), (heads, tails)), shape=(size, size))
    rows = max(1, _PRODUCT // size)
    while True:
        parts, count = [], 0
        for begin in range(0, size, rows):
            part = reach[begin : begin + rows]
            parts.append((part + part @ reach).tocsr())
            count += parts[-1].nnz
            if count > max_triples + len(pairs):
                raise _too_many(max_triples, relation)
        if count == reach.nnz:
            break
        reach = sparse.vstack(parts, format="csr")
    coordinates = reach.tocoo()
    return np.unique(nodes[coordinates.row].astype(np.int64) << 32 | nodes[coordinates.col])


def _too_many(max_triples: int, relation: str) -> GraphError:
    return GraphError(
        f"more than {max_triples:,} triples follow, most of them of {relation}; allow more, or leave a rule out"
    )


def _block(store: Store, pairs: Mapping[str, Pairs], source: str) -> Block:
    ends = np.concatenate([_NONE, *pairs.values()])
    count = len(ends)
    relation = np.repeat(np.arange(len(pairs), dtype=np.int32), [len(found) for found in pairs.values()])
    pools = Pools.of(nodes=store.columns.entities.column("iri"), relations=list(pairs), sources=[source])
    triples = TripleCodes(
        head=(ends >> 32).astype(np.int32),
        relation=relation,
        tail=(ends & 0xFFFFFFFF).astype(np.int32),
        source=constant(0, count),
        graph=constant(0, count),
        weight=np.broadcast_to(np.float32(1), count),
    )
    return Block(pools, triples, Statements().block().literals)


def restrictions(store: Store) -> Block:
    """Return the relations between classes that existential restrictions stand for.

    ``C rdfs:subClassOf [ owl:onProperty p ; owl:someValuesFrom D ]``, "every C has the relation p to some D", becomes
    the triple (C, p, D), with the source, the graph and the weight of the sub-class statement; so does
    ``owl:equivalentClass``. Restrictions within ``owl:intersectionOf`` are not looked at.

    >>> graph = Store.from_triples([
    ...     ("ex:wing", v.RDFS_SUBCLASS_OF, "_:r"), ("_:r", v.OWL_ON_PROPERTY, "ex:partOf"),
    ...     ("_:r", v.OWL_SOME_VALUES_FROM, "ex:bird"),
    ... ])
    >>> from graphs.assemble import assemble
    >>> Store(assemble([restrictions(graph)])).edges("ex:partOf")[0].tolist()
    [1]
    """
    wanted = [iri for iri in (v.RDFS_SUBCLASS_OF, v.OWL_EQUIVALENT_CLASS) if iri in store.relation_iris]
    triple = store.columns.statements.column("triple").to_numpy()
    numbers = [store.relation_id(iri) for iri in wanted]
    stated = np.isin(store.relation_ids, numbers)[triple]
    block = select(store.columns, stated, np.zeros(store.num_literals, np.bool_))
    triples = block.triples
    heads, tails = (
        store.heads[triple[stated]],
        store.tails[triple[stated]],
    )  # numbers of the graph, not of the block
    rows, properties = _joined(tails, store, v.OWL_ON_PROPERTY)
    again, fillers = _joined(tails[rows], store, v.OWL_SOME_VALUES_FROM)
    rows, properties = rows[again], properties[again]
    codes, relation = np.unique(properties, return_inverse=True)
    names = store.columns.entities.column("iri")
    return Block(
        replace(block.pools, nodes=names, relations=names.take(pa.array(codes))),
        TripleCodes(
            head=heads[rows],
            relation=relation.astype(np.int32),
            tail=fillers,
            source=triples.source[rows],
            graph=triples.graph[rows],
            weight=triples.weight[rows],
        ),
        block.literals,
    )


def _joined(
    entities: npt.NDArray[np.int32], store: Store, relation: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Return the places of entities that a relation starts from, and what it leads to; a place for each of these."""
    if relation not in store.relation_iris:
        return np.zeros(0, np.int64), np.zeros(0, np.int32)
    heads, tails, _ = store.edges(relation)
    first, last = np.searchsorted(heads, entities, "left"), np.searchsorted(heads, entities, "right")
    counts = last - first
    places = np.repeat(np.arange(len(entities)), counts)
    within = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
    return places, tails[np.repeat(first, counts) + within]
