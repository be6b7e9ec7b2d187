"""A run whose model was adapted to the pairs that its manifest tells, and what can be done with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from graphs import KnowledgeGraph
from graphs.operations.patch import Patch
from graphs.statement import Statement
from kgx.cli.app import app
from kgx.collection import Collection
from kgx.editing import NewItem, RunEditor
from kgx.errors import ConfigError
from kgx.pipeline import build_run
from kgx.run_folder import RunSummary, open_run
from kgx.search import Searcher
from kgx.testing import KIND, species_iri, species_word
from kgx.transfer.model_folder import open_model

KNOWN = 12  # stamps whose text, picture and sound are known to belong together
EX = "http://example.org/"

Build = Callable[..., RunSummary]


@pytest.fixture
def collection(pretrained: Any) -> Collection:
    """The tiny target; beyond the first stamps, nothing tells which text belongs to which picture."""
    target: Collection = pretrained.world.target_collection
    known = {f"stamp {number}" for number in range(KNOWN)}
    items = (item if item.entity in known else replace(item, entity=item.id) for item in target)
    return replace(target, items=tuple(items))


@pytest.fixture
def build(tiny_model: Path, collection: Collection, tmp_path: Path) -> Build:
    def builds(items: Collection = collection, out: str = "run", **more: Any) -> RunSummary:
        told = {"graph": None, "cache": tmp_path / "cache", "adapt": True, **more}
        return build_run(tiny_model, items, out=tmp_path / out, **told)

    return builds


def vectors(folder: Path) -> np.ndarray:
    return open_run(folder).index.vectors


def test_the_pairs_are_counted_and_the_model_is_the_runs_own(
    build: Build, tiny_model: Path, collection: Collection, tmp_path: Path
) -> None:
    made = build()
    assert made.pairs == {"audio": 4, "image": 12}
    assert made.items == {"audio": 14, "image": 40, "text": 40}
    run = open_run(tmp_path / "run", verify=True)
    assert run.summary.pairs == made.pairs
    assert run.model == tmp_path / "run" / "model"
    given, own = open_model(tiny_model), open_model(run.model)
    references = own.transfer.maker.reference.items
    assert {modality: len(some) for modality, some in references.items()} == {
        "audio": 4,
        "image": 76,
        "text": 76,
    }
    assert given.fingerprint != own.fingerprint
    assert len(own.transfer.curve.loss) == given.transfer.options.adaptation.epochs
    texts = {item.id: item.value for item in collection.of("text")}
    joined = references["text"].select(range(64, 76))
    assert dict(zip(joined.ids, joined.captions, strict=True)) == {
        f"text:stamp {number}": texts[f"text:stamp {number}"] for number in range(KNOWN)
    }


def test_the_same_seed_adapts_alike(build: Build, tmp_path: Path) -> None:
    for out, seed in (("a", 0), ("b", 0), ("c", 1)):
        build(out=out, seed=seed)
    prints = [open_run(tmp_path / out).fingerprint for out in "abc"]
    assert prints[0] == prints[1] != prints[2]
    assert np.array_equal(vectors(tmp_path / "a"), vectors(tmp_path / "b"))


def test_some_pairs_help_to_find_the_others(build: Build, tmp_path: Path) -> None:
    build()
    build(out="plain", adapt=False)
    assert open_run(tmp_path / "plain").summary.pairs == {}

    def found(name: str) -> float:
        """Return the share of the texts without a known picture whose nearest picture is theirs."""
        run = open_run(tmp_path / name)
        row_of = {item: row for row, item in enumerate(run.items.id)}
        texts = run.index.vectors[[row_of[f"text:stamp {number}"] for number in range(KNOWN, 40)]]
        images = run.index.vectors[[row_of[f"image:stamp {number}"] for number in range(40)]]
        return float(np.mean((texts @ images.T).argmax(axis=1) == np.arange(KNOWN, 40)))

    assert found("run") > 0.9 > found("plain")


def test_one_pair_is_enough(build: Build, collection: Collection, tmp_path: Path) -> None:
    items = tuple(item if item.entity == "stamp 1" else replace(item, entity=item.id) for item in collection)
    made = build(replace(collection, items=items))
    assert made.pairs == {"image": 1}
    assert Searcher.open(tmp_path / "run").search(text=species_word(10), to="image", k=1)


@pytest.mark.parametrize("column", ["id", "one of the source's"])
def test_names_of_the_source_are_no_pairs_with_it(
    column: str, build: Build, collection: Collection, pretrained: Any, tmp_path: Path
) -> None:
    source = pretrained.world.source
    taken = dict(zip((f"stamp {number}" for number in range(KNOWN)), source["image"].entities, strict=False))
    if column == "id":
        ids = dict(zip((item.id for item in collection.of("text")), source["text"].ids, strict=False))
        items = tuple(replace(item, id=ids.get(item.id, item.id)) for item in collection)
    else:
        items = tuple(replace(item, entity=taken.get(item.entity, item.entity)) for item in collection)
    build(replace(collection, items=items))
    build(out="apart")
    assert np.allclose(vectors(tmp_path / "run"), vectors(tmp_path / "apart"), atol=1e-6)
    reference = open_model(tmp_path / "run" / "model").transfer.maker.reference
    assert len(reference.pairs("image")[0]) == 64 + KNOWN
    assert len(set(reference.items["text"].ids)) == 64 + KNOWN


def test_a_further_graph_and_pairs_go_together(
    build: Build, thesaurus: KnowledgeGraph, tmp_path: Path
) -> None:
    made = build(graph=thesaurus)
    assert made.pairs == {"audio": 4, "image": 12}
    maker = open_model(tmp_path / "run" / "model").transfer.maker
    assert len(maker.reference.items["image"]) == 76
    assert "text -mentions-> concept -broader-> concept" in map(str, maker.paths["text"])
    assert Searcher.open(tmp_path / "run").search(text="bird shelf", to="any", k=3)


@pytest.mark.parametrize("adapt", [True, False])
def test_a_run_is_replaced_with_the_model_that_lies_in_it(
    adapt: bool, build: Build, collection: Collection, tmp_path: Path
) -> None:
    build()
    run = tmp_path / "run"
    before = open_run(run).fingerprint
    build_run(run / "model", collection, None, run, cache=tmp_path / "cache", adapt=adapt, force=True)
    now = open_run(run, verify=True)
    assert now.model == run / "model"
    assert (now.fingerprint == before) is not adapt
    assert Searcher.open(run).search(text=species_word(10), to="image", k=1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda own: own.items, "got none among the items (14 of audio, 40 of image, 40 of text)"),
        (lambda own: own.of("text"), "got none among the items (40 of text)"),
    ],
)
def test_without_a_pair_nothing_is_built(
    change: Any, message: str, build: Build, collection: Collection, tmp_path: Path
) -> None:
    items = tuple(replace(item, entity=item.id) for item in change(collection))
    with pytest.raises(ConfigError) as caught:
        build(replace(collection, items=items))
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_pairs_that_cannot_be_read_are_missed(build: Build, collection: Collection, tmp_path: Path) -> None:
    shutil.copytree(collection.root, tmp_path / "copy")
    for number in range(KNOWN):
        for ending in ("picture", "sound"):
            (tmp_path / "copy" / f"{number}.{ending}").write_text(f"broken {number}", encoding="utf-8")
    with pytest.raises(ConfigError, match="more cannot be used, the first one: cannot be decoded"):
        build(replace(collection, root=tmp_path / "copy"))
    assert not (tmp_path / "run").exists()


def test_it_is_searched_explained_and_edited(build: Build, tmp_path: Path) -> None:
    build()
    run, word = tmp_path / "run", species_word(20)
    picture = tmp_path / "new.picture"
    picture.write_text(f"stamp image: {word}", encoding="utf-8")
    with RunEditor.open(run) as editor:
        assert editor.add([NewItem("new", "image", picture, "a thing")]).added == ("new",)
        told = Statement(species_iri(10), KIND.iri, EX + "bird")
        edited = editor.change_knowledge(Patch([told], [told._replace(object=EX + "fish")]))
        assert (edited.statements_added, edited.statements_removed) == (1, 1)
        assert editor.remove(["image:stamp 0"]).removed == ("image:stamp 0",)
    searcher = Searcher.open(run)
    hits = searcher.search(text=f"a {word}", to="image", k=3)
    assert "new" in [hit.id for hit in hits]
    explained = searcher.explain(f"a {word}", hits[0].id)
    assert explained.score == pytest.approx(hits[0].score, abs=1e-4)
    build(force=True)  # which a model that editing has made does not stand in the way of
    assert len(open_run(run).items) == 94


def test_the_command_says_what_it_adapted_to(
    collection: Collection, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGX_DATA", str(tmp_path / "data"))
    shutil.copytree(collection.root, tmp_path / "items")
    replace(collection, root=tmp_path / "items").write(tmp_path / "items" / "items.csv")
    told = ["run", "--items", str(tmp_path / "items" / "items.csv"), "--model", str(tiny_model), "--adapt"]
    shown = CliRunner().invoke(app, [*told, "--out", str(tmp_path / "run")])
    assert shown.exit_code == 0, shown.output
    assert "adapted to 4 pairs of text and audio, 12 pairs of text and image" in shown.stdout.splitlines()
    seeded = CliRunner().invoke(app, [*told, "--out", str(tmp_path / "other"), "--seed", "7", "--json"])
    assert json.loads(seeded.stdout)["pairs"] == {"audio": 4, "image": 12}
    assert json.loads((tmp_path / "other" / "run.json").read_text())["pairs"] == {"audio": 4, "image": 12}
    assert open_run(tmp_path / "run").fingerprint != open_run(tmp_path / "other").fingerprint
    assert CliRunner().invoke(app, [*told, "--out", str(tmp_path / "no"), "--seed", "-1"]).exit_code == 2
