"""What a graph states of its classes and relations."""

from __future__ import annotations

import json

import pytest

from graphs import vocabulary as v
from graphs.schema import Property, Schema
from graphs.store import Store

STATED = [
    ("ex:Bird", v.RDF_TYPE, v.OWL_CLASS),
    ("ex:Owl", v.RDFS_SUBCLASS_OF, "ex:Bird"),
    ("ex:Owl", v.OWL_DISJOINT_WITH, "ex:Mouse"),
    ("ex:Mouse", v.OWL_DISJOINT_WITH, "ex:Owl"),
    ("ex:hedwig", v.RDF_TYPE, "ex:SnowyOwl"),
    ("ex:eats", v.RDF_TYPE, v.OWL_OBJECT_PROPERTY),
    ("ex:eats", v.RDFS_DOMAIN, "ex:Animal"),
    ("ex:eats", v.RDFS_RANGE, "ex:Food"),
    ("ex:eats", v.OWL_INVERSE_OF, "ex:eatenBy"),
    ("ex:eats", v.OWL_PROPERTY_DISJOINT_WITH, "ex:fears"),
    ("ex:hunts", v.RDFS_SUBPROPERTY_OF, "ex:eats"),
    ("ex:eats", v.RDFS_SUBPROPERTY_OF, "ex:uses"),
    ("ex:uses", v.OWL_EQUIVALENT_PROPERTY, "ex:employs"),
    ("ex:partOf", v.RDF_TYPE, v.OWL_TRANSITIVE),
    ("ex:properPartOf", v.RDFS_SUBPROPERTY_OF, "ex:partOf"),
    ("ex:near", v.RDF_TYPE, v.OWL_TRANSITIVE),
    ("ex:near", v.RDF_TYPE, v.OWL_SYMMETRIC),
    ("ex:ringNumber", v.RDF_TYPE, v.OWL_FUNCTIONAL),
    ("ex:ringNumber", v.RDF_TYPE, v.OWL_INVERSE_FUNCTIONAL),
    ("ex:a", v.SKOS_BROADER, "ex:b"),
]


@pytest.fixture(scope="module")
def schema() -> Schema:
    return Schema.of(Store.from_triples(STATED, literals=[("ex:a", v.SKOS_PREF_LABEL, "a", "en")]))


def test_a_relation_is_what_is_stated_of_it(schema: Schema) -> None:
    assert schema.properties["ex:eats"] == Property(
        "ex:eats",
        parents=("ex:uses",),
        inverses=("ex:eatenBy",),
        disjoint=("ex:fears",),
        domains=("ex:Animal",),
        ranges=("ex:Food",),
    )
    assert schema.properties["ex:eatenBy"].inverses == ("ex:eats",)
    assert schema.properties["ex:ringNumber"] == Property(
        "ex:ringNumber", functional=True, inverse_functional=True
    )
    assert schema.properties[v.SKOS_PREF_LABEL] == Property(v.SKOS_PREF_LABEL)


def test_the_standards_are_known(schema: Schema) -> None:
    broader = schema.properties[v.SKOS_BROADER]
    assert (broader.parents, broader.inverses) == ((v.SKOS_BROADER_TRANSITIVE,), (v.SKOS_NARROWER,))
    assert not broader.transitive
    assert v.SKOS_RELATED not in schema.properties  # the graph does not use it


def test_ancestors_go_all_the_way_and_through_equivalents(schema: Schema) -> None:
    assert schema.ancestors("ex:hunts") == {"ex:hunts", "ex:eats", "ex:uses", "ex:employs"}
    assert schema.ancestors("ex:unknown") == {"ex:unknown"}


def test_hierarchies(schema: Schema) -> None:
    assert set(schema.hierarchies()) == {
        "ex:partOf",
        "ex:properPartOf",
        v.RDFS_SUBCLASS_OF,
        v.RDFS_SUBPROPERTY_OF,
        v.SKOS_BROADER,
        v.SKOS_BROADER_TRANSITIVE,
        v.SKOS_NARROWER,
        v.SKOS_NARROWER_TRANSITIVE,
    }


def test_classes_and_their_disjointness(schema: Schema) -> None:
    assert {"ex:Animal", "ex:Bird", "ex:Food", "ex:Mouse", "ex:Owl", "ex:SnowyOwl"} < set(schema.classes)
    assert "ex:hedwig" not in schema.classes
    assert schema.disjoint_classes == (("ex:Mouse", "ex:Owl"),)


def test_a_schema_is_plain_values(schema: Schema) -> None:
    told = json.loads(json.dumps(schema.to_dict()))
    assert [entry["iri"] for entry in told["properties"]] == sorted(schema.properties)


def test_an_empty_graph_has_an_empty_schema() -> None:
    assert Schema.of(Store.from_triples([])) == Schema()
