"""Wikidata's JSON dumps, on hand-made entities."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import GraphFormatError
from graphs.assemble import assemble
from graphs.readers.limits import Limits
from graphs.readers.reading import Filters, Reading
from graphs.readers.wikidata import read_wikidata
from graphs.store import Store

WD, WDT = "http://www.wikidata.org/entity/", "http://www.wikidata.org/prop/direct/"
WIKIBASE, SCHEMA = "http://wikiba.se/ontology#", "http://schema.org/"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
ALIAS = "http://www.w3.org/2004/02/skos/core#altLabel"


def claim(value: Any, kind: str, rank: str = "normal", datatype: str = "", **more: Any) -> dict[str, Any]:
    snak = {"snaktype": "value", "datatype": datatype, "datavalue": {"type": kind, "value": value}}
    return {"mainsnak": snak, "rank": rank, "type": "statement", **more}


def item(name: str) -> dict[str, Any]:
    return {"entity-type": "item", "id": name}


OWL = {
    "type": "item",
    "id": "Q25222",
    "labels": {"en": {"language": "en", "value": "owl"}, "de": {"language": "de", "value": "Eule"}},
    "descriptions": {"en": {"language": "en", "value": "bird of the night"}},
    "aliases": {"en": [{"language": "en", "value": "Strigiformes"}, {"language": "en", "value": "owls"}]},
    "claims": {
        "P31": [
            claim(item("Q16521"), "wikibase-entityid", "preferred"),
            claim(item("Q1"), "wikibase-entityid"),
            claim(item("Q2"), "wikibase-entityid", "deprecated"),
        ],
        "P225": [
            claim(
                "Strigiformes",
                "string",
                datatype="string",
                qualifiers={"P405": [{}, {}]},
                references=[{"snaks": {"P248": [{}], "P577": [{}]}}],
            )
        ],
        "P18": [claim("Bubo bubo (1).jpg", "string", datatype="commonsMedia")],
        "P569": [{"mainsnak": {"snaktype": "somevalue"}, "rank": "normal", "id": "Q25222$AB-1"}],
        "P570": [{"mainsnak": {"snaktype": "novalue"}, "rank": "normal"}],
    },
    "sitelinks": {"enwiki": {"site": "enwiki", "title": "Barn owl", "badges": ["Q17437796"]}},
    "lastrevid": 5,
}


def read(*lines: Any, **options: Any) -> tuple[Store, Reading]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return read_bytes(text.encode(), **options)


def read_bytes(data: bytes, **options: Any) -> tuple[Store, Reading]:
    reading = Reading(None, "dump.json", "wikidata-json", stream=io.BytesIO(data), **options)
    return Store(assemble(read_wikidata(reading))), reading


def triples(store: Store) -> set[tuple[str, str, str]]:
    heads, tails = store.entity_iris(store.heads), store.entity_iris(store.tails)
    relations = [store.relation_iris[number] for number in store.relation_ids.tolist()]
    return set(zip(heads, relations, tails, strict=True))


def literals(store: Store) -> set[tuple[str, str, str, str, str]]:
    return {
        (store.entity_iri(row["subject"]), row["predicate"], row["value"], row["language"], row["datatype"])
        for row in store.literals.to_pylist()
    }


def test_an_item_becomes_what_the_truthy_dump_says_of_it() -> None:
    store, reading = read("[", json.dumps(OWL) + ",", "]")
    owl, article = WD + "Q25222", "https://en.wikipedia.org/wiki/Barn_owl"
    picture = "http://commons.wikimedia.org/wiki/Special:FilePath/Bubo_bubo_(1).jpg"
    assert triples(store) == {
        (owl, RDF_TYPE, WIKIBASE + "Item"),
        (owl, WDT + "P31", WD + "Q16521"),
        (owl, WDT + "P18", picture),
        (owl, WDT + "P569", f"_:{reading.scope}Q25222-AB-1"),
        (owl, RDF_TYPE, "http://www.wikidata.org/prop/novalue/P570"),
        (article, RDF_TYPE, SCHEMA + "Article"),
        (article, SCHEMA + "about", owl),
        (article, SCHEMA + "isPartOf", "https://en.wikipedia.org/"),
        (article, WIKIBASE + "badge", WD + "Q17437796"),
    }
    assert literals(store) == {
        (owl, LABEL, "owl", "en", ""),
        (owl, LABEL, "Eule", "de", ""),
        (owl, SCHEMA + "description", "bird of the night", "en", ""),
        (owl, ALIAS, "Strigiformes", "en", ""),
        (owl, ALIAS, "owls", "en", ""),
        (owl, WDT + "P225", "Strigiformes", "", ""),
        (article, SCHEMA + "name", "Barn owl", "en", ""),
        (article, SCHEMA + "inLanguage", "en", "", ""),
    }
    assert store.sources() == {"dump.json": 17}
    assert reading.filtered == 6  # two claims that are not the best, two qualifiers, two parts of a reference
    assert reading.prefixes["wdt"] == WDT


@pytest.mark.parametrize(
    "ends", [("[", "]"), ("[\n", ",\n]\n"), ("", ""), ("", "\n\n"), ("[\r\n", "\r\n]\r\n")]
)
def test_the_array_around_the_entities_may_be_missing(ends: tuple[str, str]) -> None:
    store, _ = read_bytes((ends[0] + json.dumps(OWL) + ends[1]).encode())
    assert store.num_triples == 9


def test_an_answer_of_entity_data_is_read() -> None:
    assert read({"entities": {"Q25222": OWL}})[0].num_triples == 9


def test_filters_leave_out_and_count() -> None:
    filters = Filters(languages=frozenset({"de"}), properties=frozenset({"P31", "P225"}))
    store, reading = read(OWL, filters=filters)
    owl = WD + "Q25222"
    assert triples(store) == {(owl, WDT + "P31", WD + "Q16521")}
    assert literals(store) == {(owl, LABEL, "Eule", "de", ""), (owl, WDT + "P225", "Strigiformes", "", "")}
    everything, unfiltered = read(OWL)
    whole = everything.num_triples + everything.num_literals + unfiltered.filtered
    assert store.num_triples + store.num_literals + reading.filtered == whole


def test_a_lexeme_keeps_its_forms_and_senses() -> None:
    lexeme = {
        "type": "lexeme",
        "id": "L7",
        "lemmas": {"en": {"language": "en", "value": "owl"}},
        "language": "Q1860",
        "lexicalCategory": "Q1084",
        "claims": [],
        "forms": [
            {
                "id": "L7-F1",
                "representations": {"en": {"language": "en", "value": "owls"}},
                "grammaticalFeatures": ["Q146786"],
                "claims": {},
            }
        ],
        "senses": [{"id": "L7-S1", "glosses": {"en": {"language": "en", "value": "a bird"}}, "claims": []}],
    }
    store, _ = read(lexeme)
    ontolex = "http://www.w3.org/ns/lemon/ontolex#"
    assert (WD + "L7-F1", WIKIBASE + "grammaticalFeature", WD + "Q146786") in triples(store)
    assert (WD + "L7", ontolex + "sense", WD + "L7-S1") in triples(store)
    assert (WD + "L7-F1", ontolex + "representation", "owls", "en", "") in literals(store)
    assert store.num_triples + store.num_literals == 11


def test_a_property_keeps_its_type() -> None:
    store, _ = read({"type": "property", "id": "P31", "datatype": "wikibase-item", "claims": {}})
    assert (WD + "P31", WIKIBASE + "propertyType", WIKIBASE + "WikibaseItem") in triples(store)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"type": "item", "id": "Q1"', "not valid JSON"),
        ("5", "expected an entity, got 5"),
        ({"type": "item"}, "expected the id of an entity such as Q42, got None"),
        ({"type": "item", "id": "Q1 2"}, "expected the id of an entity such as Q42, got 'Q1 2'"),
        ({"type": "cat", "id": "Q1"}, "expected a type among item, property, lexeme, mediainfo, got 'cat'"),
        (
            {"type": "item", "id": "Q1", "labels": {"en": "owl"}},
            "expected a text with its language, got 'owl'",
        ),
        (
            {"type": "item", "id": "Q1", "labels": {"en": {"language": "e n", "value": "x"}}},
            "expected a language tag, got 'e n'",
        ),
        (
            {"type": "item", "id": "Q1", "labels": {"en": {"language": ["en"], "value": "x"}}},
            "expected a language tag, got ['en']",
        ),
        (
            {"type": "item", "id": "Q1", "labels": {"en": {"language": "en", "value": 5}}},
            "expected a text with its language",
        ),
        ({"type": "item", "id": "Q1", "extra": 1}, "unknown part 'extra'"),
        (
            {"type": "item", "id": "Q1", "claims": {"x": []}},
            "expected claims of a property such as P31, got 'x'",
        ),
        ({"type": "item", "id": "Q1", "claims": {"P1": [{}]}}, "expected a claim with a mainsnak, got {}"),
        (
            {"type": "item", "id": "Q1", "claims": {"P1": [claim("x", "string", "best")]}},
            "expected a rank, got 'best'",
        ),
        (
            {"type": "item", "id": "Q1", "claims": {"P1": [{"mainsnak": {"snaktype": "any"}}]}},
            "expected a snaktype among value, somevalue, novalue, got 'any'",
        ),
        (
            {"type": "item", "id": "Q1", "sitelinks": {"?": {"title": "x"}}},
            "expected a link to a wiki such as",
        ),
        (
            '{"type": "item", "id": "Q1", "labels": {"en": {"language": "en", "value": "\\ud800"}}}',
            "surrogate",
        ),
        ("[" * 300 + "]" * 300, "nested deeper than 200"),
        ("[" * 300_000, "nested deeper than 200"),
    ],
)
def test_what_cannot_be_taken_is_rejected_with_its_line(line: Any, says: str) -> None:
    _, reading = read(OWL, line, OWL, on_error="report")
    (rejection,) = reading.rejections()
    assert (rejection.line, rejection.count) == (2, 1)
    assert says in rejection.reason
    with pytest.raises(GraphFormatError, match=r"^dump\.json:2: "):
        read(OWL, line, OWL)


def test_a_long_line_is_passed_over() -> None:
    store, reading = read(
        "x" * 500, {"type": "item", "id": "Q1"}, on_error="report", limits=Limits(max_statement=200)
    )
    assert [(found.line, found.reason) for found in reading.rejections()] == [
        (1, "a line is longer than the limit of 200 bytes")
    ]
    assert store.num_triples == 1


def test_bytes_that_are_no_text_are_rejected() -> None:
    _, reading = read_bytes(b'{"type": "item", "id": "Q1"}\n{"id": "\xff"}\n', on_error="report")
    assert [(found.line, found.reason) for found in reading.rejections()] == [
        (2, "not UTF-8: invalid start byte")
    ]


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_damage_is_rejected_or_read(data: st.DataObject) -> None:
    content = json.dumps(OWL).encode()
    start, length = data.draw(st.integers(0, len(content))), data.draw(st.integers(0, 30))
    patch = data.draw(st.binary(max_size=6) | st.sampled_from([b"null", b"[]", b"{}", b'"x"', b"1e999"]))
    damaged = content[:start] + patch + content[start + length :]
    try:
        store, reading = read_bytes(damaged, on_error="report")
    except GraphFormatError:  # its first bytes are those of a packed file by now
        return
    assert store.num_triples + store.num_literals + len(reading.rejections()) >= 0


def test_a_file_that_begins_like_a_packed_one_and_is_none_is_one_error() -> None:
    with pytest.raises(GraphFormatError, match=r"^dump\.json: cannot be read: zstd"):
        read_bytes(b"(\xb5/\xfd" + json.dumps(OWL).encode(), on_error="report")
