"""The application: routes, errors, description and guard put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from kgx.serve.context import Context
from kgx.serve.guard import Guard
from kgx.serve.metrics import Metrics
from kgx.serve.openapi import describe_interface
from kgx.serve.options import ServerOptions
from kgx.serve.problems import install
from kgx.serve.service import SearchService
from kgx.serve.shortcut import Shortcut

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp

    from kgx.search import Searcher
    from kgx.serve.editing import EditableRun

__all__ = ["create_app"]

_LOOKS = 1.0  # seconds from one look at the run's folder to the next

_log = logging.getLogger(__name__)


def create_app(
    searcher: Searcher,
    options: ServerOptions | None = None,
    *,
    editable: EditableRun | None = None,
    metrics: Metrics | None = None,
) -> ASGIApp:
    """Return the ASGI application that answers for a run.

    Args:
        searcher: the opened run.
        options: whom it answers, and how much; the defaults are for this machine alone.
        editable: what adds and removes items, where the run can be edited.
        metrics: what is counted; new ones where left out.
    """
    from fastapi import FastAPI

    from kgx.serve.routes import explain, graph, health, items, page, search

    options, metrics = options or ServerOptions(), metrics or Metrics()
    context = Context(SearchService(searcher, editable, metrics.batched), options, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(_warm_up(context)), asyncio.create_task(_follow(context))]
        yield
        context.ready = False
        for task in tasks:
            task.cancel()
        await asyncio.to_thread(context.close)

    app = FastAPI(
        title="kgx",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        strict_content_type=True,
    )
    for routes in (search, items, explain, graph, health):
        app.include_router(routes.router(context))
    app.include_router(page.router())
    install(app)
    describe_interface(app, options)
    # The guard is around everything: nothing reaches a route, or leaves one, that has not passed it.
    return Guard(Shortcut(app, search.PATH, search.handler(context)), options, metrics)


async def _warm_up(context: Context) -> None:
    """Load what queries need, then say so; a run that cannot be searched is up, but never ready."""
    try:
        await context.call(context.service.warm_up)
    except Exception:
        _log.exception("the first query failed")
        return
    context.ready = True


async def _follow(context: Context) -> None:
    """Notice when another process edits the run: no request waits while it is opened again."""
    while context.service.editable is None:
        await asyncio.sleep(_LOOKS)
        await asyncio.to_thread(context.service.look)
