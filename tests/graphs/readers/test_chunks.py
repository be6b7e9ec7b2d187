"""Lines of a file, however it ends them and wherever it is cut."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.readers.chunks import ahead, line_chunks, stream_lines
from graphs.readers.limits import Limits
from graphs.readers.reading import Reading


def reading(limit: int = 1 << 20) -> Reading:
    return Reading(None, "kg", "tsv", on_error="report", limits=Limits(max_statement=limit))


@settings(max_examples=80, deadline=None)
@given(
    content=st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", b"bc"]), max_size=12),
    size=st.integers(1, 5),
)
def test_lines_end_as_python_says(content: list[bytes], size: int) -> None:
    data = b"".join(content)
    found = b"".join(line_chunks(io.BytesIO(data), reading(), size))
    assert found.split(b"\n")[: len(data.splitlines())] == data.splitlines()
    assert found.endswith(b"\n") or not found


@pytest.mark.parametrize(("size", "length"), [(1, 50), (3, 50), (8, 50), (20, 50), (5, 8)])
def test_a_long_line_is_left_empty_and_the_others_keep_their_numbers(size: int, length: int) -> None:
    file = reading(4)
    found = b"".join(line_chunks(io.BytesIO(b"a\n" + b"x" * length + b"\nb\n"), file, size))
    assert found == b"a\n\nb\n"
    assert [rejection.line for rejection in file.rejections()] == [2]


def test_lines_one_by_one() -> None:
    file = reading(4)
    content = b"a\r\n" + b"x" * 50 + b"\nb\n" + b"y" * 9
    assert list(stream_lines(io.BytesIO(content), file)) == [b"a\r\n", b"\n", b"b\n", b"\n"]
    assert [rejection.line for rejection in file.rejections()] == [2, 4]


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_work_comes_back_in_order(jobs: int) -> None:
    assert list(ahead(lambda number: number * 2, iter(range(20)), jobs)) == list(range(0, 40, 2))
