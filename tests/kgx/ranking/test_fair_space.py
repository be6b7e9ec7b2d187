"""Searches with modalities aligned and hubs penalised agree with what their definitions say, item by item."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kgx.editing import NewItem, RunEditor
from kgx.errors import ConfigError
from kgx.index.faiss_index import VectorIndex
from kgx.index.hubness import Method
from kgx.index.modality_gap import ModalityAlignment
from kgx.ranking.aligned_vectors import AlignedVectors
from kgx.ranking.fair_space import FairSpaces
from kgx.search import Searcher, SearchRequest
from kgx.testing import species_word

WORD = species_word(3 * 64 + 10)
EVERYTHING = 94


@pytest.fixture(scope="module")
def searcher(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    folder = tmp_path_factory.mktemp("copy") / "run"
    shutil.copytree(tiny_run, folder)
    return Searcher.open(folder)


def penalties(vectors: np.ndarray, texts: range, method: Method) -> list[float]:
    """Work the penalties out item by item, as they are defined."""
    found = []
    for row, vector in enumerate(vectors):
        near = [float(vectors[text] @ vector) for text in texts if text != row]
        if method == "csls":
            found.append(float(np.mean(sorted(near)[-10:])) / 2)
        else:
            found.append(0.05 * float(np.log(np.mean(np.exp(np.array(near) / 0.05)))))
    return found


def expected(searcher: Searcher, text: str, method: Method | None, *, fair: bool) -> dict[str, float]:
    """Return every item's id and score, worked out slowly, best first."""
    index = searcher.run.index
    vectors, query = index.vectors, searcher.refine(searcher.attacher.query(text, "text"))[None]
    if fair:
        modalities = index.modalities.tolist()
        alignment = ModalityAlignment.fit(vectors, modalities, whiten=0.1)
        vectors, query = alignment.apply(vectors, modalities), alignment.apply(query, ["text"])
    scores = vectors @ query[0]
    if method is not None:
        scores = scores - np.array(penalties(vectors, range(*index.range_of("text")), method))
    order = np.argsort(-scores, kind="stable")
    return dict(zip(index.ids[order].tolist(), scores[order].tolist(), strict=True))


@pytest.mark.parametrize("fair", [False, True])
@pytest.mark.parametrize("method", ["csls", "inverted-softmax", None])
def test_scores_are_what_they_are_defined_as(searcher: Searcher, method: Method | None, fair: bool) -> None:
    hits = searcher.search(f"a {WORD}", k=EVERYTHING, hubness=method, fair=fair)
    slow = expected(searcher, f"a {WORD}", method, fair=fair)
    assert len(hits) == EVERYTHING
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert {hit.id: hit.score for hit in hits} == pytest.approx(slow, abs=1e-4)
    # Rounding may swap what is equal to its last digits, and nothing else.
    assert [slow[hit.id] for hit in hits] == pytest.approx(list(slow.values()), abs=1e-4)


@pytest.mark.parametrize(
    "options", [{"hubness": "csls", "fair": False}, {"fair": True}, {"hubness": "csls", "fair": True}]
)
def test_conditions_and_pages_are_parts_of_the_whole(searcher: Searcher, options: dict[str, Any]) -> None:
    text = f"a {WORD}"
    whole = [(hit.id, hit.score) for hit in searcher.search(text, k=EVERYTHING, **options)]
    told = {hit.id: hit for hit in searcher.search(text, k=EVERYTHING)}
    pages = [
        (hit.id, hit.score)
        for start in range(0, EVERYTHING, 30)
        for hit in searcher.search(text, k=30, offset=start, **options)
    ]
    assert pages == whole
    pictures = searcher.search(text, to="image", k=EVERYTHING, **options)
    assert [hit.id for hit in pictures] == [name for name, _ in whole if told[name].modality == "image"]
    boats = searcher.search(text, k=EVERYTHING, filters="category=boat", **options)
    category = searcher.run.items.metadata["category"]
    rows = {name: row for row, name in enumerate(searcher.run.items.id)}
    assert [hit.id for hit in boats] == [name for name, _ in whole if category[rows[name]] == "boat"]
    linked = {hit.id for hit in searcher.search(text, k=EVERYTHING, where=f"?item depicts {WORD}")}
    found = searcher.search(text, k=EVERYTHING, where=f"?item depicts {WORD}", **options)
    assert [hit.id for hit in found] == [name for name, _ in whole if name in linked]


def test_any_kind_of_index_gives_the_same(searcher: Searcher) -> None:
    index = searcher.run.index
    coded = VectorIndex.build(
        index.vectors, index.ids.tolist(), index.modalities.tolist(), model=index.model, kind="hnsw"
    )
    other = searcher.over(replace(searcher.run, index=coded))
    for options in ({"hubness": "csls"}, {"fair": True}):
        found = other.search("a boat", k=20, **options)
        assert [hit.id for hit in found] == [hit.id for hit in searcher.search("a boat", k=20, **options)]


def test_fairness_mixes_modalities(searcher: Searcher) -> None:
    def texts(**options: Any) -> int:
        asked = [f"a {species_word(family * 64 + 10)}" for family in range(8)]
        found = searcher.search_many(asked, k=20, **options)
        return sum(hit.modality == "text" for hits in found for hit in hits)

    held = 20 * 8 * searcher.run.summary.items["text"] / EVERYTHING
    assert abs(texts(fair=True) - held) <= abs(texts(fair=False) - held)


@pytest.mark.parametrize("options", [{}, {"rerank": True}, {"hubness": "csls"}, {"filters": "category=boat"}])
def test_any_modality_is_asked_for_fairly_unless_told_otherwise(
    searcher: Searcher, options: dict[str, Any], tmp_path: Path
) -> None:
    picture = tmp_path / "a.picture"
    picture.write_text(f"stamp image: {WORD}")
    for asked in ({"text": f"a {WORD}"}, {"image": picture}, {"text": "a boat", "image": picture}):
        told = searcher.search(**asked, k=30, **options)
        assert told == searcher.search(**asked, k=30, fair=True, **options)
        assert told != searcher.search(**asked, k=30, fair=False, **options)
        one = searcher.search(**asked, k=30, to="image", **options)
        assert one == searcher.search(**asked, k=30, to="image", fair=False, **options)


def test_too_few_of_a_modality_are_not_aligned(searcher: Searcher) -> None:
    index = searcher.run.index
    few = [*range(*index.range_of("image")), *list(range(*index.range_of("text")))[:7]]
    for rows, aligned in ((few, False), (few[:-7], False), (range(len(index)), True)):
        held = VectorIndex.build(
            index.vectors[list(rows)],
            index.ids[list(rows)].tolist(),
            index.modalities[list(rows)].tolist(),
            model=index.model,
        )
        assert FairSpaces(held).should_align(["text"]) is aligned
    pictures_and_sounds = [*range(*index.range_of("image")), *range(*index.range_of("audio"))]
    held = VectorIndex.build(
        index.vectors[pictures_and_sounds],
        index.ids[pictures_and_sounds].tolist(),
        index.modalities[pictures_and_sounds].tolist(),
        model=index.model,
    )
    assert not FairSpaces(held).should_align(["text"])  # where a text would lie nothing says
    assert FairSpaces(held).should_align(["image"])


def test_a_vector_that_is_the_mean_of_its_modality_stays(searcher: Searcher) -> None:
    vectors = np.array([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]], dtype=np.float32)
    aligned = AlignedVectors(vectors, {"image": (0, 2), "text": (2, 3)})
    query = np.array([0.0, 0.6, 0.8], dtype=np.float32)
    assert aligned.cosines(query, np.arange(3)) == pytest.approx((aligned.all() @ query).tolist(), abs=1e-6)
    assert aligned.cosines(query, np.array([2])).tolist() == pytest.approx([0.8])


def test_every_part_of_a_mixture_is_moved_by_its_own_mean(searcher: Searcher, tmp_path: Path) -> None:
    picture = tmp_path / "a.picture"
    picture.write_text(f"stamp image: {WORD}")
    index, spaces = searcher.run.index, FairSpaces(searcher.run.index)
    text = searcher.refine(searcher.attacher.query("a boat", "text"))
    image = searcher.refine(searcher.attacher.query(picture, "image"))
    mixed = 2.0 * spaces.moved(text, "text") - 1.0 * spaces.moved(image, "image")
    modalities = index.modalities.tolist()
    vectors = ModalityAlignment.fit(index.vectors, modalities, whiten=0.1).apply(index.vectors, modalities)
    best = vectors @ (mixed / np.linalg.norm(mixed))
    request = SearchRequest.of("a boat", image=picture, weights={"text": 2, "image": -1}, k=5, fair=True)
    hits = searcher.answer(request)
    assert [hit.score for hit in hits] == pytest.approx(np.sort(best)[::-1][:5].tolist(), abs=1e-4)


def test_re_ranking_goes_on_from_corrected_scores(searcher: Searcher) -> None:
    options: dict[str, Any] = {"hubness": "csls", "fair": True, "k": EVERYTHING}
    first = {hit.id: hit.score for hit in searcher.search(f"a {WORD}", **options)}
    again = {hit.id: hit.score for hit in searcher.search(f"a {WORD}", rerank=True, **options)}
    assert all(again[name] >= score - 1e-6 for name, score in first.items())
    assert again != first
    fused = searcher.search(f"a {WORD}", hybrid=True, **options)
    assert [hit.score for hit in fused] == sorted((hit.score for hit in fused), reverse=True)


def test_an_edit_is_seen(tiny_run: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"hubness": "csls", "fair": True, "k": EVERYTHING + 1}
    folder = shutil.copytree(tiny_run, tmp_path / "run")
    with RunEditor.open(folder) as editor:
        before = {hit.id: hit.score for hit in editor.searcher.search(f"a {WORD}", **options)}
        editor.add([NewItem("new", "text", f"a {WORD} boat")])
        after = {hit.id: hit.score for hit in editor.searcher.search(f"a {WORD}", **options)}
    assert set(after) - set(before) == {"new"}
    assert any(
        after[name] != score for name, score in before.items()
    )  # the means and the bank are others now


def test_a_space_is_prepared_once(searcher: Searcher) -> None:
    spaces = FairSpaces(searcher.run.index)
    assert spaces.of(fair=True, hubness="csls") is spaces.of(fair=True, hubness="csls")
    assert spaces.of(fair=True, hubness="csls").aligned is spaces.of(fair=True, hubness=None).aligned
    assert spaces.of(fair=False, hubness=None).correction is None


def test_hubs_need_texts_to_be_told_by() -> None:
    index = VectorIndex.build(np.eye(3), ["a", "b", "c"], ["image", "image", "text"], model="m")
    with pytest.raises(ConfigError, match="at least 2 texts, got 1"):
        FairSpaces(index).of(fair=False, hubness="csls")


def test_an_unknown_correction_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown hubness correction 'none'; choose csls or"):
        SearchRequest.of("a boat", hubness="none")  # type: ignore[arg-type]
