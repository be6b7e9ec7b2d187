"""What every relation is like as seen from the one that is asked for."""

from __future__ import annotations

from typing import Final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from graphs.gnn.ultra.edges import Edges
from graphs.gnn.ultra.layer import BellmanFordLayer
from graphs.gnn.ultra.relation_graph import MEETINGS

__all__ = ["RelationNetwork"]

_LARGEST: Final = 1 << 24  # entries of dense matrices: 64 MB
_FULLNESS: Final = 1 / 20


class RelationNetwork(nn.Module):
    """Bellman-Ford over the graph of relations, from the relation that is asked for (arXiv 2310.04562, section 4.2).

    Nothing is learned of a relation but how it meets others, so that the network runs on any graph. With vectors of
    texts, what the relations are called counts too.

    Args:
        dim: size of a relation's vector.
        layers: steps.
        text_dim: size of the vectors of the relations' names; 0 without. The layer that reads them starts at zero.
    """

    def __init__(self, dim: int = 64, layers: int = 6, text_dim: int = 0) -> None:
        super().__init__()
        self.dim = dim
        self.layers = nn.ModuleList(_MeetingLayer(dim) for _ in range(layers))
        self.text = _zeroed(text_dim, dim) if text_dim else None

    def forward(
        self,
        relation_graph: Edges,
        asked: Int[Tensor, " queries"],
        texts: Float[Tensor, "relations text"] | None = None,
    ) -> Float[Tensor, "relations queries dim"]:
        """Return the vectors of all relations, for every relation that is asked for.

        Args:
            relation_graph: of :func:`graphs.gnn.ultra.relation_graph.relation_graph`.
            asked: relations, each best given once.
            texts: vectors of the relations' names.
        """
        queries = torch.arange(len(asked), device=asked.device)
        weight = next(self.parameters())
        boundary = weight.new_zeros(relation_graph.num_nodes, len(asked), self.dim)
        boundary[asked, queries] = 1.0
        if self.text is not None and texts is not None:
            boundary = boundary + self.text(texts)[:, None]
        states, matrices = boundary, _matrices(relation_graph, weight)
        for layer in self.layers:
            states = layer(states, boundary, relation_graph, matrices)
        return states


class _MeetingLayer(BellmanFordLayer):
    """A step whose messages are multiplied with a vector of how two relations meet."""

    def __init__(self, dim: int) -> None:
        super().__init__(dim)
        self.relation = nn.Embedding(len(MEETINGS), dim)

    def forward(self, states: Tensor, boundary: Tensor, edges: Edges, matrices: Tensor | None) -> Tensor:
        if matrices is None:
            meetings = self.relation.weight[:, None].expand(-1, states.shape[1], -1)
            return self.step(states, meetings, boundary, edges)
        arrived = boundary
        for matrix, vector in zip(matrices, self.relation.weight, strict=True):
            arrived = arrived + (matrix @ states.flatten(1)).view(states.shape) * vector
        return self.update(states, arrived)


def _matrices(edges: Edges, like: Tensor) -> Float[Tensor, "meetings relations relations"] | None:
    """Return which relations meet as dense matrices, or None where these would be too large or too empty.

    Relations meet through any common entity, so that their graph can be anything up to complete. One product with a
    matrix costs about as much as adding up the messages of a twentieth of its entries.
    """
    relations, meetings = edges.num_nodes, edges.num_relations
    entries = meetings * relations * relations
    if entries > _LARGEST or len(edges) < _FULLNESS * entries:
        return None
    matrices = like.new_zeros(meetings, relations, relations, requires_grad=False)
    matrices[edges.relations, edges.targets, edges.sources] = 1.0
    return matrices


def _zeroed(inputs: int, outputs: int) -> nn.Linear:
    layer = nn.Linear(inputs, outputs, bias=False)
    nn.init.zeros_(layer.weight)
    return layer
