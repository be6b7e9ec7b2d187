"""The load benchmark: its clients ask for everything, and count what fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from experiments.benchmarks.serve_load import load, main


class Answering(BaseHTTPRequestHandler):
    """Answers everything but what is called "bad"."""

    protocol_version = "HTTP/1.1"
    asked: list[str]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body["text"])
        self.send_response(500 if body["text"] == "bad" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

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
    queries = ["one", "two", "bad"]
    port = answering.server_address[1]
    times, errors, took = load(port, queries, "image", clients=3, seconds=0.3)
    assert len(times) == len(Answering.asked)
    assert errors == Answering.asked.count("bad") > 0
    assert set(Answering.asked) == set(queries)
    assert took >= 0.3


def test_a_run_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 1
    assert "expected a run" in capsys.readouterr().err
