"""Items among concepts as a relation model sees them, and the links that it adds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from graphs.completion.predicted import PREDICTED
from graphs.gnn.ultra import Ultra, UltraGraph
from kgx.completion.items import ItemGraph, complete_items
from kgx.items import LinkedItems
from kgx.linking.base import Links
from kgx.testing import TinyWorld
from kgx.transfer.reference import ReferenceGraph


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> TinyWorld:
    return TinyWorld.build(tmp_path_factory.mktemp("completion") / "world")


@pytest.fixture(scope="module")
def reference(world: TinyWorld) -> ReferenceGraph:
    return ReferenceGraph(world.knowledge, world.source)


@pytest.fixture(scope="module")
def model() -> Ultra:
    torch.manual_seed(0)
    return Ultra(dim=8, relation_layers=2, entity_layers=3).eval()


def links_of(items: LinkedItems, provenance: str) -> dict[tuple[str, int], float]:
    """What links of a provenance say, by the items' names."""
    return {
        (items.ids[item], concept): weight
        for link in items.links
        if link.provenance == provenance
        for item, concept, weight in zip(
            link.items.tolist(), link.concepts.tolist(), link.weights.tolist(), strict=True
        )
    }


def linked_to(items: LinkedItems) -> set[tuple[str, int]]:
    return {
        (items.ids[item], concept)
        for link in items.links
        for item, concept in zip(link.items.tolist(), link.concepts.tolist(), strict=True)
    }


@pytest.mark.parametrize(
    ("modality", "relation"), [("image", "about"), ("text", "mentions"), ("audio", "says")]
)
def test_what_is_asked_for(world: TinyWorld, reference: ReferenceGraph, modality: str, relation: str) -> None:
    items = world.target[modality]
    graph = ItemGraph.of(items, reference)
    references = world.source.get(modality, ())
    assert graph.num_entities == len(graph.concepts) + len(items) + len(references)
    with_it = graph.links.heads[graph.links.relations == graph.asked] - len(graph.concepts)
    assert len(with_it)
    # what a picture is about is known of references alone, what a text mentions of both
    assert (with_it >= len(items)).all() == (relation == "about")
    assert (with_it >= len(items)).any() == bool(references)


def test_the_concepts_around_the_links_are_taken_in(world: TinyWorld, reference: ReferenceGraph) -> None:
    one = world.target["text"].select([0]).without("in category")
    alone = ReferenceGraph(world.knowledge, {})
    linked, around, further = (ItemGraph.of(one, alone, hops=hops) for hops in (0, 1, 2))
    labels = [
        set(world.knowledge.labels(world.knowledge.concepts[graph.concepts].tolist()))
        for graph in (linked, around)
    ]
    assert labels[0] == {one.captions[0].split()[-1]}
    assert len(labels[1] - labels[0]) == 2  # its family, and where it lives
    assert set(around.concepts) < set(further.concepts)
    assert len(around.links) == 3
    assert ItemGraph.of(one, reference).links.rows().max() < ItemGraph.of(one, reference).num_entities


def test_predicted_links_are_new_and_no_more_than_asked_for(
    world: TinyWorld, reference: ReferenceGraph, model: Ultra
) -> None:
    for items in world.target.values():
        completed = complete_items(items, reference, model, top=2)
        assert completed.links[:-1] == items.links
        predicted = links_of(completed, PREDICTED)
        assert not predicted.keys() & linked_to(items)
        assert {concept for _, concept in predicted} <= set(world.knowledge.concepts.tolist())
        assert all(0 < weight <= 1 for weight in predicted.values())
        assert np.bincount(completed.links[-1].items).tolist() == [2] * len(items)
        assert completed.links[-1].relation in {link.relation for link in items.links}


def test_they_are_what_the_model_scores_best(
    world: TinyWorld, reference: ReferenceGraph, model: Ultra
) -> None:
    items = world.target["image"]
    graph = ItemGraph.of(items, reference)
    seen = UltraGraph.of(graph.links.edges(graph.num_entities, graph.num_relations))
    predicted = links_of(complete_items(items, reference, model, top=1), PREDICTED)
    known = linked_to(items)
    for row in (0, 7, 39):
        with torch.no_grad():
            head, asked = torch.tensor([len(graph.concepts) + row]), torch.tensor([graph.asked])
            scores = model(seen, head, asked)[0, : len(graph.concepts)]
        best = {
            concept: 1 / (1 + np.exp(-score))
            for concept, score in zip(
                world.knowledge.concepts[graph.concepts].tolist(), scores.tolist(), strict=True
            )
            if (items.ids[row], concept) not in known
        }
        ((found, weight),) = [(c, w) for (name, c), w in predicted.items() if name == items.ids[row]]
        assert weight == pytest.approx(max(best.values()), abs=1e-5)
        assert best[found] == pytest.approx(max(best.values()), abs=1e-5)


def test_unsure_links_are_left_out(world: TinyWorld, reference: ReferenceGraph, model: Ultra) -> None:
    items = world.target["image"]
    every = links_of(complete_items(items, reference, model), PREDICTED)
    values = sorted(set(every.values()))
    middle = (values[len(values) // 2 - 1] + values[len(values) // 2]) / 2
    sure = links_of(complete_items(items, reference, model, min_confidence=middle), PREDICTED)
    assert sure == {link: weight for link, weight in every.items() if weight >= middle}
    assert 0 < len(sure) < len(every)
    assert complete_items(items, reference, model, min_confidence=1.0) is items


def test_the_order_of_items_does_not_matter(
    world: TinyWorld, reference: ReferenceGraph, model: Ultra
) -> None:
    items = world.target["audio"]
    turned = items.select(np.arange(len(items))[::-1])
    there = links_of(complete_items(items, reference, model, top=1), PREDICTED)
    back = links_of(complete_items(turned, reference, model, top=1), PREDICTED)
    assert sorted(there.values()) == pytest.approx(sorted(back.values()), abs=1e-5)


def test_of_items_without_links_nothing_is_told(
    world: TinyWorld, reference: ReferenceGraph, model: Ultra
) -> None:
    items = world.target["image"].select([0, 1])
    bare = replace(items, links=())
    assert complete_items(bare, reference, model) is bare
    one = np.zeros(1, np.int64)
    half = replace(
        items,
        links=(Links("depicts", one, world.knowledge.concepts[:1], np.ones(1, np.float32), "classifier"),),
    )
    assert {name for name, _ in links_of(complete_items(half, reference, model), PREDICTED)} == {items.ids[0]}


def test_progress_is_told(world: TinyWorld, reference: ReferenceGraph, model: Ultra, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    complete_items(world.target["text"], reference, model, progress=lambda *counts: told.append(counts))
    assert told[-1] == (40, 40)
