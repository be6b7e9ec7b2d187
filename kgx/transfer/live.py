"""One query at a time, in a fraction of the time that the encoder takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32, Int64

from graphs.errors import GraphError
from graphs.gather import WalkTable
from graphs.gnn.frozen import FrozenRefiner
from graphs.gnn.hop_tokens import HopTokenRefiner
from kgx.index.coded import CodedVectors
from kgx.items import LinkedItems
from kgx.transfer.centres import Centres
from kgx.transfer.reference import SIMILAR
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.tokens import LEAST_LENGTH, TokenPath
from kgx.transfer.walk_tables import WalkTables

__all__ = ["LiveRefiner"]

_Nodes = tuple[np.ndarray, np.ndarray]  # row numbers and weights


@dataclass(frozen=True)
class _Walks:
    """Walks of one relation's paths: which of the table's, and the rows that their tokens go to."""

    relation: str
    start: int
    walks: Int64[np.ndarray, " w"]
    rows: Int64[np.ndarray, " w"]


@dataclass(frozen=True)
class _Space:
    """How the tokens of one space are made.

    Attributes:
        centre: mean of each path's tokens.
        own: row of the query's own vector; -1: none.
        translated: row of its translation; -1: none.
        table: the walks of the other rows; None: there are none.
        rounds: relations whose walks begin at different types of nodes, and can be gathered together.
    """

    centre: Float32[np.ndarray, "paths dimension"]
    own: int
    translated: int
    table: WalkTable | None
    rounds: tuple[tuple[_Walks, ...], ...]


class LiveRefiner:
    """Refines queries of one modality one by one; everything that they share is worked out beforehand.

    It gives what :meth:`RelationTransfer.refine` gives with ``query=True``, to the rounding of half precision.

    Args:
        transfer: the model; its network has to be without a learned correction.
        centres: means of the collection that is searched.
        modality: of the queries.
        tables: the model's walks; prepared now where left out.

    Raises:
        GraphError: the network has a learned correction, or passes messages.
    """

    def __init__(
        self, transfer: RelationTransfer, centres: Centres, modality: str, tables: WalkTables | None = None
    ) -> None:
        if not isinstance(transfer.refiner, HopTokenRefiner):
            raise GraphError("a network of messages has no attention over hop tokens; use it as it is")
        maker, reference = transfer.maker, transfer.maker.reference
        self._modality = modality
        self._knowledge = reference.knowledge
        self._centre = centres.vectors[modality]
        self._neighbours, self._temperature = reference.neighbours, reference.temperature
        asked = [path for path in maker.paths[modality] if not path.filed]
        by_space = {
            space: tuple(path for path in asked if path.space == space) for space in transfer.refiner.spaces
        }
        tables = tables or WalkTables.build(maker)
        self._spaces = {
            space: _planned(paths, transfer.refiner.spaces[space], centres, tables.tables.get(space))
            for space, paths in by_space.items()
            if paths
        }
        self._frozen = FrozenRefiner.of(
            transfer.refiner, {space: maker.describe(by_space[space]) for space in self._spaces}
        )
        self._maps = {
            path.space: (
                ridge.weight.astype(np.float32),
                ridge.transform(np.zeros((1, len(self._centre))))[0],
            )
            for path in asked
            if path.translated
            for ridge in [maker.maps[modality, path.space]]
        }
        self._features: dict[str, Any] = {
            **reference.item_features,
            "concept": reference.knowledge.vectors,  # in half precision, as they are kept
        }
        self._anchors: CodedVectors | None = None
        if any(path.first == SIMILAR for path in asked):
            self._anchors, self._references = _distinct(reference.centred[modality])

    @staticmethod
    def serves(transfer: RelationTransfer) -> bool:
        """Say whether a model can be served so: attention over hop tokens, without a learned correction."""
        return isinstance(transfer.refiner, HopTokenRefiner) and not transfer.refiner.residual

    def refine(self, query: LinkedItems) -> Float32[np.ndarray, "1 dimension"]:
        """Return the refined vector of one query; zeros where it could not be encoded."""
        vector = query.vectors[0]
        if not vector.any():
            return np.zeros((1, sum(self._frozen.dimensions.values())), np.float32)
        centred = _unit(vector - self._centre)
        own = vector if self._modality == "text" else centred
        first = self._links(query)
        if self._anchors is not None:
            first[SIMILAR] = self._similar(self._anchors, centred)
        tokens: dict[str, np.ndarray] = {}
        agreement: dict[str, np.ndarray] = {}
        for space, plan in self._spaces.items():
            raw = np.zeros(plan.centre.shape, dtype=np.float32)
            for together in plan.rounds:
                self._walk(plan.table, [walks for walks in together if walks.relation in first], first, raw)
            if plan.own >= 0:
                raw[plan.own] = own
            if plan.translated >= 0:
                weight, offset = self._maps[space]
                raw[plan.translated] = _unit(weight @ own + offset)
            lengths = np.sqrt(np.einsum("pd,pd->p", raw, raw))
            raw -= plan.centre * (lengths > 0)[:, None]
            norms = np.sqrt(np.einsum("pd,pd->p", raw, raw))[:, None]
            tokens[space] = np.divide(raw, norms, out=np.zeros_like(raw), where=norms >= LEAST_LENGTH)
            agreement[space] = np.minimum(lengths, 1.0)
        return self._frozen(tokens, agreement)[None]

    def _walk(
        self, table: WalkTable | None, several: list[_Walks], first: dict[str, _Nodes], raw: np.ndarray
    ) -> None:
        """Fill in the tokens of walks that are gathered together."""
        if table is None or not several:
            return
        nodes = np.concatenate([walks.start + first[walks.relation][0] for walks in several])
        weights = np.concatenate([first[walks.relation][1] for walks in several])
        found = table.gather(nodes, weights, self._features)
        for walks in several:
            raw[walks.rows] = found[walks.walks]

    def _links(self, query: LinkedItems) -> dict[str, _Nodes]:
        parts: dict[str, list[_Nodes]] = {}
        for link in query.links:
            rows = self._knowledge.row_of_entity[link.concepts]
            known = rows >= 0
            if known.any():
                parts.setdefault(link.relation, []).append((rows[known], link.weights[known]))
        return {relation: some[0] if len(some) == 1 else _joined(some) for relation, some in parts.items()}

    def _similar(self, anchors: CodedVectors, centred: np.ndarray) -> _Nodes:
        found, cosines = anchors.nearest(centred, self._neighbours)
        rows = [self._references[place] for place in found.tolist()]
        repeated = cosines.repeat([len(some) for some in rows])[: self._neighbours]
        return np.concatenate(rows)[: self._neighbours], np.exp((repeated - repeated[0]) / self._temperature)


def _distinct(anchors: np.ndarray) -> tuple[CodedVectors, list[np.ndarray]]:
    """Return the different ones of some unit vectors, and the rows of each; zeros are left out.

    Many captions of a collection are equal: fewer vectors are to be compared.
    """
    rows = np.flatnonzero(anchors.any(axis=1))
    whole = np.ascontiguousarray(anchors[rows])
    keys = whole.view(np.dtype((np.void, whole.dtype.itemsize * whole.shape[1]))).ravel()
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(which, kind="stable")
    bounds = np.searchsorted(which[order], np.arange(1, len(first)))
    return CodedVectors(whole[first]), np.split(rows[order], bounds)


def _planned(
    paths: tuple[TokenPath, ...], dimension: int, centres: Centres, table: WalkTable | None
) -> _Space:
    """Work out where each row of a space comes from."""
    centre = np.zeros((len(paths), dimension), dtype=np.float32)
    own, translated = -1, -1
    number = {walk: place for place, walk in enumerate(table.walks)} if table is not None else {}
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for row, path in enumerate(paths):
        centre[row] = centres.paths.get(str(path), 0.0)
        if path.translated:
            translated = row
        elif not path.path.steps:
            own = row
        elif (onward := WalkTables.onward(path)) in number:
            found.setdefault((path.first, onward.start), []).append((number[onward], row))
    rounds: list[dict[str, _Walks]] = []
    for (relation, start), pairs in found.items():
        walks, rows = np.array(pairs, dtype=np.int64).T
        free = next((some for some in rounds if start not in some), None)
        if free is None:
            rounds.append(free := {})
        free[start] = _Walks(relation, table.starts_of[start] if table is not None else 0, walks, rows)
    return _Space(centre, own, translated, table, tuple(tuple(some.values()) for some in rounds))


def _joined(parts: Iterable[_Nodes]) -> _Nodes:
    rows, weights = zip(*parts, strict=True)
    return np.concatenate(rows), np.concatenate(weights)


def _unit(vector: np.ndarray) -> np.ndarray:
    length = float(np.sqrt(vector @ vector))
    return vector / length if length > 0 else vector
