"""The model as one who answers: how many queries at once, and what they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from graphs.completion import scorers
from graphs.completion.links import Links
from graphs.completion.scorers import UltraScorer
from graphs.gnn.ultra import Ultra, UltraGraph

LINKS = Links.of(np.array([[0, 0, 1], [1, 1, 2]]))


def some_scorer() -> UltraScorer:
    torch.manual_seed(0)
    model = Ultra(dim=8, relation_layers=1, entity_layers=2).train()
    return UltraScorer(model, UltraGraph.of(LINKS.edges(4, 2)))


@pytest.mark.parametrize(("state", "size"), [(1, 1), (4 * 8 * 5, 5), (1 << 30, 64)])
def test_a_batch_is_as_large_as_memory_allows(state: int, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scorers, "_STATE", state)
    assert some_scorer().batch_size == size


def test_scores_are_the_model_s() -> None:
    scorer = some_scorer()
    found = scorer.scores(np.array([0, 2]), np.array([1, 3]))
    with torch.no_grad():
        wanted = scorer.model(scorer.graph, torch.tensor([0, 2]), torch.tensor([1, 3]))
    np.testing.assert_array_equal(found, wanted.numpy())
    assert not scorer.model.training
