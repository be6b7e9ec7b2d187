"""Knowledge graphs on disk, their readers and writers, and graph neural networks that know no particular vocabulary.

Nothing here knows of texts, pictures, sounds, encoders, indexes or servers: nodes, edges, relations, literals
and opaque matrices only. The names below are loaded when they are first used: opening a stored graph waits for no
parser.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphs.builder import GraphBuilder
    from graphs.errors import (
        CheckpointError,
        EmptyGraphError,
        GraphError,
        GraphFormatError,
        GraphStoreError,
        UnknownTermError,
    )
    from graphs.graph import KnowledgeGraph
    from graphs.importing import ImportOptions, ImportReport, add_files, import_files
    from graphs.read import read_graph

__all__ = [
    "CheckpointError",
    "EmptyGraphError",
    "GraphBuilder",
    "GraphError",
    "GraphFormatError",
    "GraphStoreError",
    "ImportOptions",
    "ImportReport",
    "KnowledgeGraph",
    "UnknownTermError",
    "add_files",
    "import_files",
    "read_graph",
]


def __getattr__(name: str) -> object:
    """Load a public name (PEP 562)."""
    room: ModuleType
    match name:
        case "GraphBuilder":
            from graphs import builder as room
        case (
            "CheckpointError"
            | "EmptyGraphError"
            | "GraphError"
            | "GraphFormatError"
            | "GraphStoreError"
            | "UnknownTermError"
        ):
            from graphs import errors as room
        case "KnowledgeGraph":
            from graphs import graph as room
        case "ImportOptions" | "ImportReport" | "add_files" | "import_files":
            from graphs import importing as room
        case "read_graph":
            from graphs import read as room
        case _:
            raise AttributeError(f"module 'graphs' has no attribute {name!r}")
    found: object = getattr(room, name)
    return found


def __dir__() -> list[str]:
    """Name what there is, loaded or not."""
    return sorted(__all__)
