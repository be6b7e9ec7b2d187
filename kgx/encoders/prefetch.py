"""Decode the next files while the network works on the last: bounded, in order, failures by row."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from kgx.encoders.base import Value
from kgx.errors import MediaError

__all__ = ["decode_batches", "reason"]

T = TypeVar("T")


def reason(error: MediaError, value: Value) -> str:
    """The error's text without the file's name: equal content has equal reasons wherever it lies.

    >>> reason(MediaError("a/b.png: the file is empty"), Path("a/b.png"))
    'the file is empty'
    """
    return str(error).removeprefix(f"{value}: ")


def decode_batches(
    values: Sequence[Value],
    decode: Callable[[Path], T],
    *,
    batch: int,
    workers: int,
    failures: dict[int, str],
) -> Iterator[tuple[list[int], list[T]]]:
    """Yield row numbers and decoded values, ``batch`` at a time, while ``workers`` threads decode ahead.

    No more than two batches wait decoded. Values for which ``decode`` raises `MediaError` are entered in
    ``failures`` and left out.
    """
    rows: list[int] = []
    decoded: list[T] = []
    with ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:
        waiting: deque[tuple[int, Future[T]]] = deque()
        try:
            for row in range(len(values) + 2 * batch):
                if row < len(values):
                    waiting.append((row, pool.submit(decode, Path(values[row]))))
                if row < 2 * batch - 1 or not waiting:
                    continue
                first, future = waiting.popleft()
                try:
                    decoded.append(future.result())
                    rows.append(first)
                except MediaError as error:
                    failures[first] = reason(error, values[first])
                if len(rows) == batch:
                    yield rows, decoded
                    rows, decoded = [], []
        finally:
            for _, future in waiting:
                future.cancel()
    if rows:
        yield rows, decoded
