"""The columns of a graph, in memory and on disk.

A stored graph is a folder of five Arrow IPC files, uncompressed so that they can be memory-mapped, and
``meta.json`` with the format's version and each file's rows, bytes and SHA-256::

    entities.arrow     iri                         sorted; an entity's number is its row
    relations.arrow    iri                         sorted; a relation's number is its row
    triples.arrow      head relation tail weight   each (relation, head, tail) once, sorted by these;
                                                   the weight is the greatest over its sources
    statements.arrow   triple source weight        who says which triple, and how surely
    literals.arrow     subject predicate value language datatype source weight; sorted by these

Equal graphs give equal bytes, in whatever order their statements came.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pyarrow as pa

from graphs.errors import GraphStoreError

__all__ = ["FORMAT", "META", "VERSION", "Columns"]

FORMAT = "graphs.KnowledgeGraph"
VERSION = 1
META = "meta.json"

_NAME = pa.dictionary(pa.int32(), pa.string())
_SCHEMAS = {
    "entities": pa.schema({"iri": pa.large_string()}),
    "relations": pa.schema({"iri": pa.large_string()}),
    "triples": pa.schema(
        {"head": pa.int32(), "relation": pa.int32(), "tail": pa.int32(), "weight": pa.float32()}
    ),
    "statements": pa.schema({"triple": pa.int32(), "source": _NAME, "weight": pa.float32()}),
    "literals": pa.schema(
        {
            "subject": pa.int32(),
            "predicate": _NAME,
            "value": pa.large_string(),
            "language": _NAME,
            "datatype": _NAME,
            "source": _NAME,
            "weight": pa.float32(),
        }
    ),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """The five tables of a graph; see the module for what they hold."""

    entities: pa.RecordBatch
    relations: pa.RecordBatch
    triples: pa.RecordBatch
    statements: pa.RecordBatch
    literals: pa.RecordBatch

    @classmethod
    def from_arrays(cls, **tables: list[Any]) -> Columns:
        """Make the tables from lists of arrays, one list a table, in the order of the module's drawing."""
        batches = {}
        for name, arrays in tables.items():
            schema = _SCHEMAS[name]
            typed = [pa.array(column, field.type) for column, field in zip(arrays, schema, strict=True)]
            batches[name] = pa.RecordBatch.from_arrays(typed, schema=schema)
        return cls(**batches)

    def equals(self, other: Columns) -> bool:
        """Tell whether both hold the same statements (numbers included)."""
        return all(getattr(self, field.name).equals(getattr(other, field.name)) for field in fields(self))

    def write(self, folder: Path) -> None:
        """Write the folder: first beside its place, then renamed into it.

        A stored graph that stands there already is replaced; anything else is left alone.

        Raises:
            GraphStoreError: the folder exists and is not a stored graph.
        """
        if folder.exists() and not _is_store(folder):
            raise GraphStoreError(
                f"{folder} exists and is not a stored graph; name another folder or remove it"
            )
        folder.parent.mkdir(parents=True, exist_ok=True)
        workplace = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            fresh = workplace / "new"
            fresh.mkdir()
            files = {}
            for field in fields(self):
                batch = getattr(self, field.name)
                path = fresh / f"{field.name}.arrow"
                with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
                    writer.write_batch(batch)
                with path.open("rb") as stream:
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
                files[path.name] = {"rows": batch.num_rows, "bytes": path.stat().st_size, "sha256": digest}
            meta = {"format": FORMAT, "version": VERSION, "files": files}
            (fresh / META).write_text(json.dumps(meta, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            _exchange(fresh, folder, workplace / "old")
        finally:
            shutil.rmtree(workplace, ignore_errors=True)

    @classmethod
    def read(cls, folder: Path, *, verify: bool = False) -> Columns:
        """Memory-map the folder; what is not looked at is not read.

        Args:
            folder: a folder that :meth:`write` has written.
            verify: compare every file's SHA-256 too, not only its size.

        Raises:
            GraphStoreError: the folder is missing, incomplete, damaged, or of another version.
        """
        files = _read_meta(folder)
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
        return cls(**tables)


def _exchange(fresh: Path, folder: Path, old: Path) -> None:
    """Move ``fresh`` to ``folder`` and what stood there to ``old``; put it back if that fails."""
    if not folder.exists():
        os.replace(fresh, folder)
        return
    os.replace(folder, old)
    try:
        os.replace(fresh, folder)
    except OSError:
        os.replace(old, folder)
        raise


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
    files: dict[str, Any] = meta["files"]
    return files
