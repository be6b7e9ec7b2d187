"""Everything in one graph: references and the items of a target, for networks that pass messages over whole graphs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from graphs.hetero import EdgeSet, build_hetero
from kgx.items import LinkedItems
from kgx.transfer.centres import Centres
from kgx.transfer.reference import SIMILAR, ReferenceGraph

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

__all__ = ["whole_graph"]


def whole_graph(reference: ReferenceGraph, items: Mapping[str, LinkedItems], centres: Centres) -> HeteroData:
    """Return references and further items as one heterogeneous graph, inverse edges included.

    The refiner does not need it: it attaches items to the references without making them nodes that others walk
    through. Whoever trains another network from torch_geometric on the same data does. The pairs of the further items
    are *not* among its edges, only those of the references.

    Args:
        reference: concepts and reference items.
        items: modality -> further items, encoded and linked.
        centres: means of the collection that they are from.

    Returns:
        A graph with the node types ``concept`` and every modality of either side; further items stand behind the
        references of their modality, in their own order.
    """
    features = dict(reference.features)
    edges = reference.edge_sets()
    for modality, own in items.items():
        before = len(reference.items[modality]) if modality in reference.items else 0
        rows = reference.own_features(own, centres.vectors[modality])
        features[modality] = np.concatenate([features[modality], rows]) if before else rows
        further: list[EdgeSet] = reference.link_edges(own)
        if before:
            similar = reference.similar(own, centres.vectors[modality]).tocoo()
            kept = similar.data > 0
            heads, tails = similar.row[kept].astype(np.int64), similar.col[kept].astype(np.int64)
            further.append(EdgeSet(modality, SIMILAR, modality, heads, tails, similar.data[kept]))
        edges.extend(replace(edge, heads=edge.heads + before) for edge in further)
    return build_hetero(features, edges)
