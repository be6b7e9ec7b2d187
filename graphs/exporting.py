"""Exporting: a graph into a file of any format, whole or not at all, with an account of what the format cannot hold."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

from graphs.bare_names import NAMES
from graphs.errors import GraphError
from graphs.readers.sniffing import ENDINGS as READ_ENDINGS
from graphs.readers.unpacking import PACKED_ENDINGS
from graphs.store import Store
from graphs.writers.networks import write_gexf, write_graphml, write_node_link
from graphs.writers.rdf import RDF_FORMATS, write_rdf
from graphs.writers.stored import write_stored
from graphs.writers.tables import TABLE_WRITERS
from graphs.writers.written import Written

__all__ = ["ENDINGS", "WRITERS", "ExportOptions", "ExportReport", "Writer", "export_graph", "format_to_write"]

Writer = Callable[[Store, Path], Written]
"""Writes a graph to a file, and tells how many statements, and what had no place there."""

WRITERS: Final[dict[str, Writer]] = {
    **{name: partial(write_rdf, format=name) for name in RDF_FORMATS},
    **TABLE_WRITERS,
    "graphml": write_graphml,
    "gexf": write_gexf,
    "node-link": write_node_link,
    "store": write_stored,
}
"""Every writer, by the name of its format."""

_FOLDERS: Final = frozenset({"kgx-tsv", "kgx-jsonl", "neo4j-csv", "openke"})
"""Formats of several files, for which a folder may be named."""

ENDINGS: Final[dict[str, str]] = {
    **READ_ENDINGS,
    ".xml": "rdf-xml",
    ".jsonl": "kgx-jsonl",
}
"""Format that the ending of a file to be tells; one of ``.gz``, ``.bz2``, ``.xz`` and ``.zst`` may follow it."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How a graph is written.

    Attributes:
        format: a name in :data:`WRITERS`; left out, the ending of the file tells.
        lossy: whether to write the file though the format has no place for all that the graph states.
        namespace: in RDF, where names that are no IRIs become IRIs; left out, as :mod:`graphs.bare_names` has it.
        provenance: in RDF, whether to say which source every statement comes from, and how sure it is.
    """

    format: str | None = None
    lossy: bool = False
    namespace: str | None = None
    provenance: bool = False


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export did.

    Attributes:
        format: name of the format.
        statements: how many statements were written.
        left_out: how many statements, or parts of them, the format has no place for, by what they are.
        seconds: how long it took.
    """

    format: str
    statements: int
    left_out: dict[str, int]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)


def format_to_write(path: Path) -> str:
    """Return the name of the format that the ending of a file to be tells.

    Raises:
        GraphError: it tells none.

    >>> format_to_write(Path("owls.ttl.gz"))
    'turtle'
    """
    endings = [ending.lower() for ending in path.suffixes]
    if endings and endings[-1] in PACKED_ENDINGS:
        endings.pop()
    found = ENDINGS.get(endings[-1]) if endings else None
    if found is None or found not in WRITERS:
        raise GraphError(
            f"the ending of {path} tells no format to write; name one of {', '.join(WRITERS)}, "
            f"or use one of {' '.join(ending for ending, kind in ENDINGS.items() if kind in WRITERS)}"
        )
    return found


def export_graph(
    store: Store, place: str | Path | IO[bytes], options: ExportOptions | None = None
) -> ExportReport:
    """Write a graph to a file, or to several where the format asks for it, all or nothing.

    Args:
        store: the graph.
        place: the file, or the folder of a stored graph; or a binary stream (then the format has to be named).
        options: how to write.

    Raises:
        GraphError: an unknown format; a file that cannot be written; or the format has no place for all that the
            graph states, and ``options.lossy`` does not allow it. Sources, weights and prefixes are left out, and
            counted, without that.

    >>> graph = Store.from_triples([("http://example.org/owl", "http://example.org/eats", "http://example.org/mouse")])
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     report = export_graph(graph, Path(folder, "owls.ttl"))
    >>> report.format, report.statements, report.left_out
    ('turtle', 1, {})
    """
    started = time.perf_counter()
    options = options or ExportOptions()
    place = Path(place) if isinstance(place, str) else place
    kind = options.format or _format_for(place)
    write = _writer(kind, options)
    if kind == "store":
        if not isinstance(place, Path):
            raise GraphError("a stored graph is a folder, which cannot be written to a stream: name one")
        written = write(store, place)
        return ExportReport(kind, written.statements, written.left_out, time.perf_counter() - started)
    if isinstance(place, Path) and place.is_dir() and kind not in _FOLDERS:
        raise GraphError(f"{place} is a folder: name a file in it to write to")
    try:
        with _workplace(place) as file:
            written = write(store, file)
            if written.lost and not options.lossy:
                raise GraphError(
                    f"{kind} has no place for {_listed(written.lost)}; write another format, or allow a lossy one"
                )
            _deliver(file.parent, place)
    except OSError as error:
        name = place if isinstance(place, Path) else getattr(place, "name", "the stream")
        raise GraphError(f"{name} cannot be written: {error.strerror or error}") from error
    return ExportReport(kind, written.statements, written.left_out, time.perf_counter() - started)


def _format_for(place: Path | IO[bytes]) -> str:
    if isinstance(place, Path):
        return format_to_write(place)
    raise GraphError(f"name the format to write to a stream; known are {', '.join(WRITERS)}")


def _writer(kind: str, options: ExportOptions) -> Writer:
    if kind not in WRITERS:
        raise GraphError(f"unknown format to write {kind!r}; known are {', '.join(WRITERS)}")
    if kind in RDF_FORMATS:
        namespace = options.namespace or NAMES
        return partial(write_rdf, format=kind, namespace=namespace, provenance=options.provenance)
    if options.provenance or options.namespace:
        raise GraphError(
            f"provenance and a namespace are for the formats of RDF ({', '.join(RDF_FORMATS)}), got {kind}"
        )
    return WRITERS[kind]


def _listed(left_out: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in left_out.items())


def _is_stream(place: Path | IO[bytes]) -> bool:
    """Tell whether a place is written to as it is, and not replaced: a stream, a device or a pipe."""
    return not isinstance(place, Path) or (place.exists() and not place.is_file() and not place.is_dir())


@contextmanager
def _workplace(place: Path | IO[bytes]) -> Iterator[Path]:
    """Give the path of a file in a folder of its own, beside what it will replace."""
    beside = None
    if isinstance(place, Path) and not _is_stream(place):
        beside = place.parent
        beside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=beside) as folder:
        file = Path(folder, place.absolute().name if isinstance(place, Path) else "graph")
        if isinstance(place, Path) and place.is_dir():
            file.mkdir()
        yield file


def _deliver(folder: Path, place: Path | IO[bytes]) -> None:
    """Bring all files of a folder to where they belong."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if isinstance(place, Path) and not _is_stream(place):
        for file in files:
            # a symbolic link stays one
            final = Path(os.path.realpath(place.absolute().parent / file.relative_to(folder)))
            final.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(file, final)
        return
    if len(files) > 1:
        names = ", ".join(file.name for file in files)
        raise GraphError(
            f"the format writes several files ({names}), which is too many for a stream: name a file"
        )
    with ExitStack() as stack:
        target = stack.enter_context(place.open("wb")) if isinstance(place, Path) else place
        for file in files:
            shutil.copyfileobj(stack.enter_context(file.open("rb")), target)
