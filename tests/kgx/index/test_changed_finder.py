"""Indexes with codes after rows of them have gone and others come: what they find, beside an exact search."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest

from kgx.index import KINDS, VectorIndex, unit_rows
from kgx.index.changed_finder import ChangedFinder
from kgx.index.choosing import recall_of

ITEMS, DIMENSION = 1_500, 16
MODALITIES = ("image", "text")
APPROXIMATE = [kind for kind in KINDS if kind != "flat"]


def clusters(count: int, seed: int) -> np.ndarray:
    centres = np.random.default_rng(7).standard_normal((20, DIMENSION))
    drawn = np.random.default_rng(seed)
    return unit_rows(
        centres[drawn.integers(20, size=count)] + 0.6 * drawn.standard_normal((count, DIMENSION))
    )


def edited(index: VectorIndex, *, gone: int, come: int, seed: int) -> VectorIndex:
    """Take rows of an index out at random and put others in."""
    drawn = np.random.default_rng(seed)
    left = np.sort(drawn.permutation(len(index))[gone:])
    vectors = np.vstack([index.vectors, clusters(come, seed)])
    ids = np.concatenate([index.ids, np.array([f"{seed}-{row}" for row in range(come)], dtype=object)])
    kinds = np.concatenate([index.modalities, drawn.choice(np.array(MODALITIES, dtype=object), come)])
    order = np.concatenate([left, np.arange(len(index), len(index) + come)])
    order = order[np.argsort(kinds[order].astype(str), kind="stable")]
    flat = faiss.IndexFlatIP(DIMENSION)
    flat.add(vectors[order])
    return index.changed(flat, order, ids[order], kinds[order])


@pytest.fixture(scope="module", params=APPROXIMATE)
def changed(request: pytest.FixtureRequest) -> VectorIndex:
    kinds = [MODALITIES[row % 2] for row in range(ITEMS)]
    index = VectorIndex.build(
        clusters(ITEMS, 0), [str(row) for row in range(ITEMS)], kinds, model="m", kind=request.param
    )
    index = edited(index, gone=40, come=30, seed=1)
    index = edited(index, gone=0, come=1, seed=2)
    return edited(index, gone=25, come=0, seed=3)


def test_finds_what_came_and_nothing_that_went(changed: VectorIndex) -> None:
    assert len(changed) == ITEMS - 34
    assert isinstance(changed.finder, ChangedFinder)
    fresh = np.array([row for row, name in enumerate(changed.ids) if "-" in name])
    assert 1 < len(fresh) <= 31
    np.testing.assert_array_equal(changed.search(changed.vectors[fresh], 1).rows[:, 0], fresh)
    queries = clusters(60, 4)
    for modality in (None, "text"):
        hits = changed.search(queries, 10, modality)
        exact = changed.search(queries, 10, modality, exact=True)
        assert recall_of(hits.rows, exact.rows) >= 0.9
        cosines = np.einsum("qkd,qd->qk", changed.vectors[hits.rows], queries)
        np.testing.assert_allclose(hits.scores, cosines, atol=1e-5)
        assert (np.diff(hits.scores, axis=1) <= 0).all()
        assert all(len(set(rows)) == 10 for rows in hits.rows.tolist())


def test_searches_among_given_rows_only(changed: VectorIndex) -> None:
    queries, some = clusters(10, 5), np.arange(0, len(changed), 3)
    hits = changed.search(queries, 10, among=some, exact=False)
    assert set(hits.rows.ravel().tolist()) <= set(some.tolist())
    assert recall_of(hits.rows, changed.search(queries, 10, among=some).rows) >= 0.8


def test_is_trained_anew_when_it_is_saved(changed: VectorIndex, tmp_path: Path) -> None:
    changed.save(tmp_path)
    opened = VectorIndex.open(tmp_path)
    assert (opened.kind, opened.fingerprint) == (changed.kind, changed.fingerprint)
    assert not isinstance(opened.finder, ChangedFinder)


def test_all_that_was_coded_may_go() -> None:
    index = VectorIndex.build(
        clusters(ITEMS, 0), [str(row) for row in range(ITEMS)], ["text"] * ITEMS, model="m", kind="int8"
    )
    index = edited(index, gone=ITEMS, come=1_200, seed=6)
    hits = index.search(index.vectors[:5], 3)
    np.testing.assert_array_equal(hits.rows, index.search(index.vectors[:5], 3, exact=True).rows)
