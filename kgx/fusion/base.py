"""What every fusion has: parts in, one vector an item out, and one file that holds what was learned."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from jaxtyping import Float, Int

from kgx.errors import ModelError
from kgx.fusion.vectors import Parts, Weights, checked_parts
from kgx.tensor_file import TensorFormat
from kgx.train.loop import TrainingOptions

__all__ = ["FUSION_OPTIONS", "Fusion"]

FUSION_OPTIONS = TrainingOptions(epochs=30, learning_rate=3e-3, weight_decay=0.01)


class Fusion(ABC):
    """Makes one vector out of several.

    Attributes:
        widths_: part -> number of its features, in the order of the parts it was fitted on.
    """

    file_format: ClassVar[TensorFormat]

    widths_: dict[str, int]

    @abstractmethod
    def fit(
        self,
        parts: Parts,
        target: Float[np.ndarray, "n d_target"] | None = None,
        *,
        entities: Int[np.ndarray, " n"] | Int[np.ndarray, "n kinds"] | None = None,
        options: TrainingOptions = FUSION_OPTIONS,
    ) -> Self:
        """Take note of the parts, and learn how to fuse them where there is anything to learn.

        Args:
            parts: name -> vectors; in the same row stands the same item, and a row of zeros is a missing part.
            target: what the fused vector of each row is to be near to; not needed where nothing is learned.
            entities: what each row is about, as in :class:`kgx.train.pairs.PairRows`.
            options: how long and how fast to train.

        Raises:
            ValueError: no part, shapes that do not fit, vectors that are not finite, or no target where one is needed.
        """

    @abstractmethod
    def fuse(self, parts: Parts, weights: Weights | None = None) -> Float[np.ndarray, "n d"]:
        """Return one vector of length 1 an item; zeros where all of its parts are missing.

        Args:
            parts: name -> vectors, of the parts that it was fitted on or of some of them.
            weights: what each of these parts counts in this query, negative for "not", on top of what was chosen or
                learned; all alike where left out.

        Raises:
            ModelError: it has not been fitted.
            ValueError: a part it was not fitted on, shapes that do not fit, or weights that are not the parts'.
        """

    def save(self, path: str | Path) -> None:
        """Write options and weights as one safetensors file, replacing it as a whole.

        Raises:
            ModelError: it has not been fitted.
        """
        self._require_fitted()
        self.file_format.save(
            Path(path),
            self._tensors(),
            {"options": self._options(), "parts": [list(part) for part in self.widths_.items()]},
        )

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a fusion that :meth:`save` wrote.

        Raises:
            ModelError: the file is missing, damaged, of another kind or from another version.
        """
        tensors, note = cls.file_format.open(Path(path))
        try:
            loaded = cls(**note["options"])
            loaded.widths_ = {str(name): int(width) for name, width in note["parts"]}
            loaded._restore(tensors)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, RuntimeError) as error:
            raise cls.file_format.damaged(Path(path), error) from error
        return loaded

    def _options(self) -> dict[str, Any]:
        """Return the arguments of the constructor, as JSON would have them."""
        return {}

    def _tensors(self) -> dict[str, np.ndarray]:
        """Return what was learned, by name."""
        return {}

    def _restore(self, tensors: Mapping[str, np.ndarray]) -> None:  # noqa: B027 (nothing to learn, nothing to restore)
        """Take back what :meth:`_tensors` gave."""

    def _require_fitted(self) -> None:
        if not hasattr(self, "widths_"):
            raise ModelError(
                f"the {self.file_format.name} has not been fitted; call fit(parts, target) first"
            )

    def _noted(self, parts: Parts) -> dict[str, np.ndarray]:
        """Take note of the parts' widths, and return them checked."""
        rows = checked_parts(parts)
        self.widths_ = {name: part.shape[1] for name, part in rows.items()}
        return rows

    def _complete(self, parts: Parts) -> dict[str, np.ndarray]:
        """Return all parts that it was fitted on, checked; those that are not given are zeros."""
        self._require_fitted()
        rows = checked_parts(parts)
        for name, part in rows.items():
            if name not in self.widths_:
                raise ValueError(f"unknown part {name!r}; it was fitted on {', '.join(self.widths_)}")
            if part.shape[1] != self.widths_[name]:
                raise ValueError(f"expected {name} rows of {self.widths_[name]} features, got {part.shape}")
        count = len(next(iter(rows.values())))
        return {
            name: rows[name] if name in rows else np.zeros((count, width), dtype=np.float32)
            for name, width in self.widths_.items()
        }
