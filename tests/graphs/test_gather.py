"""Walks gathered row by row are the walks of the sparse products."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.errors import GraphError
from graphs.gather import WalkTable
from graphs.hetero import EdgeSet, build_hetero
from graphs.propagate import Path, walk_features

KIND = ("concept", "kind of", "concept")
KINDS = ("concept", "inverse of kind of", "concept")
TOLD = ("concept", "inverse of mentions", "text")
MENTIONS = ("text", "mentions", "concept")
SHOWN = ("text", "describes", "image")
TEXT_WALKS = (
    Path("concept"),
    Path("concept", (KIND,)),
    Path("concept", (KINDS,)),
    Path("concept", (KIND, KINDS)),
    Path("concept", (TOLD,)),
    Path("text"),
    Path("text", (MENTIONS, KIND)),
)


def world(seed: int = 0, concepts: int = 12, texts: int = 9):
    drawn = np.random.default_rng(seed)

    def edges(head: str, relation: str, tail: str, heads: int, tails: int, count: int) -> EdgeSet:
        return EdgeSet(
            head,
            relation,
            tail,
            drawn.integers(0, heads, count),
            drawn.integers(0, tails, count),
            drawn.uniform(0.1, 1.0, count).astype(np.float32),
        )

    features = {
        "concept": drawn.standard_normal((concepts, 5)).astype(np.float32),
        "text": drawn.standard_normal((texts, 5)).astype(np.float32),
        "image": drawn.standard_normal((4, 3)).astype(np.float32),
    }
    return build_hetero(
        features,
        [
            edges("concept", "kind of", "concept", concepts, concepts, 30),
            edges("text", "mentions", "concept", texts, concepts, 20),
            edges("text", "describes", "image", texts, 4, 8),
        ],
    )


def features(data) -> dict[str, np.ndarray]:
    return {kind: data[kind].x.numpy() for kind in data.node_types}


@settings(max_examples=60, deadline=None)  # the first graph loads the library
@given(
    seed=st.integers(0, 20),
    nodes=st.lists(st.tuples(st.integers(0, 11), st.floats(0.01, 1)), max_size=6),
    most=st.integers(0, 6),
)
def test_gathered_walks_are_the_products(seed: int, nodes: list[tuple[int, float]], most: int) -> None:
    data = world(seed)
    table = WalkTable.build(data, TEXT_WALKS, most=most)
    rows = np.array([node for node, _ in nodes], dtype=np.int64)
    weights = np.array([weight for _, weight in nodes], dtype=np.float32)
    found = table.gather(table.starts_of["concept"] + rows, weights, features(data))
    first = sp.csr_matrix((weights, (np.zeros(len(rows), dtype=int), rows)), shape=(1, 12))
    for number, walk in enumerate(TEXT_WALKS):
        expected = np.zeros((1, 5), np.float32)
        if walk.start == "concept" and len(rows):
            # two rows of the same: the reference for a single row has a way of its own
            both = sp.vstack([first, first]).tocsr()
            expected = walk_features(data, both, walk.steps, data[walk.end].x.numpy())[:1]
        # where a node has more ends than are kept, their mean is in half precision
        assert found[number] == pytest.approx(expected[0], abs=5e-3), walk


def test_walks_from_several_types_at_once() -> None:
    data = world()
    table = WalkTable.build(data, TEXT_WALKS)
    nodes = np.array([table.starts_of["concept"] + 3, table.starts_of["text"] + 2])
    together = table.gather(nodes, np.ones(2, np.float32), features(data))
    apart = [table.gather(nodes[place : place + 1], np.ones(1), features(data)) for place in (0, 1)]
    assert together == pytest.approx(apart[0] + apart[1])
    assert together[5] == pytest.approx(data["text"].x[2].numpy())


def test_a_bounded_number_of_rows_is_touched() -> None:
    data = world()
    walks = (Path("concept", (KINDS,)), Path("concept", (TOLD,)))
    all_of_them = np.diff(WalkTable.build(data, walks, most=100).offsets)
    assert all_of_them.max() > 4
    for most in (1, 2):
        table = WalkTable.build(data, walks, most=most)
        assert np.diff(table.offsets).max() <= 2 * most
        assert len(table.means) > 0


def test_in_half_precision_too() -> None:
    data = world()
    table = WalkTable.build(data, TEXT_WALKS)
    nodes, weights = np.array([1, 4]), np.array([0.5, 0.25], np.float32)
    half = {kind: matrix.astype(np.float16) for kind, matrix in features(data).items()}
    assert table.gather(nodes, weights, half) == pytest.approx(
        table.gather(nodes, weights, features(data)), abs=5e-3
    )
    assert table.gather(nodes, weights, half).dtype == np.float32


def test_another_space() -> None:
    data = world()
    table = WalkTable.build(data, [Path("text", (SHOWN,))])
    assert table.gather(np.array([0, 1]), np.ones(2), features(data)).shape == (1, 3)


@pytest.mark.parametrize("walks", [[], [Path("text"), Path("text", (SHOWN,))]])
def test_one_space_only(walks: list[Path]) -> None:
    with pytest.raises(GraphError, match="one feature space"):
        WalkTable.build(world(), walks)
