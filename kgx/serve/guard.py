"""What every request passes: names, token, bounds in size and time, security headers, and a count."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from kgx.serve.access import check_name, check_token
from kgx.serve.metrics import Metrics
from kgx.serve.options import ServerOptions
from kgx.serve.problems import ProblemError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["PAGE_POLICY", "Guard"]

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Content security policy of the page: what is its own, and pictures that it was handed."""

_NOTHING = b"default-src 'none'; frame-ancestors 'none'; sandbox"
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
_LONGEST_PATH = 8192  # bytes of a path and its query

_log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware around the whole application.

    Args:
        app: what answers.
        options: the server's.
        metrics: what is counted.
    """

    def __init__(self, app: ASGIApp, options: ServerOptions, metrics: Metrics) -> None:
        self._app = app
        self._options = options
        self._limits = options.limits
        self._metrics = metrics
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        method = scope["method"]
        if method == "HEAD":  # the answer to GET, of which uvicorn sends the headers
            scope = {**scope, "method": "GET"}
        exchange = _Exchange(scope, receive, send, self._limits.body_bytes)
        self._in_flight += 1
        self._metrics.in_flight.set(self._in_flight)
        try:
            await self._answer(scope, exchange)
        finally:
            self._in_flight -= 1
            self._metrics.in_flight.set(self._in_flight)
            route = getattr(scope.get("route"), "path", "none")
            seconds = time.perf_counter() - started
            self._metrics.answered(route, method, exchange.status, seconds)

    async def _answer(self, scope: Scope, exchange: _Exchange) -> None:
        try:
            self._check(scope)
            exchange.expect_body()
            first = self._limits.body_seconds if exchange.reading else self._limits.answer_seconds
            async with asyncio.timeout(first) as clock:
                exchange.run_against(clock, self._limits.answer_seconds)
                await self._app(scope, exchange.receive, exchange.send)
        except ProblemError as problem:
            await exchange.refuse(problem)
        except TimeoutError:
            await exchange.refuse(self._too_slow(exchange))
        except Exception as error:
            if exchange.gone:
                return  # whoever asked has left
            _log.exception("%s %s failed", scope["method"], scope["path"], exc_info=error)
            await exchange.refuse(ProblemError(500, "the server failed; its log says why"))

    def _check(self, scope: Scope) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        size = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
        if size > self._limits.head_bytes:
            told = f"expected headers of at most {self._limits.head_bytes} bytes, got {size}"
            raise ProblemError(431, told, headers={"Connection": "close"})
        if len(scope["raw_path"]) + len(scope["query_string"]) > _LONGEST_PATH:
            raise ProblemError(414, f"expected a path of at most {_LONGEST_PATH} bytes")
        check_name(self._options, headers.get(b"host"))
        check_token(self._options, scope["method"], scope["path"], headers.get(b"authorization"))

    def _too_slow(self, exchange: _Exchange) -> ProblemError:
        if exchange.reading:
            return ProblemError(408, f"expected the body within {self._limits.body_seconds:g} seconds")
        return ProblemError(504, f"there is no answer within {self._limits.answer_seconds:g} seconds")


class _Exchange:
    """One request and its answer, as the application sees them."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._most = most
        self._got = 0
        self._clock: asyncio.Timeout | None = None
        self._answer_seconds = 0.0
        self.reading = False
        self.started = False
        self.gone = False
        self.status = 499  # until there is another: the client has left

    def expect_body(self) -> None:
        """Look at what the headers say of the body.

        Raises:
            ProblemError: 413.
        """
        for name, value in self._scope["headers"]:
            if name == b"transfer-encoding":
                self.reading = True
            elif name == b"content-length":
                self.reading = value != b"0"
                if not value.isdigit() or int(value) > self._most:
                    raise ProblemError(413, f"expected a body of at most {self._most} bytes")

    def run_against(self, clock: asyncio.Timeout, answer_seconds: float) -> None:
        """Be stopped by a clock, which is set to the time for answering when the body has come."""
        self._clock = clock
        self._answer_seconds = answer_seconds

    async def receive(self) -> Message:
        """Hand on a part of the body, as long as it is not too large."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.gone = True
        elif message["type"] == "http.request":
            self._got += len(message.get("body", b""))
            if self._got > self._most:
                raise ProblemError(413, f"expected a body of at most {self._most} bytes, got more")
            if self.reading and not message.get("more_body", False):
                self.reading = False
                self._set_clock(self._answer_seconds)
        return message

    async def send(self, message: Message) -> None:
        """Hand on a part of the answer."""
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            message = {**message, "headers": _secured(message["headers"], self.reading)}
            self._set_clock(None)
        await self._send(message)

    async def refuse(self, problem: ProblemError) -> None:
        """Answer by a problem, unless an answer has begun."""
        self._clock = None  # it has run out, or is no longer needed
        if self.started or self.gone:
            return
        body = problem.body()
        headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body)).encode()),
            *((name.lower().encode(), value.encode()) for name, value in problem.headers.items()),
        ]
        await self.send({"type": "http.response.start", "status": problem.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    def _set_clock(self, seconds: float | None) -> None:
        if self._clock is not None and not self._clock.expired():
            self._clock.reschedule(None if seconds is None else asyncio.get_running_loop().time() + seconds)


def _secured(headers: Any, unread: bool) -> list[tuple[bytes, bytes]]:
    """Add what every answer says to browsers; a connection with a body that nobody read is closed."""
    own = {name for name, _ in headers}
    further = list(_ALWAYS)
    if b"content-security-policy" not in own:
        further.append((b"content-security-policy", _NOTHING))
    if b"cache-control" not in own:
        further.append((b"cache-control", b"no-store"))
    if unread:
        further.append((b"connection", b"close"))
    return [*headers, *further]
