"""A domain: a real collection with its knowledge graph, built once and kept in the data cache."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import graphs.readers
from experiments.domains.packages import PACKAGES, fetch, locked
from graphs.errors import GraphError
from graphs.graph import KnowledgeGraph
from kgx.collection import Collection, Item, Skipped
from kgx.errors import CollectionError
from kgx.folders import data_folder

__all__ = ["Domain", "DomainSource"]

_CODE = (Path(__file__).parent, Path(graphs.readers.__file__).parent)
"""Folders of the code that builds domains: when it changes, domains are built anew."""


@dataclass(frozen=True)
class Domain:
    """Items and graph of a collection.

    Attributes:
        collection: its items (none where the domain is only a graph), with their files in a package's folder.
        graph: what is known about them.
        licence: licence of the files.
        notes: counts of what was read and what was left out, by name.
    """

    collection: Collection
    graph: KnowledgeGraph
    licence: str
    notes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DomainSource:
    """Where a domain comes from.

    Attributes:
        name: its name, and that of its folder in the cache.
        packages: the Debian packages it needs, keys of :data:`experiments.domains.packages.PACKAGES`.
        licence: licence of the files.
        build: makes the domain from the packages' folders, given in the order of ``packages``; the files of
            its items lie in the last one.
        category_namespace: what the IRIs of its items' categories begin with.
        as_source, as_target: say which of its items take part in an experiment where it is the source, the target.
    """

    name: str
    packages: tuple[str, ...]
    licence: str
    build: Callable[..., Domain]
    category_namespace: str = ""
    as_source: Callable[[Item], bool] = lambda item: True
    as_target: Callable[[Item], bool] = lambda item: True

    def load(self) -> Domain:
        """Return the domain, from the data cache where it was built from the same files by the same code.

        Raises:
            FetchError: a package can be neither found nor fetched.
        """
        folders = [fetch(package) / PACKAGES[package] for package in self.packages]
        place = data_folder() / "domains" / self.name / _fingerprint(folders)
        domain = self._stored(place, folders[-1])
        if domain is None:
            with locked(place):
                domain = self._stored(place, folders[-1]) or self._rebuilt(place, folders)
        return domain

    def _rebuilt(self, place: Path, folders: list[Path]) -> Domain:
        domain = self.build(*folders)
        work = Path(tempfile.mkdtemp(prefix=".part-", dir=place.parent))
        try:
            domain.graph.save(work / "graph")
            if domain.collection.items:
                domain.collection.write(work / "items.parquet")
            skipped = [asdict(entry) for entry in domain.collection.skipped]
            notes = json.dumps({"notes": domain.notes, "skipped": skipped}, indent=1)
            (work / "notes.json").write_text(notes, encoding="utf-8")
            work.chmod(0o755)
            shutil.rmtree(place, ignore_errors=True)
            work.replace(place)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return self._stored(place, folders[-1]) or domain

    def _stored(self, place: Path, root: Path) -> Domain | None:
        """Return what is stored, or nothing where it is missing or damaged."""
        try:
            stored = json.loads((place / "notes.json").read_text(encoding="utf-8"))
            graph = KnowledgeGraph.open(place / "graph")
            if (place / "items.parquet").exists():
                items = Collection.read(place / "items.parquet", strict=True, name=self.name, root=root)
            else:
                items = Collection(self.name, root, ())
            items = replace(items, skipped=tuple(Skipped(**entry) for entry in stored["skipped"]))
            return Domain(items, graph, self.licence, stored["notes"])
        except (OSError, ValueError, KeyError, TypeError, GraphError, CollectionError):
            return None


def _fingerprint(folders: list[Path]) -> str:
    """Name the state of the packages' files (path, size, time) and of the code that reads them."""
    digest = hashlib.sha256()
    for folder in _CODE:
        for path in sorted(folder.glob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    for folder in folders:
        for line in sorted(_listing(str(folder), "")):
            digest.update(line.encode(errors="surrogateescape"))
    return digest.hexdigest()[:16]


def _listing(folder: str, prefix: str) -> list[str]:
    lines = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                lines += _listing(entry.path, f"{prefix}{entry.name}/")
            else:
                status = entry.stat(follow_symlinks=False)
                lines.append(f"{prefix}{entry.name}\0{status.st_size}\0{int(status.st_mtime)}\n")
    return lines
