"""Connections: how many there may be, and how slow. A slow one costs a slot, never the server.

uvicorn waits for the rest of a request for as long as it takes, keeps headers of any length, and refuses whoever comes
when all places are taken, which lets ten thousand idle connections shut everybody else out. Here the one that has kept
the server waiting for longest makes room for the next.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from kgx.serve.metrics import Metrics
from kgx.serve.options import Limits
from kgx.serve.problems import PROBLEM_TYPE, problem_body

__all__ = ["ConnectionBook", "bounded_protocol"]


class ConnectionBook:
    """Who is connected, and who of them keeps the server waiting.

    Args:
        most: connections at once.
        metrics: what is counted.
    """

    def __init__(self, most: int, metrics: Metrics) -> None:
        self._most = most
        self._metrics = metrics
        self._open: set[asyncio.Transport] = set()
        self._awaited: OrderedDict[asyncio.Transport, None] = OrderedDict()

    def opened(self, transport: asyncio.Transport) -> bool:
        """Note a new connection; False where there is no room, since all others are being answered."""
        if len(self._open) >= self._most:
            if not self._awaited:
                self._metrics.dropped.inc()
                return False
            slowest, _ = self._awaited.popitem(last=False)
            self.drop(slowest)
        self._open.add(transport)
        self._awaited[transport] = None
        self._metrics.connections.set(len(self._open))
        return True

    def answering(self, transport: asyncio.Transport) -> None:
        """Note that a request has come whole: from here on the client waits for the server."""
        self._awaited.pop(transport, None)

    def answered(self, transport: asyncio.Transport) -> None:
        """Note that the next request is awaited."""
        if transport in self._open:
            self._awaited[transport] = None

    def closed(self, transport: asyncio.Transport) -> None:
        """Forget a connection."""
        self._open.discard(transport)
        self._awaited.pop(transport, None)
        self._metrics.connections.set(len(self._open))

    def drop(self, transport: asyncio.Transport) -> None:
        """End a connection at once, whatever is still to be sent."""
        self.closed(transport)
        self._metrics.dropped.inc()
        transport.abort()


def bounded_protocol(limits: Limits, metrics: Metrics) -> type[asyncio.Protocol]:
    """Return uvicorn's HTTP protocol with bounds.

    Args:
        limits: of connections, of a request's head, and of what a client may take its time for.
        metrics: what is counted.
    """
    book = ConnectionBook(limits.connections, metrics)

    class BoundedProtocol(HttpToolsProtocol):
        """One connection."""

        _timer: asyncio.TimerHandle | None = None
        _stalled: asyncio.TimerHandle | None = None
        _in_head = True
        _head_bytes = 0

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if book.opened(transport):
                self._expect_head()
            else:
                self._refuse(503, "all connections are taken: try again in a moment")

        def connection_lost(self, exc: Exception | None) -> None:
            book.closed(self.transport)
            self._stop_timers()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self.transport.is_closing():
                return
            self._head_bytes += len(data)
            super().data_received(data)
            # A head that has come whole is measured with all other things that are checked of a request.
            if self._in_head and self._head_bytes > limits.head_bytes:
                self._refuse(431, f"expected a request line and headers of at most {limits.head_bytes} bytes")

        def on_message_begin(self) -> None:
            self._in_head = True
            if self._timer is None:
                self._expect_head()
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self._in_head = False
            self._head_bytes = 0
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            book.answering(self.transport)
            self._in_head, self._head_bytes = True, 0
            super().on_message_complete()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            if self.cycle.response_complete:  # otherwise the next request had come already
                book.answered(self.transport)

        def pause_writing(self) -> None:
            super().pause_writing()
            self._stalled = self.loop.call_later(limits.write_seconds, book.drop, self.transport)

        def resume_writing(self) -> None:
            super().resume_writing()
            if self._stalled is not None:
                self._stalled.cancel()
                self._stalled = None

        def send_400_response(self, msg: str) -> None:
            self._refuse(400, "expected an HTTP/1.1 request, got something that is none")

        def _expect_head(self) -> None:
            self._timer = self.loop.call_later(limits.head_seconds, self._too_slow)

        def _too_slow(self) -> None:
            self._timer = None
            if not self.transport.is_closing():
                metrics.dropped.inc()
                self._refuse(408, f"expected a request's headers within {limits.head_seconds:g} seconds")

        def _stop_timers(self) -> None:
            for timer in (self._timer, self._stalled):
                if timer is not None:
                    timer.cancel()
            self._timer = self._stalled = None

        def _refuse(self, status: int, detail: str) -> None:
            """Answer before there is a request that the application could answer, and close."""
            if self.transport.is_closing():
                return
            body = problem_body(status, detail)
            headers = (
                f"content-type: {PROBLEM_TYPE}\r\ncontent-length: {len(body)}\r\n"
                "x-content-type-options: nosniff\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(STATUS_LINE[status] + headers.encode() + body)
            self.transport.close()

    found: type[Any] = BoundedProtocol
    return found
