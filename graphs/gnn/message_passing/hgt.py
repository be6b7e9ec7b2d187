r"""HGT: attention whose keys, queries and messages have matrices of each node type and relation.

.. math:: h_v' = \alpha_{\tau(v)} A_{\tau(v)}\, g\Bigl(\sum_{u, r} \operatorname{softmax}_{u, r}\bigl(
          \tfrac{p_r}{\sqrt d}\, (K_{\tau(u)} h_u)^\top W_r^{\text{att}}\, Q_{\tau(v)} h_v\bigr)\,
          W_r^{\text{msg}} V_{\tau(u)} h_u\Bigr) + (1 - \alpha_{\tau(v)})\, h_v

Hu et al., *Heterogeneous graph transformer* (arXiv 2003.01332), with the parameters of ``torch_geometric.nn.HGTConv``.
What that class works out for every node and every relation that the node could be heard along is worked out here for
the nodes that are heard: of dozens of relations each node has a few.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

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
        super().__init__(kinds, relations)
        metadata = list(kinds), [(tail, relation, head) for head, relation, tail in relations]
        self.layers = nn.ModuleList(
            _convolution()(width, width, metadata, heads=heads) for _ in range(layers)
        )

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


@lru_cache(maxsize=1)
def _convolution() -> type[nn.Module]:
    """Return the class of a layer; torch_geometric takes its time to load."""
    from torch_geometric.nn import HGTConv
    from torch_geometric.utils import softmax

    class HeardConv(HGTConv):  # type: ignore[misc]  # torch_geometric has no types
        """HGTConv, by another way to the same numbers."""

        def forward(
            self, x_dict: Mapping[str, Tensor], edge_index_dict: Mapping[EdgeType, Tensor]
        ) -> dict[str, Tensor]:
            """Return what nodes of every type that can hear say next."""
            heads, width = self.heads, self.out_channels // self.heads
            parts = {
                kind: rows.view(-1, 3, heads, width).unbind(1) for kind, rows in self.kqv_lin(x_dict).items()
            }
            first, count = {}, 0
            for kind, rows in x_dict.items():
                first[kind], count = count, count + len(rows)
            keys_by, values_by = (
                module.weight.view(heads, -1, width, width) for module in (self.k_rel, self.v_rel)
            )
            attention, values, targets = [], [], []
            for edge_type, (sources, ends) in edge_index_dict.items():
                number, (source, _, target) = self.edge_types_map[edge_type], edge_type
                heard, place = sources.unique(return_inverse=True)
                keys = torch.einsum("nhd,hde->nhe", parts[source][0][heard], keys_by[:, number])
                told = torch.einsum("nhd,hde->nhe", parts[source][2][heard], values_by[:, number])
                fit = (parts[target][1][ends] * keys[place]).sum(-1)
                attention.append(fit * self.p_rel["__".join(edge_type)] / math.sqrt(width))
                values.append(told[place])
                targets.append(ends + first[target])
            hears = torch.cat(targets)
            shares = softmax(torch.cat(attention), hears, num_nodes=count)
            messages = (torch.cat(values) * shares[:, :, None]).flatten(1)
            summed = messages.new_zeros(count, heads * width).index_add(0, hears, messages)
            said = self.out_lin(
                {
                    kind: gelu(summed[first[kind] : first[kind] + len(rows)])
                    for kind, rows in x_dict.items()
                    if kind in self.dst_node_types
                }
            )
            found = {}
            for kind, rows in said.items():
                share = self.skip[kind].sigmoid()
                found[kind] = share * rows + (1 - share) * x_dict[kind]
            return found

    return HeardConv
