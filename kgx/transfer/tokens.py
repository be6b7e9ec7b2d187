"""Hop tokens of items: what every relation path of the reference graph brings to an item, space by space."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy.sparse as sp
import torch
from jaxtyping import Bool, Float16, Float32, Int64

from graphs.gnn.attached import AttachedBlock
from graphs.gnn.hop_tokens import TokenBlock
from graphs.hetero import INVERSE_PREFIX
from graphs.neighbours import unit_rows
from graphs.propagate import EdgeType, Path, enumerate_paths, normalise_rows, walk_features
from kgx.collection import MODALITIES
from kgx.items import LinkedItems
from kgx.linking.base import DEPICTS, IN_CATEGORY, MENTIONS, SAYS
from kgx.progress import track
from kgx.transfer.affine import AffineMap
from kgx.transfer.reference import ABOUT, DESCRIBES, SIMILAR, ReferenceGraph

__all__ = ["FILED", "LEAST_LENGTH", "TRANSLATION", "TRANSLATION_STEP", "TokenMaker", "TokenPath", "Tokens"]

TRANSLATION = "translation"
"""Pseudo-relation from an item to its own vector, mapped into another modality's space by a linear map."""

TRANSLATION_STEP: EdgeType = ("", TRANSLATION, "")

FILED = frozenset({IN_CATEGORY})
"""Relations that only what is filed in a collection has."""

LEAST_LENGTH = 1e-3
"""Of a token without what its path's tokens have in common; what is shorter is what rounding left."""

_ANALOGIES = {SAYS: MENTIONS, MENTIONS: MENTIONS, DEPICTS: DEPICTS, IN_CATEGORY: IN_CATEGORY}
"""Relation from an item to a concept -> the relation whose onward paths serve it too."""

_SAMPLE = 600  # reference items on which a path's coverage is measured


@dataclass(frozen=True, slots=True)
class TokenPath:
    """Where a token comes from: the end of a relation path, or the item's own vector mapped into a space.

    Attributes:
        path: the relation path; empty for the item itself.
        space: the space of the token.
        translated: whether it is the item's own vector, mapped.
    """

    path: Path
    space: str
    translated: bool = False

    @property
    def first(self) -> str:
        """The first relation; the item's own vector has none."""
        return self.path.relations[0] if self.path.steps else ""

    @property
    def filed(self) -> bool:
        """Whether only what is filed in a collection has the token; a query has not."""
        return self.first in FILED

    def __str__(self) -> str:
        return f"{self.path.start} -{TRANSLATION}-> {self.space}" if self.translated else str(self.path)


@dataclass(frozen=True)
class Tokens:
    """Raw tokens of some items in one space, before centring.

    Attributes:
        paths: where the columns come from.
        values: (items, paths, dimension); zero where a path leads nowhere.
    """

    paths: tuple[TokenPath, ...]
    values: Float16[np.ndarray, "n paths dimension"]

    def means(self) -> dict[str, Float32[np.ndarray, " dimension"]]:
        """Return each path's mean over the items that it leads somewhere from."""
        means = {}
        for column, path in enumerate(self.paths):
            values = self.values[:, column].astype(np.float32)
            reached = values.any(axis=1)
            if reached.any():
                means[str(path)] = values[reached].mean(axis=0)
        return means

    def counts(self) -> dict[str, int]:
        """Return from how many items each path leads somewhere."""
        reached = self.values.any(axis=2).sum(axis=0)
        return {str(path): int(count) for path, count in zip(self.paths, reached, strict=True)}


@dataclass(frozen=True)
class TokenMaker:
    """Makes tokens from a reference graph.

    Attributes:
        reference: the graph.
        descriptors: descriptor of every edge type, and of the translation under `TRANSLATION_STEP`.
        maps: (modality, space) -> linear map between them, fitted on the known pairs.
        hops: relations on the longest path.
        coverage: share of the reference items that a path has to lead somewhere from.
        known_paths: paths that are settled already, by modality.
    """

    reference: ReferenceGraph
    descriptors: Mapping[EdgeType, Float32[np.ndarray, " size"]]
    maps: Mapping[tuple[str, str], AffineMap]
    hops: int = 2
    coverage: float = 0.1
    known_paths: Mapping[str, tuple[TokenPath, ...]] = field(default_factory=dict)

    @cached_property
    def paths(self) -> dict[str, tuple[TokenPath, ...]]:
        """Token paths of every modality, from what the reference items show.

        A modality without references walks on from its links as the others do from theirs.
        """
        chosen: dict[str, tuple[TokenPath, ...]] = dict(self.known_paths)
        for modality, items in self.reference.items.items():
            if modality in chosen:
                continue
            candidates = [
                TokenPath(path, "text" if path.end == "concept" else path.end)
                for path in enumerate_paths(self.reference.data.edge_types, modality, self.hops)
                if _usable(path)
            ]
            rows = np.linspace(0, len(items) - 1, min(_SAMPLE, len(items))).astype(np.int64)
            sample = items.select(np.unique(rows))
            groups = self.reference.group_codes(sample)
            tokens = self._walks(tuple(candidates), sample, self.reference.centres[modality], groups)
            kept = tuple(
                path
                for path in candidates
                if tokens[path].any(axis=1).mean() >= self.coverage or not path.path.steps
            )
            maps = (TokenPath(Path(modality), space, True) for start, space in self.maps if start == modality)
            chosen[modality] = (*kept, *maps)
        for modality in MODALITIES:
            chosen.setdefault(modality, _by_analogy(modality, chosen.values()))
        return chosen

    def make(
        self,
        items: LinkedItems,
        centre: Float32[np.ndarray, " dimension"],
        *,
        groups: Int64[np.ndarray, " n"] | None = None,
        translated: Mapping[str, np.ndarray] | None = None,
        description: str = "",
    ) -> dict[str, Tokens]:
        """Return the items' raw tokens, by space.

        Args:
            items: the items.
            centre: mean vector of the collection that they are from.
            groups: number of each item's group, which walks leave out (leave-one-out, for training).
            translated: space -> the items' mapped vectors, where they are not to come from the fitted maps
                (cross-fitting, for training).
            description: what the progress bar says; without it there is none.
        """
        paths = self.paths[items.modality]
        walked = tuple(path for path in paths if not path.translated)
        found = self._walks(walked, items, centre, groups, description)
        for path in paths:
            if path.translated:
                if translated is not None:
                    mapped = translated[path.space]
                else:
                    own = self.own_features(items, centre).astype(np.float64)
                    mapped = self.maps[items.modality, path.space].transform(own)
                known = items.vectors.any(axis=1, keepdims=True)
                found[path] = np.where(known, unit_rows(mapped), 0.0).astype(np.float16)
        by_space: dict[str, list[TokenPath]] = {}
        for path in paths:
            by_space.setdefault(path.space, []).append(path)
        return {
            space: Tokens(tuple(some), np.stack([found.pop(path) for path in some], axis=1))
            for space, some in by_space.items()
        }

    def block(
        self, tokens: Tokens, centres: Mapping[str, Float32[np.ndarray, " dimension"]], *, query: bool = False
    ) -> TokenBlock:
        """Centre tokens path by path and put them at length 1; kept in half precision.

        Args:
            tokens: of one space.
            centres: path -> what to take off.
            query: whether the items come as queries, about which nothing is filed: tokens by category are left out.
        """
        values = np.zeros(tokens.values.shape, dtype=np.float16)
        agreement = np.zeros(values.shape[:2], dtype=np.float32)
        for column, path in enumerate(tokens.paths):
            if query and path.filed:
                continue
            raw = tokens.values[:, column].astype(np.float32)
            agreement[:, column] = np.minimum(np.linalg.norm(raw, axis=1), 1.0)
            if str(path) in centres:
                raw = np.where(raw.any(axis=1, keepdims=True), raw - centres[str(path)], 0.0)
            raw[np.linalg.norm(raw, axis=1) < LEAST_LENGTH] = 0.0
            values[:, column] = unit_rows(raw)
        return TokenBlock(
            torch.from_numpy(values),
            torch.from_numpy(agreement),
            torch.from_numpy(self.describe(tokens.paths)),
        )

    def attached(
        self,
        items: LinkedItems,
        centre: Float32[np.ndarray, " dimension"],
        *,
        query: bool = False,
        groups: Int64[np.ndarray, " n"] | None = None,
    ) -> Mapping[str, AttachedBlock]:
        """Return what a network needs of items besides tokens: here nothing."""
        return {}

    def describe(self, paths: tuple[TokenPath, ...]) -> Float32[np.ndarray, "paths positions size"]:
        """Return the paths' descriptors: their relations', in the order of the walk, padded with zeros."""
        size = len(next(iter(self.descriptors.values())))
        described = np.zeros((len(paths), self.hops + 1, size), dtype=np.float32)
        for row, path in enumerate(paths):
            steps = (TRANSLATION_STEP,) if path.translated else path.path.steps
            for position, step in enumerate(steps):
                described[row, position] = self._descriptor(step)
        return described

    def _descriptor(self, step: EdgeType) -> Float32[np.ndarray, " size"]:
        """Return an edge type's descriptor; for one that only a target brought, what its relation is called."""
        return self.descriptors[step] if step in self.descriptors else self.descriptors["", step[1], ""]

    def own_features(self, items: LinkedItems, centre: np.ndarray) -> Float32[np.ndarray, "n dimension"]:
        """Return the items' own vectors in the form in which references stand in the graph."""
        return self.reference.own_features(items, centre)

    def asked(self) -> dict[str, dict[str, Bool[torch.Tensor, " paths"]]]:
        """Return modality -> space -> the paths that a query has too."""
        masks: dict[str, dict[str, list[bool]]] = {}
        for modality, paths in self.paths.items():
            for path in paths:
                masks.setdefault(modality, {}).setdefault(path.space, []).append(not path.filed)
        return {
            modality: {space: torch.tensor(mask) for space, mask in by_space.items()}
            for modality, by_space in masks.items()
        }

    def _walks(
        self,
        paths: tuple[TokenPath, ...],
        items: LinkedItems,
        centre: np.ndarray,
        groups: Int64[np.ndarray, " n"] | None,
        description: str = "",
    ) -> dict[TokenPath, Float16[np.ndarray, "n dimension"]]:
        """Return what each path brings, in half precision at once: all of it in single precision would not fit."""
        reference = self.reference
        first = {
            relation: normalise_rows(links) for relation, links in reference.link_matrices(items).items()
        }
        if items.modality in reference.items and any(path.first == SIMILAR for path in paths):
            own_groups = reference.groups[items.modality]
            first[SIMILAR] = reference.similar(items, centre, groups=groups, reference_groups=own_groups)
        found = {}
        for path in track(paths, description) if description else paths:
            if not path.path.steps:
                found[path] = self.own_features(items, centre).astype(np.float16)
                continue
            step, *rest = path.path.steps
            ends: np.ndarray = reference.data[path.path.end].x.numpy()
            links = first.get(step[1])
            if links is None:
                found[path] = np.zeros((len(items), ends.shape[1]), np.float16)
                continue
            walked = walk_features(
                reference.data,
                sp.csr_matrix(links),
                rest,
                ends,
                start_groups=groups,
                groups=reference.groups,
                first_type=step[2],
                precise=groups is None,  # one item comes out as all of its collection together
            )
            found[path] = walked.astype(np.float16)
        return found


def _by_analogy(modality: str, known: Iterable[tuple[TokenPath, ...]]) -> tuple[TokenPath, ...]:
    """Return paths for a modality without references: what others' links lead to, its own links may lead to."""
    found: dict[TokenPath, None] = {TokenPath(Path(modality), modality): None}
    for path in (path for paths in known for path in paths if path.path.steps):
        for relation, like in _ANALOGIES.items():
            if path.first == like and path.path.steps[0][2] == "concept":
                first = (modality, relation, "concept")
                found[TokenPath(Path(modality, (first, *path.path.steps[1:])), path.space)] = None
    return tuple(found)


def _usable(path: Path) -> bool:
    """Say whether an item without known pairs can walk a path, and learns something new on it."""
    relations = path.relations
    if not relations:
        return True
    if relations[0] in (ABOUT, DESCRIBES) or relations[0].startswith(INVERSE_PREFIX):
        return False
    return SIMILAR not in relations[1:]
