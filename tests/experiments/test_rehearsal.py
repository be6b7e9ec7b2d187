"""Rehearsals: what is asked and what is known both come from the pool."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.rehearsal import Rehearsal
from experiments.world import World
from kgx.evaluate import evaluate
from kgx.transfer.pretrain import Pretraining


def test_nothing_of_the_test_half_is_on_the_stage(tiny_world: World) -> None:
    target = tiny_world.target
    rehearsal = Rehearsal.draw(target, 0)
    stage = rehearsal.stage
    entities = {entity for items in stage.items.values() for entity in items.entities}
    assert entities
    assert not entities & target.tests
    assert stage.tests
    assert stage.tests | set(stage.pool) == set(target.pool)
    assert not stage.tests & set(stage.pool)


def test_another_seed_draws_other_questions_and_the_same_seed_the_same(tiny_world: World) -> None:
    draws = [Rehearsal.draw(tiny_world.target, seed).stage.tests for seed in (0, 0, 1, 2, 3)]
    assert draws[0] == draws[1]
    assert len(set(draws)) > 1


def test_the_score_is_the_mean_recall_of_both_directions(
    tiny_world: World, tiny_pretraining: Pretraining
) -> None:
    transfer = tiny_pretraining.untrained(0)
    rehearsal = Rehearsal.draw(tiny_world.target, 0)
    stage = rehearsal.stage
    centres = transfer.survey_all(stage.items)
    recalls = []
    for asked, sought in (("text", "image"), ("image", "text")):
        direction = stage.direction(asked, sought)
        scores = (
            transfer.refine(direction.queries, centres, query=True)
            @ transfer.refine(direction.gallery, centres).T
        )
        recalls.append(evaluate(scores, direction.relevant)["recall@10"])
    assert rehearsal.score(transfer, 0) == pytest.approx(np.mean(recalls))


def test_more_pairs_than_there_are_are_refused(tiny_world: World, tiny_pretraining: Pretraining) -> None:
    with pytest.raises(ValueError, match="expected at most"):
        Rehearsal.draw(tiny_world.target, 0).score(tiny_pretraining.untrained(0), 10_000)
