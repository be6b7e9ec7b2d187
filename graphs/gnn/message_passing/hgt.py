r"""HGT: attention whose keys, queries and messages have matrices of each node type and relation.

.. math:: h_v' = \alpha_{\tau(v)} A_{\tau(v)}\, g\Bigl(\sum_{u, r} \operatorname{softmax}_{u, r}\bigl(
          \tfrac{p_r}{\sqrt d}\, (K_{\tau(u)} h_u)^\top W_r^{\text{att}}\, Q_{\tau(v)} h_v\bigr)\,
          W_r^{\text{msg}} V_{\tau(u)} h_u\Bigr) + (1 - \alpha_{\tau(v)})\, h_v

Hu et al., *Heterogeneous graph transformer* (arXiv 2003.01332), as ``torch_geometric.nn.HGTConv`` computes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from graphs.gnn.attached import Neighbourhood
from graphs.gnn.message_passing.propagation import Propagation
from graphs.propagate import EdgeType

__all__ = ["HGT"]


class HGT(Propagation):
    """HGT over neighbourhoods; nodes of types that it was not made for are neither heard nor hear.

    Args:
        width: of every layer, a multiple of ``heads``.
        kinds, relations: see :class:`Propagation`.
        layers: how many.
        heads: of attention.
    """

    def __init__(
        self,
        width: int,
        kinds: Sequence[str],
        relations: Sequence[EdgeType],
        *,
        layers: int = 2,
        heads: int = 4,
    ) -> None:
        from torch_geometric.nn import HGTConv

        super().__init__(kinds, relations)
        metadata = list(kinds), [(tail, relation, head) for head, relation, tail in relations]
        self.layers = nn.ModuleList(HGTConv(width, width, metadata, heads=heads) for _ in range(layers))

    def forward(self, nodes: Mapping[str, Tensor], neighbourhood: Neighbourhood) -> dict[str, Tensor]:
        """Return what the nodes say after all layers."""
        known = frozenset(self.relations)
        said = {kind: vectors for kind, vectors in nodes.items() if kind in self.kinds}
        for layer, convolve in zip(neighbourhood.layers, self.layers, strict=True):
            edges = {
                (tail, relation, head): ends
                for (head, relation, tail), ends in layer.edges.items()
                if (head, relation, tail) in known
            }
            counts = {kind: layer.targets.get(kind, 0) for kind in said}
            heard = convolve(said, edges) if edges else said
            said = {
                kind: (said[kind] if heard.get(kind) is None else heard[kind])[:count]
                for kind, count in counts.items()
                if count
            }
        return said
