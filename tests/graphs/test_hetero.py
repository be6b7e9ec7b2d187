"""Typed edges as a heterogeneous graph: inverses, symmetric relations, parallel edges, refused input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.errors import EmptyGraphError, GraphError
from graphs.hetero import EdgeSet, build_hetero, inverse_name

FEATURES = {"image": np.eye(3, 2, dtype=np.float32), "concept": np.ones((4, 5), dtype=np.float64)}


def edges(head: str, relation: str, tail: str, *listed: tuple[int, int, float]) -> EdgeSet:
    heads, tails, weights = zip(*listed, strict=True) if listed else ((), (), ())
    return EdgeSet(
        head,
        relation,
        tail,
        np.array(heads, np.int64),
        np.array(tails, np.int64),
        np.array(weights, np.float32),
    )


def listed(data, kind: tuple[str, str, str]) -> list[tuple[int, int, float]]:
    heads, tails = data[kind].edge_index.tolist()
    return list(zip(heads, tails, data[kind].edge_weight.tolist(), strict=True))


DEPICTS = edges("image", "depicts", "concept", (0, 3, 0.5), (2, 1, 0.25))


def test_features_become_float32_nodes() -> None:
    data = build_hetero(FEATURES, [])
    assert {kind: tuple(data[kind].x.shape) for kind in data.node_types} == {
        "image": (3, 2),
        "concept": (4, 5),
    }
    assert all(str(data[kind].x.dtype) == "torch.float32" for kind in data.node_types)
    assert data.edge_types == []


def test_every_edge_can_be_walked_from_either_end() -> None:
    data = build_hetero(FEATURES, [DEPICTS])
    assert listed(data, ("image", "depicts", "concept")) == [(0, 3, 0.5), (2, 1, 0.25)]
    assert listed(data, ("concept", "inverse of depicts", "image")) == [(1, 2, 0.25), (3, 0, 0.5)]
    data.validate()


def test_without_inverse_only_one_direction_is_made() -> None:
    data = build_hetero(FEATURES, [replace(DEPICTS, inverse=False)])
    assert data.edge_types == [("image", "depicts", "concept")]


def test_a_symmetric_relation_is_one_edge_type() -> None:
    related = replace(edges("concept", "related", "concept", (0, 1, 1.0), (2, 2, 0.5)), symmetric=True)
    data = build_hetero(FEATURES, [related])
    assert data.edge_types == [("concept", "related", "concept")]
    assert listed(data, data.edge_types[0]) == [(0, 1, 1.0), (1, 0, 1.0), (2, 2, 0.5)]


def test_of_parallel_edges_the_heaviest_is_kept() -> None:
    again = edges("image", "depicts", "concept", (0, 3, 0.75), (0, 3, 0.125), (1, 1, 0.5))
    data = build_hetero(FEATURES, [DEPICTS, again])
    assert listed(data, ("image", "depicts", "concept")) == [(0, 3, 0.75), (1, 1, 0.5), (2, 1, 0.25)]
    assert listed(data, ("concept", "inverse of depicts", "image")) == [
        (1, 1, 0.5),
        (1, 2, 0.25),
        (3, 0, 0.75),
    ]


def test_an_inverse_given_by_name_joins_the_inverse_that_is_made() -> None:
    backwards = edges("concept", "inverse of depicts", "image", (2, 1, 1.0))
    data = build_hetero(FEATURES, [DEPICTS, backwards])
    assert len(data.edge_types) == 2
    assert (1, 2, 1.0) in listed(data, ("image", "depicts", "concept"))


def test_edge_sets_without_edges_leave_no_edge_type() -> None:
    assert build_hetero(FEATURES, [edges("image", "depicts", "concept")]).edge_types == []


def test_the_same_name_between_other_node_types_is_another_edge_type() -> None:
    between = edges("concept", "depicts", "concept", (0, 1, 1.0))
    data = build_hetero(FEATURES, [DEPICTS, between])
    assert len(data.edge_types) == 4
    assert listed(data, ("concept", "depicts", "concept")) == [(0, 1, 1.0)]


@given(st.permutations([(0, 3, 0.5), (2, 1, 0.25), (0, 3, 1.0), (1, 0, 0.5), (2, 2, 0.75)]))
def test_the_order_of_edges_does_not_matter(order: list[tuple[int, int, float]]) -> None:
    whole = build_hetero(FEATURES, [edges("image", "depicts", "concept", *order)])
    parts = build_hetero(
        FEATURES,
        [edges("image", "depicts", "concept", *order[:2]), edges("image", "depicts", "concept", *order[2:])],
    )
    expected = [(0, 3, 1.0), (1, 0, 0.5), (2, 1, 0.25), (2, 2, 0.75)]
    assert listed(whole, ("image", "depicts", "concept")) == expected
    assert listed(parts, ("image", "depicts", "concept")) == expected


@given(st.text())
def test_the_inverse_of_the_inverse_is_the_relation(relation: str) -> None:
    assert inverse_name(inverse_name(relation)) == relation


@pytest.mark.parametrize("features", [{}, {"image": np.zeros((0, 4))}])
def test_a_graph_without_nodes_is_refused(features: dict[str, np.ndarray]) -> None:
    with pytest.raises(EmptyGraphError, match="no node"):
        build_hetero(features, [])


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (edges("sound", "depicts", "concept", (0, 0, 1.0)), "'sound'; known types: image, concept"),
        (edges("image", "depicts", "concept", (3, 0, 1.0)), "'image' from 0 to 2, got 3 to 3"),
        (
            edges("image", "depicts", "concept", (0, -1, 1.0), (0, 2, 1.0)),
            "'concept' from 0 to 3, got -1 to 2",
        ),
        (edges("image", "depicts", "concept", (0, 0, 0.0)), "weights, got 0.0"),
        (edges("image", "depicts", "concept", (0, 0, -1.0), (0, 1, 1.0)), "weights, got -1.0"),
        (edges("image", "depicts", "concept", (0, 0, 1.0), (0, 1, np.nan)), "weights, got nan"),
        (edges("image", "depicts", "concept", (0, 0, 1.0), (0, 1, np.inf)), "weights, got inf"),
        (replace(DEPICTS, weights=np.ones(3, np.float32)), "equal length, got 2, 2 and 3"),
    ],
)
def test_unusable_edges_are_named(bad: EdgeSet, message: str) -> None:
    with pytest.raises(GraphError, match=message) as caught:
        build_hetero(FEATURES, [DEPICTS, bad])
    assert f"({bad.head_type}, depicts, concept)" in str(caught.value)
