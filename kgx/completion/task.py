"""What the relation model is pretrained on: the links of one or several graphs, each hidden in its turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from graphs.completion.evaluation import evaluate
from graphs.completion.known import KnownAnswers
from graphs.completion.links import Links
from graphs.completion.objective import draw_negatives, self_adversarial_loss, without
from graphs.completion.scorers import UltraScorer
from graphs.gnn.ultra.model import Ultra, UltraGraph

__all__ = ["CompletionOptions", "CompletionTask", "TrainingGraph"]


@dataclass(frozen=True, slots=True)
class CompletionOptions:
    """How to pretrain.

    Attributes:
        batch_size: links a step; half of them are asked for their tails, half for their heads.
        negatives: wrong answers that are drawn for each.
        temperature: of the weights of wrong answers.
        steps: steps an epoch; 0 goes through all links of all graphs.
        share: which part of the batches is this process's: its rank, and how many processes there are.
    """

    batch_size: int = 64
    negatives: int = 512
    temperature: float = 1.0
    steps: int = 0
    share: tuple[int, int] = (0, 1)


@dataclass(frozen=True)
class TrainingGraph:
    """A graph to learn from.

    Attributes:
        links: what it says; each is hidden when it is asked for.
        graph: the same as the model sees it.
        validation: links that it does not hold, to score by.
    """

    links: Links
    graph: UltraGraph
    validation: Links

    @property
    def num_relations(self) -> int:
        """Relations, inverses aside."""
        return self.graph.edges.num_relations // 2

    def known(self, *, validation: bool = False) -> KnownAnswers:
        """Return what is right: what the graph says, and on demand what it does not hold."""
        links = Links.together(self.links, self.validation) if validation else self.links
        return KnownAnswers(links, self.num_relations)


@dataclass(frozen=True, slots=True)
class _Batch:
    graph: int
    links: Links
    heads: Tensor
    relations: Tensor
    candidates: Tensor  # the first is right


class CompletionTask:
    """Pretraining as the training loop wants it.

    Args:
        model: what is trained.
        graphs: a batch is of one of them; larger ones have more batches.
        options: how to train.
    """

    def __init__(self, model: Ultra, graphs: Sequence[TrainingGraph], options: CompletionOptions) -> None:
        self.module = model
        self.graphs = graphs
        self.options = options
        self._known = [graph.known() for graph in graphs]

    def steps(self) -> int:
        """Return the number of batches that this process has in an epoch."""
        size = self.options.batch_size
        batches = sum(-(-len(graph.links) // size) for graph in self.graphs)
        own = max(1, batches // self.options.share[1])
        return min(own, self.options.steps) if self.options.steps else own

    def batches(self, generator: torch.Generator) -> Iterator[_Batch]:
        """Yield the batches of this process, the graphs mixed; all processes draw the same order."""
        seed = int(torch.randint(2**62, (1,), generator=generator))
        order = np.random.default_rng(seed)
        parts = [
            (number, rows)
            for number, graph in enumerate(self.graphs)
            for rows in _pieces(order.permutation(len(graph.links)), self.options.batch_size)
        ]
        rank, processes = self.options.share
        own = np.random.default_rng([seed, rank])
        mixed = order.permutation(len(parts))
        for place in range(self.steps()):
            number, rows = parts[mixed[(place * processes + rank) % len(parts)]]
            yield self._batch(number, rows, own)

    def loss(self, batch: _Batch) -> Tensor:
        """Return the loss of one batch, whose links are taken out of the graph."""
        graph = self.graphs[batch.graph].graph
        hidden = UltraGraph(
            without(graph.edges, batch.links), graph.relation_edges, graph.entity_texts, graph.relation_texts
        )
        scores = self.module(hidden, batch.heads, batch.relations, batch.candidates)
        return self_adversarial_loss(scores, self.options.temperature)

    def score(self) -> float | None:
        """Return the mean over the graphs of the filtered MRR of their validation links; None without any."""
        found = []
        for graph in self.graphs:
            if len(graph.validation):
                scorer = UltraScorer(self.module, graph.graph, graph.graph.edges.targets.device)
                known = graph.known(validation=True)
                found.append(evaluate(scorer, graph.validation, known, graph.num_relations).metrics.mrr)
        return float(np.mean(found)) if found else None

    def _batch(self, number: int, rows: np.ndarray, generator: np.random.Generator) -> _Batch:
        graph = self.graphs[number]
        links = Links(graph.links.heads[rows], graph.links.relations[rows], graph.links.tails[rows])
        asks_tail = np.arange(len(rows)) < -(-len(rows) // 2)
        heads = np.where(asks_tail, links.heads, links.tails)
        answers = np.where(asks_tail, links.tails, links.heads)
        relations = np.where(asks_tail, links.relations, links.relations + graph.num_relations)
        entities = graph.graph.edges.num_nodes
        wrong = draw_negatives(
            heads, relations, self._known[number], entities, self.options.negatives, generator
        )
        device = graph.graph.edges.targets.device
        columns = (heads, relations, np.concatenate([answers[:, None], wrong], axis=1))
        return _Batch(number, links, *(torch.from_numpy(column).to(device) for column in columns))


def _pieces(rows: np.ndarray, size: int) -> list[np.ndarray]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]
