"""A layer of typed nodes with their types forgotten: nodes numbered through, edges told apart by a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from graphs.gnn.attached import Layer
from graphs.propagate import EdgeType

__all__ = ["OneType", "parted"]


@dataclass(frozen=True, eq=False)
class OneType:
    """A layer over nodes of one type.

    Attributes:
        sources: float (n, width), what is heard.
        targets: float (m, width), what those who hear said themselves.
        edges: int64 (2, edges), number of the source and of the target.
        kinds: int64 (edges,), number of the edge type.
        counts: node type -> how many targets it has, in their order.
    """

    sources: Float[Tensor, "n width"]
    targets: Float[Tensor, "m width"]
    edges: Int64[Tensor, "2 edges"]
    kinds: Int64[Tensor, " edges"]
    counts: Mapping[str, int]

    @classmethod
    def of(cls, nodes: Mapping[str, Tensor], layer: Layer, relations: Sequence[EdgeType]) -> OneType:
        """Number nodes and edges through; edges of a type that is not among the relations are left out."""
        first_source, first_target, at_source, at_target = {}, {}, 0, 0
        for kind, vectors in nodes.items():
            first_source[kind], first_target[kind] = at_source, at_target
            at_source, at_target = at_source + len(vectors), at_target + layer.targets.get(kind, 0)
        numbers = {edge_type: number for number, edge_type in enumerate(relations)}
        edges = [torch.zeros(2, 0, dtype=torch.int64)]
        kinds = [torch.zeros(0, dtype=torch.int64)]
        for edge_type, ends in layer.edges.items():
            if edge_type in numbers:
                shift = torch.tensor([[first_source[edge_type[2]]], [first_target[edge_type[0]]]])
                edges.append(ends + shift)
                kinds.append(torch.full((ends.shape[1],), numbers[edge_type]))
        counts = {kind: layer.targets.get(kind, 0) for kind in nodes}
        targets = torch.cat([vectors[: counts[kind]] for kind, vectors in nodes.items()])
        return cls(
            torch.cat(list(nodes.values())), targets, torch.cat(edges, dim=1), torch.cat(kinds), counts
        )


def parted(vectors: Float[Tensor, "m width"], counts: Mapping[str, int]) -> dict[str, Tensor]:
    """Part the targets' vectors by node type again; types without targets are left out."""
    parts = torch.split(vectors, list(counts.values()))
    return {kind: part for kind, part in zip(counts, parts, strict=True) if len(part)}
