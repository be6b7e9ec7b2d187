"""What a model makes of every relation: by attention, and by what is there to be heard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from experiments.renamed import RenamedTarget
from graphs.gnn.message_passing.refiner import ATTACHED
from kgx.evaluate.ranking import evaluate
from kgx.items import LinkedItems
from kgx.testing import TinyWorld
from kgx.transfer.application import OWN_VECTOR, relation_report
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.target_relations import bring_relations
from kgx.transfer.tokens import TRANSLATION


def test_every_relation_is_reported(trained: RelationTransfer, world: TinyWorld) -> None:
    records = relation_report(trained, world.target)
    assert {record["modality"] for record in records} == set(world.target)
    for modality in world.target:
        own = [record for record in records if record["modality"] == modality]
        assert sum(record["attention"] for record in own if record["hops"] <= 1) <= 1 + 1e-5
        assert all(record["low"] <= record["attention"] <= record["high"] for record in own)
        assert all(0 <= record["reach"] <= 1 for record in own)
    images = {
        (record["relation"], record["hops"]): record for record in records if record["modality"] == "image"
    }
    assert images["depicts", 1]["attention"] > 0
    assert images[OWN_VECTOR, 0]["reach"] == 1
    assert all(-1 <= record["drop"] <= 1 for record in images.values())


def test_without_pairs_nothing_is_said_of_what_a_relation_brings(
    trained: RelationTransfer, world: TinyWorld
) -> None:
    records = relation_report(trained, {"image": world.target["image"]})
    assert {record["drop"] for record in records} == {None}


@pytest.fixture(scope="module", params=["similarity", "rgcn", "compgcn", "hgt"])
def messages(request: pytest.FixtureRequest, of_messages: Callable[..., Pretraining]) -> RelationTransfer:
    return of_messages(request.param).train(0)


def by_relation(records: list[dict[str, Any]], modality: str) -> dict[tuple[str, int], dict[str, Any]]:
    return {
        (record["relation"], record["hops"]): record for record in records if record["modality"] == modality
    }


def test_of_messages_it_is_told_along_what_they_come(messages: RelationTransfer, world: TinyWorld) -> None:
    records = relation_report(messages, world.target)
    assert all({"edges", "heard", "reach", "drop"} <= record.keys() for record in records)
    assert not any("attention" in record for record in records)
    assert {record["hops"] for record in records} == {0, 1, 2}
    for modality, items in world.target.items():
        found = by_relation(records, modality)
        assert found[OWN_VECTOR, 0]["reach"] == 1
        assert ((TRANSLATION, 0) in found) == (modality != "audio")
        block = messages.blocks(items, messages.survey_all(world.target))[ATTACHED]
        counted: dict[tuple[str, int], list[int]] = {}
        for row in range(len(items)):  # each alone: what its neighbourhood has
            further, first = block.rows(torch.tensor([row])).neighbourhood(2).layers
            heard = {kind: first.edges[kind].shape[1] if kind in first.edges else 0 for kind in further.edges}
            for kind, ends in further.edges.items():  # the item hears in both layers
                for hop, number in ((1, heard[kind]), (2, ends.shape[1] - heard[kind])):
                    counted.setdefault((kind[1], hop), [0] * len(items))[row] += number
        for step, numbers in counted.items():
            if any(numbers):
                assert found[step]["edges"] == pytest.approx(np.mean(numbers)), step
                assert found[step]["reach"] == pytest.approx(np.mean(np.array(numbers) > 0)), step
            else:
                assert step not in found


def recall(transfer: RelationTransfer, items: Mapping[str, LinkedItems]) -> float:
    centres = transfer.survey_all(items)
    texts, images = (transfer.refine(items[name], centres) for name in ("text", "image"))
    right = np.array(items["text"].entities)[:, None] == np.array(items["image"].entities)[None]
    both = evaluate(texts @ images.T, right), evaluate(images @ texts.T, right.T)
    return float(np.mean([one["recall@10"] for one in both]))


@pytest.mark.parametrize("network", ["similarity", "rgcn", "compgcn", "hgt"])
def test_what_is_left_out_is_heard_by_nobody(
    world: TinyWorld, of_messages: Callable[..., Pretraining], network: str
) -> None:
    """With one hop, an item without the links of a relation is the slow reference."""
    transfer = of_messages(network, hops=1).train(0)
    noise = np.random.default_rng(0).standard_normal(world.target["image"].vectors.shape)
    images = world.target["image"]
    blurred = replace(images, vectors=(images.vectors + 0.5 * noise).astype(np.float32))
    items = {"text": world.target["text"], "image": blurred}
    found = by_relation(relation_report(transfer, items), "image")
    whole = recall(transfer, items)
    assert any(record["drop"] for record in found.values())
    for relation in ("depicts", "in category"):
        left = recall(transfer, {**items, "image": blurred.without(relation)})
        assert found[relation, 1]["drop"] == pytest.approx(whole - left, abs=1e-9)


def test_a_network_is_deaf_to_relations_that_it_has_no_parameters_of(
    world: TinyWorld, of_messages: Callable[..., Pretraining]
) -> None:
    transfer = of_messages("rgcn").train(0)
    renamed = RenamedTarget.build(world.target, transfer.maker.reference, "nameless")
    brought = bring_relations(transfer, renamed.relations, world.encoders["text"])
    found = by_relation(relation_report(brought, renamed.items), "image")
    new = {step for step in found if step[0].removeprefix("inverse of ") in renamed.was}
    assert {renamed.was[name] for name, hop in new if hop == 1} == {"depicts", "in category"}
    for step, record in found.items():
        assert record["heard"] == (step not in new)
        assert step not in new or (record["drop"] == 0 and record["edges"] > 0)
