"""Classification figures: a case by hand, scikit-learn, and the bootstrap against one that is obvious."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score

from kgx.evaluate.classification import classification_scores

TRUTH = ["a", "a", "a", "b", "b", "c"]
CALLED = ["a", "a", "b", "b", "c", "c"]


def test_by_hand() -> None:
    scores = classification_scores(TRUTH, CALLED)
    assert scores.labels == ("a", "b", "c")
    assert scores.confusion.tolist() == [[2, 1, 0], [0, 1, 1], [0, 0, 1]]
    assert scores.accuracy.mean == pytest.approx(4 / 6)
    assert scores.precision.mean == pytest.approx((1 + 1 / 2 + 1 / 2) / 3)
    assert scores.recall.mean == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    assert scores.f1.mean == pytest.approx((4 / 5 + 1 / 2 + 2 / 3) / 3)
    assert [row.support for row in scores.classes] == [3, 2, 1]


def test_the_bootstrap_is_that_of_drawing_items() -> None:
    rng = np.random.default_rng(0)
    truth = rng.choice(list("abcd"), 80)
    called = np.where(rng.random(80) < 0.6, truth, rng.choice(list("abcd"), 80))
    scores = classification_scores(truth.tolist(), called.tolist(), resamples=4000)
    slow = []
    for _ in range(800):
        rows = rng.integers(0, 80, 80)
        slow.append(
            (
                np.mean(truth[rows] == called[rows]),
                precision_score(truth[rows], called[rows], average="macro", zero_division=0.0),
                f1_score(truth[rows], called[rows], average="macro"),
            )
        )
    low, high = np.quantile(slow, [0.025, 0.975], axis=0)
    for column, interval in enumerate((scores.accuracy, scores.precision, scores.f1)):
        assert interval.low == pytest.approx(low[column], abs=0.03)
        assert interval.high == pytest.approx(high[column], abs=0.03)


def test_seeds_are_averaged_and_narrow_nothing_when_equal() -> None:
    once, thrice = classification_scores(TRUTH, CALLED), classification_scores(TRUTH, [CALLED] * 3)
    assert thrice.accuracy.mean == pytest.approx(once.accuracy.mean)
    assert (thrice.f1.low, thrice.f1.high) == pytest.approx((once.f1.low, once.f1.high))
    assert thrice.confusion.tolist() == (3 * once.confusion).tolist()
    mixed = classification_scores(TRUTH, [CALLED, TRUTH])
    assert [row["accuracy"] for row in mixed.seeds] == pytest.approx([4 / 6, 1.0])


def test_a_class_that_is_never_there_or_never_named() -> None:
    scores = classification_scores(["a", "a"], ["b", "b"])
    assert (scores.accuracy.mean, scores.f1.mean) == (0.0, 0.0)
    assert [row.support for row in scores.classes] == [2, 0]
    assert json.loads(json.dumps(scores.to_dict()))["labels"] == ["a", "b"]


def test_same_seed_same_interval() -> None:
    assert classification_scores(TRUTH, CALLED, seed=3).f1 == classification_scores(TRUTH, CALLED, seed=3).f1


@pytest.mark.parametrize(
    ("truth", "called", "options"),
    [
        ([], [], {}),
        (["a"], ["a", "b"], {}),
        (["a"], [["a"], []], {}),
        (["a"], ["a"], {"confidence": 1.0}),
        (["a"], ["a"], {"resamples": 0}),
    ],
)
def test_what_cannot_be_judged(truth: list[str], called: list[str], options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        classification_scores(truth, called, **options)
