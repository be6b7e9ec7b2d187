"""The server itself: uvicorn with bounds, started and stopped."""

from __future__ import annotations

import gc
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any

from kgx.errors import ConfigError, MissingExtraError
from kgx.serve.options import ServerOptions

if TYPE_CHECKING:
    import uvicorn

    from kgx.search import Searcher
    from kgx.serve.editing import EditableRun

__all__ = ["listen", "make_server", "serve"]

_BACKLOG = 256  # connections that the system keeps waiting
_SWITCH = 0.001  # seconds that a thread may keep the interpreter while the one that reads and writes waits


def serve(searcher: Searcher, options: ServerOptions, *, editable: EditableRun | None = None) -> None:
    """Serve a run until the process is told to end; what is in flight then is answered first.

    Args:
        searcher: the opened run.
        options: where, and whom.
        editable: what adds and removes items, where the run can be edited.

    Raises:
        MissingExtraError: the extra ``serve`` is not installed.
    """
    server = make_server(searcher, options, editable=editable)
    listening = listen(options)
    sys.setswitchinterval(_SWITCH)
    _allow_files(options.limits.connections)
    for told in (signal.SIGINT, signal.SIGTERM):  # uvicorn passes them on when it is done: that is no failure
        signal.signal(told, lambda *_: None)
    # What is loaded stays: looking through it again and again would stop every thread.
    gc.collect()
    gc.freeze()
    host, port = listening.getsockname()[:2]
    print(f"serving on http://{f'[{host}]' if ':' in host else host}:{port}", file=sys.stderr, flush=True)
    server.run(sockets=[listening])


def listen(options: ServerOptions) -> socket.socket:
    """Return a socket that listens where a server is to be.

    Raises:
        ConfigError: there is no such address, or somebody else listens there.
    """
    try:
        family, *_, address = socket.getaddrinfo(
            options.host, options.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address, family=family, backlog=_BACKLOG)
    except OSError as error:
        raise ConfigError(f"cannot listen on {options.host}, port {options.port}: {error}") from error


def make_server(
    searcher: Searcher, options: ServerOptions, *, editable: EditableRun | None = None
) -> uvicorn.Server:
    """Return a server that is not running yet; the arguments are those of :func:`serve`."""
    try:
        import httptools  # noqa: F401
        import prometheus_client  # noqa: F401
        import python_multipart  # noqa: F401
        import uvicorn
        from fastapi import FastAPI  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(error.name or "fastapi", extra="serve") from error
    from kgx.serve.app import create_app
    from kgx.serve.connections import bounded_protocol
    from kgx.serve.metrics import Metrics

    metrics, limits = Metrics(), options.limits
    protocol: Any = bounded_protocol(limits, metrics)
    return uvicorn.Server(
        uvicorn.Config(
            create_app(searcher, options, editable=editable, metrics=metrics),
            http=protocol,
            ws="none",
            lifespan="on",
            backlog=_BACKLOG,
            timeout_keep_alive=limits.idle_seconds,
            timeout_graceful_shutdown=limits.shutdown_seconds,
            server_header=False,
            proxy_headers=False,
            access_log=False,
            log_level="error",
        )
    )


def _allow_files(connections: int) -> None:
    """Let the process hold as many files as there may be connections."""
    try:
        import resource
    except ImportError:  # not a POSIX system
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + 256
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
