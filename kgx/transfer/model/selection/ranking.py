"""Ranking candidate encoders for a labelled target before any of them is fine-tuned, and checking the ranking."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from kgx.encoders import VectorCache, load_encoder
from kgx.errors import ConfigError
from kgx.train import TrainingOptions
from kgx.transfer.model.examples import read_examples
from kgx.transfer.model.fine_tuning import fine_tune
from kgx.transfer.model.selection.agreement import Agreement, agreement
from kgx.transfer.model.selection.logme import logme
from kgx.transfer.model.selection.probes import linear_probe, nearest_neighbours, probe
from kgx.transfer.model.selection.target import LabelledTarget
from kgx.transfer.model.strategy import FineTuningOptions
from kgx.transfer.model.trunks import load_trunk

__all__ = ["FINAL", "SCORES", "CandidateScores", "Selection", "select"]

SCORES = ("logme", "linear_probe", "knn")
"""Names of the scores; candidates are ranked by the first."""

FINAL = ("probe", "fine-tune")
"""What the final accuracy may be that of: a linear probe fitted on the whole training part, or full fine-tuning."""

_FINE_TUNING = FineTuningOptions(
    "full", head_rate=10.0, decay=0.8, training=TrainingOptions(epochs=8, learning_rate=1e-4)
)


@dataclass(frozen=True)
class CandidateScores:
    """What was found out about one candidate.

    Attributes:
        name: of the encoder.
        dimension: length of its vectors.
        scores: name -> score, for each of :data:`SCORES`; more is better.
        accuracy: on the test part, after training on the whole training part; None where it was not asked for.
        seconds: that encoding and scoring took; vectors may have come from a cache.
    """

    name: str
    dimension: int
    scores: Mapping[str, float]
    accuracy: float | None
    seconds: float


@dataclass(frozen=True)
class Selection:
    """Candidates, the best first by LogME.

    Attributes:
        candidates: what was found out about each.
        items: that the scores were taken on.
        agreements: score -> how well it foretold the accuracies; empty where they were not asked for.
        skipped: reason by row number of the target, for items that a candidate could not encode.
    """

    candidates: tuple[CandidateScores, ...]
    items: int
    agreements: Mapping[str, Agreement] = field(default_factory=dict)
    skipped: Mapping[int, str] = field(default_factory=dict)


def select(
    names: Sequence[str],
    target: LabelledTarget,
    *,
    final: str | None = None,
    cache: Path | None = None,
    threads: int = 2,
    seed: int = 0,
) -> Selection:
    """Score candidates on the target's few labels, and rank them.

    Items that any candidate cannot encode are left out for all, so that all are scored on the same.

    Args:
        names: of encoders, as :func:`kgx.encoders.load_encoder` takes them.
        target: labelled items.
        final: one of :data:`FINAL`, to verify the scores; None: not at all.
        cache: folder in which vectors are kept.
        threads: for each encoder.
        seed: of folds and training.

    Raises:
        ConfigError: no candidate or one twice, an unknown way to verify, or too few items that all can encode.
        EncoderError: a candidate cannot be loaded, or does not take the target's modality.
    """
    if not names or len(set(names)) < len(names):
        raise ConfigError(f"expected candidates, each once, got {list(names)}")
    if final is not None and final not in FINAL:
        raise ConfigError(f"expected to verify by {' or '.join(FINAL)}, got {final!r}")
    rows = sorted({*target.few, *(() if final is None else (*target.training, *target.test))})
    vectors: dict[str, Float32[np.ndarray, "n d"]] = {}
    seconds: dict[str, float] = {}
    skipped: dict[int, str] = {}
    for name in names:
        started = time.perf_counter()
        encoder = load_encoder(name, threads=threads)
        known = encoder if cache is None else VectorCache(cache, encoder)
        encoding = known.encode([target.values[row] for row in rows], target.modality)
        seconds[name] = time.perf_counter() - started
        vectors[name] = encoding.vectors
        skipped |= {rows[place]: f"{name}: {why}" for place, why in encoding.failures.items()}
    usable = {row: place for place, row in enumerate(rows) if row not in skipped}
    few = [row for row in target.few if row in usable]
    labels = [target.labels[row] for row in few]
    if len(set(labels)) < 2 or len(set(labels)) == len(labels):
        raise ConfigError(
            f"expected items of two labels or more, one of them twice, got {len(labels)} items of "
            f"{len(set(labels))} labels that all candidates can encode: use more labels"
        )
    found = []
    for name in names:
        started = time.perf_counter()
        features = vectors[name][[usable[row] for row in few]].astype(np.float64)
        scores = {
            "logme": logme(features, labels),
            "linear_probe": linear_probe(features, labels, seed=seed),
            "knn": nearest_neighbours(features, labels),
        }
        seconds[name] += time.perf_counter() - started
        accuracy = None
        if final is not None:
            accuracy = _final(name, target, usable, vectors[name], final, seed)
        found.append(CandidateScores(name, features.shape[1], scores, accuracy, seconds[name]))
    agreements = {}
    if final is not None:
        accuracies = [one.accuracy or 0.0 for one in found]
        agreements = {score: agreement([one.scores[score] for one in found], accuracies) for score in SCORES}
    ranked = sorted(found, key=lambda one: -one.scores[SCORES[0]])
    return Selection(tuple(ranked), len(few), agreements, skipped)


def _final(
    name: str,
    target: LabelledTarget,
    usable: Mapping[int, int],
    vectors: Float32[np.ndarray, "n d"],
    final: str,
    seed: int,
) -> float:
    """Return the accuracy on the test part after training on all of the training part."""
    training = [row for row in target.training if row in usable]
    test = [row for row in target.test if row in usable]
    right = [target.labels[row] for row in test]
    if not test:
        raise ConfigError("expected a test part to verify on, found none: name it in the column split")
    labels = [target.labels[row] for row in training]
    told: Any
    if final == "probe":
        fitted = probe(seed).fit(vectors[[usable[row] for row in training]].astype(np.float64), labels)
        told = fitted.predict(vectors[[usable[row] for row in test]].astype(np.float64))
    else:
        trunk = load_trunk(name, target.modality)
        values = [target.values[row] for row in training]
        examples = read_examples(trunk, values, labels, target.modality)
        options = replace(_FINE_TUNING, training=replace(_FINE_TUNING.training, seed=seed))
        tuned = fine_tune(trunk, examples, options=options, description=f"fine-tune {name}")
        told = tuned.classifier.predict([target.values[row] for row in test]).labels
    return float(np.mean([one == other for one, other in zip(told, right, strict=True)]))
