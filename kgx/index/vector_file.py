"""The file of an index's vectors: FAISS's own, behind as many zeros as put the vectors at a multiple of 64 bytes.

So they can be left on disk, mapped into memory, and NumPy computes with them as quickly as with vectors in memory:
FAISS's head is 45 bytes long, and NumPy copies a number that does not begin at a multiple of its size.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kgx.folders import atomic_path

if TYPE_CHECKING:
    import faiss

__all__ = ["read_vectors", "write_vectors"]

_ALIGNED = 64


def write_vectors(path: Path, flat: faiss.IndexFlatIP) -> int:
    """Write vectors into a file, atomically; return the number of zeros that it begins with.

    >>> import faiss, tempfile
    >>> flat = faiss.IndexFlatIP(2)
    >>> flat.add(np.eye(2, dtype=np.float32))
    >>> with tempfile.TemporaryDirectory() as name:
    ...     zeros = write_vectors(Path(name) / "vectors.faiss", flat)
    ...     zeros, read_vectors(Path(name) / "vectors.faiss", zeros, mmap=True).reconstruct(1).tolist()
    (19, [0.0, 1.0])
    """
    library: Any = import_module("faiss")  # its type stubs lack these classes
    zeros = -len(library.serialize_index(library.IndexFlatIP(flat.d))) % _ALIGNED
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        stream.write(bytes(zeros))
        library.write_index(flat, library.PyCallbackIOWriter(stream.write))
    return zeros


def read_vectors(path: Path, zeros: int, *, mmap: bool) -> faiss.Index:
    """Read what :func:`write_vectors` wrote, or FAISS.

    Args:
        path: the file.
        zeros: number that it begins with; a file that FAISS wrote begins with none, and is never mapped.
        mmap: leave the vectors on disk, mapped into memory as they are needed.

    Raises:
        RuntimeError, ValueError: it is damaged.
        OSError: it cannot be read.
    """
    library: Any = import_module("faiss")
    if zeros == 0:
        written: faiss.Index = library.read_index(str(path))
        return written
    held = np.memmap(path, np.uint8, mode="r") if mmap else np.fromfile(path, np.uint8)
    if not 0 < zeros < min(_ALIGNED, held.nbytes):
        raise ValueError(f"{path}: expected vectors behind fewer than {_ALIGNED} zeros, got {zeros}")
    place = library.cast_integer_to_uint8_ptr(held.ctypes.data + zeros)
    read: Any = library.read_index(library.ZeroCopyIOReader(place, held.nbytes - zeros))
    read.referenced_objects = [held]  # the memory that FAISS computes with, kept for as long as the index
    index: faiss.Index = read
    return index
