"""Attaching a collection, or a query, to the tiny world's graph."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from graphs import GraphBuilder
from graphs.vocabulary import DCTERMS_SUBJECT, SKOS_PREF_LABEL
from kgx.attach import Attacher
from kgx.collection import Collection, Item, Skipped
from kgx.encoders import VectorCache
from kgx.encoders.base import Encoder
from kgx.errors import EncoderError
from kgx.items import LinkedItems
from kgx.knowledge import Knowledge
from kgx.testing import (
    SketchEncoder,
    SoundEncoder,
    TinyWorld,
    WordEncoder,
    species_iri,
    species_word,
    tiny_graph,
)

ENCODERS: Mapping[str, Encoder] = {"text": WordEncoder(), "image": SketchEncoder(), "audio": SoundEncoder()}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> TinyWorld:
    return TinyWorld.build(tmp_path_factory.mktemp("attach") / "world")


@pytest.fixture
def attacher(world: TinyWorld) -> Attacher:
    return Attacher(world.knowledge, ENCODERS)


def collection(root: Path, files: Mapping[str, str], *items: Item) -> Collection:
    for name, content in files.items():
        (root / name).write_text(content, encoding="utf-8")
    return Collection("test", root, items)


def concepts(items: LinkedItems, relation: str, world: TinyWorld, row: int = 0) -> dict[str, float]:
    """Return label -> weight of an item's links."""
    return {
        world.knowledge.graph.label(int(concept)): round(float(weight), 3)
        for link in items.links
        if link.relation == relation
        for item, concept, weight in zip(link.items, link.concepts, link.weights, strict=True)
        if item == row
    }


def test_items_keep_their_names_groups_and_captions(attacher: Attacher, tmp_path: Path) -> None:
    babako = species_word(0)
    found = attacher.collection(
        collection(
            tmp_path,
            {"a.picture": f"x: {babako}"},
            Item("t1", "text", f"a {babako}", "one", metadata={"category": "bird"}),
            Item("i1", "image", "a.picture", "one", metadata={"category": "bird"}),
            Item("t2", "text", "no folder", "two"),
        )
    )
    assert set(found) == {"text", "image"}
    texts = found["text"]
    assert texts.ids == ("t1", "t2")
    assert texts.entities == ("one", "two")
    assert texts.groups == ("bird", "two")
    assert texts.captions == (f"a {babako}", "no folder")
    assert found["image"].captions == ("",)
    assert np.array_equal(texts.vectors, WordEncoder().encode([f"a {babako}", "no folder"], "text").vectors)


def test_what_cannot_be_encoded_is_left_out_and_listed(attacher: Attacher, tmp_path: Path) -> None:
    babako = species_word(0)
    found = attacher.collection(
        collection(
            tmp_path,
            {"good.picture": f"x: {babako}", "bad.picture": "broken"},
            Item("t1", "text", "  ", "one", row=2),
            Item("t2", "text", babako, "two", row=3),
            Item("i1", "image", "bad.picture", "one", row=4),
            Item("i2", "image", "absent.picture", "two", row=5),
            Item("i3", "image", "good.picture", "two", row=6),
            Item("a1", "audio", "absent.sound", "two", row=7),
        )
    )
    assert {modality: items.ids for modality, items in found.items()} == {"text": ("t2",), "image": ("i3",)}
    assert attacher.skipped == [
        Skipped("t1", 2, "the text is empty"),
        Skipped("i1", 4, "cannot be decoded"),
        Skipped("i2", 5, "cannot be read (No such file or directory)"),
        Skipped("a1", 7, "cannot be read (No such file or directory)"),
    ]
    assert [link.items.tolist() for link in found["image"].links] == [[0, 0, 0]]


def test_links_belong_to_the_rows_that_are_left(attacher: Attacher, world: TinyWorld, tmp_path: Path) -> None:
    words = [species_word(number) for number in (0, 70, 140)]
    items = [Item(f"t{row}", "text", word, f"e{row}") for row, word in enumerate(words)]
    items.insert(1, Item("empty", "text", "", "none"))
    found = attacher.collection(collection(tmp_path, {}, *items))["text"]
    assert [concepts(found, "mentions", world, row) for row in range(3)] == [{word: 1.0} for word in words]


@pytest.mark.parametrize(
    ("category", "expected"),
    [("bird", {"bird": 1.0}), ("animals/fish", {"fish": 1.0}), ("bird;boat", {"bird": 0.5, "boat": 0.5})],
)
def test_categories_are_linked_by_their_names(
    category: str, expected: Mapping[str, float], attacher: Attacher, world: TinyWorld, tmp_path: Path
) -> None:
    item = Item("t", "text", "something", "one", metadata={"category": category})
    found = attacher.collection(collection(tmp_path, {}, item))["text"]
    assert concepts(found, "in category", world) == expected


def test_categories_are_found_below_a_namespace(attacher: Attacher, world: TinyWorld, tmp_path: Path) -> None:
    item = Item("t", "text", "something", "one", metadata={"category": "tool"})
    named = attacher.collection(collection(tmp_path, {}, item), category_namespace="http://example.org/")[
        "text"
    ]
    assert concepts(named, "in category", world) == {"tool": 1.0}


def test_what_the_graph_states_of_an_entity_is_a_category(tmp_path: Path) -> None:
    builder = GraphBuilder()
    builder.add_graph(tiny_graph())
    builder.add("http://example.org/work", DCTERMS_SUBJECT, species_iri(3))
    knowledge = Knowledge.build(builder.build(), ENCODERS["text"])
    item = Item("t", "text", "something", "http://example.org/work")
    found = Attacher(knowledge, ENCODERS).collection(collection(tmp_path, {}, item))["text"]
    (links,) = found.links
    assert links.relation == "in category"
    assert knowledge.graph.entity_iris(links.concepts) == [species_iri(3)]


def test_groups_may_be_chosen(attacher: Attacher, tmp_path: Path) -> None:
    items = [
        Item(f"t{row}", "text", "word", f"e{row}", metadata={"artist": f"a{row % 2}"}) for row in range(4)
    ]
    found = attacher.collection(
        collection(tmp_path, {}, *items), items[1:], group=lambda item: item.metadata["artist"]
    )["text"]
    assert found.ids == ("t1", "t2", "t3")
    assert found.groups == ("a1", "a0", "a1")


def test_a_text_query(attacher: Attacher, world: TinyWorld) -> None:
    word = species_word(300)
    query = attacher.query(f"Two {word}s", "text")
    assert (query.modality, len(query), query.captions) == ("text", 1, (f"Two {word}s",))
    assert concepts(query, "mentions", world) == {word: 1.0}


def test_a_picture_query(attacher: Attacher, world: TinyWorld, tmp_path: Path) -> None:
    path = tmp_path / "q.picture"
    path.write_text(f"x: {species_word(40)}", encoding="utf-8")
    query = attacher.query(path, "image")
    assert query.vectors.shape == (1, SketchEncoder.dimension)
    found = concepts(query, "depicts", world)
    assert species_word(40) in found
    assert sum(found.values()) == pytest.approx(1.0, abs=0.01)


def test_a_sound_query_says_what_is_heard(attacher: Attacher, world: TinyWorld, tmp_path: Path) -> None:
    path = tmp_path / "q.sound"
    path.write_text(f"x: the {species_word(8)}", encoding="utf-8")
    query = attacher.query(path, "audio")
    assert query.vectors.shape == (1, SoundEncoder.dimension)
    assert concepts(query, "says", world) == {species_word(8): 1.0}
    assert query.links[0].provenance == "transcript"


@pytest.mark.parametrize("modality", ["text", "image", "audio"])
def test_a_query_is_linked_as_an_item_is(modality: str, attacher: Attacher, world: TinyWorld) -> None:
    items = world.target[modality]
    row = world.target_collection.get(items.ids[5])
    value = row.value if modality == "text" else world.target_collection.file(row)
    query = attacher.query(value, modality)
    assert np.array_equal(query.vectors[0], items.vectors[5])
    for relation in ("mentions", "depicts", "says"):
        assert concepts(query, relation, world) == concepts(items, relation, world, 5)


@pytest.mark.parametrize(("value", "modality"), [("  ", "text"), (Path("/absent.picture"), "image")])
def test_a_query_that_cannot_be_encoded_is_refused(
    value: str | Path, modality: str, attacher: Attacher
) -> None:
    with pytest.raises(EncoderError, match=r"empty|absent\.picture: cannot be read"):
        attacher.query(value, modality)


def test_a_modality_without_an_encoder_is_refused(world: TinyWorld) -> None:
    with pytest.raises(EncoderError, match="no encoder for audio; there are encoders for text"):
        Attacher(world.knowledge, {"text": WordEncoder()}).query(Path("a.sound"), "audio")


def test_pictures_get_no_classes_where_the_graph_has_none_of_them(tmp_path: Path) -> None:
    builder = GraphBuilder()
    builder.add_literal("http://example.org/bird", SKOS_PREF_LABEL, "bird", language="en")
    plain = Attacher(Knowledge.build(builder.build(), ENCODERS["text"]), ENCODERS)
    item = Item("i", "image", "a.picture", "one")
    found = plain.collection(collection(tmp_path, {"a.picture": f"x: {species_word(0)}"}, item))
    assert found["image"].links == ()


class CountingTranscriber(SoundEncoder):
    """Counts the sounds that it listens to."""

    heard = 0

    def transcribe(self, paths: Sequence[str | Path]) -> list[str]:
        self.heard += len(paths)
        return super().transcribe(paths)


def test_transcripts_are_kept_by_content(world: TinyWorld, tmp_path: Path) -> None:
    encoder = CountingTranscriber()
    encoders = {**ENCODERS, "audio": VectorCache(tmp_path / "vectors", encoder)}
    sounds = world.target_collection.of("audio")
    found = [
        Attacher(world.knowledge, encoders, tmp_path).collection(world.target_collection, sounds)["audio"]
        for _ in range(2)
    ]
    assert encoder.heard == len(sounds)
    assert found[0].links[0].concepts.tolist() == found[1].links[0].concepts.tolist()
    (kept,) = (tmp_path / "transcripts").glob("*.json")
    assert len(json.loads(kept.read_text(encoding="utf-8"))) == len(sounds)


def test_a_sound_in_which_nothing_is_said_has_no_link(attacher: Attacher, tmp_path: Path) -> None:
    item = Item("a", "audio", "a.sound", "one")
    found = attacher.collection(collection(tmp_path, {"a.sound": "x: "}, item))["audio"]
    assert found.links == ()


def test_a_wholly_unusable_modality_is_left_out(attacher: Attacher, tmp_path: Path) -> None:
    bad = replace(Item("i", "image", "a.picture", "one"), row=9)
    assert attacher.collection(collection(tmp_path, {"a.picture": "broken"}, bad)) == {}
    assert attacher.skipped == [Skipped("i", 9, "cannot be decoded")]
