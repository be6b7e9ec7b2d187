"""How quick and how good indexes are, against FAISS called directly and against exact search, in one run.

- *Speed*: 1,000,000 clustered vectors of 384 components. Their spectrum falls off by a power, and the cosines of a
  vector with its nearest neighbours are near those of sentence vectors of a dictionary. Queries are further draws, and
  are not what the breadth of an index was chosen on. Every side answers the same queries in batches with the same
  threads; sides take turns, and the quickest of several turns counts.
- *Quality* (where a run is named): text → image on the items of a run that are not in the test half, through int8 and
  product-quantised indexes, and what centring and hubness corrections do to it and to searches for items of any
  modality. The bank of queries of a correction is one half of the texts, those that are asked the other.
- *Durability*: writers of an index are killed; see :mod:`experiments.benchmarks.index_kills`.

Run: ``python -m experiments.benchmarks.index_search [runs/demo]``
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.benchmarks.bar import Bar
from experiments.benchmarks.by_turns import by_turns
from kgx.threads import configure

if TYPE_CHECKING:
    import numpy as np

    from kgx.index import VectorIndex

__all__ = ["Speed", "main"]

_AT = 10
_FLAT_QUERIES = 128
_QUERIES = 1_024
_TURNS = 3
_SPEED_UP, _LAYER, _RECALL = Bar(20), Bar(1.1, below=True), Bar(0.95)
_LOST = {"int8": Bar(0.01, below=True), "pq": Bar(0.02, below=True)}  # of R@10 of the exact index


@dataclass(frozen=True, slots=True)
class Speed:
    """How one kind of index did. Times are of one query in a batch, in milliseconds.

    Attributes:
        kind: of the index.
        build_seconds: to train, fill and measure it.
        recall: share of the exact ten nearest that it found.
        flat: exact FAISS, called directly.
        direct: the same index, FAISS called directly.
        ours: through :class:`kgx.index.VectorIndex`.
        speed_up: of ours over exact FAISS.
        layer: ours over FAISS called directly.
    """

    kind: str
    build_seconds: float
    recall: float
    flat: float
    direct: float
    ours: float
    speed_up: float
    layer: float


def measure_speed(items: int, kinds: Sequence[str], threads: int, seed: int) -> list[Speed]:
    """Return how the kinds of index did on clustered vectors.

    Args:
        items: number of vectors.
        kinds: of index.
        threads: for every side.
        seed: of vectors and indexes.
    """
    import faiss
    import numpy as np

    from experiments.benchmarks.clustered import clustered
    from kgx.index import VectorIndex
    from kgx.index.choosing import recall_of

    faiss.omp_set_num_threads(threads)
    drawn = clustered(items + _QUERIES, seed)
    vectors, queries = drawn[:items], np.ascontiguousarray(drawn[items:])
    exact = faiss.IndexFlatIP(vectors.shape[1])
    exact.add(vectors)
    flat = _quickest([partial(exact.search, queries[:_FLAT_QUERIES], _AT)])[0] / _FLAT_QUERIES
    right = exact.search(queries, _AT)[1]
    del exact
    ids, modalities = [str(row) for row in range(items)], ["text"] * items
    found = []
    for kind in kinds:
        start = time.perf_counter()
        index = VectorIndex.build(vectors, ids, modalities, model="benchmark", kind=kind, seed=seed)
        seconds = time.perf_counter() - start
        recall = recall_of(index.search(queries, _AT).rows, right)
        direct, ours = _quickest([_directly(index, queries), partial(index.search, queries, _AT)])
        each = 1e3 / len(queries)
        found.append(
            Speed(
                kind,
                seconds,
                recall,
                1e3 * flat,
                each * direct,
                each * ours,
                flat * len(queries) / ours,
                ours / direct,
            )
        )
        del index
    return found


def _directly(index: VectorIndex, queries: np.ndarray) -> Callable[[], object]:
    """Return the same search without what our layer does, on queries that are of length 1 already."""
    from kgx.index.finder import Finder

    if not isinstance(index.finder, Finder):
        raise ValueError("expected an index that is not flat: exact FAISS is measured anyway")
    return partial(index.finder.index.search, queries, _AT, params=index.finder.parameters(_AT))


def _quickest(sides: Sequence[Callable[[], object]]) -> list[float]:
    """Return seconds that each side takes, the least of several turns."""
    return [min(seconds) for seconds in by_turns(sides, range(_TURNS))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print what was found."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.benchmarks.index_search", description=__doc__
    )
    parser.add_argument("run", type=Path, nargs="?", help="folder of a run, for the quality")
    parser.add_argument("--items", type=int, default=1_000_000, help="vectors to search (1000000)")
    parser.add_argument("--kinds", nargs="+", default=["ivf-pq"], help="of index (ivf-pq)")
    parser.add_argument("--threads", type=int, default=2, help="for every side (2)")
    parser.add_argument("--kills", type=int, default=50, help="writers to kill (50)")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn (0)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    configure(given.threads)
    from experiments.benchmarks.index_kills import survival
    from experiments.benchmarks.index_quality import measure_quality

    speeds = measure_speed(given.items, given.kinds, given.threads, given.seed) if given.items else []
    for speed in speeds:
        _say(
            given.json,
            f"{given.items:,} vectors, {speed.kind}: recall@{_AT} {speed.recall:.3f} ({_RECALL.told(speed.recall)}), "
            f"{speed.ours:.3f} ms a query against {speed.flat:.2f} ms: {speed.speed_up:.1f} times as quick "
            f"({_SPEED_UP.told(speed.speed_up)}), {speed.layer:.3f} of FAISS called directly "
            f"({_LAYER.told(speed.layer)}); "
            f"built in {speed.build_seconds:.0f} s",
        )
    quality = measure_quality(given.run, given.seed) if given.run else []
    for row in quality:
        shares = ", ".join(f"{name} {share:.3f}" for name, share in row.shares.items())
        _say(
            given.json,
            f"{row.name:>30}: text → image R@10 {row.recall:.3f}; text → any: {shares}; right picture in 10 "
            f"{row.pictures:.3f}",
        )
    by_name = {row.name: row.recall for row in quality}
    for kind, bar in _LOST.items():
        if kind in by_name:
            lost = by_name["flat"] - by_name[kind]
            _say(given.json, f"{kind:>30}: {lost:.3f} of R@10 lost against flat ({bar.told(lost)})")
    with tempfile.TemporaryDirectory() as folder:
        survived = survival(Path(folder) / "index", given.kills, given.seed)
    _say(
        given.json,
        f"{survived.kills} writers killed: opened {survived.opened} times, {survived.acknowledged} changes and "
        f"{survived.compactions} compactions acknowledged, {survived.interrupted} interrupted, "
        f"{len(survived.lost)} lost",
    )
    if given.json:
        told = {
            "speed": [asdict(speed) for speed in speeds],
            "quality": [asdict(row) for row in quality],
            "survival": asdict(survived),
        }
        print(json.dumps(told, indent=1))
    return int(bool(survived.lost))


def _say(as_json: bool, line: str) -> None:
    if not as_json:
        print(line, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
