"""Labelled items: drawings of a collection and the top folder that each was filed in, split once and for all.

Drawings with the same title, its digits aside, are a series: they lie on the same side of the split, and one of them
stands for all that are filed alike. A series' side is told by the SHA-256 of its title: half of them train, a quarter
validates, a quarter tests. Whether a drawing is taken, where there are more of its category than asked for, is told by
that of its id.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from experiments.domains import load
from experiments.experiment import Strict
from kgx.collection import Collection, Item
from kgx.encoders.base import Value
from kgx.errors import ConfigError

__all__ = ["CategoryTask", "LabelledPart", "LabelledParts", "side_of"]

Side = Literal["train", "validation", "test"]
_SIDES: tuple[Side, ...] = ("train", "train", "validation", "test")  # a quarter each


class CategoryTask(Strict):
    """Which collection is classified, by what, and how much of it.

    Attributes:
        domain: name of the collection.
        modality: what is classified: a drawing's picture, or its title and keywords.
        least: series that a category has, or it is left out.
        leave_out: categories that say nothing of a drawing.
        training, validation, test: drawings of each category, at most.
        classes: all categories, or every other one by the order of their names: the first and every second one after
            it (``even``), or those between (``odd``).
    """

    domain: str = "openclipart"
    modality: Literal["text", "image"]
    least: int = Field(default=60, ge=4)
    leave_out: tuple[str, ...] = ("unsorted",)
    training: int = Field(default=60, ge=1)
    validation: int = Field(default=30, ge=1)
    test: int = Field(default=60, ge=1)
    classes: Literal["all", "even", "odd"] = "all"

    def load(self) -> LabelledParts:
        """Fetch the collection and return its parts.

        Raises:
            FetchError: a package can be neither found nor fetched.
            ConfigError: fewer than two categories are left.
        """
        return self.of(load(self.domain).collection)

    def of(self, collection: Collection) -> LabelledParts:
        """Return the parts of a collection.

        Raises:
            ConfigError: fewer than two categories are left.
        """
        drawings = _one_of_each_series(collection)
        counts = Counter(drawing.category for drawing in drawings)
        chosen = sorted(name for name, count in counts.items() if count >= self.least)
        chosen = [name for name in chosen if name not in self.leave_out]
        chosen = {"all": chosen, "even": chosen[::2], "odd": chosen[1::2]}[self.classes]
        if len(chosen) < 2:
            raise ConfigError(
                f"{self.domain}: expected two categories of {self.least} series or more, got {chosen}"
            )
        caps: dict[Side, int] = {
            "train": self.training,
            "validation": self.validation,
            "test": self.test,
        }
        parts = {side: self._part(collection, drawings, chosen, side, cap) for side, cap in caps.items()}
        return LabelledParts(tuple(chosen), parts["train"], parts["validation"], parts["test"])

    def _part(
        self,
        collection: Collection,
        drawings: Sequence[_Drawing],
        categories: Sequence[str],
        side: Side,
        cap: int,
    ) -> LabelledPart:
        values: list[Value] = []
        labels: list[str] = []
        for category in categories:
            inside = [one for one in drawings if one.category == category and side_of(one.series) == side]
            for one in sorted(inside, key=lambda one: _digest(one.image.id))[:cap]:
                values.append(collection.file(one.image) if self.modality == "image" else one.words)
                labels.append(category)
        return LabelledPart(tuple(values), tuple(labels))


@dataclass(frozen=True)
class LabelledPart:
    """Values and what they are."""

    values: tuple[Value, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class LabelledParts:
    """What trains, what decides, and what is looked at once."""

    labels: tuple[str, ...]
    training: LabelledPart
    validation: LabelledPart
    test: LabelledPart


def side_of(series: str) -> Side:
    """Return the side of the split that a series lies on.

    >>> side_of("owl"), side_of("rake"), side_of("saw")
    ('train', 'validation', 'test')
    """
    return _SIDES[int(_digest(series)[0], 16) // 4]


@dataclass(frozen=True)
class _Drawing:
    """A drawing: its picture, its title and keywords, its category, and what its series is called."""

    image: Item
    words: str
    category: str
    series: str


def _one_of_each_series(collection: Collection) -> list[_Drawing]:
    """Return the drawings that have a title, one of each series and category."""
    texts = {item.id: item.value for item in collection if item.modality == "text"}
    found: dict[tuple[str, str], _Drawing] = {}
    for image in sorted(collection.of("image"), key=lambda item: _digest(item.id)):
        key = image.id.removeprefix("image:")
        title, keywords = texts.get(f"text:{key}", ""), texts.get(f"text:{key}/keywords", "")
        series = " ".join(re.sub(r"\d+", " ", title.casefold()).split())
        if series:
            category = Path(key).parts[0]
            words = f"{title}, {keywords}" if keywords else title
            found.setdefault((series, category), _Drawing(image, words, category, series))
    return list(found.values())


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
