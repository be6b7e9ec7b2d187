r"""CompGCN: a vector for each relation, composed with what is heard along it.

.. math:: h_v' = f\Bigl(\tfrac{1}{|N(v)| + 1} \bigl(W_\text{self}\, \varphi(h_v, z_\text{self})
          + \sum_{(u, r) \in N(v)} W_{\text{dir}(r)}\, \varphi(h_u, z_r)\bigr)\Bigr), \qquad z_r' = W_\text{rel}\, z_r

Vashishth et al., *Composition-based multi-relational graph convolutional networks* (arXiv 1911.03082), with
:math:`\varphi` the product of the elements (DistMult's), and one matrix for relations as they stand in the graph, one
for their inverses and one for a node itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from graphs.gnn.attached import Neighbourhood
from graphs.gnn.message_passing.one_type import OneType, parted
from graphs.gnn.message_passing.propagation import Propagation
from graphs.hetero import INVERSE_PREFIX
from graphs.propagate import EdgeType

__all__ = ["CompGCN", "CompGCNLayer"]


class CompGCNLayer(nn.Module):
    """One layer.

    Args:
        width: of nodes and relations.
        inverse: bool (relations,), which of the relations are inverses.
    """

    def __init__(self, width: int, inverse: Sequence[bool]) -> None:
        super().__init__()
        self.register_buffer("inverse", torch.tensor(list(inverse), dtype=torch.bool), persistent=False)
        self.along = nn.Linear(width, width, bias=False)
        self.against = nn.Linear(width, width, bias=False)
        self.itself = nn.Linear(width, width, bias=False)
        self.of_relations = nn.Linear(width, width, bias=False)
        self.own = nn.Parameter(torch.ones(width))

    def forward(
        self, one: OneType, relations: Float[Tensor, "relations width"]
    ) -> tuple[Float[Tensor, "targets width"], Float[Tensor, "relations width"]]:
        """Return what the targets say, and the relations' next vectors."""
        heard, hears = one.edges
        composed = one.sources[heard] * relations[one.kinds]
        backwards = self.inverse[one.kinds]  # type: ignore[index]
        total = self.itself(one.targets * self.own)
        for matrix, chosen in ((self.along, ~backwards), (self.against, backwards)):
            summed = torch.zeros_like(one.targets).index_add(0, hears[chosen], composed[chosen])
            total = total + matrix(summed)
        counts = torch.ones(len(one.targets)).index_add(0, hears, torch.ones(len(hears)))
        return total / counts[:, None], self.of_relations(relations)


class CompGCN(Propagation):
    """CompGCN over neighbourhoods; node types share their parameters.

    Args:
        width: of nodes and relations.
        kinds, relations: see :class:`Propagation`.
        layers: how many.
    """

    def __init__(
        self, width: int, kinds: Sequence[str], relations: Sequence[EdgeType], *, layers: int = 2
    ) -> None:
        super().__init__(kinds, relations)
        inverse = [relation.startswith(INVERSE_PREFIX) for _, relation, _ in relations] or [False]
        self.vectors = nn.Parameter(1 + 0.1 * torch.randn(len(inverse), width))
        self.layers = nn.ModuleList(CompGCNLayer(width, inverse) for _ in range(layers))

    def forward(self, nodes: Mapping[str, Tensor], neighbourhood: Neighbourhood) -> dict[str, Tensor]:
        """Return what the nodes say after all layers."""
        said, relations = dict(nodes), self.vectors
        for number, (layer, convolve) in enumerate(zip(neighbourhood.layers, self.layers, strict=True)):
            one = OneType.of(said, layer, self.relations)
            heard, relations = convolve(one, relations)
            last = number == len(self.layers) - 1
            said = parted(heard if last else heard.tanh(), one.counts)
        return said
