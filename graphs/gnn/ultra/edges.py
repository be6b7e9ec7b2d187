"""The edges of a graph in the order in which messages travel along them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

__all__ = ["Edges"]


@dataclass(frozen=True, slots=True)
class Edges:
    """Typed edges, sorted by the node that their messages arrive at.

    A message of the edge ``(head, relation, tail)`` leaves the **tail** and arrives at the head: the published
    checkpoints of ULTRA were trained that way round, and score less than half with the other. As every relation has
    its inverse, both directions are travelled; they differ in whose vector a message is multiplied with.

    Attributes:
        targets: node that each edge's message arrives at, int64 [edges], ascending.
        sources: node that it comes from, int64 [edges].
        relations: relation that it comes along, int64 [edges].
        num_nodes: nodes of the graph, with or without an edge.
        num_relations: relations of the graph, used or not.
    """

    targets: Int[Tensor, " edges"]
    sources: Int[Tensor, " edges"]
    relations: Int[Tensor, " edges"]
    num_nodes: int
    num_relations: int

    @classmethod
    def of(
        cls,
        heads: Int[np.ndarray, " edges"],
        relations: Int[np.ndarray, " edges"],
        tails: Int[np.ndarray, " edges"],
        *,
        num_nodes: int,
        num_relations: int,
    ) -> Edges:
        """Put edges in order.

        >>> edges = Edges.of(np.array([2, 0]), np.array([0, 1]), np.array([1, 2]), num_nodes=3, num_relations=2)
        >>> edges.sources.tolist(), edges.relations.tolist(), edges.targets.tolist()
        ([2, 1], [1, 0], [0, 2])
        """
        order = np.lexsort((tails, relations, heads))
        targets, sources, kinds = (
            torch.from_numpy(column[order].astype(np.int64)) for column in (heads, tails, relations)
        )
        return cls(targets, sources, kinds, num_nodes, num_relations)

    @classmethod
    def both_ways(
        cls,
        heads: Int[np.ndarray, " links"],
        relations: Int[np.ndarray, " links"],
        tails: Int[np.ndarray, " links"],
        *,
        num_nodes: int,
        num_relations: int,
    ) -> Edges:
        """Put links and their inverses in order; the inverse of relation ``r`` is ``r + num_relations``.

        >>> links = np.array([0]), np.array([0]), np.array([1])
        >>> edges = Edges.both_ways(*links, num_nodes=2, num_relations=1)
        >>> edges.sources.tolist(), edges.relations.tolist(), edges.targets.tolist()
        ([1, 0], [0, 1], [0, 1])
        """
        return cls.of(
            np.concatenate([heads, tails]),
            np.concatenate([relations, relations + num_relations]),
            np.concatenate([tails, heads]),
            num_nodes=num_nodes,
            num_relations=2 * num_relations,
        )

    def __len__(self) -> int:
        return len(self.targets)

    def only(self, kept: Bool[Tensor, " edges"]) -> Edges:
        """Return some of the edges, between the same nodes."""
        columns = (self.targets[kept], self.sources[kept], self.relations[kept])
        return Edges(*columns, self.num_nodes, self.num_relations)

    def to(self, device: torch.device | str) -> Edges:
        """Return the edges on a device."""
        columns = (self.targets.to(device), self.sources.to(device), self.relations.to(device))
        return Edges(*columns, self.num_nodes, self.num_relations)
