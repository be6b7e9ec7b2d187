"""``POST /v1/search``: words, a picture, a sound or several of them in, the nearest items out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from pydantic_core import to_json

from kgx.serve.bodies import JSON, MULTIPART, json_body, media_type_of
from kgx.serve.context import Context
from kgx.serve.queries import Query, query_of
from kgx.serve.query_form import query_form, query_schema
from kgx.serve.request_schemas import SearchBody, SearchForm
from kgx.serve.response_schemas import Found
from kgx.serve.uploads import checked

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile

__all__ = ["PATH", "handler", "router"]

PATH = "/v1/search"
"""Where searches are sent."""

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {"$ref": "#/components/schemas/SearchBody"},
                "examples": {
                    "words": {"value": {"text": "a bird of prey", "to": "image", "k": 10}},
                    "anything": {"value": {"text": "something that makes music"}},
                },
            },
            MULTIPART: query_schema(SearchForm),
        },
    }
}


def router(context: Context) -> APIRouter:
    """Return the route, which describes what :func:`handler` does."""
    routes = APIRouter(tags=["search"])
    routes.add_api_route(
        PATH,
        handler(context),
        methods=["POST"],
        summary="Search",
        responses={200: {"model": Found}},
        openapi_extra=_BODY,
        response_model=None,
    )
    return routes


def handler(context: Context) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers a search; it takes the request apart itself, in a fraction of the time a framework needs."""

    async def search(request: Request) -> Response:
        """Search by words (JSON), or by a picture, a sound and words together (a form)."""
        if media_type_of(request, JSON, MULTIPART) == JSON:
            body = await json_body(request, SearchBody)
            context.check_count(body.k)
            query = query_of(body)
            if query.plain and not body.offset:
                return _told(_found(body, await context.search(query, body.k)))
            return _told(await context.call(_by_words, context, body, query))
        form, uploads = await query_form(request, SearchForm)
        context.check_count(form.k)
        return _told(await context.call(_by_files, context, form, uploads))

    return search


def _by_words(context: Context, body: SearchBody, query: Query) -> bytes:
    return _found(body, context.service.search(query, body.k, body.offset))


def _by_files(context: Context, form: SearchForm, uploads: Mapping[str, UploadFile]) -> bytes:
    with checked(uploads, context.options.limits) as files:
        return _found(form, context.service.search(query_of(form, files), form.k, form.offset))


def _found(asked: SearchBody | SearchForm, hits: list[dict[str, Any]]) -> bytes:
    return to_json({"to": asked.to, "k": asked.k, "offset": asked.offset, "hits": hits})


def _told(found: bytes) -> Response:
    return Response(found, media_type=JSON)
