"""Statistics against slow, obvious references."""

from __future__ import annotations

import json
from collections import Counter
from statistics import mean, median
from xml.etree import ElementTree as ET

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import vocabulary as v
from graphs.stats import overlap as overlap_module
from graphs.stats import statistics
from graphs.stats.components import components
from graphs.stats.coverage import label_coverage
from graphs.stats.degrees import degrees, hubs
from graphs.stats.overlap import shared_pairs
from graphs.stats.picture import draw
from graphs.stats.relation_table import relation_table
from graphs.store import Store

Triple = tuple[str, str, str]
TERMS = st.sampled_from([f"ex:{letter}" for letter in "abcde"])
TRIPLES = st.lists(st.tuples(TERMS, st.sampled_from(["ex:r", "ex:s", "ex:t"]), TERMS), max_size=30)


@given(TRIPLES)
@settings(max_examples=60, deadline=None)
def test_degrees_and_hubs(triples: list[Triple]) -> None:
    store = Store.from_triples(triples)
    distinct = set(triples)
    names = {name for head, _, tail in distinct for name in (head, tail)}
    out, into = Counter(head for head, _, _ in distinct), Counter(tail for _, _, tail in distinct)
    found = degrees(store)
    if names:
        totals = [out[name] + into[name] for name in names]
        assert found.total.median == median(totals)
        assert found.total.mean == pytest.approx(mean(totals))
        assert dict(zip(found.total.values, found.total.counts, strict=True)) == Counter(totals)
        assert (found.outgoing.max, found.incoming.max) == (max(out.values()), max(into.values()))
    best = sorted(names, key=lambda name: (-(out[name] + into[name]), name))
    for top in (0, 2, 10):
        assert [hub.iri for hub in hubs(store, top)] == best[:top]


@given(TRIPLES)
@settings(max_examples=60, deadline=None)
def test_components_are_those_of_networkx(triples: list[Triple]) -> None:
    graph = nx.Graph((head, tail) for head, _, tail in triples)
    sizes = sorted(map(len, nx.connected_components(graph)), reverse=True)
    found = components(Store.from_triples(triples), top=3)
    assert (found.count, list(found.sizes)) == (len(sizes), sizes[:3])
    assert found.isolated == 0


def test_what_only_literals_describe_is_isolated() -> None:
    store = Store.from_triples([("ex:a", "ex:r", "ex:a")], literals=[("ex:b", v.RDFS_LABEL, "b", "")])
    assert (components(store).count, components(store).isolated) == (2, 1)


@given(TRIPLES, st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_shared_pairs_and_the_relation_table(triples: list[Triple], chunk: int) -> None:
    store = Store.from_triples(triples)
    distinct = set(triples)
    names = store.relation_iris
    pairs = {name: {(h, t) for h, r, t in distinct if r == name and h != t} for name in names}
    before, overlap_module._CHUNK = overlap_module._CHUNK, chunk  # type: ignore[misc]
    try:
        for reverse in (True, False):
            expected = {
                (i, j): len({(t, h) if reverse else (h, t) for h, t in pairs[one]} & pairs[other])
                for i, one in enumerate(names)
                for j, other in enumerate(names)
                if reverse or i != j
            }
            found = shared_pairs(store, reverse=reverse)
            keys = zip(found.one.tolist(), found.other.tolist(), strict=True)
            assert dict(zip(keys, found.pairs.tolist(), strict=True)) == {
                k: n for k, n in expected.items() if n
            }
    finally:
        overlap_module._CHUNK = before  # type: ignore[misc]
    for row in relation_table(store):
        own = {(h, t) for h, r, t in distinct if r == row.iri}
        assert (row.triples, row.loops) == (len(own), sum(h == t for h, t in own))
        assert (row.heads, row.tails) == (len({h for h, _ in own}), len({t for _, t in own}))
        proper = pairs[row.iri]
        turned = {(t, h) for h, t in proper}
        assert row.symmetric == pytest.approx(len(turned & proper) / len(proper) if proper else 0)
        assert {one.iri for one in row.inverses} == {
            other
            for other in names
            if other != row.iri and proper and len(turned & pairs[other]) >= len(proper) / 2
        }
        assert {one.iri for one in row.duplicates} == {
            other
            for other in names
            if other != row.iri and proper and len(proper & pairs[other]) >= len(proper) / 2
        }


@pytest.mark.parametrize(
    ("triples", "cardinality"),
    [
        ([("a", "r", "b"), ("c", "r", "d")], "1-1"),
        ([("a", "r", "b"), ("a", "r", "c")], "1-n"),
        ([("a", "r", "c"), ("b", "r", "c")], "n-1"),
        ([("a", "r", "c"), ("b", "r", "c"), ("a", "r", "d"), ("b", "r", "d")], "n-n"),
        ([("a", "r", "b"), ("a", "r", "c"), ("d", "r", "e")], "1-n"),  # 1.5 on average
        ([("a", "r", "b"), ("a", "r", "c"), ("d", "r", "e"), ("f", "r", "g")], "1-1"),  # 4 / 3
    ],
)
def test_cardinality_is_that_of_bordes_and_others(triples: list[Triple], cardinality: str) -> None:
    (row,) = relation_table(Store.from_triples(triples))
    assert row.cardinality == cardinality


LABELLED = Store.from_triples(
    [("ex:a", "ex:r", "ex:b"), ("_:c", "ex:r", "ex:b"), ("ex:a", v.RDF_TYPE, "ex:Bird")],
    literals=[
        ("ex:a", v.RDFS_LABEL, "a", "en"),
        ("ex:a", v.SKOS_ALT_LABEL, "aa", "en"),
        ("ex:a", v.SKOS_PREF_LABEL, "A", "de"),
        ("ex:b", v.RDFS_LABEL, " ", "de"),
        ("ex:b", v.SKOS_HIDDEN_LABEL, "b", "fr"),
        ("ex:b", v.RDFS_LABEL, "b", ""),
        ("_:c", v.RDFS_LABEL, "c", "en"),
        ("ex:r", v.RDFS_LABEL, "r", "en"),
    ],
)


def test_coverage_counts_entities_not_labels() -> None:
    found = label_coverage(LABELLED)
    assert (found.entities, found.labelled, found.languages) == (3, 2, {"": 1, "de": 1, "en": 1})
    assert found.share == pytest.approx(2 / 3)


def test_statistics_are_plain_values() -> None:
    told = json.loads(json.dumps(statistics(LABELLED, top=2).to_dict()))
    assert (told["entities"], told["blank_nodes"], told["triples"], told["literals"]) == (5, 1, 3, 8)
    assert told["classes"] == {"ex:Bird": 1}
    assert told["languages"] == {"en": 4, "de": 2, "": 1, "fr": 1}
    assert told["sources"] == {"": 11}
    assert [hub["degree"] for hub in told["hubs"]] == [2, 2]
    assert told["relation_table"][0]["tails_per_head"] == 1.0


def test_an_empty_graph_has_statistics_and_a_picture() -> None:
    found = statistics(Store.from_triples([]))
    assert (found.entities, found.components.count, found.hubs, found.relation_table) == (0, 0, (), ())
    assert "none" in draw(found, "nothing")


def test_the_picture_is_xml_that_nothing_breaks() -> None:
    label = 'a <b> & "c" \x00\x1b\ufffe ' + "x" * 100
    store = Store.from_triples(
        [(f"ex:{n}", f"ex:r{r}", "ex:hub") for n in range(40) for r in range(n)],
        literals=[("ex:r0", v.RDFS_LABEL, label, "en"), ("ex:1", v.RDFS_LABEL, "one", "de")],
    )
    svg = draw(statistics(store), "<title>")
    root = ET.fromstring(svg)
    texts = [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "<title>"
    assert any(text.startswith('a <b> & "c"') and text.endswith("…") for text in texts)
    assert "and 24 more" in texts
    assert svg == draw(statistics(store), "<title>")
    assert "script" not in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_a_picture_of_very_many_degrees_is_thinned_out() -> None:
    triples = [(f"ex:{n}", f"ex:{k}", "ex:hub") for n in range(230) for k in range(n)]
    svg = draw(statistics(Store.from_triples(triples), top=1), "many")
    lines = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}polyline")
    assert all(len(line.get("points", "").split()) <= 202 for line in lines)
    assert np.isfinite(float(ET.fromstring(svg).get("viewBox", "").split()[3]))
