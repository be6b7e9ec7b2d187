"""How good a classification is: accuracy, precision, recall, F1 and the confusion matrix, and how sure they are.

Figures are scikit-learn's. Macro figures are means over the classes that occur in the truth or among the answers, as
there. Items are what was sampled, so items are resampled (as in :mod:`kgx.evaluate.intervals`): with several seeds, a
resample takes the same items for each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from kgx.evaluate.intervals import Interval

__all__ = ["ClassScores", "ClassificationScores", "classification_scores"]

_BLOCK = 1 << 22  # cells of confusion matrices at a time: bounds memory
_METRICS = ("accuracy", "precision", "recall", "f1")


@dataclass(frozen=True, slots=True)
class ClassScores:
    """How well one class is told from the others: means over seeds.

    Attributes:
        label: its name.
        precision: share of those called so that are.
        recall: share of those that are that are called so.
        f1: harmonic mean of both.
        support: items that are of this class.
    """

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class ClassificationScores:
    """Figures of one method on one set of items.

    Attributes:
        labels: names of the classes, in the order of ``confusion``.
        accuracy: share of the items that are called what they are.
        precision, recall, f1: macro figures.
        classes: figures of each class.
        confusion: items by what they are (rows) and what they are called (columns), over all seeds together.
        seeds: (figures of each seed) metric -> value.
    """

    labels: tuple[str, ...]
    accuracy: Interval
    precision: Interval
    recall: Interval
    f1: Interval
    classes: tuple[ClassScores, ...]
    confusion: Int64[np.ndarray, "classes classes"]
    seeds: tuple[dict[str, float], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as what JSON has."""
        macro = {name: getattr(self, name) for name in _METRICS}
        return {
            **{name: {"mean": one.mean, "low": one.low, "high": one.high} for name, one in macro.items()},
            "classes": [
                {name: getattr(row, name) for name in ("label", "precision", "recall", "f1", "support")}
                for row in self.classes
            ],
            "labels": list(self.labels),
            "confusion": self.confusion.tolist(),
        }


def classification_scores(
    truth: Sequence[str],
    predicted: Sequence[str] | Sequence[Sequence[str]],
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> ClassificationScores:
    """Judge the answers of a classifier, or of the same one trained with several seeds.

    Args:
        truth: what each item is.
        predicted: what each item is called; with several seeds, a sequence for each.
        confidence: share of the resampled figures inside an interval.
        resamples: how many times the items are drawn with replacement.
        seed: of the draws.

    Raises:
        ValueError: no item, other numbers of answers than of items, or an impossible confidence or number of resamples.

    >>> scores = classification_scores(["owl", "owl", "cat", "cat"], ["owl", "cat", "cat", "cat"])
    >>> scores.accuracy.mean, round(scores.f1.mean, 3), scores.confusion.tolist()
    (0.75, 0.733, [[2, 0], [1, 1]])
    >>> scores.classes[0]
    ClassScores(label='cat', precision=0.6666666666666666, recall=1.0, f1=0.8, support=2)
    """
    answers: list[list[str]] = (
        [list(map(str, predicted))]
        if not predicted or isinstance(predicted[0], str)
        else [list(row) for row in predicted]
    )
    if not truth or any(len(row) != len(truth) for row in answers):
        raise ValueError(
            f"expected as many answers as items, at least one, got {len(truth)} items and "
            f"{[len(row) for row in answers]} answers"
        )
    if not 0.0 < confidence < 1.0 or resamples < 1:
        raise ValueError(f"expected a confidence in (0, 1) and a resample, got {confidence} and {resamples}")
    labels = sorted({*truth, *(label for row in answers for label in row)})
    numbers = {label: number for number, label in enumerate(labels)}
    right = np.array([numbers[label] for label in truth])
    called = np.array([[numbers[label] for label in row] for row in answers])  # (seeds, items)
    figures = [_figures(right, row, len(labels)) for row in called]
    drawn = _resampled(right, called, len(labels), resamples, seed)  # (resamples, metrics)
    tail = (1.0 - confidence) / 2.0
    ends = np.quantile(drawn, [tail, 1.0 - tail], axis=0)
    intervals = {
        name: Interval(float(np.mean([one.macro[name] for one in figures])), *map(float, ends[:, column]))
        for column, name in enumerate(_METRICS)
    }
    per_class = np.mean([one.per_class for one in figures], axis=0)  # (3, classes)
    support = np.bincount(right, minlength=len(labels))
    return ClassificationScores(
        tuple(labels),
        **intervals,
        classes=tuple(
            ClassScores(label, float(precision), float(recall), float(f1), int(count))
            for label, (precision, recall, f1), count in zip(labels, per_class.T, support, strict=True)
        ),
        confusion=np.sum([one.confusion for one in figures], axis=0),
        seeds=tuple(one.macro for one in figures),
    )


@dataclass(frozen=True, slots=True)
class _Figures:
    """What scikit-learn says of one seed's answers."""

    macro: dict[str, float]
    per_class: Float[np.ndarray, "3 classes"]
    confusion: Int64[np.ndarray, "classes classes"]


def _figures(right: np.ndarray, called: np.ndarray, classes: int) -> _Figures:
    from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

    every = list(range(classes))
    macro = precision_recall_fscore_support(right, called, average="macro", zero_division=0.0)[:3]
    single = precision_recall_fscore_support(right, called, labels=every, zero_division=0.0)[:3]
    values = (accuracy_score(right, called), *macro)
    return _Figures(
        dict(zip(_METRICS, map(float, values), strict=True)),
        np.stack(single),
        np.asarray(confusion_matrix(right, called, labels=every), dtype=np.int64),
    )


def _resampled(
    right: np.ndarray, called: np.ndarray, classes: int, resamples: int, seed: int
) -> Float[np.ndarray, "resamples metrics"]:
    """Return the macro figures of resampled items, averaged over seeds.

    A resample is how often each item was drawn; times the items' cells, that is its confusion matrix.
    """
    from scipy.sparse import csr_array

    items = len(right)
    rng = np.random.default_rng(seed)
    cells = [
        csr_array((np.ones(items), (np.arange(items), right * classes + row)), shape=(items, classes**2))
        for row in called
    ]
    drawn = np.empty((resamples, len(_METRICS)))
    step = max(1, _BLOCK // max(items, classes**2))
    for start in range(0, resamples, step):
        block = slice(start, min(resamples, start + step))
        counts = rng.multinomial(items, np.full(items, 1 / items), size=block.stop - block.start)
        matrices = [(counts @ one).reshape(-1, classes, classes) for one in cells]
        drawn[block] = np.mean([_of_matrices(matrix) for matrix in matrices], axis=0)
    return drawn


def _of_matrices(matrices: Float[np.ndarray, "n classes classes"]) -> Float[np.ndarray, "n metrics"]:
    """Return accuracy and macro precision, recall and F1 of confusion matrices, over the classes that occur in each."""
    hits = np.diagonal(matrices, axis1=1, axis2=2)  # (n, classes)
    are, called = matrices.sum(axis=2), matrices.sum(axis=1)
    occurs = are + called > 0
    ratios = [_share(hits, called), _share(hits, are), _share(2 * hits, are + called)]
    accuracy = hits.sum(axis=1) / are.sum(axis=1)
    return np.stack(
        [accuracy, *((ratio * occurs).sum(axis=1) / occurs.sum(axis=1) for ratio in ratios)], axis=1
    )


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    shares: np.ndarray = np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
    return shares
