r"""R-GCN: a matrix for each relation, mixed of a few shared ones.

.. math:: h_v' = \sigma\Bigl(W_0 h_v + \sum_r \frac{1}{|N_r(v)|} \sum_{u \in N_r(v)} W_r h_u\Bigr), \qquad
          W_r = \sum_b a_{rb} V_b

Schlichtkrull et al., *Modeling relational data with graph convolutional networks* (arXiv 1703.06103), as
``torch_geometric.nn.RGCNConv`` computes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from graphs.gnn.attached import Neighbourhood
from graphs.gnn.message_passing.one_type import OneType, parted
from graphs.gnn.message_passing.propagation import Propagation
from graphs.propagate import EdgeType

__all__ = ["RGCN"]


class RGCN(Propagation):
    """R-GCN over neighbourhoods; node types share their parameters.

    Args:
        width: of every layer.
        kinds, relations: see :class:`Propagation`.
        layers: how many.
        bases: matrices that the relations' are mixed of.
    """

    def __init__(
        self,
        width: int,
        kinds: Sequence[str],
        relations: Sequence[EdgeType],
        *,
        layers: int = 2,
        bases: int = 8,
    ) -> None:
        from torch_geometric.nn import RGCNConv

        super().__init__(kinds, relations)
        self.layers = nn.ModuleList(
            RGCNConv((width, width), width, max(1, len(relations)), num_bases=bases) for _ in range(layers)
        )

    def forward(self, nodes: Mapping[str, Tensor], neighbourhood: Neighbourhood) -> dict[str, Tensor]:
        """Return what the nodes say after all layers."""
        said = dict(nodes)
        for number, (layer, convolve) in enumerate(zip(neighbourhood.layers, self.layers, strict=True)):
            one = OneType.of(said, layer, self.relations)
            heard = convolve((one.sources, one.targets), one.edges, one.kinds)
            last = number == len(self.layers) - 1
            said = parted(heard if last else heard.relu(), one.counts)
        return said
