"""What is slow, large or too much is refused, and the server goes on."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from kgx.search import Searcher
from kgx.serve.options import Limits, ServerOptions

HEAD = b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def answer(connection: socket.socket) -> bytes:
    """Read until the server closes the connection."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


@pytest.fixture(scope="module")
def narrow(serving: Any, tiny_searcher: Searcher) -> Iterator[Any]:
    """A server with few connections and little patience."""
    limits = Limits(
        connections=12,
        requests=3,
        head_bytes=4096,
        body_bytes=20_000,
        head_seconds=0.5,
        body_seconds=0.5,
        workers=2,
    )
    with serving(tiny_searcher, ServerOptions(port=0, limits=limits)) as server:
        yield server


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", 408),
        (b"GET / HTTP/1.1\r\nHost: loc", 408),
        (HEAD + b"Content-Length: 100\r\n\r\n{", 408),
        (HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"te', 408),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nA: " + b"a" * 5000, 431),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nA: " + b"a" * 5000 + b"\r\n\r\n", 431),
        (b"GET /" + b"a" * 8200 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 414),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (HEAD + b"Content-Length: -1\r\n\r\n", 400),
        (HEAD + b"Content-Length: 99999999\r\n\r\n", 413),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + 30 * (b"400\r\n" + b"a" * 1024 + b"\r\n"), 413),
        (HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ],
)
def test_what_is_no_proper_request(narrow: Any, sent: bytes, status: int) -> None:
    with connect(narrow.port) as connection:
        connection.sendall(sent)
        told = answer(connection)
    head, _, body = told.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), told[:200]
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == status


def test_slow_connections_make_room_for_others(narrow: Any) -> None:
    slow = []
    try:
        for number in range(60):
            slow.append(connect(narrow.port))
            slow[-1].sendall(b"GET / HTTP/1.1\r\nHo" if number % 2 else HEAD + b"Content-Length: 9\r\n\r\n{")
            if number % 20 == 19:
                assert narrow.search(text="a bird", k=1).status == 200
        counts = narrow.ask("GET", "/metrics").body.decode()
        connections = next(line for line in counts.splitlines() if line.startswith("kgx_connections "))
        assert float(connections.split()[1]) <= 12
    finally:
        for connection in slow:
            connection.close()


def test_as_many_slow_connections_as_can_be_shut_nobody_out(serving: Any, tiny_searcher: Searcher) -> None:
    """Both ends of every connection are files of this process: half of what it may open, less what it needs itself."""
    resource = pytest.importorskip("resource", reason="not a POSIX system")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * 1_500 + 500
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    many = min(1_500, (allowed - 500) // 2)
    if many < 100:
        pytest.skip(f"only {allowed} files may be open")
    limits = Limits(connections=many // 3, head_seconds=2.0, body_seconds=2.0)
    slow: list[socket.socket] = []
    try:
        with serving(tiny_searcher, ServerOptions(port=0, limits=limits)) as server:
            for number in range(many):
                slow.append(connect(server.port))
                slow[-1].sendall(
                    b"GET / HTTP/1.1\r\nHo" if number % 2 else HEAD + b"Content-Length: 99\r\n\r\n{"
                )
                if number % (many // 5) == many // 5 - 1:
                    assert server.search(text="a bird", k=1).status == 200
            for connection in slow:  # those that are still open hope to be waited for
                with suppress(OSError):
                    connection.sendall(b"s")
            assert server.search(text="a bird", k=1).status == 200
            counts = server.ask("GET", "/metrics").body.decode()
            held = next(line for line in counts.splitlines() if line.startswith("kgx_connections "))
            assert float(held.split()[1]) <= many // 3
            assert [connection for connection in slow if not ended(connection)] == []
            assert server.search(text="a bird", k=1).status == 200
    finally:
        for connection in slow:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def ended(connection: socket.socket) -> bool:
    """Whether the server closes a connection before anybody's patience ends; a byte now and then does not help it."""
    connection.settimeout(0.5)
    for _ in range(40):
        try:
            connection.sendall(b" ")
            if not connection.recv(65536):
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


def test_a_connection_is_kept_for_the_next_request(narrow: Any) -> None:
    with connect(narrow.port) as connection:
        connection.sendall(3 * b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        told = b""
        while told.count(b'{"status":"up"}') < 3:
            told += connection.recv(65536)
        time.sleep(0.6)  # longer than it may take to send a head
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(("asked", "at_once"), [({}, 1), ({"rerank": True}, 2)], ids=["plain", "further"])
def test_more_than_can_be_answered_at_once(
    narrow: Any,
    tiny_searcher: Searcher,
    monkeypatch: pytest.MonkeyPatch,
    asked: dict[str, bool],
    at_once: int,
) -> None:
    entered, let_go = threading.Semaphore(0), threading.Event()

    def hold(answer: Callable[..., Any]) -> Callable[..., Any]:
        def held(*given: Any, **named: Any) -> Any:
            entered.release()
            assert let_go.wait(10)
            return answer(*given, **named)

        return held

    # Plain ones that come together are encoded together and then found; all others are searched one by one.
    for name in ("search", "find"):
        monkeypatch.setattr(Searcher, name, hold(getattr(Searcher, name)))
    told: list[int] = []
    threads = [
        threading.Thread(target=lambda: told.append(narrow.search(text="a bird", k=1, **asked).status))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for _ in range(at_once):  # plain ones wait for the next batch, others for one of two threads
        assert entered.acquire(timeout=10)
    while b"kgx_requests_in_flight 4.0" not in narrow.ask("GET", "/metrics").body:
        pass
    busy = narrow.search(text="a boat", k=1)
    assert (busy.status, busy.headers["retry-after"]) == (503, "1")
    assert narrow.ask("GET", "/healthz").status == 200
    let_go.set()
    for thread in threads:
        thread.join(10)
    assert told == [200, 200, 200]


def test_an_answer_that_takes_too_long(
    serving: Any, tiny_searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()
    limits = Limits(answer_seconds=0.2)
    with serving(tiny_searcher, ServerOptions(port=0, limits=limits)) as server:
        monkeypatch.setattr(Searcher, "search", lambda *_, **__: [let_go.wait(10)] * 0)
        told = server.search(text="a bird")
        let_go.set()
    assert (told.status, told.json["title"]) == (504, "Gateway Timeout")


def test_a_failure_says_nothing_of_itself(
    narrow: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(Searcher, "search", fail)
    told = narrow.search(text="a bird")
    assert told.status == 500
    assert told.json["detail"] == "the server failed; its log says why"
    assert "a secret" in caplog.text


def test_what_is_in_flight_is_answered_before_the_end(tiny_run: Path, tmp_path: Path) -> None:
    """A process of its own, told to end in the midst of a request whose body is still to come."""
    script = tmp_path / "serve.py"
    script.write_text(
        "import sys\n"
        "from kgx.encoders import ENCODERS\n"
        "from kgx.testing import SketchEncoder, SoundEncoder, WordEncoder\n"
        "for kind in (WordEncoder, SketchEncoder, SoundEncoder):\n"
        "    ENCODERS[kind.id] = lambda threads=2, kind=kind: kind()\n"
        "sys.argv = ['kgx', 'serve', sys.argv[1], '--port', '0']\n"
        "from kgx.cli import main\n"
        "main()\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(script), str(tiny_run)], stderr=subprocess.PIPE, text=True, env=os.environ
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line.startswith("serving on http://127.0.0.1:"), line
    body = b'{"text": "a bird", "k": 1}'
    with connect(int(line.rpartition(":")[2])) as connection:
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body[:5])
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        connection.sendall(body[5:])
        assert answer(connection).startswith(b"HTTP/1.1 200")
    assert process.wait(20) == 0
    assert process.stderr.read() == ""
