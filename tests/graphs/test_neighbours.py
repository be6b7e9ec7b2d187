"""Nearest neighbours against sorting, one query at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.neighbours import nearest_neighbours, unit_rows


@given(
    seed=st.integers(0, 10_000),
    queries=st.integers(0, 10),
    anchors=st.integers(0, 10),
    count=st.integers(1, 12),
    temperature=st.sampled_from([0.02, 0.2, 5.0]),
    grouped=st.booleans(),
    block=st.integers(1, 11),
)
@settings(max_examples=150, deadline=None)
def test_equals_sorting(
    seed: int, queries: int, anchors: int, count: int, temperature: float, grouped: bool, block: int
) -> None:
    rng = np.random.default_rng(seed)
    asked, among = (unit_rows(rng.standard_normal((size, 4))) for size in (queries, anchors))
    for matrix in (asked, among):
        matrix[rng.random(len(matrix)) < 0.2] = 0.0
    own, theirs = (rng.integers(-1, 3, size) for size in (queries, anchors))
    found = nearest_neighbours(
        asked,
        among,
        count=count,
        temperature=temperature,
        query_groups=own if grouped else None,
        anchor_groups=theirs if grouped else None,
        block=block,
    )
    expected = np.zeros((queries, anchors))
    for query in range(queries):
        usable = [
            anchor
            for anchor in range(anchors)
            if asked[query].any()
            and among[anchor].any()
            and not (grouped and own[query] >= 0 and own[query] == theirs[anchor])
        ]
        nearest = sorted(usable, key=lambda anchor: -(asked[query] @ among[anchor]))[:count]
        weights = [np.exp((asked[query] @ among[anchor]) / temperature) for anchor in nearest]
        for anchor, weight in zip(nearest, weights, strict=True):
            expected[query, anchor] = weight / sum(weights)
    assert found.shape == (queries, anchors)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.toarray(), expected, atol=1e-5)


@pytest.mark.parametrize("block", [1, 7, 64])
def test_what_else_is_asked_does_not_matter(block: int) -> None:
    rng = np.random.default_rng(0)
    anchors = unit_rows(rng.standard_normal((300, 384)).astype(np.float32))
    anchors[100:150] = anchors[50:100]  # alike: the first of them count
    queries = unit_rows((anchors[::5] + 0.5 * anchors[::-5]).astype(np.float32))
    together = nearest_neighbours(queries, anchors)
    apart = nearest_neighbours(queries, anchors, block=block)
    for one in (apart, nearest_neighbours(queries[::-1], anchors)[::-1].tocsr()):
        assert (one != together).nnz == 0
    few = nearest_neighbours(anchors[50:51], anchors, count=1)
    assert few.indices.tolist() == [50]


@given(st.integers(0, 1000))
def test_unit_rows(seed: int) -> None:
    matrix = np.random.default_rng(seed).standard_normal((6, 3)) * 100
    matrix[2] = 0.0
    before = matrix.copy()
    scaled = unit_rows(matrix)
    np.testing.assert_allclose(np.linalg.norm(scaled, axis=1), [1, 1, 0, 1, 1, 1])
    np.testing.assert_allclose(scaled * np.linalg.norm(matrix, axis=1, keepdims=True), matrix)
    np.testing.assert_array_equal(matrix, before)


@pytest.mark.parametrize("option", ["count", "temperature"])
def test_options_have_to_be_positive(option: str) -> None:
    with pytest.raises(ValueError, match="expected a positive count and temperature"):
        nearest_neighbours(np.eye(2), np.eye(2), **{option: 0})
