"""Who may do what: the bearer token (RFC 6750), and the names that the server answers to."""

from __future__ import annotations

import hmac

from kgx.serve.options import ServerOptions
from kgx.serve.problems import ProblemError

__all__ = ["check_name", "check_token", "needs_token"]

_EDITING = frozenset({"POST", "DELETE"})
_SCHEME = b"bearer"


def needs_token(options: ServerOptions, method: str, path: str) -> bool:
    """Whether a request has to bring the token.

    Pages and the description of the interface hold nothing of the run, and probes of health have no token to bring.

    >>> needs_token(ServerOptions(), "POST", "/v1/search"), needs_token(ServerOptions(), "POST", "/v1/items")
    (False, True)
    """
    if path == "/v1/items" and method in _EDITING:
        return True
    return options.protects_reading and (path.startswith("/v1/") or path == "/metrics")


def check_token(options: ServerOptions, method: str, path: str, authorization: bytes | None) -> None:
    """Refuse a request that brings no token where one is needed, or a wrong one anywhere.

    The comparison takes the same time wherever the first difference is.

    Raises:
        ProblemError: 401.
    """
    scheme, _, brought = (authorization or b"").partition(b" ")
    bearer = brought.strip() if scheme.lower() == _SCHEME else None
    needed = needs_token(options, method, path)
    if bearer is None and not needed:
        return
    if options.token is None:
        if needed:
            told = "editing is off: start the server with --token-file to allow it"
            raise ProblemError(401, told, headers=_challenge())
        return
    if bearer is None:
        raise ProblemError(401, "expected the header Authorization: Bearer …", headers=_challenge())
    if not hmac.compare_digest(bearer, options.token.encode()):
        raise ProblemError(401, "the token is not the right one", headers=_challenge('error="invalid_token"'))


def check_name(options: ServerOptions, host: bytes | None) -> None:
    """Refuse a request that asks for another machine than this, where that matters.

    Args:
        options: the server's.
        host: the header ``Host``.

    Raises:
        ProblemError: 421.

    >>> check_name(ServerOptions(), b"localhost:8000")
    """
    if not options.checks_names:
        return
    name = (host or b"").decode("latin-1").strip().lower()
    name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
    if not options.knows(name):
        raise ProblemError(
            421,
            "the server is not known by the name it was asked by: start it with --name to allow that name",
        )


def _challenge(error: str = "") -> dict[str, str]:
    return {"WWW-Authenticate": ", ".join(filter(None, ['Bearer realm="kgx"', error]))}
