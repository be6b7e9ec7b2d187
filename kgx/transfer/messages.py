"""What a network of messages is given of items: tokens that need no graph, and links into the reference graph."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
import torch
from jaxtyping import Bool, Float32, Int64

from graphs.gnn.attached import AttachedBlock, HeardGraph, strongest
from graphs.gnn.message_passing.refiner import ATTACHED
from graphs.propagate import EdgeType, Path, normalise_rows
from kgx.collection import MODALITIES
from kgx.items import LinkedItems
from kgx.transfer.reference import SIMILAR, centred_rows
from kgx.transfer.tokens import FILED, TokenMaker, TokenPath

__all__ = ["MessageMaker"]


@dataclass(frozen=True)
class MessageMaker(TokenMaker):
    """Makes an item's own and translated tokens, and attaches the item to the reference graph.

    References are in as many parts as there are folds, whole groups in each. What is trained on hears of no reference
    of its own part: its own answer would be one hop away.

    Attributes:
        fanout: edges of a node and relation that messages come along, at most.
        folds: parts of the references.
    """

    fanout: int = 10
    folds: int = 5

    @cached_property
    def paths(self) -> dict[str, tuple[TokenPath, ...]]:
        """The tokens that need no graph; what relations bring, messages bring."""
        return {
            modality: (
                TokenPath(Path(modality), modality),
                *(TokenPath(Path(modality), space, True) for start, space in self.maps if start == modality),
            )
            for modality in MODALITIES
        }

    @cached_property
    def graph(self) -> HeardGraph:
        """The reference graph; similar references are heard by what is attached, not by one another."""
        data = self.reference.data
        parts = {modality: self._parts(codes) for modality, codes in self.reference.groups.items()}
        graph = HeardGraph.of(data, fanout=self.fanout, parts=parts, without=frozenset({SIMILAR}))
        centred = {
            kind: torch.from_numpy(centred_rows(features.numpy(), features.numpy().mean(axis=0)))
            if kind in ("concept", "text")
            else features
            for kind, features in graph.features.items()
        }
        return HeardGraph(centred, graph.edges, graph.parts)

    def attached(
        self,
        items: LinkedItems,
        centre: Float32[np.ndarray, " dimension"],
        *,
        query: bool = False,
        groups: Int64[np.ndarray, " n"] | None = None,
    ) -> dict[str, AttachedBlock]:
        """Return the items' links, under the name by which the network asks for them.

        Args:
            items: the items.
            centre: mean vector of the collection that they are from.
            query: whether they come as queries, about which nothing is filed.
            groups: number of each item's group, where the items are to be trained on.
        """
        reference, modality = self.reference, items.modality
        parts = np.full(len(items), -1, dtype=np.int64) if groups is None else self._parts(groups)
        links: dict[EdgeType, sp.csr_matrix] = {
            (modality, relation, "concept"): strongest(normalise_rows(matrix), self.fanout)
            for relation, matrix in reference.link_matrices(items).items()
            if not (query and relation in FILED)
        }
        if modality in reference.items:
            own = self._parts(reference.groups[modality])
            links[modality, SIMILAR, modality] = reference.similar(
                items, centre, groups=None if groups is None else parts, reference_groups=own
            )
        features = torch.from_numpy(centred_rows(items.vectors, centre))
        return {ATTACHED: AttachedBlock(self.graph, modality, features, links, parts)}

    def asked(self) -> dict[str, dict[str, Bool[torch.Tensor, " paths"]]]:
        """Return the paths that a query has too, and which edge types of links."""
        masks = super().asked()
        for modality, items in self.reference.items.items():
            relations = [*self.reference.link_matrices(items), *(() if modality not in masks else (SIMILAR,))]
            masks[modality][ATTACHED] = torch.tensor([relation not in FILED for relation in relations])
        return masks

    def _parts(self, groups: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
        return np.where(groups >= 0, np.remainder(groups, self.folds), -1).astype(np.int64)
