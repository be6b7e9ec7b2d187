"""Seconds a pretraining epoch takes: the hop-token refiner against R-GCN of torch_geometric, on the same graph.

Both sides get the source's graph (the same nodes with the same features, the same typed edges with their inverses), the
same batches of pairs and the same contrastive loss, and go through the same training loop; they take turns, so that a
busy machine slows both. The refiner's tokens are made once, before the first epoch: that time stands beside the
epochs', and the ratio is printed without and with it.

R-GCN propagates over the whole graph at every step. Of an epoch only some steps are measured, and the epoch is
reckoned from them; so much is printed. Its memory grows with nodes × relations, which is why the graph is cut down to
a part (``--limit``) on both sides; the refiner's epochs do not depend on how many concepts the graph has.

Run: ``python -m experiments.benchmarks.pretraining``
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path

import numpy as np
import torch

from experiments.benchmarks.by_turns import by_turns
from experiments.benchmarks.rgcn import FirstBatches, RelationalNetwork, RelationalTask, activation_bytes
from experiments.config import ExperimentConfig, load_retrieval_config
from experiments.world import World
from graphs.errors import GraphError
from graphs.gnn.hop_tokens import TokenBlock
from kgx.errors import KgxError
from kgx.items import LinkedItems
from kgx.knowledge import Knowledge
from kgx.train import TrainingOptions, fit
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.refiner import new_refiner
from kgx.transfer.tasks import PairSet, RefinerTask

__all__ = ["Result", "cut_down", "main", "measure"]

_CONFIG = Path("experiments/configs/openclipart_to_tuxpaint.yaml")
_BASES = 8
_FREE_SHARE = 0.8  # of the machine's memory that R-GCN may ask for


@dataclass(frozen=True, slots=True)
class Result:
    """What one run measured. Times are in seconds, medians over the turns; memory is in gigabytes.

    Attributes:
        nodes: node type -> number.
        relations, edges: of the graph, inverses included.
        pairs, steps: pairs that are trained on, and batches of an epoch.
        token_seconds: making the graph, the maps and all tokens, once.
        token_memory: size of the tokens.
        ours: an epoch of the refiner.
        rgcn_step, rgcn_steps: a step of R-GCN, and how many were measured in each turn.
        rgcn: an epoch of R-GCN, reckoned from its steps.
        ratio, ratio_lowest, ratio_highest: R-GCN's epoch to ours, turn by turn.
        epochs: of a whole pretraining, as configured.
        whole_ratio: R-GCN's pretraining to ours, tokens included.
        peak_tokens, peak_ours, peak_rgcn: the process's peak memory once each had run.
    """

    nodes: Mapping[str, int]
    relations: int
    edges: int
    pairs: int
    steps: int
    hidden: int
    bases: int
    turns: int
    threads: int
    token_seconds: float
    token_memory: float
    ours: float
    rgcn_step: float
    rgcn_steps: int
    rgcn: float
    ratio: float
    ratio_lowest: float
    ratio_highest: float
    epochs: int
    whole_ratio: float
    peak_tokens: float
    peak_ours: float
    peak_rgcn: float


def measure(config: ExperimentConfig, *, limit: int, turns: int, rgcn_steps: int, hidden: int) -> Result:
    """Make the source's graph and tokens, then train both sides by turns.

    Args:
        config: the experiment whose source is pretrained on.
        limit: see :func:`cut_down`; 0 for the whole source.
        turns: how often each side is measured, after a first step that is not counted.
        rgcn_steps: steps of R-GCN in each turn.
        hidden: width of R-GCN.

    Raises:
        KgxError: R-GCN would need more memory than the machine has.
    """
    world = World.build(config)
    knowledge, items = cut_down(world.knowledge, world.source, limit)
    start = time.perf_counter()
    pretraining = Pretraining.prepare(knowledge, items, world.encoders, config.relation)
    token_seconds = time.perf_counter() - start
    data = pretraining.maker.reference.data
    _refuse_to_swap(activation_bytes(data, hidden))
    peak_tokens = _peak_memory()

    torch.manual_seed(0)
    modality = max(pretraining.pairs, key=lambda name: len(pretraining.pairs[name].text_rows))
    pairs = pretraining.pairs[modality]
    refiner = new_refiner(
        config.relation, pretraining.spaces, len(next(iter(pretraining.maker.descriptors.values())))
    )
    task = RefinerTask(
        refiner,
        pairs,
        batch_size=config.relation.batch_size,
        token_dropout=config.relation.token_dropout,
    )
    rival = RelationalTask(RelationalNetwork(data, hidden=hidden, bases=_BASES), task, modality)
    some = FirstBatches(rival, rgcn_steps)
    options = TrainingOptions(epochs=1, learning_rate=config.relation.training.learning_rate)

    fit(FirstBatches(task, 1), options, description="refiner, first step")
    peak_ours = _peak_memory()
    fit(FirstBatches(rival, 1), options, description="R-GCN, first step")
    peak_rgcn = _peak_memory()
    seeds, their_seeds = count(), count()  # the same for both
    ours, parts = by_turns(
        [
            lambda: fit(task, replace(options, seed=next(seeds)), description="refiner"),
            lambda: fit(some, replace(options, seed=next(their_seeds)), description="R-GCN"),
        ],
        range(turns),
    )
    theirs = np.array(parts) / some.steps()
    ratios = theirs * task.steps() / np.array(ours)
    step, epoch = float(np.median(theirs)), float(np.median(ours))
    epochs = config.relation.training.epochs
    return Result(
        nodes={kind: int(data[kind].x.shape[0]) for kind in data.node_types},
        relations=len(data.edge_types),
        edges=sum(int(data[kind].edge_index.shape[1]) for kind in data.edge_types),
        pairs=int((~pairs.validation).sum()),
        steps=task.steps(),
        hidden=hidden,
        bases=_BASES,
        turns=turns,
        threads=torch.get_num_threads(),
        token_seconds=token_seconds,
        token_memory=_token_bytes(pairs) / 2**30,
        ours=epoch,
        rgcn_step=step,
        rgcn_steps=some.steps(),
        rgcn=step * task.steps(),
        ratio=float(np.median(ratios)),
        ratio_lowest=float(ratios.min()),
        ratio_highest=float(ratios.max()),
        epochs=epochs,
        whole_ratio=epochs * step * task.steps() / (token_seconds + epochs * epoch),
        peak_tokens=peak_tokens,
        peak_ours=peak_ours,
        peak_rgcn=peak_rgcn,
    )


def cut_down(
    knowledge: Knowledge, items: Mapping[str, LinkedItems], limit: int, *, seed: int = 0
) -> tuple[Knowledge, dict[str, LinkedItems]]:
    """Return a part of a source: things drawn at random with all their items, and the concepts that these use most.

    Args:
        knowledge: all concepts.
        items: modality -> all items.
        limit: things, and concepts, that are left; 0 leaves everything.
        seed: of the draw.
    """
    if not limit:
        return knowledge, dict(items)
    things = np.array(sorted({entity for own in items.values() for entity in own.entities}))
    drawn = set(np.random.default_rng(seed).permutation(things)[:limit].tolist())
    left = {
        modality: own.select([row for row, entity in enumerate(own.entities) if entity in drawn])
        for modality, own in items.items()
    }
    used = np.zeros(knowledge.graph.num_entities, dtype=np.int64)
    for own in left.values():
        for link in own.links:
            np.add.at(used, link.concepts, 1)
    rows = np.sort(np.argsort(-used[knowledge.concepts], kind="stable")[:limit])
    return replace(knowledge, concepts=knowledge.concepts[rows], vectors=knowledge.vectors[rows]), left


def _refuse_to_swap(wanted: int) -> None:
    owned = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if wanted > _FREE_SHARE * owned:
        raise KgxError(
            f"R-GCN would keep {wanted / 2**30:.0f} GB a step, this machine has {owned / 2**30:.0f} GB: "
            "lower --limit"
        )


def _peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _token_bytes(pairs: PairSet) -> int:
    blocks = [
        block for block in (*pairs.texts.values(), *pairs.others.values()) if isinstance(block, TokenBlock)
    ]
    return sum(block.tokens.nbytes + block.agreement.nbytes + block.descriptors.nbytes for block in blocks)


def _report(result: Result) -> str:
    nodes = ", ".join(f"{count:,} {kind}" for kind, count in result.nodes.items())
    measured = f"{result.rgcn_steps} of {result.steps} steps measured"
    whole = result.rgcn_steps == result.steps
    return "\n".join(
        [
            f"graph: {nodes}; {result.relations} relations, {result.edges:,} edges",
            f"epoch: {result.pairs:,} pairs in {result.steps} batches; {result.turns} turns, {result.threads} threads",
            f"  refiner, an epoch     {result.ours:10.2f} s",
            f"  R-GCN, a step         {result.rgcn_step:10.2f} s  (hidden {result.hidden}, {result.bases} bases)",
            f"  R-GCN, an epoch       {result.rgcn:10.2f} s  ({'measured' if whole else f'reckoned: {measured}'})",
            f"  ratio                 {result.ratio:10.1f} × (from {result.ratio_lowest:.1f} to "
            f"{result.ratio_highest:.1f})",
            "once, before the first epoch:",
            f"  refiner, all tokens   {result.token_seconds:10.2f} s  ({result.token_memory:.2f} GB of tokens)",
            f"  ratio of {result.epochs:3d} epochs    {result.whole_ratio:10.1f} × with the tokens' time",
            "peak memory of the process, data and encoders included:",
            f"  tokens made {result.peak_tokens:.2f} GB, refiner trained {result.peak_ours:.2f} GB, "
            f"R-GCN trained {result.peak_rgcn:.2f} GB",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure pretraining against R-GCN; known errors become one line and exit status 1."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.benchmarks.pretraining", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("config", type=Path, nargs="?", default=_CONFIG, help="experiment (%(default)s)")
    parser.add_argument("--epochs", type=int, default=3, help="turns: epochs of the refiner (%(default)s)")
    parser.add_argument("--steps", type=int, default=1, help="steps of R-GCN in each turn (%(default)s)")
    parser.add_argument("--hidden", type=int, default=384, help="width of R-GCN (%(default)s)")
    parser.add_argument(
        "--limit",
        type=int,
        default=4000,
        help="things, and concepts, that the graph is cut down to; 0: the whole source (%(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    if min(options.epochs, options.steps, options.hidden) < 1 or options.limit < 0:
        parser.error("expected positive numbers")
    try:
        result = measure(
            load_retrieval_config(options.config),
            limit=options.limit,
            turns=options.epochs,
            rgcn_steps=options.steps,
            hidden=options.hidden,
        )
    except (KgxError, GraphError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(json.dumps(asdict(result), indent=2) if options.json else _report(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
