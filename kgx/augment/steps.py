"""Several augmentations in a row, and what all of them check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

__all__ = ["Augmentation", "InTurn", "checked_probability", "checked_range"]

T = TypeVar("T")


class Augmentation(Protocol[T]):
    """Turns a text, a picture, samples or a spectrogram into another of the same kind."""

    def __call__(self, value: T, rng: np.random.Generator, /) -> T:
        """Return the value changed, or as it is; what is given is never changed in place."""


@dataclass(frozen=True)
class InTurn(Generic[T]):
    """Applies augmentations one after the other.

    Attributes:
        steps: the augmentations, in their order.

    >>> from kgx.augment import WordDropout, WordSwap
    >>> some = InTurn((WordDropout(0.0), WordSwap(0.0)))
    >>> some("red apple", np.random.default_rng(0))
    'red apple'
    """

    steps: Sequence[Augmentation[T]]

    def __call__(self, value: T, rng: np.random.Generator) -> T:
        """Return the value after all steps."""
        for step in self.steps:
            value = step(value, rng)
        return value


def checked_probability(probability: float) -> None:
    """Refuse what is no probability.

    Raises:
        ValueError: it is outside [0, 1].

    >>> checked_probability(1.5)
    Traceback (most recent call last):
    ...
    ValueError: expected a probability from 0 to 1, got 1.5
    """
    if not 0.0 <= probability <= 1.0:
        raise ValueError(f"expected a probability from 0 to 1, got {probability}")


def checked_range(
    name: str, bounds: tuple[float, float], least: float = -np.inf, most: float = np.inf
) -> None:
    """Refuse bounds that are not in order, or outside of what they may be.

    Raises:
        ValueError: they are.

    >>> checked_range("area", (0.5, 2.0), 0.0, 1.0)
    Traceback (most recent call last):
    ...
    ValueError: area: expected two numbers in order from 0.0 to 1.0, got (0.5, 2.0)
    """
    low, high = bounds
    if not least <= low <= high <= most:
        raise ValueError(f"{name}: expected two numbers in order from {least} to {most}, got {bounds}")
