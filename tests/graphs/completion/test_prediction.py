"""The likeliest missing links against scoring every one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from graphs.completion.known import KnownAnswers
from graphs.completion.links import Links
from graphs.completion.prediction import Prediction, confidence_of, predict, queries_of, score_of

ENTITIES, RELATIONS = 6, 2
LINKS = Links.of(np.array([[0, 0, 1], [2, 0, 1], [3, 1, 4], [4, 1, 5]]))


class Random:
    batch_size = 2
    knows_relations = True

    def scores(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
        queries = zip(heads.tolist(), relations.tolist(), strict=True)
        return np.stack([np.random.default_rng(list(query)).normal(size=ENTITIES) for query in queries])


def by_loops(queries: np.ndarray) -> list[tuple[float, int, int, int]]:
    true = {tuple(row) for row in LINKS.rows().tolist()}
    best: dict[tuple[int, int, int], float] = {}
    for (relation, entity), answer in itertools.product(queries.tolist(), range(ENTITIES)):
        score = float(Random().scores(np.array([entity]), np.array([relation]))[0, answer])
        link = (entity, relation, answer) if relation < RELATIONS else (answer, relation - RELATIONS, entity)
        if link not in true and entity != answer:
            best[link] = max(score, best.get(link, -np.inf))
    return sorted(((score, *link) for link, score in best.items()), reverse=True)


def found(**options: float | None) -> tuple[list[Prediction], list[tuple[float, int, int, int]]]:
    queries = queries_of(LINKS, [0, 1], RELATIONS)
    known = KnownAnswers(LINKS, RELATIONS)
    return predict(Random(), queries, known, RELATIONS, **options), by_loops(queries)  # type: ignore[arg-type]


@pytest.mark.parametrize("top", [1, 5, None])
def test_they_are_the_best_of_all(top: int | None) -> None:
    links, wanted = found(top=top)
    assert [(link.score, link.head, link.relation, link.tail) for link in links] == wanted[:top]


def test_a_threshold_leaves_out_what_is_less_sure() -> None:
    links, wanted = found(top=None, threshold=0.6)
    assert len(links) == sum(confidence_of(row[0]) >= 0.6 for row in wanted) > 0
    assert min(link.confidence for link in links) >= 0.6


def test_confidences_and_scores_are_inverse() -> None:
    for score in (-3.0, 0.0, 0.5, 12.0):
        assert score_of(confidence_of(score)) == pytest.approx(score)
    assert confidence_of(-1e4) == 0.0


def test_each_head_is_asked_for_tails_and_each_tail_for_heads() -> None:
    assert queries_of(LINKS, [1], RELATIONS).tolist() == [[1, 3], [1, 4], [3, 4], [3, 5]]
