"""What every feature map has: scikit-learn's interface, and one file that holds all of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from jaxtyping import Float
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from kgx.errors import ModelError
from kgx.tensor_file import TensorFormat

__all__ = ["FeatureMap", "NotFittedMapError"]


class NotFittedMapError(ModelError, NotFittedError):  # type: ignore[misc]  # scikit-learn has no types
    """A map was used before it was fitted; it is scikit-learn's error for that too."""


class FeatureMap(TransformerMixin, BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn has no types
    """A map from a source's feature space into a target's.

    The conventions are scikit-learn's: options are arguments of the constructor and are checked when the map is fitted;
    what was learned stands in attributes whose names end in ``_``; ``X`` holds source rows, and ``y`` target rows (a
    vector counts as a matrix of one column).

    A subclass names its file format, and says which tensors hold what it has learned.
    """

    file_format: ClassVar[TensorFormat]

    n_features_in_: int

    @abstractmethod
    def fit(self, X: Float[np.ndarray, "n d_source"], y: Float[np.ndarray, "n d_target"]) -> Self:
        """Fit the map to rows of the source and of the target."""

    @abstractmethod
    def transform(self, X: Float[np.ndarray, "n d_source"]) -> Float[np.ndarray, "n d"]:
        """Map source rows to where :meth:`transform_target` takes the target's."""

    def transform_target(self, y: Float[np.ndarray, "n d_target"]) -> Float[np.ndarray, "n d"]:
        """Return target rows as mapped source rows are to be compared with them: as they are, or in a common space."""
        return np.asarray(y)

    def save(self, path: str | Path) -> None:
        """Write options and weights as one safetensors file, replacing it as a whole.

        Raises:
            ModelError: the map has not been fitted.
        """
        self._require_fitted()
        options = {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in self.get_params(deep=False).items()
        }
        self.file_format.save(Path(path), self._tensors(), {"options": options})

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a map that :meth:`save` wrote.

        Raises:
            ModelError: the file is missing, damaged, of another kind or from another version.
        """
        tensors, note = cls.file_format.open(Path(path))
        try:
            loaded = cls(**note["options"])
            loaded._restore(tensors)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, RuntimeError) as error:
            raise cls.file_format.damaged(Path(path), error) from error
        return loaded

    @abstractmethod
    def _tensors(self) -> dict[str, np.ndarray]:
        """Return what was learned, by name."""

    @abstractmethod
    def _restore(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Take back what :meth:`_tensors` gave; any of the errors that :meth:`load` catches says that it cannot be."""

    def _require_fitted(self) -> None:
        try:
            check_is_fitted(self)
        except NotFittedError:
            kind = self.file_format.name
            raise NotFittedMapError(
                f"the {kind} has not been fitted; call fit(source, target) first"
            ) from None

    def _pairs(
        self, X: Any, y: Any, dtype: type[np.floating[Any]] = np.float64
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return rows that belong together, checked as scikit-learn does, and note the source's width."""
        source, target = validate_data(self, X, y, multi_output=True, y_numeric=True, dtype=dtype)
        return source, _matrix(np.asarray(target, dtype=dtype))

    def _source_rows(self, X: Any) -> np.ndarray:
        """Return checked rows of as many features as the map was fitted on, in single or double precision."""
        self._require_fitted()
        dtypes = [np.float64, np.float32]
        rows: np.ndarray = validate_data(self, X, reset=False, dtype=dtypes, ensure_min_samples=0)
        return rows

    def _target_rows(self, y: Any, width: int) -> np.ndarray:
        """Return checked rows of ``width`` features, in single or double precision."""
        self._require_fitted()
        dtypes = [np.float64, np.float32]
        rows = _matrix(check_array(y, dtype=dtypes, ensure_2d=False, ensure_min_samples=0))
        if rows.shape[1] != width:
            raise ValueError(f"expected rows of {width} features, got {rows.shape}")
        return rows

    def __sklearn_tags__(self) -> Any:
        """Say that a target is needed, of one column or of many."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        return tags


def _matrix(rows: np.ndarray) -> np.ndarray:
    return rows[:, None] if rows.ndim == 1 else rows
