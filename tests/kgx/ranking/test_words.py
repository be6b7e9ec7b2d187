"""Ranking by words: BM25 by its formula, kept on disk, and nothing where no word is known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from kgx.ranking.words import WordIndex

DOCUMENTS = ["an owl in a barn", "two owls", "a barn door; a barn roof", "", "foxes and mice"]


def test_the_formula_of_lucene() -> None:
    documents = ["red car", "red red van stop", "green tree"]
    found = WordIndex.build(documents).scores("red")
    lengths = np.array([2, 4, 2])
    counts = np.array([1, 2, 0])
    rarity = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    expected = rarity * counts / (counts + 1.5 * (1 - 0.75 + 0.75 * lengths / lengths.mean()))
    assert found.tolist() == pytest.approx(expected.tolist(), abs=1e-6)


def test_plurals_are_found_by_singulars_and_the_other_way_round() -> None:
    index = WordIndex.build(DOCUMENTS)
    assert (index.scores("owls") > 0).tolist() == [True, True, False, False, False]
    assert (index.scores("an OWL") > 0).tolist() == [True, True, False, False, False]
    assert (index.scores("fox") > 0).tolist() == [False, False, False, False, True]


def test_only_what_is_allowed_scores() -> None:
    allowed = np.array([False, True, True, True, True])
    assert np.flatnonzero(WordIndex.build(DOCUMENTS).scores("owl barn", allowed)).tolist() == [1, 2]


@pytest.mark.parametrize("query", ["", "the of", "zebra", "!?", "🦉"])
def test_without_a_word_in_common(query: str) -> None:
    assert not WordIndex.build(DOCUMENTS).scores(query).any()


@pytest.mark.parametrize("documents", [[], ["", "the"]])
def test_without_any_word(documents: list[str], tmp_path: Path) -> None:
    assert WordIndex.kept(documents, tmp_path).scores("owl").tolist() == [0.0] * len(documents)


def test_it_is_kept_and_made_again_for_other_documents(tmp_path: Path) -> None:
    first = WordIndex.kept(DOCUMENTS, tmp_path).scores("a barn owl")
    (kept,) = tmp_path.iterdir()
    before = {path: path.stat().st_mtime_ns for path in kept.iterdir()}
    np.testing.assert_array_equal(WordIndex.kept(DOCUMENTS, tmp_path).scores("a barn owl"), first)
    assert {path: path.stat().st_mtime_ns for path in kept.iterdir()} == before
    WordIndex.kept([*DOCUMENTS, "more"], tmp_path)
    (other,) = tmp_path.iterdir()
    assert other != kept


@pytest.mark.parametrize("content", [b"", b"{", b"\x00" * 50])
def test_a_damaged_index_is_made_again(tmp_path: Path, content: bytes) -> None:
    first = WordIndex.kept(DOCUMENTS, tmp_path).scores("barn")
    (kept,) = tmp_path.iterdir()
    for path in kept.iterdir():
        path.write_bytes(content)
    np.testing.assert_array_equal(WordIndex.kept(DOCUMENTS, tmp_path).scores("barn"), first)
