"""A process that changes an index is killed at random moments; what it had acknowledged has to be there.

The writer is a process of its own. It says what it is about to do, does it, and says that it is done: adds two items
at a time, replaces and deletes some, and compacts now and then. It is sent SIGKILL, which nothing can catch, some
milliseconds after one of its lines. After each kill the index is opened: every acknowledged change has to be in it, and
the one that was in the making wholly or not at all.
"""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from kgx.index import LiveIndex, VectorIndex

__all__ = ["Survival", "main", "survival"]

_DIMENSION = 32
_MODALITY = "text"
_LINES, _SECONDS = 40, 0.02  # that a writer lives once it is ready, at most


@dataclass
class Survival:
    """What became of the changes.

    Attributes:
        kills: writers that were killed.
        opened: how often the index opened afterwards.
        acknowledged: changes, compactions not counted.
        compactions: that were completed.
        interrupted: changes or compactions that were begun and not acknowledged when the writer was killed.
        lost: acknowledged changes that were not there, or halves of any; each in a sentence.
    """

    kills: int = 0
    opened: int = 0
    acknowledged: int = 0
    compactions: int = 0
    interrupted: int = 0
    lost: list[str] = field(default_factory=list)


def survival(folder: Path, kills: int, seed: int = 0) -> Survival:
    """Kill writers of an index one after another, and see what is left each time.

    Args:
        folder: where the index is made.
        kills: how many.
        seed: of the moments, and of what the writers do.
    """
    drawn = random.Random(seed)  # noqa: S311
    first = VectorIndex.build(vectors_of(["0:0"]), ["0:0"], [_MODALITY], model="kills")
    LiveIndex.create(folder, first).close()
    held, result = {"0:0"}, Survival()
    for kill in range(1, kills + 1):
        said = _killed(folder, kill, seed, drawn.randrange(_LINES), drawn.uniform(0, _SECONDS))
        result.kills += 1
        pending: list[str] | None = None
        for line in said:
            word, *names = line.split()
            if word == "done" and pending is not None:
                held = _after(held, pending)
                result.acknowledged += pending[0] != "compact"
                result.compactions += pending[0] == "compact"
                pending = None
            elif word != "ready":
                pending = [word, *names]
        index = LiveIndex.open(folder)
        result.opened += 1
        found = set(index.ids[index.alive].tolist())
        result.interrupted += pending is not None
        possible = [held] if pending is None else [held, _after(held, pending)]
        if found not in possible:
            result.lost.append(
                f"kill {kill}: {len(held - found)} items missing, {len(found - held)} too many"
            )
        elif len(found):
            rows = np.flatnonzero(index.alive)
            if not np.allclose(index.vectors(rows), vectors_of(index.ids[rows].tolist()), atol=1e-6):
                result.lost.append(f"kill {kill}: vectors are not those that were added")
        held = found
    return result


def vectors_of(names: Sequence[str]) -> Float32[np.ndarray, "names dimension"]:
    """Return a vector of length 1 for each name, always the same.

    >>> bool(np.array_equal(vectors_of(["a", "b"])[1:], vectors_of(["b"])))
    True
    """
    rows = [
        np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])).standard_normal(
            _DIMENSION
        )
        for name in names
    ]
    vectors = np.array(rows, dtype=np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _after(held: set[str], change: Sequence[str]) -> set[str]:
    """Return the items after a change: ``+`` and ids that come, ``-`` and ids that go."""
    word, *names = change
    return held | set(names) if word == "+" else held - set(names) if word == "-" else held


def _killed(folder: Path, number: int, seed: int, lines: int, seconds: float) -> list[str]:
    """Start a writer, kill it some time after some lines, and return what it had said, whole lines only."""
    command = [
        sys.executable,
        "-m",
        "experiments.benchmarks.index_kills",
        str(folder),
        str(number),
        str(seed),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as writer:
        assert writer.stdout is not None  # noqa: S101 (it is a pipe)
        said = [writer.stdout.readline() for _ in range(1 + lines)]
        time.sleep(seconds)
        writer.send_signal(signal.SIGKILL)
        said += writer.stdout.readlines()
    if said[0] != "ready\n" or writer.returncode != -signal.SIGKILL:
        raise RuntimeError(
            f"expected the writer to write until it is killed, it ended with {writer.returncode}"
        )
    return [line for line in said if line.endswith("\n")]


def main(arguments: Sequence[str]) -> None:
    """Write until killed.

    Args:
        arguments: folder of the index, number of the writer, seed.
    """
    folder, number, seed = arguments
    drawn = random.Random(f"{number}:{seed}")  # noqa: S311
    print("ready", flush=True)
    index = LiveIndex.open(folder, write=True)
    held = index.ids[index.alive].tolist()
    for change in range(1_000_000):
        chance = drawn.random()
        if chance < 0.2:
            print("compact", flush=True)
            index.compact()
        elif chance < 0.4 and len(held) > 4:
            gone = [held.pop(drawn.randrange(len(held))) for _ in range(2)]
            print("-", *gone, flush=True)
            index.delete(gone)
        else:
            again = drawn.random() < 0.3 and len(held) > 0
            names = [drawn.choice(held) if again else f"{number}:{change}:0", f"{number}:{change}:1"]
            print("+", *names, flush=True)
            index.add(vectors_of(names), names, [_MODALITY] * 2, replace=True)
            held += names[1:] if again else names
        print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
