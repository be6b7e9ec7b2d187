"""``kgx search`` with conditions, pages, several parts and other rankings."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from kgx.cli import main
from kgx.testing import species_word

WORD = species_word(3 * 64 + 10)


class _Search:
    """Runs the command on a copy of the tiny run."""

    def __init__(
        self, run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._run, self._monkeypatch, self._capsys = run, monkeypatch, capsys

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        self._monkeypatch.setattr(sys, "argv", ["kgx", "search", str(self._run), *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        captured = self._capsys.readouterr()
        return int(caught.value.code or 0), captured.out, captured.err

    def hits(self, *arguments: object) -> list[dict[str, Any]]:
        code, out, err = self(*arguments, "--json")
        assert code == 0, err
        hits: list[dict[str, Any]] = json.loads(out)["hits"]
        return hits


@pytest.fixture
def search(
    tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> _Search:
    monkeypatch.setenv("COLUMNS", "160")
    shutil.copytree(tiny_run, tmp_path / "run")
    return _Search(tmp_path / "run", monkeypatch, capsys)


def test_conditions_hold(search: _Search) -> None:
    hits = search.hits("a boat", "--filter", "category=boat", "--filter", "modality=image", "-k", 90)
    assert {hit["modality"] for hit in hits} == {"image"}
    assert len(hits) == 5
    found = search.hits("a boat", "--where", f"?item depicts {WORD}", "-k", 90)
    assert found
    assert all(any(concept["label"] == WORD for concept in hit["concepts"]) for hit in found)


def test_nothing_found_is_an_empty_list(search: _Search) -> None:
    assert search.hits("a boat", "--filter", "category=none") == []
    assert search("a boat", "--filter", "category=none") == (0, "\n", "nothing was found\n")


def test_pages(search: _Search) -> None:
    whole = search.hits("a boat", "-k", 8)
    assert search.hits("a boat", "-k", 4, "--offset", 4) == whole[4:]


def test_several_parts(search: _Search, tmp_path: Path) -> None:
    picture = tmp_path / "a.picture"
    picture.write_text(f"stamp image: {WORD}")
    arguments = ("--text", "a boat", "--text", WORD, "--not", "a fish", "--not-image", picture)
    told = json.loads(search(*arguments, "--json")[1])
    assert told["query"] == {"text": ["a boat", WORD]}
    assert told["without"] == {"text": "a fish", "image": str(picture)}
    assert len(told["hits"]) == 10


def test_other_rankings(search: _Search) -> None:
    assert f"a {WORD}" in {hit["caption"] for hit in search.hits(WORD, "--hybrid", "--rerank", "-k", 3)}


def test_hubs_and_the_gap_between_modalities(search: _Search) -> None:
    plain = search.hits(WORD, "-k", 90, "--no-fair")
    assert search.hits(WORD, "-k", 90) == search.hits(WORD, "-k", 90, "--fair") != plain
    assert "fair" not in json.loads(search(WORD, "--no-fair", "--json")[1])
    assert json.loads(search(WORD, "--json")[1])["fair"] is True
    assert "fair" not in json.loads(search(WORD, "--to", "image", "--json")[1])
    told = json.loads(search(WORD, "--hubness", "csls", "--fair", "-k", 90, "--json")[1])
    assert (told["hubness"], told["fair"]) == ("csls", True)
    assert {hit["id"] for hit in told["hits"]} <= {hit["id"] for hit in search.hits(WORD, "-k", 94)}
    assert [hit["score"] for hit in told["hits"]] != [hit["score"] for hit in plain]
    code, _, err = search(WORD, "--hubness", "none")
    assert code == 2
    assert "inverted-softmax" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--filter", "category"), "kgx: expected a condition such as category=animals"),
        (("--filter", "size=3"), "kgx: no column 'size' to filter by"),
        (("--where", "?item depicts"), "kgx: expected subject, path and object"),
        (("--where", "?item depicts nowhere"), "kgx: no item is called so, and the graph has no entity"),
        (("-k", 20_000), "kgx: expected an offset of at least 0, and offset and k together at most 10000"),
    ],
)
def test_refusals_are_one_line(search: _Search, arguments: tuple[object, ...], message: str) -> None:
    code, out, err = search("a boat", *arguments)
    assert (code, out) == (1, "")
    assert err.strip().splitlines()[-1].startswith(message)
