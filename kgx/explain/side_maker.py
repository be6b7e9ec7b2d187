"""Takes queries and items apart: the tokens that a model makes of them, and what each counts in the vector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import scipy.sparse as sp
import torch

from graphs.gnn.frozen import FrozenRefiner
from graphs.gnn.hop_tokens import HopTokenRefiner, TokenBlock
from graphs.gnn.token_shares import token_shares
from graphs.neighbours import unit_rows
from kgx.errors import ConfigError
from kgx.explain.edges import ReferenceEdges
from kgx.explain.side import Refine, Side, Token
from kgx.explain.walks import FirstSteps, first_steps, walks_along
from kgx.items import LinkedItems
from kgx.transfer.centres import Centres
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.tokens import LEAST_LENGTH, TokenPath

__all__ = ["SideMaker"]


class SideMaker:
    """Takes items and queries apart as a model and a collection's means put them together.

    Args:
        transfer: the model.
        centres: means of the collection.

    Raises:
        ConfigError: its network does not put a vector together from tokens.
    """

    def __init__(self, transfer: RelationTransfer, centres: Centres) -> None:
        refiner = transfer.refiner
        if not isinstance(refiner, HopTokenRefiner):
            raise ConfigError(
                f"expected a model of hop tokens, got a {type(refiner).__name__}: its vectors are no sum over paths, "
                "so hits cannot be explained by them"
            )
        self._transfer, self._centres, self._refiner = transfer, centres, refiner
        self._reference = transfer.maker.reference
        self._edges = ReferenceEdges(self._reference)
        self._layouts: dict[
            tuple[str, bool], tuple[dict[str, tuple[TokenPath, ...]], dict[str, np.ndarray]]
        ] = {}
        self._refines: dict[tuple[str, bool], Refine] = {}
        starts = np.cumsum([0, *refiner.spaces.values()]).tolist()
        self.slices = {
            space: slice(low, high)
            for space, low, high in zip(refiner.spaces, starts[:-1], starts[1:], strict=True)
        }

    def make(
        self,
        item: LinkedItems,
        *,
        query: bool,
        weight: float = 1.0,
        similar: sp.csr_matrix | None = None,
    ) -> Side:
        """Take one item apart.

        Args:
            item: the item, alone.
            query: whether it comes as a query, about which nothing is filed.
            weight: what it counts in a mixed query.
            similar: csr (1, references), what it was found similar to; looked for now where left out.
        """
        # Items, and queries that a learned correction is added to, are refined in batches, whose tokens are kept in
        # half precision; other queries are not.
        half = not query or bool(self._refiner.residual)
        rows, described = self._layout(item.modality, query)
        centre = self._centres.vectors.get(item.modality)
        if centre is None:  # neither the run nor the model's source had items of this modality
            centre = np.zeros(item.vectors.shape[1], dtype=np.float32)
        own = self._reference.own_features(item, centre)
        first = first_steps(item, self._reference, centre, similar)
        found = {
            path: token
            for paths in rows.values()
            for path in paths
            if not (query and path.filed)
            and (token := self._token(path, item.modality, own, first, half)) is not None
        }
        blocks = {}
        for space, paths in rows.items():
            values = np.zeros((1, len(paths), self._refiner.spaces[space]), dtype=np.float32)
            agreement = np.zeros((1, len(paths)), dtype=np.float32)
            for row, path in enumerate(paths):
                if path in found:
                    values[0, row], agreement[0, row] = found[path].values, found[path].agreement
            blocks[space] = TokenBlock(
                torch.from_numpy(values), torch.from_numpy(agreement), torch.from_numpy(described[space])
            )
        shares = token_shares(self._refiner, blocks)
        correction = np.zeros(sum(self._refiner.spaces.values()), dtype=np.float32)
        tokens = []
        for space, paths in rows.items():
            correction[self.slices[space]] = shares[space].correction[0].numpy()
            scales, attention = shares[space].scales[0].tolist(), shares[space].attention[0].tolist()
            for row, path in enumerate(paths):
                if path in found:
                    tokens.append(replace(found[path], attention=attention[row], scale=scales[row]))
        refine = self._refine(item.modality, query)
        return Side(item, first, tuple(tokens), correction, self.slices, rows, refine, weight)

    def _token(
        self,
        path: TokenPath,
        modality: str,
        own: np.ndarray,
        first: Mapping[str, FirstSteps],
        half: bool,
    ) -> Token | None:
        """Return a token before it is weighed; None where its path leads nowhere."""
        walks, ends, end_of = None, np.zeros(0, np.int64), np.zeros(0, np.int64)
        masses = np.ones(1, dtype=np.float32)
        if path.translated:
            fitted = self._transfer.maker.maps[modality, path.space]
            features = unit_rows(np.asarray(fitted.transform(own), dtype=np.float32))
        elif not path.path.steps:
            features = own.astype(np.float32)
        else:
            start = first.get(path.first)
            walks = walks_along(start, path.path.steps[1:], self._edges) if start is not None else None
            if walks is None:
                return None
            ends, end_of = np.unique(walks.nodes[:, -1], return_inverse=True)
            masses = np.bincount(end_of, walks.weights).astype(np.float32)
            features = self._features(path.path.end)[ends].astype(np.float32)
        mean = self._centres.paths.get(str(path))
        mean = np.zeros(features.shape[1], dtype=np.float32) if mean is None else mean
        raw = masses @ features
        if half:
            raw = raw.astype(np.float16).astype(np.float32)
        if not raw.any():
            return None
        centred = raw - mean
        length = float(np.linalg.norm(centred))
        if length < LEAST_LENGTH:
            return None
        values = centred / np.float32(length)
        if half:
            values = values.astype(np.float16).astype(np.float32)
        # What rounding did to the mean is shared by all of its parts: so they add up to what the network was given.
        moved = features - mean
        moved += np.float32(length) * values - masses @ moved
        return Token(
            path, ends, moved, masses, walks, end_of, mean, length, min(float(np.linalg.norm(raw)), 1.0)
        )

    def _features(self, kind: str) -> np.ndarray:
        """Return what the nodes of a type have; concepts in half precision, as they are kept."""
        return self._reference.knowledge.vectors if kind == "concept" else self._reference.item_features[kind]

    def _layout(
        self, modality: str, query: bool
    ) -> tuple[dict[str, tuple[TokenPath, ...]], dict[str, np.ndarray]]:
        """Return the paths of each space that a modality has, and their descriptors."""
        if (modality, query) not in self._layouts:
            rows: dict[str, list[TokenPath]] = {}
            for path in self._transfer.maker.paths[modality]:
                # What corrects the vector counts the rows, those without a token too.
                if not (query and path.filed) or self._refiner.residual:
                    rows.setdefault(path.space, []).append(path)
            layout = {space: tuple(paths) for space, paths in rows.items()}
            described = {space: self._transfer.maker.describe(paths) for space, paths in layout.items()}
            self._layouts[modality, query] = layout, described
        return self._layouts[modality, query]

    def _refine(self, modality: str, query: bool) -> Refine:
        if (modality, query) not in self._refines:
            refiner = self._refiner
            _, described = self._layout(modality, query)
            if not refiner.residual:
                self._refines[modality, query] = FrozenRefiner.of(refiner, described)
            else:

                def refine(
                    tokens: Mapping[str, np.ndarray], agreement: Mapping[str, np.ndarray]
                ) -> np.ndarray:
                    blocks = {
                        space: TokenBlock(
                            torch.from_numpy(tokens[space][None]),
                            torch.from_numpy(agreement[space][None]),
                            torch.from_numpy(described[space]),
                        )
                        for space in tokens
                    }
                    with torch.no_grad():
                        found: np.ndarray = refiner(blocks)[0].numpy()
                    return found

                self._refines[modality, query] = refine
        return self._refines[modality, query]
