"""One side of a comparison, the query or the item, taken apart: tokens, what they are means of, what they count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float32, Int64

from graphs.neighbours import unit_rows
from kgx.explain.walks import FirstSteps, Walks
from kgx.items import LinkedItems
from kgx.transfer.tokens import TokenPath

__all__ = ["Refine", "Side", "Token"]

Vector = Float32[np.ndarray, " dimension"]
Refine = Callable[[Mapping[str, np.ndarray], Mapping[str, np.ndarray]], np.ndarray]


@dataclass(frozen=True)
class Token:
    """One hop token: the mean of what lies at the ends of its walks, less what all of the collection share.

    Attributes:
        path: where it comes from.
        ends: rows of the different nodes at the ends; none for the item's own vector and its translation.
        moved: what lies there, less the mean: a row an end, or the only one where there is no walk.
        masses: how likely each end is; they sum to 1.
        walks: the walks; None where there are none.
        end_of: which end each walk arrives at.
        mean: what is taken off.
        length: of the mean of ``moved``; the token is that mean, divided by it.
        agreement: length of the mean before anything was taken off, at most 1.
        attention: how it is weighed among the tokens of its space.
        scale: what it is multiplied by in the refined vector.
    """

    path: TokenPath
    ends: Int64[np.ndarray, " e"]
    moved: Float32[np.ndarray, "e dimension"]
    masses: Float32[np.ndarray, " e"]
    walks: Walks | None
    end_of: Int64[np.ndarray, " w"]
    mean: Vector
    length: float
    agreement: float
    attention: float = 0.0
    scale: float = 0.0

    @cached_property
    def values(self) -> Vector:
        """The token itself, of length 1."""
        found: Vector = (self.masses @ self.moved) / np.float32(self.length)
        return found

    @property
    def kind(self) -> str:
        """Type of the nodes at the ends; empty where there are none."""
        return self.path.path.end if self.walks is not None else ""

    def strengths(self) -> Float32[np.ndarray, " e"]:
        """Return what each row of ``moved`` is multiplied by in the refined vector."""
        found: np.ndarray = (self.scale / self.length * self.masses).astype(np.float32)
        return found

    def without(self, end: int) -> tuple[Vector, float]:
        """Return the token and its agreement with one end gone and the others brought to sum 1 again."""
        masses = self.masses.copy()
        masses[end] = 0.0
        left = float(masses.sum())
        if len(masses) < 2 or left <= 0:
            return np.zeros_like(self.mean), 0.0
        moved = (masses / left) @ self.moved
        return unit_rows(moved[None])[0], min(float(np.linalg.norm(moved + self.mean)), 1.0)


@dataclass(frozen=True)
class Side:
    """A query or an item.

    Attributes:
        item: what it is, alone.
        first: relation -> how it is attached to the reference graph.
        tokens: its tokens, without those that lead nowhere.
        correction: what the network's learned correction adds to the vector.
        weight: what the whole side counts in a mixed query; 1 otherwise.
        refine: the network, from tokens to a refined vector.
    """

    item: LinkedItems
    first: Mapping[str, FirstSteps]
    tokens: tuple[Token, ...]
    correction: Vector
    slices: Mapping[str, slice]
    rows: Mapping[str, tuple[TokenPath, ...]]
    refine: Refine
    weight: float = 1.0

    @cached_property
    def vector(self) -> Vector:
        """The refined vector, put together again."""
        total = self.correction.copy()
        for token in self.tokens:
            total[self.slices[token.path.space]] += token.scale * token.values
        return total

    def without(self, gone: Mapping[TokenPath, int | None]) -> Vector:
        """Return the refined vector with tokens, or single ends of tokens, gone, and all else worked out anew.

        Args:
            gone: token -> the end that is gone; None: all of it.
        """
        key = tuple(gone.items())
        if key not in self._known:
            tokens = {space: values.copy() for space, values in self._stacked[0].items()}
            agreement = {space: lengths.copy() for space, lengths in self._stacked[1].items()}
            for path, end in gone.items():
                space, row, token = self._places[path]
                left = (0.0, 0.0) if end is None else token.without(end)
                tokens[space][row], agreement[space][row] = left
            self._known[key] = self.refine(tokens, agreement)
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[tuple[TokenPath, int | None], ...], Vector]:
        """Return vectors that were asked for: a query's are the same for all hits."""
        return {}

    @cached_property
    def _places(self) -> dict[TokenPath, tuple[str, int, Token]]:
        """Return the space and the row of every token."""
        return {
            token.path: (token.path.space, self.rows[token.path.space].index(token.path), token)
            for token in self.tokens
        }

    @cached_property
    def _stacked(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Return the tokens and their agreement, space by space, as the network takes them."""
        tokens = {
            space: np.zeros((len(paths), len(self.correction[self.slices[space]])), np.float32)
            for space, paths in self.rows.items()
        }
        agreement = {space: np.zeros(len(paths), np.float32) for space, paths in self.rows.items()}
        for space, row, token in self._places.values():
            tokens[space][row], agreement[space][row] = token.values, token.agreement
        return tokens, agreement
