"""The way of a search, which is to cost next to nothing beside what it waits for.

Finding the route, the framework's layers and what they check take as long as a tenth of a query of words. Searches are
therefore handed to what answers them directly; all else, and the description of searches too, is the application's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.requests import Request

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Shortcut"]


class Shortcut:
    """ASGI middleware that answers POST to one path itself; errors are left to what is around it.

    Args:
        app: answers everything else.
        path: the path.
        answer: answers requests there.
    """

    def __init__(self, app: ASGIApp, path: str, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self._app = app
        self._answer = answer
        self.path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http" or scope["path"] != self.path or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        scope["route"] = self  # by its path it is counted
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        finally:
            await request.close()
        await response(scope, receive, send)
