"""The relational network of the benchmark: against a slow reference, and on the refiner's own batches."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from experiments.benchmarks.pretraining import cut_down
from experiments.benchmarks.rgcn import (
    FirstBatches,
    RelationalNetwork,
    RelationalTask,
    activation_bytes,
)
from graphs import KnowledgeGraph
from graphs.gnn.hop_tokens import HopTokenRefiner, TokenBlock
from graphs.hetero import EdgeSet, build_hetero
from graphs.vocabulary import SKOS_PREF_LABEL
from kgx.items import LinkedItems
from kgx.knowledge import Knowledge
from kgx.linking import LexicalLinker, Links
from kgx.train import TrainingOptions, fit
from kgx.transfer.tasks import PairSet, RefinerTask

TEXTS, IMAGES, CONCEPTS = 6, 6, 3


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    features = {"concept": (CONCEPTS, 4), "text": (TEXTS, 4), "image": (IMAGES, 5)}
    rows = np.arange(TEXTS)
    ones = np.ones(TEXTS, np.float32)
    return build_hetero(
        {kind: rng.standard_normal(shape).astype(np.float32) for kind, shape in features.items()},
        [
            EdgeSet("text", "describes", "image", rows, rows, ones),
            EdgeSet("image", "depicts", "concept", rows, rows % CONCEPTS, ones),
        ],
    )


@pytest.fixture
def task() -> RefinerTask:
    rng = np.random.default_rng(1)

    def block(count: int) -> dict[str, TokenBlock]:
        tokens = torch.from_numpy(rng.standard_normal((count, 2, 4)).astype(np.float32))
        return {"text": TokenBlock(tokens, torch.ones(count, 2), torch.zeros(2, 3, 7))}

    rows = np.arange(TEXTS)
    asked = {"text": torch.tensor([True, True])}
    pairs = PairSet(
        block(TEXTS), block(IMAGES), asked, asked, rows, rows, rows, rows, rows, np.zeros(TEXTS, dtype=bool)
    )
    return RefinerTask(HopTokenRefiner({"text": 4}, 7), pairs, batch_size=3)


def test_a_layer_is_the_sum_over_relations_of_the_mean_of_what_is_heard(data) -> None:
    torch.manual_seed(0)
    network = RelationalNetwork(data, hidden=8, bases=2)
    first, second = network.layers
    torch.nn.init.normal_(first.bias)
    inputs = {kind: network.inputs[kind](data[kind].x) for kind in data.node_types}

    def propagate(layer, nodes):
        matrices = torch.einsum("rb,bio->rio", layer.comp, layer.weight)
        heard = {kind: rows @ layer.root + layer.bias for kind, rows in nodes.items()}
        for matrix, (head, relation, tail) in zip(matrices, data.edge_types, strict=True):
            heads, tails = data[head, relation, tail].edge_index.tolist()
            for node in range(len(nodes[head])):
                ends = [end for start, end in zip(heads, tails, strict=True) if start == node]
                if ends:
                    heard[head] = heard[head].clone()
                    heard[head][node] += nodes[tail][ends].mean(dim=0) @ matrix
        return heard

    hidden = {kind: torch.relu(rows) for kind, rows in propagate(first, inputs).items()}
    for kind, rows in propagate(second, hidden).items():
        torch.testing.assert_close(
            network()[kind], torch.nn.functional.normalize(rows, dim=1), atol=1e-5, rtol=1e-4
        )


def test_it_learns_from_the_refiners_batches(data, task) -> None:
    torch.manual_seed(0)
    rival = RelationalTask(RelationalNetwork(data, hidden=8, bases=2), task, "image")
    curve = fit(rival, TrainingOptions(epochs=40, learning_rate=1e-2))
    assert curve.loss[-1] < 0.5 * curve.loss[0]
    ours, theirs = (list(one.batches(torch.Generator().manual_seed(3))) for one in (task, rival))
    assert all(torch.equal(a[0], b[0]) and torch.equal(a[1], b[1]) for a, b in zip(ours, theirs, strict=True))


def test_a_part_of_an_epoch_is_its_first_batches(task) -> None:
    part = FirstBatches(task, 1)
    assert (part.steps(), task.steps()) == (1, 2)
    (batch,) = part.batches(torch.Generator().manual_seed(3))
    assert torch.equal(batch[1], next(task.batches(torch.Generator().manual_seed(3)))[1])
    assert FirstBatches(task, 99).steps() == task.steps()


def test_memory_is_reckoned_from_nodes_and_relations(data) -> None:
    assert activation_bytes(data, 8) == 2 * 4 * (TEXTS + IMAGES + CONCEPTS) * 8 * 4


def test_a_part_keeps_whole_things_and_the_concepts_they_use_most() -> None:
    graph = KnowledgeGraph.from_triples(
        [], literals=[(f"ex:{name}", SKOS_PREF_LABEL, name, "en") for name in "abcd"]
    )
    knowledge = Knowledge(graph, np.arange(4), np.eye(4, dtype=np.float16), "encoder", LexicalLinker(graph))
    rows = np.arange(4)
    links = Links("mentions", rows, np.array([3, 3, 3, 1]), np.ones(4, np.float32), "lexical")
    names = ("w", "x", "y", "z")
    texts = LinkedItems("text", names, names, names, names, np.eye(4, dtype=np.float32), (links,))
    images = LinkedItems("image", names, names, names, names, np.eye(4, dtype=np.float32))
    left, items = cut_down(knowledge, {"text": texts, "image": images}, 2)
    assert items["text"].entities == items["image"].entities
    assert len(items["text"]) == len(left.concepts) == 2
    assert 3 in left.concepts
    assert cut_down(knowledge, {"text": texts}, 0) == (knowledge, {"text": texts})
