"""Edges left out: an edge and its inverse go together, and everything else stays."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_geometric.data import HeteroData

from graphs.augment import drop_edges, drop_links, kept_pairs
from graphs.completion.links import Links
from graphs.errors import GraphError
from graphs.hetero import EdgeSet, build_hetero

DEPICTS, INVERSE = ("image", "depicts", "concept"), ("concept", "inverse of depicts", "image")
ALIKE = ("concept", "antonym", "concept")


def graph(edges: int = 60) -> HeteroData:
    rng = np.random.default_rng(edges)
    features = {"image": np.eye(20, dtype=np.float32), "concept": np.eye(30, dtype=np.float32)}
    weights = rng.random(edges).astype(np.float32) + 0.1
    images, concepts = rng.integers(0, 20, edges), rng.integers(0, 30, edges)
    others = (concepts + 1 + rng.integers(0, 28, edges)) % 30
    return build_hetero(
        features,
        [
            EdgeSet(*DEPICTS, images, concepts, weights),
            EdgeSet(*ALIKE, concepts, others, weights, symmetric=True),
        ],
    )


def pairs(data: HeteroData, edge_type: tuple[str, str, str]) -> set[tuple[int, int]]:
    return {(int(head), int(tail)) for head, tail in data[edge_type].edge_index.T}


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 1), st.integers(0, 99))
def test_an_edge_and_its_inverse_go_together(probability: float, seed: int) -> None:
    whole = graph()
    thin = drop_edges(whole, probability, seed=seed)
    assert pairs(thin, DEPICTS) == {(head, tail) for tail, head in pairs(thin, INVERSE)}
    assert pairs(thin, ALIKE) == {(tail, head) for head, tail in pairs(thin, ALIKE)}
    for edge_type in whole.edge_types:
        assert pairs(thin, edge_type) <= pairs(whole, edge_type)
        assert thin[edge_type].edge_weight.shape == (thin[edge_type].edge_index.shape[1],)


def test_weights_stay_with_their_edges_and_the_whole_graph_stays_whole() -> None:
    whole = graph()
    before = {edge_type: whole[edge_type].edge_index.clone() for edge_type in whole.edge_types}
    thin = drop_edges(whole, 0.5, seed=3)
    weight = dict(
        zip(
            map(tuple, whole[DEPICTS].edge_index.T.tolist()), whole[DEPICTS].edge_weight.tolist(), strict=True
        )
    )
    kept = zip(
        map(tuple, thin[DEPICTS].edge_index.T.tolist()), thin[DEPICTS].edge_weight.tolist(), strict=True
    )
    assert all(weight[ends] == value for ends, value in kept)
    assert all(torch.equal(whole[edge_type].edge_index, index) for edge_type, index in before.items())
    assert thin["image"].x is whole["image"].x


def test_none_and_all_and_about_half() -> None:
    whole = graph(600)
    count = whole[DEPICTS].edge_index.shape[1]
    found = [drop_edges(whole, share, seed=0)[DEPICTS].edge_index.shape[1] for share in (0.0, 0.5, 1.0)]
    assert (found[0], found[2]) == (count, 0)
    assert abs(found[1] / count - 0.5) < 0.15


def test_same_seed_same_edges_another_seed_others() -> None:
    whole = graph()
    one, same, other = (pairs(drop_edges(whole, 0.5, seed=seed), DEPICTS) for seed in (1, 1, 2))
    assert one == same != other


def test_only_the_relations_that_are_named_are_thinned() -> None:
    whole = graph()
    for name in ("depicts", "inverse of depicts"):
        thin = drop_edges(whole, 1.0, seed=0, relations=[name])
        assert not pairs(thin, DEPICTS)
        assert not pairs(thin, INVERSE)
        assert pairs(thin, ALIKE) == pairs(whole, ALIKE)
    with pytest.raises(GraphError, match="relations among antonym, depicts, got shows"):
        drop_edges(whole, 0.5, seed=0, relations=["shows"])


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(probability: float) -> None:
    with pytest.raises(GraphError, match="probability from 0 to 1"):
        drop_edges(graph(), probability, seed=0)


def test_parallel_edges_go_together_and_ends_have_to_match() -> None:
    first = np.repeat(np.arange(50), 2)
    kept = kept_pairs(first, first + 7, 0.5, np.random.default_rng(0))
    assert (kept[::2] == kept[1::2]).all()
    assert 0 < kept.sum() < 100
    with pytest.raises(GraphError, match="as many first ends as second ones, got 1 and 2"):
        kept_pairs(np.zeros(1, int), np.zeros(2, int), 0.5, np.random.default_rng(0))


def test_triples_are_left_out_one_by_one() -> None:
    links = Links.of(np.stack([np.arange(200), np.arange(200) % 3, np.arange(200)[::-1]], axis=1))
    some = drop_links(links, 0.3, seed=5)
    rows = {tuple(row) for row in links.rows().tolist()}
    assert {tuple(row) for row in some.rows().tolist()} < rows
    assert abs(len(some) / 200 - 0.7) < 0.12
    assert len(drop_links(links, 1.0, seed=5)) == 0
