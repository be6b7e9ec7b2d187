"""The whole of WordNet 3.0: its published counts come out, and it opens in no time."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from experiments.domains.fetch import fetch
from graphs import KnowledgeGraph
from graphs.readers.wordnet import read_wordnet
from graphs.vocabulary import RDF_TYPE, WN30, WN_RELATION

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def graph() -> KnowledgeGraph:
    return read_wordnet(fetch("wordnet-base") / "usr" / "share" / "wordnet")


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("NounSynset", 82_115),
        ("VerbSynset", 13_767),
        ("AdjectiveSynset", 7_463),
        ("AdjectiveSatelliteSynset", 10_693),
        ("AdverbSynset", 3_621),
    ],
)
def test_synsets_are_as_many_as_wnstats_says(kind: str, count: int, graph: KnowledgeGraph) -> None:
    _, classes, _ = graph.edges(RDF_TYPE)
    assert np.count_nonzero(classes == graph.entity_id(WN_RELATION + kind)) == count


@pytest.mark.parametrize(
    ("relation", "count"),
    [
        ("hypernym", 89_089),
        ("instance_hypernym", 8_577),
        ("member_holonym", 12_293),
        ("part_meronym", 9_097),
        ("substance_meronym", 797),
        ("entailment", 408),
        ("cause", 220),
        ("similar_to", 21_386),
        ("attribute", 1_278),
    ],
)
def test_semantic_relations_are_complete(relation: str, count: int, graph: KnowledgeGraph) -> None:
    assert len(graph.edges(WN_RELATION + relation)[0]) == count


def test_inverse_relations_hold_the_same_pairs(graph: KnowledgeGraph) -> None:
    heads, tails, _ = graph.edges(WN_RELATION + "hypernym")
    others, wholes, _ = graph.edges(WN_RELATION + "hyponym")
    assert set(zip(heads.tolist(), tails.tolist(), strict=True)) == set(
        zip(wholes.tolist(), others.tolist(), strict=True)
    )


def test_a_synset_is_read_in_full(graph: KnowledgeGraph) -> None:
    dog = graph.entity_id(WN30 + "02084071-n")
    assert graph.labels(dog)[0] == "dog"
    assert "Canis familiaris" in graph.labels(dog)
    assert graph.definition(dog).startswith("a member of the genus Canis")
    named = {
        (relation.removeprefix(WN_RELATION), graph.label(other)) for relation, other in graph.neighbours(dog)
    }
    assert {("hypernym", "canine"), ("hypernym", "domestic animal"), ("part_meronym", "flag")} <= named
    table = graph.label_table()
    rows = table.filter(np.asarray(table["entity"]) == dog).to_pylist()
    assert next(row["weight"] for row in rows if row["label"] == "dog") == 43.0


def test_the_stored_graph_opens_memory_mapped(graph: KnowledgeGraph, tmp_path: Path) -> None:
    graph.save(tmp_path / "wordnet")
    start = time.process_time()
    opened = KnowledgeGraph.open(tmp_path / "wordnet")
    assert opened.label(opened.entity_id(WN30 + "02124075-n")) == "Egyptian cat"
    assert time.process_time() - start < 0.2
    assert opened.equals(graph)
