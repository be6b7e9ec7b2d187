"""The web page and its files."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from kgx.serve.guard import PAGE_POLICY
from kgx.serve.page_files import page_files
from kgx.serve.problems import ProblemError
from kgx.serve.sent_files import is_held

__all__ = ["router"]

_START = "index.html"


def router() -> APIRouter:
    """Return the routes."""
    routes = APIRouter(include_in_schema=False)
    held = page_files()

    def sent(request: Request, name: str) -> Response:
        found = held.get(name)
        if found is None:
            raise ProblemError(404, f"there is nothing at {request.url.path}")
        headers = {"ETag": found.tag, "Cache-Control": "no-cache", "Content-Security-Policy": PAGE_POLICY}
        if is_held(found.tag, request.headers.get("if-none-match")):
            return Response(status_code=304, headers=headers)
        return Response(found.content, media_type=found.type, headers=headers)

    @routes.get("/", response_model=None)
    async def start(request: Request) -> Response:
        """Return the page."""
        return sent(request, _START)

    @routes.get("/page/{name}", response_model=None)
    async def file(request: Request, name: str) -> Response:
        """Return a file of the page."""
        return sent(request, name)

    return routes
