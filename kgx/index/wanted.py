"""What is asked of an index, and what ``auto`` tried to meet it; both are kept with the index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from kgx.errors import ConfigError
from kgx.index.kinds import FLAT

__all__ = ["Trial", "Wanted", "bytes_of"]

_UNITS = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of an index.

    Attributes:
        kind: a name in :data:`kgx.index.KINDS`, or ``auto``.
        recall: share of the exact ten nearest that is to be found, where the kind is not ``flat``.
        memory: bytes that ``auto`` may keep in memory beside the vectors; any number where left out.

    Raises:
        ValueError: a recall that is not above 0 and at most 1, or no memory at all.

    >>> Wanted("auto", memory=bytes_of("2GB")).memory
    2000000000
    """

    kind: str = FLAT
    recall: float = 0.95
    memory: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.recall <= 1:
            raise ValueError(f"expected a recall above 0 and at most 1, got {self.recall}")
        if self.memory is not None and self.memory < 1:
            raise ValueError(f"expected memory of at least 1 byte, got {self.memory}")

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON would have it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Trial:
    """A kind of index that ``auto`` thought of.

    Attributes:
        kind: a name in :data:`kgx.index.KINDS`.
        memory: bytes that it keeps in memory beside the vectors: as measured; where it was not made, as reckoned.
        recall: share of the exact ten nearest that it found; nothing where it was not made.
        outcome: ``chosen``, or why not.
    """

    kind: str
    memory: int
    recall: float | None
    outcome: str

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Trial:
        """Return what :meth:`to_dict` returned."""
        return cls(**told)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON would have it."""
        return asdict(self)


def bytes_of(told: str) -> int:
    """Return the number of bytes that a text such as ``2GB``, ``500 MiB`` or ``1000000`` tells of.

    Raises:
        ConfigError: it is no such text, or less than one byte.

    >>> bytes_of("1.5 GiB")
    1610612736
    """
    text = told.strip().lower()
    number = text.rstrip("bgikm")
    try:
        count = int(float(number) * _UNITS[text[len(number) :]])
    except (KeyError, ValueError, OverflowError):
        count = 0
    if count < 1:
        raise ConfigError(f"expected a size such as 500MB, 2GB or 1GiB, got {told!r}")
    return count
