"""What it costs to open an index and to ask it the first question, with its vectors mapped into memory and without.

1,000,000 clustered vectors of 384 components; every way is measured in a process of its own, on one thread, the files
being in the system's cache or not. Memory that is the process's own is told apart from pages of the files, which the
system takes back whenever it needs them. A flat index is asked as a run asks it, by codes that it makes when it is
first searched.

Run: ``python -m experiments.benchmarks.index_opening``
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from kgx.threads import configure

__all__ = ["main"]

_AT, _QUERIES = 10, 64
_LINE = (
    "{kind:8} {how:7} {cache:5}  open {open:7.2f} s  first {first:7.2f} s  then {then:6.1f} ms  "
    "own {own:6,} MB  files {files:6,} MB"
)


def _opened(folder: Path, *, mmap: bool, cold: bool) -> dict[str, object]:
    """Open an index in this process, ask it, and return seconds, milliseconds and megabytes."""
    import numpy as np

    from kgx.index import CodedVectors, VectorIndex

    queries = np.load(folder.parent / "queries.npy")
    if cold:
        for path in folder.iterdir():
            with path.open("rb") as stream:
                os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    import faiss  # noqa: F401 (loading it is not what is measured)

    start = time.perf_counter()
    index = VectorIndex.open(folder, mmap=mmap)
    opened = time.perf_counter() - start
    ask: Callable[[np.ndarray], object]
    if index.finder is None:
        coded = CodedVectors(index.vectors)
        ask = lambda query: coded.nearest(query, _AT)  # noqa: E731
    else:
        ask = lambda query: index.search(query[None], _AT, threads=1)  # noqa: E731
    took = []
    for query in queries:
        start = time.perf_counter()
        ask(query)
        took.append(time.perf_counter() - start)
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    own, files = (int(status[name].split()[0]) // 1024 for name in ("RssAnon", "RssFile"))
    return {
        "kind": index.kind,
        "how": "mapped" if mmap else "read",
        "cache": "cold" if cold else "warm",
        "open": opened,
        "first": took[0],
        "then": 1e3 * float(np.median(took[1:])),
        "own": own,
        "files": files,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print what was found."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.benchmarks.index_opening", description=__doc__
    )
    parser.add_argument("--items", type=int, default=1_000_000, help="vectors (1000000)")
    parser.add_argument("--kinds", nargs="+", default=["flat", "ivf-pq"], help="of index (flat ivf-pq)")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn (0)")
    parser.add_argument("--opened", nargs=3, metavar=("FOLDER", "HOW", "CACHE"), help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.opened:
        configure(1)
        folder, how, cache = given.opened
        print(json.dumps(_opened(Path(folder), mmap=how == "mapped", cold=cache == "cold")))
        return 0
    configure(2)
    with tempfile.TemporaryDirectory() as name:
        _built(Path(name), given.items, given.kinds, given.seed)
        alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        for kind in given.kinds:
            for how in ("read", "mapped"):
                for cache in ("cold", "warm"):
                    command = [sys.executable, "-m", "experiments.benchmarks.index_opening", "--opened"]
                    done = subprocess.run(
                        [*command, str(Path(name) / kind), how, cache],
                        check=True,
                        env=alone,
                        capture_output=True,
                        text=True,
                    )
                    print(_LINE.format(**json.loads(done.stdout)), flush=True)
    return 0


def _built(folder: Path, items: int, kinds: Sequence[str], seed: int) -> None:
    import numpy as np

    from experiments.benchmarks.clustered import clustered
    from kgx.index import VectorIndex, Wanted

    drawn = clustered(items + _QUERIES, seed)
    np.save(folder / "queries.npy", drawn[items:])
    ids = [str(row) for row in range(items)]
    index = VectorIndex.build(drawn[:items], ids, ["text"] * items, model="benchmark")
    del drawn
    for kind in kinds:
        index.as_wanted(Wanted(kind), seed=seed).save(folder / kind)


if __name__ == "__main__":
    raise SystemExit(main())
