"""Queries that are answered together are answered as they are alone."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kgx.editing import RunEditor
from kgx.errors import EncoderError, KgxError
from kgx.search import Searcher
from kgx.serve.problems import ProblemError
from kgx.serve.queries import Query
from kgx.serve.service import SearchService
from kgx.testing import species_word

ASKED = [
    (Query(text=f"some {species_word(number)}", to=to), k)
    for number, to, k in [(10, "image", 3), (70, "any", 5), (10, "text", 4), (300, "image", 1)]
]


def ids(hits: Any) -> list[tuple[int, str]]:
    assert not isinstance(hits, Exception), hits
    return [(hit["rank"], hit["id"]) for hit in hits]


def test_together_as_alone(tiny_searcher: Searcher) -> None:
    service = SearchService(tiny_searcher)
    together = service.search_together(ASKED)
    for (query, k), found in zip(ASKED, together, strict=True):
        alone = service.search(query, k, 0)
        assert ids(found) == ids(alone)
        assert not isinstance(found, Exception)
        scores = [[hit["score"] for hit in hits] for hits in (found, alone)]
        assert np.allclose(*scores, atol=1e-5)
        assert [hit["concepts"] for hit in found] == [hit["concepts"] for hit in alone]


def test_a_text_that_cannot_be_encoded_fails_alone(tiny_searcher: Searcher) -> None:
    told = SearchService(tiny_searcher).search_together(
        [ASKED[0], (Query(text=" ", to="image"), 3), ASKED[1]]
    )
    assert isinstance(told[1], ProblemError | EncoderError)
    assert len(ids(told[0])) == 3
    assert len(ids(told[2])) == 5


def test_a_query_of_nothing_fails_alone(tiny_searcher: Searcher) -> None:
    told = SearchService(tiny_searcher).search_together([ASKED[0], (Query(to="image"), 3)])
    assert len(ids(told[0])) == 3
    assert isinstance(told[1], ProblemError)
    assert (told[1].status, told[1].detail[:18]) == (409, "expected one query")


def test_the_place_of_the_run_is_told_to_nobody(tiny_run: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(tiny_run, tmp_path / "run"))
    with RunEditor.open(run) as editor:
        service = SearchService(editor.searcher, editor)
        with pytest.raises(ProblemError, match=r"^no item would be left"):
            service.remove(editor.run.items.id)


def test_what_cannot_be_found_fails_alone(tiny_searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    find = Searcher.find

    def without_texts(self: Searcher, query: Any, *, to: str, **options: Any) -> Sequence[Any]:
        if to == "text":
            raise KgxError("the index holds no text")
        return find(self, query, to=to, **options)

    monkeypatch.setattr(Searcher, "find", without_texts)
    told = SearchService(tiny_searcher).search_together(ASKED)
    assert [isinstance(found, Exception) for found in told] == [False, False, True, False]
    assert isinstance(told[2], ProblemError)
    assert (told[2].status, told[2].detail) == (409, "the index holds no text")
