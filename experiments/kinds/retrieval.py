"""Retrieval on a target: methods side by side, with no known pairs, a few and more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from experiments.completed import CompletedTarget, relation_model
from experiments.config import ExperimentConfig, takes_part
from experiments.method_names import (
    COMPLETED,
    GATED,
    GRAPH_FREE,
    METHODS,
    OURS,
    OWN,
    UNFILED,
    UNTRAINED,
)
from experiments.methods import Baselines, Embed, Scorer
from experiments.protocol import DIRECTIONS, Direction, Protocol
from experiments.results_store import ResultsStore, write_json
from experiments.row_key import RowKey
from experiments.samples import write_samples
from experiments.significance import against
from experiments.source_gate import source_gate
from experiments.state import fingerprint
from experiments.training_curves import PAIRS_SCORE, training_figures
from experiments.world import World
from graphs.gnn.hop_tokens import HopTokenRefiner
from kgx.items import LinkedItems
from kgx.run_folder import write_run
from kgx.transfer.application import relation_report
from kgx.transfer.centres import Centres
from kgx.transfer.gate import Gate
from kgx.transfer.model_folder import save_model
from kgx.transfer.relation import RelationTransfer

__all__ = ["Options", "check", "rows", "run"]

_HARM_BASELINE = dict.fromkeys((*OWN, GATED, UNTRAINED), "ridge")
_WITHOUT_SEED = ("label-text", "fused-rrf")
_CLOSED_FORMS = (
    *("ridge", "similarity", "least-squares", "procrustes", "cca", "pls", "coral"),
    *("fused-weighted", "fused-concat"),
)
"""Methods that have nothing random but the draw of pairs."""


Options = ExperimentConfig


def check(options: ExperimentConfig) -> None:
    """Refuse a relation model that cannot be used now, not after the training.

    Raises:
        CheckpointError: the checkpoint cannot be used.
    """
    if options.completion is not None:
        relation_model(options.completion)


def run(options: ExperimentConfig, out: Path) -> None:
    """Compute the rows that are missing, keep the first seed's model and index, and sum up."""
    store = ResultsStore(out, fingerprint(options), options.ranking_depth)
    world = World.build(options)
    keys = list(rows(options, world.target))
    _compute(options, world, store, keys, out)
    store.summarise(keys, _HARM_BASELINE, against(OURS, (key.method for key in keys)))
    world.record(options, out)
    trained = store.trainings([options.relation.network], options.seeds)
    write_json(out / "curves.json", training_figures("pretraining", trained, score=PAIRS_SCORE))


def _shots(options: ExperimentConfig, target: Protocol) -> tuple[int, ...]:
    """Return the numbers of pairs, with ``all`` as what there is, and none that there are not enough pairs for."""
    most = len(target.pool)
    asked = (most if shots == "all" else shots for shots in options.shots)
    return tuple(dict.fromkeys(shots for shots in asked if shots <= most))


def rows(config: ExperimentConfig, target: Protocol) -> Iterator[RowKey]:
    """Yield the rows of the table, the cheap ones first; numbers of pairs that there are not enough for have none."""
    methods = [name for name in METHODS if name in config.methods]
    if config.completion is not None and COMPLETED not in methods:
        methods.append(COMPLETED)
    shots_wanted = _shots(config, target)
    for asked, sought in DIRECTIONS:
        direction = f"{asked}-{sought}"
        if direction not in config.directions or not {asked, sought} <= set(target.items):
            continue
        for shots in shots_wanted:
            for method in methods:
                if not takes_part(direction, method, shots):
                    continue
                fixed = method in _WITHOUT_SEED or (not shots and method in _CLOSED_FORMS)
                most = 1 if fixed else config.fewer_seeds.get(method, len(config.seeds))
                for seed in config.seeds[:most]:
                    yield RowKey(direction, method, shots, seed)


def _compute(
    config: ExperimentConfig, world: World, store: ResultsStore, keys: Sequence[RowKey], out: Path
) -> None:
    missing = [key for key in keys if not store.has(key)]
    if not missing and (out / "run.json").is_file():
        return
    target, shots_wanted = world.target, sorted({key.shots for key in keys})
    pretraining = world.pretraining(config.relation)
    baselines: Baselines | None = None
    completed: CompletedTarget | None = None
    for seed in config.seeds:
        transfer = pretraining.train(seed, description=f"pretrain, seed {seed}")
        store.put_training(config.relation.network, seed, asdict(transfer.curve))
        centres = transfer.survey_all(target.items)
        baselines = baselines or Baselines(config, pretraining, centres, target.items)
        gate = (
            source_gate(pretraining, transfer) if any(key.method == GATED for key in missing) else Gate(0.0)
        )
        for shots in shots_wanted:
            pairs = target.draw(shots, seed) if shots else {}
            wanted = [key for key in missing if (key.shots, key.seed) == (shots, seed)]
            for method in GRAPH_FREE:
                keys_of = [key for key in wanted if key.method == method]
                scorer = baselines.scorer(method, pairs, seed) if keys_of else None
                if scorer is not None:
                    _put(store, target, keys_of, scorer)
            if any(key.method in (OURS, UNFILED, GATED) for key in wanted):
                adapted = transfer.adapt(pairs, centres, seed=seed) if pairs else transfer
                _score_ours(store, target, wanted, adapted)
                gated = [key for key in wanted if key.method == GATED]
                unrefined = baselines.scorer("ridge", pairs, seed) if gated else None
                if unrefined is not None:
                    _put(store, target, gated, _gated(gate, adapted, target, unrefined))
            if any(key.method == UNTRAINED for key in wanted):
                blank = pretraining.untrained(seed)
                adapted = blank.adapt(pairs, blank.survey_all(target.items), seed=seed) if pairs else blank
                _score_ours(store, target, wanted, adapted, filed=UNTRAINED)
            if any(key.method == COMPLETED for key in wanted) and config.completion is not None:
                completed = completed or CompletedTarget.build(
                    target, pretraining.maker.reference, config.completion
                )
                _score_completed(store, completed, wanted, transfer, shots, seed)
        if seed == config.seeds[0]:
            _keep(config, world, transfer, centres, out)


def _score_ours(
    store: ResultsStore,
    target: Protocol,
    wanted: Sequence[RowKey],
    transfer: RelationTransfer,
    filed: str = OURS,
) -> None:
    """Score a refiner: its gallery as it is filed, and for ours also as if nothing were filed of it."""
    centres = transfer.survey_all(target.items)

    def as_query(items: LinkedItems) -> Float32[np.ndarray, "n dimension"]:
        return transfer.refine(items, centres, query=True)

    def as_filed(items: LinkedItems) -> Float32[np.ndarray, "n dimension"]:
        return transfer.refine(items, centres)

    _score(store, target, [key for key in wanted if key.method == filed], as_query, as_filed)
    if filed == OURS:
        _score(store, target, [key for key in wanted if key.method == UNFILED], as_query, as_query)


def _gated(gate: Gate, transfer: RelationTransfer, target: Protocol, unrefined: Scorer) -> Scorer:
    """Return ours beside a share of the unrefined vectors."""
    centres = transfer.survey_all(target.items)

    def score(direction: Direction) -> Float32[np.ndarray, "queries gallery"]:
        asked = transfer.refine(direction.queries, centres, query=True)
        return gate.scores(asked @ transfer.refine(direction.gallery, centres).T, unrefined(direction))

    return score


def _score_completed(
    store: ResultsStore,
    completed: CompletedTarget,
    wanted: Sequence[RowKey],
    transfer: RelationTransfer,
    shots: int,
    seed: int,
) -> None:
    """Score ours on a completed target: the same pairs, as they are filed, and the same queries, which come alone."""
    target, transfer = completed.target, completed.over(transfer)
    if shots:
        pairs = target.draw(shots, seed)
        transfer = transfer.adapt(pairs, transfer.survey_all(target.collection), seed=seed)
    asked, filed = transfer.survey_all(target.items), transfer.survey_all(target.collection)

    def as_query(items: LinkedItems) -> Float32[np.ndarray, "n dimension"]:
        return transfer.refine(items, asked, query=True)

    def as_filed(items: LinkedItems) -> Float32[np.ndarray, "n dimension"]:
        return transfer.refine(items, filed)

    _score(store, target, [key for key in wanted if key.method == COMPLETED], as_query, as_filed)


def _score(store: ResultsStore, target: Protocol, keys: Sequence[RowKey], ask: Embed, file: Embed) -> None:
    _put(store, target, keys, lambda direction: ask(direction.queries) @ file(direction.gallery).T)


def _put(store: ResultsStore, target: Protocol, keys: Sequence[RowKey], scorer: Scorer) -> None:
    for key in keys:
        asked, sought = key.direction.split("-")
        direction = target.direction(asked, sought)
        store.put(key, direction, scorer(direction))


def _keep(
    config: ExperimentConfig, world: World, transfer: RelationTransfer, centres: Centres, out: Path
) -> None:
    """Keep the first seed's model, how it uses relations, an index of the refined target, and samples of what it finds.

    What relations bring is measured on the pool: the test half decides nothing.
    """
    if isinstance(transfer.refiner, HopTokenRefiner):
        write_json(out / "relations.json", relation_report(transfer, world.target.pool_items(), centres))
    model = out / "model"
    ids = {modality: encoder.id for modality, encoder in world.encoders.items()}
    save_model(transfer, model, encoders=config.encoders, encoder_ids=ids)
    collection = world.domains[config.target].collection
    skipped = world.skipped
    write_run(out, transfer, world.target.items, collection, model=model, centres=centres, skipped=skipped)
    write_samples(out, world, collection, transfer, centres, config.samples)
