"""Hop features against walks enumerated one by one, and against dense matrix products."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import propagate
from graphs.errors import UnknownTermError
from graphs.hetero import EdgeSet, build_hetero
from graphs.propagate import (
    EdgeType,
    Path,
    adjacency,
    enumerate_paths,
    hop_features,
    normalise_rows,
    walk,
    walk_features,
)

SIZES = {"image": 5, "concept": 6, "text": 4}
DIMENSIONS = {"image": 3, "concept": 2, "text": 4}
DEPICTS: EdgeType = ("image", "depicts", "concept")
MENTIONS: EdgeType = ("text", "mentions", "concept")
HYPERNYM: EdgeType = ("concept", "hypernym", "concept")
DEPICTED: EdgeType = ("concept", "inverse of depicts", "image")
MENTIONED: EdgeType = ("concept", "inverse of mentions", "text")
HYPONYM: EdgeType = ("concept", "inverse of hypernym", "concept")
PATHS = [
    Path("image", (DEPICTS,)),
    Path("text", (MENTIONS, DEPICTED)),
    Path("image", (DEPICTS, HYPERNYM, HYPONYM)),
    Path("image", (DEPICTS, DEPICTED, DEPICTS, MENTIONED)),
    Path("concept", (HYPERNYM, HYPERNYM)),
    Path("concept", (DEPICTED, DEPICTS, HYPERNYM, MENTIONED)),
]


def random_graph(seed: int, density: float = 0.35):
    rng = np.random.default_rng(seed)
    sets = []
    for head, relation, tail in (DEPICTS, MENTIONS, HYPERNYM):
        chosen = rng.random((SIZES[head], SIZES[tail])) < density
        chosen[0, 0] = True
        heads, tails = np.nonzero(chosen)
        weights = rng.uniform(0.1, 2.0, len(heads)).astype(np.float32)
        sets.append(EdgeSet(head, relation, tail, heads, tails, weights))
    features = {kind: rng.standard_normal((size, DIMENSIONS[kind])) for kind, size in SIZES.items()}
    return build_hetero(features, sets)


def random_groups(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {kind: rng.integers(-1, 4, size) for kind, size in SIZES.items()}


def enumerated(data, path: Path, start: int, groups: Mapping[str, Sequence[int]] | None = None) -> np.ndarray:
    """Follow every walk edge by edge; a walk counts as much as the product of its edges' shares."""
    own = groups[path.start][start] if groups is not None and path.start in groups else -1
    walks = [(start, 1.0)]
    for step in path.steps:
        longer = []
        for node, weight in walks:
            leaving = [
                (tail, share)
                for (head, tail), share in zip(
                    data[step].edge_index.T.tolist(), data[step].edge_weight.tolist(), strict=True
                )
                if head == node
            ]
            total = sum(share for _, share in leaving)
            for tail, share in leaving:
                if groups is not None and step[2] in groups and own >= 0 and groups[step[2]][tail] == own:
                    continue
                longer.append((tail, weight * share / total))
        walks = longer
    ends = data[path.end].x.numpy()
    total = sum(weight for _, weight in walks)
    mean = np.zeros(ends.shape[1])
    for node, weight in walks:
        mean += weight / total * ends[node]
    return mean


@pytest.mark.parametrize("path", PATHS, ids=str)
@given(seed=st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_equals_walks_enumerated_one_by_one(path: Path, seed: int) -> None:
    data = random_graph(seed)
    expected = [enumerated(data, path, start) for start in range(SIZES[path.start])]
    found = hop_features(data, path)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("path", PATHS, ids=str)
@given(seed=st.integers(0, 1000), left_out=st.sampled_from([None, *SIZES]))
@settings(max_examples=15, deadline=None)
def test_no_walk_touches_the_own_group(path: Path, seed: int, left_out: str | None) -> None:
    data, groups = random_graph(seed), random_groups(seed)
    groups.pop(left_out or "", None)
    expected = [enumerated(data, path, start, groups) for start in range(SIZES[path.start])]
    np.testing.assert_allclose(hop_features(data, path, groups=groups), expected, atol=1e-5)


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_what_the_own_group_holds_cannot_be_seen(path: Path) -> None:
    data, groups = random_graph(3), random_groups(3)
    before = hop_features(data, path, groups=groups)
    for start in range(SIZES[path.start]):
        own = groups[path.start][start]
        changed = data.clone()
        if own >= 0:
            changed[path.end].x[groups[path.end] == own] += 100.0
        after = hop_features(changed, path, np.array([start]), groups=groups)
        np.testing.assert_allclose(after[0], before[start], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_equals_dense_products(path: Path) -> None:
    data = random_graph(7)
    product = np.eye(SIZES[path.start])
    for step in path.steps:
        dense = np.zeros((SIZES[step[0]], SIZES[step[2]]))
        heads, tails = data[step].edge_index.numpy()
        dense[heads, tails] = data[step].edge_weight.numpy()
        sums = dense.sum(axis=1, keepdims=True)
        product = product @ np.divide(dense, sums, out=np.zeros_like(dense), where=sums > 0)
    sums = product.sum(axis=1, keepdims=True)
    product = np.divide(product, sums, out=np.zeros_like(product), where=sums > 0)
    np.testing.assert_allclose(hop_features(data, path), product @ data[path.end].x.numpy(), atol=1e-5)


@pytest.mark.parametrize("block", [1, 2, 3, 100])
def test_blocks_do_not_matter(block: int) -> None:
    data, groups = random_graph(1), random_groups(1)
    first, steps = adjacency(data, DEPICTS), (HYPERNYM, MENTIONED)
    arguments = {"start_groups": groups["image"], "groups": groups, "first_type": "concept"}
    ends = data["text"].x.numpy()
    found = walk_features(data, first, steps, ends, block=block, **arguments)
    np.testing.assert_allclose(found, walk(data, first, steps, **arguments) @ ends, atol=1e-6)
    alone = hop_features(data, Path("image", (DEPICTS, *steps)), groups=groups)
    np.testing.assert_allclose(found, alone, rtol=1e-5, atol=1e-6)


def test_rows_are_independent_of_one_another() -> None:
    data, groups = random_graph(5), random_groups(5)
    path = Path("image", (DEPICTS, HYPERNYM, DEPICTED))
    for chosen in (groups, None):
        whole = hop_features(data, path, groups=chosen)
        rows = np.array([4, 0, 4, 2])
        np.testing.assert_allclose(hop_features(data, path, rows, groups=chosen), whole[rows], atol=1e-6)
    assert hop_features(data, path, np.zeros(0, np.int64)).shape == (0, DIMENSIONS["image"])


def test_a_new_node_needs_only_its_own_links() -> None:
    data = random_graph(2)
    links = sp.csr_matrix(np.array([[0, 0.5, 0, 0.5, 0, 0], [0, 0, 0, 0, 0, 0]], np.float32))
    found = walk_features(data, links, [HYPERNYM], data["concept"].x.numpy())
    above = hop_features(data, Path("concept", (HYPERNYM,)))
    mass = [float(above[row].any()) for row in (1, 3)]
    np.testing.assert_allclose(found[0], (mass[0] * above[1] + mass[1] * above[3]) / sum(mass), atol=1e-5)
    assert not found[1].any()


def test_the_empty_path_is_the_node_itself() -> None:
    data = random_graph(0)
    own = hop_features(data, Path("text"), np.array([2, 1]))
    np.testing.assert_array_equal(own, data["text"].x.numpy()[[2, 1]])
    own += 1
    assert not np.allclose(own, data["text"].x.numpy()[[2, 1]])


def test_groups_without_the_first_type_are_refused() -> None:
    data, groups = random_graph(0), random_groups(0)
    with pytest.raises(ValueError, match="first_type"):
        walk(data, adjacency(data, DEPICTS), [], start_groups=groups["image"], groups=groups)


@given(st.lists(st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=4, max_size=4), min_size=1))
def test_normalised_rows_sum_to_one_or_are_empty(rows: list[list[float]]) -> None:
    dense = np.array(rows)
    matrix = sp.csr_matrix(dense)
    normalised = normalise_rows(matrix).toarray()
    np.testing.assert_allclose(normalised.sum(axis=1), dense.any(axis=1), atol=1e-6)
    np.testing.assert_allclose(normalised * dense.sum(axis=1, keepdims=True), dense, atol=1e-5)
    np.testing.assert_array_equal(matrix.toarray(), dense)


def test_an_unknown_edge_type_is_named() -> None:
    with pytest.raises(UnknownTermError, match=r"'portrays'.*depicts, inverse of depicts"):
        adjacency(random_graph(0), ("image", "portrays", "concept"))


def test_changed_edges_are_seen() -> None:
    data = random_graph(4)
    kept = adjacency(data, DEPICTS)
    assert adjacency(data, DEPICTS) is kept
    data[DEPICTS].edge_weight[0] *= 100
    in_place = adjacency(data, DEPICTS)
    assert abs(in_place - kept).max() > 1e-3
    data[DEPICTS].edge_index = data[DEPICTS].edge_index[:, 1:]
    data[DEPICTS].edge_weight = data[DEPICTS].edge_weight[1:]
    assert adjacency(data, DEPICTS).nnz == in_place.nnz - 1


def test_graphs_do_not_share_adjacencies_nor_outlive_their_use() -> None:
    one, other = random_graph(4), random_graph(6)
    before = len(propagate._ADJACENCIES)
    assert abs(adjacency(one, DEPICTS) - adjacency(other, DEPICTS)).max() > 1e-3
    assert len(propagate._ADJACENCIES) == before + 2
    gone = weakref.ref(other)
    del other
    gc.collect()
    assert gone() is None
    assert len(propagate._ADJACENCIES) == before + 1


def test_paths_are_every_chain_of_edge_types_shortest_first() -> None:
    kinds = random_graph(0).edge_types
    found = list(enumerate_paths(kinds, "image", 3))
    lengths = [len(path.steps) for path in found]
    assert lengths == sorted(lengths)
    assert len(set(found)) == len(found)
    # From a picture only to its concepts; from a concept: up, down, to pictures, to texts.
    assert [lengths.count(length) for length in range(4)] == [1, 1, 4, 2 * 4 + 1 + 1]
    for path in found:
        assert path.start == "image"
        ends = ["image", *(step[2] for step in path.steps)]
        assert [step[0] for step in path.steps] == ends[:-1]
        assert path.end == ends[-1]


def test_a_path_reads_as_a_walk() -> None:
    path = Path("text", (MENTIONS, DEPICTED))
    assert str(path) == "text -mentions-> concept -inverse of depicts-> image"
    assert path.relations == ("mentions", "inverse of depicts")
    assert (str(Path("text")), Path("text").end) == ("text", "text")


@pytest.mark.parametrize("seed", range(5))
def test_one_node_alone_is_walked_from_as_among_others(seed: int) -> None:
    data = random_graph(seed)
    first, steps = adjacency(data, DEPICTS), (HYPERNYM, MENTIONED)
    ends = data["text"].x.numpy()
    together = walk_features(data, first, steps, ends)
    for row in range(first.shape[0]):
        alone = walk_features(data, first[[row]], steps, ends)
        np.testing.assert_allclose(alone[0], together[row], rtol=1e-5, atol=1e-6)
