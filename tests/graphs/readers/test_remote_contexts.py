"""JSON-LD contexts that stand elsewhere: fetched only where that is allowed, and within bounds."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from graphs.errors import GraphFormatError
from graphs.readers.documents import read_document
from graphs.readers.reading import Reading

CONTEXT = {"@context": {"eats": {"@id": "http://e/eats", "@type": "@id"}}}
asked: list[str] = []


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked.append(self.path)
        if self.path == "/page":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Link", '</context.jsonld>; rel="alternate"; type="application/ld+json"')
            self.end_headers()
        elif self.path == "/large":
            self.send_response(200)
            self.send_header("Content-Type", "application/ld+json")
            self.end_headers()
            self.wfile.write(b" " * (9 << 20))
        elif self.path == "/context.jsonld":
            self.send_response(200)
            self.send_header("Content-Type", "application/ld+json")
            self.end_headers()
            self.wfile.write(json.dumps(CONTEXT).encode())
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that it has
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()


def read(folder: Path, context: object, *, allow_remote: bool = True) -> list[str]:
    path = folder / "birds.jsonld"
    path.write_text(json.dumps({"@context": context, "@id": "http://e/owl", "eats": "http://e/mouse"}))
    reading = Reading(path, path.name, "json-ld", allow_remote=allow_remote)
    return sorted(name for block in read_document(reading) for name in block.pools.nodes.to_pylist())


@pytest.mark.parametrize("place", ["/context.jsonld", "/page"])
def test_a_context_is_fetched_where_that_is_allowed(place: str, server: str, tmp_path: Path) -> None:
    assert read(tmp_path, server + place) == ["http://e/mouse", "http://e/owl"]
    asked.clear()
    with pytest.raises(GraphFormatError, match="nothing is fetched"):
        read(tmp_path, server + place, allow_remote=False)
    assert asked == []


def test_a_context_of_its_own_needs_no_fetching(server: str, tmp_path: Path) -> None:
    asked.clear()
    assert read(tmp_path, CONTEXT["@context"]) == ["http://e/mouse", "http://e/owl"]
    assert asked == []


@pytest.mark.parametrize(
    ("context", "says"),
    [
        ("{server}/none", "cannot be fetched: HTTP Error 404"),
        ("{server}/large", "is longer than 8,388,608 bytes"),
        ("ftp://127.0.0.1/context", "is no HTTP address"),
        ("file:///etc/passwd", "is outside the document's folder"),
        ("../context.jsonld", "is outside the document's folder"),
        ("missing.jsonld", "cannot be read"),
    ],
)
def test_what_cannot_or_must_not_be_fetched_is_said(
    context: str, says: str, server: str, tmp_path: Path
) -> None:
    with pytest.raises(GraphFormatError, match=says):
        read(tmp_path, context.format(server=server))


def test_a_context_beside_the_document_is_read(tmp_path: Path) -> None:
    (tmp_path / "context.jsonld").write_text(json.dumps(CONTEXT))
    assert read(tmp_path, "context.jsonld") == ["http://e/mouse", "http://e/owl"]
