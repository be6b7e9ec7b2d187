"""R-GCN over a whole reference graph, trained on the pairs and by the loss that the refiner is trained on.

The network is the one of Schlichtkrull et al., *Modeling relational data with graph convolutional networks* (arXiv
1703.06103), as torch_geometric has it: ``RGCNConv`` with basis decomposition. (``FastRGCNConv`` keeps a matrix of
hidden × hidden numbers for every edge, which no graph of this size allows at a hidden size of some hundreds.) It is
propagated over the whole graph at every step, as mini-batches of sampled neighbours need compiled extensions. Nor is it
:class:`graphs.gnn.message_passing.rgcn.RGCN`, which numbers the neighbourhoods of attached nodes anew at every step:
of a rival only its own work may be timed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.functional import normalize

from kgx.losses import LARGEST_SCALE, multi_positive_contrastive
from kgx.transfer.tasks import RefinerTask

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

__all__ = ["LAYERS", "FirstBatches", "RelationalNetwork", "RelationalTask", "activation_bytes"]

LAYERS = 2
"""Layers of the network: as many as a walk of the refiner has steps at most."""

Batch = tuple[Tensor, Tensor, bool]


def activation_bytes(data: HeteroData, hidden: int) -> int:
    """Return what a step keeps in memory for its backward pass: a matrix of all nodes a relation and layer."""
    nodes = sum(int(data[kind].x.shape[0]) for kind in data.node_types)
    return LAYERS * len(data.edge_types) * nodes * hidden * 4


class RelationalNetwork(nn.Module):
    """A linear layer a node type, then R-GCN over all nodes.

    A node hears from the tails of its edges, as a walk brings what lies at its end to where it began.

    Args:
        data: typed nodes with features ``x``, typed edges with their inverses; weights are not used.
        hidden: width of every layer.
        bases: matrices that the relations' matrices are mixed of.
    """

    def __init__(self, data: HeteroData, *, hidden: int, bases: int) -> None:
        from torch_geometric.nn import RGCNConv

        super().__init__()
        self._features = {kind: data[kind].x for kind in data.node_types}
        counts = [len(features) for features in self._features.values()]
        firsts = dict(zip(self._features, np.cumsum([0, *counts[:-1]]).tolist(), strict=True))
        self._rows = {kind: slice(first, first + len(self._features[kind])) for kind, first in firsts.items()}
        ends, kinds = [], []
        for number, edge_type in enumerate(data.edge_types):
            heads, tails = data[edge_type].edge_index
            ends.append(torch.stack([tails + firsts[edge_type[2]], heads + firsts[edge_type[0]]]))
            kinds.append(torch.full_like(heads, number))
        self._edges: Int64[Tensor, "2 edges"] = torch.cat(ends, dim=1)
        self._kinds: Int64[Tensor, " edges"] = torch.cat(kinds)
        self.inputs = nn.ModuleDict(
            {kind: nn.Linear(features.shape[1], hidden) for kind, features in self._features.items()}
        )
        self.layers = nn.ModuleList(
            RGCNConv(hidden, hidden, len(data.edge_types), num_bases=bases) for _ in range(LAYERS)
        )

    def forward(self) -> dict[str, Float[Tensor, "nodes hidden"]]:
        """Return a vector of length 1 for every node, by node type."""
        nodes = torch.cat([layer(self._features[kind]) for kind, layer in self.inputs.items()])
        for number, layer in enumerate(self.layers):
            nodes = layer(torch.relu(nodes) if number else nodes, self._edges, self._kinds)
        return {kind: normalize(nodes[rows], dim=1) for kind, rows in self._rows.items()}


class RelationalTask:
    """The refiner's training with the relational network in the refiner's place: same batches, same loss.

    It is for measuring time alone: the pairs' own edges are in the graph, so that a score would mean nothing.

    Args:
        network: gives the vectors of all nodes.
        task: gives pairs and batches.
        modality: node type of the items that are paired with texts.
    """

    def __init__(self, network: RelationalNetwork, task: RefinerTask, modality: str) -> None:
        self.module: nn.Module = nn.ModuleDict({"network": network})
        self.module.register_parameter("scale", nn.Parameter(task.scale.detach().clone()))
        self._network = network
        self._task = task
        self._modality = modality

    def steps(self) -> int:
        """Return the number of batches an epoch has."""
        return self._task.steps()

    def batches(self, generator: torch.Generator) -> Iterator[Batch]:
        """Yield the refiner's batches."""
        return self._task.batches(generator)

    def loss(self, batch: Batch) -> Tensor:
        """Propagate over the whole graph and return the contrastive loss of one batch."""
        texts, others, _ = batch
        nodes = self._network()
        scale: Any = self.module.scale
        scores = scale.exp().clamp(max=LARGEST_SCALE) * nodes["text"][texts] @ nodes[self._modality][others].T
        pairs = self._task.pairs
        entities, captions = pairs.text_entities[texts.numpy()], pairs.captions[texts.numpy()]
        same = entities[:, None] == pairs.other_entities[others.numpy()][None]
        return multi_positive_contrastive(
            scores, torch.from_numpy(same | (captions[:, None] == captions[None]))
        )

    def score(self) -> float | None:
        """There is none."""
        return None


class FirstBatches:
    """A task cut down to its first batches, for work of which a whole epoch would take too long.

    Args:
        task: the whole.
        steps: batches of an epoch that are left.
    """

    def __init__(self, task: RefinerTask | RelationalTask, steps: int) -> None:
        self.module = task.module
        self._task = task
        self._steps = min(steps, task.steps())

    def steps(self) -> int:
        """Return the number of batches that are left."""
        return self._steps

    def batches(self, generator: torch.Generator) -> Iterator[Batch]:
        """Yield the first batches."""
        return islice(self._task.batches(generator), self._steps)

    def loss(self, batch: Batch) -> Tensor:
        """Return the loss of one batch."""
        return self._task.loss(batch)

    def score(self) -> float | None:
        """Return the whole task's score."""
        return self._task.score()
