"""The real collections, fetched on first use: what is in them, counted."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from experiments.domains import DOMAINS, Domain, load
from experiments.domains.debian import FetchError
from experiments.domains.openclipart import category_iri, drawing_iri
from experiments.domains.vocabulary import IN_CATEGORY
from graphs.vocabulary import DC_CREATOR, DC_TITLE, DCTERMS_SUBJECT, SKOS_BROADER, WN_RELATION

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def openclipart() -> Domain:
    return load("openclipart")


@pytest.fixture(scope="module")
def tuxpaint() -> Domain:
    return load("tuxpaint")


@pytest.fixture(scope="module")
def wordnet() -> Domain:
    return load("wordnet")


@pytest.fixture(scope="module")
def gemojione() -> Domain:
    try:
        return load("gemojione")
    except FetchError as error:
        pytest.skip(str(error))


def test_openclipart_counts(openclipart: Domain) -> None:
    notes = openclipart.notes
    assert notes["drawings"] == 8121
    assert notes["left_out_gramastar"] == 1375
    assert notes["left_out_etiquette_icons"] == 246
    assert notes["left_out_untitled"] == 62
    assert notes["drawings_kept"] == notes["items_image"] == notes["items_title"] == 6438
    assert notes["rdf_elements_malformed"] == len(openclipart.collection.skipped) == 10
    assert 6300 < notes["items_keywords"] < 6438
    assert 1800 < notes["keywords"] < 2077
    assert notes["items_name"] > 6300
    named = notes["items_keywords"] + notes["items_name"]
    assert len(openclipart.collection) == 2 * 6438 + named


def test_openclipart_items(openclipart: Domain) -> None:
    collection = openclipart.collection
    key = "animals/2_dead_frogs_lumen_desig_01"
    assert collection.get(f"text:{key}").value == "2 dead frogs"
    assert collection.get(f"text:{key}/keywords").value.startswith(
        "kwaakwaa, squeleton, froggies, green, fenland"
    )
    picture = collection.get(f"image:{key}")
    assert collection.file(picture).is_file()
    assert picture.metadata == {"category": "animals", "name": "2 dead frogs"}
    copy = collection.get("image:animals/amphibian/2_dead_frogs_lumen_desig_01")
    assert {picture.entity, copy.metadata.get("copy_of", copy.entity)} <= {picture.entity, copy.entity}
    texts = [item.value for item in collection.of("text")]
    assert not [text for text in texts if "gramastar" in text or "hash(" in text or "_" in text]
    assert not [text for text in texts if text != " ".join(text.split())]


def test_openclipart_graph(openclipart: Domain) -> None:
    graph = openclipart.graph
    frogs = graph.entity_id(drawing_iri("animals/2_dead_frogs_lumen_desig_01"))
    around: dict[str, set[str]] = {}
    for relation, other in graph.neighbours(frogs):
        around.setdefault(relation, set()).add(graph.label(other))
    assert around[DC_CREATOR] == {"Lumen Design Studio"}
    assert around[IN_CATEGORY] == {"animals"}
    assert len(around[DCTERMS_SUBJECT]) == 23
    titles = [
        row for row in graph.literals.to_pylist() if row["subject"] == frogs and row["predicate"] == DC_TITLE
    ]
    source = "openclipart/svg/animals/2_dead_frogs_lumen_desig_01.svg"
    assert [(row["value"], row["source"]) for row in titles] == [("2 dead frogs", source)]
    bears = graph.entity_id(category_iri("animals/mammals/bears"))
    parents = [graph.label(other) for relation, other in graph.neighbours(bears) if relation == SKOS_BROADER]
    assert parents == ["mammals"]
    assert len(graph.edges(IN_CATEGORY)[0]) == 8121


def test_tuxpaint_counts(tuxpaint: Domain) -> None:
    notes = tuxpaint.notes
    assert notes["stamps"] == 952
    assert (notes["stamps_test"], notes["stamps_pool"]) == (451, 501)
    assert (notes["items_image"], notes["stamps_without_picture"]) == (950, 2)
    assert notes["items_text"] == 952 + 61528
    assert notes["items_description"] == 7406
    assert notes["items_effect"] == 439
    assert notes["languages_of_texts"] == 78
    assert (notes["sounds_without_stamp"], notes["pictures_without_text"]) == (28, 11)
    effects = [item for item in tuxpaint.collection.of("audio", "") if item.metadata["role"] == "effect"]
    assert len(effects) == 135


def test_tuxpaint_items(tuxpaint: Domain) -> None:
    collection = tuxpaint.collection
    assert collection.get("text:animals/birds/owl").value == "An owl."
    assert collection.get("text:animals/birds/owl@ca-valencia").value == "Una òliba"
    assert collection.get("text:animals/birds/owl@sr-Latn").value == "Sova."
    assert collection.get("audio:symbols/math/7@en-GB").value == "symbols/math/7_en_GB.ogg"
    assert collection.get("audio:symbols/math/7/desc@fr").metadata["role"] == "description"
    assert len(collection.of("text", "en")) == 952
    halves = Counter(item.split for item in collection.of("image"))
    assert halves["test"] + halves["pool"] == 950


def test_the_target_graph_never_ties_a_picture_to_its_text(tuxpaint: Domain) -> None:
    graph = tuxpaint.graph
    heads, tails, _ = graph.edges(IN_CATEGORY)
    assert len(heads) == len(set(heads.tolist())) == len(tuxpaint.collection)
    assert len(set(tails.tolist())) < tuxpaint.notes["categories"] + 1
    assert sum(len(graph.edges(relation)[0]) for relation in graph.relation_iris) == graph.num_triples
    texts = {item.value for item in tuxpaint.collection.of("text", "en")}
    assert not texts & set(graph.literals.column("value").to_pylist())


def test_wordnet(wordnet: Domain) -> None:
    assert len(wordnet.collection) == 0
    nouns = {
        iri for iri in wordnet.graph.entity_iris(range(wordnet.graph.num_entities)) if iri.endswith("-n")
    }
    assert len(nouns) == 82115
    assert len(wordnet.graph.edges(WN_RELATION + "hypernym")[0]) == 75850 + 13239


@pytest.mark.parametrize("name", DOMAINS)
def test_a_second_load_is_quick_and_equal(name: str, request: pytest.FixtureRequest) -> None:
    first: Domain = request.getfixturevalue(name)
    started = time.process_time()
    second = load(name)
    assert time.process_time() - started < 5
    assert second.collection == first.collection
    assert second.notes == first.notes
    for item in second.collection.items[:: max(1, len(second.collection) // 50)]:
        assert item.modality == "text" or second.collection.file(item).is_file()
