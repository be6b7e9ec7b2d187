"""Many clients at once are all answered; how fast is nobody's business here."""

from __future__ import annotations

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from kgx.search import Searcher
from kgx.serve.options import ServerOptions
from kgx.testing import species_word

CLIENTS = 16
SECONDS = 3.0  # after which no client asks again
FEWEST = 8  # requests of each, however slow the machine


@pytest.fixture
def asked() -> list[tuple[str, str, dict[str, Any] | None]]:
    """What clients ask for, in turn."""
    words = [species_word(number) for number in (3, 70, 300)]
    searches: list[tuple[str, str, dict[str, Any] | None]] = [
        ("POST", "/v1/search", {"text": f"a {word}", "to": to, "k": 5})
        for word in words
        for to in ("image", "any")
    ]
    where = {"text": words[0], "where": "?item category boat", "rerank": True, "hybrid": True}
    return [
        *searches,
        ("POST", "/v1/search", where),
        ("GET", f"/v1/graph/{words[0]}", None),
        ("GET", "/v1/run", None),
        ("GET", "/v1/items/image%3Astamp%203/neighbours?k=3", None),
        ("GET", "/v1/items/image%3Astamp%203/media", None),
    ]


def test_sixteen_clients_are_all_answered(
    serving: Any, tiny_searcher: Searcher, asked: list[tuple[str, str, dict[str, Any] | None]]
) -> None:
    with serving(tiny_searcher, ServerOptions(port=0)) as server:

        def client(number: int) -> list[int]:
            """Ask on one connection until the time is up."""
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            end, statuses = time.monotonic() + SECONDS, list[int]()
            while len(statuses) < FEWEST or time.monotonic() < end:
                method, path, body = asked[(number + len(statuses)) % len(asked)]
                sent = None if body is None else json.dumps(body).encode()
                connection.request(method, path, sent, {"Content-Type": "application/json"} if sent else {})
                response = connection.getresponse()
                response.read()
                statuses.append(response.status)
            connection.close()
            return statuses

        with ThreadPoolExecutor(CLIENTS) as clients:
            found = list(clients.map(client, range(CLIENTS)))
    assert {status for statuses in found for status in statuses} == {200}
    assert min(map(len, found)) >= FEWEST
