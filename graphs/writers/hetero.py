"""A graph as torch_geometric holds it (https://pytorch-geometric.readthedocs.io), and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from graphs.block import Block
from graphs.errors import GraphError
from graphs.statements import Statements
from graphs.store import Store

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

__all__ = ["ENTITY", "from_hetero", "to_hetero"]

ENTITY: Final = "entity"
"""Type of all nodes: a graph's entities are not divided by what they are."""


def to_hetero(store: Store, features: npt.NDArray[Any] | None = None) -> HeteroData:
    """Return the triples as heterogeneous data: one type of nodes, and for every relation one type of edges.

    Literals and sources have no place there.

    Args:
        store: the graph.
        features: float [num_entities, dimension], become ``data["entity"].x``.

    Returns:
        ``data["entity"]`` with ``num_nodes`` and ``iri``, a list; and for every relation
        ``data["entity", iri, "entity"]`` with ``edge_index`` int64 [2, m] and ``edge_weight`` float32 [m].

    Raises:
        GraphError: the features are not one row for each entity.

    >>> data = to_hetero(Store.from_triples([("ex:owl", "ex:isA", "ex:bird")]))
    >>> data["entity"].iri, data["entity", "ex:isA", "entity"].edge_index.tolist()
    (['ex:bird', 'ex:owl'], [[1], [0]])
    """
    import torch
    from torch_geometric.data import HeteroData

    data = HeteroData()
    data[ENTITY].num_nodes = store.num_entities
    data[ENTITY].iri = store.entity_iris(range(store.num_entities))
    if features is not None:
        if features.ndim != 2 or len(features) != store.num_entities:
            raise GraphError(
                f"expected features with a row for each of {store.num_entities} entities, got {features.shape}"
            )
        data[ENTITY].x = torch.from_numpy(np.ascontiguousarray(features))
    for relation in store.relation_iris:
        heads, tails, weights = store.edges(relation)
        edges = data[ENTITY, relation, ENTITY]
        edges.edge_index = torch.from_numpy(np.stack([heads, tails]).astype(np.int64))
        edges.edge_weight = torch.from_numpy(weights.copy())
    return data


def from_hetero(data: HeteroData, *, source: str = "torch_geometric") -> Block:
    """Return the edges of heterogeneous data as statements.

    A node is called what its type's ``iri`` says, or else its type and number (``movie/7``); an edge's relation is the
    middle of its type, its weight ``edge_weight``, or else 1. Isolated nodes are no end of a statement.

    Args:
        data: nodes and edges.
        source: name of the source that every statement gets.

    Raises:
        GraphError: an edge type has no ``edge_index``, or an edge leads to a node that is not there.

    >>> graph = Store.from_triples([("ex:owl", "ex:isA", "ex:bird")])
    >>> block = from_hetero(to_hetero(graph))
    >>> block.pools.nodes.to_pylist(), block.pools.relations.to_pylist()
    (['ex:owl', 'ex:bird'], ['ex:isA'])
    """
    statements = Statements()
    names: dict[str, list[str]] = {}
    for kind in data.node_types:
        given = getattr(data[kind], "iri", None)
        names[kind] = (
            list(given) if given is not None else [f"{kind}/{i}" for i in range(data[kind].num_nodes)]
        )
    for head_kind, relation, tail_kind in data.edge_types:
        edges = data[head_kind, relation, tail_kind]
        if "edge_index" not in edges:
            raise GraphError(f"expected an edge_index for {(head_kind, relation, tail_kind)!r}")
        heads, tails = edges.edge_index.tolist()
        weights = edges.edge_weight.tolist() if "edge_weight" in edges else [1.0] * len(heads)
        for head, tail, weight in zip(heads, tails, weights, strict=True):
            try:
                ends = names[head_kind][head], names[tail_kind][tail]
            except IndexError as error:
                raise GraphError(f"{relation!r} leads from {head} to {tail}, which is not there") from error
            statements.add(ends[0], relation, ends[1], source=source, weight=weight)
    return statements.block()
