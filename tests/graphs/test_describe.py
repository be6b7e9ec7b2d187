"""Descriptions against the statements they are made of."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.describe import Ends, describe
from graphs.errors import UnknownTermError
from graphs.statements import Statements
from graphs.store import Store

TERMS = st.sampled_from(["ex:a", "ex:b", "ex:c"])
TRIPLES = st.tuples(
    TERMS,
    st.sampled_from(["ex:r", "ex:s"]),
    TERMS,
    st.sampled_from(["one", "two"]),
    st.sampled_from(["", "ex:g"]),
)
TEXTS = st.tuples(
    TERMS, st.sampled_from(["x", "y"]), st.sampled_from(["", "de"]), st.sampled_from(["one", "two"])
)


def told(groups: tuple[Ends, ...]) -> set[tuple[str, str, str, str]]:
    return {
        (group.relation, end.iri, source, graph)
        for group in groups
        for end in group.ends
        for source in end.sources
        for graph in end.graphs
    }


@given(st.lists(TRIPLES, max_size=12), st.lists(TEXTS, max_size=8))
@settings(max_examples=60, deadline=None)
def test_everything_is_told(
    triples: list[tuple[str, str, str, str, str]], texts: list[tuple[str, str, str, str]]
) -> None:
    statements = Statements()
    for head, relation, tail, source, graph in triples:
        statements.add(head, relation, tail, source=source, graph=graph)
    for subject, value, language, source in texts:
        statements.add_literal(subject, "ex:says", value, language=language, source=source)
    store = Store(assemble([statements.block()]))
    for entity in range(store.num_entities):
        iri = store.entity_iri(entity)
        found = describe(store, entity, limit=None)
        for groups, end, other in ((found.outgoing, 0, 2), (found.incoming, 2, 0)):
            own = [triple for triple in triples if triple[end] == iri]
            assert {(r, e) for r, e, _, _ in told(groups)} == {(one[1], one[other]) for one in own}
            for _, relation, _, source, graph in own:
                assert any(
                    source in e.sources and graph in e.graphs
                    for g in groups
                    if g.relation == relation
                    for e in g.ends
                )
            assert sum(group.total for group in groups) == len({one[:3] for one in own})
        said = {
            (text.value, text.language): set(text.sources) for group in found.literals for text in group.texts
        }
        assert said == {
            (value, language): {s for t, val, lang, s in texts if (t, val, lang) == (iri, value, language)}
            for subject, value, language, _ in texts
            if subject == iri
        }


@pytest.fixture
def birds() -> Store:
    statements = Statements()
    for number in range(30):
        statements.add(f"ex:bird{number:02}", v.SKOS_BROADER, "ex:bird")
    statements.add("ex:bird", v.RDF_TYPE, v.SKOS_CONCEPT)
    statements.add("ex:bird", v.SKOS_BROADER, "ex:animal", weight=0.5)
    statements.add("ex:animal", v.SKOS_BROADER, "ex:thing")
    statements.add("ex:animal", v.SKOS_NARROWER, "ex:bird")
    for language in ("en", "de", "de-AT", "fr", ""):
        statements.add_literal("ex:bird", v.SKOS_PREF_LABEL, f"bird {language}", language=language)
    statements.add_literal("ex:bird", v.SKOS_DEFINITION, "it flies", language="en")
    statements.add_literal("ex:bird", "ex:legs", "2", datatype=v.XSD + "integer")
    return Store(assemble([statements.block()], prefixes={"x": "ex:"}))


def test_long_lists_are_cut_and_counted(birds: Store) -> None:
    found = describe(birds, birds.entity_id("ex:bird"), limit=3)
    (narrower, broader) = sorted(found.incoming, key=lambda group: group.total)
    assert (broader.total, [end.iri for end in broader.ends]) == (30, ["ex:bird00", "ex:bird01", "ex:bird02"])
    assert narrower.total == 1
    assert (found.labels[0].total, len(found.labels[0].texts)) == (5, 3)


def test_an_entity_page(birds: Store) -> None:
    found = describe(birds, birds.entity_id("ex:bird"), language="de")
    assert (found.label, found.curie) == ("bird de", "x:bird")
    assert [text.language for text in found.labels[0].texts] == ["de", "de-AT", "", "en", "fr"]
    assert [text.value for group in found.definitions for text in group.texts] == ["it flies"]
    assert [end.iri for end in found.types] == [v.SKOS_CONCEPT]
    assert [(group.predicate, group.texts[0].datatype) for group in found.literals] == [
        ("ex:legs", v.XSD + "integer")
    ]
    assert found.outgoing[0].ends[0].weight == 0.5


def test_depth_follows_outwards_and_never_in_circles(birds: Store) -> None:
    found = describe(birds, birds.entity_id("ex:bird"), depth=5)
    (animal,) = found.outgoing[0].ends
    assert {(group.relation, end.iri) for group in animal.outgoing for end in group.ends} == {
        (v.SKOS_BROADER, "ex:thing"),
        (v.SKOS_NARROWER, "ex:bird"),
    }
    assert all(not end.outgoing for group in animal.outgoing for end in group.ends)
    assert describe(birds, birds.entity_id("ex:bird")).outgoing[0].ends[0].outgoing == ()


def test_a_description_is_plain_values(birds: Store) -> None:
    told = json.loads(json.dumps(describe(birds, birds.entity_id("ex:bird"), depth=2).to_dict()))
    assert told["outgoing"][0]["ends"][0]["outgoing"][0]["label"]


def test_an_unknown_number(birds: Store) -> None:
    with pytest.raises(UnknownTermError):
        describe(birds, 10_000)
