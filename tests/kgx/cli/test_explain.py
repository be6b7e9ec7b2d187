"""``kgx explain`` and ``kgx search --explain`` on the tiny world."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kgx.cli import main
from kgx.testing import species_word

WORD = species_word(3 * 64 + 10)
ITEM = "image:stamp 3"

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def kgx(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["kgx", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        told = capsys.readouterr()
        return int(caught.value.code or 0), told.out, told.err

    return run


def test_in_words(kgx: Command, tiny_run: Path) -> None:
    code, out, _ = kgx("explain", tiny_run, f"some {WORD}", ITEM)
    assert code == 0
    assert out.startswith(f"'some {WORD}' found {ITEM}")
    for line in (
        "without the graph: score ",
        "the query speaks of",
        "paths from the query",
        "by the item's relations",
    ):
        assert line in out
    assert f"mentions {WORD}" in out


def test_as_json(kgx: Command, tiny_run: Path, tmp_path: Path) -> None:
    code, out, _ = kgx("explain", tiny_run, WORD, ITEM, "--json", "--paths", 3, "--svg", tmp_path / "why.svg")
    told = json.loads(out)
    assert code == 0
    assert (told["version"], told["item"], len(told["paths"])) == (1, ITEM, 3)
    assert sum(part["value"] for part in told["query_contributions"]) == pytest.approx(
        told["score"], abs=1e-6
    )
    assert set(told["paths"][0]) == {"kind", "nodes", "steps", "ways", "value", "held", "renormalised"}
    assert (tmp_path / "why.svg").read_text().startswith("<svg xmlns")


def test_a_picture_as_query(kgx: Command, tiny_run: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.picture").write_text(f"stamp image of mine: {WORD}")
    code, out, _ = kgx("explain", tiny_run, "text:stamp 3", "--image", tmp_path / "photo.picture", "--json")
    assert code == 0
    assert {link["relation"] for link in json.loads(out)["query_links"]} == {"depicts", "similar to"}


def test_several_pictures_as_query(kgx: Command, tiny_run: Path, tmp_path: Path) -> None:
    pictures = [tmp_path / "owl.picture", tmp_path / "photo.picture"]
    for picture in pictures:
        picture.write_text(f"stamp image of mine: {WORD}")
    asked = [part for picture in pictures for part in ("--image", picture)]
    code, out, _ = kgx("explain", tiny_run, "text:stamp 3", *asked, "--json")
    assert code == 0
    alone = json.loads(kgx("explain", tiny_run, "text:stamp 3", *asked[:2], "--json")[1])
    assert json.loads(out)["score"] == pytest.approx(alone["score"], abs=1e-6)  # they look alike


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([WORD, "stamp 3"], "no item 'stamp 3'; there is 'audio:stamp 3'"),
        ([ITEM], "expected the words of the query and the item's id"),
        (["a", WORD, ITEM], "put quotation marks around several words"),
    ],
)
def test_what_cannot_be_explained(kgx: Command, tiny_run: Path, words: list[str], message: str) -> None:
    code, _, err = kgx("explain", tiny_run, *words)
    assert code == 1
    assert message in err
    assert err.count("\n") == 1


def test_reasons_below_the_hits(kgx: Command, tiny_run: Path) -> None:
    code, out, _ = kgx("search", tiny_run, WORD, "--to", "image", "-k", 2, "--explain")
    assert code == 0
    assert out.count("without the graph: ") == 2
    assert out.count("by the item's relations: ") == 2
    assert f"'{WORD}' --" in out


def test_reasons_in_json(kgx: Command, tiny_run: Path) -> None:
    plain = json.loads(kgx("search", tiny_run, WORD, "-k", 2, "--json")[1])["hits"]
    told = json.loads(kgx("search", tiny_run, WORD, "-k", 2, "--json", "--explain")[1])["hits"]
    assert [hit.pop("explanation")["item"] for hit in told] == [hit["id"] for hit in told]
    assert told == plain


@pytest.mark.parametrize(
    ("options", "by"),
    [
        (["--hybrid", "--rerank"], ["hybrid", "rerank", "fair"]),
        (["--hybrid", "--to", "text"], ["hybrid"]),
        ([], ["fair"]),
        (["--fair", "--to", "text"], ["fair"]),
        (["--hubness", "csls", "--no-fair"], ["csls"]),
    ],
)
def test_what_hits_are_ordered_by_is_told_beside_what_is_explained(
    kgx: Command, tiny_run: Path, options: list[str], by: list[str]
) -> None:
    asked = ["search", tiny_run, WORD, "-k", 3, "--explain", *options]
    hits = json.loads(kgx(*asked, "--json")[1])["hits"]
    for hit in hits:
        told = hit["explanation"]
        assert told["ordered"] == {"by": by, "score": hit["score"], "rank": hit["rank"]}
        alone = json.loads(kgx("explain", tiny_run, WORD, hit["id"], "--json")[1])
        assert "ordered" not in alone
        assert alone["explained"] == told["explained"] == "cosine of the refined vectors"
        assert (alone["score"], alone["rank"]) == (told["score"], told["rank"])
    _, out, _ = kgx(*asked)
    assert f"ordered by {', '.join(by)}: score {hits[0]['score']:.3f}, rank 1" in out
    assert out.count("explained: cosine of the refined vectors, score ") == 3


def test_an_explained_score_is_named(kgx: Command, tiny_run: Path) -> None:
    _, out, _ = kgx("search", tiny_run, WORD, "-k", 2, "--explain", "--no-fair")
    assert out.count("explained: cosine of the refined vectors, score ") == 2
    assert "ordered by" not in out


def test_weights_and_what_is_not_wanted(kgx: Command, tiny_run: Path, tmp_path: Path) -> None:
    photo = tmp_path / "photo.picture"
    photo.write_text(f"stamp image of mine: {WORD}")
    options = ["--image", photo, "--weights", "text=0.9,image=0.1", "--not", "a boat"]
    found = json.loads(kgx("search", tiny_run, WORD, *options, "-k", 1, "--no-fair", "--json")[1])["hits"][0]
    told = json.loads(kgx("explain", tiny_run, WORD, found["id"], *options, "--json")[1])
    assert told["score"] == pytest.approx(found["score"], abs=1e-6)
    assert told["score"] != pytest.approx(
        json.loads(kgx("explain", tiny_run, WORD, found["id"], "--json")[1])["score"], abs=1e-4
    )
    assert kgx("explain", tiny_run, WORD, ITEM, "--weights", "text=much")[0] == 1
