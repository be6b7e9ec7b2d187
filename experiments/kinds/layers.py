"""How far up a network's layers can be carried over: accuracy on a target task against blocks taken from a source task.

Yosinski, Clune, Bengio & Lipson, *How transferable are features in deep neural networks?* (arXiv 1411.1792): a network
trained on task A gives its embeddings and first blocks to a network for task B, whose further blocks begin at random.
What was carried over is left as it is (``frozen``), or trained along (``fine-tuned``). The same with blocks of a
network trained on B itself (``own, frozen``) tells what is lost because layers that learned together are torn apart,
which is not the transfer's fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, get_args

import numpy as np
from pydantic import Field, NonNegativeInt, field_validator, model_validator

from experiments.answers_store import AnswersStore
from experiments.categorised import LabelledPart, LabelledParts
from experiments.data_cards import category_cards
from experiments.known import KnownTask, among
from experiments.planned import LABEL_METRICS, PlannedExperiment, Row
from experiments.results_store import RowKey, write_json
from experiments.significance import Pair
from experiments.state import fingerprint
from experiments.training_curves import training_figures
from experiments.trunk_options import TrunkOptions
from kgx.errors import ConfigError
from kgx.evaluate.classification import classification_scores
from kgx.threads import configure
from kgx.train import TrainingOptions
from kgx.transfer.model import Examples, FineTuned, FineTuningOptions, Trunk, fine_tune, read_examples
from kgx.transfer.model.transplant import block_count, transplanted

__all__ = ["Options", "run"]

Way = Literal["frozen", "fine-tuned", "own, frozen"]
_OWN: Way = "own, frozen"


class Options(PlannedExperiment):
    """A source task, a target task, and how many blocks are carried over.

    Attributes:
        direction: the target task's name in the tables.
        source, target: labelled items, of one modality.
        trunk: what the network for the source task begins with.
        tuning: of every training; the strategy is the experiment's own.
        head: training where all blocks are frozen and a head is all that learns, which takes other rates than a
            network does.
        blocks: numbers of blocks that are carried over.
        ways: what is done with them.
    """

    metrics: ClassVar[tuple[str, ...]] = LABEL_METRICS

    kind: Literal["layers"] = "layers"
    direction: str
    source: KnownTask
    target: KnownTask
    trunk: TrunkOptions
    tuning: FineTuningOptions
    head: TrainingOptions = TrainingOptions(epochs=30, learning_rate=0.02, patience=5)
    blocks: tuple[NonNegativeInt, ...] = Field(min_length=2)
    ways: Annotated[tuple[Way, ...], among(get_args(Way))] = Field(
        default=("frozen", "fine-tuned"), min_length=1
    )

    @field_validator("blocks")
    @classmethod
    def _each_once(cls, blocks: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(blocks)) < len(blocks):
            raise ValueError(f"expected each number once, got {', '.join(map(str, blocks))}")
        return blocks

    @model_validator(mode="after")
    def _one_modality(self) -> Options:
        if self.source.modality != self.target.modality:
            raise ValueError("expected source and target of one modality")
        if min(self.tuning.training.patience, self.head.patience) < 1:
            raise ValueError("expected a patience of at least 1, as validation decides, got 0")
        self.trunk.check(self.target.modality)
        total = self.trunk.known_blocks()
        if total is not None and max(self.blocks) > total:
            raise ValueError(
                f"blocks: expected at most {total}, which the network has, got {max(self.blocks)}"
            )
        return self

    def rows(self) -> Iterator[Row]:
        """Yield the rows of the table; the data tell how many labels there are."""
        for way in self.ways:
            for blocks in self.blocks:
                yield self.direction, _method(way, blocks), None


def run(options: Options, out: Path) -> None:
    """Compute the rows that are missing, and sum up; see :class:`Options`."""
    configure(options.threads)
    store = AnswersStore(out, fingerprint(options))
    source, target = options.source.load(), options.target.load()
    cards = category_cards({"source": (options.source, source), "target": (options.target, target)})
    write_json(out / "data_sets.json", cards)
    shots = len(target.training.labels)
    keys = [
        RowKey(options.direction, _method(way, blocks), shots, seed)
        for way in options.ways
        for blocks in options.blocks
        for seed in options.seeds
    ]
    if not all(store.has(key) for key in keys):
        _compute(options, source, target, {(key.method, key.seed): key for key in keys}, store)
    store.summarise_answers(keys, _compared(options))
    curve = {
        "name": options.direction,
        "x_label": "blocks carried over",
        "y_label": "accuracy",
        "x": sorted(options.blocks),
        "series": [_series(options, way, shots, store) for way in options.ways],
    }
    write_json(out / "curves.json", [curve, *_trainings(options, store)])


def _compared(options: Options) -> Iterator[Pair]:
    """Yield what is tested: each number of blocks against the fewest, and against the target's own blocks."""
    fewest = min(options.blocks)
    for way in options.ways:
        for blocks in sorted(options.blocks):
            if blocks != fewest:
                yield _method(way, fewest), _method(way, blocks)
            if way != _OWN and _OWN in options.ways:
                yield _method(_OWN, blocks), _method(way, blocks)


def _trainings(options: Options, store: AnswersStore) -> Iterator[dict[str, Any]]:
    """Yield the plots of all trainings: of the networks that give blocks, and of those that take them, by way."""
    lines = {"blocks given": {_whole(origin): _whole(origin) for origin in ("source", "target")}}
    for way in options.ways:
        lines[way] = {_method(way, blocks): f"{blocks} blocks" for blocks in sorted(options.blocks)}
    for name, labels in lines.items():
        kept = {labels[one]: curves for one, curves in store.trainings(labels, options.seeds).items()}
        yield from training_figures(name, kept, score="validation F1")


def _compute(
    options: Options,
    source: LabelledParts,
    target: LabelledParts,
    keys: dict[tuple[str, int], RowKey],
    store: AnswersStore,
) -> None:
    """Train the source's network once a seed, and from it one network for each number of blocks."""
    modality = options.target.modality
    reader = options.trunk.load(modality, 0)
    total = block_count(reader)
    if max(options.blocks) > total:
        raise ConfigError(
            f"blocks: expected at most {total}, which the network has, got {max(options.blocks)}"
        )
    sets = {name: _read(reader, parts, modality) for name, parts in (("source", source), ("target", target))}
    test = read_examples(reader, target.test.values, target.test.labels, modality)
    for seed in options.seeds:
        trained: dict[str, Trunk] = {}
        for way in options.ways:
            origin = "target" if way == _OWN else "source"
            for blocks in options.blocks:
                key = keys[_method(way, blocks), seed]
                if store.has(key):
                    continue
                if origin not in trained:
                    trained[origin] = options.trunk.load(modality, seed)
                    whole = _train(
                        options, trained[origin], sets[origin], "full", 1, f"{origin}, seed {seed}", seed
                    )
                    store.put_training(_whole(origin), seed, asdict(whole.curve))
                trunk = transplanted(trained[origin], blocks, seed=seed)
                strategy = "full" if way == "fine-tuned" else "freeze" if blocks == total else "last_n"
                tuned = _train(
                    options,
                    trunk,
                    sets["target"],
                    strategy,
                    total - blocks,
                    f"{key.method}, seed {seed}",
                    seed,
                )
                told = tuned.classifier.tell(test.inputs, modality)
                notes = {"validation_f1": max(tuned.curve.score)}
                store.put_training(key.method, seed, asdict(tuned.curve))
                store.put_answers(key, test.labels, told, notes)


def _train(
    options: Options,
    trunk: Trunk,
    sets: list[Examples],
    strategy: str,
    last: int,
    description: str,
    seed: int,
) -> FineTuned:
    tuning = replace(options.tuning, strategy=strategy, last=max(1, last))
    if strategy == "freeze":
        tuning = replace(tuning, head_rate=1.0, training=options.head)
    tuning = replace(tuning, training=replace(tuning.training, seed=seed))
    training_set, validation_set = sets
    return fine_tune(trunk, training_set, validation_set, tuning, description=description)


def _read(trunk: Trunk, parts: LabelledParts, modality: str) -> list[Examples]:
    both: tuple[LabelledPart, ...] = (parts.training, parts.validation)
    return [read_examples(trunk, part.values, part.labels, modality) for part in both]


def _series(options: Options, way: Way, shots: int, store: AnswersStore) -> dict[str, Any]:
    """Return one line of the plot: the mean over seeds, and the ends of a 95 % interval over the items."""
    intervals = []
    for blocks in sorted(options.blocks):
        rows = [
            store.answers(RowKey(options.direction, _method(way, blocks), shots, seed))
            for seed in options.seeds
        ]
        intervals.append(classification_scores(rows[0][0], [told for _, told, _ in rows]).accuracy)
    ends = np.array([(one.mean, one.low, one.high) for one in intervals])
    return {"name": way, **{name: ends[:, place].tolist() for place, name in enumerate(("y", "low", "high"))}}


def _method(way: Way, blocks: int) -> str:
    return f"{way}, {blocks} blocks"


def _whole(origin: str) -> str:
    return f"{origin} task"
