"""A server that answers for the tiny world, in a thread of the test's process; real HTTP over a real socket."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kgx.editing import Edited, NewItem
from kgx.errors import KgxError
from kgx.search import Searcher
from kgx.serve.options import Limits, ServerOptions
from kgx.serve.server import listen, make_server

TOKEN = "a-token-that-nobody-guesses-0123456789"  # noqa: S105 - for tests


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Served:
    """A running server."""

    port: int
    editable: InMemoryEdits | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, method: str, path: str, body: bytes | Any = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, told, response.read())
        finally:
            connection.close()

    def search(self, **asked: Any) -> Reply:
        return self.ask("POST", "/v1/search", asked)

    def form(self, path: str, fields: Sequence[tuple[str, str | bytes]], **headers: str) -> Reply:
        """Send a form; parts of bytes are files."""
        boundary, parts = "limit-of-a-part", []
        for name, value in fields:
            named = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
            if isinstance(value, bytes):
                named += '; filename="../../f.png"\r\nContent-Type: application/octet-stream'
                parts.append(named.encode() + b"\r\n\r\n" + value)
            else:
                parts.append(named.encode() + b"\r\n\r\n" + value.encode())
        body = b"\r\n".join([*parts, f"--{boundary}--\r\n".encode()])
        sent = {"Content-Type": f"multipart/form-data; boundary={boundary}", **headers}
        return self.ask("POST", path, body, sent)


@dataclass
class InMemoryEdits:
    """Notes what is to be edited, and refuses an item called "broken"."""

    searcher: Searcher
    added: dict[str, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)

    def add(self, items: Sequence[NewItem]) -> Edited:
        if any(item.id == "broken" for item in items):
            raise KgxError("broken: it cannot be read")
        fresh = tuple(item.id for item in items if item.id not in self.added)
        again = tuple(item.id for item in items if item.id in self.added)
        self.added |= {
            item.id: item.value.read_bytes().decode(errors="replace")
            if isinstance(item.value, Path)
            else item.value
            for item in items
        }
        return Edited(added=fresh, replaced=again)

    def remove(self, ids: Sequence[str]) -> Edited:
        self.removed += ids
        return Edited(removed=tuple(ids))


@contextmanager
def running(
    searcher: Searcher, options: ServerOptions, editable: InMemoryEdits | None = None
) -> Iterator[Served]:
    """Run a server while the block lasts."""
    server = make_server(searcher, options, editable=editable)
    listening = listen(options)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    port: int = listening.getsockname()[1]
    try:
        deadline = time.monotonic() + 30
        while _status(port) != 200:
            assert time.monotonic() < deadline, "the server does not get ready"
            time.sleep(0.02)
        yield Served(port, editable)
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


def _status(port: int) -> int:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/readyz", headers={"Host": "localhost"})
        return connection.getresponse().status
    except OSError:
        return 0


@pytest.fixture(scope="session")
def tiny_searcher(tiny_run: Path, pretrained: Any) -> Searcher:
    return replace(Searcher.open(tiny_run), encoders=pretrained.world.encoders)


@pytest.fixture(scope="session")
def served(tiny_searcher: Searcher) -> Iterator[Served]:
    """Reading is open, editing needs the token; small limits, so that they are met soon."""
    limits = Limits(body_bytes=200_000, pixels=10_000, sound_seconds=2.0, hits=96)
    edits = InMemoryEdits(tiny_searcher)
    with running(tiny_searcher, ServerOptions(port=0, token=TOKEN, limits=limits), edits) as server:
        yield server


@pytest.fixture(scope="session")
def serving() -> Callable[..., Any]:
    """Start further servers: a context manager."""
    return running


@pytest.fixture(scope="session")
def shown_searcher(tiny_searcher: Searcher, tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """The tiny run, its items' files replaced by pictures and sounds that a browser shows and plays."""
    import soundfile

    root = tmp_path_factory.mktemp("shown")
    for number in range(40):
        colour = tuple(int(part) for part in np.random.default_rng(number).integers(60, 250, 3))
        Image.new("RGB", (160, 120), colour).save(root / f"{number}.picture", format="PNG")
        if number % 3 == 0:
            tone = 0.2 * np.sin(np.arange(4000) * (0.05 + number / 100))
            soundfile.write(root / f"{number}.sound", tone, 8000, format="WAV")
    return replace(tiny_searcher, run=replace(tiny_searcher.run, root=root))
