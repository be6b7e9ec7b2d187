"""Tasks over hop tokens: what they learn where there is something to learn, and what they never see."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from torch.nn.functional import normalize

from graphs.gnn.hop_tokens import HopTokenRefiner, TokenBlock
from kgx.augment import Mixup
from kgx.balance import BalancedSampler
from kgx.errors import KgxError
from kgx.losses import focal_cross_entropy, logit_adjusted_cross_entropy
from kgx.train import TrainingOptions, fit
from kgx.train.tasks import Classification, LinkPrediction, LinkSet, Reconstruction, refined_rows
from kgx.train.tasks.nodes import space_columns

NODES, CLASSES, WIDTH = 120, 6, 8
KINDS = np.arange(NODES) % CLASSES
HELD_OUT = np.arange(NODES) % 5 == 0
OPTIONS = TrainingOptions(epochs=25, learning_rate=0.03, patience=25)


@pytest.fixture
def centres() -> torch.Tensor:
    return normalize(torch.randn(CLASSES, WIDTH, generator=torch.Generator().manual_seed(1)), dim=1)


@pytest.fixture
def blocks(centres: torch.Tensor) -> dict[str, TokenBlock]:
    """A token of the node's class, one of noise, and in another space noise alone."""
    generator = torch.Generator().manual_seed(2)
    noise = normalize(torch.randn(NODES, 3, WIDTH, generator=generator), dim=2)
    good = normalize(centres[torch.from_numpy(KINDS)] + 0.3 * noise[:, 0], dim=1)
    descriptors = torch.eye(3)[:, None]  # (paths, positions, size)
    tokens = torch.stack([good, noise[:, 1]], dim=1)
    return {
        "text": TokenBlock(tokens, torch.ones(NODES, 2), descriptors[:2]),
        "image": TokenBlock(noise[:, 2:], torch.ones(NODES, 1), descriptors[2:]),
    }


@pytest.fixture
def refiner() -> HopTokenRefiner:
    torch.manual_seed(0)
    return HopTokenRefiner({"text": WIDTH, "image": WIDTH}, 3, hops=0)


def weight_of_good(refiner: HopTokenRefiner, blocks: dict[str, TokenBlock]) -> float:
    with torch.no_grad():
        return float(refiner.attention_weights("text", blocks["text"])[:, 0].mean())


def test_classification_learns_classes_and_which_token_tells_them(
    refiner: HopTokenRefiner, blocks: dict[str, TokenBlock]
) -> None:
    task = Classification(refiner, blocks, KINDS, HELD_OUT, batch_size=32)
    before = task.score()
    fit(task, OPTIONS)
    after = task.score()
    assert before is not None
    assert after is not None
    assert after > max(0.8, before)
    assert weight_of_good(refiner, blocks) > 0.6


def test_the_score_is_the_mean_over_classes(refiner: HopTokenRefiner, blocks: dict[str, TokenBlock]) -> None:
    labels = np.where(np.arange(NODES) < 100, 0, 1)
    task = Classification(refiner, blocks, labels, np.ones(NODES, dtype=bool) ^ (np.arange(NODES) == 3))
    with torch.no_grad():
        task.module["head"].weight.zero_()
        task.module["head"].bias.copy_(torch.tensor([1.0, 0.0]))
    assert task.score() == 0.5  # all told as the frequent class


def test_nodes_that_are_held_out_or_unknown_are_not_trained_on(
    refiner: HopTokenRefiner, blocks: dict[str, TokenBlock]
) -> None:
    labels = np.where(np.arange(NODES) < 60, KINDS, -1)
    task = Classification(refiner, blocks, labels, HELD_OUT, batch_size=16)
    seen = torch.cat(list(task.batches(torch.Generator().manual_seed(0)))).numpy()
    assert sorted(seen) == np.flatnonzero((labels >= 0) & ~HELD_OUT).tolist()
    assert task.steps() == 3


@pytest.mark.parametrize(
    "loss",
    [
        partial(focal_cross_entropy, gamma=1.0),
        partial(logit_adjusted_cross_entropy, counts=torch.arange(1.0, CLASSES + 1)),
    ],
)
def test_other_losses_and_mixup_and_orders_fit_in(
    refiner: HopTokenRefiner, blocks: dict[str, TokenBlock], loss: partial[torch.Tensor]
) -> None:
    trained = np.flatnonzero(~HELD_OUT)
    sampler = BalancedSampler(KINDS[trained], seed=0)
    task = Classification(refiner, blocks, KINDS, HELD_OUT, loss=loss, order=sampler.order)
    mixed = Classification(refiner, blocks, KINDS, HELD_OUT, mixup=Mixup(1.0))
    for some in (task, mixed):
        fit(some, TrainingOptions(epochs=15, learning_rate=0.03))
        score = some.score()
        assert score is not None
        assert score > 0.6


def links() -> sp.csr_matrix:
    return sp.csr_matrix((np.ones(NODES), (np.arange(NODES), KINDS)), shape=(NODES, CLASSES + 20))


def concept_vectors(centres: torch.Tensor) -> np.ndarray:
    others = torch.randn(20, WIDTH, generator=torch.Generator().manual_seed(3))
    return torch.cat([centres, others]).numpy()


def test_link_prediction_learns_which_token_leads_to_the_concepts(
    refiner: HopTokenRefiner, blocks: dict[str, TokenBlock], centres: torch.Tensor
) -> None:
    sets = [LinkSet("about", np.array([1.0, 0.0], np.float32), links())]
    task = LinkPrediction(refiner, blocks, sets, concept_vectors(centres), HELD_OUT, batch_size=32)
    curve = fit(task, replace(OPTIONS, patience=0))
    assert curve.loss[-1] < curve.loss[0]
    assert weight_of_good(refiner, blocks) > 0.6
    assert task.score() == 1.0  # among the six concepts that anything is linked to


def test_relations_are_told_apart_by_their_descriptors(
    refiner: HopTokenRefiner, blocks: dict[str, TokenBlock], centres: torch.Tensor
) -> None:
    rolled = sp.csr_matrix(np.roll(links().toarray(), 1, axis=1))
    descriptors = np.eye(2, dtype=np.float32)
    sets = [LinkSet("is", descriptors[0], links()), LinkSet("is next to", descriptors[1], rolled)]
    task = LinkPrediction(refiner, blocks, sets, concept_vectors(centres), HELD_OUT, alpha=0.0)
    assert (task.edges[0] == 0).sum() == (task.edges[0] == 1).sum() == (~HELD_OUT).sum()
    fit(task, OPTIONS)
    learned = task.module["relations"].weight.detach()
    assert not torch.allclose(learned[:, 0], learned[:, 1], atol=1e-3)


def test_rare_relations_are_drawn_as_often_as_asked(
    refiner: HopTokenRefiner, blocks: dict[str, TokenBlock], centres: torch.Tensor
) -> None:
    few = links().tolil()
    few[10:] = 0
    sets = [
        LinkSet("many", np.ones(1, np.float32), links()),
        LinkSet("few", np.ones(1, np.float32), few.tocsr()),
    ]
    for alpha, share in ((1.0, 8 / 104), (0.0, 0.5)):
        task = LinkPrediction(refiner, blocks, sets, concept_vectors(centres), HELD_OUT, alpha=alpha)
        drawn = torch.cat(list(task.batches(torch.Generator().manual_seed(0))))
        assert float((task.edges[0, drawn] == 1).float().mean()) == pytest.approx(share, abs=0.01)


def test_reconstruction_hides_the_token_that_it_asks_for(
    refiner: HopTokenRefiner, blocks: dict[str, TokenBlock]
) -> None:
    task = Reconstruction(refiner, blocks, HELD_OUT, token_dropout=0.0)
    task.module.eval()
    batch = next(task.batches(torch.Generator().manual_seed(0)))
    told, hidden = task._told(batch)
    place = torch.arange(len(batch.rows))
    assert torch.equal(hidden, blocks["text"].tokens[batch.rows][place, batch.paths])
    left = blocks["text"].tokens[batch.rows][
        place, 1 - batch.paths
    ]  # the only token that is left in the space
    cosines = torch.cosine_similarity(told, left, dim=1)
    torch.testing.assert_close(cosines, torch.ones_like(cosines))


def test_reconstruction_learns(refiner: HopTokenRefiner, centres: torch.Tensor) -> None:
    turned = torch.roll(centres, 1, dims=1)[torch.from_numpy(KINDS)]
    pair = torch.stack([centres[torch.from_numpy(KINDS)], turned], dim=1)
    blocks = {"text": TokenBlock(pair, torch.ones(NODES, 2), torch.eye(3)[:2, None])}
    task = Reconstruction(refiner, blocks, HELD_OUT, batch_size=32, width=32, gamma=1.0)
    before, _ = task.score(), fit(task, OPTIONS)
    after = task.score()
    assert before is not None
    assert after is not None
    assert after > before + 0.2
    assert task.score() == after  # always the same tokens


def test_nodes_with_one_token_take_no_part(refiner: HopTokenRefiner, blocks: dict[str, TokenBlock]) -> None:
    with pytest.raises(KgxError, match="Reconstruction: expected at least one example"):
        Reconstruction(refiner, blocks, HELD_OUT, space="image")
    with pytest.raises(KgxError, match="expected one of the spaces text, image, got 'sound'"):
        Reconstruction(refiner, blocks, HELD_OUT, space="sound")


def test_hidden_paths_change_nothing(refiner: HopTokenRefiner, blocks: dict[str, TokenBlock]) -> None:
    shown = {"text": torch.tensor([True, False]), "image": torch.tensor([True])}
    other = {
        **blocks,
        "text": TokenBlock(blocks["text"].tokens.clone(), torch.ones(NODES, 2), blocks["text"].descriptors),
    }
    other["text"].tokens[:, 1] = 1.0
    rows = torch.arange(5)
    with torch.no_grad():
        one, same = (refined_rows(refiner, some, rows, shown=shown) for some in (blocks, other))
    assert torch.equal(one, same)


def test_columns_of_a_space() -> None:
    refiner = HopTokenRefiner({"text": 3, "image": 5, "audio": 2}, 4)
    assert space_columns(refiner, "audio") == slice(8, 10)
