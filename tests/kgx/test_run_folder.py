"""A run: what is made of a user's collection and graph, kept in one folder, whole or not at all."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphs import EmptyGraphError, KnowledgeGraph
from graphs.completion.predicted import PREDICTED, with_predictions
from graphs.vocabulary import SKOS_BROADER, SKOS_RELATED
from kgx.collection import Collection, Item, Skipped
from kgx.errors import (
    CollectionError,
    ConfigError,
    EncoderError,
    IndexFolderError,
    ModelError,
)
from kgx.index import Wanted
from kgx.pipeline import build_run
from kgx.run_folder import open_run, write_run
from kgx.search import Searcher
from kgx.testing import WordEncoder, species_iri
from kgx.transfer.model_folder import open_model


@pytest.fixture
def collection(pretrained: Any) -> Collection:
    return pretrained.world.target_collection


def test_a_run_holds_every_item(tiny_run: Path, collection: Collection) -> None:
    run = open_run(tiny_run, verify=True)
    assert set(run.items.id) == {item.id for item in collection}
    assert run.summary.items == {"audio": 14, "image": 40, "text": 40}
    assert run.summary.linked["image"] == 40
    assert run.summary.skipped == ()
    assert len(run.index) == len(run.items) == len(run.concepts.rows) == 94
    assert run.root == collection.root
    rows = dict(zip(run.items.id, range(94), strict=True))
    image, text = rows["image:stamp 3"], rows["text:stamp 3"]
    assert run.items.media[image] == "3.picture"
    assert (run.root / run.items.media[image]).is_file()
    assert run.items.caption[image] == run.items.caption[text] == collection.get("text:stamp 3").value
    assert run.items.media[text] == ""


def test_a_run_with_a_graph_has_a_model_of_its_own(tiny_run: Path, tiny_model: Path) -> None:
    run = open_run(tiny_run)
    assert run.model == tiny_run / "model"
    assert json.loads((tiny_run / "run.json").read_text())["model"]["place"] == "model"
    own, given = open_model(run.model), open_model(tiny_model)
    assert own.fingerprint == run.fingerprint != given.fingerprint
    assert own.transfer.maker.reference.knowledge.graph.num_entities > (
        given.transfer.maker.reference.knowledge.graph.num_entities
    )


def test_the_further_graphs_relations_are_walked(tiny_run: Path, tiny_model: Path) -> None:
    own, given = (open_model(folder).transfer.maker.paths for folder in (tiny_run / "model", tiny_model))
    fresh = {
        modality: {str(path) for path in own[modality]} - set(map(str, given[modality])) for modality in own
    }
    assert "image -depicts-> concept -inverse of closeMatch-> concept" in fresh["image"]
    assert "text -mentions-> concept -closeMatch-> concept" in fresh["text"]
    assert "text -mentions-> concept -broader-> concept" in fresh["text"]
    for modality, paths in given.items():
        assert own[modality][: len(paths)] == paths


def test_the_further_graph_has_an_effect(tiny_run: Path, tiny_model: Path, pretrained: Any) -> None:
    plain = pretrained.world.target["image"]
    own, given = (open_model(folder).transfer for folder in (tiny_run / "model", tiny_model))
    moved = own.maker.reference.knowledge.graph.entity_ids(
        given.maker.reference.knowledge.graph.entity_iris(
            np.arange(given.maker.reference.knowledge.graph.num_entities)
        )
    )
    before, after = given.refine(plain), own.refine(plain.renumbered(moved))
    assert np.abs(before - after).max() > 1e-3
    assert (before * after).sum(axis=1).min() > 0.5


@pytest.mark.parametrize(("minimum", "kept"), [(0.0, {0.2, 0.9}), (0.5, {0.9}), (1.0, set())])
def test_predicted_links_of_the_graph_are_used_as_far_as_they_are_sure(
    minimum: float,
    kept: set[float],
    tiny_model: Path,
    thesaurus: KnowledgeGraph,
    collection: Collection,
    tmp_path: Path,
) -> None:
    heads = thesaurus.entity_iris(thesaurus.edges(SKOS_BROADER)[0])
    guesses = [
        (heads[0], SKOS_RELATED, heads[1], 0.2),
        (heads[1], SKOS_RELATED, heads[2], 0.9),
    ]
    graph = KnowledgeGraph(with_predictions(thesaurus, guesses))
    few = Collection(collection.name, collection.root, collection.items[:6])
    out = tmp_path / "run"
    build_run(tiny_model, few, graph, out, min_confidence=minimum, cache=tmp_path / "cache")
    own = open_model(out / "model").transfer.maker.reference.knowledge.graph
    told = own.edges(SKOS_RELATED)[2] if kept else np.zeros(0)
    assert set(np.round(told.astype(float), 6)) == kept
    assert own.sources().get(PREDICTED, 0) == len(kept)
    assert len(own.edges(SKOS_BROADER)[0]) == len(heads)


def test_without_a_graph_the_run_names_the_given_model(
    tiny_model: Path, collection: Collection, tmp_path: Path
) -> None:
    summary = build_run(tiny_model, collection, None, tmp_path / "run", cache=tmp_path / "cache")
    assert summary.folder == tmp_path / "run"
    assert not (tmp_path / "run" / "model").exists()
    run = open_run(tmp_path / "run")
    assert run.model == tiny_model.resolve()
    assert run.fingerprint == open_model(tiny_model).fingerprint


def test_a_model_that_was_moved_can_be_named(
    tiny_model: Path, collection: Collection, tmp_path: Path
) -> None:
    shutil.copytree(tiny_model, tmp_path / "model")
    build_run(tmp_path / "model", collection, None, tmp_path / "run", cache=tmp_path / "cache")
    (tmp_path / "model").rename(tmp_path / "moved")
    with pytest.raises(ModelError, match="expected a model"):
        open_run(tmp_path / "run")
    assert open_run(tmp_path / "run", model=tmp_path / "moved").model == tmp_path / "moved"


def test_another_model_at_its_place_is_refused(
    tiny_model: Path, tiny_run: Path, collection: Collection, tmp_path: Path
) -> None:
    build_run(tiny_model, collection, None, tmp_path / "run", cache=tmp_path / "cache")
    with pytest.raises(IndexFolderError, match=r"expected the model .* build the run again"):
        open_run(tmp_path / "run", model=tiny_run / "model")


def test_a_run_can_be_moved_with_its_model(tiny_run: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_run, tmp_path / "elsewhere")
    assert open_run(tmp_path / "elsewhere").model == tmp_path / "elsewhere" / "model"


def test_an_entity_of_the_graph_files_an_item(tiny_model: Path, tmp_path: Path) -> None:
    items = (Item("a", "text", "nothing known", species_iri(4)), Item("b", "text", "nothing known", "b"))
    summary = build_run(
        tiny_model, Collection("two", tmp_path, items), None, tmp_path / "run", cache=tmp_path / "cache"
    )
    assert summary.linked == {"text": 1}
    concepts = open_run(tmp_path / "run").concepts.rows
    assert [(link.shown.relation, link.shown.provenance) for link in concepts[0].links] == [
        ("in category", "manifest")
    ]
    assert concepts[1].links == ()


def test_a_bad_item_is_skipped_and_named(tiny_model: Path, collection: Collection, tmp_path: Path) -> None:
    broken = tmp_path / "broken.picture"
    broken.write_text("broken")
    (tmp_path / "3.picture").write_text("stamp image: bokako")
    items = (
        Item("good", "image", "3.picture", "x", row=2),
        Item("bad", "image", "broken.picture", "y", row=3),
    )
    mixed = Collection("mixed", tmp_path, items, (Skipped("worse", 4, "unknown modality 'smell'"),))
    summary = build_run(tiny_model, mixed, None, tmp_path / "run", cache=tmp_path / "cache")
    assert summary.items == {"image": 1}
    assert [(entry.id, entry.row, entry.reason) for entry in summary.skipped] == [
        ("worse", 4, "unknown modality 'smell'"),
        ("bad", 3, "cannot be decoded"),
    ]
    assert open_run(tmp_path / "run").summary.skipped == summary.skipped


def test_strictness_stops_at_a_bad_item(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.picture").write_text("broken")
    items = (
        Item("fine", "text", "a bokako", "x", row=2),
        Item("bad", "image", "broken.picture", "y", row=3),
    )
    with pytest.raises(CollectionError, match=r"broken\.picture: row 3: cannot be decoded"):
        build_run(
            tiny_model,
            Collection("mixed", tmp_path, items),
            None,
            tmp_path / "run",
            strict=True,
            cache=tmp_path / "cache",
        )
    assert not (tmp_path / "run").exists()


def test_nothing_that_can_be_encoded(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.picture").write_text("broken")
    only = Collection("only", tmp_path, (Item("bad", "image", "broken.picture", "y", row=2),))
    with pytest.raises(
        CollectionError, match=r"broken\.picture: row 2: none of 1 items .*: cannot be decoded"
    ):
        build_run(tiny_model, only, None, tmp_path / "run", cache=tmp_path / "cache")
    assert {path.name for path in tmp_path.iterdir()} <= {"broken.picture", "cache"}


def test_a_graph_without_labels_is_refused(tiny_model: Path, collection: Collection, tmp_path: Path) -> None:
    bare = KnowledgeGraph.from_triples([("ex:a", "ex:r", "ex:b")])
    with pytest.raises(EmptyGraphError):
        build_run(tiny_model, collection, bare, tmp_path / "run", cache=tmp_path / "cache")
    assert not (tmp_path / "run").exists()


def test_a_place_that_is_taken(tiny_model: Path, collection: Collection, tmp_path: Path) -> None:
    out = tmp_path / "run"

    def build(**options: Any) -> None:
        build_run(tiny_model, collection, None, out, cache=tmp_path / "cache", **options)

    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    for force in (False, True):
        with pytest.raises(ConfigError, match="exists and is no run"):
            build(force=force)
    (out / "thesis.txt").unlink()
    build()
    with pytest.raises(ConfigError, match="holds a run already; add --force"):
        build()
    before = (out / "run.json").read_bytes()
    build(force=True)
    assert (out / "run.json").read_bytes() == before
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigError, match=r"other files \(thesis\.txt\)"):
        build(force=True)


def test_another_encoder_than_the_models(
    tiny_model: Path, collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WordEncoder, "id", "tiny:text-2")
    with pytest.raises(
        EncoderError, match="made with the text encoder tiny:text, but tiny:text is now tiny:text-2"
    ):
        build_run(tiny_model, collection, None, tmp_path / "run", cache=tmp_path / "cache")


def test_a_run_beside_other_results(pretrained: Any, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("[]")
    opened = open_model(tiny_model)
    world = pretrained.world
    summary = write_run(tmp_path, opened.transfer, world.target, world.target_collection, model=tiny_model)
    assert (tmp_path / "results.json").read_text() == "[]"
    assert open_run(tmp_path).summary == replace(summary, folder=tmp_path)


@pytest.mark.parametrize("name", ["items.arrow", "concepts.arrow", "centres.safetensors"])
def test_damage_is_found(tiny_run: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(tiny_run, tmp_path / "run")
    size = (tmp_path / "run" / name).stat().st_size
    (tmp_path / "run" / name).write_bytes(bytes(size))
    with pytest.raises(IndexFolderError, match="the run is damaged"):
        open_run(tmp_path / "run")
    (tmp_path / "run" / name).unlink()
    with pytest.raises(IndexFolderError, match=f"the run is damaged .*{name}"):
        open_run(tmp_path / "run")


def test_another_version_is_named(tiny_run: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_run, tmp_path / "run")
    told = json.loads((tmp_path / "run" / "run.json").read_text())
    (tmp_path / "run" / "run.json").write_text(json.dumps({**told, "version": 9}))
    with pytest.raises(
        IndexFolderError, match=r"expected a run of version 1, got version 9 .*; build it again"
    ):
        open_run(tmp_path / "run")


def test_there_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(IndexFolderError, match=r"expected a run, found no run\.json"):
        open_run(tmp_path)


def test_a_run_with_codes_finds_what_an_exact_one_finds(
    pretrained: Any, tiny_model: Path, tmp_path: Path
) -> None:
    world = pretrained.world
    for kind in ("flat", "int8"):
        write_run(
            tmp_path / kind,
            pretrained.transfer,
            world.target,
            world.target_collection,
            model=tiny_model,
            index_kind=kind,
        )
    exact, coded = (Searcher.open(tmp_path / kind) for kind in ("flat", "int8"))
    assert (exact.run.index.kind, coded.run.index.kind) == ("flat", "int8")
    words = world.target["text"].captions[0]
    for to in ("image", "any"):
        scores = [hit.score for hit in coded.search(words, to=to, k=5)]
        assert scores == pytest.approx([hit.score for hit in exact.search(words, to=to, k=5)], abs=1e-5)


def test_vectors_stay_on_disk_unless_they_are_asked_for(tiny_run: Path, tmp_path: Path) -> None:
    mapped, read = Searcher.open(tiny_run), Searcher.open(tiny_run, mmap=False)
    assert (mapped.run.mmap, read.run.mmap) == (True, False)
    for text in ("bird", "a bokako"):
        assert mapped.search(text, k=20) == read.search(text, k=20)
    shutil.copytree(tiny_run, tmp_path / "run")
    vectors = next((tmp_path / "run" / "index").glob("vectors-*"))
    content = bytearray(vectors.read_bytes())
    content[-1] ^= 0x01
    vectors.write_bytes(bytes(content))
    assert len(open_run(tmp_path / "run").items) == 94
    for options in ({"mmap": False}, {"verify": True}):
        with pytest.raises(IndexFolderError, match="its content changed"):
            open_run(tmp_path / "run", **options)


def test_what_was_asked_of_the_index_is_kept(pretrained: Any, tiny_model: Path, tmp_path: Path) -> None:
    world = pretrained.world
    write_run(
        tmp_path,
        pretrained.transfer,
        world.target,
        world.target_collection,
        model=tiny_model,
        index_kind="auto",
        recall=0.9,
        memory=10**9,
    )
    run = open_run(tmp_path)
    assert run.wanted == Wanted("auto", 0.9, 10**9)
    assert [(trial.kind, trial.outcome) for trial in run.index.trials] == [("flat", "chosen")]
