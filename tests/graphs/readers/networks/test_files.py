"""GraphML, GEXF and node-link JSON: what they say, what is refused, and that nothing is lost in silence."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import GraphFormatError
from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.attribute_names import RDF_JSON, XSD_BOOLEAN, XSD_INTEGER
from graphs.block import Block
from graphs.readers.limits import Limits
from graphs.readers.networks import read_gexf, read_graphml, read_node_link
from graphs.readers.reading import Reading
from graphs.store import Store

READERS: dict[str, Callable[[Reading], Iterator[Block]]] = {
    "graphml": read_graphml,
    "gexf": read_gexf,
    "node-link": read_node_link,
}
RESOURCE = v.RDFS + "Resource"


def read(kind: str, document: Any, **options: Any) -> tuple[Store, Reading]:
    if not isinstance(document, bytes):
        document = (document if isinstance(document, str) else json.dumps(document)).encode()
    reading = Reading(None, "birds", kind, stream=io.BytesIO(document), **options)
    return Store(assemble(READERS[kind](reading))), reading


def triples(store: Store) -> list[tuple[str, str, str, float]]:
    heads, tails = store.entity_iris(store.heads), store.entity_iris(store.tails)
    relations = [store.relation_iris[number] for number in store.relation_ids.tolist()]
    return sorted(zip(heads, relations, tails, store.weights.tolist(), strict=True))


def literals(store: Store) -> set[tuple[str, str, str, str]]:
    return {
        (store.entity_iri(row["subject"]), row["predicate"], row["value"], row["datatype"])
        for row in store.literals.to_pylist()
    }


def graphml(body: str, keys: str = "", default: str = "directed") -> str:
    space = "http://graphml.graphdrawing.org/xmlns"
    return f'<graphml xmlns="{space}">{keys}<graph edgedefault="{default}">{body}</graph></graphml>'


def gexf(nodes: str = "", edges: str = "", attributes: str = "", default: str = "directed") -> str:
    return (
        f'<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2"><graph defaultedgetype="{default}">'
        f"{attributes}<nodes>{nodes}</nodes><edges>{edges}</edges></graph></gexf>"
    )


def test_graphml_nodes_and_edges() -> None:
    keys = (
        '<key id="n" for="node" attr.name="name" attr.type="string"/>'
        '<key id="a" for="node" attr.name="age" attr.type="int"/>'
        '<key id="h" for="node" attr.name="hunts" attr.type="boolean"><default>1</default></key>'
        '<key id="l" for="edge" attr.name="label" attr.type="string"/>'
        '<key id="w" for="edge" attr.name="weight" attr.type="double"/>'
        '<key id="s" for="edge" attr.name="since" attr.type="int"/>'
    )
    body = (
        '<desc>of birds</desc><node id="owl"><desc>a bird</desc>'
        '<data key="n">barn owl</data><data key="a">007</data></node>'
        '<node id="mouse"><data key="h">false</data></node>'
        '<edge id="e0" source="owl" target="mouse"><data key="l">eats</data><data key="w">0.5</data></edge>'
        '<edge id="e1" source="owl" target="owl"><data key="l">knows</data><data key="s">1990</data></edge>'
    )
    store, reading = read("graphml", graphml(body, keys))
    quoted, network = f"_:{reading.scope}edge0", f"_:{reading.scope}network"
    assert triples(store) == [
        (quoted, v.RDF + "object", "owl", 1.0),
        (quoted, v.RDF + "predicate", "knows", 1.0),
        (quoted, v.RDF + "subject", "owl", 1.0),
        (quoted, v.RDF_TYPE, v.RDF + "Statement", 1.0),
        ("owl", "eats", "mouse", 0.5),
        ("owl", "knows", "owl", 1.0),
    ]
    assert literals(store) == {
        ("owl", v.RDFS_LABEL, "barn owl", ""),
        ("owl", v.RDFS_COMMENT, "a bird", ""),
        ("owl", "age", "007", XSD_INTEGER),
        ("owl", "hunts", "true", XSD_BOOLEAN),
        ("mouse", "hunts", "false", XSD_BOOLEAN),
        (quoted, "since", "1990", XSD_INTEGER),
        (network, v.RDFS_COMMENT, "of birds", ""),
    }


def test_graphml_of_other_programs() -> None:
    keys = '<key id="d0" for="node" yfiles.type="nodegraphics"/>'
    drawn = '<data key="d0"><y:ShapeNode xmlns:y="urn:y"><y:NodeLabel>owl &amp; co</y:NodeLabel></y:ShapeNode></data>'
    store, _ = read(
        "graphml",
        graphml(
            f'<node id="n0">{drawn}<graph edgedefault="directed"><node id="n0::n1"/></graph></node>', keys
        ),
    )
    xml = '<y:ShapeNode xmlns:y="urn:y"><y:NodeLabel>owl &amp; co</y:NodeLabel></y:ShapeNode>'
    assert literals(store) == {
        ("n0", v.RDFS_LABEL, "owl & co", ""),
        ("n0", "nodegraphics", xml, v.RDF + "XMLLiteral"),
    }
    assert triples(store) == [("n0::n1", v.DCTERMS + "isPartOf", "n0", 1.0)]


def test_gexf_nodes_and_edges() -> None:
    attributes = (
        '<attributes class="node"><attribute id="0" title="age" type="integer"><default>3</default></attribute>'
        '<attribute id="1" title="colour" type="string"/></attributes>'
        '<attributes class="edge"><attribute id="0" title="relation" type="string"/></attributes>'
    )
    nodes = (
        '<node id="owl" label="Owl"><attvalues><attvalue for="0" value="7"/>'
        '<attvalue for="1" value="brown" start="1" end="2"/></attvalues>'
        '<viz:size xmlns:viz="urn:v" value="2.5"/></node>'
        '<node id="chick" label="Chick" pid="owl"/>'
    )
    edges = (
        '<edge id="0" source="owl" target="chick" weight="2">'
        '<attvalues><attvalue for="0" value="feeds"/></attvalues></edge>'
        '<edge id="1" source="chick" target="owl" type="undirected" label="knows"/>'
    )
    store, _ = read("gexf", gexf(nodes, edges, attributes))
    assert triples(store) == [
        ("chick", v.DCTERMS + "isPartOf", "owl", 1.0),
        ("chick", "knows", "owl", 1.0),
        ("owl", "feeds", "chick", 2.0),
        ("owl", "knows", "chick", 1.0),
    ]
    assert literals(store) == {
        ("owl", v.RDFS_LABEL, "Owl", ""),
        ("chick", v.RDFS_LABEL, "Chick", ""),
        ("owl", "age", "7", XSD_INTEGER),
        ("chick", "age", "3", XSD_INTEGER),
        ("owl", "colour", '{"end": "2", "start": "1", "value": "brown"}', RDF_JSON),
        ("owl", "viz:size", '{"value": "2.5"}', RDF_JSON),
    }


def test_node_link_nodes_and_edges() -> None:
    document = {
        "directed": False,
        "graph": {"name": "birds", "prefixes": {"ex": "http://example.org/"}},
        "nodes": [{"id": "ex:owl", "tags": ["a", 1], "more": {"x": None}}, {"id": 5}, {"id": "_:b"}],
        "links": [{"source": "ex:owl", "target": 5, "key": 0, "weight": -1}],
    }
    store, reading = read("node-link", document)
    owl, quoted = "http://example.org/owl", [f"_:{reading.scope}edge{number}" for number in range(2)]
    assert (owl, v.DCTERMS + "relation", "5", 1.0) in triples(store)
    assert ("5", v.DCTERMS + "relation", owl, 1.0) in triples(store)
    assert (f"_:{reading.scope}b", v.RDF_TYPE, RESOURCE, 1.0) in triples(store)
    assert literals(store) == {
        (owl, "tags", "a", ""),
        (owl, "tags", "1", XSD_INTEGER),
        (owl, "more", '{"x": null}', RDF_JSON),
        (f"_:{reading.scope}network", v.RDFS_LABEL, "birds", ""),
        *((name, "weight", "-1", XSD_INTEGER) for name in quoted),
    }
    assert reading.prefixes == {"ex": "http://example.org/"}


def test_a_node_that_stands_alone_is_there(request: pytest.FixtureRequest) -> None:
    for kind, document in (
        ("graphml", graphml('<node id="a"/><node id="b"/><edge source="b" target="b"/>')),
        ("gexf", gexf('<node id="a"/><node id="b"/>', '<edge source="b" target="b"/>')),
        ("node-link", {"nodes": [{"id": "a"}, {"id": "b"}], "edges": [{"source": "b", "target": "b"}]}),
    ):
        store, _ = read(kind, document)
        assert triples(store) == [
            ("a", v.RDF_TYPE, RESOURCE, 1.0),
            ("b", v.DCTERMS + "relation", "b", 1.0),
        ]


def karate() -> nx.Graph:
    graph = nx.karate_club_graph()
    graph.nodes[0]["note"] = '<mister> & "hi"'
    graph.nodes[1]["share"] = 0.25
    return graph


@pytest.mark.parametrize("kind", ["graphml", "gexf", "node-link"])
def test_what_networkx_writes_is_read_as_networkx_reads_it(kind: str) -> None:
    graph = karate()
    sink = io.BytesIO()
    if kind == "graphml":
        nx.write_graphml(graph, sink)
    elif kind == "gexf":
        nx.write_gexf(graph, sink)
    else:
        sink.write(json.dumps(nx.node_link_data(graph)).encode())
    store, _ = read(kind, sink.getvalue())
    found = {
        (head, tail): weight for head, relation, tail, weight in triples(store) if "relation" in relation
    }
    expected = {}
    for head, tail, weight in graph.edges(data="weight"):
        expected[str(head), str(tail)] = expected[str(tail), str(head)] = float(weight)
    assert found == expected
    values = {(subject, name): text for subject, name, text, _ in literals(store)}
    assert values["0", "note"] == '<mister> & "hi"'
    assert values["1", "share"] == "0.25"
    assert sum(name == "club" for _, name in values) == 34


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("kind", ["graphml", "gexf"])
@pytest.mark.parametrize("doctype", [BOMB, OUTSIDE, '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'])
def test_document_types_are_refused(kind: str, doctype: str) -> None:
    body = graphml('<node id="&b;"/>') if kind == "graphml" else gexf('<node id="&b;"/>')
    for on_error in ("stop", "report"):
        with pytest.raises(GraphFormatError, match=r"birds:1: the document has a document type"):
            read(kind, f'<?xml version="1.0"?>{doctype}{body}', on_error=on_error)


def test_xml_that_goes_beyond_the_limits_is_refused() -> None:
    with pytest.raises(GraphFormatError, match="nested deeper than 200"):
        read("graphml", "<graphml>" * 300)
    with pytest.raises(GraphFormatError, match="longer than the limit of 100,000 bytes"):
        read(
            "graphml",
            graphml(f'<node id="a"><desc>{"x" * 400_000}</desc></node>'),
            limits=Limits(max_statement=100_000),
        )
    with pytest.raises(GraphFormatError, match="longer than the limit of 100,000 bytes"):
        read("gexf", f'<gexf a="{"x" * 400_000}"/>', limits=Limits(max_statement=100_000))
    many = "".join(f'<node id="{number}"><desc>{"x" * 100}</desc></node>' for number in range(3000))
    assert read("graphml", graphml(many), limits=Limits(max_statement=100_000))[0].num_literals == 3000


@pytest.mark.parametrize(
    ("kind", "document", "says"),
    [
        ("graphml", "<graphml>\n<graph>", "not valid XML: no element found"),
        ("graphml", "<html>\n</html>", "expected a document of GraphML, got an element 'html'"),
        ("graphml", b"<graphml>\n\xff</graphml>", "not valid XML: not well-formed (invalid token)"),
        ("graphml", b"<graphml>\n\x00</graphml>", "not valid XML: not well-formed (invalid token)"),
        ("graphml", "", "not valid XML: no element found"),
        ("graphml", graphml("<node/>"), "a node has no id"),
        ("graphml", graphml('<edge source="a"/>'), "an edge has no source or no target"),
        ("graphml", graphml('<node id="a"><port name="p"/></node>'), "ports of a node cannot be kept"),
        ("graphml", graphml('<hyperedge><endpoint node="a"/></hyperedge>'), "hyperedges cannot be kept"),
        ("graphml", graphml('<node id="a"><data key="x">1</data></node>'), "the key 'x' is not declared"),
        (
            "graphml",
            graphml(
                '<node id="a"><data key="x">one</data></node>', '<key id="x" for="node" attr.type="int"/>'
            ),
            "expected a value of type int for 'x', got 'one'",
        ),
        ("graphml", graphml('<node id="a">text</node>'), "expected elements in a node, got the text 'text'"),
        ("graphml", graphml('<node id="a&#10;b"/>'), "the name of a node holds the control character U+000A"),
        ("gexf", "<graphml/>", "expected a document of GEXF, got an element 'graphml'"),
        ("gexf", gexf("<node/>"), "a node has no id"),
        ("gexf", gexf(edges='<edge source="a"/>'), "an edge has no source or no target"),
        (
            "gexf",
            gexf(edges='<edge source="a" target="b" type="x"/>'),
            "directed, undirected or mutual, got 'x'",
        ),
        ("gexf", gexf('<node id="a"><attvalues><attvalue for="9" value="1"/></attvalues></node>'), "for '9'"),
        ("gexf", gexf('<node id="a"><soul/></node>'), "unknown element 'soul' in a node"),
        ("node-link", "[1]", "expected an object with nodes and links, got 1"),
        ("node-link", {"nodes": [1]}, "expected an object as a node, got 1"),
        ("node-link", {"links": [1]}, "expected an object as a link, got 1"),
        ("node-link", {"links": [{"source": "a"}]}, "expected a name for an edge's end, got None"),
        ("node-link", {"nodes": [{"id": {}}]}, "expected a name for a node, got {}"),
        ("node-link", {"nodes": [{"id": ""}]}, "the name of a node is empty"),
        ("node-link", {"nodes": [{"id": "a", "_:p": 1}]}, "the name of an attribute is a blank node"),
        ("node-link", {"nodes": [{"id": "a", "<<( <x:a> <x:b> <x:c> )>>": 1}]}, "is a triple term"),
        ("node-link", {"nodes": [{"id": "a", "x:p@a-b": 1}]}, "a language that is no tag of BCP 47"),
        (
            "node-link",
            {"links": [{"source": "a", "target": "b", "label": "_:p"}]},
            "the relation of an edge is a blank node",
        ),
        ("node-link", {"nodes": [{"id": 1}, {"id": "1"}]}, "the nodes 1 and '1' cannot be told apart"),
        ("node-link", {"nodes": [{"id": "true"}, {"id": True}]}, "the nodes true and 'true' cannot be told"),
        (
            "node-link",
            {"nodes": [{"id": "(1, 2)"}], "links": [{"source": [1, 2], "target": "a"}]},
            "the nodes (1, 2) and '(1, 2)' cannot be told apart",
        ),
        ("node-link", {"directed": 1}, "expected directed to be true or false, got 1"),
        (
            "node-link",
            {"links": [{"source": "a", "target": "b"}], "directed": False},
            "expected directed before",
        ),
        ("node-link", '{"nodes": [{"id": "a"}', "the document ends in the middle"),
        ("node-link", '{"nodes": [{"id": 1e999}]}', "beyond what can be kept"),
        ("node-link", '{"nodes": ' + "[" * 1000, "nested"),
    ],
)
def test_what_cannot_be_taken_is_rejected(kind: str, document: Any, says: str) -> None:
    _, reading = read(kind, document, on_error="report")
    (rejection,) = reading.rejections()
    assert says in rejection.reason
    assert rejection.line in (1, 2)
    with pytest.raises(GraphFormatError, match=r"^birds:[12]: "):
        read(kind, document)


def test_blank_nodes_are_the_files_own_wherever_they_stand() -> None:
    others = [["ex:p", "text", "EN", "", "_:g", 1.0]]
    graph, reading = read("node-link", {"nodes": [{"id": "_:g", "other_statements": others}]})
    (said,) = graph.columns.literals.to_pylist()
    assert said["graph"] == graph.entity_iri(said["subject"]) == f"_:{reading.scope}g"
    assert said["language"] == "en"


@pytest.mark.parametrize(
    "entry",
    [
        ["_:p", "text", "", "", "", 1.0],
        ["a\nb", "text", "", "", "", 1.0],
        ["ex:p", "text", "e_n", "", "", 1.0],
        ["ex:p", "text", "en", "ex:kind", "", 1.0],
        ["ex:p", "text", "", "_:kind", "", 1.0],
        ["ex:p", "text", "", "", "_:", 1.0],
        ["ex:p", "text", "", "", "a\x00", 1.0],
    ],
)
def test_what_only_looks_like_other_statements_is_an_attribute(entry: list[Any]) -> None:
    graph, _ = read("node-link", {"nodes": [{"id": "ex:a", "other_statements": [entry]}]})
    (said,) = graph.columns.literals.to_pylist()
    assert said["predicate"] == "other_statements"
    assert json.loads(said["value"]) == entry


def test_what_stands_twice_is_kept_twice() -> None:
    keys = '<key id="k" for="edge" attr.name="since" attr.type="int"/>'
    edge = '<edge source="a" target="b"><data key="k">{}</data></edge>'
    store, _ = read("graphml", graphml(edge.format(1) + edge.format(2), keys))
    assert {text for _, name, text, _ in literals(store) if name == "since"} == {"1", "2"}


@given(kind=st.sampled_from(sorted(READERS)), data=st.data())
@settings(max_examples=120, deadline=None)
def test_any_damage_is_rejected_or_read(kind: str, data: st.DataObject) -> None:
    graph = nx.DiGraph([("a", "b")])
    graph.nodes["a"].update(label="A", age=3, share=0.5, wild=True)
    graph.edges["a", "b"].update(weight=2.0, relation="eats", since="x")
    sink = io.BytesIO()
    if kind == "graphml":
        nx.write_graphml(graph, sink)
    elif kind == "gexf":
        nx.write_gexf(graph, sink)
    else:
        sink.write(json.dumps(nx.node_link_data(graph)).encode())
    content = sink.getvalue()
    start, length = data.draw(st.integers(0, len(content))), data.draw(st.integers(0, 30))
    patch = data.draw(
        st.binary(max_size=6) | st.sampled_from([b"<node/>", b"[]", b"null", b"<data>", b"&#1;"])
    )
    try:
        store, reading = read(kind, content[:start] + patch + content[start + length :], on_error="report")
    except GraphFormatError:
        return
    assert store.num_triples + store.num_literals + len(reading.rejections()) >= 0
