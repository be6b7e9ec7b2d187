"""Which label and which definition is shown."""

from __future__ import annotations

import pytest

from graphs import GraphBuilder, KnowledgeGraph
from graphs import vocabulary as v

Literal = tuple[str, str, str]


def labelled(*literals: Literal, weights: tuple[float, ...] = ()) -> KnowledgeGraph:
    builder = GraphBuilder()
    builder.add("ex:thing", "ex:r", "ex:Other%20thing")
    for place, (predicate, value, language) in enumerate(literals):
        weight = weights[place] if weights else 1.0
        builder.add_literal("ex:thing", predicate, value, language=language, weight=weight)
    return builder.build()


@pytest.mark.parametrize(
    ("literals", "language", "expected"),
    [
        ([(v.RDFS_LABEL, "a", "en"), (v.SKOS_PREF_LABEL, "z", "en")], "en", "z"),
        ([(v.SKOS_ALT_LABEL, "a", "en"), (v.RDFS_LABEL, "z", "en")], "en", "z"),
        ([(v.SKOS_HIDDEN_LABEL, "a", "en"), (v.SKOS_ALT_LABEL, "z", "en")], "en", "z"),
        ([(v.SKOS_PREF_LABEL, "owl", "en"), (v.SKOS_PREF_LABEL, "Eule", "de")], "de", "Eule"),
        ([(v.SKOS_PREF_LABEL, "owl", "en"), (v.SKOS_ALT_LABEL, "Eule", "de")], "de", "Eule"),
        ([(v.SKOS_PREF_LABEL, "owl", ""), (v.SKOS_ALT_LABEL, "Eule", "de")], "de", "owl"),
        ([(v.SKOS_PREF_LABEL, "a", ""), (v.SKOS_PREF_LABEL, "b", "de")], "de", "b"),
        ([(v.SKOS_PREF_LABEL, "color", "en-US"), (v.SKOS_PREF_LABEL, "Farbe", "de")], "en", "color"),
        ([(v.SKOS_PREF_LABEL, "colour", "EN-gb"), (v.SKOS_PREF_LABEL, "color", "en-US")], "en-GB", "colour"),
        ([(v.SKOS_PREF_LABEL, "aigle", "fr"), (v.SKOS_ALT_LABEL, "eagle", "en")], "de", "eagle"),
        ([(v.SKOS_PREF_LABEL, "aigle", "fr"), (v.SKOS_PREF_LABEL, "águila", "es")], "de", "águila"),
        ([(v.SKOS_PREF_LABEL, " ", "en"), (v.SKOS_ALT_LABEL, "owl", "en")], "en", "owl"),
        ([(v.DC_TITLE, "Owl at night", "")], "en", "Owl at night"),
        ([(v.DC_TITLE, "Owl at night", "en"), (v.FOAF_NAME, "owl", "")], "en", "owl"),
        ([(v.SCHEMA_HTTP_NAME, "owl", "")], "en", "owl"),
        ([(v.SKOS_HIDDEN_LABEL, "owls", "en")], "en", "thing"),
        ([], "en", "thing"),
    ],
)
def test_the_label_that_is_shown(literals: list[Literal], language: str, expected: str) -> None:
    graph = labelled(*literals)
    assert graph.label(graph.entity_id("ex:thing"), language) == expected


def test_without_a_label_the_last_part_of_the_iri_is_shown() -> None:
    graph = labelled()
    assert graph.label(graph.entity_id("ex:Other%20thing")) == "Other thing"


def test_the_more_used_label_comes_first() -> None:
    graph = labelled(
        (v.SKOS_PREF_LABEL, "a", "en"),
        (v.SKOS_PREF_LABEL, "b", "en"),
        (v.SKOS_ALT_LABEL, "c", "en"),
        (v.SKOS_ALT_LABEL, "d", "de"),
        (v.SKOS_ALT_LABEL, "a", ""),
        (v.SKOS_HIDDEN_LABEL, "e", "en"),
        weights=(1.0, 2.0, 9.0, 3.0, 1.0, 1.0),
    )
    thing = graph.entity_id("ex:thing")
    assert graph.label(thing) == "b"
    assert graph.labels(thing) == ["b", "a", "c", "d"]
    assert graph.labels(thing, "en") == ["b", "a", "c"]
    assert graph.labels(thing, "de") == ["d", "a"]


def test_definitions_fall_back_from_predicate_to_predicate() -> None:
    graph = labelled((v.RDFS_COMMENT, "a comment", "en"), (v.SKOS_DEFINITION, "eine Definition", "de"))
    thing = graph.entity_id("ex:thing")
    assert (graph.definition(thing), graph.definition(thing, "de")) == ("a comment", "eine Definition")
    assert graph.definition(graph.entity_id("ex:Other%20thing")) == ""


def test_the_label_table_names_kinds_and_leaves_relations_and_titles_out() -> None:
    builder = GraphBuilder()
    builder.add("ex:a", "ex:r", "ex:b")
    builder.add_literal("ex:r", v.RDFS_LABEL, "a relation")
    builder.add_literal("ex:a", v.RDFS_LABEL, "one", language="en", weight=3.0)
    builder.add_literal("ex:a", v.SKOS_ALT_LABEL, "two")
    builder.add_literal("ex:b", v.SKOS_HIDDEN_LABEL, "three", language="de")
    builder.add_literal("ex:b", v.DC_TITLE, "a title")
    builder.add_literal("ex:b", v.SKOS_DEFINITION, "a definition")
    graph = builder.build()
    assert [tuple(row.values()) for row in graph.label_table().to_pylist()] == [
        (0, "one", "en", "preferred", 3.0),
        (0, "two", "", "alternative", 1.0),
        (1, "three", "de", "hidden", 1.0),
    ]
    types = [str(kind) for kind in graph.label_table().schema.types]
    assert types == ["int32", "large_string", "string", "string", "float"]
