"""Relations that give each other away: inverse, duplicate and symmetric ones.

Where two relations hold between nearly the same pairs of entities, a triple of one in the training part tells a triple
of the other in the test part: so it was in FB15k and WN18 (Toutanova and Chen, "Observed versus latent features for
knowledge base and text inference", 2015, https://aclanthology.org/W15-4007/; Akrami et al., "Realistic Re-evaluation of
Knowledge Graph Completion Methods", 2020, https://arxiv.org/abs/2003.08001).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from graphs import vocabulary as v
from graphs.selection import Mask
from graphs.store import Store

__all__ = ["DEFAULT_OVERLAP", "Leak", "leak_groups", "leaking_relations"]

DEFAULT_OVERLAP: Final = 0.8
"""Share of a relation's pairs from which on another gives it away: that of Akrami et al.; in the first paper, 0.97."""

_STATED: Final = {
    v.OWL_INVERSE_OF: "inverse",
    v.OWL_EQUIVALENT_PROPERTY: "duplicate",
    v.RDFS_SUBPROPERTY_OF: "duplicate",
}


@dataclass(frozen=True, slots=True)
class Leak:
    """One relation that gives away another, or itself.

    Attributes:
        relation: IRI.
        other: IRI; the same one where the relation is symmetric.
        kind: "inverse" where pairs are the other way round, "duplicate" where they are not, or "symmetric".
        overlap: the share of the pairs of one of them that are pairs of the other, whichever is greater, from 0 to 1.
        stated: whether the graph itself says that they belong together.
    """

    relation: str
    other: str
    kind: Literal["inverse", "duplicate", "symmetric"]
    overlap: float
    stated: bool


def leaking_relations(
    graph: Store, *, overlap: float = DEFAULT_OVERLAP, facts: Mask | None = None
) -> list[Leak]:
    """Return the relations that give each other away, sorted.

    Args:
        graph: where to look.
        overlap: the least share of pairs; relations of which the graph says that they are inverse, symmetric,
            equivalent or one part of the other count whatever they share.
        facts: which triples to look at, bool [num_triples]; all, if left out.

    >>> family = Store.from_triples([("ex:a", "ex:parent", "ex:b"), ("ex:b", "ex:child", "ex:a")])
    >>> leak, = leaking_relations(family)
    >>> leak.relation, leak.other, leak.kind, leak.overlap
    ('ex:child', 'ex:parent', 'inverse', 1.0)
    """
    rows = slice(None) if facts is None else facts
    heads, relations, tails = graph.heads[rows], graph.relation_ids[rows], graph.tails[rows]
    sizes = np.bincount(relations, minlength=graph.num_relations)
    same, inverse = _shared_pairs(heads, relations, tails, graph.num_entities, graph.num_relations)
    stated = _stated(graph)
    found = {}
    for kind, shared in (("duplicate", same), ("inverse", inverse)):
        for one, other, count in zip(
            shared.row.tolist(), shared.col.tolist(), shared.data.tolist(), strict=True
        ):
            if one < other or (one == other and kind == "inverse"):
                found[one, other, kind] = float(count / min(sizes[one], sizes[other]))
    for key in stated:
        found.setdefault(key, 0.0)
    leaks = []
    for (one, other, kind), share in sorted(found.items()):
        if share >= overlap or (one, other, kind) in stated:
            leaks.append(
                Leak(
                    graph.relation_iris[one],
                    graph.relation_iris[other],
                    "symmetric" if one == other else "inverse" if kind == "inverse" else "duplicate",
                    round(share, 6),
                    (one, other, kind) in stated,
                )
            )
    return leaks


def leak_groups(graph: Store, leaks: Sequence[Leak]) -> npt.NDArray[np.int32]:
    """Return a number for every relation, int32 [num_relations]: the same where one gives away the other."""
    size = graph.num_relations
    ends = np.array([[graph.relation_id(leak.relation), graph.relation_id(leak.other)] for leak in leaks])
    rows, columns = ends.reshape(-1, 2).astype(np.int64).T
    links = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(size, size))
    return np.asarray(connected_components(links, directed=False)[1], np.int32)


def _shared_pairs(
    heads: npt.NDArray[np.int32],
    relations: npt.NDArray[np.int32],
    tails: npt.NDArray[np.int32],
    entities: int,
    size: int,
) -> tuple[coo_matrix, coo_matrix]:
    """Count the pairs that two relations have in common, in the same direction and the other way round."""
    pairs = np.minimum(heads, tails).astype(np.int64) * entities + np.maximum(heads, tails)
    _, pair = np.unique(pairs, return_inverse=True)
    busy = (np.bincount(pair) > 1)[pair] | (heads == tails)
    heads, relations, tails, pair = heads[busy], relations[busy], tails[busy], pair[busy]
    _, pair = np.unique(pair, return_inverse=True)
    columns = int(pair.max()) + 1 if len(pair) else 1

    def having(rows: Mask) -> csr_matrix:
        ones = np.ones(np.count_nonzero(rows), np.int64)
        return csr_matrix((ones, (relations[rows], pair[rows])), shape=(size, columns))

    up, down, loops = having(heads < tails), having(heads > tails), having(heads == tails)
    at_once = loops @ loops.T
    same = up @ up.T + down @ down.T + at_once
    inverse = up @ down.T + down @ up.T + at_once
    return same.tocoo(), inverse.tocoo()


def _stated(graph: Store) -> set[tuple[int, int, str]]:
    """Return the relations of which the graph says that they belong together."""
    numbers = {iri: number for number, iri in enumerate(graph.relation_iris)}
    found = set()
    for predicate, kind in _STATED.items():
        if predicate in numbers:
            heads, tails, _ = graph.edges(predicate)
            for ends in zip(graph.entity_iris(heads), graph.entity_iris(tails), strict=True):
                if numbers.keys() >= set(ends):
                    one, other = sorted(numbers[end] for end in ends)
                    if one != other or kind == "inverse":
                        found.add((one, other, kind))
    if v.RDF_TYPE in numbers:
        heads, classes, _ = graph.edges(v.RDF_TYPE)
        symmetric = heads[np.isin(classes, graph.entity_ids([v.OWL_SYMMETRIC]))]
        for iri in graph.entity_iris(symmetric):
            if iri in numbers:
                found.add((numbers[iri], numbers[iri], "inverse"))
    return found
