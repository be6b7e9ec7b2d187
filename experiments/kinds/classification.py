"""Strategies of fine-tuning side by side: the category of a drawing told from its texts, or from its picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from experiments.answers_store import AnswersStore
from experiments.categorised import LabelledParts
from experiments.data_cards import category_cards
from experiments.experiment import Strict
from experiments.known import KnownTask
from experiments.planned import LABEL_METRICS, PlannedExperiment, Row
from experiments.results_store import RowKey, write_json
from experiments.significance import against
from experiments.state import fingerprint
from experiments.training_curves import training_figures
from experiments.trunk_options import TrunkOptions
from kgx.threads import configure
from kgx.transfer.model import Examples, FineTuned, FineTuningOptions, fine_tune, read_examples

__all__ = ["MethodOptions", "Options", "run"]


class MethodOptions(Strict):
    """One row of the table.

    Attributes:
        trunk: which network.
        tuning: how it is fine-tuned.
        rates: learning rates that are tried with the first seed; the one of the best validation score is taken. Left
            out, that of ``tuning``.
        seeds: how many of the experiment's seeds, where all would take too long.
    """

    trunk: TrunkOptions
    tuning: FineTuningOptions
    rates: tuple[float, ...] = ()
    seeds: int | None = Field(default=None, ge=1)


class Options(PlannedExperiment):
    """A task with its data, and the methods that are compared on it.

    Attributes:
        direction: the task's name in the tables.
        data: labelled items.
        methods: name -> method; the first is what the others are tested against.
    """

    metrics: ClassVar[tuple[str, ...]] = LABEL_METRICS

    kind: Literal["classification"] = "classification"
    direction: str
    data: KnownTask
    methods: dict[str, MethodOptions]

    @field_validator("methods")
    @classmethod
    def _some(cls, methods: dict[str, MethodOptions]) -> dict[str, MethodOptions]:
        if not methods:
            raise ValueError("expected at least one method")
        for name, method in methods.items():
            if method.tuning.training.patience < 1:
                raise ValueError(f"{name}: expected a patience of at least 1, as validation decides, got 0")
        return methods

    @model_validator(mode="after")
    def _trunks_of_the_modality(self) -> Self:
        for method in self.methods.values():
            method.trunk.check(self.data.modality)
        return self

    def rows(self) -> Iterator[Row]:
        """Yield the rows of the table; the data tell how many labels there are."""
        for method in self.methods:
            yield self.direction, method, None


def run(options: Options, out: Path) -> None:
    """Compute the rows that are missing, and sum up; see :class:`Options`."""
    configure(options.threads)
    store = AnswersStore(out, fingerprint(options))
    parts = options.data.load()
    write_json(out / "data_sets.json", category_cards({"task": (options.data, parts)}))
    keys: list[RowKey] = []
    read: dict[TrunkOptions, list[Examples]] = {}
    for name, method in options.methods.items():
        shots = len(parts.training.labels)
        own = [RowKey(options.direction, name, shots, seed) for seed in options.seeds[: method.seeds]]
        keys += own
        if not all(store.has(key) for key in own):
            if method.trunk not in read:
                read[method.trunk] = _read(method.trunk, parts, options.data.modality)
            _compute(method, read[method.trunk], own, store)
    store.summarise_answers(keys, against(next(iter(options.methods)), options.methods))
    trained = store.trainings(options.methods, options.seeds)
    write_json(out / "curves.json", training_figures("fine-tuning", trained, score="validation F1"))


def _read(options: TrunkOptions, parts: LabelledParts, modality: str) -> list[Examples]:
    """Read the parts once for all methods that have the same trunk."""
    trunk = options.load(modality, 0)
    return [
        read_examples(trunk, part.values, part.labels, modality)
        for part in (parts.training, parts.validation, parts.test)
    ]


def _compute(
    method: MethodOptions, sets: Sequence[Examples], keys: list[RowKey], store: AnswersStore
) -> None:
    """Train one method with each seed that is missing, and answer the test part once with each."""
    test = sets[2]
    rates = method.rates or (method.tuning.training.learning_rate,)
    tried = {rate: _train(method, rate, sets, keys[0]) for rate in rates}
    rate = max(tried, key=lambda one: _validated(tried[one]))
    for key in keys:
        if store.has(key):
            continue
        tuned = tried[rate] if key == keys[0] else _train(method, rate, sets, key)
        told = tuned.classifier.tell(test.inputs, test.modality)
        notes = {
            "validation_f1": _validated(tuned),
            "trained_share": tuned.trained / tuned.size,
            "epochs": float(len(tuned.curve.loss)),
            "learning_rate": rate,
        }
        store.put_training(key.method, key.seed, asdict(tuned.curve))
        store.put_answers(key, test.labels, told, notes)


def _validated(tuned: FineTuned) -> float:
    return max(tuned.curve.score)


def _train(method: MethodOptions, rate: float, sets: Sequence[Examples], key: RowKey) -> FineTuned:
    training_set, validation_set, _ = sets
    training = replace(method.tuning.training, learning_rate=rate, seed=key.seed)
    return fine_tune(
        method.trunk.load(training_set.modality, key.seed),
        training_set,
        validation_set,
        replace(method.tuning, training=training),
        description=f"{key.method}, rate {rate:g}, seed {key.seed}",
    )
