"""Codes find the candidates, exact comparison ranks them."""

from __future__ import annotations

import numpy as np
import pytest

from kgx.index import CodedVectors, unit_rows


def cloud(count: int, dimension: int, seed: int = 0) -> np.ndarray:
    return unit_rows(np.random.default_rng(seed).standard_normal((count, dimension)))


@pytest.mark.parametrize("dimension", [7, 32, 100])
def test_nearly_always_the_exact_neighbours(dimension: int) -> None:
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
    assert hits >= 0.99 * 400


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
