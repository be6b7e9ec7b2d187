"""Sides that take turns: each is charged with its own seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from experiments.benchmarks.by_turns import by_turns


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still unless it is moved."""
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    return now


def test_each_side_is_charged_with_its_own_seconds(clock: list[float]) -> None:
    def ours() -> None:
        clock[0] += 1.0

    def theirs() -> None:
        clock[0] += 2.0 ** len(order)
        order.append("theirs")

    order: list[str] = []
    assert by_turns([ours, theirs], range(3)) == [[1.0, 1.0, 1.0], [1.0, 2.0, 4.0]]


def test_turns_may_end_with_time(clock: list[float]) -> None:
    def until(seconds: float) -> Iterator[None]:
        while clock[0] < seconds:
            yield

    def slow() -> None:
        clock[0] += 2.0

    assert by_turns([slow], until(5.0)) == [[2.0, 2.0, 2.0]]
