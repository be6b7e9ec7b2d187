"""One import, from the first file to the stored graph."""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, Final, cast

import numpy as np

from graphs.assemble import Assembler
from graphs.block import Block
from graphs.columns import Columns
from graphs.errors import EmptyGraphError, GraphError
from graphs.importing.inputs import Input, expanded, source_names
from graphs.importing.options import ImportOptions
from graphs.importing.rejects import REJECTS, Rejects
from graphs.importing.report import ImportReport, SourceBalance
from graphs.memory import keep_freed_memory
from graphs.operations.distinct import literal_starts, statement_starts
from graphs.prefix_map import PrefixMap
from graphs.readers import READERS, statements_of
from graphs.readers.filtering import filtered
from graphs.readers.reading import Reading
from graphs.readers.sniffing import HEAD, format_of, format_of_head
from graphs.readers.sparql import Endpoint, read_sparql
from graphs.store import Store
from graphs.tally import Tally

__all__ = ["Import", "Progress"]

_STREAM: Final = "stdin"
_NOTHING: Final = Tally(0, 0)

Progress = Callable[[int, int], None]


class Import:
    """One import.

    Args:
        options: how to read.
        progress: told how many bytes of all files have been read, and how many there are.
    """

    def __init__(self, options: ImportOptions, progress: Progress | None) -> None:
        if options.format is not None and options.format not in READERS:
            raise GraphError(f"unknown graph format {options.format!r}; known are {', '.join(READERS)}")
        self._options = options
        self._progress = progress
        self._prefixes = PrefixMap(options.prefixes)
        self._rejected: Counter[str] = Counter()
        self._filtered = 0
        self._pages: list[Path] = []

    def run(self, inputs: Sequence[Input], folder: Path, before: Store | None) -> ImportReport:
        """Read everything, add it to what was there before, and store it."""
        started = time.perf_counter()
        keep_freed_memory()
        assembler = Assembler(self._options.jobs)
        known: dict[str, Tally] = {}
        if before is not None:
            assembler.add(before.block())
            self._prefixes = self._prefixes.joined(before.columns.prefixes)
            known = _tallies(before)
        with tempfile.TemporaryDirectory(prefix="rejects-") as place:
            rejects = Rejects(Path(place))
            if before is not None and (folder / REJECTS).is_file():
                rejects.take_over(folder / REJECTS)
            try:
                for reading, blocks in self._readings(inputs, folder):
                    self._read(reading, blocks, assembler, rejects)
            except BaseException:
                self._forget_empty_pages()
                raise
            self._rejected = rejects.counts
            columns = assembler.columns(self._prefixes)
            if not columns.triples.num_rows + columns.literals.num_rows:
                lost = rejects.counts.total()
                why = f"; {lost:,} rejected, the first: {rejects.first}" if lost else ""
                raise EmptyGraphError(f"{', '.join(map(str, inputs))}: no statement was found{why}")
            listed = rejects.written()
            columns.write(folder, {REJECTS: listed} if listed else None, jobs=self._options.jobs)
        for pages in self._pages:
            shutil.rmtree(pages, ignore_errors=True)
        return self._report(columns, assembler.tallies, known, started)

    def _forget_empty_pages(self) -> None:
        """Remove the folders for pages of endpoints that have not sent any."""
        for pages in self._pages:
            with suppress(OSError):  # it was never made, or holds pages to go on from
                pages.rmdir()

    def _readings(self, inputs: Sequence[Input], folder: Path) -> Iterator[tuple[Reading, Iterator[Block]]]:
        files = list(chain.from_iterable(expanded(place) for place in inputs))
        names = source_names([file for file in files if isinstance(file, Path)])
        sizes = [file.stat().st_size if isinstance(file, Path) and file.is_file() else 0 for file in files]
        kind = self._options.format
        for number, file in enumerate(files):
            progress = self._progress and partial(_told, self._progress, sum(sizes[:number]), sum(sizes))
            if isinstance(file, Endpoint):
                reading = self._reading(None, file.url, "sparql", progress)
                yield reading, filtered(read_sparql(reading, self._resumable(file, folder)), reading)
                continue
            if isinstance(file, Path):
                reading = self._reading(file, names[file], kind or format_of(file), progress)
            else:
                stream = io.BufferedReader(cast(io.RawIOBase, file), HEAD)
                reading = self._reading(
                    None, _STREAM, kind or format_of_head(stream.peek(HEAD), _STREAM), progress
                )
                reading.stream, reading.head = cast(IO[bytes], stream), stream.peek(HEAD)[:HEAD]
            yield reading, statements_of(reading)

    def _reading(
        self, path: Path | None, source: str, kind: str, progress: Callable[[int], None] | None
    ) -> Reading:
        options = self._options
        return Reading(
            path,
            options.source or source,
            kind,
            base=options.base,
            graph=options.graph,
            on_error=options.on_error,
            allow_remote=options.allow_remote,
            filters=options.filters,
            limits=options.limits,
            prefixes=dict(options.prefixes),  # no file depends on what another one declares
            jobs=options.jobs,
            progress=progress,
        )

    def _resumable(self, endpoint: Endpoint, folder: Path) -> Endpoint:
        """Let the pages of an endpoint be kept beside the graph until it is stored."""
        if endpoint.workplace is not None:
            return endpoint
        asked = f"{endpoint.url} {endpoint.construct} {endpoint.graph} {endpoint.page_size}"
        place = folder.with_name(f".{folder.name}-pages-{hashlib.sha256(asked.encode()).hexdigest()[:12]}")
        self._pages.append(place)
        return replace(endpoint, workplace=place)

    def _read(
        self, reading: Reading, blocks: Iterator[Block], assembler: Assembler, rejects: Rejects
    ) -> None:
        """Take all blocks of a file, and write down what it rejects as it goes."""
        rejects.counts.setdefault(reading.source, 0)
        for block in blocks:
            assembler.add(block)
            rejects.add(reading.source, reading.rejections())
        rejects.add(reading.source, reading.rejections())
        self._filtered += reading.filtered
        declared = dict(reading.prefixes.items() - self._options.prefixes.items())
        self._prefixes = self._prefixes.joined(PrefixMap(None, {reading.source: declared}))

    def _report(
        self, columns: Columns, tallies: Mapping[str, Tally], known: Mapping[str, Tally], started: float
    ) -> ImportReport:
        balances = []
        for source in sorted({*tallies, *self._rejected}):
            rejected = self._rejected.get(source, 0)
            all_of_it, old = tallies.get(source, _NOTHING), known.get(source, _NOTHING)
            new = Tally(all_of_it.read - old.read, all_of_it.stored - old.stored)
            if new.read or source in self._rejected:
                balances.append(
                    SourceBalance(source, new.read + rejected, new.stored, new.duplicates, rejected)
                )
        return ImportReport(
            sources=balances,
            entities=columns.entities.num_rows,
            relations=columns.relations.num_rows,
            triples=columns.triples.num_rows,
            literals=columns.literals.num_rows,
            filtered=self._filtered,
            seconds=round(time.perf_counter() - started, 3),
        )


def _tallies(graph: Store) -> dict[str, Tally]:
    """Count what each source of a stored graph says, and says first, as sources stand in the order of their names."""
    columns = graph.columns
    tables = (
        (columns.statements, statement_starts(columns.statements)),
        (columns.literals, literal_starts(columns.literals)),
    )
    first: Counter[str] = Counter()
    for table, starts in tables:
        source = table.column("source")
        counts = np.bincount(source.indices.to_numpy()[starts], minlength=len(source.dictionary))
        first.update(dict(zip(source.dictionary.to_pylist(), counts.tolist(), strict=True)))
    return {source: Tally(read, first[source]) for source, read in graph.sources().items()}


def _told(progress: Progress, before: int, total: int, read: int) -> None:
    progress(before + read, total)
