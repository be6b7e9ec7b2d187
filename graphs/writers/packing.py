"""Files that appear when they are complete, packed as their ending says: gzip, bzip2, xz or Zstandard."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

from graphs.errors import GraphError

__all__ = ["created"]

_BUFFER: Final = 1 << 18


def _zstd(stream: IO[bytes]) -> IO[bytes]:
    import zstandard

    return cast(IO[bytes], zstandard.ZstdCompressor().stream_writer(stream, closefd=False))


_PACKERS: Final[dict[str, Callable[[IO[bytes]], IO[bytes]]]] = {
    # Neither a name nor a time goes into the header: equal content gives equal bytes.
    ".gz": lambda stream: cast(IO[bytes], gzip.GzipFile("", "wb", 6, stream, mtime=0)),
    ".bz2": lambda stream: cast(IO[bytes], bz2.BZ2File(stream, "wb")),
    ".xz": lambda stream: cast(IO[bytes], lzma.LZMAFile(stream, "wb")),  # noqa: SIM115 - closed by whoever packs
    ".zst": _zstd,
}


@contextmanager
def created(path: Path) -> Iterator[IO[bytes]]:
    """Give a binary stream that becomes the file ``path`` when all went well, and nothing otherwise.

    What is written goes to a temporary file beside the target, packed where the target ends in ``.gz``, ``.bz2``,
    ``.xz`` or ``.zst``, and takes the target's place at the end; a file that stands there is replaced only then.
    A device or a pipe is written to directly. Missing folders are made.

    Args:
        path: the file to be.

    Raises:
        GraphError: it is a folder, or cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with created(Path(folder, "owls.txt.gz")) as stream:
    ...         _ = stream.write(b"barn owl")
    ...     gzip.decompress(Path(folder, "owls.txt.gz").read_bytes())
    b'barn owl'
    """
    if path.is_dir():
        raise GraphError(f"{path} is a folder: name a file in it to write to")
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as stream, _packed(stream, path) as packed:
                yield packed
            return
        target = Path(os.path.realpath(path))  # a symbolic link stays, what it points to is replaced
        target.parent.mkdir(parents=True, exist_ok=True)
        workplace = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.part")
        try:
            with workplace.open("xb") as stream, _packed(stream, path) as packed:
                yield packed
            workplace.replace(target)
        finally:
            workplace.unlink(missing_ok=True)
    except OSError as error:
        raise GraphError(f"{path} cannot be written: {error.strerror or error}") from error


@contextmanager
def _packed(stream: IO[bytes], path: Path) -> Iterator[IO[bytes]]:
    """Give a buffered stream that packs what goes through it on to ``stream``."""
    pack = _PACKERS.get(path.suffix.lower())
    if pack is None:
        yield stream
        return
    with pack(stream) as packing, io.BufferedWriter(cast(io.RawIOBase, packing), _BUFFER) as buffered:
        yield cast(IO[bytes], buffered)
