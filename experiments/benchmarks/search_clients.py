"""Clients of a search server that cost next to nothing: raw sockets, one thread for all, requests built beforehand.

They share the machine with the server, so what a client spends on threads and on HTTP would be taken for the server's.
"""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from selectors import EVENT_READ, DefaultSelector

__all__ = ["Client", "ask_at_once", "request_of"]

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END = b"\r\n\r\n"  # of a head
_MOST = 1 << 16  # bytes that are read at a time
_SECONDS = 60.0  # without an answer


def request_of(text: str, to: str) -> bytes:
    """Return the request that searches for a text.

    >>> request_of("owl", "image").splitlines()[0]
    b'POST /v1/search HTTP/1.1'
    """
    body = json.dumps({"text": text, "to": to}).encode()
    head = (
        "POST /v1/search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Client:
    """One connection that is kept, with one request on it at a time.

    Args:
        port: of a server on this machine.

    Raises:
        OSError: nobody listens there.
    """

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._got = b""
        self._whole = 0  # bytes of the answer; 0: its head has not come yet

    def send(self, request: bytes) -> None:
        """Ask."""
        self._got, self._whole = b"", 0
        self.socket.sendall(request)

    def receive(self) -> int | None:
        """Read what has come; return the answer's status when it has come whole.

        Raises:
            OSError: the connection is lost.
        """
        some = self.socket.recv(_MOST)
        if not some:
            raise ConnectionResetError("the server has closed the connection")
        self._got += some
        if not self._whole:
            head = self._got.find(_END)
            if head < 0:
                return None
            length = _LENGTH.search(self._got, 0, head + 2)
            self._whole = head + len(_END) + (int(length[1]) if length else 0)
        return None if len(self._got) < self._whole else int(self._got[9:12])

    def ask(self, request: bytes) -> int:
        """Ask, read the whole answer, and return its status."""
        self.send(request)
        while (status := self.receive()) is None:
            pass
        return status

    def close(self) -> None:
        """End the connection."""
        self.socket.close()


def ask_at_once(
    port: int, requests: Sequence[bytes], *, clients: int, seconds: float
) -> tuple[list[float], int, float]:
    """Ask from several clients at once for a while, each again as soon as it has been answered.

    Args:
        port: of a server on this machine.
        requests: what is asked, shared out among the clients.
        clients: how many.
        seconds: how long; what has been asked by then is waited for.

    Returns:
        Seconds of every request, the number of those without a good answer, and the seconds that all took together.
    """
    times: list[float] = []
    errors = 0
    with DefaultSelector() as ready:
        start = time.perf_counter()

        def begin(client: Client, mine: Iterator[bytes]) -> None:
            ready.register(client.socket, EVENT_READ, (client, mine, time.perf_counter()))
            client.send(next(mine))

        for number in range(clients):
            begin(Client(port), cycle(islice(requests, number, None, clients)))
        while ready.get_map():
            come = ready.select(_SECONDS)
            if not come:  # nobody is answered any more
                errors += len(ready.get_map())
                break
            for key, _ in come:
                client, mine, begun = key.data
                try:
                    status = client.receive()
                except OSError:
                    status = 0
                if status is None:
                    continue
                now = time.perf_counter()
                times.append(now - begun)
                errors += status != 200
                ready.unregister(client.socket)
                over = now - start >= seconds
                if over or not status:
                    client.close()
                if not over:
                    begin(client if status else Client(port), mine)
        return times, errors, time.perf_counter() - start
