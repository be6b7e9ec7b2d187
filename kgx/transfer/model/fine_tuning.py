"""Fine-tuning: a pretrained trunk and labelled examples in, a classifier out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from kgx.errors import ConfigError
from kgx.train import Curve, fit
from kgx.transfer.model.classification_task import ClassificationTask
from kgx.transfer.model.classifier import Classifier
from kgx.transfer.model.examples import Examples
from kgx.transfer.model.lora import low_rank
from kgx.transfer.model.strategy import FineTuningOptions
from kgx.transfer.model.trunk import Trunk

__all__ = ["FineTuned", "fine_tune"]


@dataclass(frozen=True)
class FineTuned:
    """What came out.

    Attributes:
        classifier: the trunk that was given, trained, under its heads.
        curve: loss and validation score, epoch by epoch.
        trained: numbers that were trained, of the heads and of the trunk.
        size: numbers that there are.
    """

    classifier: Classifier
    curve: Curve
    trained: int
    size: int


def fine_tune(
    trunk: Trunk,
    training: Examples | Sequence[Examples],
    validation: Examples | Sequence[Examples] = (),
    options: FineTuningOptions | None = None,
    *,
    snapshot: Path | None = None,
    description: str = "fine-tune",
) -> FineTuned:
    """Train heads over a trunk, and as much of the trunk as the strategy says.

    Same seed, same thread count and same machine: same weights, whether the training was interrupted or not.

    Args:
        trunk: pretrained; it is trained in place.
        training: labelled examples; several sets train several heads, or one head on several modalities.
        validation: held-out examples that training stops by; their labels have to be among the training's.
        options: the strategy, and how long and how fast.
        snapshot: a file that is written after every epoch; where it exists, training goes on from it.
        description: stands beside the progress bar.

    Raises:
        ConfigError: no examples, fewer than two labels, labels that only the validation has, or ``shared`` with a
            single set of examples.
        EncoderError: the trunk does not take a modality.
        ModelError: the snapshot is damaged, or another training's.
        MissingExtraError: the extra that the strategy needs is not installed.
    """
    chosen = FineTuningOptions() if options is None else options
    sets = [training] if isinstance(training, Examples) else list(training)
    held_out = [validation] if isinstance(validation, Examples) else list(validation)
    labels = _labels(sets, held_out)
    if chosen.strategy == "shared" and len({(one.head, one.modality) for one in sets}) < 2:
        raise ConfigError("shared: expected examples of several heads or modalities, got one set")
    for one in (*sets, *held_out):
        trunk.require(one.modality)
    lora = chosen.strategy == "lora"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(chosen.training.seed)
        classifier = Classifier(trunk, labels, dropout=chosen.dropout)
        size = sum(parameter.numel() for parameter in classifier.parameters())
        with low_rank(trunk, chosen.rank) if lora else nullcontext():
            task = ClassificationTask(classifier, sets, held_out, chosen)
            trained = sum(len(one.flatten()) for group in task.parameter_groups() for one in group.parameters)
            curve = fit(
                task,
                chosen.training,
                description=description,
                snapshot=snapshot,
                identity=_identity(chosen, labels, sets, held_out),
            )
    classifier.requires_grad_(True)
    return FineTuned(classifier.eval(), curve, trained, size)


def _labels(training: Sequence[Examples], validation: Sequence[Examples]) -> dict[str, list[str]]:
    """Return the labels of every head, sorted."""
    labels: dict[str, set[str]] = {}
    for one in training:
        labels.setdefault(one.head, set()).update(one.labels)
    if not labels:
        raise ConfigError("expected labelled examples, got none")
    for head, names in labels.items():
        if len(names) < 2:
            raise ConfigError(f"head {head!r}: expected examples of two labels or more, got {sorted(names)}")
    for one in validation:
        unknown = sorted(set(one.labels) - labels.get(one.head, set()))
        if unknown:
            raise ConfigError(
                f"head {one.head!r}: {unknown[0]!r} is among the validation's labels, but not among the training's; "
                "leave such examples out"
            )
    return {head: sorted(names) for head, names in labels.items()}


def _identity(
    options: FineTuningOptions,
    labels: Mapping[str, Sequence[str]],
    training: Sequence[Examples],
    validation: Sequence[Examples],
) -> dict[str, Any]:
    """Return what has to be the same for an interrupted training to go on: options, labels and examples."""
    digest = hashlib.sha256()
    for one in (*training, *validation):
        digest.update(repr((one.head, one.modality, list(one.labels))).encode())
        for value in one.inputs:
            digest.update(value.numpy().tobytes())
    told = {name: value for name, value in asdict(options).items() if name != "training"}
    return {"fine-tuning": told, "labels": dict(labels), "examples": digest.hexdigest()}
