"""Every kind of index against an exact search: recall, views, given rows, and its folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kgx.errors import ConfigError, IndexFolderError
from kgx.index import AUTO, KINDS, VectorIndex, unit_rows
from kgx.index.choosing import recall_of
from kgx.index.finder import Finder

APPROXIMATE = [kind for kind in KINDS if kind != "flat"]
ITEMS, DIMENSION = 3000, 15  # a dimension that product quantisers have to fill up


def clusters(count: int, seed: int, dimension: int = DIMENSION) -> np.ndarray:
    centres = np.random.default_rng(7).standard_normal((40, dimension))
    drawn = np.random.default_rng(seed)
    return unit_rows(
        centres[drawn.integers(40, size=count)] + 0.6 * drawn.standard_normal((count, dimension))
    )


def modality_of(row: int) -> str:
    return "audio" if row % 30 == 0 else "image" if row % 2 else "text"


@pytest.fixture(scope="module")
def indexes() -> dict[str, VectorIndex]:
    vectors = clusters(ITEMS, 0)
    ids = [f"{row}" for row in range(ITEMS)]
    modalities = [modality_of(row) for row in range(ITEMS)]
    return {kind: VectorIndex.build(vectors, ids, modalities, model="m", kind=kind) for kind in KINDS}


def reference(index: VectorIndex, queries: np.ndarray, k: int, allowed: np.ndarray) -> np.ndarray:
    """Return the scores of an exact search over everything that is filtered afterwards."""
    scores = np.where(allowed, queries @ index.vectors.T, -np.inf)
    best: np.ndarray = -np.sort(-scores, axis=1)[:, : min(k, int(allowed.sum()))]
    return best


@pytest.mark.parametrize("kind", APPROXIMATE)
def test_finds_nearly_all_and_scores_exactly(kind: str, indexes: dict[str, VectorIndex]) -> None:
    index, queries = indexes[kind], clusters(60, 1)
    for modality in (None, "text", "audio"):
        hits = index.search(queries, 10, modality)
        exact = index.search(queries, 10, modality, exact=True)
        assert recall_of(hits.rows, exact.rows) >= 0.9
        cosines = np.einsum("qkd,qd->qk", index.vectors[hits.rows], queries)
        np.testing.assert_allclose(hits.scores, cosines, atol=1e-5)
        assert (np.diff(hits.scores, axis=1) <= 1e-6).all()
        if modality is not None:
            assert set(index.modalities[hits.rows].ravel()) == {modality}


@pytest.mark.parametrize("kind", APPROXIMATE)
def test_what_was_measured_is_kept(kind: str, indexes: dict[str, VectorIndex]) -> None:
    recall = indexes[kind].recall
    assert recall is not None
    assert (recall.at, recall.wanted, recall.queries) == (10, 0.95, 256)
    assert recall.measured >= 0.93


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 1.0])
def test_given_rows_are_filtered_before_ranking(
    kind: str, share: float, indexes: dict[str, VectorIndex]
) -> None:
    index, queries = indexes[kind], clusters(9, 2)
    mask = np.random.default_rng(3).random(ITEMS) < share
    mask &= index.modalities != "audio"
    for modality in (None, "image"):
        allowed = mask if modality is None else mask & (index.modalities == modality)
        expected = reference(index, queries, 7, allowed)
        for among in (mask, np.random.default_rng(4).permutation(np.flatnonzero(mask))):
            hits = index.search(queries, 7, modality, among)
            np.testing.assert_allclose(hits.scores, expected, atol=1e-5)
            assert allowed[hits.rows].all()
    wide = index.search(queries, 7, None, mask, exact=False)
    assert wide.rows.shape == expected_shape(queries, 7, mask)
    assert mask[wide.rows].all()


def expected_shape(queries: np.ndarray, k: int, allowed: np.ndarray) -> tuple[int, int]:
    return len(queries), min(k, int(allowed.sum()))


def test_rows_that_there_are_not_are_refused(indexes: dict[str, VectorIndex]) -> None:
    index, query = indexes["flat"], clusters(1, 5)
    with pytest.raises(ValueError, match=r"a mask of shape \(3000,\) over the items, got \(2,\)"):
        index.search(query, among=np.array([True, False]))
    with pytest.raises(ValueError, match="rows from 0 to 2999, got -1 to 3"):
        index.search(query, among=[3, -1])
    with pytest.raises(ValueError, match="got float64 of shape"):
        index.search(query, among=np.array([0.5]))
    with pytest.raises(ValueError, match="threads must be at least 1, got 0"):
        index.search(query, threads=0)


@pytest.mark.parametrize("kind", APPROXIMATE)
@pytest.mark.parametrize("mmap", [False, True])
def test_a_folder_keeps_the_kind(
    kind: str, mmap: bool, indexes: dict[str, VectorIndex], tmp_path: Path
) -> None:
    index, queries = indexes[kind], clusters(5, 6)
    index.save(tmp_path)
    opened = VectorIndex.open(tmp_path, mmap=mmap)
    assert (opened.kind, opened.recall) == (kind, index.recall)
    np.testing.assert_array_equal(opened.search(queries, 5).rows, index.search(queries, 5).rows)
    np.testing.assert_array_equal(
        opened.search(queries, 5, threads=1).rows, opened.search(queries, 5, threads=2).rows
    )
    meta = json.loads((tmp_path / "meta.json").read_text())
    assert meta["recall"]["measured"] == index.recall.measured if index.recall else False


def test_damaged_codes_are_never_searched(indexes: dict[str, VectorIndex], tmp_path: Path) -> None:
    indexes["hnsw"].save(tmp_path)
    codes = next(tmp_path.glob("codes-*"))
    content = bytearray(codes.read_bytes())
    content[len(content) // 2] ^= 0xFF
    codes.write_bytes(bytes(content))
    with pytest.raises(IndexFolderError, match="its codes changed"):
        VectorIndex.open(tmp_path)
    indexes["flat"].save(tmp_path)
    assert VectorIndex.open(tmp_path).kind == "flat"
    assert not list(tmp_path.glob("codes-*"))


@pytest.mark.parametrize(("version", "kind"), [(1, "flat"), (2, "flat"), (2, "ivf")])
@pytest.mark.parametrize("mmap", [False, True])
def test_older_versions_are_read_still(
    version: int, kind: str, mmap: bool, indexes: dict[str, VectorIndex], tmp_path: Path
) -> None:
    index, queries = indexes[kind], clusters(5, 6)
    index.save(tmp_path)
    meta = json.loads((tmp_path / "meta.json").read_text())
    vectors = next(tmp_path.glob("vectors-*"))
    vectors.write_bytes(vectors.read_bytes()[meta.pop("zeros") :])  # as FAISS writes it
    meta["bytes"][vectors.name] = vectors.stat().st_size
    if version == 1:
        del meta["kind"]
    (tmp_path / "meta.json").write_text(json.dumps({**meta, "version": version}))
    opened = VectorIndex.open(tmp_path, mmap=mmap)
    assert (opened.kind, opened.fingerprint) == (kind, index.fingerprint)
    np.testing.assert_array_equal(opened.search(queries, 5).rows, index.search(queries, 5).rows)


def auto(few: int, monkeypatch: pytest.MonkeyPatch, **options: float) -> VectorIndex:
    """Let it choose for 2,000 items, where up to ``few`` are few."""
    monkeypatch.setattr("kgx.index.choosing._FEW", few)
    ids, modalities = [str(row) for row in range(2000)], ["text"] * 2000
    return VectorIndex.build(clusters(2000, 8, 16), ids, modalities, model="m", kind=AUTO, **options)  # type: ignore[arg-type]


def told(index: VectorIndex) -> list[tuple[str, str]]:
    return [(trial.kind, trial.outcome) for trial in index.trials]


def test_auto_takes_the_exact_one_for_few_items_and_where_all_is_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for index in (auto(2000, monkeypatch), auto(1000, monkeypatch, recall=1.0)):
        assert index.kind == "flat"
        assert told(index) == [("flat", "chosen")]


def test_auto_takes_the_quickest_that_finds_enough_and_fits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    quick = auto(1000, monkeypatch)
    assert quick.kind == "ivf-pq"
    assert quick.recall is not None
    assert quick.recall.measured == quick.trials[-1].recall >= 0.95
    again = auto(1000, monkeypatch)
    assert (again.trials, again.recall) == (quick.trials, quick.recall)
    quick.save(tmp_path)
    opened = VectorIndex.open(tmp_path, mmap=True)
    assert (opened.wanted, opened.trials) == (quick.wanted, quick.trials)
    tried = json.loads((tmp_path / "meta.json").read_text())["tried"]
    codes = next(tmp_path.glob("codes-*")).stat().st_size
    assert tried == [
        {"kind": "ivf-pq", "memory": codes, "recall": quick.recall.measured, "outcome": "chosen"}
    ]


def test_auto_counts_what_lists_hold_and_not_only_how_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = auto(1000, monkeypatch)
    assert isinstance(quick.finder, Finder)
    part = quick.finder.breadth.lists / quick.finder.limit.lists
    size = KINDS["ivf-pq"].item_bytes(16) / KINDS["flat"].item_bytes(16)
    monkeypatch.setattr("kgx.index.choosing._SHARE", 0.99 / (part * size))
    assert auto(1000, monkeypatch).kind == "ivf-pq"
    monkeypatch.setattr("kgx.index.choosing._SHARE", 1.01 / (part * size))
    assert auto(1000, monkeypatch).kind != "ivf-pq"


def test_auto_keeps_to_the_memory_and_says_what_it_cannot(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("kgx.index.choosing._SHARE", 10**6)  # lists are never quick enough
    exact = auto(1000, monkeypatch)
    assert (exact.kind, [trial.kind for trial in exact.trials]) == ("int8", ["ivf-pq", "ivf", "int8"])
    assert "too much is looked through" in exact.trials[0].outcome
    assert not caplog.records
    small = auto(2000, monkeypatch, memory=31_999)  # flat takes 32,000
    assert small.wanted.memory == 31_999
    assert {trial.kind for trial in small.trials if trial.recall is None} == {"ivf", "int8"}
    assert small.kind in ("ivf-pq", "opq")
    least = auto(1000, monkeypatch, memory=1000)
    assert least.kind in ("ivf-pq", "opq")
    assert dict(told(least))["flat"] == "too large"
    assert dict(told(least))[least.kind] == "chosen, though too large"
    assert "at most 1,000 bytes that finds 95% was wanted; the best is" in caplog.text


def test_unknown_kinds_and_too_few_items_are_refused() -> None:
    with pytest.raises(ConfigError, match="unknown kind of index 'tree'; choose auto, flat"):
        VectorIndex.build(np.eye(3), list("abc"), ["text"] * 3, model="m", kind="tree")
    with pytest.raises(ConfigError, match="'pq' is trained on at least 256 items, got 3; choose flat"):
        VectorIndex.build(np.eye(3), list("abc"), ["text"] * 3, model="m", kind="pq")
    with pytest.raises(ValueError, match="recall above 0 and at most 1, got 2"):
        VectorIndex.build(np.eye(3), list("abc"), ["text"] * 3, model="m", recall=2)


def test_recall_on_queries_unlike_the_items(indexes: dict[str, VectorIndex]) -> None:
    asked = np.random.default_rng(9).standard_normal((40, DIMENSION))
    index = VectorIndex.build(
        clusters(1000, 0),
        [str(row) for row in range(1000)],
        ["text"] * 1000,
        model="m",
        kind="ivf",
        queries=asked,
    )
    assert index.recall is not None
    assert index.recall.queries == 20
    hits, exact = index.search(asked[1::2]), index.search(asked[1::2], exact=True)
    assert recall_of(hits.rows, exact.rows) >= 0.85
