"""What a server may be asked for, how much of it, and by whom."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

from kgx.errors import ConfigError

__all__ = ["FEWEST_HITS", "MOST_HITS", "Limits", "ServerOptions", "is_loopback", "read_token"]

MOST_HITS = 1_000
"""Hits that a request may ask for at the very most, whatever a server allows."""
FEWEST_HITS = 24
"""Hits that a request may ask for whatever a server allows: the page does."""

_SHORTEST = 16  # characters of a token: fewer can be guessed
_LARGEST_FILE = 4096  # bytes of a file that holds a token
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that no request crosses; each says its unit.

    Attributes:
        head_bytes: of a request's line and headers.
        body_bytes: of a request's body.
        pixels: of a picture that is searched by.
        sound_seconds: length of a sound that is searched by.
        hits: that a request may ask for, and neighbours of a concept: the largest ``k``.
        connections: open at once; when all are taken, the one that has been silent for longest makes room.
        requests: answered at once, or waiting for it; more are sent away.
        workers: threads that answer them; plain searches, which are answered together, have threads of their own.
        head_seconds: until a connection has sent a request's headers.
        body_seconds: until it has sent the body.
        answer_seconds: until the answer begins.
        write_seconds: until a client has taken what was sent to it.
        idle_seconds: between two requests of a connection.
        shutdown_seconds: for what is in flight when the server is stopped.

    Raises:
        ConfigError: one of them is not above 0, or ``hits`` not from :data:`FEWEST_HITS` to :data:`MOST_HITS`.
    """

    head_bytes: int = 16 << 10
    body_bytes: int = 16 << 20
    pixels: int = 32_000_000
    sound_seconds: float = 120.0
    hits: int = 100
    connections: int = 512
    requests: int = 64
    workers: int = 16
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    answer_seconds: float = 20.0
    write_seconds: float = 20.0
    idle_seconds: int = 15
    shutdown_seconds: int = 30

    def __post_init__(self) -> None:
        for name, limit in ((one.name, getattr(self, one.name)) for one in fields(self)):
            if not limit > 0:
                raise ConfigError(f"expected a limit above 0, got {name} of {limit}")
        if not FEWEST_HITS <= self.hits <= MOST_HITS:
            raise ConfigError(f"expected hits from {FEWEST_HITS} to {MOST_HITS}, got {self.hits}")


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where a server listens and whom it answers.

    Attributes:
        host: address to listen on.
        port: port to listen on; 0: any free one.
        token: what ``Authorization: Bearer`` has to bring; without it nothing can be edited.
        protect_reading: ask for the token for everything, not for editing alone; always so off loopback.
        names: further names that the server is asked by, such as that of a proxy in front of it.
        limits: what is refused.

    Raises:
        ConfigError: no token although others than this machine could connect.

    >>> ServerOptions().checks_names, ServerOptions(host="0.0.0.0", token="x" * 32).protects_reading
    (True, True)
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    protect_reading: bool = False
    names: frozenset[str] = frozenset()
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        if self.token is None and not is_loopback(self.host):
            raise ConfigError(
                f"expected a token to listen on {self.host}, where other machines can connect: "
                "give --token-file, or listen on 127.0.0.1"
            )
        if self.token is None and self.protect_reading:
            raise ConfigError("expected a token to protect reading with: give --token-file")

    @property
    def protects_reading(self) -> bool:
        """Whether searching needs the token too."""
        return self.protect_reading or not is_loopback(self.host)

    @property
    def checks_names(self) -> bool:
        """Whether requests have to name this machine.

        Where no token is asked for, a web page from elsewhere could otherwise have its own name resolve to this machine
        and read what is here (DNS rebinding).
        """
        return not self.protects_reading

    def knows(self, name: str) -> bool:
        """Whether the server answers to a name, which is written in small letters.

        >>> ServerOptions(names=frozenset({"Search.Example.org"})).knows("search.example.org")
        True
        """
        return name in _LOOPBACK_NAMES or name == self.host.lower() or name in map(str.lower, self.names)


@lru_cache(maxsize=64)  # every request asks for the one address that the server listens on
def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to an address.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.2", "::1", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def read_token(path: str | Path) -> str:
    """Read a token from the first line of a file.

    Raises:
        ConfigError: the file cannot be read, or holds no token that is worth the name.
    """
    try:
        with Path(path).open(encoding="ascii") as file:
            token = file.read(_LARGEST_FILE).partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: the token cannot be read ({error})") from error
    if len(token) < _SHORTEST or not token.isprintable() or " " in token:
        raise ConfigError(
            f"{path}: expected a token of at least {_SHORTEST} characters without blanks in the first line, "
            f"got {len(token)}; make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    return token
