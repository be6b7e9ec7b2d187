"""Files come decoded in order, in batches, no further ahead than promised, failures by row."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgx.encoders.prefetch import decode_batches
from kgx.errors import MediaError


def decode(path: Path) -> str:
    if path.name.startswith("bad"):
        raise MediaError(f"{path}: it is bad")
    return path.name.upper()


@settings(deadline=None)
@given(
    names=st.lists(st.sampled_from(["a", "b", "bad", "c"]), max_size=40),
    batch=st.integers(1, 7),
    workers=st.integers(1, 3),
)
def test_every_row_comes_once_and_in_order(names: list[str], batch: int, workers: int) -> None:
    failures: dict[int, str] = {}
    batches = list(decode_batches(names, decode, batch=batch, workers=workers, failures=failures))
    rows = [row for part, _ in batches for row in part]
    assert rows == [row for row, name in enumerate(names) if name != "bad"]
    assert [text for _, part in batches for text in part] == [names[row].upper() for row in rows]
    assert all(len(part) == batch for part, _ in batches[:-1])
    assert failures == {row: "it is bad" for row, name in enumerate(names) if name == "bad"}


def test_no_more_than_two_batches_wait() -> None:
    begun = 0
    lock = threading.Lock()

    def count(path: Path) -> str:
        nonlocal begun
        with lock:
            begun += 1
        return path.name

    taken = 0
    for rows, _ in decode_batches(["x"] * 100, count, batch=5, workers=2, failures={}):
        taken += len(rows)
        with lock:
            assert begun <= taken + 2 * 5


def test_another_error_is_not_hidden() -> None:
    def fail(path: Path) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(decode_batches(["x"] * 9, fail, batch=2, workers=2, failures={}))
