"""The paths that carried an answer, and how much each did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int64

from graphs.gnn.ultra.edges import Edges
from graphs.gnn.ultra.model import Ultra, UltraGraph

__all__ = ["Path", "Step", "paths_to"]


@dataclass(frozen=True, slots=True)
class Step:
    """A link of the graph on a path.

    Attributes:
        start, end: entities, in the order of the path.
        relation: relation of the link.
        inverse: whether the link leads from ``end`` to ``start``.
    """

    start: int
    end: int
    relation: int
    inverse: bool


@dataclass(frozen=True, slots=True)
class Path:
    """Links from the entity of a query to an answer.

    Attributes:
        steps: the links.
        weight: how much the score would rise if they counted more, a step.
    """

    steps: tuple[Step, ...]
    weight: float


def paths_to(
    model: Ultra, graph: UltraGraph, head: int, relation: int, answer: int, *, count: int = 3, beam: int = 8
) -> list[Path]:
    """Return the paths that mattered most for an answer to ``(head, relation, ?)``, best first.

    What an edge matters in a layer is the gradient of the score by its weight; a path is as good as the mean over its
    edges, the first taken in the first layer and so on. The best are found by a beam search (Zhu et al., arXiv
    2106.06935, section 4.2). No path visits an entity twice.

    Args:
        model: who answered.
        graph: the graph that it looks at.
        head: entity that was asked about.
        relation: what was asked for; from the number of relations on, an inverse.
        answer: entity.
        count: paths, at most.
        beam: partial paths that are kept for every entity and length.
    """
    device = graph.edges.targets.device
    asked = (torch.tensor([head], device=device), torch.tensor([relation], device=device))
    with torch.no_grad():
        query = model.queries(graph, *asked)
    _, importances = model.entity_model.importances(graph.edges, query, answer, graph.entity_texts)
    layers = importances.double().cpu().numpy()
    walks = _Walks(graph.edges, head, answer, beam)
    found = {}
    for length, importance in enumerate(layers, 1):
        for edges, total in walks.extended(importance):
            steps = walks.steps(edges)
            if len({head, *(step.end for step in steps)}) == length + 1:
                found[steps] = total / length
    ordered = sorted(found.items(), key=lambda item: (-item[1], len(item[0])))
    return [Path(steps, weight) for steps, weight in ordered[:count]]


class _Walks:
    """Partial paths from one entity to all others, longer by one edge at a time."""

    def __init__(self, edges: Edges, head: int, answer: int, beam: int) -> None:
        self._sources, self._targets, self._kinds = (
            column.cpu().numpy() for column in (edges.sources, edges.targets, edges.relations)
        )
        self._relations = edges.num_relations // 2
        self._usable = np.flatnonzero(self._sources != answer)  # a path ends where it arrives
        self._answer, self._beam = answer, beam
        self._totals: Float[np.ndarray, "entities beam"] = np.full((edges.num_nodes, beam), -np.inf)
        self._totals[head, 0] = 0.0
        self._back: list[tuple[Int64[np.ndarray, "entities beam"], Int64[np.ndarray, "entities beam"]]] = []

    def extended(self, importance: Float[np.ndarray, " edges"]) -> list[tuple[tuple[int, ...], float]]:
        """Make all paths longer by an edge; return the edges of those that arrive, and the sum of what these matter."""
        edges = self._usable
        totals = self._totals[self._sources[edges]] + importance[edges, None]
        row, slot = np.nonzero(np.isfinite(totals))
        totals, edges = totals[row, slot], edges[row]
        order = np.lexsort((-totals, self._targets[edges]))
        totals, edges, slot = totals[order], edges[order], slot[order]
        ends = self._targets[edges]
        rank = np.arange(len(ends)) - np.searchsorted(ends, ends)
        kept = rank < self._beam
        places = ends[kept], rank[kept]
        self._totals = np.full_like(self._totals, -np.inf)
        by_edge, by_slot = np.zeros(self._totals.shape, np.int64), np.zeros(self._totals.shape, np.int64)
        self._totals[places], by_edge[places], by_slot[places] = totals[kept], edges[kept], slot[kept]
        self._back.append((by_edge, by_slot))
        arrived = np.flatnonzero(np.isfinite(self._totals[self._answer]))
        return [(self._traced(place), float(self._totals[self._answer, place])) for place in arrived.tolist()]

    def _traced(self, slot: int) -> tuple[int, ...]:
        edges, entity = [], self._answer
        for by_edge, by_slot in reversed(self._back):
            edge = int(by_edge[entity, slot])
            slot, entity = int(by_slot[entity, slot]), int(self._sources[edge])
            edges.append(edge)
        return tuple(reversed(edges))

    def steps(self, edges: tuple[int, ...]) -> tuple[Step, ...]:
        """Return edges as links of the graph: a message goes against the direction of its own relation."""
        return tuple(
            Step(
                start=int(self._sources[edge]),
                end=int(self._targets[edge]),
                relation=int(self._kinds[edge]) % self._relations,
                inverse=bool(self._kinds[edge] < self._relations),
            )
            for edge in edges
        )
