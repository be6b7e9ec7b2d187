"""What pretraining sees: the loss, the wrong answers, and a graph without the links that are asked for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import binary_cross_entropy_with_logits

from graphs.completion.known import KnownAnswers
from graphs.completion.links import Links
from graphs.completion.objective import draw_negatives, self_adversarial_loss, without

ENTITIES, RELATIONS = 6, 2
rows = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1), st.integers(0, 5)), min_size=1, max_size=20)


@pytest.mark.parametrize("temperature", [0.0, 0.5, 1.0])
def test_the_loss_is_weighted_cross_entropy(temperature: float) -> None:
    scores = torch.randn(3, 5, generator=torch.Generator().manual_seed(0))
    losses = []
    for row in scores:
        wrong = row[1:]
        weights = torch.softmax(wrong / temperature, 0) if temperature else torch.full((4,), 0.25)
        parts = [binary_cross_entropy_with_logits(row[0], torch.tensor(1.0))]
        parts += [
            weight * binary_cross_entropy_with_logits(score, torch.tensor(0.0))
            for weight, score in zip(weights, wrong, strict=True)
        ]
        losses.append(sum(parts) / (1 + weights.sum()))
    torch.testing.assert_close(self_adversarial_loss(scores, temperature), torch.stack(losses).mean())


@given(rows, st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_no_right_answer_is_drawn_and_every_wrong_one_can_be(
    links: list[tuple[int, int, int]], seed: int
) -> None:
    known = KnownAnswers(Links.of(np.array(links)), RELATIONS)
    heads = np.repeat(np.arange(ENTITIES), 2 * RELATIONS)
    relations = np.tile(np.arange(2 * RELATIONS), ENTITIES)
    drawn = draw_negatives(heads, relations, known, ENTITIES, 200, np.random.default_rng(seed))
    for head, relation, row in zip(heads.tolist(), relations.tolist(), drawn, strict=True):
        right = {t for h, r, t in links if (h, r) == (head, relation)}
        right |= {h for h, r, t in links if (t, r + RELATIONS) == (head, relation)}
        assert set(row.tolist()) == (set(range(ENTITIES)) - right or set(range(ENTITIES)))


@given(rows, st.integers(0, 1 << 20))
@settings(max_examples=50, deadline=None)
def test_links_are_taken_out_both_ways_and_nothing_else(
    links: list[tuple[int, int, int]], chosen: int
) -> None:
    every = Links.of(np.array(links))
    removed = [row for place, row in enumerate(every.rows().tolist()) if chosen >> place & 1]
    left = [row for row in every.rows().tolist() if row not in removed]
    found = without(every.edges(ENTITIES, RELATIONS), Links.of(np.array(removed, np.int64).reshape(-1, 3)))
    wanted = Links.of(np.array(left, np.int64).reshape(-1, 3)).edges(ENTITIES, RELATIONS)
    for name in ("targets", "relations", "sources"):
        assert torch.equal(getattr(found, name), getattr(wanted, name))
