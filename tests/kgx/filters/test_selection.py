"""Conditions on the graph, asked of a run: by paths and by SPARQL, the same items."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import KnowledgeGraph
from graphs.errors import GraphError
from kgx.errors import ConfigError, KgxError
from kgx.filters.item_graph import ItemGraph
from kgx.filters.selection import ItemFilter, Selection
from kgx.search import Searcher
from kgx.testing import KIND, species_word

WORD = species_word(3 * 64 + 10)


@pytest.fixture(scope="module")
def searcher(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """A copy that indexes may be kept in."""
    folder = tmp_path_factory.mktemp("copy") / "run"
    shutil.copytree(tiny_run, folder)
    return Searcher.open(folder)


@pytest.fixture(scope="module")
def item_filter(searcher: Searcher) -> ItemFilter:
    return ItemFilter(searcher.run, searcher.model.transfer.maker.reference.knowledge.graph)


def _found(item_filter: ItemFilter, *where: str) -> set[int]:
    return set(np.flatnonzero(item_filter.allowed(Selection.of((), where))).tolist())


def _linked(searcher: Searcher, relation: str, label: str) -> set[int]:
    return {
        row
        for row, item in enumerate(searcher.run.concepts.rows)
        if any(
            link.shown.relation == relation and link.shown.label == label and link.shown.weight >= 0.1
            for link in item.links
        )
    }


@pytest.mark.parametrize(
    "where", [f"?item depicts {WORD}", f'?item depicts "{WORD}" .', f"{WORD} ^depicts ?item"]
)
def test_links_of_items(searcher: Searcher, item_filter: ItemFilter, where: str) -> None:
    assert _found(item_filter, where) == _linked(searcher, "depicts", WORD) != set()


def test_paths_into_the_graph(searcher: Searcher, item_filter: ItemFilter) -> None:
    boats = _found(item_filter, "?item depicts/kind_of boat")
    assert boats >= _linked(searcher, "depicts", WORD) != set()
    assert boats == _found(item_filter, '?item depicts ?what . ?what "kind of" boat')
    assert boats == _found(item_filter, "?item depicts/kindOf+ <" + _iri(searcher, "boat") + ">")
    assert _found(item_filter, "?item depicts/kind_of boat", f"?item depicts {WORD}") == _linked(
        searcher, "depicts", WORD
    )
    assert _found(item_filter, "?item category ?any") == _found(item_filter, '?item "in category" ?any')
    assert _found(item_filter, "?item depicts/^depicts ?other . ?other depicts/kind_of boat") >= boats


def test_an_item_may_be_named(searcher: Searcher, item_filter: ItemFilter) -> None:
    alike = _found(item_filter, '?item depicts/^depicts "image:stamp 3"')
    assert searcher.run.items.id.index("image:stamp 3") in alike


def test_nothing_found_is_nothing(searcher: Searcher, item_filter: ItemFilter) -> None:
    assert _found(item_filter, "?item kind_of boat") == set()
    assert searcher.search("a boat", where="?item kind_of boat") == []


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("", "begins at \\?item"),
        ("?item depicts", "expected subject, path and object"),
        ("?x depicts ?y", "begins at \\?item"),
        ("?item depicts ?x . ?y depicts ?z", "begins at \\?item"),
        ("?item depicts ?item", "two ways lead to \\?item"),
        ("?item depicts ?x . ?item mentions ?x", "two ways lead to"),
        ("?item depicts Atlantis", "no item is called so, and the graph has no entity .* 'Atlantis'"),
        ("?item depict boat", "no relation 'depict'; there are .*depicts"),
        ("?item <http://x.org/r> boat", "no relation '<http://x.org/r>'"),
        (" . ".join(["?item depicts boat"] * 17), "at most 16 statements"),
        ("?item " + "(" * 3000 + "depicts", "at most 16 brackets"),
        ("?item " + "|".join(["depicts"] * 300) + " boat", "at most 64 relations"),
        ("?item depicts/" * 400, "at most 4000 characters"),
        ("SELECT ?x { ?x ?y ?z }", "SELECTs \\?item"),
        ("?item kgx:depicts ?x FILTER (", "not valid SPARQL"),
    ],
)
def test_what_cannot_be_asked(item_filter: ItemFilter, where: str, message: str) -> None:
    with pytest.raises((KgxError, GraphError), match=message):
        item_filter.allowed(Selection.of((), where))


def test_too_many_conditions() -> None:
    with pytest.raises(ConfigError, match="at most 10000 characters, got 10001"):
        Selection.of((), "?" * 10_001)
    with pytest.raises(ConfigError, match="at most 16 conditions, got 17"):
        Selection.of(["a=b"] * 9, ["?item a ?b"] * 8)


def test_sparql_finds_the_same_and_more(searcher: Searcher, item_filter: ItemFilter) -> None:
    boat = _iri(searcher, "boat")
    kind = KIND.iri
    boats = _found(item_filter, "?item depicts/kind_of boat")
    assert boats == _found(item_filter, f"SELECT ?item {{ ?item kgx:depicts/<{kind}> <{boat}> }}")
    pictures = _found(item_filter, f'?item kgx:depicts/<{kind}> <{boat}> {{ ?item kgx:modality "image" }}')
    assert pictures == {row for row in boats if searcher.run.items.modality[row] == "image"}
    kept = list((searcher.run.folder / "cache").glob("sparql-*"))
    assert len(kept) == 1
    again = ItemFilter(searcher.run, _graph(searcher))
    assert _found(again, f"SELECT ?item {{ ?item kgx:depicts/<{kind}> <{boat}> }}") == boats


RELATIONS = st.sampled_from(["depicts", "mentions", "category", "kind_of", "says"])
PATHS = st.lists(st.tuples(RELATIONS, st.sampled_from(["", "?", "*"])), min_size=1, max_size=3).map(
    lambda steps: "/".join(f"{name}{sign}" for name, sign in steps)
)


@settings(max_examples=40, deadline=None)
@given(path=PATHS, filters=st.sampled_from([(), ("category=boat",), ("series>=series 1", "modality!=text")]))
def test_filtering_first_is_filtering_afterwards(
    searcher: Searcher, path: str, filters: tuple[str, ...]
) -> None:
    where = f"?item {path} boat"
    fitting = ItemFilter(searcher.run, _graph(searcher)).allowed(Selection.of(filters, where))
    every = searcher.search("a boat", k=94)
    after = [hit for hit in every if fitting[searcher.run.items.id.index(hit.id)]][:7]
    first = searcher.search("a boat", k=7, filters=filters, where=where)
    assert [hit.id for hit in first] == [hit.id for hit in after]
    assert [hit.score for hit in first] == pytest.approx([hit.score for hit in after], abs=1e-5)


def _graph(searcher: Searcher) -> KnowledgeGraph:
    return searcher.model.transfer.maker.reference.knowledge.graph


def _iri(searcher: Searcher, label: str) -> str:
    graph = ItemGraph(searcher.run, _graph(searcher))
    return graph.graph.entity_iri(int(graph.entities(label)[0]))


def test_a_path_that_leads_nowhere(item_filter: ItemFilter) -> None:
    with pytest.raises(GraphError, match="a subject, a path and what it leads to"):
        _found(item_filter, "?item depicts/kind_of*")
