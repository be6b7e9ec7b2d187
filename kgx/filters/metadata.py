"""Conditions on what a manifest says of its items: ``category=animals``, ``year>=1900``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from jaxtyping import Bool

from kgx.errors import ConfigError
from kgx.item_table import ItemTable, MetadataColumn

__all__ = ["Condition", "fulfilled"]

_LONGEST: Final = 1_000  # characters of a condition
_WRITTEN: Final = re.compile(r"([^<>=!^]+)(<=|>=|!=|\^=|=|<|>)(?![<>=!])(.*)", re.DOTALL)
_NUMBER: Final = re.compile(r"\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?\s*", re.ASCII)
_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FIELDS: Final = ("id", "modality", "caption", "entity")
_ALIASES: Final = {"lang": "language"}


@dataclass(frozen=True, slots=True)
class Condition:
    """What one column has to hold.

    ``=`` and ``!=`` compare text, or numbers where both sides are some (1900 is 1900.0); ``^=`` asks how it begins. The
    order of two numbers is that of numbers, of a number and a text there is none, and texts are ordered letter by
    letter, as dates such as 2024-05-01 are. An item without a value is equal to the empty text, and in no order to
    anything.

    Attributes:
        column: name of a column of the manifest.
        operation: ``=``, ``!=``, ``^=``, ``<``, ``<=``, ``>`` or ``>=``.
        value: what is compared with.

    >>> Condition.parse("year >= 1900")
    Condition(column='year', operation='>=', value='1900')
    >>> [Condition.parse("year>=1900").holds(year) for year in ("1899.5", "2000", "unknown", "")]
    [False, True, False, False]
    """

    column: str
    operation: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read a condition; quotes around its value are taken off.

        Raises:
            ConfigError: it is none.
        """
        found = _WRITTEN.fullmatch(text) if len(text) <= _LONGEST else None
        if found is None or not found[1].strip():
            shown = text if len(text) <= 40 else text[:40] + "…"
            raise ConfigError(
                f"expected a condition such as category=animals or 'year>=1900' (= != ^= < <= > >=), got {shown!r}"
            )
        column, operation, value = (part.strip() for part in found.groups())
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1]
        if operation in _ORDER and not value:
            raise ConfigError(f"expected a value behind {operation} in {text!r}")
        return cls(column, operation, value)

    def holds(self, value: str) -> bool:
        """Tell whether a value fulfils the condition."""
        if self.operation == "^=":
            return value.startswith(self.value)
        numbers = _NUMBER.fullmatch(self.value), _NUMBER.fullmatch(value)
        if self.operation in ("=", "!="):
            equal = value == self.value or (all(numbers) and float(value) == float(self.value))
            return equal is (self.operation == "=")
        if not value or bool(numbers[0]) is not bool(numbers[1]):
            return False
        compare = _ORDER[self.operation]
        return compare(float(value), float(self.value)) if numbers[0] else compare(value, self.value)


def fulfilled(items: ItemTable, conditions: Sequence[Condition]) -> Bool[np.ndarray, " items"]:
    """Tell which items fulfil all of some conditions.

    Raises:
        ConfigError: a column that the manifest did not have, or a run from before metadata was kept.
    """
    found = np.ones(len(items), dtype=np.bool_)
    for condition in conditions:
        column = _column(items, condition.column)
        holds = [condition.holds(value) for value in (*column.values, "")]
        found &= np.array(holds)[column.codes]  # -1, an item without a value, is the last: the empty text
    return found


def _column(items: ItemTable, name: str) -> MetadataColumn:
    name = _ALIASES.get(name, name)
    if items.metadata is not None and name in items.metadata:
        return items.metadata[name]
    if name in _FIELDS:
        return MetadataColumn.of(getattr(items, name))
    if items.metadata is None:
        raise ConfigError(
            f"cannot filter by {name!r}: the run was built before metadata was kept; build it again "
            f"(it can be filtered by {', '.join(_FIELDS)})"
        )
    raise ConfigError(f"no column {name!r} to filter by; there are {', '.join((*_FIELDS, *items.metadata))}")
