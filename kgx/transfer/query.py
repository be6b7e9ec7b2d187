"""Queries, one at a time: the same tokens as a collection's, by gathers from prepared rows.

Nothing of the graph is touched but the few rows that a query's own links lead to (:mod:`graphs.gather`), and the
references it is similar to are found among their 8-bit codes first. Opening the tables takes no graph library, so that
a first answer does not wait for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32, Int64

from graphs.gather import WalkTable
from graphs.gnn.hop_tokens import TokenBlock
from graphs.neighbours import unit_rows
from graphs.propagate import EdgeType
from kgx.errors import ModelError
from kgx.items import LinkedItems
from kgx.tensor_file import open_tensors, save_tensors
from kgx.transfer.centres import Centres
from kgx.transfer.reference import SIMILAR
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.similar import SimilarReferences
from kgx.transfer.tokens import TokenMaker, TokenPath

__all__ = ["QueryRefiner", "QueryTables"]

_COLUMNS = ("offsets", "walk", "end", "weight", "means")

Key = tuple[str, str]


@dataclass(frozen=True)
class QueryTables:
    """The walks that a model's queries go, prepared; by the node type they begin at and the space they end in."""

    tables: Mapping[Key, WalkTable]

    @classmethod
    def build(cls, maker: TokenMaker) -> QueryTables:
        """Prepare the walks behind the first step of every path that a query has."""
        walks: dict[Key, dict[tuple[EdgeType, ...], None]] = {}
        for paths in maker.paths.values():
            for path in filter(_walked, paths):
                walks.setdefault(_key(path), {})[path.path.steps[1:]] = None
        data = maker.reference.data
        known = set(data.edge_types)
        return cls(
            {
                key: WalkTable.build(data, key[0], [steps for steps in wanted if known.issuperset(steps)])
                for key, wanted in sorted(walks.items())
                if key[0] in data.node_types
            }
        )

    def save(self, folder: Path) -> None:
        """Write the tables into a folder."""
        for (start, space), table in self.tables.items():
            tensors = {name: getattr(table, name) for name in _COLUMNS}
            walks = [[list(step) for step in steps] for steps in table.walks]
            note = {"start": start, "space": space, "walks": walks, "ends_of": list(table.ends_of.items())}
            save_tensors(folder / f"{start}-{space}.safetensors", tensors, note)

    @classmethod
    def open(cls, folder: Path) -> QueryTables:
        """Open what :meth:`save` wrote.

        Raises:
            ModelError: a table is damaged.
        """
        tables = {}
        for path in sorted(folder.glob("*.safetensors")):
            tensors, note = open_tensors(path)
            try:
                walks = tuple(tuple((a, b, c) for a, b, c in steps) for steps in note["walks"])
                ends_of = {str(kind): int(row) for kind, row in note["ends_of"]}
                columns = [tensors[name] for name in _COLUMNS]
                tables[note["start"], note["space"]] = WalkTable(note["start"], walks, ends_of, *columns)
            except (KeyError, TypeError, ValueError) as error:
                raise ModelError(f"{path} is damaged ({error})") from error
        return cls(tables)


@dataclass(frozen=True)
class _Plan:
    """How the tokens of one space are made of a query.

    Attributes:
        own, translated: column of the query's own vector, and of its translation; -1: none.
        walks: first relation, table, numbers of the table's walks, columns of their tokens.
        centre: mean of each column.
        descriptors: of each column's path.
    """

    own: int
    translated: int
    walks: tuple[tuple[str, WalkTable, Int64[np.ndarray, " w"], Int64[np.ndarray, " w"]], ...]
    centre: Float32[np.ndarray, "paths dimension"]
    descriptors: torch.Tensor


@dataclass(frozen=True)
class QueryRefiner:
    """Refines queries one at a time, as :meth:`RelationTransfer.refine` does with ``query=True``.

    Attributes:
        transfer: the model.
        tables: its prepared walks.
        centres: means of the collection that is searched.
    """

    transfer: RelationTransfer
    tables: QueryTables
    centres: Centres
    _plans: dict[str, dict[str, _Plan]] = field(default_factory=dict, init=False, repr=False)
    _similar: dict[str, SimilarReferences] = field(default_factory=dict, init=False, repr=False)

    def refine(self, query: LinkedItems) -> Float32[np.ndarray, "1 dimension"]:
        """Return the refined vector of one query, of length 1.

        Args:
            query: one item, encoded and linked.
        """
        if len(query) != 1 or not query.vectors.any():
            return self.transfer.refine(query, self.centres, query=True)
        blocks = self.blocks(query)
        with torch.inference_mode():
            refined: np.ndarray = self.transfer.refiner(blocks).numpy()
        return refined

    def blocks(self, query: LinkedItems) -> dict[str, TokenBlock]:
        """Return the query's tokens, ready for the refiner."""
        modality = query.modality
        if modality not in self._plans:
            self._plans[modality] = dict(self._planned(modality))
        own = self.transfer.maker.own_features(query, self.centres.vectors[modality])
        first = self._first(query)
        blocks = {}
        for space, plan in self._plans[modality].items():
            tokens = np.zeros_like(plan.centre)
            for relation, table, numbers, columns in plan.walks:
                if relation in first:
                    tokens[columns] = table.gather(*first[relation], self._features)[numbers]
            if plan.own >= 0:
                tokens[plan.own] = own[0]
            if plan.translated >= 0:
                weight, offset = self._maps[modality, space]
                tokens[plan.translated] = unit_rows((weight @ own[0] + offset)[None])[0]
            lengths = np.sqrt(np.einsum("pd,pd->p", tokens, tokens))
            tokens -= plan.centre * (lengths > 0)[:, None]
            blocks[space] = TokenBlock(
                torch.from_numpy(unit_rows(tokens)[None]),
                torch.from_numpy(np.minimum(lengths, 1.0)[None]),
                plan.descriptors,
            )
        return blocks

    def _first(self, query: LinkedItems) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Return first relation -> the nodes it leads to, with weights."""
        reference = self.transfer.maker.reference
        parts: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
        for link in query.links:
            rows = reference.knowledge.row_of_entity[link.concepts]
            known = rows >= 0
            if known.any():
                parts.setdefault(link.relation, []).append((rows[known], link.weights[known]))
        first = {
            relation: (np.concatenate([rows for rows, _ in some]), np.concatenate([part for _, part in some]))
            for relation, some in parts.items()
        }
        modality = query.modality
        if modality in reference.items:
            if modality not in self._similar:
                self._similar[modality] = SimilarReferences.of(reference, modality)
            first[SIMILAR] = self._similar[modality].nearest(query.vectors[0], self.centres.vectors[modality])
        return first

    def _planned(self, modality: str) -> Iterator[tuple[str, _Plan]]:
        maker = self.transfer.maker
        by_space: dict[str, list[TokenPath]] = {}
        for path in maker.paths[modality]:
            by_space.setdefault(path.space, []).append(path)
        for space, paths in by_space.items():
            own = [column for column, path in enumerate(paths) if not path.translated and not path.path.steps]
            translated = [column for column, path in enumerate(paths) if path.translated]
            walks: dict[tuple[str, str], list[tuple[int, int]]] = {}
            for column, path in enumerate(paths):
                table = self.tables.tables.get(_key(path)) if _walked(path) else None
                if table is not None and path.path.steps[1:] in table.walks:
                    number = table.walks.index(path.path.steps[1:])
                    walks.setdefault((path.first, table.start), []).append((number, column))
            dimension = self.transfer.refiner.spaces[space]
            centre = np.zeros((len(paths), dimension), dtype=np.float32)
            for column, path in enumerate(paths):
                centre[column] = self.centres.paths.get(str(path), 0.0)
            yield (
                space,
                _Plan(
                    own[0] if own else -1,
                    translated[0] if translated else -1,
                    tuple(
                        (relation, self.tables.tables[start, space], *np.array(pairs, dtype=np.int64).T)
                        for (relation, start), pairs in walks.items()
                    ),
                    centre,
                    torch.from_numpy(maker.describe(tuple(paths))),
                ),
            )

    @cached_property
    def _features(self) -> dict[str, Any]:
        """Features of every node type; those of concepts in half precision, as they are kept."""
        reference = self.transfer.maker.reference
        return {**reference.item_features, "concept": reference.knowledge.vectors}

    @cached_property
    def _maps(self) -> dict[Key, tuple[np.ndarray, np.ndarray]]:
        """Weight and offset of the linear maps, in single precision."""
        maps = {}
        for direction, ridge in self.transfer.maker.maps.items():
            offset = ridge.target_mean - ridge.weight @ ridge.source_mean
            maps[direction] = ridge.weight.astype(np.float32), offset.astype(np.float32)
        return maps


def _walked(path: TokenPath) -> bool:
    """Say whether a query walks a path: it is neither itself nor what is filed of it."""
    return bool(path.path.steps) and not path.filed


def _key(path: TokenPath) -> Key:
    return path.path.steps[0][2], path.space
