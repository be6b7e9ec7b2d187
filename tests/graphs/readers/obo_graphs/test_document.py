"""OBO Graphs JSON, on a hand-made ontology of limbs."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import GraphFormatError
from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.readers.limits import Limits
from graphs.readers.obo_graphs import read_obo_graphs
from graphs.readers.reading import Reading
from graphs.store import Store

LIMB, FORELIMB, MANUS = (v.OBO + f"UBERON_000{number}" for number in (2101, 2102, 2398))
PART_OF, HAS_PART = v.OBO + "BFO_0000050", v.OBO + "BFO_0000051"

DOCUMENT: dict[str, Any] = {
    "graphs": [
        {
            "nodes": [
                {
                    "id": FORELIMB,
                    "lbl": "forelimb",
                    "type": "CLASS",
                    "meta": {
                        "definition": {"val": "A limb in front.", "xrefs": ["GO:curators"]},
                        "comments": ["a comment"],
                        "subsets": [v.OBO + "uberon#slim"],
                        "synonyms": [
                            {"pred": "hasExactSynonym", "val": "anterior limb"},
                            {"pred": "hasRelatedSynonym", "val": "arm", "synonymType": v.OBO + "LAY"},
                        ],
                        "xrefs": [{"val": "FMA:7183"}],
                        "basicPropertyValues": [{"pred": v.OBO_IN_OWL + "id", "val": "UBERON:0002102"}],
                        "deprecated": False,
                    },
                },
                {
                    "id": v.OBO + "UBERON_1",
                    "meta": {
                        "deprecated": True,
                        "basicPropertyValues": [{"pred": v.OBO + "IAO_0100001", "val": LIMB}],
                    },
                },
                {"id": PART_OF, "type": "PROPERTY", "propertyType": "OBJECT", "lbl": "part of"},
                {"id": v.OBO + "UBERON_2"},
            ],
            "edges": [
                {"sub": FORELIMB, "pred": "is_a", "obj": LIMB},
                {"sub": MANUS, "pred": PART_OF, "obj": FORELIMB, "meta": {"comments": ["since fish"]}},
                {"sub": PART_OF, "pred": "inverseOf", "obj": HAS_PART},
            ],
            "equivalentNodesSets": [{"representativeNodeId": LIMB, "nodeIds": [LIMB, v.OBO + "X_1"]}],
            "logicalDefinitionAxioms": [
                {
                    "definedClassId": MANUS,
                    "genusIds": [LIMB],
                    "restrictions": [{"propertyId": PART_OF, "fillerId": FORELIMB}],
                }
            ],
            "domainRangeAxioms": [
                {
                    "predicateId": PART_OF,
                    "domainClassIds": [LIMB],
                    "rangeClassIds": [LIMB],
                    "allValuesFromEdges": [{"sub": MANUS, "pred": HAS_PART, "obj": LIMB}],
                }
            ],
            "propertyChainAxioms": [{"predicateId": PART_OF, "chainPredicateIds": [PART_OF, PART_OF]}],
            "id": v.OBO + "limbs.owl",
            "meta": {"version": v.OBO + "limbs/2024.owl"},
        }
    ]
}


def read(document: Any, **options: Any) -> tuple[Store, Reading]:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    reading = Reading(None, "limbs.json", "obo-graphs", stream=io.BytesIO(text), **options)
    return Store(assemble(read_obo_graphs(reading))), reading


def node(**parts: Any) -> dict[str, Any]:
    return {"graphs": [{"nodes": [parts]}]}


@pytest.fixture(scope="module")
def store() -> Store:
    return read(DOCUMENT)[0]


def leads(store: Store, head: str, relation: str) -> list[str]:
    return store.entity_iris(
        [other for found, other in store.neighbours(store.entity_id(head)) if found == relation]
    )


def said(store: Store, subject: str) -> set[tuple[str, str]]:
    rows = store.literals.to_pylist()
    number = store.entity_id(subject)
    return {(row["predicate"], row["value"]) for row in rows if row["subject"] == number}


def test_nodes_become_labels_definitions_and_types(store: Store) -> None:
    assert said(store, FORELIMB) == {
        (v.RDFS_LABEL, "forelimb"),
        (v.IAO_DEFINITION, "A limb in front."),
        (v.RDFS_COMMENT, "a comment"),
        (v.OBO_EXACT_SYNONYM, "anterior limb"),
        (v.OBO_IN_OWL + "hasRelatedSynonym", "arm"),
        (v.OBO_IN_OWL + "hasDbXref", "FMA:7183"),
        (v.OBO_IN_OWL + "id", "UBERON:0002102"),
        (v.OWL + "deprecated", "false"),
    }
    number = store.entity_id(FORELIMB)
    assert store.labels(number) == ["forelimb", "anterior limb"]
    assert store.definition(number) == "A limb in front."
    assert leads(store, FORELIMB, v.RDF_TYPE) == [v.OWL + "Class"]
    assert leads(store, PART_OF, v.RDF_TYPE) == [v.OWL_OBJECT_PROPERTY]
    assert leads(store, v.OBO + "UBERON_2", v.RDF_TYPE) == [v.RDFS + "Resource"]
    assert leads(store, v.OBO + "UBERON_1", v.OBO + "IAO_0100001") == [LIMB]


def test_edges_become_relations(store: Store) -> None:
    assert leads(store, FORELIMB, v.RDFS_SUBCLASS_OF) == [LIMB]
    assert leads(store, MANUS, PART_OF) == [FORELIMB]
    assert store.inverse_of(PART_OF) == HAS_PART


def test_what_is_said_of_a_statement_is_said_of_an_axiom(store: Store) -> None:
    axioms = {
        (leads(store, axiom, v.OWL + "annotatedProperty")[0], frozenset(said(store, axiom)))
        for axiom in store.entity_iris(range(store.num_entities))
        if v.OWL + "Axiom" in leads(store, axiom, v.RDF_TYPE)
    }
    target = v.OWL + "annotatedTarget"
    assert axioms == {
        (
            v.IAO_DEFINITION,
            frozenset({(target, "A limb in front."), (v.OBO_IN_OWL + "hasDbXref", "GO:curators")}),
        ),
        (v.OBO_IN_OWL + "hasRelatedSynonym", frozenset({(target, "arm")})),
        (PART_OF, frozenset({(v.RDFS_COMMENT, "since fish")})),
    }


def test_axioms_become_the_rdf_of_owl(store: Store) -> None:
    assert leads(store, LIMB, v.OWL + "equivalentClass") == [v.OBO + "X_1"]
    (meaning,) = leads(store, MANUS, v.OWL + "equivalentClass")
    (parts,) = leads(store, meaning, v.OWL + "intersectionOf")
    assert leads(store, parts, v.RDF + "first") == [LIMB]
    (rest,) = leads(store, parts, v.RDF + "rest")
    (restriction,) = leads(store, rest, v.RDF + "first")
    assert leads(store, restriction, v.OWL + "onProperty") == [PART_OF]
    assert leads(store, restriction, v.OWL + "someValuesFrom") == [FORELIMB]
    assert leads(store, rest, v.RDF + "rest") == [v.RDF + "nil"]
    assert leads(store, PART_OF, v.RDFS + "domain") == [LIMB]
    assert leads(store, PART_OF, v.RDFS + "range") == [LIMB]
    (restriction,) = leads(store, MANUS, v.RDFS_SUBCLASS_OF)
    assert leads(store, restriction, v.OWL + "allValuesFrom") == [LIMB]
    assert len(leads(store, PART_OF, v.OWL + "propertyChainAxiom")) == 1


def test_the_graph_is_an_ontology_wherever_its_id_stands(store: Store) -> None:
    assert leads(store, v.OBO + "limbs.owl", v.RDF_TYPE) == [v.OWL + "Ontology"]
    assert leads(store, v.OBO + "limbs.owl", v.OWL + "versionIRI") == [v.OBO + "limbs/2024.owl"]


def test_reading_twice_gives_the_same(store: Store) -> None:
    assert read(json.dumps(DOCUMENT, indent=3).encode())[0].equals(store)
    assert store.sources() == {"limbs.json": store.num_triples + store.num_literals}


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (node(lbl="x"), "expected the id of an element, got None"),
        (node(id="a\x00b"), "expected the id of an element"),
        (node(id="ex:a", lbl=5), "ex:a: expected a text, got 5"),
        (node(id="ex:a", type="THING"), "expected a type among CLASS, INDIVIDUAL, PROPERTY, got 'THING'"),
        (node(id="ex:a", colour="red"), "ex:a: unknown part 'colour'"),
        (node(id="ex:a", meta=[]), "expected an object as meta, got []"),
        (node(id="ex:a", meta={"taste": 1}), "unknown part 'taste' of the meta"),
        (node(id="ex:a", meta={"definition": {"val": 1}}), "expected an object with a text as val"),
        (
            node(id="ex:a", meta={"synonyms": [{"pred": 5, "val": "x"}]}),
            "expected the id of an element, got 5",
        ),
        (node(id="ex:a", meta={"deprecated": "yes"}), "expected true or false for deprecated, got 'yes'"),
        (
            {"graphs": [{"edges": [{"sub": "ex:a", "pred": "is_a"}]}]},
            "expected the id of an element, got None",
        ),
        ({"graphs": [{"edges": ["x"]}]}, "expected an object among the edges, got 'x'"),
        ({"graphs": [{"equivalentNodesSets": [{"nodeIds": ["ex:a"]}]}]}, "two or more nodes"),
        (
            {"graphs": [{"logicalDefinitionAxioms": [{"definedClassId": "ex:a"}]}]},
            "neither genus nor restrictions",
        ),
        ({"graphs": [{"propertyChainAxioms": [{"predicateId": "ex:a"}]}]}, "has no steps"),
        ({"graphs": [{"meta": {"version": "1"}}]}, "the graph has no id that this is said of: meta"),
        ({"graphs": [{"id": "ex:g", "flowers": []}]}, "ex:g: unknown part 'flowers'"),
        ({"plants": 1}, "expected a document of OBO Graphs, got plants"),
        ([1], "expected a document of OBO Graphs"),
        (b'{"graphs": [{"nodes": [{"id": "ex:a"', "the document ends in the middle"),
        (b'{"graphs": [{"nodes": [{"id": "ex:a", "id": "ex:b"}]}]}', "the name 'id' stands twice"),
        (b'{"graphs": [], "graphs": []}', "the name 'graphs' stands twice"),
        (b'{"graphs": []} x', "something follows the end of the document"),
        (b'{"graphs": [{"nodes": ' + b"[" * 100_000, "nested"),
        (b'{"graphs": "\xff"}', "not UTF-8: invalid start byte"),
        (b'{"graphs": [{"nodes": [{"id": "\\ud800"}]}]}', "half of a surrogate pair"),
    ],
)
def test_what_cannot_be_taken_is_rejected(document: Any, says: str) -> None:
    _, reading = read(document, on_error="report")
    (rejection,) = reading.rejections()
    assert says in rejection.reason
    assert rejection.line == 1
    with pytest.raises(GraphFormatError, match=r"^limbs\.json:1: "):
        read(document)


def test_the_line_of_an_element_is_told() -> None:
    text = json.dumps(node(id="ex:a") | {"more": 1}, indent=1).replace('"ex:a"', "5").encode()
    _, reading = read(text, on_error="report")
    assert [(found.line, found.reason[:12]) for found in reading.rejections()] == [
        (5, "expected the"),
        (11, "expected a d"),
    ]


def test_a_value_that_is_too_long_is_refused() -> None:
    with pytest.raises(GraphFormatError, match="longer than the limit of 300,000 bytes"):
        read(node(id="ex:a", lbl="x" * 2_000_000), limits=Limits(max_statement=300_000))


def test_a_document_is_read_in_pieces() -> None:
    nodes = [{"id": f"ex:{number}", "lbl": "é\n" * 50} for number in range(6000)]
    store, _ = read(json.dumps({"graphs": [{"nodes": nodes}]}, ensure_ascii=False).encode())
    assert store.num_literals == 6000


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_damage_is_rejected_or_read(data: st.DataObject) -> None:
    content = json.dumps(DOCUMENT).encode()
    start, length = data.draw(st.integers(0, len(content))), data.draw(st.integers(0, 30))
    patch = data.draw(st.binary(max_size=6) | st.sampled_from([b"null", b"[]", b"{}", b'"x"', b"1e999"]))
    try:
        store, reading = read(content[:start] + patch + content[start + length :], on_error="report")
    except GraphFormatError:  # its first bytes are those of a packed file by now
        return
    assert store.num_triples + store.num_literals + len(reading.rejections()) >= 0
