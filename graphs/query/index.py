"""An index of a graph for SPARQL: an Oxigraph store (https://pyoxigraph.readthedocs.io), in memory or in a folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, cast

import pyarrow as pa
import pyoxigraph as ox

from graphs.columns import Columns
from graphs.errors import GraphStoreError
from graphs.store import Store
from graphs.writers.quads import Quads, as_stream
from graphs.writers.writable import Dialect
from graphs.writers.written import GRAPH_NAMES, Written

__all__ = ["Index", "fingerprint"]

_ABOUT: Final = "index.json"
_ENGINE: Final = f"pyoxigraph {ox.__version__}"

Progress = Callable[[int, int], None]
"""Told how many statements have been indexed, and how many there are."""


@dataclass(frozen=True, slots=True)
class Index:
    """What SPARQL is asked of.

    The default graph holds every triple and literal of the graph once; those that stand in named graphs stand there
    too, so that ``GRAPH`` and ``FROM`` find them.

    Attributes:
        engine: the Oxigraph store.
        left_out: statements, or parts of them, that RDF has no place for, by what they are.
    """

    engine: ox.Store
    left_out: dict[str, int]

    @classmethod
    def of(cls, store: Store, progress: Progress | None = None) -> Index:
        """Make an index in memory; a million statements take some 3 s and 0.7 GB.

        >>> len(Index.of(Store.from_triples([("ex:owl", "ex:eats", "ex:mouse")])).engine)
        1
        """
        engine = ox.Store()
        return cls(engine, _fill(engine, store, progress))

    @classmethod
    def kept(cls, store: Store, folder: Path, progress: Progress | None = None) -> Index:
        """Open the index of a graph in a folder; make it first where there is none, or where it is another graph's.

        Args:
            store: the graph.
            folder: where the index is kept; it appears when it is complete.
            progress: told how far the making is.

        Raises:
            GraphStoreError: the folder is something else than an index, or cannot be opened.
        """
        about = {"graph": fingerprint(store.columns), "engine": _ENGINE}
        return cls._kept(folder, about, lambda place: _make(store, place, about, progress))

    @classmethod
    def grown(cls, base: Path, store: Store, folder: Path) -> Index:
        """Open the index of what another one holds and of a further graph; make it first where there is none.

        The other index is neither read nor copied: both folders share its files, which nobody changes.

        Args:
            base: folder of the other index, on the same disk.
            store: the further graph.
            folder: where the index is kept; it appears when it is complete.

        Raises:
            GraphStoreError: a folder is something else than an index, or cannot be opened.
        """
        known = _about(base)
        if known is None or "left_out" not in known:
            raise GraphStoreError(f"{base}: expected an index to begin with, found none")
        about = {"graph": f"{known.get('graph')} {fingerprint(store.columns)}", "engine": _ENGINE}
        return cls._kept(folder, about, lambda place: _grow(base, known["left_out"], store, place, about))

    @classmethod
    def _kept(cls, folder: Path, about: dict[str, str], make: Callable[[Path], None]) -> Index:
        """Open an index that says this of itself, and make it first where there is none."""
        known = _about(folder)
        if known is None or {name: known.get(name) for name in about} != about:
            folder.parent.mkdir(parents=True, exist_ok=True)
            workplace = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
            try:
                make(workplace / "new")
                if folder.exists():
                    os.replace(folder, workplace / "old")
                os.replace(workplace / "new", folder)
            finally:
                shutil.rmtree(workplace, ignore_errors=True)
        try:
            left_out = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))["left_out"]
            return cls(ox.Store.read_only(str(folder / "store")), left_out)
        except (OSError, ValueError, KeyError) as error:
            raise GraphStoreError(f"{folder} cannot be opened as an index: {error}; remove it") from error


def _make(store: Store, folder: Path, about: dict[str, str], progress: Progress | None) -> None:
    folder.mkdir()
    engine = ox.Store(str(folder / "store"))
    left_out = _fill(engine, store, progress)
    engine.optimize()
    engine.flush()
    _tell(folder, about, left_out)


def _grow(base: Path, left_out: dict[str, int], store: Store, folder: Path, about: dict[str, str]) -> None:
    folder.mkdir()
    try:
        ox.Store(str(base / "store")).backup(str(folder / "store"))
        engine = ox.Store(str(folder / "store"))
    except OSError as error:
        raise GraphStoreError(f"{base} cannot be opened as an index: {error}; remove it") from error
    further = _fill(engine, store, None)
    engine.flush()
    _tell(folder, about, dict(Counter(left_out) + Counter(further)))


def _tell(folder: Path, about: dict[str, str], left_out: dict[str, int]) -> None:
    text = json.dumps({**about, "left_out": left_out}, indent=1, sort_keys=True) + "\n"
    (folder / _ABOUT).write_text(text, encoding="utf-8")


def _about(folder: Path) -> dict[str, Any] | None:
    """Return what an index says of itself, or None where there is none yet."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    try:
        found = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise GraphStoreError(
            f"{folder} exists and is not an index: name another folder or remove it"
        ) from error
    return found if isinstance(found, dict) else {}


def _fill(engine: ox.Store, store: Store, progress: Progress | None) -> dict[str, int]:
    """Load the statements, and return what RDF has no place for."""
    united = Quads(store, Dialect())
    engine.bulk_extend(_counted(_parsed(united), united, store, progress))
    if any(store.graphs().keys() - {""}):
        named = (quad for quad in _parsed(Quads(store)) if type(quad.graph_name) is not ox.DefaultGraph)
        engine.bulk_extend(named)
    lost = Written(united.statements, dict(united.left_out)).lost
    return {what: count for what, count in lost.items() if what != GRAPH_NAMES}


def _parsed(quads: Quads) -> Iterator[ox.Quad]:
    # bulk_load() would be as fast and give every blank node a new name, which nobody could look up in the graph.
    return iter(ox.parse(as_stream(quads.lines()), ox.RdfFormat.N_QUADS, lenient=True))


def _counted(
    parsed: Iterator[ox.Quad], quads: Quads, store: Store, progress: Progress | None
) -> Iterator[ox.Quad]:
    if progress is None:
        yield from parsed
        return
    total = store.num_triples + store.num_literals
    told = 0
    for quad in parsed:
        if quads.statements != told:
            told = quads.statements
            progress(told, total)
        yield quad


class _Digest:
    """A stream that only sums up what is written to it."""

    closed = False

    def __init__(self) -> None:
        self.sum = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.sum.update(data)
        return len(data)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass


def fingerprint(columns: Columns) -> str:
    """Return a digest of what a graph states: equal for equal graphs, whether in memory or on disk.

    >>> one, other = (Store.from_triples([("ex:owl", "ex:eats", food)]) for food in ("ex:mouse", "ex:vole"))
    >>> fingerprint(one.columns) == fingerprint(other.columns)
    False
    """
    digest = _Digest()
    for name in ("entities", "relations", "triples", "statements", "literals"):
        batch = getattr(columns, name)
        sink = pa.PythonFile(cast(IO[bytes], digest), mode="w")
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
    return digest.sum.hexdigest()
