"""Telling which concepts a node is linked to, by relations that are described and not numbered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np
import scipy.sparse as sp
import torch
from jaxtyping import Bool, Float, Float32
from torch import Tensor, nn
from torch.nn.functional import normalize

from graphs.gnn.hop_tokens import HopTokenRefiner
from kgx.balance import BalancedSampler
from kgx.evaluate.ranking import best_ranks
from kgx.losses import LARGEST_SCALE, multi_positive_contrastive
from kgx.train.tasks.nodes import Blocks, Drawing, NodeTask, space_columns

__all__ = ["LinkPrediction", "LinkSet"]


@dataclass(frozen=True)
class LinkSet:
    """Links of one relation from nodes to concepts.

    Attributes:
        relation: its name.
        descriptor: what it is like (:mod:`graphs.relations`).
        links: csr (nodes, concepts); what is stored and above 0 is a link.
    """

    relation: str
    descriptor: Float32[np.ndarray, " size"]
    links: sp.csr_matrix


class LinkPrediction(NodeTask[Tensor]):
    """Each node's concepts against the other concepts of the batch, and the other way round.

    A link ``(v, r, c)`` is scored by ``β cos(z_v ⊙ (1 + U d_r), x_c)``, DistMult (Yang et al., arXiv 1412.6575) with
    the relation's vector read from its descriptor: it starts as the plain cosine of node and concept, and no parameter
    belongs to a relation's number.

    Args:
        refiner: what is trained, and shared with other tasks.
        blocks: tokens of all nodes. Where a path tells the links, ``shown`` has to leave it out.
        link_sets: the links, one set a relation; of the same nodes and concepts.
        concepts: one vector a concept, in the space ``space``.
        held_out: nodes whose links are only scored.
        space: the part of the refined vectors that is compared with concepts.
        alpha: with which exponent relations are drawn (:func:`kgx.balance.balanced_probabilities`): 1 as often as they
            have links, 0 all alike.
        drawing: the batches; see :class:`~kgx.train.tasks.nodes.Drawing`.

    Raises:
        KgxError: there is no link to train on, or no such space.
    """

    def __init__(
        self,
        refiner: HopTokenRefiner,
        blocks: Blocks,
        link_sets: Sequence[LinkSet],
        concepts: Float32[np.ndarray, "concepts d"],
        held_out: Bool[np.ndarray, " nodes"],
        *,
        space: str = "text",
        alpha: float = 1.0,
        **drawing: Unpack[Drawing],
    ) -> None:
        self._columns = space_columns(refiner, space)
        self._sets = tuple(sp.csr_matrix(some.links > 0) for some in link_sets)
        found = [np.stack(links.nonzero()) for links in self._sets]
        edges = np.concatenate(
            [np.vstack([np.full(ends.shape[1], number), ends]) for number, ends in enumerate(found)]
            or [np.zeros((3, 0), np.int64)],
            axis=1,
        ).astype(np.int64)  # (3, edges): relation, node, concept
        asked = held_out[edges[1]]
        self.edges, self._asked = torch.from_numpy(edges[:, ~asked]), torch.from_numpy(edges[:, asked])
        size = len(link_sets[0].descriptor) if link_sets else 1
        relations = nn.Linear(size, refiner.spaces[space], bias=False)
        nn.init.zeros_(relations.weight)
        order = None
        if alpha < 1.0 and self.edges.shape[1]:
            order = BalancedSampler(self.edges[0].numpy(), alpha=alpha).order
        super().__init__(
            refiner, {"relations": relations}, blocks, self.edges.shape[1], order=order, **drawing
        )
        self._relations = relations
        self._descriptors = torch.tensor(np.stack([some.descriptor for some in link_sets]))
        self._concepts = normalize(torch.tensor(concepts, dtype=torch.float32), dim=1)
        self._scale = nn.Parameter(torch.tensor(1 / 0.07).log())
        self.module.register_parameter("scale", self._scale)

    def loss(self, batch: Tensor) -> Tensor:
        """Return the contrastive loss of one batch of links."""
        relations, nodes, concepts = self.edges[:, batch]
        candidates = torch.unique(concepts)
        scale = self._scale.exp().clamp(max=LARGEST_SCALE)
        scores = scale * self._moved(relations, nodes) @ self._concepts[candidates].T
        return multi_positive_contrastive(scores, self._known(relations, nodes, candidates))

    def score(self) -> float | None:
        """Return recall@10 of the nodes held out, among all concepts that any node has the relation to."""
        if not self._asked.shape[1]:
            return None
        hits = []
        with torch.no_grad():
            for relation in torch.unique(self._asked[0]).tolist():
                nodes = torch.unique(self._asked[1][self._asked[0] == relation])
                candidates = torch.from_numpy(np.unique(self._sets[relation].indices).astype(np.int64))
                relations = torch.full((len(nodes),), relation)
                scores = self._moved(relations, nodes) @ self._concepts[candidates].T
                right = self._known(relations, nodes, candidates)
                hits.append(best_ranks(scores.numpy(), right.numpy()) <= 10)
        return float(np.concatenate(hits).mean())

    def _batch(self, examples: Tensor, generator: torch.Generator) -> Tensor:
        return examples

    def _moved(self, relations: Tensor, nodes: Tensor) -> Float[Tensor, "n d"]:
        """Return where each node's concepts of a relation should lie; a node of several links is refined once."""
        distinct, place = torch.unique(nodes, return_inverse=True)
        own = self._refine(distinct)[:, self._columns][place]
        return normalize(own * (1.0 + self._relations(self._descriptors[relations])), dim=1)

    def _known(self, relations: Tensor, nodes: Tensor, candidates: Tensor) -> Bool[Tensor, "n k"]:
        known = np.zeros((len(nodes), len(candidates)), dtype=np.bool_)
        for relation in torch.unique(relations).tolist():
            rows = (relations == relation).numpy()
            known[rows] = self._sets[relation][nodes.numpy()[rows]][:, candidates.numpy()].toarray()
        return torch.from_numpy(known)
