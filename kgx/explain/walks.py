"""Walks of one item or query, node by node: what its hop tokens are means of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float32, Int64

from graphs.propagate import EdgeType
from kgx.explain.edges import ReferenceEdges
from kgx.items import LinkedItems
from kgx.transfer.reference import SIMILAR, ReferenceGraph

__all__ = ["FirstSteps", "Walks", "first_steps", "walks_along"]


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """The links of one relation by which an item is attached to the reference graph.

    Attributes:
        kind: type of the nodes that they lead to.
        nodes: rows of these nodes.
        weights: how likely each is taken; they sum to 1.
        provenance: what made each.
    """

    kind: str
    nodes: Int64[np.ndarray, " n"]
    weights: Float32[np.ndarray, " n"]
    provenance: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.nodes)


@dataclass(frozen=True, slots=True)
class Walks:
    """All walks of one relation path.

    Attributes:
        first: which of the first steps each begins with.
        nodes: the node that each step leads to.
        taken: how likely each step is, from where it starts.
        weights: how likely each walk is; they sum to 1.
    """

    first: Int64[np.ndarray, " w"]
    nodes: Int64[np.ndarray, "w steps"]
    taken: Float32[np.ndarray, "w steps"]
    weights: Float32[np.ndarray, " w"]


def first_steps(
    item: LinkedItems,
    reference: ReferenceGraph,
    centre: Float32[np.ndarray, " dimension"],
    similar: sp.csr_matrix | None = None,
) -> dict[str, FirstSteps]:
    """Return how one item is attached: relation -> its links, and the references that it is similar to.

    Args:
        item: the item, alone.
        reference: the graph.
        centre: mean vector of the collection that it is from.
        similar: csr (1, references), the references that it was found similar to; looked for now where left out.
    """
    rows = reference.knowledge.row_of_entity
    found: dict[str, FirstSteps] = {}
    for relation in dict.fromkeys(link.relation for link in item.links):
        links = [link for link in item.links if link.relation == relation]
        nodes = np.concatenate([rows[link.concepts] for link in links])
        weights = np.concatenate([link.weights for link in links])
        made = [link.provenance for link in links for _ in range(len(link))]
        known = np.flatnonzero(nodes >= 0)
        if len(known):
            provenance = tuple(made[place] for place in known.tolist())
            found[relation] = FirstSteps("concept", nodes[known], _whole(weights[known]), provenance)
    if item.modality in reference.items:
        if similar is None:
            similar = reference.similar(item, centre)
        if similar.nnz:
            nodes = similar.indices.astype(np.int64)
            found[SIMILAR] = FirstSteps(
                item.modality, nodes, _whole(similar.data), ("nearest vectors",) * len(nodes)
            )
    return found


def walks_along(first: FirstSteps, steps: Sequence[EdgeType], edges: ReferenceEdges) -> Walks | None:
    """Return the walks that go on from an item's first steps along further edge types; None where all end early.

    Args:
        first: the first steps.
        steps: the edge types behind the first one.
        edges: the graph's.
    """
    start = np.arange(len(first))
    nodes, taken, weights = first.nodes[:, None], first.weights[:, None], first.weights
    for step in steps:
        parents, ends, likely = edges.onward(step, nodes[:, -1])
        start, weights = start[parents], weights[parents] * likely
        nodes = np.column_stack([nodes[parents], ends])
        taken = np.column_stack([taken[parents], likely])
    if not len(start):
        return None
    return Walks(start, nodes, taken, _whole(weights))


def _whole(weights: np.ndarray) -> Float32[np.ndarray, " n"]:
    scaled: np.ndarray = (weights / weights.sum()).astype(np.float32)
    return scaled
