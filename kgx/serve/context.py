"""What the routes of a server share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from kgx.serve.call_batching import BatchedCalls
from kgx.serve.metrics import Metrics
from kgx.serve.options import ServerOptions
from kgx.serve.problems import ProblemError
from kgx.serve.queries import Query
from kgx.serve.service import SearchService

__all__ = ["Context"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass
class Context:
    """One server.

    Attributes:
        service: answers.
        options: whom, where, how much.
        metrics: what is counted.
        ready: whether the first query would be answered as fast as any other.
    """

    service: SearchService
    options: ServerOptions
    metrics: Metrics
    ready: bool = False
    _threads: ThreadPoolExecutor = field(init=False, repr=False)
    _calls: int = field(default=0, init=False, repr=False)
    _searches: BatchedCalls[tuple[Query, int], list[dict[str, Any]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._searches = BatchedCalls(self.service.search_together)
        self._threads = ThreadPoolExecutor(self.options.limits.workers, thread_name_prefix="kgx-serve")

    async def call(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Call a function on one of the threads that answer; the others go on meanwhile.

        Who gives up waiting does not stop the thread: it counts until it is done.

        Raises:
            ProblemError: 503: there is too much to do already.
        """
        self._make_sure_of_room()
        loop = asyncio.get_running_loop()
        self._calls += 1
        try:
            future = self._threads.submit(function, *args, **kwargs)
        except BaseException:
            self._calls -= 1
            raise
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._done))
        return await asyncio.wrap_future(future)

    def check_count(self, count: int, name: str = "k") -> None:
        """Refuse to tell of more hits, or neighbours, than this server allows.

        Raises:
            ProblemError: 422.
        """
        if count > self.options.limits.hits:
            raise ProblemError(422, f"expected {name} of at most {self.options.limits.hits}, got {count}")

    async def search(self, query: Query, k: int) -> list[dict[str, Any]]:
        """Return the hits of a plain query, answered together with those that wait beside it.

        Raises:
            ProblemError: what :meth:`call` raises, or :meth:`SearchService.search`.
        """
        self._make_sure_of_room()
        return await self._searches.ask((query, k))

    def _make_sure_of_room(self) -> None:
        if self._calls + self._searches.pending >= self.options.limits.requests:
            raise ProblemError(503, "the server is busy: ask again in a moment", headers={"Retry-After": "1"})

    def _done(self) -> None:
        self._calls -= 1

    def close(self) -> None:
        """Wait for what the threads are at."""
        self._searches.close()
        self._threads.shutdown(wait=True, cancel_futures=True)
