"""Kinds of index: how FAISS makes each of them (Douze et al., arXiv 2401.08281), and what it needs.

All kinds but ``flat`` are *finders*: they look through codes, or through a part of the items, for a few times as many
candidates as are wanted, which are then compared exactly with the vectors themselves. Scores are exact with every kind,
and an error of the codes shows only where it moves an item by that many places. The vectors, 4 d bytes an item, may
stay on disk; what is told here is kept in memory beside them.

====== ============================================================================ ==================
kind   candidates by                                                                bytes an item
====== ============================================================================ ==================
flat   (every vector is compared; a run makes codes for that when first searched)   d
int8   8-bit scalar quantiser, all items                                            d
pq     product quantiser (Jégou et al., 2011), all items                            d / 4
opq    the same behind a learned rotation (Ge et al., CVPR 2013)                    d / 4
ivf    nearest lists of items (inverted file), 8-bit codes in them                  d
ivf-pq nearest lists, 4-bit product quantiser scanned in registers (1704.07355)     d / 4
hnsw   navigable small-world graph (arXiv 1603.09320), 8-bit codes                  d + 272
====== ============================================================================ ==================
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32

from kgx.errors import ConfigError

if TYPE_CHECKING:
    import faiss

__all__ = ["AUTO", "FLAT", "KINDS", "Kind", "check_kind", "fitting", "trained"]

AUTO, FLAT = "auto", "flat"

_log = logging.getLogger(__name__)

_LIST_SAMPLE = 40  # vectors for each list that the lists are learned from
_CODE_SAMPLE = 65_536  # vectors that codes are learned from, at most
_ROTATION_SAMPLE = 8_192  # … and a rotation, whose learning is much slower
_LINKS = 32  # of a node of the small-world graph
_COARSE, _FINE = 4, 2  # components for each code of 8 and of 4 bits


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of index is made.

    Attributes:
        factory: number of items, dimension -> FAISS's description of it (``faiss.index_factory``).
        item_bytes: dimension -> memory that an item takes beside its vector.
        wider: candidates for each item wanted, to begin with.
        fewest: items that it can be trained on, at least.
    """

    factory: Callable[[int, int], str]
    item_bytes: Callable[[int], int]
    wider: int
    fewest: int


def _lists(items: int) -> int:
    """Return a number of lists: as many as four times the root of the items, each with enough to learn from."""
    return max(1, min(int(4 * items**0.5), items // _LIST_SAMPLE))


def _padded(dimension: int, size: int) -> tuple[int, str]:
    """Return the dimension filled up to a multiple of ``size``, and what to put before a description for that."""
    whole = -(-dimension // size) * size
    return whole, f"Pad{whole}," if whole != dimension else ""


def _product(_: int, dimension: int) -> str:
    whole, padding = _padded(dimension, _COARSE)
    # One list: unlike a bare product quantiser, an inverted file can be told which rows to look at. "np" leaves out the
    # training of polysemous codes, which takes most of the time and which nothing here makes use of.
    return f"{padding}IVF1,PQ{whole // _COARSE}x8np"


def _rotated(_: int, dimension: int) -> str:
    whole, _padding = _padded(dimension, _COARSE)
    parts = whole // _COARSE
    return f"OPQ{parts}_{whole},IVF1,PQ{parts}x8np"


def _lists_of_codes(items: int, dimension: int) -> str:
    whole, padding = _padded(dimension, _FINE)
    return f"{padding}IVF{_lists(items)},PQ{whole // _FINE}x4fs"


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        FLAT: Kind(lambda _, __: "Flat", lambda d: d, 1, 1),
        "int8": Kind(lambda _, __: "SQ8", lambda d: d, 4, 2),
        "pq": Kind(_product, lambda d: d // _COARSE + 8, 8, 256),
        "opq": Kind(_rotated, lambda d: d // _COARSE + 8, 8, 256),
        "ivf": Kind(lambda n, _: f"IVF{_lists(n)},SQ8", lambda d: d + 8, 2, 256),
        "ivf-pq": Kind(_lists_of_codes, lambda d: d // 4 + 8, 4, 256),
        "hnsw": Kind(lambda _, __: f"HNSW{_LINKS},SQ8", lambda d: d + 4 * (2 * _LINKS + 4), 2, 2),
    }
)
"""Kinds by name; :mod:`kgx.index.choosing` chooses among them for ``auto``."""


def check_kind(kind: str, items: int) -> None:
    """Make sure that there is such a kind, and that these items are enough for it.

    Raises:
        ConfigError: there is not, or they are too few to train it.

    >>> check_kind("tree", 10)
    Traceback (most recent call last):
    ...
    kgx.errors.ConfigError: unknown kind of index 'tree'; choose auto, flat, int8, pq, opq, ivf, ivf-pq or hnsw
    """
    if kind != AUTO and kind not in KINDS:
        *names, last = (AUTO, *KINDS)
        raise ConfigError(f"unknown kind of index {kind!r}; choose {', '.join(names)} or {last}")
    if kind != AUTO and items < KINDS[kind].fewest:
        raise ConfigError(
            f"an index of kind {kind!r} is trained on at least {KINDS[kind].fewest} items, got {items}; choose {FLAT}"
        )


def fitting(kind: str, items: int) -> str:
    """Return a kind, or ``flat`` and a warning where there are too few items left to train it.

    >>> fitting("int8", 1000)
    'int8'
    """
    if kind == AUTO or items >= KINDS[kind].fewest:
        return kind
    _log.warning(
        "an index of kind %r is trained on at least %d items, and %d are left: they are searched one by one (%s) until "
        "there are more",
        kind,
        KINDS[kind].fewest,
        items,
        FLAT,
    )
    return FLAT


def trained(kind: str, vectors: Float32[np.ndarray, "items dimension"], seed: int) -> faiss.Index:
    """Train a finder of a kind and fill it.

    Args:
        kind: a name in :data:`KINDS`.
        vectors: all items' vectors, of length 1; the finder numbers them as they stand.
        seed: of what is drawn for training. With several threads a small-world graph differs from run to run.

    Raises:
        ConfigError: see :func:`check_kind`.

    >>> trained("int8", np.eye(4, dtype=np.float32), 0).ntotal
    4
    """
    import faiss

    items, dimension = vectors.shape
    check_kind(kind, items)
    index = faiss.index_factory(dimension, KINDS[kind].factory(items, dimension), faiss.METRIC_INNER_PRODUCT)
    wanted = _settle(index, seed)
    sample = vectors
    if items > wanted:
        drawn = np.random.default_rng(seed).choice(items, wanted, replace=False)
        sample = vectors[np.sort(drawn)]
    index.train(sample)
    index.add(vectors)
    return index


def _settle(index: Any, seed: int) -> int:
    """Set how an index is trained, and return how many vectors it takes at most."""
    faiss: Any = import_module("faiss")  # its type stubs know its vectors of transforms as lists
    wanted, inner = _CODE_SAMPLE, index
    if isinstance(index, faiss.IndexPreTransform):
        inner = faiss.downcast_index(index.index)
        first = faiss.downcast_VectorTransform(index.chain.at(0))
        if isinstance(first, faiss.OPQMatrix):
            first.niter, first.niter_pq, first.niter_pq_0 = 8, 4, 10
            first.max_train_points = wanted = _ROTATION_SAMPLE
    if isinstance(inner, faiss.IndexIVF):
        # Lists need not be perfect, and their training is most of what an index costs.
        inner.cp.niter, inner.cp.max_points_per_centroid = 6, _LIST_SAMPLE
        inner.cp.seed = 1 + seed
        wanted = max(wanted, inner.nlist * _LIST_SAMPLE)
    if isinstance(inner, faiss.IndexIVFPQ | faiss.IndexIVFPQFastScan):
        inner.pq.cp.niter, inner.pq.cp.seed = 10, 1 + seed
        inner.pq.cp.min_points_per_centroid = 1  # candidates are compared exactly: no need to warn of few
    if isinstance(inner, faiss.IndexHNSW):
        inner.hnsw.efConstruction = 80
    return wanted
