"""Clients of the load benchmark: they ask for everything, and count what fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from experiments.benchmarks.search_clients import Client, ask_at_once, request_of

LENGTH = 300_000  # bytes of an answer: it does not come at once


class Answering(BaseHTTPRequestHandler):
    """Answers everything but what is called "bad", and leaves whoever asks for "gone"."""

    protocol_version = "HTTP/1.1"
    asked: list[str]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body["text"])
        if body["text"] == "gone":
            self.close_connection = True
            return
        self.send_response(500 if body["text"] == "bad" else 200)
        self.send_header("Content-Length", str(LENGTH))
        self.end_headers()
        self.wfile.write(b" " * LENGTH)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def answering() -> Iterator[ThreadingHTTPServer]:
    Answering.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_all_clients_ask_and_failures_are_counted(answering: ThreadingHTTPServer) -> None:
    queries = ["one", "two", "bad", "gone"]
    port = answering.server_address[1]
    requests = [request_of(query, "image") for query in queries]
    times, errors, took = ask_at_once(port, requests, clients=4, seconds=0.3)
    assert len(times) == len(Answering.asked)
    failed = Answering.asked.count("bad"), Answering.asked.count("gone")
    assert min(failed) > 0
    assert errors == sum(failed)
    assert set(Answering.asked) == set(queries)
    assert took >= 0.3


def test_one_client_keeps_its_connection(answering: ThreadingHTTPServer) -> None:
    client = Client(answering.server_address[1])
    told = [client.ask(request_of(query, "image")) for query in ("owl", "bad", "an “owl”")]
    assert told == [200, 500, 200]
    assert Answering.asked == ["owl", "bad", "an “owl”"]
    with pytest.raises(ConnectionResetError):
        client.ask(request_of("gone", "image"))
    client.close()
