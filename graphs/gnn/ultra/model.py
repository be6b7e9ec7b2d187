"""ULTRA: a relation model that runs on any knowledge graph, whatever its entities and relations."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from graphs.gnn.ultra.edges import Edges
from graphs.gnn.ultra.entity_network import EntityNetwork, EntityQueries
from graphs.gnn.ultra.relation_graph import relation_graph
from graphs.gnn.ultra.relation_network import RelationNetwork

__all__ = ["Ultra", "UltraGraph"]


@dataclass(frozen=True, slots=True)
class UltraGraph:
    """A graph as the model sees it.

    Attributes:
        edges: of the entities, inverses included.
        relation_edges: of the relations.
        entity_texts: vectors of what the entities are called, or None.
        relation_texts: vectors of what the relations are called, inverses included, or None.
    """

    edges: Edges
    relation_edges: Edges
    entity_texts: Float[Tensor, "nodes text"] | None = None
    relation_texts: Float[Tensor, "relations text"] | None = None

    @classmethod
    def of(
        cls, edges: Edges, entity_texts: Tensor | None = None, relation_texts: Tensor | None = None
    ) -> UltraGraph:
        """Work out the graph of relations."""
        return cls(edges, relation_graph(edges), entity_texts, relation_texts)

    def to(self, device: torch.device | str) -> UltraGraph:
        """Return the graph on a device."""
        texts = (
            None if text is None else text.to(device) for text in (self.entity_texts, self.relation_texts)
        )
        return UltraGraph(self.edges.to(device), self.relation_edges.to(device), *texts)


class Ultra(nn.Module):
    """A foundation model of relations (Galkin et al., arXiv 2310.04562).

    No parameter belongs to an entity or to a relation. The relation network says what all relations are like as seen
    from the one that is asked for; the entity network travels the graph with these vectors and scores every entity.

    Args:
        dim: size of all vectors.
        relation_layers: steps over the graph of relations.
        entity_layers: steps over the entities.
        text_dim: size of the vectors of names; 0 without. They change nothing until they are trained.

    Shape:
        - heads, relations: int64 (queries,)
        - output: (queries, entities), or (queries, candidates)

    >>> import numpy as np
    >>> links = np.array([0, 1]), np.array([0, 0]), np.array([1, 2])
    >>> graph = UltraGraph.of(Edges.both_ways(*links, num_nodes=3, num_relations=1))
    >>> Ultra()(graph, torch.tensor([0, 2]), torch.tensor([0, 1])).shape
    torch.Size([2, 3])
    """

    def __init__(
        self, dim: int = 64, relation_layers: int = 6, entity_layers: int = 6, text_dim: int = 0
    ) -> None:
        super().__init__()
        self.sizes = (dim, relation_layers, entity_layers)
        self.text_dim = text_dim
        self.relation_model = RelationNetwork(dim, relation_layers, text_dim)
        self.entity_model = EntityNetwork(dim, entity_layers, text_dim)

    def forward(
        self,
        graph: UltraGraph,
        heads: Int[Tensor, " queries"],
        relations: Int[Tensor, " queries"],
        candidates: Int[Tensor, "queries candidates"] | None = None,
    ) -> Float[Tensor, "queries candidates"]:
        """Return the scores (logits) of all entities, or of some, as answers to ``(head, relation, ?)``.

        Args:
            graph: what is known.
            heads: entities to start from.
            relations: what is asked for; ``r + number of relations`` asks for the heads of ``r``.
            candidates: the entities to score for each query; left out, all.
        """
        queries = self.queries(graph, heads, relations)
        scores: Tensor = self.entity_model(graph.edges, queries, graph.entity_texts, candidates)
        return scores

    def with_texts(self, text_dim: int) -> Ultra:
        """Return a model of the same weights that reads vectors of names too; untrained, it scores the same."""
        widened = Ultra(*self.sizes, text_dim=text_dim)
        widened.load_state_dict(self.state_dict(), strict=False)
        return widened.train(self.training)

    def queries(
        self, graph: UltraGraph, heads: Int[Tensor, " queries"], relations: Int[Tensor, " queries"]
    ) -> EntityQueries:
        """Return the queries with the relations' vectors, worked out once for each relation that is asked for."""
        asked, seen_from = torch.unique(relations, return_inverse=True)
        vectors = self.relation_model(graph.relation_edges, asked, graph.relation_texts)
        return EntityQueries(heads, relations, vectors, seen_from)
