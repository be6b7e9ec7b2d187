"""Errors of the graph layer.

::

    GraphError
    ├── GraphFormatError    a file could not be parsed (carries the file and, where known, the line)
    ├── GraphStoreError     a stored graph is missing, damaged, or from another version
    ├── EmptyGraphError     a graph without any statement, where one is needed
    ├── CheckpointError     a checkpoint of a network is missing, damaged, or another network's
    └── UnknownTermError    an entity or relation that the graph does not hold
"""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "CheckpointError",
    "EmptyGraphError",
    "GraphError",
    "GraphFormatError",
    "GraphStoreError",
    "UnknownTermError",
]


class GraphError(Exception):
    """Base of every error that `graphs` raises on purpose: what was expected, what was got, what to do."""


class GraphFormatError(GraphError):
    """A file could not be parsed.

    >>> str(GraphFormatError("expected a tab", "kg.tsv", 3))
    'kg.tsv:3: expected a tab'
    """

    def __init__(self, message: str, path: str | Path, line: int | None = None) -> None:
        self.path = Path(path)
        self.line = line
        place = f"{path}:{line}" if line is not None else f"{path}"
        super().__init__(f"{place}: {message}")


class GraphStoreError(GraphError):
    """A stored graph is missing, damaged, or written by an incompatible version."""


class EmptyGraphError(GraphError):
    """A graph holds no statement where at least one is needed."""


class CheckpointError(GraphError):
    """A checkpoint of a network is missing, damaged, or another network's."""


class UnknownTermError(GraphError):
    """An entity or a relation was asked for that the graph does not hold."""
