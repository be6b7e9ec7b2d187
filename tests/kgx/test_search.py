"""Searching a run: by words, pictures and sounds that it has never seen, with reasons."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kgx.errors import ConfigError, EncoderError, IndexFolderError, KgxError
from kgx.items import LinkedItems
from kgx.ranking.refining import QueryRefiner
from kgx.search import Hit, Searcher
from kgx.testing import SoundEncoder, WordEncoder, species_word


@pytest.fixture(scope="module")
def searcher(tiny_run: Path) -> Searcher:
    return Searcher.open(tiny_run)


@pytest.fixture
def word() -> str:
    """What the stamps 3 shows: the fourth family's eleventh species."""
    return species_word(3 * 64 + 10)


def test_words_find_pictures(searcher: Searcher, word: str) -> None:
    hits = searcher.search(f"some {word} again", to="image", k=5)
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
    assert {hit.modality for hit in hits} == {"image"}
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert "image:stamp 3" in {hit.id for hit in hits[:3]}
    found = next(hit for hit in hits if hit.id == "image:stamp 3")
    assert found.caption == f"a {word}"
    assert Path(found.file).read_text() == f"stamp image: {word}"


def test_a_picture_finds_texts(searcher: Searcher, word: str, tmp_path: Path) -> None:
    picture = tmp_path / "photo.picture"
    picture.write_text(f"stamp image of mine: {word}")
    hits = searcher.search(image=picture, to="text", k=3)
    assert {hit.modality for hit in hits} == {"text"}
    assert all(hit.file == "" for hit in hits)
    assert "text:stamp 3" in {hit.id for hit in hits}


def test_a_sound_finds_what_is_said(searcher: Searcher, word: str, tmp_path: Path) -> None:
    sound = tmp_path / "call.sound"
    sound.write_text(f"stamp audio: {word}")
    assert "text:stamp 3" in {hit.id for hit in searcher.search(audio=sound, to="text", k=3)}


def test_any_mixes_modalities(searcher: Searcher, word: str) -> None:
    hits = searcher.search(word, k=94)
    assert {hit.modality for hit in hits} == {"text", "image", "audio"}
    assert len({hit.id for hit in hits}) == 94
    assert searcher.search(word, k=500) == hits


def test_what_is_shared_comes_first(searcher: Searcher, word: str) -> None:
    hit = _named(searcher.search(f"the {word}", to="image", k=40), "image:stamp 3")
    first = hit.concepts[0]
    assert (first.label, first.meets, first.by) == (word, word, "")
    shared = [bool(concept.meets) for concept in hit.concepts]
    assert shared == sorted(shared, reverse=True)
    assert {concept.provenance for concept in hit.concepts} <= {
        "classifier",
        "metadata",
        "transcript",
        "lexical",
    }


def test_a_relation_of_the_graph_explains_too(searcher: Searcher) -> None:
    hits = searcher.search("a boat", to="image", k=10)
    reasons = {str(concept) for hit in hits for concept in hit.concepts if concept.by}
    assert any(reason.endswith("→ boat (kind of)") for reason in reasons)


def test_the_hits_are_those_of_the_whole_gallery(searcher: Searcher, word: str) -> None:
    query = searcher.attacher.query(word, "text")
    vector = searcher.model.transfer.refine(query, searcher.run.centres, query=True)[0]
    scores = searcher.run.index.vectors @ vector
    hits = searcher.search(word, k=10, fair=False)
    assert [hit.score for hit in hits] == pytest.approx(np.sort(scores)[::-1][:10].tolist(), abs=1e-3)


def test_a_query_changes_nothing(searcher: Searcher, word: str, tiny_run: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in tiny_run.rglob("*")}
    first = searcher.search(word)
    searcher.search("something else")
    assert searcher.search(word) == first
    assert {path: path.stat().st_mtime_ns for path in tiny_run.rglob("*")} == before


def test_a_query_without_any_concept_is_answered(searcher: Searcher) -> None:
    query = searcher.attacher.query("qwertz uiop", "text")
    assert query.links == ()
    assert len(searcher.search("qwertz uiop", k=3)) == 3


def test_hits_can_be_told_as_json(searcher: Searcher, word: str) -> None:
    told = searcher.search(word, to="image", k=1)[0].to_dict()
    assert told["rank"] == 1
    assert told["file"].endswith(".picture")
    assert set(told["concepts"][0]) == {"label", "relation", "weight", "provenance", "meets", "by"}


def test_a_modality_that_neither_source_nor_run_has(pretrained: Any, tiny_run: Path, tmp_path: Path) -> None:
    (tmp_path / "call.sound").write_text("stamp audio: bokako")
    found = Searcher.open(tiny_run)
    means = {name: mean for name, mean in found.run.centres.vectors.items() if name != "audio"}
    object.__setattr__(found.run.centres, "vectors", means)
    assert len(found.search(audio=tmp_path / "call.sound", k=3)) == 3


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "expected one query .* got 0"),
        ({"text": "a", "weights": {"image": 1.0}}, "expected weights of text, got image"),
        ({"text": "a", "image": "b", "weights": {"text": 1.0}}, "expected weights of text, image, got text"),
        ({"text": "a", "weights": {"text": -1.0}}, "expected a weight above 0"),
        ({"text": "a", "image": "b", "weights": {"text": 0.0, "image": -1.0}}, "expected a weight above 0"),
        ({"text": "a", "weights": {"text": float("nan")}}, "finite"),
        ({"text": "a", "to": "smell"}, "unknown modality 'smell'"),
        ({"text": "a", "k": 0}, "k of at least 1"),
    ],
)
def test_what_cannot_be_asked(searcher: Searcher, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        searcher.search(**asked)


def test_a_mixed_query_weighs_what_its_parts_find(searcher: Searcher, word: str, tmp_path: Path) -> None:
    picture = tmp_path / "photo.picture"
    picture.write_text(f"stamp image of mine: {species_word(5)}")
    mixture = {"text": 0.7, "image": 0.3}
    parts = {
        "text": searcher.refiner.refine(searcher.attacher.query(word, "text")),
        "image": searcher.refiner.refine(searcher.attacher.query(picture, "image")),
    }
    for sign in (1.0, -1.0):
        weights = {"text": 0.7, "image": sign * 0.3}
        vector = sum(weights[name] * part for name, part in parts.items())
        scores = searcher.run.index.vectors @ (vector / np.linalg.norm(vector))
        hits = searcher.search(word, image=picture, weights=weights, k=94, fair=False)
        assert [hit.score for hit in hits] == pytest.approx(np.sort(scores)[::-1].tolist(), abs=1e-4)
    alike = searcher.search(word, image=picture, k=94)
    assert alike == searcher.search(word, image=picture, weights={"text": 2.0, "image": 2.0}, k=94)
    assert alike != searcher.search(word, image=picture, weights=mixture, k=94)


def test_not_this_picture(searcher: Searcher, word: str, tmp_path: Path) -> None:
    picture = tmp_path / "photo.picture"
    picture.write_text(f"stamp image: {word}")

    def place(weight: float) -> int:
        hits = searcher.search("a boat", image=picture, weights={"text": 1.0, "image": weight}, k=94)
        return next(hit.rank for hit in hits if hit.id == "image:stamp 3")

    assert place(0.5) < place(-0.5)
    hits = searcher.search("a boat", image=picture, weights={"text": 1.0, "image": -0.5}, to="image", k=40)
    assert not any(concept.meets == word for hit in hits for concept in hit.concepts)


def test_one_part_with_a_weight_is_a_single_query(searcher: Searcher, word: str) -> None:
    assert searcher.search(word, weights={"text": 0.3}, k=20) == searcher.search(word, k=20)


def test_parts_that_cancel_each_other_out_find_nothing(
    searcher: Searcher, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photo.picture").write_text(f"stamp image: {word}")
    one = searcher.refiner.refine(searcher.attacher.query(word, "text"))
    monkeypatch.setattr(QueryRefiner, "refine", lambda *_: one)
    with pytest.raises(ConfigError, match="cancel each other out"):
        searcher.search(
            word, image=tmp_path / "photo.picture", weights={"text": 1.0, "image": -1.0}, fair=False
        )
    monkeypatch.setattr(QueryRefiner, "refine", lambda _, query: one * (query.modality == "text"))
    with pytest.raises(ConfigError, match="the query's image has no vector"):
        searcher.search(word, image=tmp_path / "photo.picture")


def test_queries_that_cannot_be_read_are_named(searcher: Searcher, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="the query: the text is empty"):
        searcher.search("  ")
    with pytest.raises(EncoderError, match=r"none\.picture: cannot be read"):
        searcher.search(image=tmp_path / "none.picture")
    (tmp_path / "bad.picture").write_text("broken")
    with pytest.raises(EncoderError, match=r"bad\.picture: cannot be decoded"):
        searcher.search(image=tmp_path / "bad.picture")


def test_a_run_without_sounds_cannot_be_searched_for_them(
    tiny_model: Path, pretrained: Any, tmp_path: Path
) -> None:
    from kgx.run_folder import write_run

    world = pretrained.world
    texts = {"text": world.target["text"]}
    write_run(tmp_path / "run", pretrained.transfer, texts, world.target_collection, model=tiny_model)
    with pytest.raises(KgxError, match="holds no audio, but text"):
        Searcher.open(tmp_path / "run").search("bokako", to="audio")


def test_an_encoder_that_changed_is_refused(tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WordEncoder, "id", "tiny:text-2")
    with pytest.raises(EncoderError, match="made with the text encoder"):
        Searcher.open(tiny_run).search("bokako")


def test_only_what_is_needed_is_loaded(tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SoundEncoder, "id", "tiny:audio-2")
    assert Searcher.open(tiny_run).search("bokako", k=1)


def test_searching_does_not_load_scikit_learn() -> None:
    loaded = "import sys, kgx.search; print('sklearn' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"  # it would take a second of every start


def test_an_index_of_another_model_is_refused(tiny_run: Path, tiny_model: Path) -> None:
    with pytest.raises(IndexFolderError, match="build the run again"):
        Searcher.open(tiny_run, model=tiny_model)


def test_an_encoded_query_can_be_given(searcher: Searcher, word: str) -> None:
    query: LinkedItems = searcher.attacher.query(word, "text")
    assert searcher.find(query, k=4) == searcher.search(word, k=4)


def _named(hits: list[Hit], name: str) -> Hit:
    return next(hit for hit in hits if hit.id == name)
