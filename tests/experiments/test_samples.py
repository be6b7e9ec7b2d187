"""Samples for the report: drawn from the test half, found by the model, readable by the report."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from experiments.results import Sample
from experiments.samples import write_samples
from experiments.world import World
from kgx.transfer.centres import Centres
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.relation import RelationTransfer


@pytest.fixture(scope="module")
def transfer(tiny_pretraining: Pretraining) -> RelationTransfer:
    return tiny_pretraining.train(0)


@pytest.fixture(scope="module")
def centres(transfer: RelationTransfer, tiny_world: World) -> Centres:
    centres = transfer.centres
    for modality in sorted(tiny_world.target.items):
        centres = transfer.survey(tiny_world.target.items[modality], centres)
    return centres


def written(
    out: Path, world: World, transfer: RelationTransfer, centres: Centres, count: int
) -> list[dict[str, Any]]:
    write_samples(out, world, world.domains["stamps"].collection, transfer, centres, count)
    content: list[dict[str, Any]] = json.loads((out / "samples.json").read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def samples(
    tiny_world: World,
    transfer: RelationTransfer,
    centres: Centres,
    tmp_path_factory: pytest.TempPathFactory,
) -> list[dict[str, Any]]:
    return written(tmp_path_factory.mktemp("samples"), tiny_world, transfer, centres, 12)


def test_the_report_can_read_them(samples: list[dict[str, Any]]) -> None:
    read = TypeAdapter(list[Sample]).validate_python(samples)
    assert len(read) == 12
    for sample in read:
        assert sample.query.caption
        assert (sample.query.text is None) != (sample.query.media is None)
        assert sample.query.media is None or sample.query.media.is_file()
        for hit in sample.hits:
            assert (hit.media is None) == (hit.modality == "text")
            assert hit.media is None or hit.media.is_file()


def test_words_for_pictures_come_first_and_most(samples: list[dict[str, Any]]) -> None:
    directions = [sample["direction"] for sample in samples]
    assert list(dict.fromkeys(directions)) == ["text-image", "image-text", "text-audio", "audio-image"]
    assert Counter(directions).most_common(1) == [("text-image", 6)]


def test_queries_are_different_ones_of_the_test_half(
    samples: list[dict[str, Any]], tiny_world: World
) -> None:
    for direction in {sample["direction"] for sample in samples}:
        ids = [sample["query"]["id"] for sample in samples if sample["direction"] == direction]
        assert len(set(ids)) == len(ids)
        assert {name.partition(":")[2] for name in ids} <= tiny_world.target.tests


def test_hits_are_the_best_of_the_gallery(
    samples: list[dict[str, Any]], transfer: RelationTransfer, centres: Centres, tiny_world: World
) -> None:
    for sample in samples:
        direction = tiny_world.target.direction(*sample["direction"].split("-"))
        row = direction.queries.ids.index(sample["query"]["id"])
        asked = transfer.refine(direction.queries.select([row]), centres, query=True)[0]
        scores = transfer.refine(direction.gallery, centres) @ asked
        best = np.argsort(-scores)[: len(sample["hits"])]
        assert [hit["id"] for hit in sample["hits"]] == [direction.gallery.ids[column] for column in best]
        assert [hit["rank"] for hit in sample["hits"]] == list(range(1, len(best) + 1))
        np.testing.assert_allclose([hit["score"] for hit in sample["hits"]], scores[best], atol=1e-5)
        assert [hit["relevant"] for hit in sample["hits"]] == direction.relevant[row, best].tolist()


def test_concepts_are_the_heaviest_that_a_hit_is_linked_to(
    samples: list[dict[str, Any]], tiny_world: World
) -> None:
    graph = tiny_world.knowledge.graph
    for sample in samples:
        items = tiny_world.target.items[sample["direction"].split("-")[1]]
        for hit in sample["hits"]:
            row = items.ids.index(hit["id"])
            weights: dict[str, float] = {}
            for link in items.links:
                for item, concept, weight in zip(link.items, link.concepts, link.weights, strict=True):
                    if item == row:
                        label = graph.label(int(concept))
                        weights[label] = max(weights.get(label, 0.0), float(weight))
            least = min(weights[label] for label in hit["concepts"])
            others = [weight for label, weight in weights.items() if label not in hit["concepts"]]
            assert len(hit["concepts"]) == min(3, len(weights))
            assert all(weight <= least for weight in others)


def test_the_draw_is_the_same_every_time(
    samples: list[dict[str, Any]],
    tiny_world: World,
    transfer: RelationTransfer,
    centres: Centres,
    tmp_path: Path,
) -> None:
    assert written(tmp_path, tiny_world, transfer, centres, 12) == samples


@pytest.mark.parametrize("count", [0, 1, 5, 500])
def test_no_more_than_asked_for_and_than_there_are(
    count: int, tiny_world: World, transfer: RelationTransfer, centres: Centres, tmp_path: Path
) -> None:
    found = written(tmp_path, tiny_world, transfer, centres, count)
    assert len(found) == count if count <= 5 else len(found) < count


def test_a_target_without_sounds_has_no_samples_of_them(
    tiny_world: World, transfer: RelationTransfer, centres: Centres, tmp_path: Path
) -> None:
    silent = {modality: items for modality, items in tiny_world.target.items.items() if modality != "audio"}
    world = replace(tiny_world, target=replace(tiny_world.target, items=silent))
    found = written(tmp_path, world, transfer, centres, 10)
    assert {sample["direction"] for sample in found} == {"text-image", "image-text"}
