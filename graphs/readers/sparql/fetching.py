"""Answers of a server that may be busy, slow or broken: asked for again, with more and more time between.

Sources: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after for what a server asks for, and
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ for the waiting.
"""

from __future__ import annotations

import http.client
import random
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, Protocol
from urllib.parse import urlencode, urlsplit

from graphs.errors import GraphError

__all__ = ["Answer", "Fetcher", "Patience", "TransientError"]

_USER_AGENT: Final = "graphs-sparql/1.0 (+https://pypi.org/project/kgx-retrieval/)"
_ACCEPT: Final = "application/n-triples, text/turtle;q=0.5, application/rdf+xml;q=0.3"
_BUSY: Final = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""What a server answers that may answer better the next time."""
_LONG_QUERY: Final = 1500
"""Bytes of a query from which on it is posted, because servers and proxies cut long addresses."""
_CHUNK: Final = 1 << 16
_PARTIAL: Final = ("X-SQL-State", "X-SQL-Message")
"""Headers by which Virtuoso says that it has run out of time and the answer is a part of what there is."""


class TransientError(Exception):
    """An answer did not come, or is damaged; another may be sound."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        self.wait = wait
        super().__init__(reason)


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for.

    Attributes:
        timeout: seconds without a sign of it, after which an attempt is given up.
        attempts: how often something is asked for before giving up.
        first_wait: seconds before the second attempt; they double from attempt to attempt.
        longest_wait: seconds that are waited at most; a server that asks for more is not asked again.
        max_bytes: of one answer.
        user_agent: what to say who asks.
        seed: of the random part of the waiting.
        sleep: waits some seconds.
    """

    timeout: float = 120.0
    attempts: int = 6
    first_wait: float = 1.0
    longest_wait: float = 300.0
    max_bytes: int = 512 << 20
    user_agent: str = _USER_AGENT
    seed: int = 0
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def waits(self) -> Iterator[float]:
        """Yield how long to wait before each further attempt: half of it fixed, half of it random.

        >>> [round(wait, 2) for wait in Patience(attempts=4).waits()]
        [0.92, 1.76, 2.84]
        """
        chance = random.Random(self.seed)  # noqa: S311 - nothing here is secret
        for attempt in range(self.attempts - 1):
            wait = min(self.longest_wait, self.first_wait * 2**attempt)
            yield wait / 2 + chance.random() * wait / 2


class _Headers(Protocol):
    def get(self, name: str) -> str | None: ...


@dataclass(frozen=True)
class Answer:
    """What a server has sent.

    Attributes:
        content: all of it.
        media_type: what it says it is, in small letters, without parameters.
    """

    content: bytes
    media_type: str


class Fetcher:
    """Asks one endpoint.

    Args:
        url: ``http:`` or ``https:`` address of the endpoint.
        patience: how long to wait for it.

    Raises:
        GraphError: the address is another kind of address.
    """

    def __init__(self, url: str, patience: Patience) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise GraphError(f"expected an http or https address of a SPARQL endpoint, got {url!r}")
        self._url, self._patience = url, patience
        self._opener = urllib.request.OpenerDirector()
        # no handlers for files and the like: where a server redirects to is not to be trusted
        for handler in (
            urllib.request.ProxyHandler,
            urllib.request.HTTPHandler,
            urllib.request.HTTPSHandler,
            urllib.request.HTTPRedirectHandler,
            urllib.request.HTTPDefaultErrorHandler,
            urllib.request.HTTPErrorProcessor,
            urllib.request.UnknownHandler,
        ):
            self._opener.add_handler(handler())

    def fetch(self, query: str, check: Callable[[Answer], None]) -> Answer:
        """Return the answer to a query.

        Args:
            query: SPARQL.
            check: looks at an answer, and raises :class:`TransientError` where it is damaged.

        Raises:
            GraphError: the server refuses, or no attempt gave a sound answer.
        """
        waits = self._patience.waits()
        while True:
            try:
                answer = self._ask(query)
                check(answer)
            except TransientError as error:
                wait = next(waits, None)
                if wait is None:
                    raise GraphError(
                        f"{self._url}: no sound answer in {self._patience.attempts} attempts; the last time: {error}"
                    ) from error
                if error.wait is not None and error.wait > self._patience.longest_wait:
                    raise GraphError(
                        f"{self._url}: the server asks to wait {error.wait:,.0f} seconds; try again later"
                    ) from error
                self._patience.sleep(max(wait, error.wait or 0.0))
            else:
                return answer

    def _ask(self, query: str) -> Answer:
        form = urlencode({"query": query})
        headers = {"Accept": _ACCEPT, "Accept-Encoding": "identity", "User-Agent": self._patience.user_agent}
        if len(form) > _LONG_QUERY:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            request = urllib.request.Request(self._url, form.encode(), headers)  # noqa: S310 - checked above
        else:
            separator = "&" if urlsplit(self._url).query else "?"
            request = urllib.request.Request(self._url + separator + form, headers=headers)  # noqa: S310
        with _failures_told(), self._opener.open(request, timeout=self._patience.timeout) as response:
            return self._read(response)

    def _read(self, response: http.client.HTTPResponse) -> Answer:
        for name in _PARTIAL:
            if response.headers.get(name):
                raise TransientError(f"the server cut its answer short ({name}: {response.headers[name]})")
        limit = self._patience.max_bytes
        content = bytearray()
        while data := response.read(_CHUNK):
            content += data
            if len(content) > limit:
                raise GraphError(
                    f"{self._url}: an answer is larger than the limit of {limit:,} bytes; ask for smaller pages"
                )
        told = response.headers.get("Content-Length")
        if told is not None and told.isdigit() and int(told) != len(content):
            raise TransientError(f"the answer ends after {len(content):,} of {int(told):,} bytes")
        media_type = (response.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        return Answer(bytes(content), media_type)


@contextmanager
def _failures_told() -> Iterator[None]:
    """Say in two ways what may go wrong on the way: what another attempt may mend, and what it cannot."""
    try:
        yield
    except urllib.error.HTTPError as error:
        with error:
            if error.code in _BUSY:
                raise TransientError(
                    f"HTTP {error.code} {error.reason}", _retry_after(error.headers)
                ) from error
            said = " ".join(error.read(2000).decode("utf-8", "replace").split())[:200]
            reason = f"HTTP {error.code} {error.reason}"
            raise GraphError(
                f"{error.url.partition('?')[0]}: {reason}{': ' + said if said else ''}"
            ) from error
    except urllib.error.URLError as error:
        raise TransientError(f"cannot be reached: {error.reason}") from error
    except http.client.IncompleteRead as error:
        raise TransientError("the connection ended in the middle of the answer") from error
    except http.client.HTTPException as error:
        raise TransientError(f"not an answer by HTTP: {type(error).__name__} {error}") from error
    except TimeoutError as error:
        raise TransientError("no answer in time") from error
    except OSError as error:
        raise TransientError(f"the connection failed: {error.strerror or error}") from error


def _retry_after(headers: _Headers) -> float | None:
    """Return the seconds that a server asks to wait, by number or by date."""
    text = (headers.get("Retry-After") or "").strip()
    if text.isdigit():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())
