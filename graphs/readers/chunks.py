"""Whole lines of a file, many at a time, and what becomes of them on several threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import IO, Final, TypeVar

import numpy as np

from graphs.readers.reading import Reading

__all__ = ["CHUNK", "ahead", "line_chunks", "stream_lines", "too_long"]

CHUNK: Final = 4 << 20
"""Bytes that are taken apart at a time: few enough for most of what comes of them to stay in a cache, so many that
threads seldom wait for one another between the steps."""

_NEWLINE: Final = ord("\n")

Given = TypeVar("Given")
Made = TypeVar("Made")


def line_chunks(stream: IO[bytes], reading: Reading, size: int = CHUNK) -> Iterator[bytes]:
    """Yield whole lines, many at a time, each with a line feed as its end, however the file ends lines.

    A line that is longer than the limit is rejected, and left empty.

    Args:
        stream: the file.
        reading: says how long a line may be, and takes rejections.
        size: bytes that are read at a time.
    """
    limit = reading.limits.max_statement
    parts: list[bytes] = []
    waiting, line = 0, 1
    held, skipping = b"", False
    while data := stream.read(size):
        data = held + data
        # the line feed that belongs to a carriage return may be the first byte of what is read next
        held = b"\r" if data.endswith(b"\r") else b""
        data = _unix(data[: len(data) - len(held)])
        if skipping:
            start = data.find(b"\n")
            if start < 0:
                continue
            data, skipping = data[start:], False
        end = data.rfind(b"\n") + 1
        if end:
            first = data.find(b"\n")
            if waiting + first > limit:
                reading.reject(too_long(limit), line)
                parts, data, end = [], data[first:], end - first
            yield b"".join([*parts, memoryview(data)[:end]])
            line += int(np.count_nonzero(np.frombuffer(data, np.uint8) == _NEWLINE))
            parts, waiting = [], 0
        parts.append(data[end:])
        waiting += len(data) - end
        if waiting > limit:
            reading.reject(too_long(limit), line)
            parts, waiting, skipping = [], 0, True
    rest = b"".join(parts)
    if rest:
        yield rest + b"\n"


def stream_lines(stream: IO[bytes], reading: Reading) -> Iterator[bytes]:
    """Yield the lines of a file, as they are, with their ends; one that is too long is rejected and left empty."""
    limit = reading.limits.max_statement
    line = 0
    while data := stream.readline(limit + 1):
        line += 1
        if len(data) > limit:
            reading.reject(too_long(limit), line)
            while not data.endswith(b"\n") and (data := stream.readline(limit + 1)):
                continue
            data = b"\n"
        yield data


def too_long(limit: int) -> str:
    """Say that a line is longer than the limit."""
    return f"a line is longer than the limit of {limit:,} bytes"


def _unix(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


def ahead(work: Callable[[Given], Made], given: Iterator[Given], jobs: int) -> Iterator[Made]:
    """Yield what becomes of things, in order; with more than one job, the next ones are worked on meanwhile."""
    if jobs == 1:
        yield from map(work, given)
        return
    with ThreadPoolExecutor(jobs) as pool:
        waiting = deque(pool.submit(work, thing) for thing in islice(given, jobs + 1))
        while waiting:
            made = waiting.popleft().result()
            waiting.extend(pool.submit(work, thing) for thing in islice(given, 1))
            yield made
