"""SHACL shapes, and what shapes may not do."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from graphs.errors import GraphError
from graphs.store import Store
from graphs.validate import Finding, Severity, validate

Trig = Callable[[str], Store]
EX = "http://example.org/"
SHAPE = """
ex:BirdShape a sh:NodeShape ; sh:targetClass ex:Bird ;
    sh:property [ sh:path ex:wings ; sh:minCount 1 ; sh:datatype xsd:integer ] ;
    sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ; sh:severity sh:Warning ; sh:message "name it" ] .
"""


def find(graph: Store, shapes: Store) -> list[Finding]:
    return list(validate(graph, shapes=shapes, checks=[]).findings)


def test_breaches_are_findings_by_constraint(trig: Trig) -> None:
    graph = trig(
        'ex:owl a ex:Bird ; ex:wings 2 ; skos:prefLabel "owl" . ex:hen a ex:Bird ; ex:wings "two" . ex:kiwi a ex:Bird .'
    )
    datatype, count, label = find(graph, trig(SHAPE))
    assert [one.severity for one in (datatype, count, label)] == [
        Severity.error,
        Severity.error,
        Severity.warning,
    ]
    assert (datatype.examples[0]["entity"], datatype.examples[0]["value"]) == (EX + "hen", "two")
    assert (count.count, count.examples[0]["entity"]) == (1, EX + "kiwi")
    assert label.count == 2
    assert label.message.endswith("name it")


def test_a_graph_that_has_the_shape_has_no_finding(trig: Trig) -> None:
    assert find(trig('ex:owl a ex:Bird ; ex:wings 2 ; skos:prefLabel "owl" .'), trig(SHAPE)) == []


def test_named_graphs_are_looked_at_as_one(trig: Trig) -> None:
    graph = trig('ex:owl a ex:Bird . ex:g { ex:owl ex:wings 2 } ex:h { ex:owl skos:prefLabel "owl" }')
    assert find(graph, trig(SHAPE)) == []


def test_the_graph_is_as_it_was_afterwards(trig: Trig) -> None:
    graph, shapes = trig("ex:owl a ex:Bird ."), trig(SHAPE)
    first = find(graph, shapes)
    assert find(graph, shapes) == first


QUERY = 'ex:S a sh:NodeShape ; sh:targetClass ex:Bird ; sh:sparql [ sh:select """{}""" ] .'


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT $this {{ SERVICE <http://127.0.0.1:1/> {{ $this ?p ?o }} }}", "SERVICE is refused"),
        ("SELECT $this FROM <http://127.0.0.1:1/> {{ $this ?p ?o }}", "FROM is refused"),
        ("SELECT $this {{ $this ", "the shapes cannot be used"),
    ],
)
def test_queries_in_shapes_stay_at_home(trig: Trig, query: str, reason: str) -> None:
    with pytest.raises(GraphError, match=reason):
        find(trig("ex:owl a ex:Bird ."), trig(QUERY.format(query.replace("{{", "{").replace("}}", "}"))))


@pytest.mark.parametrize(
    "shape",
    [
        "sh:property 5 .",
        'sh:property [ sh:path ex:wings ; sh:minCount "x" ] .',
        'sh:property [ sh:path skos:prefLabel ; sh:pattern "[" ] .',
        "sh:in ex:l . ex:l rdf:first 1 ; rdf:rest ex:l .",
        "sh:property [ sh:path [ sh:inversePath 5 ] ; sh:minCount 1 ] .",
    ],
)
def test_shapes_that_are_none_say_so_in_a_line(trig: Trig, shape: str) -> None:
    graph = trig('ex:owl a ex:Bird ; skos:prefLabel "owl" .')
    with pytest.raises(GraphError, match=r"the shapes cannot be used: [^\n]+$"):
        find(graph, trig(f"ex:S a sh:NodeShape ; sh:targetClass ex:Bird ; {shape}"))


def test_without_pyshacl_the_line_to_install_it_is_named(trig: Trig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyshacl", None)
    with pytest.raises(GraphError, match=r"pip install 'kgx-retrieval\[kg\]'"):
        find(trig("ex:owl a ex:Bird ."), trig(SHAPE))
