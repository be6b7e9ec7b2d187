"""How well every entity answers a query, given what the relations are like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import linear, relu_

from graphs.gnn.ultra.edges import Edges
from graphs.gnn.ultra.layer import BellmanFordLayer
from graphs.gnn.ultra.messages import aggregate, edge_products

__all__ = ["EntityNetwork", "EntityQueries"]


@dataclass(frozen=True, slots=True)
class EntityQueries:
    """Questions ``(head, relation, ?)``.

    Attributes:
        heads: entity that each question starts from.
        relations: relation that each asks for; above the number of the graph's own, an inverse.
        vectors: vectors of all relations as seen from those that are asked for, each of these once.
        seen_from: which of these a question's relation is.
    """

    heads: Int[Tensor, " queries"]
    relations: Int[Tensor, " queries"]
    vectors: Float[Tensor, "relations asked dim"]
    seen_from: Int[Tensor, " queries"]


class EntityNetwork(nn.Module):
    """NBFNet over the entities (Zhu et al., arXiv 2106.06935), with relations' vectors in place of embeddings.

    The head starts with the vector of the relation that is asked for, and every other entity with nothing; each layer
    projects the relations' vectors in its own way. What an entity knows in the end is scored beside that vector.

    Args:
        dim: size of an entity's state.
        layers: steps, the length of the longest path that counts.
        text_dim: size of the vectors of what the entities are called; 0 without. What reads them starts at zero.
    """

    def __init__(self, dim: int = 64, layers: int = 6, text_dim: int = 0) -> None:
        super().__init__()
        self.dim = dim
        self.layers = nn.ModuleList(_ProjectedLayer(dim) for _ in range(layers))
        self.mlp = nn.Sequential(nn.Linear(2 * dim, 2 * dim), nn.ReLU(), nn.Linear(2 * dim, 1))
        self.text: nn.Linear | None = None
        if text_dim:
            self.text = nn.Linear(text_dim, dim, bias=False)
            nn.init.zeros_(self.text.weight)

    def forward(
        self,
        edges: Edges,
        queries: EntityQueries,
        texts: Float[Tensor, "nodes text"] | None = None,
        candidates: Int[Tensor, "queries candidates"] | None = None,
    ) -> Float[Tensor, "queries candidates"]:
        """Return the scores (logits) of all entities, or of some candidates for each query."""
        asked, boundary = self._start(edges, queries, texts)
        states = boundary
        for number, layer in enumerate(self._steps()):
            # at first only the heads know anything, and nobody else has anything to tell
            telling = edges if number or self.text is not None else _leaving(edges, queries.heads)
            states = layer.step(states, layer.project(queries), boundary, telling)
        if candidates is None:
            return self._scores(states, asked).T
        columns = torch.arange(len(asked), device=asked.device)[:, None]
        return self._scores(states[candidates, columns].transpose(0, 1), asked).T

    def importances(
        self,
        edges: Edges,
        query: EntityQueries,
        answer: int,
        texts: Float[Tensor, "nodes text"] | None = None,
    ) -> tuple[float, Float[Tensor, "layers edges"]]:
        """Return an answer's score, and how much every edge's message moved it in every layer.

        This is the gradient of the score by weights of the edges, all of which are 1 (arXiv 2106.06935, section 4.2).
        """
        asked, boundary = self._start(edges, query, texts)
        states, steps = boundary.detach(), []
        with torch.enable_grad():
            for layer in self._steps():
                projected = layer.project(query).detach()
                arrived = aggregate(states, projected, boundary, edges)
                arrived = arrived.detach().requires_grad_() if not arrived.requires_grad else arrived
                steps.append((states, projected, arrived))
                states = layer.update(states, arrived)
            score = self._scores(states[answer][None], asked).squeeze()
            gradients = torch.autograd.grad(score, [arrived for *_, arrived in steps])
        moved = [
            edge_products(states[:, 0].detach(), projected[:, 0], gradient[:, 0], edges)
            for (states, projected, _), gradient in zip(steps, gradients, strict=True)
        ]
        return score.item(), torch.stack(moved)

    def _steps(self) -> list[_ProjectedLayer]:
        return cast("list[_ProjectedLayer]", list(self.layers))

    def _start(self, edges: Edges, queries: EntityQueries, texts: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return what is asked for, and what every entity is told at every step."""
        asked = queries.vectors[queries.relations, queries.seen_from]  # (queries, dim)
        columns = torch.arange(len(asked), device=asked.device)
        boundary = asked.new_zeros(edges.num_nodes, len(asked), self.dim)
        boundary = boundary.index_put((queries.heads, columns), asked)
        if self.text is not None and texts is not None:
            boundary = boundary + self.text(texts)[:, None]
        return asked, boundary

    def _scores(self, states: Tensor, asked: Tensor) -> Tensor:
        """Score (candidates, queries, dim) beside (queries, dim), without repeating what is asked for."""
        first, last = self.mlp[0], self.mlp[2]
        weight: Tensor = first.weight  # type: ignore[assignment]
        seen = linear(states, weight[:, : self.dim])
        seen = seen + linear(asked, weight[:, self.dim :], first.bias)  # type: ignore[arg-type]
        scores: Tensor = last(relu_(seen)).squeeze(-1)
        return scores


def _leaving(edges: Edges, nodes: Tensor) -> Edges:
    """Return the edges whose messages come from some nodes."""
    marked = torch.zeros(edges.num_nodes, dtype=torch.bool, device=nodes.device)
    marked[nodes] = True
    return edges.only(marked[edges.sources])


class _ProjectedLayer(BellmanFordLayer):
    """A step that reads the relations' vectors through a projection of its own."""

    def __init__(self, dim: int) -> None:
        super().__init__(dim)
        self.relation_projection = nn.Sequential(nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, dim))

    def project(self, queries: EntityQueries) -> Float[Tensor, "relations queries dim"]:
        """Return the vectors that messages are multiplied with."""
        projected: Tensor = self.relation_projection(queries.vectors)
        return projected[:, queries.seen_from]
