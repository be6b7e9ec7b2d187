"""What the refiner is trained on: batches of known pairs, their positives, and the validation score."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
import pytest
import torch

from graphs.gnn.hop_tokens import HopTokenRefiner, TokenBlock
from kgx.errors import KgxError
from kgx.items import LinkedItems
from kgx.transfer.tasks import PairSet, RefinerTask

# Entity of every row. Item 0 has two texts; text 4 and item 4 belong to nothing of the other side.
TEXTS = ("owl", "owl", "cat", "dog", "ghost", "hen", "cow")
OTHERS = ("owl", "cat", "dog", "hen", "rock", "cow")
WORDS = ("an owl", "a bird", "A Cat ", "a dog", "a ghost", "a cat", "a cow")  # hen is called a cat too
FOLDERS = ("night", "pets", "pets", "farm", "stones", "farm")


def items(modality: str, entities: Collection[str], captions: Collection[str]) -> LinkedItems:
    ids = tuple(f"{modality}:{number}" for number in range(len(entities)))
    groups = FOLDERS if modality == "image" else tuple(entities)
    return LinkedItems(
        modality, ids, tuple(entities), groups, tuple(captions), np.ones((len(ids), 2), np.float32)
    )


def block(rows: int, paths: int, seed: int) -> TokenBlock:
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.nn.functional.normalize(torch.randn(rows, paths, 4, generator=generator), dim=-1)
    descriptors = torch.randn(paths, 3, 5, generator=generator)
    return TokenBlock(tokens, torch.ones(rows, paths), descriptors)


@pytest.fixture
def pairs() -> PairSet:
    return make(("farm",))


def make(validation: Collection[str]) -> PairSet:
    asked = {
        "text": {"text": torch.tensor([True, False])},
        "image": {"text": torch.tensor([True, True, False])},
    }
    return PairSet.of_items(
        items("text", TEXTS, WORDS),
        items("image", OTHERS, [""] * len(OTHERS)),
        {"text": block(len(TEXTS), 2, 1)},
        {"text": block(len(OTHERS), 3, 2)},
        asked,
        validation_groups=validation,
    )


def task(pairs: PairSet, batch_size: int = 2, token_dropout: float = 0.0) -> RefinerTask:
    torch.manual_seed(0)
    refiner = HopTokenRefiner({"text": 4}, 5)
    with torch.no_grad():
        for parameter in refiner.parameters():
            parameter.copy_(torch.randn_like(parameter))
    return RefinerTask(refiner, pairs, batch_size=batch_size, token_dropout=token_dropout)


def test_pairs_share_an_entity(pairs: PairSet) -> None:
    found = set(zip(pairs.text_rows.tolist(), pairs.other_rows.tolist(), strict=True))
    assert found == {(0, 0), (1, 0), (2, 1), (3, 2), (5, 3), (6, 5)}


def test_equal_wordings_have_equal_numbers(pairs: PairSet) -> None:
    assert pairs.captions[2] == pairs.captions[5]
    assert len(set(pairs.captions.tolist())) == 6


def test_entities_are_numbered_over_both_sides(pairs: PairSet) -> None:
    assert pairs.text_entities[0] == pairs.text_entities[1] == pairs.other_entities[0]
    assert len({*pairs.text_entities.tolist(), *pairs.other_entities.tolist()}) == 7


def test_pairs_of_validation_groups_are_kept_from_training(pairs: PairSet) -> None:
    held = {
        (int(text), int(other))
        for text, other, kept in zip(pairs.text_rows, pairs.other_rows, pairs.validation, strict=True)
        if kept
    }
    assert held == {(5, 3), (6, 5)}
    seen = set()
    generator = torch.Generator().manual_seed(0)
    trained = task(pairs)
    for _ in range(20):
        for texts, others, _ in trained.batches(generator):
            seen |= set(zip(texts.tolist(), others.tolist(), strict=True))
    assert seen == {(0, 0), (1, 0), (2, 1), (3, 2)}


def test_an_epoch_takes_every_item_at_most_once() -> None:
    trained = task(make(()))
    assert trained.steps() == 2
    generator = torch.Generator().manual_seed(1)
    batches = list(trained.batches(generator))
    assert [len(texts) for texts, _, _ in batches] == [2, 2]
    rows = [int(row) for _, others, _ in batches for row in others]
    assert len(set(rows)) == 4


def test_batches_are_decided_by_the_generator(pairs: PairSet) -> None:
    def drawn(seed: int) -> list[list[int]]:
        generator = torch.Generator().manual_seed(seed)
        trained = task(pairs)
        return [batch[0].tolist() for _ in range(5) for batch in trained.batches(generator)]

    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)


def test_a_batch_is_never_greater_than_the_pairs(pairs: PairSet) -> None:
    trained = task(pairs, batch_size=100)
    assert trained.batch_size == 3
    assert trained.steps() == 1


@pytest.mark.parametrize("batch_size", [2, 100])
def test_both_sides_come_as_queries(batch_size: int) -> None:
    trained = task(make(()), batch_size=batch_size)
    generator = torch.Generator().manual_seed(0)
    turns = [texts_ask for _ in range(6) for _, _, texts_ask in trained.batches(generator)]
    assert turns == [step % 2 == 0 for step in range(len(turns))]


def refined(trained: RefinerTask, side: str, row: int, *, asks: bool) -> np.ndarray:
    """Refine one row on its own, a query without the paths that it has not."""
    own = {"text": (trained.pairs.texts, 1), "image": (trained.pairs.others, 2)}[side]
    tokens = own[0]["text"].rows(torch.tensor([row]))
    if asks:
        kept = torch.arange(tokens.tokens.shape[1]) < own[1]
        tokens = tokens.only(kept)
    with torch.no_grad():
        vector: np.ndarray = trained.refiner({"text": tokens})[0].double().numpy()
    return vector


@pytest.mark.parametrize("texts_ask", [True, False])
def test_the_loss_is_contrastive_over_the_batch(texts_ask: bool, pairs: PairSet) -> None:
    trained = task(pairs)
    trained.module.eval()
    texts, others = [1, 2, 5], [0, 1, 3]  # the last two are worded alike: positives of each other
    right = {(0, 0), (1, 1), (2, 2), (1, 2), (2, 1)}
    scale = float(trained.scale.detach().exp())
    scores = np.array(
        [
            [
                scale
                * refined(trained, "text", text, asks=texts_ask)
                @ refined(trained, "image", other, asks=not texts_ask)
                for other in others
            ]
            for text in texts
        ]
    )
    total = 0.0
    for table, positives in ((scores, right), (scores.T, {(column, row) for row, column in right})):
        for row in range(3):
            normaliser = math.log(sum(math.exp(score) for score in table[row]))
            own = [column for line, column in positives if line == row]
            total += sum(normaliser - table[row, column] for column in own) / len(own) / 3 / 2
    found = trained.loss((torch.tensor(texts), torch.tensor(others), texts_ask))
    assert float(found.detach()) == pytest.approx(total, rel=1e-4)


def test_the_loss_reaches_refiner_and_temperature(pairs: PairSet) -> None:
    trained = task(pairs, token_dropout=0.3)
    trained.module.train()
    trained.loss((torch.tensor([0, 2]), torch.tensor([0, 1]), True)).backward()
    gradients = [parameter.grad for parameter in trained.module.parameters()]
    assert trained.scale.grad is not None
    assert sum(bool(gradient is not None and gradient.any()) for gradient in gradients) >= 4


def test_the_score_is_recall_over_the_validation_pairs(pairs: PairSet) -> None:
    assert task(pairs).score() == 1.0  # two pairs: all are among the first ten
    assert task(make(())).score() is None


def test_the_score_tells_good_from_bad() -> None:
    count = 40
    names = tuple(f"thing {number}" for number in range(count))
    one = torch.ones(1, dtype=torch.bool)
    good = block(count, 1, 3)
    bad = TokenBlock(good.tokens.flip(0), good.agreement, good.descriptors)

    def score(others: TokenBlock) -> float | None:
        texts = items("text", names, names)
        images = LinkedItems("image", names, names, names, ("",) * count, np.ones((count, 2), np.float32))
        asked = {"text": {"text": one}, "image": {"text": one}}
        held = names[:30]
        found = PairSet.of_items(
            texts, images, {"text": good}, {"text": others}, asked, validation_groups=held
        )
        return task(found).score()

    assert score(good) == 1.0
    assert score(bad) < 0.6  # chance is one in three


def test_without_a_pair_to_train_on_there_is_no_task() -> None:
    with pytest.raises(KgxError, match="no pair to train on"):
        task(make(FOLDERS))
