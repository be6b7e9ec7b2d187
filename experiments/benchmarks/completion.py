"""How fast, how large and how good link prediction is with the published checkpoints.

Three things are measured in one run: evaluation of every inductive benchmark and checkpoint that a folder holds, with
its scores and the floor; the memory and time of 16 queries on a random graph of FB15k-237's size; and how much faster
the sum of messages is than adding up all of them at once.

The folder holds checkpoints ``ultra/*.pth`` and benchmarks ``grail/*_ind`` of ``train.txt``, ``valid.txt`` and
``test.txt`` (Teru et al., arXiv 1911.06962).

Run: ``python -m experiments.benchmarks.completion FOLDER``
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kgx.threads import configure

if TYPE_CHECKING:
    from graphs.completion.links import Links
    from graphs.gnn.ultra.checkpoint import Checkpoint

__all__ = ["Evaluated", "Large", "evaluate_all", "main", "measure_large", "random_links"]

_ENTITIES, _RELATIONS, _LINKS = 14_541, 237, 272_115  # FB15k-237
_QUERIES = 16


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Scores of one checkpoint on one benchmark, pessimistic ties, and the seconds that they took."""

    benchmark: str
    checkpoint: str
    mrr: float
    hits_at_10: float
    floor_mrr: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Large:
    """What 16 queries cost on a graph of FB15k-237's size.

    Attributes:
        seconds: all of them, once the graph of relations is there.
        peak_gigabytes: the most memory that this process has ever had.
        aggregate_seconds: one layer's messages, added up piece by piece.
        naive_ratio: how many times longer it takes to make all messages first.
    """

    seconds: float
    peak_gigabytes: float
    aggregate_seconds: float
    naive_ratio: float


def evaluate_all(folder: Path) -> Iterator[Evaluated]:
    """Evaluate every checkpoint on every inductive benchmark of a folder."""
    from graphs import read_graph
    from graphs.completion.evaluation import evaluate
    from graphs.completion.known import KnownAnswers
    from graphs.completion.links import Links, Numbering
    from graphs.completion.pagerank import PageRank
    from graphs.completion.scorers import UltraScorer
    from graphs.gnn.ultra import UltraGraph
    from graphs.gnn.ultra.checkpoint import load_checkpoint

    for benchmark in sorted((folder / "grail").glob("*_ind")):
        for checkpoint in sorted((folder / "ultra").glob("*.pth")):
            start = time.perf_counter()
            numbering = Numbering()
            train, valid, test = (
                numbering.links(read_graph(benchmark / f"{part}.txt")) for part in ("train", "valid", "test")
            )
            relations, sought = numbering.num_relations, Links.together(valid, test)
            known = KnownAnswers(Links.together(train, sought), relations)
            graph = UltraGraph.of(train.edges(numbering.num_entities, relations))
            scorer = UltraScorer(load_checkpoint(checkpoint).model, graph)
            found = evaluate(scorer, sought, known, relations).metrics
            seconds = time.perf_counter() - start
            walker = PageRank(train, numbering.num_entities)
            floor = evaluate(walker, sought, known, relations).metrics
            yield Evaluated(
                benchmark.name,
                checkpoint.stem,
                round(found.mrr, 4),
                round(found.hits[10], 4),
                round(floor.mrr, 4),
                round(seconds, 2),
            )


def random_links(seed: int = 0) -> Links:
    """Draw links of as many entities and relations as FB15k-237 has, some of them far more often than others."""
    import numpy as np

    from graphs.completion.links import Links

    random = np.random.default_rng(seed)

    def drawn(count: int) -> np.ndarray:
        shares = 1.0 / np.arange(1, count + 1) ** 0.7
        return random.permutation(count)[random.choice(count, _LINKS, p=shares / shares.sum())]

    return Links.of(np.stack([drawn(_ENTITIES), drawn(_RELATIONS), drawn(_ENTITIES)], axis=1))


def measure_large(checkpoint: Checkpoint) -> Large:
    """Ask 16 queries of a large graph, and add up its messages in two ways."""
    import numpy as np
    import torch

    from graphs.completion.scorers import UltraScorer
    from graphs.gnn.ultra import UltraGraph
    from graphs.gnn.ultra.messages import aggregate

    graph = UltraGraph.of(random_links().edges(_ENTITIES, _RELATIONS))
    scorer = UltraScorer(checkpoint.model, graph)
    queries = np.arange(_QUERIES), np.arange(_QUERIES) // 4
    seconds = _best(lambda: scorer.scores(*queries), 2)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    edges, dim = graph.edges, checkpoint.model.sizes[0]
    states, vectors = torch.randn(_ENTITIES, 4, dim), torch.randn(2 * _RELATIONS, 4, dim)
    nothing = torch.zeros_like(states)

    def at_once() -> None:
        messages = states[edges.sources] * vectors[edges.relations]
        nothing.index_add(0, edges.targets, messages)

    pieces = _best(lambda: aggregate(states, vectors, nothing, edges), 3)
    return Large(round(seconds, 2), round(peak, 2), round(pieces, 3), round(_best(at_once, 3) / pieces, 2))


def _best(work: Callable[[], object], times: int) -> float:
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description="Speed, memory and scores of link prediction.")
    parser.add_argument("folder", type=Path, help="where ultra/*.pth and grail/*_ind are")
    parser.add_argument("--threads", type=int, default=2, help="threads (2)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    configure(given.threads)
    from graphs.errors import GraphError
    from graphs.gnn.ultra.checkpoint import load_checkpoint

    checkpoints = sorted((given.folder / "ultra").glob("*.pth"))
    if not checkpoints:
        print(f"completion: {given.folder} holds no ultra/*.pth", file=sys.stderr)
        return 1
    try:
        large = measure_large(load_checkpoint(checkpoints[0]))
        evaluated = list(evaluate_all(given.folder))
    except GraphError as error:
        print(f"completion: {error}", file=sys.stderr)
        return 1
    if given.json:
        print(json.dumps({"evaluated": [asdict(one) for one in evaluated], "large": asdict(large)}, indent=1))
        return 0
    for one in evaluated:
        print(
            f"{one.benchmark} {one.checkpoint}: MRR {one.mrr:.3f}, hits@10 {one.hits_at_10:.3f}, "
            f"PageRank {one.floor_mrr:.3f} ({one.seconds:.1f} s)"
        )
    print(
        f"{_QUERIES} queries among {_ENTITIES:,} entities and {_LINKS:,} links: {large.seconds:.1f} s, peak "
        f"{large.peak_gigabytes:.2f} GB; all messages at once take {large.naive_ratio:.1f} times as long"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
