"""Errors as problem details (RFC 9457): what went wrong, in a form that programs and people read."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["PROBLEM_TYPE", "ProblemError", "install", "problem_body", "validation_problem"]

PROBLEM_TYPE = "application/problem+json"
"""Media type of problem details."""

_METHODS = ("GET", "POST", "DELETE")
_MOST = 8  # faults of a request that are listed
_LONGEST = 400  # characters of a sentence that may quote what was sent

_log = logging.getLogger(__name__)


class ProblemError(Exception):
    """A request that is answered by an error.

    Args:
        status: HTTP status code.
        detail: what was expected, what was got, what to do.
        headers: of the response.
        errors: the faults one by one, each with a ``pointer`` (RFC 6901) or ``parameter`` and a ``detail``.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = [dict(error) for error in errors]

    def body(self) -> bytes:
        """Return the JSON that says it."""
        return problem_body(self.status, self.detail, self.errors)

    def response(self) -> Response:
        """Return the HTTP response that says it."""
        from starlette.responses import Response

        return Response(self.body(), self.status, self.headers, PROBLEM_TYPE)


def problem_body(status: int, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> bytes:
    """Return problem details as JSON; their type is ``about:blank``, so the title is the status's.

    >>> problem_body(404, "there is no item 'x'")
    b'{"type":"about:blank","title":"Not Found","status":404,"detail":"there is no item \\'x\\'"}'
    """
    told: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _bounded(detail),
    }
    if errors:
        told["errors"] = [
            {name: _bounded(value) for name, value in error.items()} for error in errors[:_MOST]
        ]
    return to_json(told)


def validation_problem(errors: Sequence[Mapping[str, Any]], *, source: str | None = None) -> ProblemError:
    """Return the problem that pydantic's findings come to; what was sent is not sent back.

    Args:
        errors: as pydantic lists them.
        source: "body" where the places are pointers into the body; left out, each place begins with its source.
    """
    malformed = [error for error in errors if error["type"] == "json_invalid"]
    if malformed:
        reason = malformed[0].get("ctx", {}).get("error", malformed[0]["msg"])
        return ProblemError(400, f"expected JSON, got something that is none: {reason}")
    found = []
    for error in errors:
        where, *place = [source, *error["loc"]] if source else error["loc"]
        named = {"pointer": "/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in place)}
        if where in ("path", "query", "header"):
            named = {"parameter": ".".join(map(str, place))}
        found.append({**named, "detail": str(error["msg"])})
    first = found[0]
    place_named = first.get("parameter") or first.get("pointer", "")
    return ProblemError(422, f"{place_named}: {first['detail']}", errors=found)


def install(app: FastAPI) -> None:
    """Let every error of an application be answered by problem details, and none by a stack trace."""
    from fastapi.exceptions import RequestValidationError
    from starlette.exceptions import HTTPException

    async def told(_: Request, error: Exception) -> Response:
        assert isinstance(error, ProblemError)  # noqa: S101 - the handler is registered for nothing else
        return error.response()

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - the handler is registered for nothing else
        detail = {
            404: f"there is nothing at {request.url.path}",
            405: f"{request.method} is not a method of {request.url.path}",
        }.get(error.status_code, str(error.detail))
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_methods(app, request))
        return ProblemError(error.status_code, detail, headers=headers).response()

    async def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - the handler is registered for nothing else
        return validation_problem(error.errors()).response()

    app.add_exception_handler(ProblemError, told)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, invalid)


def _methods(app: FastAPI, request: Request) -> list[str]:
    """Return the methods of a path; each of its routes knows only its own."""
    from starlette.routing import Match

    found = [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in app.routes)
    ]
    return [*found, "HEAD"] if "GET" in found else found


def _bounded(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _LONGEST else one_line[: _LONGEST - 1] + "…"
