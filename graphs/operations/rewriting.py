"""A stored graph that takes the place of another, with the list of what was rejected when its files were read."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from graphs.columns import META, Columns
from graphs.errors import GraphError, GraphStoreError
from graphs.importing import REJECTS

__all__ = ["rejected_sources", "rewrite"]


def rewrite(columns: Columns, graph: Path, out: Path | None = None, *, forgotten: str | None = None) -> Path:
    """Store what has become of a graph, all or nothing; return the folder.

    Args:
        columns: the tables after the change.
        graph: the folder, or another file, that the graph came from.
        out: where to store it; left out, in the place of the stored graph that it came from.
        forgotten: a source whose entries in the list of what was rejected are left out.

    Raises:
        GraphError: ``graph`` is no stored graph that could be replaced, and ``out`` is not given.
        GraphStoreError: ``out`` holds something else than a stored graph, or the list is damaged.
    """
    is_stored = (graph / META).is_file()
    if out is None and not is_stored:
        raise GraphError(
            f"{graph} is not a stored graph that could be changed in place; name a folder for the result"
        )
    target = out or graph
    kept = [line for line, source in _entries(graph) if source != forgotten] if is_stored else []
    if not kept:
        columns.write(target)
        return target
    with tempfile.TemporaryDirectory(prefix="rejects-") as place:
        rejects = Path(place, REJECTS)
        rejects.write_text("".join(kept), encoding="utf-8")
        columns.write(target, {REJECTS: rejects})
    return target


def rejected_sources(graph: Path) -> set[str]:
    """Return the sources of which something was rejected when a stored graph was made."""
    return {source for _, source in _entries(graph)}


def _entries(graph: Path) -> list[tuple[str, str]]:
    """Return the lines of a graph's list of what was rejected, and the source of each."""
    path = graph / REJECTS
    if not path.is_file():
        return []
    entries = []
    with path.open(encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            try:
                entries.append((line, str(json.loads(line)["source"])))
            except (ValueError, KeyError, TypeError) as error:
                raise GraphStoreError(
                    f"{path}:{number}: expected a JSON object with a source: {error}"
                ) from error
    return entries
