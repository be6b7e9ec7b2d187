"""Importing: files of any format into one stored graph, with an account of what became of every statement.

``read = stored + duplicates + rejected`` holds for every source and for all together; what was rejected stands in
``rejects.jsonl`` in the folder of the graph, one JSON object a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from graphs.importing.inputs import Input
from graphs.importing.options import ImportOptions
from graphs.importing.rejects import REJECTS
from graphs.importing.report import ImportReport, SourceBalance
from graphs.importing.run import Import, Progress
from graphs.store import Store

__all__ = [
    "REJECTS",
    "ImportOptions",
    "ImportReport",
    "Input",
    "Progress",
    "SourceBalance",
    "add_files",
    "import_files",
]


def import_files(
    inputs: Sequence[Input],
    folder: str | Path,
    options: ImportOptions | None = None,
    *,
    progress: Progress | None = None,
) -> ImportReport:
    """Read files into a stored graph, all or nothing.

    A stored graph that stands in the folder already is replaced when all is read; until then it is as it was.

    Args:
        inputs: files, folders of files, SPARQL endpoints, or a binary stream (then ``options.format`` may be needed).
        folder: where the graph goes.
        options: how to read.
        progress: told how far it is.

    Raises:
        GraphFormatError: a file cannot be read, or its format cannot be told; or a statement cannot be taken, and
            ``options.on_error`` is ``stop``.
        EmptyGraphError: there is no statement at all.
        GraphStoreError: the folder holds something else than a stored graph.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as place:
    ...     file = Path(place, "birds.nt")
    ...     _ = file.write_text("<ex:owl> <ex:isA> <ex:bird> .\\n" * 2)
    ...     report = import_files([file], Path(place, "kg"))
    >>> report.read, report.stored, report.duplicates, report.rejected, report.entities
    (2, 1, 1, 0, 2)
    """
    return Import(options or ImportOptions(), progress).run(inputs, Path(folder), None)


def add_files(
    inputs: Sequence[Input],
    folder: str | Path,
    options: ImportOptions | None = None,
    *,
    progress: Progress | None = None,
) -> ImportReport:
    """Read files into a stored graph that is there already; the same graph comes of it as of importing all at once.

    The report counts the statements of the new files alone; sizes are those of the whole graph.

    Raises:
        GraphStoreError: the folder holds no stored graph.
        GraphFormatError: as of :func:`import_files`; the stored graph is as it was.
    """
    folder = Path(folder)
    return Import(options or ImportOptions(), progress).run(inputs, folder, Store.open(folder))
