"""To rdflib and back."""

from __future__ import annotations

import pytest
import rdflib
from rdflib.compare import isomorphic

from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.errors import GraphError
from graphs.statements import Statements
from graphs.store import Store
from graphs.writers.rdflib import from_rdflib, to_rdflib

EX = rdflib.Namespace("http://example.org/")
TURTLE = """
@prefix ex: <http://example.org/> .
ex:a ex:p ex:b, _:x, "colour"@en-gb, "plain", 1, 2.50, true, "2024-01-01"^^<http://www.w3.org/2001/XMLSchema#date> .
_:x ex:p [ ex:q "in a list", "two\\nlines" ] ; a ex:Thing .
"""


@pytest.fixture(autouse=True)
def lexical_forms_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


def stored(graph: rdflib.Graph, prefixes: dict[str, str] | None = None) -> Store:
    return Store(assemble([from_rdflib(graph, source="rdflib")], prefixes))


def test_a_graph_comes_back() -> None:
    graph = rdflib.Graph().parse(data=TURTLE)
    store = stored(graph)
    assert store.num_triples + store.num_literals == len(graph)
    back = to_rdflib(store)
    assert isomorphic(back.default_graph, graph)
    assert stored(back).equals(store)


def test_named_graphs_come_back() -> None:
    dataset = rdflib.Dataset()
    dataset.add((EX.a, EX.p, EX.b))
    dataset.graph(EX.g).add((EX.a, EX.p, EX.b))
    dataset.graph(EX.g).add((EX.a, EX.p, rdflib.Literal("b")))
    dataset.graph(rdflib.BNode("h")).add((EX.a, EX.p, EX.c))
    store = stored(dataset)
    assert store.graphs() == {"": 1, "_:h": 1, str(EX.g): 2}
    back = to_rdflib(store)
    assert {place.identifier: len(place) for place in back.graphs()} == {
        back.default_graph.identifier: 1,
        rdflib.BNode("h"): 1,
        EX.g: 2,
    }
    assert stored(back).equals(store)


def test_lexical_forms_and_datatypes_stay_without_being_normalised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", True)
    statements = Statements()
    for value in ("01", "+1", "not a number"):
        statements.add_literal(
            "http://example.org/a", "http://example.org/p", value, datatype=v.XSD + "integer"
        )
    found = to_rdflib(Store(assemble([statements.block()]))).default_graph.objects()
    assert {str(value) for value in found} == {"01", "+1", "not a number"}


def test_prefixes_are_bound() -> None:
    graph = to_rdflib(stored(rdflib.Graph().parse(data=TURTLE), {"mine": str(EX), "": str(EX) + "x#"}))
    bound = dict(graph.namespaces())
    assert (str(bound["mine"]), str(bound[""])) == (str(EX), str(EX) + "x#")


def test_names_that_are_no_iris_come_back() -> None:
    store = Store.from_triples([("cat", "is a", "/m/animal")], literals=[("cat", "name", "Katze", "de")])
    assert Store(assemble([from_rdflib(to_rdflib(store))])).equals(store)


def test_what_rdflib_has_no_place_for_is_refused() -> None:
    statements = Statements()
    statements.add("ex:a", "ex:p", "<<( <ex:a> <ex:p> <ex:b> )>>")
    statements.add_literal("ex:a", "ex:p", "right", language="ar--rtl")
    with pytest.raises(GraphError, match="no place for 1 triple terms, 1 texts with a base direction"):
        to_rdflib(Store(assemble([statements.block()])))


@pytest.mark.parametrize(
    ("triple", "reason"),
    [
        ((rdflib.Literal("a"), EX.p, EX.b), "expected an IRI or a blank node"),
        ((EX.a, rdflib.BNode("p"), EX.b), "expected an IRI as the predicate"),
        ((EX.a, EX.p, rdflib.Variable("x")), "expected an IRI or a blank node"),
    ],
)
def test_what_rdf_has_no_place_for_is_refused(triple: tuple[rdflib.term.Node, ...], reason: str) -> None:
    graph = rdflib.Graph()
    graph.add(triple)  # type: ignore[arg-type]
    with pytest.raises(GraphError, match=reason):
        from_rdflib(graph)
