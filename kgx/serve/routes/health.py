"""Whether the server is up, whether it is ready, and what it has counted."""

from __future__ import annotations

from fastapi import APIRouter, Response

from kgx.serve.context import Context
from kgx.serve.metrics import METRICS_TYPE
from kgx.serve.problems import ProblemError
from kgx.serve.response_schemas import Health

__all__ = ["router"]


def router(context: Context) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["server"])

    @routes.get("/healthz", summary="Is the server up?")
    async def healthz() -> Health:
        """Answer, whatever else is the matter."""
        return Health(status="up")

    @routes.get("/readyz", summary="Can it be asked?")
    async def readyz() -> Health:
        """Answer as soon as the first query would be as fast as any other, and until the server is stopped."""
        if not context.ready:
            raise ProblemError(
                503, "the model is being loaded, or the server stops", headers={"Retry-After": "1"}
            )
        return Health(status="ready")

    @routes.get(
        "/metrics",
        summary="Counts for Prometheus",
        responses={200: {"content": {"text/plain": {}}, "description": "Counts."}},
        response_class=Response,
    )
    async def metrics() -> Response:
        """Return counts in the text format of Prometheus."""
        context.metrics.count_items(context.service.counts())
        return Response(context.metrics.text(), media_type=METRICS_TYPE)

    return routes
