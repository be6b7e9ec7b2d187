"""The columns of a graph, in memory and on disk.

A stored graph is a folder of six Arrow IPC files, uncompressed so that they can be memory-mapped, and
``meta.json`` with the format's version, the prefixes (and which source declared them), and each file's rows, bytes
and SHA-256::

    entities.arrow     iri outgoing incoming        sorted; an entity's number is its row; where its rows of
                                                    neighbours.arrow begin (they end where the next one's begin)
    relations.arrow    iri                          sorted; a relation's number is its row
    triples.arrow      head relation tail weight    each (relation, head, tail) once, sorted by these;
                                                    the weight is the greatest over its sources
    neighbours.arrow   outgoing incoming            rows of triples.arrow, sorted by head, and by tail
    statements.arrow   triple source graph weight   who says which triple, in which named graph, how surely
    literals.arrow     subject predicate value language datatype source graph weight; sorted by these,
                       the graph before the source

An entity's ``iri`` is an IRI, a blank node ``_:name``, or an RDF 1.2 triple term ``<<( s p o )>>``.

Equal graphs give equal bytes, in whatever order their statements came.
"""

from __future__ import annotations

import ctypes
import glob
import hashlib
import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from graphs.errors import GraphStoreError
from graphs.parallel import spread
from graphs.prefix_map import PrefixMap

__all__ = ["FORMAT", "META", "VERSION", "Columns"]

FORMAT = "graphs.KnowledgeGraph"
VERSION = 2
META = "meta.json"

_HOLE = 1 << 12
"""As many bytes of zeros as are left out of a file."""
_NAME = pa.dictionary(pa.int32(), pa.string())
_SCHEMAS = {
    "entities": pa.schema({"iri": pa.large_string(), "outgoing": pa.int32(), "incoming": pa.int32()}),
    "relations": pa.schema({"iri": pa.large_string()}),
    "triples": pa.schema(
        {"head": pa.int32(), "relation": pa.int32(), "tail": pa.int32(), "weight": pa.float32()}
    ),
    "neighbours": pa.schema({"outgoing": pa.int32(), "incoming": pa.int32()}),
    "statements": pa.schema({"triple": pa.int32(), "source": _NAME, "graph": _NAME, "weight": pa.float32()}),
    "literals": pa.schema(
        {
            "subject": pa.int32(),
            "predicate": _NAME,
            "value": pa.large_string(),
            "language": _NAME,
            "datatype": _NAME,
            "source": _NAME,
            "graph": _NAME,
            "weight": pa.float32(),
        }
    ),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """The six tables of a graph, and its prefixes; see the module for what they hold."""

    entities: pa.RecordBatch
    relations: pa.RecordBatch
    triples: pa.RecordBatch
    neighbours: pa.RecordBatch
    statements: pa.RecordBatch
    literals: pa.RecordBatch
    prefixes: PrefixMap = field(default_factory=PrefixMap)

    @classmethod
    def from_arrays(cls, *, prefixes: Mapping[str, str] | None = None, **tables: list[Any]) -> Columns:
        """Make the tables from lists of arrays, one list a table, in the order of the module's drawing."""
        batches = {}
        for name, arrays in tables.items():
            schema = _SCHEMAS[name]
            typed = [pa.array(column, kind.type) for column, kind in zip(arrays, schema, strict=True)]
            batches[name] = pa.RecordBatch.from_arrays(typed, schema=schema)
        return cls(**batches, prefixes=PrefixMap.of(prefixes))

    def equals(self, other: Columns) -> bool:
        """Tell whether both hold the same statements (numbers included)."""
        return all(getattr(self, name).equals(getattr(other, name)) for name in _SCHEMAS)

    def write(self, folder: Path, beside: Mapping[str, Path] | None = None, *, jobs: int = 1) -> None:
        """Write the folder: first beside its place, then renamed into it.

        A stored graph that stands there already is replaced; anything else is left alone.

        Args:
            folder: where to.
            beside: files that are moved into the folder too, by the names that they get there.
            jobs: threads to work with.

        Raises:
            GraphStoreError: the folder exists and is not a stored graph.
        """
        if folder.exists() and not _is_store(folder):
            raise GraphStoreError(
                f"{folder} exists and is not a stored graph; name another folder or remove it"
            )
        folder.parent.mkdir(parents=True, exist_ok=True)
        _clear_abandoned(folder)
        workplace = Path(tempfile.mkdtemp(prefix=f".{folder.name}.{os.getpid()}.", dir=folder.parent))
        try:
            fresh = workplace / "new"
            fresh.mkdir()
            written = spread(lambda name: self._write_table(name, fresh), _SCHEMAS, jobs)
            files = {f"{name}.arrow": entry for name, entry in zip(_SCHEMAS, written, strict=True)}
            prefixes = {"prefixes": dict(self.prefixes.given), "declared": dict(self.prefixes.declared)}
            meta = {"format": FORMAT, "version": VERSION, **prefixes, "files": files}
            (fresh / META).write_text(json.dumps(meta, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            for name, place in (beside or {}).items():
                shutil.move(place, fresh / name)
            _exchange(fresh, folder, workplace / "old")
        finally:
            shutil.rmtree(workplace, ignore_errors=True)

    def _write_table(self, name: str, folder: Path) -> dict[str, Any]:
        """Write a table, and return what :data:`META` says of its file."""
        batch: pa.RecordBatch = getattr(self, name)
        path = folder / f"{name}.arrow"
        with path.open("wb", buffering=0) as stream:
            sink = _Digested(stream)
            with pa.ipc.new_file(pa.PythonFile(sink, "w"), batch.schema) as writer:
                writer.write_batch(batch)
        return {"rows": batch.num_rows, "bytes": path.stat().st_size, "sha256": sink.digest.hexdigest()}

    @classmethod
    def read(cls, folder: Path, *, verify: bool = False) -> Columns:
        """Memory-map the folder; what is not looked at is not read.

        Args:
            folder: a folder that :meth:`write` has written.
            verify: compare every file's SHA-256 too, not only its size.

        Raises:
            GraphStoreError: the folder is missing, incomplete, damaged, or of another version.
        """
        meta = _read_meta(folder)
        files = meta["files"]
        tables = {}
        for name, schema in _SCHEMAS.items():
            path = folder / f"{name}.arrow"
            entry = files.get(path.name)
            if not isinstance(entry, dict) or not path.is_file():
                raise GraphStoreError(f"{path} is missing; build and save the graph again")
            size = path.stat().st_size
            if size != entry.get("bytes"):
                raise GraphStoreError(f"{path} is damaged: expected {entry.get('bytes')} bytes, got {size}")
            if verify:
                with path.open("rb") as stream:
                    if hashlib.file_digest(stream, "sha256").hexdigest() != entry.get("sha256"):
                        raise GraphStoreError(
                            f"{path} is damaged: its SHA-256 differs from the one in {META}"
                        )
            try:
                with pa.memory_map(str(path), "r") as source:
                    reader = pa.ipc.open_file(source)
                    batch = reader.get_batch(0)
            except (pa.ArrowException, OSError, IndexError) as error:
                raise GraphStoreError(f"{path} is damaged: {error}") from error
            if not batch.schema.equals(schema) or batch.num_rows != entry.get("rows"):
                raise GraphStoreError(
                    f"{path} is damaged: its columns or rows are not those that {META} names"
                )
            tables[name] = batch
        return cls(**tables, prefixes=PrefixMap(meta["prefixes"], meta["declared"]))


class _Digested(io.RawIOBase):
    """A file on its way to the disk, and its SHA-256; zeros leave holes, which are read as zeros and take no room."""

    def __init__(self, stream: io.FileIO) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._stream.tell()

    def write(self, data: Any) -> int:
        content = memoryview(data).cast("B")
        self.digest.update(content)
        if len(content) >= _HOLE and not any(content[:_HOLE]) and not np.frombuffer(content, np.uint8).any():
            self._stream.seek(len(content), os.SEEK_CUR)
            return len(content)
        written = 0
        while written < len(content):  # the system takes up to 2 GB at a time
            written += self._stream.write(content[written:])
        return written


def _exchange(fresh: Path, folder: Path, old: Path) -> None:
    """Move ``fresh`` to ``folder`` and what stood there to ``old``; put it back if that fails."""
    if not folder.exists():
        os.replace(fresh, folder)
        return
    if _swapped(fresh, folder):
        return
    os.replace(folder, old)
    try:
        os.replace(fresh, folder)
    except OSError:
        os.replace(old, folder)
        raise


def _swapped(one: Path, other: Path) -> bool:
    """Let two folders change places in one step, where the system can (Linux: renameat2), and tell whether it did."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    here, exchange = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of linux/fcntl.h and linux/fs.h
    return rename is not None and rename(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0


def _clear_abandoned(folder: Path) -> None:
    """Remove the unfinished work of processes that are no more."""
    if os.name != "posix":
        return
    for place in folder.parent.glob(f".{glob.escape(folder.name)}.*.*"):
        process = place.name.split(".")[-2]
        if place.is_dir() and process.isdecimal() and not _is_running(int(process)):
            shutil.rmtree(place, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_store(folder: Path) -> bool:
    """Tell whether a folder is a stored graph of any version, or an empty folder."""
    if not folder.is_dir():
        return False
    if not any(folder.iterdir()):
        return True
    try:
        return bool(json.loads((folder / META).read_text(encoding="utf-8")).get("format") == FORMAT)
    except (OSError, ValueError, AttributeError):
        return False


def _read_meta(folder: Path) -> dict[str, Any]:
    path = folder / META
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GraphStoreError(
            f"{folder} is not a stored graph: {META} cannot be read ({error.strerror})"
        ) from error
    except ValueError as error:
        raise GraphStoreError(f"{path} is damaged: {error}") from error
    if not isinstance(meta, dict) or meta.get("format") != FORMAT or not isinstance(meta.get("files"), dict):
        raise GraphStoreError(f"{path} does not describe a stored graph")
    if meta.get("version") != VERSION:
        raise GraphStoreError(
            f"{folder} has format version {meta.get('version')}, expected {VERSION}; "
            "build and save the graph again"
        )
    if not isinstance(meta.get("prefixes"), dict) or not isinstance(meta.setdefault("declared", {}), dict):
        raise GraphStoreError(f"{path} is damaged: it names no prefixes")
    return meta
