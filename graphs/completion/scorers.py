"""Who answers queries ``(head, relation, ?)``: a promise, and the model that keeps it."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
import torch
from jaxtyping import Float, Int64

from graphs.gnn.ultra.model import Ultra, UltraGraph

__all__ = ["Scorer", "UltraScorer"]

_STATE: Final = 1 << 23  # numbers in the states of a batch: 32 MB, of which some five are there at once
_MOST: Final = 64


class Scorer(Protocol):
    """Scores all entities as answers to queries."""

    @property
    def batch_size(self) -> int:
        """How many queries are best asked at once."""

    @property
    def knows_relations(self) -> bool:
        """Whether answers depend on the relation that is asked for."""

    def scores(
        self, heads: Int64[np.ndarray, " queries"], relations: Int64[np.ndarray, " queries"]
    ) -> Float[np.ndarray, "queries entities"]:
        """Return the scores of all entities; more is better."""


class UltraScorer:
    """A model and the graph that it looks at.

    Args:
        model: moved to the device, and put into evaluation mode.
        graph: what is known.
        device: where to compute.
    """

    knows_relations = True

    def __init__(self, model: Ultra, graph: UltraGraph, device: torch.device | str = "cpu") -> None:
        self.model = model.to(device).eval()
        self.graph = graph.to(device)
        self.device = device

    @property
    def batch_size(self) -> int:
        """As many queries as the memory for their states allows."""
        nodes = max(self.graph.edges.num_nodes, self.graph.edges.num_relations, 1)
        return int(np.clip(_STATE // (nodes * self.model.entity_model.dim), 1, _MOST))

    def scores(
        self, heads: Int64[np.ndarray, " queries"], relations: Int64[np.ndarray, " queries"]
    ) -> Float[np.ndarray, "queries entities"]:
        """Return the logits of all entities."""
        with torch.inference_mode():
            asked = (torch.from_numpy(column).to(self.device) for column in (heads, relations))
            found: np.ndarray = self.model(self.graph, *asked).cpu().numpy()
        return found
