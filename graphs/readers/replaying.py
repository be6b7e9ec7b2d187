"""Content that can be read more than once: a file as it lies there, a stream by way of a temporary file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from tempfile import TemporaryFile
from typing import IO, cast

from graphs.readers.reading import Reading

__all__ = ["Opener", "replayable"]

Opener = Callable[[], AbstractContextManager[IO[bytes]]]


@contextmanager
def replayable(reading: Reading) -> Iterator[Opener]:
    """Return what opens the content from its beginning, as often as it is called.

    Raises:
        GraphFormatError: it cannot be read or unpacked, or goes beyond the limits.

    >>> import io
    >>> with replayable(Reading(None, "stdin", "turtle", stream=io.BytesIO(b"owl"))) as opener:
    ...     for _ in range(2):
    ...         with opener() as stream:
    ...             print(stream.read())
    b'owl'
    b'owl'
    """
    if reading.stream is None:
        yield reading.open
        return
    with TemporaryFile() as copy:
        with reading.open() as stream:
            shutil.copyfileobj(stream, copy)

        @contextmanager
        def rewound() -> Iterator[IO[bytes]]:
            copy.seek(0)
            yield cast(IO[bytes], copy)

        yield rewound
