"""Filtered evaluation: what is asked, what is counted, and the published numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphs import read_graph
from graphs.completion.evaluation import evaluate
from graphs.completion.known import KnownAnswers
from graphs.completion.links import Links, Numbering
from graphs.completion.pagerank import PageRank
from graphs.completion.scorers import UltraScorer
from graphs.gnn.ultra import UltraGraph
from graphs.gnn.ultra.checkpoint import load_checkpoint

ENTITIES, RELATIONS = 7, 2


class Fixed:
    """Scores that depend on the query alone, and a memory of what was asked."""

    def __init__(self, *, knows_relations: bool = True) -> None:
        self.batch_size = 3
        self.knows_relations = knows_relations
        self.asked: list[tuple[int, int]] = []

    def scores(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
        self.asked += list(zip(heads.tolist(), relations.tolist(), strict=True))
        return np.stack([self.row(*query) for query in zip(heads.tolist(), relations.tolist(), strict=True)])

    def row(self, head: int, relation: int) -> np.ndarray:
        seed = [head, relation] if self.knows_relations else [head]
        return np.random.default_rng(seed).integers(4, size=ENTITIES).astype(np.float32)


def some_links(count: int, seed: int) -> Links:
    random = np.random.default_rng(seed)
    columns = [random.integers(size, size=count) for size in (ENTITIES, RELATIONS, ENTITIES)]
    return Links.of(np.stack(columns, axis=1))


def by_loops(scorer: Fixed, test: Links, right: Links) -> list[float]:
    ranks = []
    true = {tuple(row) for row in right.rows().tolist()}
    for head, relation, tail in test.rows().tolist():
        forth, back = scorer.row(head, relation), scorer.row(tail, relation + RELATIONS)
        others = [entity for entity in range(ENTITIES) if (head, relation, entity) not in true]
        ranks.append(1 + sum(forth[entity] >= forth[tail] for entity in others))
        others = [entity for entity in range(ENTITIES) if (entity, relation, tail) not in true]
        ranks.append(1 + sum(back[entity] >= back[head] for entity in others))
    return ranks


@pytest.mark.parametrize("knows_relations", [True, False])
def test_ranks_are_those_of_loops_and_no_query_is_asked_twice(knows_relations: bool) -> None:
    test, graph = some_links(12, 1), some_links(12, 2)
    right = Links.together(test, graph)
    scorer = Fixed(knows_relations=knows_relations)
    told: list[tuple[int, int]] = []
    found = evaluate(
        scorer, test, KnownAnswers(right, RELATIONS), RELATIONS, progress=lambda *done: told.append(done)
    )
    assert len(scorer.asked) == len(set(scorer.asked)) == found.propagations
    if not knows_relations:
        assert {relation for _, relation in scorer.asked} == {0}
    assert told[-1] == (found.propagations, found.propagations)
    ranks = np.stack([found.tail_ranks, found.head_ranks], axis=1).ravel().tolist()
    assert ranks == by_loops(scorer, test, right)


def test_relations_together_are_the_whole() -> None:
    test = some_links(15, 3)
    found = evaluate(Fixed(), test, KnownAnswers(test, RELATIONS), RELATIONS)
    parts = found.by_relation().values()
    assert sum(part.queries for part in parts) == found.metrics.queries == 2 * len(test)
    assert sum(part.mrr * part.queries for part in parts) == pytest.approx(
        found.metrics.mrr * found.metrics.queries
    )


@pytest.mark.parametrize(
    ("benchmark", "checkpoint", "mrr", "hits"),
    [
        ("fb237_v1", "ultra_3g", 0.491, 0.655),
        ("fb237_v1", "ultra_4g", 0.497, 0.667),
        ("WN18RR_v1", "ultra_3g", 0.656, 0.757),
        ("WN18RR_v1", "ultra_4g", 0.682, 0.799),
    ],
)
def test_published_checkpoints_score_as_published(
    published: Path, benchmark: str, checkpoint: str, mrr: float, hits: float
) -> None:
    folder = published / "grail" / f"{benchmark}_ind"
    numbering = Numbering()
    train, *tests = (
        numbering.links(read_graph(folder / f"{part}.txt")) for part in ("train", "valid", "test")
    )
    test, relations = Links.together(*tests), numbering.num_relations
    graph = UltraGraph.of(train.edges(numbering.num_entities, relations))
    known = KnownAnswers(Links.together(train, test), relations)
    model = load_checkpoint(published / "ultra" / f"{checkpoint}.pth").model
    metrics = evaluate(UltraScorer(model, graph), test, known, relations).metrics
    assert metrics.mrr == pytest.approx(mrr, abs=0.003)
    assert metrics.hits[10] == pytest.approx(hits, abs=0.003)
    floor = evaluate(PageRank(train, numbering.num_entities), test, known, relations).metrics
    assert floor.mrr < metrics.mrr
