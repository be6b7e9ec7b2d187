"""Nodes whose walks a change does not reach learn by their walks what they learnt before; so little else changes."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.changed_walks import changed_walks
from graphs.hetero import EdgeSet, build_hetero
from graphs.propagate import enumerate_paths, walk_features

NODES = 6
pairs = st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1))
edges = st.dictionaries(pairs, st.sampled_from([0.5, 1.0]), max_size=12)


def world(likes: dict, shows: dict, features: np.ndarray):
    def edge_set(head: str, relation: str, tail: str, weighted: dict) -> EdgeSet:
        heads = np.array([head for head, _ in weighted], dtype=np.int64)
        tails = np.array([tail for _, tail in weighted], dtype=np.int64)
        return EdgeSet(
            head, relation, tail, heads, tails, np.array(list(weighted.values()), dtype=np.float32)
        )

    pictures = np.eye(NODES, 3, dtype=np.float32)
    return build_hetero(
        {"concept": features, "picture": pictures},
        [edge_set("concept", "likes", "concept", likes), edge_set("picture", "shows", "concept", shows)],
    )


def learnt(data, node: int, hops: int) -> dict[str, np.ndarray]:
    """Return what a concept learns by each of its walks."""
    start = sp.csr_matrix((np.ones(2, np.float32), ([0, 1], [node, node])), shape=(2, NODES))
    found = {}
    for path in enumerate_paths(data.edge_types, "concept", hops):
        walked = walk_features(data, start, path.steps, data[path.end].x.numpy())[0]
        if walked.any():
            found[str(path)] = walked
    return found


@settings(max_examples=60, deadline=None)
@given(edges, edges, edges, st.integers(0, NODES - 1), st.integers(0, 3))
def test_what_is_not_reached_learns_the_same(likes, more, shows, moved, hops) -> None:
    features = np.random.default_rng(0).standard_normal((NODES, 3)).astype(np.float32)
    others = features.copy()
    others[moved] += moved % 2
    before, after = world(likes, shows, features), world({**likes, **more}, shows, others)
    reached = changed_walks(before, after, {}, hops)["concept"]
    for node in np.flatnonzero(~reached):
        was, now = learnt(before, node, hops), learnt(after, node, hops)
        assert was.keys() == now.keys()
        assert all(np.array_equal(was[path], now[path]) for path in was)
    if not more and not moved % 2:
        assert not reached.any()


def test_a_change_reaches_as_far_as_walks_go() -> None:
    features = np.eye(NODES, dtype=np.float32)
    chain = {(node, node + 1): 1.0 for node in range(NODES - 2)}
    before, after = world(chain, {}, features), world({**chain, (4, 5): 1.0}, {}, features)
    # 5 is liked by 4 now: walks go either way, and so does the change
    assert [
        np.flatnonzero(changed_walks(before, after, {}, hops)["concept"]).tolist() for hops in range(4)
    ] == [
        [],
        [4, 5],
        [3, 4, 5],
        [2, 3, 4, 5],
    ]


def test_nodes_that_come_and_go_have_other_numbers() -> None:
    features = np.eye(NODES, dtype=np.float32)
    before = world({(0, 1): 1.0, (3, 4): 1.0}, {(0, 3): 1.0}, features)
    order = np.array([5, 4, 3, 2, 1, 0])
    same = world({(5, 4): 1.0, (2, 1): 1.0}, {(0, 2): 1.0}, features[order])
    assert not changed_walks(before, same, {"concept": order}, 2)["concept"].any()
    gone = np.array([5, 4, 3, 2, -1, 0])  # 4 went, and something else came in its place
    reached = changed_walks(before, same, {"concept": gone}, 1)
    assert np.flatnonzero(reached["concept"]).tolist() == [1, 2]
    assert not reached["picture"].any()
    assert changed_walks(before, same, {"concept": gone}, 2)["picture"].tolist() == [True, *[False] * 5]


def test_relations_that_come_and_go() -> None:
    features = np.eye(NODES, dtype=np.float32)
    with_likes, without = world({(0, 1): 1.0}, {}, features), world({}, {}, features)
    for before, after in ((with_likes, without), (without, with_likes)):
        assert np.flatnonzero(changed_walks(before, after, {}, 1)["concept"]).tolist() == [0, 1]
