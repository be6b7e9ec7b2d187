"""Ranking beyond the nearest vectors: exact among some rows, fused with words, re-ranked, in pages."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgx.errors import ConfigError, EncoderError
from kgx.fusion.rankings import reciprocal_rank_fusion
from kgx.index import VectorIndex
from kgx.ranking.concept_overlap import WEIGHT, ConceptOverlap, meaning
from kgx.ranking.nearest_rows import nearest_rows
from kgx.ranking.words import WordIndex, documents_of
from kgx.search import QueryPart, Searcher, SearchRequest
from kgx.testing import species_word

WORD = species_word(3 * 64 + 10)


@pytest.fixture(scope="module")
def searcher(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    folder = tmp_path_factory.mktemp("copy") / "run"
    shutil.copytree(tiny_run, folder)
    return Searcher.open(folder)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    rows=st.sets(st.integers(0, 29), max_size=30).map(sorted),
    count=st.integers(1, 40),
    values=st.integers(1, 5),
)
def test_nearest_rows_agree_with_sorting(seed: int, rows: list[int], count: int, values: int) -> None:
    drawn = np.random.default_rng(seed)
    vectors = drawn.integers(-values, values, (30, 4)).astype(np.float32)  # many are equally near
    query = drawn.integers(-values, values, 4).astype(np.float32)
    found, scores = nearest_rows(vectors, query, np.array(rows, dtype=np.int64), count)
    expected = sorted(rows, key=lambda row: (-float(vectors[row] @ query), row))[:count]
    assert found.tolist() == expected
    np.testing.assert_allclose(scores, vectors[expected] @ query)


def test_pages_follow_one_another(searcher: Searcher) -> None:
    for options in ({}, {"fair": False}, {"hybrid": True}, {"rerank": True}, {"filters": "modality!=text"}):
        whole = searcher.search(f"a {WORD} boat", k=60, **options)
        pages = [
            hit
            for start in (0, 25, 50)
            for hit in searcher.search(f"a {WORD} boat", k=25, offset=start, **options)
        ]
        assert [(hit.rank, hit.id) for hit in pages[:60]] == [(hit.rank, hit.id) for hit in whole]
        assert [hit.score for hit in whole] == sorted((hit.score for hit in whole), reverse=True)
    assert searcher.search(WORD, offset=94) == []


@pytest.mark.parametrize("options", [{}, {"rerank": True}, {"to": "image"}, {"filters": "category!=boat"}])
def test_pages_of_a_hybrid_search_follow_one_another_beyond_what_is_fused(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    monkeypatch.setattr("kgx.ranking.ranker._DEEP", 6)
    text = f"a {WORD} {species_word(7)} boat fish"
    whole = searcher.search(text, k=94, hybrid=True, **options)
    plain = searcher.search(text, k=94, **{**options, "rerank": False})
    assert {hit.id for hit in whole} == {hit.id for hit in plain}  # nothing is lost behind what is fused
    scores = [hit.score for hit in whole]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > 0
    for size in (5, 7, 30):
        pages = [
            hit
            for start in range(0, 94, size)
            for hit in searcher.search(text, k=size, offset=start, hybrid=True, **options)
        ]
        assert pages == whole


def test_pages_follow_one_another_where_vectors_are_equal(searcher: Searcher) -> None:
    run, index = searcher.run, searcher.run.index
    vectors = index.vectors[np.arange(94) // 13 * 13]
    same = VectorIndex.build(vectors, index.ids.tolist(), index.modalities.tolist(), model=index.model)
    crowded = searcher.over(replace(run, index=same))
    for text in (f"a {WORD} boat", WORD, "qwertz uiop"):
        scores = same.vectors @ searcher.refine(searcher.attacher.query(text, "text"))
        expected = np.lexsort((np.arange(94), -scores.round(6))).tolist()
        whole = crowded.search(text, k=94, fair=False)
        assert [run.items.row_of[hit.id] for hit in whole] == expected
        for size in (2, 5, 11, 40):  # of more than eight times as many items, codes choose
            pages = [
                hit
                for start in range(0, 94, size)
                for hit in crowded.search(text, k=size, offset=start, fair=False)
            ]
            assert pages == whole


def test_hybrid_is_both_rankings_fused(searcher: Searcher) -> None:
    run, text = searcher.run, f"a {WORD}"
    nearest = {run.items.id.index(hit.id): hit.score for hit in searcher.search(text, k=94, filters="id!=")}
    scores = WordIndex.build(documents_of(run.items, run.concepts)).scores(text)
    words = {
        row: float(scores[row]) for row in np.argsort(-scores, kind="stable").tolist() if scores[row] > 0
    }
    assert 0 < len(words) < 94
    fused = reciprocal_rank_fusion({"vectors": nearest, "words": words})
    hits = searcher.search(text, k=94, hybrid=True)
    assert [hit.score for hit in hits] == pytest.approx(list(fused.values()))
    assert {hit.id: hit.score for hit in hits} == pytest.approx(
        {run.items.id[row]: score for row, score in fused.items()}
    )
    kept = searcher.run.folder / "cache"
    assert [path.name.partition("-")[0] for path in kept.iterdir()] == ["words"]


def test_words_find_what_is_filtered_only(searcher: Searcher) -> None:
    hits = searcher.search(f"a {WORD}", k=94, hybrid=True, filters="category!=boat")
    captions = {hit.caption for hit in hits}
    assert hits
    assert f"a {WORD}" not in captions


def test_re_ranking_adds_the_overlap_of_concepts(searcher: Searcher) -> None:
    run, graph = searcher.run, searcher.model.transfer.maker.reference.knowledge.graph
    query = searcher.attacher.query(f"a {WORD}", "text")
    plain = searcher.search(f"a {WORD}", to="image", k=40, filters="id!=")
    rows = [run.items.id.index(hit.id) for hit in plain]
    overlaps = ConceptOverlap(run.concepts, graph).scores(meaning([query], [1.0]), rows)
    assert overlaps.any()
    expected = {hit.id: hit.score + WEIGHT * overlap for hit, overlap in zip(plain, overlaps, strict=True)}
    found = {hit.id: hit.score for hit in searcher.search(f"a {WORD}", to="image", k=40, rerank=True)}
    assert found == pytest.approx(expected)


def test_many_queries_are_answered_as_one_by_one(searcher: Searcher, tmp_path: Path) -> None:
    (tmp_path / "a.picture").write_text(f"stamp image: {WORD}")
    texts = [f"a {species_word(number)}" for number in range(5)] + ["qwertz", "a boat"]
    mixed = SearchRequest.of("a boat", image=tmp_path / "a.picture", to="text", k=4)
    found = searcher.search_many([*texts, mixed], to="image", k=5)
    for text, hits in zip(texts, found, strict=False):
        alone = searcher.search(text, to="image", k=5)
        assert [hit.id for hit in hits] == [hit.id for hit in alone]
        assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in alone], abs=1e-4)
    assert [hit.id for hit in found[-1]] == [hit.id for hit in searcher.answer(mixed)]
    assert searcher.search_many([]) == []
    with pytest.raises(EncoderError, match="the query '  ': the text is empty"):
        searcher.search_many(["a boat", "  "])


def test_several_texts_and_a_not(searcher: Searcher) -> None:
    texts, other = [f"a {WORD}", "a boat"], f"a {species_word(5)}"
    parts = [searcher.refiner.refine(searcher.attacher.query(text, "text")) for text in (*texts, other)]
    vector = parts[0] + parts[1] - 0.5 * parts[2]
    scores = searcher.run.index.vectors @ (vector / np.linalg.norm(vector))
    hits = searcher.search(texts, without=other, k=94, fair=False)
    assert [hit.score for hit in hits] == pytest.approx(np.sort(scores)[::-1].tolist(), abs=1e-4)
    weighed = [QueryPart("text", text, weight) for text, weight in zip(texts, (1.0, 1.0), strict=True)]
    request = SearchRequest((*weighed, QueryPart("text", other, -0.5)), k=94, fair=False)
    assert searcher.answer(request) == hits
    with pytest.raises(ConfigError, match="cancel each other out"):
        searcher.answer(SearchRequest((QueryPart("text", "a boat"), QueryPart("text", "a boat", -1.0))))
