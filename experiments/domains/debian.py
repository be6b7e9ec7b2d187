"""Downloading and unpacking Debian packages with Debian's own tools, as any user, with progress bars."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from kgx.errors import KgxError
from kgx.progress import track

__all__ = ["FetchError", "download", "unpack"]

_MEGABYTE = 1_000_000


class FetchError(KgxError):
    """A package can be neither found nor fetched."""


def download(package: str, folder: Path) -> Path:
    """Download a package's archive into an empty folder and return its path.

    ``apt-get`` checks the archive against the signed package lists. Where the machine's own lists are empty
    or out of date, fresh ones are read into the same folder, so that nothing here needs root.

    Raises:
        FetchError: there is no ``apt-get``, no such package, or no network.
    """
    if shutil.which("apt-get") is None:
        raise FetchError(f"{package} cannot be downloaded (this machine has no apt-get)")
    try:
        return _download((), package, folder)
    except FetchError:
        lists, cache = folder / "lists", folder / "cache"
        (lists / "partial").mkdir(parents=True)
        (cache / "archives" / "partial").mkdir(parents=True)
        own_lists = ("-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={cache}")
        _run(["apt-get", *own_lists, "update"], "Debian's package lists cannot be updated")
        return _download(own_lists, package, folder)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive's files into a folder, which is made.

    Raises:
        FetchError: the archive is no package, or the disk refuses.
    """
    failure = f"{archive} cannot be unpacked"
    kilobytes = _run(["dpkg-deb", "--field", str(archive), "Installed-Size"], failure).strip()
    total = int(kilobytes) * 1024 if kilobytes.isdecimal() else 0
    title = f"unpack {archive.name.split('_')[0]} (MB)"
    command = ["dpkg-deb", "--vextract", str(archive), str(folder)]
    _follow(command, archive.parent, lambda process: _unpacked(process, folder), title, total, failure)


def _download(options: Sequence[str], package: str, folder: Path) -> Path:
    failure = f"{package} cannot be downloaded"
    command = ["apt-get", *options, "-q", "-o", "Acquire::Retries=2", "download", package]
    described = _run([*command, "--print-uris"], failure).split()
    total = int(described[2]) if len(described) > 2 and described[2].isdecimal() else 0
    pattern = f"{package}_*.deb"
    title = f"download {package} (MB)"
    _follow(command, folder, lambda process: _arrived(process, folder, pattern), title, total, failure)
    archives = sorted(folder.glob(pattern))
    if not archives:
        raise FetchError(f"{failure} (apt-get left no {pattern})")
    return archives[0]


def _arrived(process: subprocess.Popen[str], folder: Path, pattern: str) -> Iterator[int]:
    """Yield how many bytes of the archive there are, until the process ends."""
    while process.poll() is None:
        yield sum(path.stat().st_size for path in folder.glob(pattern))
        time.sleep(0.05)


def _unpacked(process: subprocess.Popen[str], folder: Path) -> Iterator[int]:
    """Yield how many bytes are unpacked, as the process names one file after the other."""
    size = 0
    previous = folder
    for line in process.stdout or ():
        size += previous.lstat().st_size if previous.is_file() else 0
        previous = folder / line.rstrip("\n")
        yield size


def _follow(
    command: Sequence[str],
    folder: Path,
    sizes: Callable[[subprocess.Popen[str]], Iterator[int]],
    title: str,
    total: int,
    failure: str,
) -> None:
    """Run a command under a progress bar of megabytes; ``sizes`` yields the bytes done so far."""
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=errors, text=True, env=_environment()
        )
        try:
            for _ in track(_megabytes(sizes(process), total), title, total=total // _MEGABYTE):
                pass
            process.communicate()
        finally:
            process.kill()
            process.wait()
        errors.seek(0)
        if process.returncode:
            raise FetchError(f"{failure} ({_last_line(errors.read())})")


def _megabytes(sizes: Iterator[int], total: int) -> Iterator[int]:
    """Yield once for each of ``total``'s megabytes, as ``sizes`` reaches it; the last ones at the end."""
    shown = 0
    for size in sizes:
        done = min(size, total) // _MEGABYTE
        yield from range(shown, done)
        shown = max(shown, done)
    yield from range(shown, total // _MEGABYTE)


def _run(command: Sequence[str], failure: str) -> str:
    """Run a command and return what it prints; on failure the error takes its last line."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
    except OSError as error:
        raise FetchError(f"{failure} ({command[0]}: {error.strerror})") from error
    if done.returncode:
        raise FetchError(f"{failure} ({_last_line(done.stderr)})")
    return done.stdout


def _last_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no message"


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}
