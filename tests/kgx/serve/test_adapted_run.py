"""A server over a run whose model was adapted: searched, explained and edited like any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kgx.editing import RunEditor
from kgx.pipeline import build_run
from kgx.serve.options import ServerOptions
from kgx.testing import species_word

TOKEN = "a-token-that-nobody-guesses-0123456789"  # noqa: S105 - for tests


def test_an_adapted_run_is_served(pretrained: Any, tiny_model: Path, serving: Any, tmp_path: Path) -> None:
    run, word = tmp_path / "run", species_word(10)
    collection = pretrained.world.target_collection
    build_run(tiny_model, collection, None, run, cache=tmp_path / "cache", adapt=True)
    with (
        RunEditor.open(run) as editor,
        serving(editor.searcher, ServerOptions(port=0, token=TOKEN), editor) as server,
    ):
        hits = server.search(text=f"a {word}", to="image", k=3).json["hits"]
        assert hits[0]["id"] == "image:stamp 0"
        told = server.ask("POST", "/v1/explain", {"text": word, "item": "image:stamp 0"}).json
        assert told["item"] == "image:stamp 0"
        picture = f"stamp image: {species_word(20)}".encode()
        fields = [("id", "new"), ("modality", "image"), ("file", picture)]
        added = server.form("/v1/items", fields, Authorization=f"Bearer {TOKEN}")
        assert added.json["added"] == ["new"]
        found = server.search(text=f"one {species_word(20)}", to="image", k=3).json["hits"]
        assert "new" in [hit["id"] for hit in found]
