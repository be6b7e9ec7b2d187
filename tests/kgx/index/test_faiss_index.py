"""The FAISS index against an exact search in numpy, and its folder against what can happen to it."""

from __future__ import annotations

import gc
import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgx.errors import IndexFolderError, KgxError
from kgx.index import VectorIndex, unit_rows

MODALITIES = ["text", "image", "audio"]


def random_index(items: int, seed: int = 0, dimension: int = 6) -> tuple[VectorIndex, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((items, dimension)) * rng.uniform(0.1, 9, (items, 1))
    modalities = rng.choice(MODALITIES, items)
    ids = [f"{kind}:{i}" for i, kind in enumerate(modalities)]
    return VectorIndex.build(vectors, ids, list(modalities), model="m"), vectors, modalities


@given(
    items=st.integers(1, 60),
    queries=st.integers(1, 30),
    k=st.integers(1, 70),
    modality=st.sampled_from([None, *MODALITIES]),
    seed=st.integers(0, 1000),
    how=st.sampled_from(["built", "opened", "mapped"]),
)
@settings(max_examples=80, deadline=None)
def test_equals_exact_search(
    items: int, queries: int, k: int, modality: str | None, seed: int, how: str
) -> None:
    index, vectors, modalities = random_index(items, seed)
    asked = np.random.default_rng(seed + 1).standard_normal((queries, 6))
    with tempfile.TemporaryDirectory() as folder:
        if how != "built":
            index.save(folder)
            index = VectorIndex.open(folder, mmap=how == "mapped", expect_model="m")
        allowed = np.flatnonzero(modalities == modality) if modality else np.arange(items)
        if not len(allowed):
            with pytest.raises(KgxError, match=f"the index holds no {modality}, but "):
                index.search(asked, k, modality)
            return
        hits = index.search(asked, k, modality)
    cosines = (asked / np.linalg.norm(asked, axis=1, keepdims=True)) @ (
        vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    ).T
    expected = -np.sort(-cosines[:, allowed], axis=1)[:, :k]
    np.testing.assert_allclose(hits.scores, expected, atol=1e-5)
    for row in range(queries):
        found = [int(identifier.split(":")[1]) for identifier in hits.ids[row]]
        assert len(set(found)) == len(found)
        assert set(found) <= set(allowed.tolist())
        np.testing.assert_allclose(cosines[row, found], hits.scores[row], atol=1e-5)
    assert (index.ids[hits.rows] == hits.ids).all()


def test_vectors_outlive_their_index() -> None:
    held = [random_index(50, seed)[0].vectors for seed in range(20)]
    gc.collect()
    for seed, rows in enumerate(held):
        np.testing.assert_array_equal(rows, random_index(50, seed)[0].vectors)


def test_vectors_and_modalities_follow_the_ids() -> None:
    index, vectors, modalities = random_index(30)
    given_row = [int(identifier.split(":")[1]) for identifier in index.ids]
    np.testing.assert_allclose(index.vectors, unit_rows(vectors)[given_row], atol=1e-6)
    assert index.modalities.tolist() == modalities[given_row].tolist()
    assert (len(index), index.dimension) == (30, 6)
    assert repr(index).endswith("6 dimensions; model 'm')")
    with pytest.raises(ValueError, match="read-only"):
        index.vectors[0, 0] = 1


def test_ids_of_any_text_survive(tmp_path: Path) -> None:
    ids = ["text:snowy owl", "image:鸟/\n", "audio:ö%20", ""]
    index = VectorIndex.build(np.eye(4), ids, ["text", "image", "audio", "text"], model="hf:ü")
    index.save(tmp_path / "deep" / "index")
    opened = VectorIndex.open(tmp_path / "deep" / "index", expect_model="hf:ü")
    assert set(opened.ids) == set(ids)
    assert opened.fingerprint == index.fingerprint
    assert opened.search(np.eye(4)[1:2], 1).ids.tolist() == [["image:鸟/\n"]]


def test_saving_is_deterministic_and_replaces(tmp_path: Path) -> None:
    first, second = random_index(20, seed=1)[0], random_index(25, seed=2)[0]
    first.save(tmp_path / "a")
    first.save(tmp_path / "b")
    contents = [{p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in "ab"]
    assert contents[0] == contents[1]
    second.save(tmp_path / "a")
    assert len(list((tmp_path / "a").iterdir())) == 3
    assert len(VectorIndex.open(tmp_path / "a")) == 25


def test_killed_while_saving_leaves_the_old_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = random_index(20, seed=1)[0], random_index(25, seed=2)[0]
    first.save(tmp_path)

    def killed(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("kgx.index.faiss_index.json.dumps", killed)
    with pytest.raises(KeyboardInterrupt):
        second.save(tmp_path)
    monkeypatch.undo()
    original = json.dumps

    def killed_at_meta(value: object, **options: object) -> str:
        if options:
            raise KeyboardInterrupt
        return original(value)

    monkeypatch.setattr("kgx.index.faiss_index.json.dumps", killed_at_meta)
    with pytest.raises(KeyboardInterrupt):
        second.save(tmp_path)
    monkeypatch.undo()
    assert VectorIndex.open(tmp_path).fingerprint == first.fingerprint


def test_a_mapped_index_survives_its_replacement(tmp_path: Path) -> None:
    first, second = random_index(20, seed=1)[0], random_index(25, seed=2)[0]
    first.save(tmp_path)
    mapped = VectorIndex.open(tmp_path, mmap=True)
    second.save(tmp_path)
    queries = np.eye(6)
    np.testing.assert_array_equal(mapped.search(queries, 3).ids, first.search(queries, 3).ids)


def test_a_mapped_index_computes_as_quickly_and_alike(tmp_path: Path) -> None:
    index = random_index(50, dimension=7)[0]
    index.save(tmp_path)
    mapped = VectorIndex.open(tmp_path, mmap=True)
    assert mapped.vectors.flags.aligned
    assert mapped.vectors.ctypes.data % 64 == 0
    np.testing.assert_array_equal(mapped.vectors, index.vectors)
    with pytest.raises(ValueError, match="read-only"):
        mapped.vectors[0, 0] = 1
    held = mapped.vectors
    del mapped
    gc.collect()
    np.testing.assert_array_equal(held, index.vectors)


def test_a_mapped_file_that_is_cut_short_is_damaged(tmp_path: Path) -> None:
    index = random_index(20)[0]
    for size in (0, 10, 30, 100, 200):
        index.save(tmp_path)
        vectors = next(tmp_path.glob("vectors-*"))
        vectors.write_bytes(vectors.read_bytes()[:size])
        meta = json.loads((tmp_path / "meta.json").read_text())
        damage_meta(tmp_path, bytes={**meta["bytes"], vectors.name: size})
        for mmap in (False, True):
            with pytest.raises(IndexFolderError, match="damaged"):
                VectorIndex.open(tmp_path, mmap=mmap)


def damage_meta(folder: Path, **changes: object) -> None:
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps({**meta, **changes}))


def flip_last_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 0xFF
    path.write_bytes(bytes(content))


def test_missing_damaged_and_foreign_indexes_are_named(tmp_path: Path) -> None:
    index = random_index(20)[0]

    def fresh() -> Path:
        index.save(tmp_path)
        return tmp_path

    with pytest.raises(IndexFolderError, match=r"nowhere: expected a saved index, found no meta\.json"):
        VectorIndex.open(tmp_path / "nowhere")
    with pytest.raises(IndexFolderError, match="expected an index of model other, got one of m; build"):
        VectorIndex.open(fresh(), expect_model="other")
    damage_meta(fresh(), version=99)
    with pytest.raises(IndexFolderError, match="expected kgx-vector-index version 3, got"):
        VectorIndex.open(tmp_path)
    damage_meta(fresh(), dimension="six")
    with pytest.raises(IndexFolderError, match=r"fields of meta\.json are missing"):
        VectorIndex.open(tmp_path)
    damage_meta(fresh(), items=19)
    with pytest.raises(IndexFolderError, match="do not fit"):
        VectorIndex.open(tmp_path)
    damage_meta(fresh(), bytes={"../../secret": 3})
    with pytest.raises(IndexFolderError, match="expected files of"):
        VectorIndex.open(tmp_path)
    for zeros in (-1, 18, 20, 64, 10**30):
        for mmap in (False, True):
            damage_meta(fresh(), zeros=zeros)
            with pytest.raises(IndexFolderError, match="damaged"):
                VectorIndex.open(tmp_path, mmap=mmap)
    damage_meta(fresh(), model="another")
    with pytest.raises(IndexFolderError, match="content changed"):
        VectorIndex.open(tmp_path)
    (fresh() / "meta.json").write_text("[1]")
    with pytest.raises(IndexFolderError, match=r"got \[1\]"):
        VectorIndex.open(tmp_path)
    (fresh() / "meta.json").write_text("{")
    with pytest.raises(IndexFolderError, match="damaged"):
        VectorIndex.open(tmp_path)
    flip_last_byte(next(fresh().glob("*.faiss")))
    with pytest.raises(IndexFolderError, match="content changed"):
        VectorIndex.open(tmp_path)
    for ending in ("faiss", "arrow"):
        path = next(fresh().glob(f"*.{ending}"))
        path.write_bytes(b"\0" * path.stat().st_size)
        with pytest.raises(IndexFolderError, match="damaged"):
            VectorIndex.open(tmp_path)
        path.write_bytes(b"short")
        with pytest.raises(IndexFolderError, match="expected files of"):
            VectorIndex.open(tmp_path, mmap=True)
        path.unlink()
        with pytest.raises(IndexFolderError, match="None"):
            VectorIndex.open(tmp_path)


def test_build_and_search_refuse() -> None:
    with pytest.raises(ValueError, match="'a' twice"):
        VectorIndex.build(np.eye(2), ["a", "a"], ["text", "text"], model="m")
    with pytest.raises(ValueError, match="got 2, 1 and 2"):
        VectorIndex.build(np.eye(2), ["a"], ["text", "text"], model="m")
    with pytest.raises(ValueError, match="at least one, got 0"):
        VectorIndex.build(np.empty((0, 2)), [], [], model="m")
    with pytest.raises(ValueError, match=r"1 vectors are zero or not finite \(the first is row 1\)"):
        VectorIndex.build(np.array([[1.0], [0.0]]), ["a", "b"], ["text", "text"], model="m")
    index = random_index(5)[0]
    with pytest.raises(IndexFolderError, match=r"of 6 dimensions, got 3: .* another encoder \(m\)"):
        index.search(np.ones((1, 3)))
    with pytest.raises(ValueError, match="k of at least 1"):
        index.search(np.ones((1, 6)), 0)
    with pytest.raises(ValueError, match="zero or not finite"):
        index.search(np.full((1, 6), np.nan))
    with pytest.raises(ValueError, match=r"\[n, dimension\]"):
        index.search(np.ones(6))
