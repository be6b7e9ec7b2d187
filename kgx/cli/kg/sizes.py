"""What a command says of the graph that it has stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphs.columns import Columns

__all__ = ["sizes", "sizes_line"]


def sizes(columns: Columns) -> dict[str, int]:
    """Return the sizes of a graph by name."""
    return {
        name: getattr(columns, name).num_rows for name in ("entities", "relations", "triples", "literals")
    }


def sizes_line(columns: Columns, folder: Path) -> str:
    """Return the sizes of a graph, and where it is, in a line."""
    return f"{', '.join(f'{count:,} {name}' for name, count in sizes(columns).items())} in {folder}"
