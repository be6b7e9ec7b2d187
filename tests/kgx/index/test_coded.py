"""Codes find the candidates, exact comparison ranks them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgx.index import CodedVectors, unit_rows


def cloud(count: int, dimension: int, seed: int = 0) -> np.ndarray:
    return unit_rows(np.random.default_rng(seed).standard_normal((count, dimension)))


@pytest.mark.parametrize("dimension", [7, 32, 100])
def test_the_exact_neighbours(dimension: int) -> None:
    vectors, queries = cloud(2000, dimension), cloud(40, dimension, seed=1)
    coded = CodedVectors(vectors)
    hits = 0
    for query in queries:
        rows, scores = coded.nearest(query, 10)
        exact = np.sort(vectors @ query)[::-1][:10]
        assert scores == pytest.approx(vectors[rows] @ query, abs=1e-6)
        assert (np.diff(scores) <= 0).all()
        hits += int(np.isin(rows, np.argsort(-(vectors @ query))[:10]).sum())
        assert scores[0] == pytest.approx(exact[0], abs=1e-6)
    assert hits == 400


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    count=st.integers(1, 24),
    different=st.integers(1, 200),
    moved=st.integers(0, 1),
)
def test_agrees_with_sorting(seed: int, count: int, different: int, moved: int) -> None:
    drawn = np.random.default_rng(seed)
    base = drawn.integers(-256, 257, (different, 16))
    rows = base[drawn.integers(0, different, 200)] + drawn.integers(-moved, moved + 1, (200, 16))
    vectors = (rows / 1024).astype(
        np.float32
    )  # products are exact; many are equal, or differ by less than a code
    query = (drawn.integers(-256, 257, 16) / 1024).astype(np.float32)
    found, scores = CodedVectors(vectors).nearest(query, count)
    expected = sorted(range(200), key=lambda row: (-float(vectors[row] @ query), row))[:count]
    assert found.tolist() == expected
    assert scores.tolist() == [float(vectors[row] @ query) for row in expected]


@pytest.mark.parametrize("dimension", [7, 100, 1000])
def test_equal_vectors_have_equal_scores_however_many_are_asked_for(dimension: int) -> None:
    vectors, query = cloud(40, dimension)[np.arange(600) % 40], cloud(1, dimension, seed=1)[0]
    coded = CodedVectors(vectors)
    every, scores = coded.nearest(query, 600)
    assert len(set(scores.tolist())) == 40
    for count in (1, 9, 20, 70, 300):
        rows, same = coded.nearest(query, count)
        assert (rows.tolist(), same.tolist()) == (every[:count].tolist(), scores[:count].tolist())
    assert all((np.diff(every[start : start + 15]) == 40).all() for start in range(0, 600, 15))


@pytest.mark.parametrize("count", [1, 5, 40])
def test_few_vectors_are_all_compared(count: int) -> None:
    vectors, query = cloud(12, 6), cloud(1, 6, seed=2)[0]
    rows, scores = CodedVectors(vectors).nearest(query, count)
    expected = np.argsort(-(vectors @ query))[:count]
    assert rows.tolist() == expected.tolist()
    assert len(scores) == min(count, 12)


def test_components_that_nobody_has_do_not_count() -> None:
    vectors = cloud(500, 12)
    wider = np.zeros((500, 30), np.float32)
    wider[:, 5:17] = vectors
    query = cloud(1, 30, seed=3)[0]
    rows, scores = CodedVectors(wider).nearest(query, 10)
    again, same = CodedVectors(vectors).nearest(query[5:17], 10)
    assert rows.tolist() == again.tolist()
    assert scores == pytest.approx(same, abs=1e-6)
