r"""One step of generalised Bellman-Ford, the layer of both networks.

.. math:: x'_v = x_v + \operatorname{relu}\Bigl(\operatorname{LN}\bigl(W\,[x_v, u_v] + c\bigr)\Bigr)

with :math:`u_v` of :mod:`graphs.gnn.ultra.messages` (Zhu et al., arXiv 2106.06935, equations 4 to 6, with DistMult
messages, their sum, layer normalisation and a shortcut).
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear, relu_

from graphs.gnn.ultra.edges import Edges
from graphs.gnn.ultra.messages import aggregate

__all__ = ["BellmanFordLayer"]


class BellmanFordLayer(nn.Module):
    """A step; the names of its parameters are those of the published checkpoints.

    Args:
        dim: size of a node's state.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.layer_norm = nn.LayerNorm(dim)
        self.linear = nn.Linear(2 * dim, dim)

    def step(
        self,
        states: Float[Tensor, "nodes queries dim"],
        relations: Float[Tensor, "relations queries dim"],
        boundary: Float[Tensor, "nodes queries dim"],
        edges: Edges,
    ) -> Float[Tensor, "nodes queries dim"]:
        """Return the states after the step."""
        return self.update(states, aggregate(states, relations, boundary, edges))

    def update(
        self, states: Float[Tensor, "nodes queries dim"], arrived: Float[Tensor, "nodes queries dim"]
    ) -> Float[Tensor, "nodes queries dim"]:
        """Return the states once all messages have arrived."""
        dim = states.shape[-1]
        own, others = self.linear.weight[:, :dim], self.linear.weight[:, dim:]
        mixed = torch.addmm(
            linear(states.view(-1, dim), own, self.linear.bias), arrived.view(-1, dim), others.T
        )
        return relu_(self.layer_norm(mixed)).view(states.shape) + states
