"""``/v1/graph``: the knowledge graph, concept by concept; and ``/v1/run``: what the run holds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic_core import to_json

from kgx.serve.bodies import JSON
from kgx.serve.context import Context
from kgx.serve.request_schemas import Count, Id, PassedOver
from kgx.serve.response_schemas import Entity, RunShown
from kgx.serve.service import ENDS

__all__ = ["router"]


def router(context: Context) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["graph"])

    @routes.get("/v1/graph/{entity:path}", summary="A concept of the graph", response_model=Entity)
    async def entity(
        entity: Id,
        relation: Annotated[
            Id | None, Query(description="IRI of the only relation to be shown; left out, all are.")
        ] = None,
        limit: Annotated[
            Count, Query(description="Number of neighbours of each relation, and of items, at most.")
        ] = ENDS,
        offset: Annotated[
            PassedOver, Query(description="Number of each to pass over: for the next page.")
        ] = 0,
    ) -> Response:
        """Return what a concept is called, what it is, what is around it, and the items that are linked to it.

        It is named by IRI, CURIE or label.
        """
        context.check_count(limit, "a limit")
        found = await context.call(
            context.service.entity, entity, relation=relation, limit=limit, offset=offset
        )
        return Response(to_json(found), media_type=JSON)

    @routes.get("/v1/run", summary="What can be searched", response_model=RunShown)
    async def run() -> Response:
        """Return how many items there are of which kind, and what they are filed under."""
        limits = context.options.limits
        shown = {
            **await context.call(context.service.describe),
            "limits": {
                "body_bytes": limits.body_bytes,
                "pixels": limits.pixels,
                "sound_seconds": limits.sound_seconds,
                "hits": limits.hits,
            },
        }
        return Response(to_json(shown), media_type=JSON)

    return routes
