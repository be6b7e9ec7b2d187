"""What an item's concepts have to do with a query's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from graphs import KnowledgeGraph
from graphs.vocabulary import SKOS_BROADER
from kgx.concept_table import ConceptTable
from kgx.item_concepts import HitConcept, ItemConcepts, LinkedConcept
from kgx.items import LinkedItems
from kgx.linking.base import Links
from kgx.ranking.concept_overlap import ConceptOverlap, meaning

GRAPH = KnowledgeGraph.from_triples(
    [("owl", SKOS_BROADER, "bird"), ("hen", SKOS_BROADER, "bird"), ("car", SKOS_BROADER, "thing")]
)


def _item(*names: str) -> ItemConcepts:
    links = [
        LinkedConcept(GRAPH.entity_id(name), HitConcept(name, "depicts", 0.5, "test"), {}) for name in names
    ]
    return ItemConcepts.of(links)


def _query(weights: dict[str, float]) -> LinkedItems:
    numbers = GRAPH.entity_ids(list(weights))
    shares = np.array(list(weights.values()), dtype=np.float32)
    links = Links("mentions", np.zeros(len(numbers), dtype=np.int64), numbers, shares, "test")
    return LinkedItems("text", ("q",), ("",), ("",), ("",), np.ones((1, 2), dtype=np.float32), (links,))


def test_by_hand() -> None:
    overlap = ConceptOverlap(
        ConceptTable((_item("hen", "car"), _item(), _item("owl"), _item("thing"))), GRAPH
    )
    meant = {GRAPH.entity_id("owl"): 0.75, GRAPH.entity_id("car"): 0.25}
    # owl and hen meet in bird, a root: 2 / (2 + 1 + 1); car is a step below thing: 2 / (2 + 1).
    assert overlap.scores(meant, [0, 1, 2, 3]).tolist() == pytest.approx(
        [0.75 / 2 + 0.25, 0, 0.75, 0.25 * 2 / 3]
    )
    assert overlap.scores({}, [0, 2]).tolist() == [0, 0]
    assert overlap.scores(meant, [1]).tolist() == [0]
    assert overlap.scores(meant, []).tolist() == []


def test_what_a_query_means() -> None:
    first, second = _query({"owl": 0.5, "hen": 0.5}), _query({"owl": 1.0})
    owl, hen = GRAPH.entity_ids(["owl", "hen"]).tolist()
    assert meaning([first, second], [1.0, 0.5]) == {owl: pytest.approx(2 / 3), hen: pytest.approx(1 / 3)}
    assert meaning([first, second], [1.0, -0.5]) == {hen: 0.5, owl: 0.5}
    assert meaning([replace(first, links=())], [1.0]) == {}
