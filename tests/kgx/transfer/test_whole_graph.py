"""References and a target in one heterogeneous graph."""

from __future__ import annotations

import numpy as np

from graphs.hetero import inverse_name
from kgx.testing import TinyWorld
from kgx.transfer.centres import Centres
from kgx.transfer.reference import DESCRIBES, SIMILAR
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.whole_graph import whole_graph


def test_all_modalities_and_concepts_are_nodes_and_every_edge_has_its_inverse(
    world: TinyWorld, trained: RelationTransfer, target_centres: Centres
) -> None:
    reference = trained.maker.reference
    data = whole_graph(reference, world.target, target_centres)
    assert set(data.node_types) == {"text", "image", "audio", "concept"}
    for modality, items in world.target.items():
        before = len(reference.items[modality]) if modality in reference.items else 0
        assert data[modality].x.shape[0] == before + len(items)
    for head, relation, tail in data.edge_types:
        back = (tail, inverse_name(relation), head)
        if back not in data.edge_types:
            back = (tail, relation, head)  # a symmetric relation is its own inverse
        if SIMILAR not in relation:  # the references' own similarities are only walked one way
            backward = data[back].edge_index.flip(0)
            forward = data[head, relation, tail].edge_index
            assert set(zip(*backward.tolist(), strict=True)) == set(zip(*forward.tolist(), strict=True))


def test_the_targets_own_pairs_are_not_among_the_edges(
    world: TinyWorld, trained: RelationTransfer, target_centres: Centres
) -> None:
    reference = trained.maker.reference
    data = whole_graph(reference, world.target, target_centres)
    described = data["text", DESCRIBES, "image"].edge_index.numpy()
    assert described[0].max() < len(reference.items["text"])
    assert described[1].max() < len(reference.items["image"])
    linked = data["image", "depicts", "concept"].edge_index.numpy()[0]
    assert np.any(linked >= len(reference.items["image"]))
