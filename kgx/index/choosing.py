"""Choosing a kind of index, and measuring how much of an exact search it finds."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32, Int64

from kgx.index.finder import Breadth, Finder
from kgx.index.kinds import FLAT, KINDS, trained
from kgx.index.wanted import Trial, Wanted

if TYPE_CHECKING:
    import faiss

__all__ = ["Recall", "chosen", "finder_of", "recall_of"]

_TRIED = ("ivf-pq", "ivf", "int8", "opq")  # quickest to search first
_FEW = 50_000  # items that are scanned faster than a text is encoded
_SAMPLE = 256  # queries to find the breadth with, and as many others to measure it
_AT = 10
_WIDEST = 64  # candidates for each item wanted
_SPARE = 0.2  # of what is missing from the whole, aimed at beyond what is wanted
_SHARE = 4  # an index that looks through more than this part of the bytes of a scan is no quicker

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recall:
    """How much of an exact search an index finds.

    Attributes:
        at: hits of a query that were compared.
        wanted: what the breadth was chosen for.
        measured: mean share of the exact hits that were found, on queries that the breadth was not chosen on.
        queries: number of these.
    """

    at: int
    wanted: float
    measured: float
    queries: int

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON would have it."""
        return asdict(self)


def recall_of(found: Int64[np.ndarray, "queries k"], exact: Int64[np.ndarray, "queries k"]) -> float:
    """Return the mean share of the exact hits among those found.

    >>> recall_of(np.array([[1, 2], [3, 4]]), np.array([[2, 1], [3, 9]]))
    0.75
    """
    if not exact.size:
        return 1.0
    shares = [np.isin(right, answer).mean() for answer, right in zip(found, exact, strict=True)]
    return float(np.mean(shares))


def chosen(
    flat: faiss.IndexFlatIP,
    vectors: Float32[np.ndarray, "items dimension"],
    wanted: Wanted,
    *,
    seed: int,
    queries: Float32[np.ndarray, "queries dimension"] | None,
) -> tuple[str, Finder | None, Recall | None, tuple[Trial, ...]]:
    """Choose the kind that is searched most quickly among those that fit into memory and find enough.

    ``flat`` for few items; for many, those of :data:`_TRIED` in that order, and ``flat`` where none finds enough. Where
    ``flat`` is too large for the memory, that which finds most; where all are, the smallest; either with a warning. A
    small-world graph is not tried: it takes longest to make, and depends on the order in which threads come.

    Args:
        flat: the vectors.
        vectors: the same.
        wanted: recall and memory.
        seed: of training and samples.
        queries: see :func:`finder_of`.

    Returns:
        The kind, its finder and what was measured of it (neither for ``flat``), and all that was thought of.
    """
    items, dimension = vectors.shape
    budget = math.inf if wanted.memory is None else wanted.memory
    size = {kind: KINDS[kind].item_bytes(dimension) * items for kind in (FLAT, *_TRIED)}
    exact = Trial(FLAT, size[FLAT], 1.0, "chosen")
    few = items <= _FEW and size[FLAT] <= budget
    if few or wanted.recall >= 1 or items < max(KINDS[kind].fewest for kind in _TRIED):
        if size[FLAT] > budget:
            _log.warning("%s", _too_large(exact, wanted))
        return FLAT, None, None, (exact,)
    smallest = min(size.values())
    tried: list[Trial] = []
    found: list[tuple[Trial, Finder, Recall]] = []
    for kind in _TRIED:
        if size[kind] > max(budget, smallest):
            tried.append(Trial(kind, size[kind], None, "too large"))
            continue
        finder, measured = finder_of(kind, flat, vectors, recall=wanted.recall, seed=seed, queries=queries)
        needed = _bytes(finder)
        share = _share(finder, size[kind] / size[FLAT])
        outcome = "too large" if needed > budget else _outcome(measured, share)
        trial = Trial(kind, needed, measured.measured, outcome)
        tried.append(trial)
        if trial.outcome == "chosen":
            return kind, finder, measured, tuple(tried)
        found.append((trial, finder, measured))
    if size[FLAT] <= budget:
        return FLAT, None, None, (*tried, exact)
    fitting = [one for one in found if one[0].memory <= budget] or [min(found, key=lambda one: one[0].memory)]
    trial, finder, measured = max(fitting, key=lambda one: one[0].recall or 0.0)
    taken = replace(trial, outcome=f"chosen, though {trial.outcome}")
    _log.warning("%s", _too_large(trial, wanted))
    tried[tried.index(trial)] = taken
    return trial.kind, finder, measured, (*tried, replace(exact, outcome="too large"))


def _share(finder: Finder, size: float) -> float:
    """Return what part of the bytes of a scan of all items a finder with lists looks through; nothing without lists.

    Args:
        finder: the finder.
        size: of all its codes, against those that a scan goes through.
    """
    return size * finder.breadth.lists / finder.limit.lists if finder.limit.lists > 1 else 0.0


def _outcome(measured: Recall, share: float) -> str:
    if measured.measured < measured.wanted:
        return "too little is found"
    return "chosen" if share * _SHARE <= 1 else "too much is looked through"


def _too_large(trial: Trial, wanted: Wanted) -> str:
    return (
        f"an index of at most {wanted.memory:,} bytes that finds {wanted.recall:.0%} was wanted; the best is "
        f"{trial.kind!r}, which takes {trial.memory:,} bytes and finds {trial.recall or 0:.0%}"
    )


def _bytes(finder: Finder) -> int:
    """Return the size of a finder's codes: what is written, nothing of which is kept."""
    faiss: Any = import_module("faiss")  # its type stubs lack this class
    sizes: list[int] = []
    faiss.write_index(finder.codes, faiss.PyCallbackIOWriter(lambda part: sizes.append(len(part))))
    return sum(sizes)


def finder_of(
    kind: str,
    flat: faiss.IndexFlatIP,
    vectors: Float32[np.ndarray, "items dimension"],
    *,
    recall: float,
    seed: int,
    queries: Float32[np.ndarray, "queries dimension"] | None = None,
) -> tuple[Finder, Recall]:
    """Train a finder of a kind, and let it look as widely as the wanted recall needs.

    Args:
        kind: any but ``flat``.
        flat: the vectors.
        vectors: the same.
        recall: share of the exact ten nearest that is wanted.
        seed: of training and samples.
        queries: what will be asked, of length 1, where that is unlike the items. Items of the index stand for it
            otherwise, each of which does not count as its own neighbour.

    Raises:
        ConfigError: see :func:`kgx.index.kinds.check_kind`.
    """
    finder = Finder(trained(kind, vectors, seed), flat, Breadth(1, KINDS[kind].wider))
    drawn = np.random.default_rng(seed + 1).permutation(len(vectors) if queries is None else len(queries))
    drawn = drawn[: 2 * _SAMPLE]
    asked = vectors[drawn] if queries is None else queries[drawn]
    own = drawn if queries is None else np.full(len(asked), -1)
    k = min(_AT, len(vectors) - (queries is None)) or 1
    exact = _without(flat.search(asked, min(k + 1, len(vectors)))[1], own, k)
    tuning, held_out = np.arange(0, len(asked), 2), np.arange(1, len(asked), 2)
    if not len(held_out):
        held_out = tuning

    def measure(breadth: Breadth, rows: Int64[np.ndarray, " some"]) -> float:
        finder.breadth = breadth
        found = finder.search(asked[rows], min(k + 1, len(vectors)))[1]
        return recall_of(_without(found, own[rows], k), exact[rows])

    finder.breadth = _broad_enough(
        finder.breadth, finder.limit, recall, lambda breadth: measure(breadth, tuning)
    )
    return finder, Recall(k, recall, measure(finder.breadth, held_out), len(held_out))


def _broad_enough(
    breadth: Breadth, limit: Breadth, wanted: float, measure: Callable[[Breadth], float]
) -> Breadth:
    """Double whatever helps more, lists or candidates, until the recall is reached with a little to spare."""
    wanted += _SPARE * (1 - wanted)
    reached = measure(breadth)
    while reached < wanted:
        doubled = (
            Breadth(min(2 * breadth.lists, limit.lists), breadth.wider),
            Breadth(breadth.lists, min(2 * breadth.wider, limit.wider, _WIDEST)),
        )
        steps = [step for step in doubled if step != breadth]
        if not steps:
            break
        measured = [measure(step) for step in steps]
        best = int(np.argmax(measured))
        reached, breadth = measured[best], steps[best]
    return breadth


def _without(
    rows: Int64[np.ndarray, "queries more"], own: Int64[np.ndarray, " queries"], k: int
) -> Int64[np.ndarray, "queries k"]:
    """Leave each query's own row out of its hits, and keep ``k`` of the others."""
    behind = np.argsort(rows == own[:, None], axis=1, kind="stable")
    return np.take_along_axis(rows, behind, axis=1)[:, :k]
