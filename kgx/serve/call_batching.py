"""Questions that come while others are being answered are answered together, on threads of their own."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Generic, NamedTuple, TypeVar

__all__ = ["BatchedCalls"]

_Asked = TypeVar("_Asked")
_Told = TypeVar("_Told")


class _Call(NamedTuple, Generic[_Asked, _Told]):
    """A question, who waits for the answer, and where."""

    asked: _Asked
    told: asyncio.Future[_Told]
    loop: asyncio.AbstractEventLoop


class BatchedCalls(Generic[_Asked, _Told]):
    """Answers all questions that wait at once; one that comes while nothing is being answered waits for no others.

    Threads that each answer one question fight for the interpreter and for the processor's caches; one that answers
    many in a row does not, and what can be worked out for all of them together is. A second thread goes on while the
    first is in compiled code, but for half a batch at least: fewer are better left to the first one's next batch.

    Args:
        answer: answers several questions, in their order; an exception among the answers is that question's alone.
        largest: questions that are answered together, at most.
        threads: how many answer.

    >>> async def both():
    ...     calls = BatchedCalls(lambda texts: [text.upper() for text in texts])
    ...     try:
    ...         return await asyncio.gather(calls.ask("a"), calls.ask("b"))
    ...     finally:
    ...         calls.close()
    >>> asyncio.run(both())
    ['A', 'B']
    """

    def __init__(
        self,
        answer: Callable[[Sequence[_Asked]], Sequence[_Told | Exception]],
        *,
        largest: int = 16,
        threads: int = 2,
    ) -> None:
        self._answer = answer
        self._largest = largest
        self._waiting: deque[_Call[_Asked, _Told]] = deque()
        self._busy = 0  # threads
        self._closed = False
        self._changing = Lock()  # who looks at these three, and acts on it
        self._wake: SimpleQueue[bool] = SimpleQueue()  # false: there will be no more
        self._threads = [
            Thread(target=self._work, name=f"kgx-serve-batches-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()
        self.pending = 0
        """Questions without an answer yet; those of who has given up waiting count until they are done."""

    async def ask(self, asked: _Asked) -> _Told:
        """Ask, and wait for the answer; to be called on one event loop.

        Raises:
            Exception: what came of the question in place of an answer.
            RuntimeError: it is closed.
        """
        loop = asyncio.get_running_loop()
        told: asyncio.Future[_Told] = loop.create_future()
        with self._changing:
            if self._closed:
                raise RuntimeError("expected a question before the end: nobody answers any more")
            self._waiting.append(_Call(asked, told, loop))
            if self._is_due():
                self._wake.put(True)  # within the lock: never behind what ends the threads
        self.pending += 1
        return await told

    def close(self) -> None:
        """Answer what waits, then end the threads; whoever asks from now on is refused."""
        with self._changing:
            self._closed = True
            for _ in self._threads:
                self._wake.put(False)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while self._wake.get():
            while batch := self._taken():
                answers = self._answers(batch)
                batch[0].loop.call_soon_threadsafe(self._deliver, batch, answers)
                with self._changing:
                    self._busy -= 1

    def _taken(self) -> list[_Call[_Asked, _Told]]:
        """Take what has waited for longest; nothing where it is left to whoever is busy."""
        with self._changing:
            if not self._is_due():
                return []
            self._busy += 1
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), self._largest))]

    def _is_due(self) -> bool:
        return len(self._waiting) >= (max(1, self._largest // 2) if self._busy else 1)

    def _answers(self, batch: Sequence[_Call[_Asked, _Told]]) -> Sequence[_Told | Exception]:
        try:
            answers = self._answer([call.asked for call in batch])
            if len(answers) != len(batch):
                raise ValueError(
                    f"expected an answer to each of {len(batch)} questions, got {len(answers)} answers"
                )
            return answers
        except Exception as error:
            return [error] * len(batch)

    def _deliver(self, batch: Sequence[_Call[_Asked, _Told]], answers: Sequence[_Told | Exception]) -> None:
        self.pending -= len(batch)
        for call, answer in zip(batch, answers, strict=True):
            if call.told.done():  # whoever asked has given up
                continue
            if isinstance(answer, Exception):
                call.told.set_exception(answer)
            else:
                call.told.set_result(answer)
