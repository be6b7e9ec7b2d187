"""Hubness corrections against their formulas, and what they are for."""

from __future__ import annotations

import numpy as np
import pytest

from kgx.errors import ConfigError
from kgx.index import HUBNESS_CORRECTIONS, HubnessCorrection, VectorIndex, unit_rows
from kgx.index.hubness import Method


def cloud(count: int, seed: int, dimension: int = 6) -> np.ndarray:
    return unit_rows(np.random.default_rng(seed).standard_normal((count, dimension)))


def test_csls_ranks_as_the_paper_does() -> None:
    items, bank, queries = cloud(50, 0), cloud(30, 1), cloud(8, 2)
    correction = HubnessCorrection.fit(items, bank, neighbours=4)
    nearest_of_item = np.sort(items @ bank.T, axis=1)[:, -4:].mean(axis=1)
    nearest_of_query = np.sort(queries @ items.T, axis=1)[:, -4:].mean(axis=1)
    paper = 2 * queries @ items.T - nearest_of_query[:, None] - nearest_of_item[None]
    ours = correction.applied(queries @ items.T, np.arange(50))
    assert np.argsort(-ours, axis=1).tolist() == np.argsort(-paper, axis=1).tolist()


def test_inverted_softmax_ranks_as_the_paper_does() -> None:
    items, bank, queries = cloud(50, 0), cloud(30, 1), cloud(8, 2)
    correction = HubnessCorrection.fit(items, bank, method="inverted-softmax", temperature=0.1)
    paper = np.exp(queries @ items.T / 0.1) / np.exp(items @ bank.T / 0.1).sum(axis=1)
    ours = correction.applied(queries @ items.T, np.arange(50))
    assert np.argsort(-ours, axis=1).tolist() == np.argsort(-paper, axis=1).tolist()


@pytest.mark.parametrize("method", HUBNESS_CORRECTIONS)
def test_search_finds_what_correcting_everything_would(method: Method) -> None:
    items, queries = cloud(300, 3), cloud(5, 4)
    kinds = ["text" if row % 3 else "image" for row in range(300)]
    index = VectorIndex.build(items, [str(row) for row in range(300)], kinds, model="m")
    correction = HubnessCorrection.fit(index.vectors, cloud(40, 5), method=method)
    everything = correction.applied(queries @ index.vectors.T, np.arange(300))
    for modality, among in ((None, None), ("image", None), (None, np.arange(0, 300, 2))):
        allowed = np.ones(300, dtype=bool) if modality is None else index.modalities == modality
        if among is not None:
            allowed &= np.isin(np.arange(300), among)
        hits = correction.search(index, queries, 6, modality, among, wider=100)
        expected = -np.sort(-np.where(allowed, everything, -np.inf), axis=1)[:, :6]
        np.testing.assert_allclose(hits.scores, expected, atol=1e-5)
        assert (index.ids[hits.rows] == hits.ids).all()


@pytest.mark.parametrize("method", HUBNESS_CORRECTIONS)
def test_a_hub_gets_out_of_the_way(method: Method) -> None:
    targets = np.eye(8)
    hub = np.full((1, 8), 8**-0.5)
    rng = np.random.default_rng(6)
    bank = unit_rows(np.abs(rng.standard_normal((60, 8))))
    queries = unit_rows(targets + 0.4)  # each nearer to the hub than to its own target
    index = VectorIndex.build(np.vstack([targets, hub]), [*"abcdefgh", "hub"], ["text"] * 9, model="m")
    assert set(index.search(queries, 1).ids.ravel()) == {"hub"}
    correction = HubnessCorrection.fit(index.vectors, bank, method=method)
    assert correction.search(index, queries, 1).ids.ravel().tolist() == list("abcdefgh")


@pytest.mark.parametrize("method", HUBNESS_CORRECTIONS)
def test_what_stands_in_the_bank_is_not_near_to_itself(method: Method) -> None:
    items = cloud(12, 7)
    own = np.array([0, 1, 2, 3, *[-1] * 8])
    found = HubnessCorrection.fit(items, items[:4], method=method, own=own).penalty
    for row in range(12):
        others = items[[place for place in range(4) if place != row]]
        alone = HubnessCorrection.fit(items[row : row + 1], others, method=method, neighbours=10)
        assert found[row] == pytest.approx(float(alone.penalty[0]), abs=1e-6)
    with pytest.raises(ConfigError, match="at least 2 queries"):
        HubnessCorrection.fit(items, items[:1], method=method, own=np.array([0, *[-1] * 11]))


def test_impossible_corrections_are_refused() -> None:
    with pytest.raises(ConfigError, match="'magic'; choose csls or inverted-softmax"):
        HubnessCorrection.fit(np.eye(2), np.eye(2), method="magic")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="got 0 queries"):
        HubnessCorrection.fit(np.eye(2), np.zeros((0, 2)))
    with pytest.raises(ConfigError, match="above 0"):
        HubnessCorrection.fit(np.eye(2), np.eye(2), temperature=0)
    index = VectorIndex.build(np.eye(2), ["a", "b"], ["text"] * 2, model="m")
    with pytest.raises(ValueError, match="at least 1 candidate"):
        HubnessCorrection.fit(np.eye(2), np.eye(2)).search(index, np.eye(2), wider=0)
