"""The labelled items of a target that candidates are compared on: few of them for the scores, the rest to verify."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kgx.collection import MODALITIES, Collection, Item
from kgx.encoders.base import Value
from kgx.errors import CollectionError

__all__ = ["LabelledTarget"]

_TEST = "test"


@dataclass(frozen=True)
class LabelledTarget:
    """Items of one modality with a label each, and what they are used for.

    Attributes:
        modality: of the items.
        values: texts or paths.
        labels: what each is.
        few: rows of the items that candidates are scored on; all of the training part.
        training: rows of the training part.
        test: rows that verify: those whose ``split`` is ``test``; where no item has that, those of a quarter of the
            entities, by the SHA-256 of their names.
    """

    modality: str
    values: tuple[Value, ...]
    labels: tuple[str, ...]
    few: tuple[int, ...]
    training: tuple[int, ...]
    test: tuple[int, ...]

    @classmethod
    def of(
        cls, collection: Collection, column: str, *, count: int, modality: str | None = None, seed: int = 0
    ) -> LabelledTarget:
        """Return the labelled items of a collection.

        Args:
            collection: the target.
            column: name of the metadata column that holds the labels; items without one are left out.
            count: labels that the scores may use; they are drawn so that every class is there before any is there
                twice, and so on.
            modality: of the items; may be left out where items of one modality alone have labels.
            seed: of the draw.

        Raises:
            CollectionError: no item has the column, items of several modalities have it, or there are fewer than two
                labels in the training part.
        """
        labelled = [item for item in collection if item.metadata.get(column, "").strip()]
        if not labelled:
            known = sorted({name for item in collection for name in item.metadata})
            raise CollectionError(
                f"expected labels in a column {column!r}, found none; other columns: {', '.join(known) or 'none'}",
                collection.root,
            )
        found = [name for name in MODALITIES if any(item.modality == name for item in labelled)]
        if modality is None and len(found) > 1:
            raise CollectionError(
                f"items of {' and '.join(found)} have a label: say which are meant", collection.root
            )
        chosen = found[0] if modality is None else modality
        items = [item for item in labelled if item.modality == chosen]
        labels = tuple(item.metadata[column].strip() for item in items)
        tested = _tested(items)
        training = [row for row, test in enumerate(tested) if not test]
        if len({labels[row] for row in training}) < 2:
            raise CollectionError(
                f"expected {chosen} items of two labels or more in the training part, "
                f"got {dict(Counter(labels[row] for row in training))}",
                collection.root,
            )
        values: list[Value] = [item.value if chosen == "text" else collection.file(item) for item in items]
        few = _drawn(training, labels, count, seed)
        test = tuple(row for row, test in enumerate(tested) if test)
        return cls(chosen, tuple(values), labels, few, tuple(training), test)


def _tested(items: Sequence[Item]) -> list[bool]:
    """Say which items are of the test part."""
    if any(item.split == _TEST for item in items):
        return [item.split == _TEST for item in items]
    return [hashlib.sha256(item.entity.encode()).hexdigest()[0] in "cdef" for item in items]


def _drawn(training: Sequence[int], labels: Sequence[str], count: int, seed: int) -> tuple[int, ...]:
    """Draw rows class by class in turn until there are enough."""
    shuffled = np.random.default_rng(seed).permutation(len(training)).tolist()
    rounds: Counter[str] = Counter()
    places = []
    for order, place in enumerate(shuffled):
        row = training[place]
        places.append((rounds[labels[row]], order, row))
        rounds[labels[row]] += 1
    return tuple(sorted(row for _, _, row in sorted(places)[:count]))
