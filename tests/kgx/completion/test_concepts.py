"""Predicted links between concepts: which are added, and that nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from graphs.completion.predicted import PREDICTED
from graphs.errors import UnknownTermError
from graphs.gnn.ultra import Ultra
from kgx.completion.concepts import complete_concepts
from kgx.knowledge import Knowledge
from kgx.testing import KIND, PLACE, WordEncoder, species_iri, tiny_graph


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.build(tiny_graph(), WordEncoder())


@pytest.fixture(scope="module")
def model() -> Ultra:
    torch.manual_seed(0)
    return Ultra(dim=8, relation_layers=2, entity_layers=3).eval()


def stated(knowledge: Knowledge, relation: str) -> dict[tuple[int, int], float]:
    heads, tails, weights = knowledge.graph.edges(relation)
    return dict(zip(zip(heads.tolist(), tails.tolist(), strict=True), weights.tolist(), strict=True))


def test_concepts_that_are_asked_about_gain_links(knowledge: Knowledge, model: Ultra) -> None:
    asked = knowledge.graph.entity_ids([species_iri(number) for number in (0, 1, 2)])
    told: list[tuple[int, int]] = []
    completed = complete_concepts(
        knowledge, asked, ["livesIn"], model, top=5, hops=2, progress=lambda *counts: told.append(counts)
    )
    assert told[-1] == (3, 3)
    before, after = stated(knowledge, PLACE.iri), stated(completed, PLACE.iri)
    added = {link: weight for link, weight in after.items() if link not in before}
    assert len(added) == 5
    assert {head for head, _ in added} <= set(asked.tolist())
    assert {tail for _, tail in added} <= set(knowledge.concepts.tolist())
    assert all(0 < weight < 1 for weight in added.values())
    assert completed.graph.sources()[PREDICTED] == 5
    assert before.items() <= after.items()
    assert stated(completed, KIND.iri) == stated(knowledge, KIND.iri)


def test_everything_keeps_its_number(knowledge: Knowledge, model: Ultra) -> None:
    completed = complete_concepts(knowledge, knowledge.concepts[:5], ["livesIn", "kindOf"], model, top=7)
    every = np.arange(knowledge.graph.num_entities)
    assert completed.graph.num_entities == knowledge.graph.num_entities
    assert completed.graph.entity_iris(every) == knowledge.graph.entity_iris(every)
    assert completed.concepts is knowledge.concepts
    assert completed.labels(every.tolist()) == knowledge.labels(every.tolist())


def test_unsure_links_are_left_out(knowledge: Knowledge, model: Ultra) -> None:
    completed = complete_concepts(knowledge, knowledge.concepts[:5], ["livesIn"], model, min_confidence=1.0)
    assert PREDICTED not in completed.graph.sources()


def test_a_relation_that_is_not_there_is_named(knowledge: Knowledge, model: Ultra) -> None:
    with pytest.raises(UnknownTermError, match=r"'eats'; there are .*kindOf, livesIn"):
        complete_concepts(knowledge, knowledge.concepts[:5], ["livesIn", "eats"], model)


def test_without_concepts_there_is_nothing_to_complete(knowledge: Knowledge, model: Ultra) -> None:
    assert complete_concepts(knowledge, np.zeros(0, np.int64), ["livesIn"], model) is knowledge
