"""Dangling ends, missing labels, declarations."""

from __future__ import annotations

from collections.abc import Callable

from graphs.store import Store
from graphs.validate import Finding, Severity, validate

Trig = Callable[[str], Store]
EX = "http://example.org/"


def find(store: Store, check: str, **options: object) -> dict[str, Finding]:
    return {found.code: found for found in validate(store, checks=[check], **options).findings}  # type: ignore[arg-type]


def test_a_dangling_end_is_shown_with_what_leads_to_it(trig: Trig) -> None:
    found = find(
        trig('ex:owl ex:eats ex:mouse, ex:vole ; rdfs:label "owl" . ex:vole rdfs:label "vole" .'), "dangling"
    )
    assert found["dangling-end"].examples == (
        {"entity": EX + "mouse", "head": EX + "owl", "relation": EX + "eats"},
    )
    assert found["dangling-end"].severity is Severity.warning


def test_what_leads_out_on_purpose_does_not_dangle(trig: Trig) -> None:
    graph = trig(
        """
        ex:owl owl:sameAs <http://other.example/owl> ; skos:exactMatch <http://third.example/owl> ; a skos:Concept ;
            ex:said <<( ex:owl ex:eats ex:mouse )>> ; rdfs:seeAlso <http://page.example/> .
        """
    )
    assert find(graph, "dangling") == {}
    also = trig(
        'ex:owl owl:sameAs <http://other.example/owl> ; ex:eats <http://other.example/owl> ; rdfs:label "o" .'
    )
    assert find(also, "dangling")["dangling-end"].count == 1


def test_in_a_bare_list_of_triples_dangling_is_no_mistake() -> None:
    graph = Store.from_triples([("a", "r", "b"), ("b", "r", "c")])
    assert find(graph, "dangling")["dangling-end"].severity is Severity.info


def test_what_is_described_should_have_a_label(trig: Trig) -> None:
    graph = trig(
        """
        ex:owl a ex:Bird ; rdfs:label "owl"@en . ex:hen a ex:Bird ; skos:hiddenLabel "hens"@en .
        ex:book a ex:Work ; <http://purl.org/dc/terms/title> "Owls"@en . ex:eats a owl:ObjectProperty .
        [] a ex:Bird . ex:said rdf:subject ex:owl ; rdf:predicate ex:eats ; rdf:object ex:hen .
        """
    )
    found = find(graph, "labels")
    assert found.keys() == {"missing-label"}
    assert found["missing-label"].examples == ({"entity": EX + "hen"},)


def test_languages_are_asked_for_or_the_usual_ones_count(trig: Trig) -> None:
    graph = trig(
        """
        ex:a rdfs:label "a"@en-GB, "A"@de . ex:b rdfs:label "b"@EN . ex:c rdfs:label "c" . ex:d rdfs:label "d"@de .
        """
    )
    usual = [
        one for one in validate(graph, checks=["labels"]).findings if one.code == "missing-label-language"
    ]
    assert [(one.message, one.count, one.severity) for one in usual] == [
        ("entities have labels, and none in 'de'", 2, Severity.info),
        ("entities have labels, and none in 'en'", 2, Severity.info),
    ]
    asked = find(graph, "labels", languages=["fr"])
    assert (asked["missing-label-language"].count, asked["missing-label-language"].severity) == (
        4,
        Severity.warning,
    )


def test_empty_labels_name_nothing(trig: Trig) -> None:
    found = find(
        trig('ex:a rdfs:label "" ; skos:altLabel " \\u00a0\\n"@en . ex:b rdfs:label "b" .'), "labels"
    )
    assert found["empty-label"].count == 2
    assert found["missing-label"].examples == ({"entity": EX + "a"},)


def test_declared_and_used_relations(trig: Trig) -> None:
    graph = trig(
        "ex:eats a owl:ObjectProperty . ex:fears a rdf:Property . ex:owl ex:eats ex:mouse ; ex:age 3 ; a ex:Bird ."
    )
    found = find(graph, "declarations")
    assert found["undeclared-relation"].examples == ({"relation": EX + "age"},)
    assert found["unused-relation"].examples == ({"relation": EX + "fears"},)
    assert find(trig("ex:owl ex:eats ex:mouse ."), "declarations") == {}
