"""LiveIndex against an index that is built anew after every change, and against being killed."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgx.errors import IndexFolderError, KgxError
from kgx.index import LiveIndex, VectorIndex, read_segments

DIMENSION = 5
MODALITIES = ("audio", "image", "text")


def vector_of(name: str, version: int) -> np.ndarray:
    seed = sum(name.encode()) * 1000 + version
    drawn: np.ndarray = np.random.default_rng(seed).standard_normal(DIMENSION)
    return drawn


def built(state: dict[str, int]) -> VectorIndex:
    names = sorted(state)
    vectors = np.stack([vector_of(name, state[name]) for name in names])
    return VectorIndex.build(vectors, names, [modality(name) for name in names], model="m")


def modality(name: str) -> str:
    return MODALITIES[sum(name.encode()) % 3]


names = st.text("abcdefg", min_size=1, max_size=2)
steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "delete", "compact", "reopen"]),
        st.lists(names, min_size=1, max_size=4),
    ),
    max_size=8,
)


@given(start=st.sets(names, min_size=1, max_size=8), steps=steps, seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_equals_a_rebuild_after_any_changes(
    start: set[str], steps: list[tuple[str, list[str]]], seed: int
) -> None:
    state = dict.fromkeys(start, 0)
    queries = np.random.default_rng(seed).standard_normal((4, DIMENSION))
    with tempfile.TemporaryDirectory() as folder:
        index = LiveIndex.create(folder, built(state))
        for number, (step, some) in enumerate(steps, start=1):
            chosen = list(dict.fromkeys(some))
            if step == "add":
                vectors = np.stack([vector_of(name, number) for name in chosen])
                index.add(vectors, chosen, [modality(name) for name in chosen], replace=True)
                state |= dict.fromkeys(chosen, number)
            elif step == "delete":
                there = [name for name in chosen if name in state]
                if there:
                    index.delete(there)
                    state = {name: version for name, version in state.items() if name not in there}
            elif step == "compact" and state:
                before = index.ids
                rows = index.compact()
                assert before[rows].tolist() == index.ids.tolist()
            elif step == "reopen":
                index.close()
                index = LiveIndex.open(folder, write=True)
        index.close()
        for live in (index, LiveIndex.open(folder, mmap=True)):
            assert len(live) == len(state)
            assert sorted(live.ids[live.alive]) == sorted(state)
            if state:
                compare(live, built(state), queries, np.random.default_rng(seed))


def compare(live: LiveIndex, rebuilt: VectorIndex, queries: np.ndarray, drawn: np.random.Generator) -> None:
    wanted = set(drawn.permutation(rebuilt.ids)[: len(rebuilt) // 2].tolist())
    for kind in (None, *rebuilt.ranges):
        for chosen in (None, wanted):
            expected = rebuilt.search(queries, 3, kind, rows_of(rebuilt, chosen))
            hits = live.search(queries, 3, kind, rows_of(live, chosen))
            np.testing.assert_allclose(hits.scores, expected.scores, atol=1e-5)
            assert (live.ids[hits.rows] == hits.ids).all()
            assert live.alive[hits.rows].all()


def rows_of(index: LiveIndex | VectorIndex, chosen: set[str] | None) -> np.ndarray | None:
    return None if chosen is None else np.array([name in chosen for name in index.ids], dtype=bool)


@pytest.mark.parametrize("kind", ["int8", "pq", "ivf", "ivf-pq", "hnsw"])
def test_every_kind_of_base_takes_changes(kind: str, tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).standard_normal((2500, 8))
    ids = [str(row) for row in range(2500)]
    base = VectorIndex.build(vectors, ids, ["text"] * 2500, model="m", kind=kind)
    queries = vectors[:20] + 0.01
    with LiveIndex.create(tmp_path, base) as index:
        index.delete(ids[:10])
        index.add(vectors[:5], ["again", *ids[1:5]], ["text"] * 5)
        best = index.search(queries, 3).ids[:, 0].tolist()
        assert best[:5] == ["again", *ids[1:5]]
        assert not set(best[5:10]) & set(ids[:10])
        assert best[10:] == ids[10:20]
        index.delete(ids[500:2000])  # too many to be asked for beyond what is wanted
        assert index.search(queries, 3).ids[10:, 0].tolist() == ids[10:20]
        assert not {str(row) for row in range(500, 2000)} & set(index.search(queries, 50).ids.ravel())
        index.compact()
        assert index.base.kind == kind
        assert index.search(queries, 1).ids[10:, 0].tolist() == ids[10:20]


def test_changes_begin_with_a_plain_index_and_carry_files(tmp_path: Path) -> None:
    built({"a": 0, "b": 0}).save(tmp_path / "plain")
    with LiveIndex.open(tmp_path / "log", base=tmp_path / "plain", write=True) as index:
        index.add(
            vector_of("c", 0)[None],
            ["c"],
            ["text"],
            delete=["a"],
            write=lambda folder: (folder / "caption").write_text("a crow"),
            fields={"captions": 1},
        )
        assert [index.row_of(name) for name in "abcd"] == [None, 1, 2, None]
        reader = LiveIndex.open(tmp_path / "log", base=tmp_path / "plain")
        segment = reader.snapshot.segments[0]
        assert (segment.folder / "caption").read_text() == "a crow"
        assert (segment.fields["captions"], segment.fields["added"], reader.changes) == (1, 1, 1)
        assert not reader.refresh()
        order: list[int] = []
        index.compact(write=lambda folder, rows: order.extend(rows.tolist()))
        assert sorted(order) == [1, 2]
        assert reader.refresh()
        assert (reader.changes, sorted(reader.ids)) == (0, ["b", "c"])
        np.testing.assert_allclose(reader.vectors([0, 1]), index.vectors([0, 1]))


def test_what_cannot_be_done_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    with LiveIndex.create(tmp_path, built({"a": 0, "b": 0})) as index:
        one = np.ones((1, DIMENSION))
        with pytest.raises(KgxError, match="the item 'a' is there already"):
            index.add(one, ["a"], ["text"])
        with pytest.raises(KgxError, match="expected an item 'x' to delete, found none"):
            index.delete(["x"])
        with pytest.raises(ValueError, match="'c' twice"):
            index.add(np.ones((2, DIMENSION)), ["c", "c"], ["text"] * 2)
        with pytest.raises(ValueError, match="zero or not finite"):
            index.add(np.zeros((1, DIMENSION)), ["c"], ["text"])
        with pytest.raises(ValueError, match="as many vectors, ids and modalities"):
            index.add(one, ["c"], [])
        with pytest.raises(ValueError, match="to add or to delete, got none"):
            index.delete([])
        with pytest.raises(IndexFolderError, match="of 5 dimensions, got 3"):
            index.add(np.ones((1, 3)), ["c"], ["text"])
        index.close()
        with pytest.raises(IndexFolderError, match="found one; open it"):
            LiveIndex.create(tmp_path, built({"a": 0}))
    assert not read_segments(tmp_path).segments
    reader = LiveIndex.open(tmp_path)
    with pytest.raises(IndexFolderError, match="opened for reading"):
        reader.delete(["a"])
    with pytest.raises(IndexFolderError, match="of model other, got one of m"):
        LiveIndex.open(tmp_path, expect_model="other")
    with pytest.raises(IndexFolderError, match="expected a base to begin with"):
        LiveIndex.open(tmp_path / "nowhere")
    with LiveIndex.open(tmp_path, write=True) as index:
        index.delete(["a", "b"])
        assert index.search(np.ones((2, DIMENSION)), 3).rows.shape == (2, 0)
        with pytest.raises(KgxError, match="no item is left"):
            index.compact()


def test_a_damaged_change_is_named(tmp_path: Path) -> None:
    with LiveIndex.create(tmp_path, built({"a": 0})) as index:
        segment = index.add(vector_of("c", 0)[None], ["c"], ["text"])
    path = segment.folder / "vectors.npy"
    path.write_bytes(b"\0" * path.stat().st_size)
    with pytest.raises(IndexFolderError, match="the change is damaged"):
        LiveIndex.open(tmp_path)
