"""A graph as a stored graph: the folder that :meth:`graphs.store.Store.open` opens."""

from __future__ import annotations

from pathlib import Path

from graphs.store import Store
from graphs.writers.written import Written

__all__ = ["write_stored"]


def write_stored(store: Store, path: Path) -> Written:
    """Write a graph to a folder; nothing is left out.

    Args:
        store: the graph.
        path: the folder; a stored graph that stands there is replaced.

    Raises:
        GraphStoreError: the folder holds something else than a stored graph.
    """
    store.save(path)
    return Written(store.columns.statements.num_rows + store.columns.literals.num_rows)
