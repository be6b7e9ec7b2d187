r"""Propagation over weighted edges without a parameter.

.. math:: h_v \leftarrow \sum_{u \in N(v) \cup \{v\}} \alpha(u, v)\, h_u, \qquad
          \alpha(u, v) = \frac{w(u, v)}{\sum_{u' \in N(v) \cup \{v\}} w(u', v)}

over those of whom something is known, whatever the relation. Weights are what the graph has: similarities, put through
a softmax when the edges were made, and how sure a link is; a node's own is 1. Zhu and Ghahramani, CMU-CALD-02-107,
2002, with vectors in place of labels; :mod:`graphs.gnn.similarity` is the same over nearest neighbours alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from graphs.gnn.attached import Neighbourhood

__all__ = ["propagate_along_edges"]


def propagate_along_edges(nodes: Mapping[str, Tensor], neighbourhood: Neighbourhood) -> dict[str, Tensor]:
    """Return what every node that hears in the last layer has heard.

    Args:
        nodes: node type -> float (nodes, d), all in one space; a row of zeros is a node of which nothing is known,
            and so is every node of a type that is left out.
        neighbourhood: who hears from whom.

    >>> from graphs.gnn.attached import Layer
    >>> link = ("image", "depicts", "concept")
    >>> layer = Layer({"image": 1}, {link: torch.tensor([[0, 1], [0, 0]])}, {link: torch.tensor([1.0, 3.0])})
    >>> nodes = {"image": torch.zeros(1, 2), "concept": torch.tensor([[4.0, 0.0], [0.0, 4.0]])}
    >>> propagate_along_edges(nodes, Neighbourhood("image", {}, (layer,)))["image"].tolist()
    [[1.0, 3.0]]
    """
    said = dict(nodes)
    for layer in neighbourhood.layers:
        following, known_kinds = {}, {kind for kind, vectors in said.items() if bool(vectors.any())}
        for kind, count in layer.targets.items():
            if kind not in said:  # nothing is known of any; what they hear is all that they say
                some = next(iter(said.values()))
                said[kind] = some.new_zeros(count, some.shape[1])
            total = said[kind][:count].clone()
            weight = total.abs().sum(dim=1).gt(0).to(total.dtype)
            for edge_type, (heard, hears) in layer.edges.items():
                if edge_type[0] != kind or edge_type[2] not in known_kinds:
                    continue
                vectors = said[edge_type[2]][heard]
                known = layer.weights[edge_type] * vectors.abs().sum(dim=1).gt(0)
                total = total.index_add(0, hears, vectors * known[:, None])
                weight = weight.index_add(0, hears, known)
            following[kind] = total / torch.where(weight > 0, weight, torch.ones_like(weight))[:, None]
        said = following
    return said
