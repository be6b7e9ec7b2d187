"""A server over a run that is really edited: what comes is found, explained, shown and counted without a restart."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from kgx.editing import RunEditor
from kgx.serve.options import ServerOptions
from kgx.testing import species_word

TOKEN = "a-token-that-nobody-guesses-0123456789"  # noqa: S105 - for tests
BEARER = {"Authorization": f"Bearer {TOKEN}"}
WORD = species_word(20)
PICTURE = f"stamp image: {WORD}".encode()


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_run, tmp_path / "run"))


@pytest.fixture
def edited(run: Path, serving: Any) -> Iterator[Any]:
    with (
        RunEditor.open(run) as editor,
        serving(editor.searcher, ServerOptions(port=0, token=TOKEN), editor) as server,
    ):
        yield server


def test_what_comes_is_found_explained_and_shown(edited: Any) -> None:
    fields = [("id", "new"), ("modality", "image"), ("title", "a new one"), ("file", PICTURE)]
    assert edited.form("/v1/items", fields, **BEARER).json["added"] == ["new"]
    assert "new" in [hit["id"] for hit in edited.search(text=f"a {WORD}", to="image", k=3).json["hits"]]
    assert edited.ask("GET", "/v1/items/new/media").body == PICTURE
    assert edited.ask("GET", "/v1/items/new/neighbours").status == 200
    told = edited.ask("POST", "/v1/explain", {"text": WORD, "item": "new"}).json
    assert (told["item"], told["caption"]) == ("new", "a new one")
    assert 'kgx_items{modality="image"} 41.0' in edited.ask("GET", "/metrics").body.decode()
    assert edited.ask("DELETE", "/v1/items?id=new", headers=BEARER).json["removed"] == ["new"]
    assert edited.ask("GET", "/v1/items/new/media").status == 404


def test_a_picture_is_sent_smaller_where_that_is_asked(edited: Any, run: Path) -> None:
    fields = [("id", "new"), ("modality", "image"), ("title", "a new one"), ("file", PICTURE)]
    edited.form("/v1/items", fields, **BEARER)
    assert edited.ask("GET", "/v1/items/new/media?side=64").body == PICTURE  # it is no picture that is known
    (place,) = run.glob("changes/media/*")
    Image.new("RGB", (400, 200), "red").save(place, "TIFF")
    reduced = edited.ask("GET", "/v1/items/new/media?side=64")
    assert reduced.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(reduced.body)).size == (64, 32)
    assert edited.ask("GET", "/v1/items/new/media").body == place.read_bytes()
    for side in ("0", "5000", "wide"):
        assert edited.ask("GET", f"/v1/items/new/media?side={side}").status == 422
    place.write_bytes(place.read_bytes()[:5000])
    broken = edited.ask("GET", "/v1/items/new/media?side=64")
    assert broken.status == 422
    assert broken.json["detail"].startswith("the picture cannot be reduced: the picture is broken")
    assert str(run) not in broken.json["detail"]


def test_what_is_refused_is_told_without_the_places_of_files(edited: Any, run: Path) -> None:
    fields = [("id", "new"), ("modality", "image"), ("file", b"broken")]
    told = edited.form("/v1/items", fields, **BEARER)
    assert told.status == 409
    assert told.json["detail"].startswith("new: ")
    assert str(run) not in told.json["detail"]
    assert list(run.glob("changes/media/*")) == []


def test_many_edit_and_search_at_once(edited: Any, run: Path) -> None:
    def add(number: int) -> int:
        told = {"items": [{"id": f"note-{number}", "value": f"a {WORD} {number}"}]}
        status: int = edited.ask("POST", "/v1/items", told, BEARER).status
        return status

    def search(_: int) -> int:
        status: int = edited.search(text=WORD, k=20).status
        return status

    with ThreadPoolExecutor(6) as threads:
        added, found = threads.map(add, range(6)), threads.map(search, range(12))
        assert {*added, *found} == {200}
    hits = edited.search(text=WORD, to="text", k=50).json["hits"]
    assert {f"note-{number}" for number in range(6)} <= {hit["id"] for hit in hits}


def test_a_picture_is_explained_without_the_place_that_it_was_kept_in(edited: Any) -> None:
    fields = [("image", PICTURE), ("item", "image:stamp 3")]
    told = edited.form("/v1/explain", fields)
    assert told.json["query"] == "your picture"
    assert {path["nodes"][0]["name"] for path in told.json["paths"]} == {"your picture"}
    drawn = edited.form("/v1/explain?format=svg", fields).body.decode()
    for said in (told.body.decode(), drawn):
        assert "kgx-" not in said
