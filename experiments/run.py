"""Run an experiment: source and target in, tables, TREC files, a model and a searchable index out.

python experiments/run.py experiments/configs/openclipart_to_tuxpaint.yaml --out runs/demo
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

if __package__ in (None, ""):  # called as a script, by its path
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import yaml
from jaxtyping import Float32

from experiments.completed import CompletedTarget, relation_model
from experiments.config import ExperimentConfig, completed_by, load_config
from experiments.methods import BASELINES, Baselines, Embed
from experiments.protocol import DIRECTIONS, Protocol
from experiments.report import write_report
from experiments.results_store import ResultsStore, RowKey, unexpected, write_json
from experiments.results_table import results_markdown
from experiments.samples import write_samples
from experiments.world import World, code_fingerprint
from graphs.errors import GraphError
from kgx.errors import KgxError
from kgx.folders import atomic_path
from kgx.items import LinkedItems
from kgx.run_folder import write_run
from kgx.transfer.centres import Centres
from kgx.transfer.model_folder import save_model
from kgx.transfer.relation import RelationTransfer

__all__ = ["COMPLETED", "OURS", "OWN", "UNFILED", "run_experiment"]

OURS = "relation-transfer"
UNFILED = "relation-transfer-unfiled"
"""Ours without what the target's folders say of its items: how much of the result the folders bring."""
COMPLETED = "relation-transfer-completed"
"""Ours on a target whose missing links a relation model has filled in: what completion brings."""

OWN = (OURS, UNFILED, COMPLETED)

_HARM_BASELINE = dict.fromkeys(OWN, "ridge")


def run_experiment(config: ExperimentConfig, out: Path) -> None:
    """Run an experiment into a folder, going on where an earlier run of the same state stopped."""
    started = time.monotonic()
    store = ResultsStore(out, _fingerprint(config))
    keys = list(_rows(config))
    finished = out / "finished.json"
    if finished.is_file() and json.loads(finished.read_text(encoding="utf-8")) == store.fingerprint:
        print(f"nothing has changed since {out} was finished", file=sys.stderr)
    else:
        out.mkdir(parents=True, exist_ok=True)
        world = World.build(config)
        keys = [key for key in keys if _possible(key, world)]
        _compute(config, world, store, keys, out)
        store.summarise(keys, _HARM_BASELINE)
        _record(config, world, out, time.monotonic() - started)
        write_json(finished, store.fingerprint)
    write_report(out)
    print(results_markdown(out))
    for problem in unexpected(config.expected, out):
        print(f"warning: {problem}", file=sys.stderr)
    print(f"report: {out / 'report.html'}", file=sys.stderr)


def _rows(config: ExperimentConfig) -> Iterator[RowKey]:
    """Yield the rows of the table, the cheap ones first."""
    for asked, sought in DIRECTIONS:
        direction = f"{asked}-{sought}"
        for shots in config.shots:
            for method in BASELINES:
                if shots and method in ("random", "label-text"):
                    continue
                fixed = method == "label-text" or (not shots and method in ("ridge", "similarity"))
                for seed in config.seeds[:1] if fixed else config.seeds:
                    yield RowKey(direction, method, shots, seed)
            for seed in config.seeds:
                yield RowKey(direction, OURS, shots, seed)
                if not shots:
                    yield RowKey(direction, UNFILED, shots, seed)
                if config.completion is not None:
                    yield RowKey(direction, COMPLETED, shots, seed)


def _possible(key: RowKey, world: World) -> bool:
    """Say whether a method can take part: what maps between modalities needs pairs of both."""
    sound = "audio" in key.direction
    return not (sound and not key.shots and key.method in ("ridge", "mlp", "similarity")) and (
        not sound or "audio" in world.target.items
    )


def _compute(
    config: ExperimentConfig, world: World, store: ResultsStore, keys: Sequence[RowKey], out: Path
) -> None:
    missing = [key for key in keys if not store.has(key)]
    if not missing and (out / "run.json").is_file():
        return
    pretraining = world.pretraining(config.relation)
    baselines: Baselines | None = None
    completed: CompletedTarget | None = None
    for seed in config.seeds:
        transfer = pretraining.train(seed, description=f"pretrain, seed {seed}")
        centres = transfer.survey_all(world.target.items)
        baselines = baselines or Baselines(config, pretraining, centres)
        for shots in config.shots:
            pairs = world.target.draw(shots, seed) if shots else {}
            wanted = [key for key in missing if (key.shots, key.seed) == (shots, seed)]
            for method in BASELINES:
                rows = [key for key in wanted if key.method == method]
                embed = baselines.embed(method, pairs, seed) if rows else None
                if embed is not None:
                    _score(store, world.target, rows, embed, embed)
            if any(key.method in (OURS, UNFILED) for key in wanted):
                adapted = transfer.adapt(pairs, centres, seed=seed) if pairs else transfer
                _score_ours(store, world.target, wanted, adapted)
            if config.completion is not None and any(key.method == COMPLETED for key in wanted):
                completed = completed or CompletedTarget.build(
                    world.target, pretraining.maker.reference, config.completion
                )
                _score_completed(store, completed, wanted, transfer, shots, seed)
        if seed == config.seeds[0]:
            _keep(config, world, transfer, centres, out)


def _score_ours(
    store: ResultsStore, target: Protocol, wanted: Sequence[RowKey], transfer: RelationTransfer
) -> None:
    centres = transfer.survey_all(target.items)

    def as_query(items: LinkedItems) -> Float32[np.ndarray, "n dimension"]:
        return transfer.refine(items, centres, query=True)

    def as_filed(items: LinkedItems) -> Float32[np.ndarray, "n dimension"]:
        return transfer.refine(items, centres)

    _score(store, target, [key for key in wanted if key.method == OURS], as_query, as_filed)
    _score(store, target, [key for key in wanted if key.method == UNFILED], as_query, as_query)


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
    for key in keys:
        asked, sought = key.direction.split("-")
        direction = target.direction(asked, sought)
        store.put(key, direction, ask(direction.queries) @ file(direction.gallery).T)


def _keep(
    config: ExperimentConfig, world: World, transfer: RelationTransfer, centres: Centres, out: Path
) -> None:
    """Keep the model of the first seed, an index of the target refined by it, and samples of what it finds."""
    model = out / "model"
    ids = {modality: encoder.id for modality, encoder in world.encoders.items()}
    save_model(transfer, model, encoders=config.encoders, encoder_ids=ids)
    collection = world.domains[config.target].collection
    skipped = world.skipped
    write_run(out, transfer, world.target.items, collection, model=model, centres=centres, skipped=skipped)
    write_samples(out, world, collection, transfer, centres, config.samples)


def _fingerprint(config: ExperimentConfig) -> str:
    """Name the state of code, configuration and installed packages' versions."""
    versions = {name: version(name) for name in ("torch", "numpy", "onnxruntime", "faiss-cpu")}
    state = [code_fingerprint(), config.model_dump(mode="json"), versions]
    if config.completion is not None:
        relation_model(config.completion)  # refused here, not after the training
        state.append(hashlib.sha256(config.completion.checkpoint.read_bytes()).hexdigest())
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:16]


def _record(config: ExperimentConfig, world: World, out: Path, seconds: float) -> None:
    with atomic_path(out / "config.yaml") as temporary:
        temporary.write_text(
            yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False), encoding="utf-8"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    write_json(
        out / "environment.json",
        {
            "python": platform.python_version(),
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
            **{name: version(name) for name in ("torch", "torch_geometric", "onnxruntime", "faiss-cpu")},
            "seconds of this session": round(seconds),
            "peak memory of this session (GB)": round(peak, 2),
            "encoders": {modality: encoder.id for modality, encoder in world.encoders.items()},
            "items skipped": [f"{item.id}: {item.reason}" for item in world.skipped],
        },
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; known errors become one line and exit status 1."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        epilog="example: python experiments/run.py experiments/configs/openclipart_to_tuxpaint.yaml --out runs/demo",
    )
    parser.add_argument("config", type=Path, help="YAML file of the experiment")
    parser.add_argument(
        "--out", type=Path, default=Path("runs/demo"), help="run folder (default: %(default)s)"
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        help="relation model that fills in missing links of the target (default: the configuration's, if any)",
    )
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    options = parser.parse_args(arguments)
    try:
        config = load_config(options.config)
        if options.checkpoint is not None:
            config = completed_by(config, options.checkpoint)
        run_experiment(config, options.out)
    except (KgxError, GraphError, OSError) as error:
        if options.debug:
            raise
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
