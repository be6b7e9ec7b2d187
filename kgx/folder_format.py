"""What a folder says of itself: format, version, and the size and SHA-256 of each of its files, as JSON."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import kgx
from kgx.errors import ConfigError, KgxError
from kgx.folders import atomic_path, is_empty

__all__ = ["FolderFormat"]


@dataclass(frozen=True)
class FolderFormat:
    """A kind of folder.

    Attributes:
        name: of the format, as it stands in the file.
        version: the one that is written, and the only one that is read.
        file: name of the JSON file.
        thing: what the folder is, in messages.
        remedy: what to do with a folder of another version, or a damaged one.
        error: what is raised.

    >>> import tempfile
    >>> birds = FolderFormat("birds", 1, "birds.json", "list of birds", "count them again", KgxError)
    >>> with tempfile.TemporaryDirectory() as name:
    ...     _ = (Path(name) / "owls").write_text("two")
    ...     _ = birds.write(Path(name), {"country": "France"}, [Path(name) / "owls"])
    ...     birds.read(Path(name))["country"]
    'France'
    """

    name: str
    version: int
    file: str
    thing: str
    remedy: str
    error: type[KgxError]

    def write(self, folder: Path, fields: Mapping[str, Any], files: Iterable[Path]) -> str:
        """Write the JSON file, atomically and after all others.

        Args:
            folder: the folder.
            fields: what else it says.
            files: the files below the folder that belong to it.

        Returns:
            The folder's fingerprint.
        """
        listed = {
            path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": _digest(path)}
            for path in sorted(files)
        }
        told = {
            "format": self.name,
            "version": self.version,
            "kgx": kgx.__version__,
            **fields,
            "files": listed,
        }
        with atomic_path(folder / self.file) as temporary:
            temporary.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return self.fingerprint(told)

    def read(self, folder: Path, *, verify: bool = False) -> dict[str, Any]:
        """Read the JSON file and make sure that the files it names are there.

        Args:
            folder: the folder.
            verify: compare checksums too, which reads every byte; sizes are always compared.

        Raises:
            KgxError: (of the format's own kind) the folder is missing, something else, damaged or of another version.
        """
        path = folder / self.file
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise self.error(f"{folder}: expected a {self.thing}, found no {self.file}") from error
        except (OSError, ValueError) as error:
            raise self.damaged(folder, error) from error
        if not isinstance(told, dict) or told.get("format") != self.name:
            raise self.error(f"{path}: expected a {self.thing} (format {self.name!r}), found something else")
        if told.get("version") != self.version:
            raise self.error(
                f"{folder}: expected a {self.thing} of version {self.version}, got version {told.get('version')} "
                f"(written by kgx {told.get('kgx')}, this is kgx {kgx.__version__}); {self.remedy}"
            )
        if not isinstance(told.get("files"), dict):
            raise self.damaged(folder, f"{self.file} names no files")
        for name, entry in told["files"].items():
            self._check(folder, name, entry, verify=verify)
        return told

    def _check(self, folder: Path, name: str, entry: Mapping[str, Any], *, verify: bool) -> None:
        try:
            size = (folder / name).stat().st_size
            if size != entry["bytes"]:
                raise self.damaged(folder, f"{name}: expected {entry['bytes']} bytes, got {size}")
            if verify and _digest(folder / name) != entry["sha256"]:
                raise self.damaged(folder, f"{name}: its SHA-256 differs from the one in {self.file}")
        except OSError as error:
            raise self.damaged(folder, f"{name}: {error.strerror}") from error
        except (KeyError, TypeError) as error:
            raise self.damaged(folder, f"{self.file} says nothing of {name}") from error

    def withdraw(self, folder: Path) -> None:
        """Remove the JSON file, before files that it names are replaced."""
        (folder / self.file).unlink(missing_ok=True)

    def marks(self, folder: Path) -> bool:
        """Tell whether a folder is of this format, of any version."""
        try:
            told = json.loads((folder / self.file).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return isinstance(told, dict) and told.get("format") == self.name

    def check_place(self, folder: Path, own: Collection[str], *, force: bool) -> None:
        """Make sure that a folder may be made at a place: nothing is there, or such a folder that may be replaced.

        Args:
            folder: the place.
            own: patterns of the names of all that such a folder holds.
            force: whether one that stands there may be replaced.

        Raises:
            ConfigError: something is there that is not to be replaced.
        """
        ground = next((parent for parent in folder.absolute().parents if parent.exists()), folder)
        if not ground.is_dir():
            raise ConfigError(f"{folder}: {ground} is no folder; name another place")
        if not os.access(ground, os.W_OK):  # before hours are spent on what could not be kept
            raise ConfigError(f"{folder}: nothing may be written to {ground}; name another place")
        if not folder.exists() or is_empty(folder):
            return
        if not self.marks(folder):
            raise ConfigError(f"{folder} exists and is no {self.thing}; name another folder or remove it")
        names = sorted(path.name for path in folder.iterdir())
        others = [name for name in names if not any(fnmatchcase(name, pattern) for pattern in own)]
        if others:
            raise ConfigError(
                f"{folder} holds a {self.thing} and other files ({', '.join(others[:3])}); name another folder"
            )
        if not force:
            raise ConfigError(
                f"{folder} holds a {self.thing} already; add --force (force=True) to replace it"
            )

    def fingerprint(self, told: Mapping[str, Any]) -> str:
        """Return a hash of what the folder says: equal for folders of equal files and fields."""
        kept = {name: value for name, value in told.items() if name != "kgx"}
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:32]

    def damaged(self, folder: Path, why: object) -> KgxError:
        """Return the error that says that a folder is damaged."""
        return self.error(f"{folder}: the {self.thing} is damaged ({why}); {self.remedy}")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
