"""One query at a time, in a fraction of the time that the encoder takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float32

from graphs.gnn.frozen import FrozenRefiner
from graphs.propagate import adjacency
from kgx.items import LinkedItems
from kgx.transfer.centres import Centres
from kgx.transfer.reference import SIMILAR
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.tokens import TokenPath

__all__ = ["LiveRefiner"]

_Nodes = tuple[np.ndarray, np.ndarray]  # row numbers and weights


@dataclass(frozen=True)
class _Map:
    """A linear map in single precision."""

    weight: Float32[np.ndarray, "d_target d_source"]
    offset: Float32[np.ndarray, " d_target"]


class LiveRefiner:
    """Refines queries of one modality one by one; everything that they share is worked out beforehand.

    It gives what :meth:`RelationTransfer.refine` gives with ``query=True``, to the rounding of half precision.

    Args:
        transfer: the model; its network has to be without a learned correction.
        centres: means of the collection that is searched.
        modality: of the queries.

    Raises:
        GraphError: the network has a learned correction.
    """

    def __init__(self, transfer: RelationTransfer, centres: Centres, modality: str) -> None:
        maker, reference = transfer.maker, transfer.maker.reference
        self._modality = modality
        self._knowledge = reference.knowledge
        self._centre = centres.vectors[modality]
        self._neighbours, self._temperature = reference.neighbours, reference.temperature
        asked = [path for path in maker.paths[modality] if not path.filed]
        self._paths = {
            space: tuple(path for path in asked if path.space == space) for space in transfer.refiner.spaces
        }
        self._paths = {space: paths for space, paths in self._paths.items() if paths}
        self._centres = {space: _stacked(paths, centres) for space, paths in self._paths.items()}
        self._frozen = FrozenRefiner.of(
            transfer.refiner, {space: maker.describe(paths) for space, paths in self._paths.items()}
        )
        walked = {path for path in asked if path.path.steps}
        self._ends: dict[str, np.ndarray] = {
            path.path.end: reference.data[path.path.end].x.numpy() for path in walked
        }
        self._steps: dict[TokenPath, list[sp.csr_matrix]] = {
            path: [adjacency(reference.data, step) for step in path.path.steps[1:]] for path in walked
        }
        self._maps = {
            path: _Map(
                maker.maps[modality, path.space].weight.astype(np.float32),
                maker.maps[modality, path.space].transform(np.zeros((1, len(self._centre)), np.float32))[0],
            )
            for path in asked
            if path.translated
        }
        self._anchors: np.ndarray | None = None
        if any(path.first == SIMILAR for path in walked):
            unique, rows = np.unique(reference.centred[modality], axis=0, return_inverse=True)
            usable = np.flatnonzero(unique.any(axis=1))
            order = np.argsort(rows, kind="stable")
            bounds = np.searchsorted(rows[order], np.arange(len(unique) + 1))
            self._anchors = np.ascontiguousarray(unique[usable])
            self._rows_of = [order[bounds[place] : bounds[place + 1]] for place in usable]

    def refine(self, query: LinkedItems) -> Float32[np.ndarray, "1 dimension"]:
        """Return the refined vector of one query; zeros where it could not be encoded."""
        vector = query.vectors[0]
        if not vector.any():
            return np.zeros((1, sum(self._frozen.dimensions.values())), np.float32)
        centred = _unit(vector - self._centre)
        own = vector if self._modality == "text" else centred
        first = self._links(query)
        if self._anchors is not None:
            first[SIMILAR] = self._similar(centred)
        tokens: dict[str, np.ndarray] = {}
        agreement: dict[str, np.ndarray] = {}
        for space, paths in self._paths.items():
            raw = np.zeros(self._centres[space].shape, dtype=np.float32)
            for row, path in enumerate(paths):
                if path.translated:
                    mapped = self._maps[path]
                    raw[row] = _unit(mapped.weight @ own + mapped.offset)
                elif not path.path.steps:
                    raw[row] = own
                elif path.first in first:
                    self._walk(path, first[path.first], raw[row])
            lengths = np.sqrt(np.einsum("pd,pd->p", raw, raw))
            moved = raw - np.where(lengths[:, None] > 0, self._centres[space], 0.0)
            norms = np.sqrt(np.einsum("pd,pd->p", moved, moved))[:, None]
            tokens[space] = np.divide(moved, norms, out=np.zeros_like(moved), where=norms > 0)
            agreement[space] = np.minimum(lengths, 1.0)
        return self._frozen(tokens, agreement)[None]

    def _links(self, query: LinkedItems) -> dict[str, _Nodes]:
        found = {}
        for link in query.links:
            rows = self._knowledge.row_of_entity[link.concepts]
            known = rows >= 0
            if known.any():
                found[link.relation] = rows[known], link.weights[known]
        return found

    def _similar(self, centred: np.ndarray) -> _Nodes:
        assert self._anchors is not None
        cosines = self._anchors @ centred
        count = min(self._neighbours, len(cosines))
        nearest = np.argpartition(cosines, -count)[-count:]
        nearest = nearest[np.argsort(-cosines[nearest], kind="stable")]
        rows = [self._rows_of[place] for place in nearest]
        found = np.repeat(cosines[nearest], [len(some) for some in rows])[: self._neighbours]
        return np.concatenate(rows)[: self._neighbours], np.exp((found - found[0]) / self._temperature)

    def _walk(self, path: TokenPath, start: _Nodes, out: np.ndarray) -> None:
        nodes, weights = start
        for matrix in self._steps[path]:
            nodes, weights = _onward(matrix, nodes, weights)
        total = float(weights.sum())
        if total > 0:
            out[:] = (weights / total).astype(np.float32) @ self._ends[path.path.end][nodes]


def _onward(matrix: Any, nodes: np.ndarray, weights: np.ndarray) -> _Nodes:
    """Follow the edges of some nodes."""
    starts, stops = matrix.indptr[nodes], matrix.indptr[nodes + 1]
    counts = stops - starts
    before = np.cumsum(counts)
    entries = np.arange(before[-1]) + np.repeat(stops - before, counts)
    return matrix.indices[entries], np.repeat(weights, counts) * matrix.data[entries]


def _stacked(paths: tuple[TokenPath, ...], centres: Centres) -> Float32[np.ndarray, "paths dimension"]:
    known = [centres.paths.get(str(path)) for path in paths]
    dimension = len(next(centre for centre in known if centre is not None))
    return np.stack([np.zeros(dimension, np.float32) if centre is None else centre for centre in known])


def _unit(vector: np.ndarray) -> np.ndarray:
    length = float(np.sqrt(vector @ vector))
    return vector / length if length > 0 else vector
