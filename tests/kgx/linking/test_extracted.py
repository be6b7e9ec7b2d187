"""Extracted relations as links: by hand, against loops, and all the way to refined vectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from graphs.neighbours import unit_rows
from graphs.relation_extraction import (
    ExtractedLinks,
    from_classifier,
    from_cooccurrence,
    from_graph,
    from_similarity,
)
from kgx.errors import KgxError
from kgx.evaluate.ranking import evaluate
from kgx.items import LinkedItems
from kgx.knowledge import Knowledge
from kgx.linking import Links
from kgx.linking.extracted import carried_on, item_links, occurrences
from kgx.testing import FAMILIES, KIND, species_iri

Ids = np.ndarray
Found = tuple[Links, ...]


def links(relation: str, rows: list[tuple[int, int, float]], provenance: str = "lexical") -> Links:
    items, concepts, weights = (list(column) for column in zip(*rows, strict=True))
    return Links(
        relation, np.array(items), np.array(concepts), np.array(weights, dtype=np.float32), provenance
    )


def ties(rows: list[tuple[int, int, float]]) -> ExtractedLinks:
    found = links("tied to", rows)
    return ExtractedLinks("tied to", found.items, found.concepts, found.weights, "co-occurrence")


def test_what_an_item_surely_has_occurs_once_whatever_the_relations() -> None:
    some = [links("mentions", [(0, 1, 0.5), (0, 2, 0.05)]), links("in category", [(0, 1, 1.0), (2, 0, 1.0)])]
    assert occurrences(some, 3, 4).toarray().tolist() == [[0, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]]
    assert occurrences(some, 3, 4, least=0).toarray()[0].tolist() == [0, 1, 1, 0]


def test_items_are_carried_on_as_by_a_walk() -> None:
    rng = np.random.default_rng(0)
    own, tied = (
        rng.random((6, 9)) * (rng.random((6, 9)) < 0.3),
        rng.random((9, 9)) * (rng.random((9, 9)) < 0.3),
    )
    matrix, ends = sp.coo_matrix(own), sp.coo_matrix(tied)
    some = Links("depicts", matrix.row.astype(np.int64), matrix.col, matrix.data, "classifier")
    extracted = ExtractedLinks("tied to", ends.row, ends.col, ends.data.astype(np.float32), "similarity")
    (further,) = carried_on([some], extracted, weight=0.3)
    expected = {}
    for item in range(6):
        for concept in range(9):
            weight = sum(
                own[item, a] / own[item].sum() * tied[a, concept] / tied[a].sum()
                for a in range(9)
                if own[item, a] and tied[a, concept]
            )
            if weight and not own[item, concept]:
                expected[item, concept] = 0.3 * weight
    pairs = zip(further.items.tolist(), further.concepts.tolist(), strict=True)
    got = dict(zip(pairs, further.weights.tolist(), strict=True))
    assert got == pytest.approx(expected, rel=1e-5)
    assert (further.relation, further.provenance) == ("depicts", "similarity")
    assert np.bincount(further.items, further.weights).max() <= 0.3 + 1e-6


def test_links_of_several_relations_stay_apart_and_none_is_made_twice() -> None:
    some = [links("mentions", [(0, 1, 1.0)]), links("in category", [(0, 2, 1.0), (1, 1, 1.0)])]
    found = carried_on(some, ties([(1, 2, 1.0), (1, 3, 1.0)]), weight=1.0)
    assert [
        (link.relation, link.items.tolist(), link.concepts.tolist(), link.weights.tolist()) for link in found
    ] == [
        ("mentions", [0], [3], [0.5]),
        ("in category", [1, 1], [2, 3], [0.5, 0.5]),
    ]
    in_parts = [links("mentions", [(0, 1, 0.5)]), links("mentions", [(0, 4, 0.5)], "transcript")]
    (one,) = carried_on(in_parts, ties([(1, 3, 1.0), (4, 3, 1.0)]), weight=1.0)
    assert one.weights.tolist() == [1.0]


def test_what_a_graph_states_carries_on_too(pretrained: Any) -> None:
    graph, items = pretrained.world.knowledge.graph, pretrained.world.target["text"].without("in category")
    (further,) = carried_on(items.links, from_graph(graph, KIND.iri), weight=1.0)
    families = [graph.label(concept) for concept in further.concepts.tolist()]
    assert families == [FAMILIES[row % 8] for row in further.items.tolist()]
    assert (further.relation, further.provenance) == ("mentions", "graph")


def test_nothing_comes_of_nothing() -> None:
    nothing = ExtractedLinks("r", *(np.zeros(0, np.int64),) * 2, np.zeros(0, np.float32), "similarity")
    some = links("mentions", [(0, 1, 1.0)])
    assert carried_on([some], nothing) == carried_on([], ties([(1, 2, 1.0)])) == ()
    assert carried_on([some], ties([(2, 1, 1.0)])) == ()
    assert len(item_links(nothing, np.arange(3))) == 0
    with pytest.raises(KgxError, match="above 0, got 0"):
        carried_on([some], nothing, weight=0)


def test_pairs_of_items_and_concepts_are_links_and_other_pairs_are_not() -> None:
    pairs = ties([(2, 0, 1.0), (2, 1, 3.0), (3, 2, 1.0), (0, 1, 1.0)])
    found = item_links(pairs, np.array([70, 80]), relation="mentions")
    assert (found.items.tolist(), found.concepts.tolist()) == ([0, 0], [70, 80])
    assert (found.weights.tolist(), found.relation, found.provenance) == (
        [0.25, 0.75],
        "mentions",
        "co-occurrence",
    )


@pytest.fixture
def coded(pretrained: Any) -> tuple[LinkedItems, Ids, Ids]:
    """Pictures that nothing is known of but a code, the codes' concepts, and those of the species behind them."""
    world = pretrained.world
    numbers = np.arange(40) % 8 * 64 + 10 + np.arange(40) // 8  # as the tiny world's target has them
    graph = world.knowledge.graph
    species = np.array([graph.entity_id(species_iri(int(number))) for number in numbers])
    codes = np.array([graph.entity_id(species_iri(int((number + 64 * 3 + 20) % 512))) for number in numbers])
    noise = unit_rows(np.random.default_rng(0).standard_normal(world.target["image"].vectors.shape))
    tagged = Links("depicts", np.arange(40), codes, np.ones(40, np.float32), "tag")
    pictures = replace(world.target["image"], vectors=noise.astype(np.float32), links=(tagged,))
    return pictures, codes, species


def recall(pretrained: Any, pictures: LinkedItems) -> float:
    texts = pretrained.world.target["text"]
    centres = pretrained.transfer.survey_all({"text": texts, "image": pictures})
    refined = pretrained.transfer.refine(pictures, centres)
    scores = pretrained.transfer.refine(texts, centres, query=True) @ refined.T
    right = np.array(texts.entities)[:, None] == np.array(pictures.entities)[None]
    return float(evaluate(scores, right)["recall@10"])


def by_cooccurrence(knowledge: Knowledge, pictures: LinkedItems, codes: Ids, species: Ids) -> Found:
    """A catalogue shows every species beside its code, twice."""
    rows, one = np.arange(80), np.ones(80, np.float32)
    tags = [Links("tag", rows, np.tile(ends, 2), one, "") for ends in (codes, species)]
    ties = from_cooccurrence(occurrences(tags, 80, knowledge.graph.num_entities))
    return carried_on(pictures.links, ties, weight=1.0)


def by_similarity(knowledge: Knowledge, pictures: LinkedItems, codes: Ids, species: Ids) -> Found:
    """Pictures and concepts have further vectors, in which each is near what it shows."""
    concepts = np.zeros((len(knowledge.concepts), 40))
    concepts[knowledge.row_of_entity[species], np.arange(40)] = 1.0
    pairs = from_similarity(np.concatenate([concepts, np.eye(40)]), neighbours=1)
    return (item_links(pairs, knowledge.concepts, relation="depicts"),)


def by_classifier(knowledge: Knowledge, pictures: LinkedItems, codes: Ids, species: Ids) -> Found:
    """From every code one step in the same direction leads to its species, as it does for pairs that are known."""
    rng, rows = np.random.default_rng(1), knowledge.row_of_entity
    vectors = rng.standard_normal((len(knowledge.concepts), 8))
    others = rng.permutation(np.setdiff1d(np.arange(len(vectors)), rows[np.concatenate([codes, species])]))
    known = others[:100], others[100:200]
    for heads, tails in (known, (rows[codes], rows[species])):
        vectors[tails] = vectors[heads] + 3 * np.eye(8)[0]
    candidates = (
        np.repeat(rows[codes], 2),
        np.stack([rows[species], rng.permutation(rows[species])], 1).ravel(),
    )
    found = from_classifier(vectors, {"code of": known}, candidates)["code of"]
    return carried_on(pictures.links, found.renumbered(knowledge.concepts), weight=1.0)


@pytest.mark.parametrize("extract", [by_cooccurrence, by_similarity, by_classifier])
def test_refinement_uses_what_was_extracted(
    pretrained: Any, coded: tuple[LinkedItems, Ids, Ids], extract: Callable[..., Found]
) -> None:
    pictures, _, species = coded
    further = extract(pretrained.world.knowledge, *coded)
    right = sum(
        float(link.weights[species[link.items] == link.concepts].sum() / link.weights.sum())
        for link in further
    )
    assert right > 0.6
    linked = replace(pictures, links=(*pictures.links, *further))
    assert recall(pretrained, linked) > recall(pretrained, pictures) + 0.1
