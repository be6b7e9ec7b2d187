"""GraphML, GEXF, node-link JSON and networkx: a graph comes back as it was."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.attribute_names import XSD_BOOLEAN, XSD_DOUBLE, XSD_INTEGER
from graphs.errors import GraphFormatError
from graphs.readers.networks import from_networkx, read_gexf, read_graphml, read_node_link
from graphs.readers.reading import Reading
from graphs.statements import Statements
from graphs.store import Store
from graphs.writers.networks import write_gexf, write_graphml, write_node_link
from graphs.writers.networkx import to_networkx
from graphs.writers.written import Written

FORMATS: dict[str, tuple[Callable[[Store, Path], Written], Callable[[Reading], Any]]] = {
    "graphml": (write_graphml, read_graphml),
    "gexf": (write_gexf, read_gexf),
    "json": (write_node_link, read_node_link),
}


def round_trip(store: Store, kind: str, folder: Path) -> tuple[Store, Written]:
    write, read = FORMATS[kind]
    path = folder / f"graph.{kind}"
    written = write(store, path)
    reading = Reading(path, "file", kind, stream=io.BytesIO(path.read_bytes()))
    reading.scope = ""  # the same names of blank nodes as before
    again = Store(assemble(list(read(reading)), reading.prefixes))
    return again, written


def facts(store: Store) -> tuple[set[Any], set[Any]]:
    """Return all that a graph says but for sources."""
    stated, said = store.columns.statements.to_pylist(), store.columns.literals.to_pylist()
    heads, tails = store.entity_iris(store.heads), store.entity_iris(store.tails)
    triples = {}
    for row in stated:
        number = row["triple"]
        key = heads[number], store.relation_iris[store.relation_ids[number]], tails[number], row["graph"]
        triples[key] = max(row["weight"], triples.get(key, 0.0))
    literals: dict[Any, float] = {}
    for row in said:
        key = (
            store.entity_iri(row["subject"]),
            *(row[name] for name in ("predicate", "value", "language", "datatype", "graph")),
        )
        literals[key] = max(row["weight"], literals.get(key, 0.0))
    return set(triples.items()), set(literals.items())


NAMES = st.sampled_from(
    [
        "http://example.org/owl",
        "ex:a b",
        "mouse",
        "_:b1",
        "urn:x:<>&\"'",
        "猫",
        '<<( <ex:a> <ex:r> "x"@en )>>',
    ]
)
RELATIONS = st.sampled_from(
    ["http://example.org/eats", v.RDF_TYPE, "label", "a relation", "ex:r@en", "weight"]
)
PREDICATES = st.sampled_from(
    [
        v.RDFS_LABEL,
        v.SKOS_PREF_LABEL,
        "label",
        "title",
        "age",
        "ex:p",
        "ex:p@en",
        "id",
        "start",
        "other_statements",
    ]
)
GRAPHS = st.sampled_from(["", "http://example.org/g", "_:g"])
WEIGHTS = st.sampled_from([1.0, 0.5, 0.0, 3.0])
TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=6) | st.sampled_from(
    ["7", "007", "true", "0.5", "1e3", "NaN", " a\r\n", "]]>", "\x00", "\ufffe", "[]", "é"]
)
KINDS = st.sampled_from(
    [
        ("", ""),
        ("en", ""),
        ("ar--rtl", ""),
        ("", XSD_INTEGER),
        ("", XSD_DOUBLE),
        ("", XSD_BOOLEAN),
        ("", "ex:kg"),
    ]
)


@st.composite
def stores(draw: st.DrawFn) -> Store:
    statements = Statements()
    for _ in range(draw(st.integers(0, 6))):
        statements.add(
            draw(NAMES),
            draw(RELATIONS),
            draw(NAMES),
            source=draw(GRAPHS),
            graph=draw(GRAPHS),
            weight=draw(WEIGHTS),
        )
    for _ in range(draw(st.integers(0, 8))):
        language, datatype = draw(KINDS)
        statements.add_literal(
            draw(NAMES),
            draw(PREDICATES),
            draw(TEXTS),
            language=language,
            datatype=datatype,
            source=draw(GRAPHS),
            graph=draw(GRAPHS),
            weight=draw(WEIGHTS),
        )
    return Store(assemble([statements.block()], {"pre": "http://example.org/fix/"}))


@pytest.mark.parametrize("kind", FORMATS)
@given(store=stores())
@settings(max_examples=80, deadline=None)
def test_a_graph_comes_back_from_a_file(
    kind: str, store: Store, tmp_path_factory: pytest.TempPathFactory
) -> None:
    again, written = round_trip(store, kind, tmp_path_factory.mktemp("round"))
    assert facts(again) == facts(store)
    assert written.statements == sum(len(part) for part in facts(store))
    assert written.lost == {}
    if kind != "gexf":
        assert again.prefixes == store.prefixes


@given(store=stores())
@settings(max_examples=80, deadline=None)
def test_a_graph_comes_back_from_networkx(store: Store) -> None:
    exported = to_networkx(store, complete=True, sources=True)
    again = Store(assemble([from_networkx(exported, source="")], store.prefixes))
    assert again.equals(store)


@pytest.mark.parametrize("kind", FORMATS)
def test_networkx_reads_what_is_written(kind: str, tmp_path: Path) -> None:
    statements = Statements()
    statements.add("ex:owl", "ex:eats", "ex:mouse", weight=0.5)
    statements.add("ex:owl", "ex:fears", "ex:mouse")
    statements.add_literal("ex:owl", v.SKOS_PREF_LABEL, "owl", language="en")
    statements.add_literal("ex:owl", "age", "7", datatype=XSD_INTEGER)
    store = Store(assemble([statements.block()]))
    path = tmp_path / f"owls.{kind}"
    written = FORMATS[kind][0](store, path)
    assert written == Written(4)
    if kind == "graphml":
        graph = nx.read_graphml(path, force_multigraph=True)
    elif kind == "gexf":
        graph = nx.read_gexf(path)
    else:
        graph = nx.node_link_graph(json.loads(path.read_text()), edges="edges")
    assert graph.nodes["ex:owl"]["label"] == "owl"
    assert graph.nodes["ex:owl"]["age"] == 7
    assert graph.nodes["ex:owl"][v.SKOS_PREF_LABEL + "@en"] == "owl"
    assert sorted((data["relation"], data.get("weight", 1.0)) for *_, data in graph.edges(data=True)) == [
        ("ex:eats", 0.5),
        ("ex:fears", 1.0),
    ]


@pytest.mark.parametrize("kind", FORMATS)
def test_equal_graphs_give_equal_files(kind: str, tmp_path: Path) -> None:
    store = Store.from_triples([("ex:b", "ex:r", "ex:a"), ("ex:a", "ex:r", "ex:b")])
    other = Store.from_triples([("ex:a", "ex:r", "ex:b"), ("ex:b", "ex:r", "ex:a")])
    for name, graph in (("one", store), ("two", other)):
        FORMATS[kind][0](graph, tmp_path / f"{name}.{kind}.gz")
    assert (tmp_path / f"one.{kind}.gz").read_bytes() == (tmp_path / f"two.{kind}.gz").read_bytes()


def test_what_has_no_place_is_counted(tmp_path: Path) -> None:
    statements = Statements()
    statements.add("ex:a\x01", "ex:r", "ex:b", source="one")
    statements.add("ex:a", "ex:r", "ex:b", source="two")
    statements.add_literal("ex:a\x01", "ex:p", "text", source="two")
    store = Store(assemble([statements.block()], {"ex": "http://example.org/"}))
    names = "statements with names that XML has no place for"
    assert write_graphml(store, tmp_path / "a.graphml") == Written(1, {names: 2, "sources": 3})
    assert write_gexf(store, tmp_path / "a.gexf") == Written(1, {names: 2, "sources": 3, "prefixes": 1})
    assert write_node_link(store, tmp_path / "a.json") == Written(3, {"sources": 3})


def test_graphs_of_any_class_of_networkx_are_read() -> None:
    for kind in (nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph):
        graph = kind()
        graph.add_node(("a", 1), label="pair", tags={"x", "y"})
        graph.add_edge("a", "b", weight=2, label="knows")
        store = Store(assemble([from_networkx(graph)]))
        directions = 2 - graph.is_directed()
        assert store.num_triples == directions
        assert store.weights.tolist() == [2.0] * directions
        assert store.label(store.entity_id("('a', 1)")) == "pair"


def test_nodes_of_networkx_that_would_be_one_are_refused() -> None:
    graph = nx.DiGraph([(1, "1")])
    with pytest.raises(GraphFormatError, match="the nodes 1 and '1' cannot be told apart"):
        from_networkx(graph)


def test_the_short_form_of_networkx_gives_its_triples_back() -> None:
    triples = [("http://example.org/owl", "http://example.org/hasPart", "http://example.org/wing")]
    store = Store.from_triples(triples)
    again = Store(assemble([from_networkx(to_networkx(store))]))
    assert again.entity_iris(again.heads) == ["http://example.org/owl"]
    assert again.relation_iris == ["http://example.org/hasPart"]


def test_large_graphs_are_written_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphs.writers.network_attributes._ROWS", 3)
    triples = [(f"ex:{number}", "ex:r", f"ex:{number + 1}") for number in range(20)]
    literals = [(f"ex:{number % 7}", "ex:p", f"text {number}", "en") for number in range(30)]
    store = Store.from_triples(triples, literals=literals)
    again, _ = round_trip(store, "json", tmp_path)
    assert facts(again) == facts(store)
