"""The pretraining task: whole epochs, shares of processes, and hidden links."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from graphs.completion.links import Links
from graphs.gnn.ultra import Ultra, UltraGraph
from kgx.completion.task import CompletionOptions, CompletionTask, TrainingGraph

SIZES = ((9, 2, 14), (6, 3, 7))  # entities, relations, links drawn


def some_graphs(validation: int = 0) -> list[TrainingGraph]:
    graphs = []
    for seed, (entities, relations, links) in enumerate(SIZES):
        random = np.random.default_rng(seed)
        columns = [random.integers(size, size=links) for size in (entities, relations, entities)]
        rows = Links.of(np.stack(columns, axis=1)).rows()
        kept, held_out = Links.of(rows[validation:]), Links.of(rows[:validation])
        graphs.append(TrainingGraph(kept, UltraGraph.of(kept.edges(entities, relations)), held_out))
    return graphs


def task_of(graphs: list[TrainingGraph], **options: object) -> CompletionTask:
    settled = CompletionOptions(batch_size=4, negatives=5, **options)  # type: ignore[arg-type]
    torch.manual_seed(0)
    return CompletionTask(Ultra(dim=8, relation_layers=2, entity_layers=2), graphs, settled)


def links_in(task: CompletionTask, seed: int = 0) -> list[tuple[int, ...]]:
    generator = torch.Generator().manual_seed(seed)
    return [(batch.graph, *row) for batch in task.batches(generator) for row in batch.links.rows().tolist()]


def test_an_epoch_has_every_link_once() -> None:
    graphs = some_graphs()
    every = [(number, *row) for number, graph in enumerate(graphs) for row in graph.links.rows().tolist()]
    task = task_of(graphs)
    assert sorted(links_in(task)) == sorted(every)
    assert links_in(task) == links_in(task) != links_in(task, seed=1)


def test_processes_share_an_epoch_and_draw_different_wrong_answers() -> None:
    graphs = some_graphs()
    shares = [links_in(task_of(graphs, share=(rank, 3))) for rank in range(3)]
    together = [link for share in shares for link in share]
    assert len(together) == len(set(together))
    assert {task_of(graphs, share=(rank, 3)).steps() for rank in range(3)} == {2}


def test_an_epoch_can_be_cut() -> None:
    task = task_of(some_graphs(), steps=2)
    assert task.steps() == 2
    assert len(list(task.batches(torch.Generator().manual_seed(0)))) == 2


def test_the_first_candidate_is_right_and_the_others_are_not() -> None:
    graphs = some_graphs()
    for batch in task_of(graphs).batches(torch.Generator().manual_seed(0)):
        graph = graphs[batch.graph]
        true = {tuple(row) for row in graph.links.rows().tolist()}
        for head, relation, row in zip(
            batch.heads.tolist(), batch.relations.tolist(), batch.candidates.tolist(), strict=True
        ):
            back = relation >= graph.num_relations
            links = [
                (answer, relation - graph.num_relations, head) if back else (head, relation, answer)
                for answer in row
            ]
            assert links[0] in true
            assert not true & set(links[1:])


def test_the_loss_teaches_every_parameter() -> None:
    task = task_of(some_graphs())
    task.module.train()
    losses = [task.loss(batch) for batch in task.batches(torch.Generator().manual_seed(0))]
    torch.stack(losses).sum().backward()
    untaught = [name for name, parameter in task.module.named_parameters() if parameter.grad is None]
    assert untaught == []


def test_validation_links_are_scored_and_not_learned_from() -> None:
    assert task_of(some_graphs()).score() is None
    task = task_of(some_graphs(validation=3))
    score = task.score()
    assert score is not None
    assert 0.0 < score <= 1.0
    held_out = {(n, *row) for n, graph in enumerate(task.graphs) for row in graph.validation.rows().tolist()}
    assert not held_out & set(links_in(task))


@pytest.mark.parametrize("batch_size", [1, 3])
def test_small_batches_work(batch_size: int) -> None:
    task = CompletionTask(
        Ultra(dim=8, relation_layers=1, entity_layers=1),
        some_graphs(),
        CompletionOptions(batch_size=batch_size, negatives=2, steps=3),
    )
    assert all(
        bool(torch.isfinite(task.loss(batch))) for batch in task.batches(torch.Generator().manual_seed(0))
    )
