"""The cache gives what the encoder would, encodes nothing twice, and survives kills and damage."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgx.encoders import VectorCache
from kgx.encoders.base import Encoding, Value
from kgx.errors import EncoderError


class Letters:
    """Vectors from the content's digest; texts and files with ``bad`` in them fail."""

    modalities = frozenset({"text", "image"})
    dimension = 8

    def __init__(self, name: str = "letters-v1", *, scores: bool = False, dies_after: int = 10**9) -> None:
        self.id = name
        self.seen: list[Value] = []
        self._scores = scores
        self._calls_left = dies_after

    def encode(self, values: Sequence[Value], modality: str) -> Encoding:
        if modality not in self.modalities:
            raise EncoderError(f"no {modality}")
        if values:
            if not self._calls_left:
                raise KeyboardInterrupt
            self._calls_left -= 1
        self.seen.extend(values)
        contents = [str(v).encode() if modality == "text" else Path(v).read_bytes() for v in values]
        vectors = np.zeros((len(values), 8), dtype=np.float32)
        scores = np.zeros((len(values), 3), dtype=np.float32) if self._scores else None
        failures = {}
        for row, content in enumerate(contents):
            if b"bad" in content:
                failures[row] = "it is bad"
                continue
            vectors[row] = np.frombuffer(hashlib.sha256(content).digest(), dtype=np.uint8)[:8]
            if scores is not None:
                scores[row] = vectors[row, :3]
        return Encoding(vectors, scores, failures)


def same(one: Encoding, two: Encoding) -> bool:
    if (one.scores is None) != (two.scores is None) or one.failures != two.failures:
        return False
    return np.array_equal(one.vectors, two.vectors) and (
        one.scores is None or np.array_equal(one.scores, two.scores)
    )


def chunks(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.safetensors"))


@settings(max_examples=40, deadline=None)
@given(
    batches=st.lists(st.lists(st.sampled_from(["a", "b", "bad", "", "dog", "bad 2", "\udc80"])), max_size=4),
    scores=st.booleans(),
)
def test_it_gives_what_the_encoder_gives(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]], scores: bool
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    safe = [[text.encode("utf-8", "replace").decode() for text in batch] for batch in batches]
    cache = VectorCache(folder, Letters(scores=scores))
    for batch in safe:
        assert same(cache.encode(batch, "text"), Letters(scores=scores).encode(batch, "text"))
    reopened = VectorCache(folder, Letters(scores=scores))
    for batch in safe:
        assert same(reopened.encode(batch, "text"), Letters(scores=scores).encode(batch, "text"))


def test_nothing_is_encoded_twice(tmp_path: Path) -> None:
    encoder = Letters()
    cache = VectorCache(tmp_path, encoder)
    cache.encode(["a", "b", "a"], "text")
    cache.encode(["b", "c"], "text")
    assert encoder.seen == ["a", "b", "c"]
    later = Letters()
    VectorCache(tmp_path, later).encode(["c", "a", "b", "b"], "text")
    assert later.seen == []


def test_files_go_by_content_not_by_name(tmp_path: Path) -> None:
    for name, content in {"one": "x", "two": "x", "three": "y"}.items():
        (tmp_path / name).write_text(content)
    encoder = Letters()
    encoding = VectorCache(tmp_path / "cache", encoder).encode(
        [tmp_path / n for n in ("one", "two", "three")], "image"
    )
    assert encoder.seen == [tmp_path / "one", tmp_path / "three"]
    assert np.array_equal(encoding.vectors[0], encoding.vectors[1])
    (tmp_path / "one").write_text("z")
    VectorCache(tmp_path / "cache", encoder).encode([tmp_path / "one"], "image")
    assert len(encoder.seen) == 3


def test_failures_are_remembered_and_reported_again(tmp_path: Path) -> None:
    VectorCache(tmp_path, Letters()).encode(["bad one", "a"], "text")
    later = Letters()
    encoding = VectorCache(tmp_path, later).encode(["a", "bad one", "bad one"], "text")
    assert encoding.failures == {1: "it is bad", 2: "it is bad"}
    assert not encoding.vectors[1:].any()
    assert later.seen == []


def test_a_file_that_cannot_be_read_is_tried_again(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "cache", Letters())
    assert "cannot be read" in cache.encode([tmp_path / "late"], "image").failures[0]
    (tmp_path / "late").write_text("here now")
    assert cache.encode([tmp_path / "late"], "image").failures == {}


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kgx.encoders.cache._CHUNK", {"text": 10})
    texts = [f"text {number}" for number in range(35)]
    with pytest.raises(KeyboardInterrupt):
        VectorCache(tmp_path, Letters(dies_after=2)).encode(texts, "text")
    assert len(chunks(tmp_path)) == 2
    encoder = Letters()
    encoding = VectorCache(tmp_path, encoder).encode(texts, "text")
    assert encoder.seen == texts[20:]
    assert same(encoding, Letters().encode(texts, "text"))
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("damage", ["cut", "flip", "garbage", "empty"])
def test_a_damaged_chunk_is_encoded_again(tmp_path: Path, damage: str) -> None:
    VectorCache(tmp_path, Letters()).encode(["a", "b"], "text")
    (chunk,) = chunks(tmp_path)
    whole = bytearray(chunk.read_bytes())
    if damage == "flip":
        whole[-5] ^= 1
    chunk.write_bytes({"cut": whole[:-7], "flip": whole, "garbage": b"x" * 100, "empty": b""}[damage])
    encoder = Letters()
    with pytest.warns(UserWarning, match=f"{chunk.name}: damaged"):
        encoding = VectorCache(tmp_path, encoder).encode(["a", "b"], "text")
    assert encoder.seen == ["a", "b"]
    assert same(encoding, Letters().encode(["a", "b"], "text"))
    assert chunks(tmp_path) == [chunk]


@pytest.mark.parametrize("content", ["{", "[]", '{"no digits": "x"}'])
def test_a_damaged_list_of_failures_is_made_again(tmp_path: Path, content: str) -> None:
    VectorCache(tmp_path, Letters()).encode(["bad"], "text")
    (listed,) = tmp_path.rglob("*.json")
    listed.write_text(content)
    with pytest.warns(UserWarning, match="damaged"):
        assert VectorCache(tmp_path, Letters()).encode(["bad"], "text").failures == {0: "it is bad"}


def test_encoders_and_modalities_do_not_mix(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a")
    for encoder in (Letters("one/id"), Letters("one-id"), Letters("one id")):
        VectorCache(tmp_path / "cache", encoder).encode(["a"], "text")
        assert encoder.seen == ["a"]
        VectorCache(tmp_path / "cache", encoder).encode([tmp_path / "file"], "image")
        assert len(encoder.seen) == 2


def test_a_foreign_modality_is_the_encoders_error(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="no audio"):
        VectorCache(tmp_path, Letters()).encode([tmp_path], "audio")


def test_two_may_share_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kgx.encoders.cache._CHUNK", {"text": 7})
    texts = [f"{number} {'bad' if number % 10 == 3 else ''}" for number in range(200)]
    results: dict[int, Encoding] = {}

    def work(which: int) -> None:
        results[which] = VectorCache(tmp_path, Letters()).encode(texts[:: 1 - 2 * (which % 2)], "text")

    workers = [threading.Thread(target=work, args=(which,)) for which in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for which, got in results.items():
        assert same(got, Letters().encode(texts[:: 1 - 2 * (which % 2)], "text"))


def test_what_another_adds_is_seen_without_reopening(tmp_path: Path) -> None:
    encoder = Letters()
    mine = VectorCache(tmp_path, encoder)
    mine.encode(["a"], "text")
    VectorCache(tmp_path, Letters()).encode(["b"], "text")
    mine.encode(["a", "b"], "text")
    assert encoder.seen == ["a"]


def test_many_vectors_load_quickly(tmp_path: Path) -> None:
    texts = [f"a gloss of some words, number {number}" for number in range(20_000)]
    VectorCache(tmp_path, Letters()).encode(texts, "text")
    start = time.perf_counter()
    VectorCache(tmp_path, Letters()).encode(texts, "text")
    assert time.perf_counter() - start < 2.0  # 0.1 s on an idle machine
