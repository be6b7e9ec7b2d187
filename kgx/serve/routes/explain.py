"""``/v1/explain``: why an item is found for a query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic_core import to_json

from kgx.serve.bodies import JSON, MULTIPART, json_body, media_type_of
from kgx.serve.context import Context
from kgx.serve.queries import explained_query
from kgx.serve.query_form import query_form, query_schema
from kgx.serve.request_schemas import ExplainBody, ExplainForm, Id, Words
from kgx.serve.response_schemas import Explained
from kgx.serve.uploads import checked

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile

__all__ = ["router"]

_SVG = "image/svg+xml"
_DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_Format = Annotated[Literal["json", "svg"], Query(alias="format", description="A document, or a drawing.")]
_TOLD: dict[int | str, dict[str, Any]] = {200: {"model": Explained, "content": {_SVG: {}}}}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": {"$ref": "#/components/schemas/ExplainBody"}},
            MULTIPART: query_schema(ExplainForm),
        },
    }
}


def router(context: Context) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["search"])

    @routes.get("/v1/explain", summary="Why a text finds an item", responses=_TOLD, response_model=None)
    async def explain(
        text: Annotated[Words, Query(description="Words that were searched for.")],
        item: Annotated[Id, Query(description="Id of the item.")],
        kind: _Format = "json",
    ) -> Response:
        """Return the paths through the graph from words to an item, and what each adds to the score."""
        asked = ExplainBody(text=text, item=item)
        return _told(kind, await context.call(_explained, context, asked, kind, {}))

    @routes.post(
        "/v1/explain",
        summary="Why a query finds an item",
        responses=_TOLD,
        openapi_extra=_BODY,
        response_model=None,
    )
    async def explain_query(request: Request, kind: _Format = "json") -> Response:
        """Return the same for words (JSON), or for a picture, a sound and words together (a form)."""
        if media_type_of(request, JSON, MULTIPART) == JSON:
            body = await json_body(request, ExplainBody)
            return _told(kind, await context.call(_explained, context, body, kind, {}))
        form, uploads = await query_form(request, ExplainForm)
        return _told(kind, await context.call(_explained, context, form, kind, uploads))

    return routes


def _explained(
    context: Context, asked: ExplainBody | ExplainForm, kind: str, uploads: Mapping[str, UploadFile]
) -> bytes:
    with checked(uploads, context.options.limits) as files:
        found = context.service.explain(explained_query(asked, files), asked.item)
        return found.to_svg().encode() if kind == "svg" else to_json(found.to_dict())


def _told(kind: str, content: bytes) -> Response:
    if kind == "json":
        return Response(content, media_type=JSON)
    return Response(content, media_type=_SVG, headers={"Content-Security-Policy": _DRAWING_POLICY})
