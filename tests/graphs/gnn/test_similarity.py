"""Similarity propagation against loops over nodes and neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.errors import GraphError
from graphs.gnn.similarity import propagate_similarity


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


def reference(
    features: np.ndarray,
    anchors: np.ndarray,
    anchor_vectors: np.ndarray,
    neighbours: int,
    temperature: float,
    steps: int,
) -> np.ndarray:
    known = [
        (anchor, vector)
        for anchor, vector in zip(anchors, anchor_vectors, strict=True)
        if anchor.any() and vector.any()
    ]
    vectors = np.zeros((len(features), anchor_vectors.shape[1]))
    for step in range(steps):
        found = np.zeros_like(vectors)
        for node, own in enumerate(features):
            heard = list(known)
            if step:
                heard += [
                    (features[other], vectors[other])
                    for other in range(len(features))
                    if other != node and features[other].any()
                ]
            if not own.any() or not heard:
                continue
            ranked = sorted(((cosine(own, other), row) for row, (other, _) in enumerate(heard)), reverse=True)
            nearest = ranked[:neighbours]
            weights = [np.exp((similarity - nearest[0][0]) / temperature) for similarity, _ in nearest]
            for weight, (_, row) in zip(weights, nearest, strict=True):
                found[node] += weight / sum(weights) * heard[row][1]
        vectors = found
    return vectors


@given(
    seed=st.integers(0, 10_000),
    nodes=st.integers(0, 12),
    anchors=st.integers(0, 12),
    neighbours=st.integers(1, 15),
    temperature=st.sampled_from([0.02, 0.05, 0.5, 10.0]),
    steps=st.integers(1, 4),
    block=st.integers(1, 13),
)
@settings(max_examples=150, deadline=None)
def test_equals_loops(
    seed: int, nodes: int, anchors: int, neighbours: int, temperature: float, steps: int, block: int
) -> None:
    rng = np.random.default_rng(seed)
    features, sources = rng.standard_normal((nodes, 4)), rng.standard_normal((anchors, 4))
    vectors = rng.standard_normal((anchors, 3))
    for matrix in (features, sources, vectors):
        matrix[rng.random(len(matrix)) < 0.2] = 0.0
    found = propagate_similarity(
        features, sources, vectors, neighbours=neighbours, temperature=temperature, steps=steps, block=block
    )
    assert found.dtype == np.float32
    expected = reference(features, sources, vectors, neighbours, temperature, steps)
    np.testing.assert_allclose(found, expected, atol=2e-4)


ANCHORS = np.array([[1.0, 0.0], [0.0, 1.0]])
KNOWN = np.array([[1.0, 0.0], [0.0, 1.0]])


def test_worked_by_hand() -> None:
    (found,) = propagate_similarity(np.array([[0.6, 0.8]]), ANCHORS, KNOWN, temperature=0.2 / np.log(3))
    np.testing.assert_allclose(found, [0.25, 0.75], atol=1e-5)  # cosines .6 and .8: odds of 1 to 3


def test_lengths_do_not_matter() -> None:
    features = np.random.default_rng(0).standard_normal((5, 2))
    np.testing.assert_allclose(
        propagate_similarity(features * 7.0, ANCHORS * [[3.0], [0.1]], KNOWN),
        propagate_similarity(features, ANCHORS, KNOWN),
        atol=1e-5,
    )


def test_the_nearest_alone_at_low_temperature() -> None:
    (found,) = propagate_similarity(np.array([[0.6, 0.8]]), ANCHORS, KNOWN, temperature=1e-4)
    np.testing.assert_array_equal(found, [0.0, 1.0])
    (found,) = propagate_similarity(np.array([[0.6, 0.8]]), ANCHORS, KNOWN, neighbours=1, temperature=9.0)
    np.testing.assert_array_equal(found, [0.0, 1.0])


def test_a_second_step_hears_other_nodes_but_never_itself() -> None:
    features = np.array([[1.0, 0.1], [0.1, 1.0]])
    first = propagate_similarity(features, ANCHORS, KNOWN, neighbours=1)
    second = propagate_similarity(features, ANCHORS, KNOWN, neighbours=3, temperature=1e6, steps=2)
    np.testing.assert_allclose(first, KNOWN)
    np.testing.assert_allclose(second, np.full((2, 2), 0.5), atol=1e-4)
    three = propagate_similarity(features[:1], ANCHORS[:1], KNOWN[:1], steps=3)
    np.testing.assert_allclose(three, KNOWN[:1])


def test_failed_encodings_get_zeros_and_are_heard_by_nobody() -> None:
    features = np.array([[1.0, 0.0], [0.0, 0.0]])
    anchors = np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 0.0]])
    vectors = np.array([[2.0], [50.0], [0.0]])
    for steps in (1, 2, 5):
        found = propagate_similarity(features, anchors, vectors, steps=steps)
        assert found.tolist() == [[2.0], [0.0]]
    assert not propagate_similarity(features, anchors, np.zeros((3, 1)), steps=2).any()


def test_the_order_of_anchors_and_nodes_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    features, anchors, vectors = (rng.standard_normal((20, 6)) for _ in range(3))
    nodes, others = rng.permutation(20), rng.permutation(20)
    np.testing.assert_allclose(
        propagate_similarity(features[nodes], anchors[others], vectors[others], neighbours=4, steps=3),
        propagate_similarity(features, anchors, vectors, neighbours=4, steps=3)[nodes],
        atol=1e-5,
    )


def test_the_input_stays_as_it_is() -> None:
    arrays = [np.ones((2, 2), np.float32), ANCHORS.astype(np.float32), KNOWN.astype(np.float32)]
    before = [array.copy() for array in arrays]
    propagate_similarity(*arrays, steps=2)
    for array, kept in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, kept)


@pytest.mark.parametrize("option", ["neighbours", "temperature", "steps", "block"])
def test_options_have_to_be_positive(option: str) -> None:
    with pytest.raises(ValueError, match="expected positive neighbours, steps, block and temperature, got"):
        propagate_similarity(ANCHORS, ANCHORS, KNOWN, **{option: 0})


@pytest.mark.parametrize(
    ("features", "anchors", "vectors", "message"),
    [
        (ANCHORS[0], ANCHORS, KNOWN, r"three matrices, got the shapes \(2,\)"),
        (ANCHORS[:, :1], ANCHORS, KNOWN, r"got \(2, 1\), \(2, 2\) and \(2, 2\)"),
        (ANCHORS, ANCHORS, KNOWN[:1], r"got \(2, 2\), \(2, 2\) and \(1, 2\)"),
        (
            ANCHORS,
            ANCHORS,
            np.array([[1.0], [np.nan]]),
            "finite anchor vectors, got NaN or infinity in row 1",
        ),
    ],
)
def test_matrices_that_do_not_fit_are_refused(
    features: np.ndarray, anchors: np.ndarray, vectors: np.ndarray, message: str
) -> None:
    with pytest.raises(GraphError, match=message):
        propagate_similarity(features, anchors, vectors)
