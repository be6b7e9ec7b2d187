"""Questions that wait are answered together; each gets its own answer, or its own failure."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from kgx.serve.call_batching import BatchedCalls


class Held:
    """Doubles numbers; waits in its first call until it is let go, and refuses 13."""

    def __init__(self) -> None:
        self.entered, self.let_go = threading.Event(), threading.Event()
        self.calls: list[list[int]] = []

    def __call__(self, asked: Sequence[int]) -> list[int | Exception]:
        self.calls.append(list(asked))
        if len(self.calls) == 1:
            self.entered.set()
            assert self.let_go.wait(10)
        if 0 in asked:
            raise RuntimeError("zero")
        return [ValueError("unlucky") if number == 13 else 2 * number for number in asked]


def answers(held: Held, numbers: Sequence[int], *, give_up: Sequence[int] = ()) -> list[object]:
    """Ask for numbers at once while the only thread is busy with the first of them."""

    async def ask() -> list[object]:
        calls = BatchedCalls(held, largest=4, threads=1)
        tasks = [asyncio.create_task(calls.ask(numbers[0]))]
        await asyncio.to_thread(held.entered.wait, 10)
        tasks += [asyncio.create_task(calls.ask(number)) for number in numbers[1:]]
        await asyncio.sleep(0)
        assert calls.pending == len(numbers)
        for place in give_up:
            tasks[place].cancel()
        held.let_go.set()
        told = await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(calls.close)
        await asyncio.sleep(0)
        assert calls.pending == 0
        return list(told)

    return asyncio.run(ask())


def test_what_waits_goes_together_in_its_order() -> None:
    held = Held()
    assert answers(held, [1, 2, 3, 4, 5, 6, 7]) == [2, 4, 6, 8, 10, 12, 14]
    assert held.calls == [[1], [2, 3, 4, 5], [6, 7]]


def test_one_that_fails_fails_alone() -> None:
    told = answers(Held(), [1, 2, 13, 3])
    assert told[:2] == [2, 4]
    assert isinstance(told[2], ValueError)
    assert told[3] == 6


def test_what_fails_as_a_whole_leaves_nobody_waiting() -> None:
    told = answers(Held(), [1, 0, 3])
    assert told[0] == 2
    assert [str(error) for error in told[1:]] == ["zero", "zero"]


def test_who_gives_up_takes_nobody_along() -> None:
    told = answers(Held(), [1, 2, 3], give_up=[1])
    assert isinstance(told[1], asyncio.CancelledError)
    assert (told[0], told[2]) == (2, 6)


def test_what_waits_is_answered_before_the_end() -> None:
    async def ask() -> list[int]:
        calls = BatchedCalls(lambda asked: [number + 1 for number in asked], threads=2)
        tasks = [asyncio.create_task(calls.ask(number)) for number in range(50)]
        await asyncio.sleep(0)
        await asyncio.to_thread(calls.close)
        return list(await asyncio.gather(*tasks))

    assert asyncio.run(ask()) == list(range(1, 51))


def test_who_asks_after_the_end_is_refused() -> None:
    async def ask() -> int:
        calls = BatchedCalls(lambda asked: list(asked))
        await asyncio.to_thread(calls.close)
        with pytest.raises(RuntimeError, match="before the end"):
            await asyncio.wait_for(calls.ask(1), 10)
        return calls.pending

    assert asyncio.run(ask()) == 0


def test_a_second_thread_comes_for_half_a_batch() -> None:
    held = Held()

    async def ask() -> list[int]:
        calls = BatchedCalls(held, largest=4, threads=2)
        first = asyncio.create_task(calls.ask(1))
        await asyncio.to_thread(held.entered.wait, 10)
        others = [asyncio.create_task(calls.ask(number)) for number in (2, 3)]
        told = list(await asyncio.gather(*others))  # while the first is still held
        assert not first.done()
        held.let_go.set()
        told.append(await first)
        await asyncio.to_thread(calls.close)
        return told

    assert asyncio.run(ask()) == [4, 6, 2]


@pytest.mark.parametrize("largest", [1, 2])
def test_the_smallest_batches(largest: int) -> None:
    async def ask() -> list[int]:
        calls = BatchedCalls(lambda asked: [number + 1 for number in asked], largest=largest)
        told = await asyncio.gather(*(calls.ask(number) for number in range(9)))
        await asyncio.to_thread(calls.close)
        return list(told)

    assert asyncio.run(ask()) == list(range(1, 10))


def test_an_answer_for_each() -> None:
    async def ask() -> None:
        calls = BatchedCalls(lambda asked: [])
        try:
            with pytest.raises(ValueError, match="0 answers"):
                await calls.ask(1)
        finally:
            await asyncio.to_thread(calls.close)

    asyncio.run(ask())
