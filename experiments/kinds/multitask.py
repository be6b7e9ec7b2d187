"""Several tasks over one refiner, alone and together, with fixed weights and with learned ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

import numpy as np
from pydantic import Field, PositiveFloat

from experiments.config import WorldOptions
from experiments.known import among
from experiments.planned import Row
from experiments.results_store import ResultsStore, write_json
from experiments.row_key import zero_shot_keys
from experiments.significance import against
from experiments.state import fingerprint
from experiments.target_tokens import TargetTokens, both_ways, fresh_refiner
from experiments.training_curves import PAIRS_SCORE, training_figures
from experiments.world import World
from graphs.gnn.hop_tokens import HopTokenRefiner
from kgx.train import Curve, Task, fit
from kgx.train.multitask import MultiTask
from kgx.train.tasks import token_blocks
from kgx.transfer.auxiliary import AuxiliaryTasks
from kgx.transfer.options import RelationOptions
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.tasks import RefinerTask

__all__ = ["METHODS", "TASKS", "Options", "run"]

TaskName = Literal["pairs", "links", "categories", "tokens"]
Method = Literal["untrained", TaskName, "together, fixed", "together, uncertainty"]

TASKS: Final[tuple[TaskName, ...]] = get_args(TaskName)
METHODS: Final[tuple[Method, ...]] = get_args(Method)

_SCORES = {
    "pairs": PAIRS_SCORE,
    "links": "recall@10 of concepts",
    "categories": "recall, the mean over the categories",
    "tokens": "cosine of told and hidden token",
}
_GAUSSIAN = ("tokens",)


class Options(WorldOptions):
    """Tasks alone and together.

    Attributes:
        modality: of the items that the tasks are about; the target is asked for it by texts, and the other way round.
        methods: which of :data:`METHODS` are compared.
        weights: of the tasks' losses where they are fixed; 1 where left out.
        relation: graph, network and training. Every training takes all epochs, and keeps the weights of the best one
            by the validation score of its task, of pairs where there are several.
        auxiliary_batch: examples a batch of each task but pairs.
    """

    kind: Literal["multitask"] = "multitask"
    modality: Literal["image", "audio"] = "image"
    methods: Annotated[tuple[Method, ...], among(METHODS)] = Field(default=METHODS, min_length=1)
    weights: Annotated[dict[TaskName, PositiveFloat], among(TASKS)] = Field(default_factory=dict)
    relation: RelationOptions = RelationOptions()
    auxiliary_batch: int = Field(default=256, ge=2)

    def modalities(self) -> frozenset[str]:
        """Return texts and what the tasks are about."""
        return frozenset({"text", self.modality})

    def rows(self) -> Iterator[Row]:
        """Yield the rows of the tables: no method is shown a pair."""
        for key in zero_shot_keys(both_ways(self.modality), self.methods, [0]):
            yield key.direction, key.method, key.shots


def run(options: Options, out: Path) -> None:
    """Compute the rows that are missing, sum up, and write every task's curves."""
    store = ResultsStore(out, fingerprint(options))
    directions = both_ways(options.modality)
    methods: list[str] = [method for method in METHODS if method in options.methods]
    keys = zero_shot_keys(directions, methods, options.seeds)
    wanted = [
        (method, seed)
        for method in methods
        for seed in options.seeds
        if store.training(method, seed) is None
        or not all(store.has(key) for key in keys if (key.method, key.seed) == (method, seed))
    ]
    if wanted:
        world = World.build(options)
        world.record(options, out)
        prepared = world.pretraining(options.relation)
        tokens = TargetTokens.of(prepared, world.target, directions)
        for method, seed in wanted:
            refiner = fresh_refiner(prepared, seed)
            curves, weights = _train(options, prepared, refiner, method, seed)
            record = {"curves": {name: asdict(curve) for name, curve in curves.items()}, "weights": weights}
            store.put_training(method, seed, record)
            tokens.put(store, [key for key in keys if (key.method, key.seed) == (method, seed)], refiner)
    store.summarise(keys, {}, against("pairs", methods))
    records = store.trainings([method for method in methods if method != "untrained"], options.seeds)
    write_json(out / "curves.json", _curves(records))
    write_json(
        out / "task_weights.json",
        [
            {"method": method, "seed": seed, **record["weights"]}
            for method, some in records.items()
            for seed, record in zip(options.seeds, some, strict=True)
        ],
    )


def _train(
    options: Options, prepared: Pretraining, refiner: HopTokenRefiner, method: str, seed: int
) -> tuple[dict[str, Curve], dict[str, float]]:
    """Train a refiner in place; return each task's curve and what its loss counted in the end."""
    if method == "untrained":
        refiner.eval()
        return {}, {}
    names: tuple[str, ...] = TASKS if method.startswith("together") else (method,)
    tasks = {name: _task(options, prepared, refiner, name) for name in names}
    given: Mapping[str, float] = {str(name): weight for name, weight in options.weights.items()}
    fixed = {name: given.get(name, 1.0) for name in tasks}
    several = MultiTask(
        tasks,
        weights="uncertainty" if method == "together, uncertainty" else fixed,
        gaussian=[name for name in _GAUSSIAN if name in tasks],
    )
    training = replace(options.relation.training, seed=seed, patience=options.relation.training.epochs)
    fit(several, training, description=f"{method}, seed {seed}")
    return several.curves, several.weights()


def _task(options: Options, prepared: Pretraining, refiner: HopTokenRefiner, name: str) -> Task[Any]:
    pairs, relation = prepared.pairs[options.modality], options.relation
    if name == "pairs":
        return RefinerTask(
            refiner, pairs, batch_size=relation.batch_size, token_dropout=relation.token_dropout
        )
    held_out = np.zeros(len(pairs.other_entities), dtype=np.bool_)
    held_out[pairs.other_rows[pairs.validation]] = True
    made = AuxiliaryTasks(
        prepared.maker,
        options.modality,
        token_blocks(pairs.others),
        held_out,
        batch_size=options.auxiliary_batch,
        token_dropout=relation.token_dropout,
    )
    return made.make(name, refiner)


def _curves(records: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Return for each task its validation score and its loss by epoch, alone and together."""
    drawn = []
    for task in TASKS:
        lines = {
            "alone" if method == task else method: [run["curves"].get(task, {}) for run in runs]
            for method, runs in records.items()
        }
        drawn += training_figures(task, lines, score=_SCORES[task], loss="loss, unweighted")
    return drawn
