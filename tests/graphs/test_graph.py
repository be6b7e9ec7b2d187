"""One object for everything: each method does what its module does, and what leads out leads back."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from graphs import KnowledgeGraph, read_graph

ROOT = Path(__file__).resolve().parents[2]
ANIMALS = ROOT / "tests" / "data" / "animals.ttl"


@pytest.fixture(scope="module")
def graph() -> KnowledgeGraph:
    return read_graph(ANIMALS)


def test_the_page_runs_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("thesaurus.ttl", "newer.ttl"):
        shutil.copy(ANIMALS, name)
    page = (ROOT / "docs" / "knowledge-graphs.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)  # noqa: S102 - the page's own code
    assert names["report"].read == 14  # type: ignore[attr-defined]
    assert read_graph("owls.ttl").num_triples == 4  # relations that say what a kept one means stay


def test_what_leads_out_leads_back(graph: KnowledgeGraph) -> None:
    triples = {tuple(row) for row in graph.to_triples()}
    assert len(triples) == graph.num_triples
    networks = KnowledgeGraph.from_networkx(graph.to_networkx(complete=True, sources=True))
    for other in (
        KnowledgeGraph.from_triples(map(tuple, graph.to_triples())),
        KnowledgeGraph.from_hetero(graph.to_hetero()),
        KnowledgeGraph.from_rdflib(graph.to_rdflib()),
        networks,
    ):
        assert {tuple(row) for row in other.to_triples()} == triples
    assert graph.diff(KnowledgeGraph.from_rdflib(graph.to_rdflib())).equal
    assert graph.diff(networks).equal


def test_questions_are_answered(graph: KnowledgeGraph) -> None:
    owl = graph.entity_id("http://example.org/animals#owl")
    assert "Eule" in str(graph.describe(owl, language="de").to_dict())
    assert graph.statistics().to_dict()["entities"] == graph.num_entities
    assert graph.validate().is_valid()
    assert len(list(graph.query("SELECT ?s { ?s ?p ?o }").rows)) == graph.num_triples + graph.num_literals
    assert graph.schema().properties


def test_new_graphs_are_made_of_it(graph: KnowledgeGraph) -> None:
    assert graph.merged(graph).equals(graph)
    assert graph.forget("animals.ttl").num_entities == 0
    assert graph.entailed().num_triples >= graph.num_triples
    train = graph.split((1.0, 0.0, 0.0)).parts["train"]
    assert KnowledgeGraph(train).num_triples <= graph.num_triples
