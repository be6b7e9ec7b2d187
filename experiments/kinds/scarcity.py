"""One modality made scarce in the source: what is lost, and what balancing, augmentation and other tasks recover."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

import numpy as np
from pydantic import Field

from experiments.config import WorldOptions
from experiments.known import among
from experiments.planned import Row
from experiments.results_store import ResultsStore, write_json
from experiments.row_key import RowKey, zero_shot_keys
from experiments.scarce_copies import CopyOptions, ScarceCopies
from experiments.significance import against
from experiments.state import fingerprint
from experiments.target_tokens import TargetTokens, both_ways, fresh_refiner
from experiments.training_curves import PAIRS_SCORE, training_figures
from experiments.world import World
from graphs.gnn.hop_tokens import HopTokenRefiner
from kgx.augment import Mixup, SpaceDropout
from kgx.balance import BalancedSampler, row_weights
from kgx.items import LinkedItems
from kgx.train import Curve, Task, fit
from kgx.train.multitask import MultiTask
from kgx.transfer.augmented_pairs import AugmentedPairs
from kgx.transfer.auxiliary import AUXILIARY, AuxiliaryTasks
from kgx.transfer.mixed_pairs import MixedAlignment
from kgx.transfer.options import RelationOptions
from kgx.transfer.pretrain import Pretraining

__all__ = ["METHODS", "Options", "run"]

Method = Literal[
    "nothing scarce",
    "untrained",
    "scarce pairs alone",
    "plain",
    "balanced sampler",
    "re-weighting",
    "focal",
    "logit adjustment",
    "mixup",
    "modality dropout",
    "edge dropping",
    "item augmentation",
    "text augmentation",
    "multi-task",
    "all",
]

METHODS: Final[tuple[Method, ...]] = get_args(Method)
"""What is compared: two ends (nothing scarce, nothing learned), today's training, and what may help."""

_FULL: Method = "nothing scarce"
_PLAIN: Method = "plain"


class Options(WorldOptions):
    """A source in which one modality is scarce.

    Each remedy is added to ``plain`` alone; ``all`` is the balanced sampler, mixup, modality dropout and multi-task
    training together.

    Attributes:
        scarce: the modality; the target is asked for it by texts, and the other way round.
        one_in: of so many of its items one is kept, drawn anew by every seed; all texts stay.
        methods: which of :data:`METHODS` are compared.
        relation: graph, network and training; there is no early stopping, as hardly a pair would be left to decide it.
        epoch: pairs an epoch.
        alpha: of the balanced sampler (:class:`kgx.balance.BalancedSampler`).
        beta: of the effective numbers (:func:`kgx.balance.effective_number_weights`).
        gamma: of the focal weights (:func:`kgx.losses.multi_positive_contrastive`).
        tau: of the logit adjustment (:class:`kgx.transfer.mixed_pairs.MixedAlignment`).
        mixup: of the refined texts.
        modality_dropout: probability with which all tokens of a space are left out.
        copies: of scarce items and of their texts, which stand beside the originals in training.
        auxiliary_batch: examples a batch of each further task.
    """

    kind: Literal["scarcity"] = "scarcity"
    scarce: Literal["image", "audio"] = "image"
    one_in: int = Field(default=50, ge=1)
    methods: Annotated[tuple[Method, ...], among(METHODS)] = Field(default=METHODS, min_length=1)
    relation: RelationOptions = RelationOptions()
    epoch: int = Field(default=2048, ge=2)
    alpha: float = Field(default=0.0, ge=0, le=1)
    beta: float = Field(default=0.9999, ge=0, lt=1)
    gamma: float = Field(default=2.0, ge=0)
    tau: float = Field(default=1.0, ge=0)
    mixup: Mixup = Mixup()
    modality_dropout: float = Field(default=0.1, ge=0, le=1)
    copies: CopyOptions = CopyOptions()
    auxiliary_batch: int = Field(default=128, ge=2)

    def modalities(self) -> frozenset[str]:
        """Return texts and what is scarce."""
        return frozenset({"text", self.scarce})

    def rows(self) -> Iterator[Row]:
        """Yield the rows of the tables: no method is shown a pair."""
        for key in zero_shot_keys(both_ways(self.scarce), self.methods, [0]):
            yield key.direction, key.method, key.shots


def run(options: Options, out: Path) -> None:
    """Compute the rows that are missing and sum up; see :class:`Options`."""
    store = ResultsStore(out, fingerprint(options))
    methods = [method for method in METHODS if method in options.methods]
    keys = zero_shot_keys(both_ways(options.scarce), methods, options.seeds)
    missing = [key for key in keys if not store.has(key)]
    if missing:
        world = World.build(options)
        world.record(options, out)
        whole = [key for key in missing if key.method == _FULL]
        if whole:
            _compute(options, world, whole, store)
        for seed in options.seeds:
            some = [key for key in missing if key.method != _FULL and key.seed == seed]
            if some:
                scarce = replace(world, source=_thinned(world.source, options, seed))
                _compute(options, scarce, some, store)
    store.summarise(keys, {}, against(_PLAIN, methods))
    trained = store.trainings(methods, options.seeds)
    write_json(out / "curves.json", training_figures("pairs", trained, score=PAIRS_SCORE))
    write_json(out / "recovery.json", _recovery(out))


def _thinned(source: Mapping[str, LinkedItems], options: Options, seed: int) -> dict[str, LinkedItems]:
    """Keep one in so many of the scarce modality's items."""
    own = source[options.scarce]
    kept = np.random.default_rng(seed).permutation(len(own))[: max(1, round(len(own) / options.one_in))]
    return {**source, options.scarce: own.select(np.sort(kept))}


def _compute(options: Options, world: World, keys: list[RowKey], store: ResultsStore) -> None:
    prepared = world.pretraining(options.relation)
    tokens = TargetTokens.of(prepared, world.target, both_ways(options.scarce))
    copies = ScarceCopies(options.copies, world, options.source, options.scarce)
    for method, seed in dict.fromkeys((key.method, key.seed) for key in keys):
        refiner, curve = _trained(options, prepared, copies, method, seed)
        store.put_training(method, seed, asdict(curve))
        tokens.put(store, [key for key in keys if (key.method, key.seed) == (method, seed)], refiner)


def _trained(
    options: Options, prepared: Pretraining, copies: ScarceCopies, method: str, seed: int
) -> tuple[HopTokenRefiner, Curve]:
    """Return a refiner, and how training on pairs went."""
    refiner = fresh_refiner(prepared, seed)
    if method == "untrained":
        return refiner.eval(), Curve()
    shown = AugmentedPairs.of(prepared, options.scarce, copies.make(method, seed))
    task: Task[Any] = _alignment(options, prepared, shown, refiner, method)
    if method in ("multi-task", "all"):
        further = _further(options, prepared, shown, refiner)
        task = MultiTask({"pairs": task, **further}, weights="uncertainty")
    training = replace(options.relation.training, seed=seed, patience=0)
    curve = fit(task, training, description=f"{method}, seed {seed}")
    return refiner, task.curves["pairs"] if isinstance(task, MultiTask) else curve


def _alignment(
    options: Options, prepared: Pretraining, shown: AugmentedPairs, refiner: HopTokenRefiner, method: str
) -> MixedAlignment:
    pairs = shown.pairs
    scarce = pairs.modalities.index(options.scarce)
    if method == "scarce pairs alone":
        pairs = pairs.select(np.flatnonzero(pairs.kinds == scarce))
    everything = method == "all"
    balanced = everything or method == "balanced sampler"
    sampler = BalancedSampler(pairs.kinds, alpha=options.alpha if balanced else 1.0, length=options.epoch)
    return MixedAlignment(
        refiner,
        pairs,
        shown.blocks,
        prepared.maker.asked(),
        batch_size=options.relation.batch_size,
        token_dropout=options.relation.token_dropout,
        epoch=options.epoch,
        order=sampler.order,
        # drawn evenly already, pairs would be made up for twice
        weights=row_weights(pairs.kinds, options.beta) if method == "re-weighting" else None,
        mixup=options.mixup if everything or method == "mixup" else None,
        space_dropout=SpaceDropout(options.modality_dropout)
        if everything or method == "modality dropout"
        else None,
        gamma=options.gamma if method == "focal" else 0.0,
        tau=options.tau if method == "logit adjustment" else 0.0,
    )


def _further(
    options: Options, prepared: Pretraining, shown: AugmentedPairs, refiner: HopTokenRefiner
) -> dict[str, Task[Any]]:
    """Return the further tasks of texts and of the scarce items."""
    tasks: dict[str, Task[Any]] = {}
    for modality, own in shown.blocks.items():
        count = len(prepared.maker.reference.items[modality])
        made = AuxiliaryTasks(
            prepared.maker,
            modality,
            own,
            np.zeros(count, dtype=np.bool_),
            batch_size=options.auxiliary_batch,
            token_dropout=options.relation.token_dropout,
        )
        tasks.update({f"{modality} {name}": made.make(name, refiner) for name in AUXILIARY})
    return tasks


def _recovery(out: Path) -> list[dict[str, Any]]:
    """Return what share of what scarcity took from recall@10 each method gives back, the mean over seeds."""
    means = {
        (record["direction"], record["method"]): record["mean"]
        for record in json.loads((out / "intervals.json").read_text(encoding="utf-8"))
        if record["metric"] == "recall@10"
    }
    records = []
    for (direction, method), mean in means.items():
        full, plain = means.get((direction, _FULL)), means.get((direction, _PLAIN))
        if full is None or plain is None or full <= plain:
            continue
        share = (mean - plain) / (full - plain)
        records.append({"direction": direction, "method": method, "recall@10": mean, "recovered": share})
    return records
