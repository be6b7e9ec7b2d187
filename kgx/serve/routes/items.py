"""``/v1/items``: an item, its file, what is like it; and adding and removing items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic_core import to_json

from kgx.editing import Edited, NewItem
from kgx.errors import MediaError
from kgx.serve.bodies import JSON, MULTIPART, form_body, form_schema, json_body, media_type_of
from kgx.serve.context import Context
from kgx.serve.media_files import UNKNOWN, MediaFile
from kgx.serve.problems import ProblemError
from kgx.serve.request_schemas import FAIR, Count, Edit, Fair, FileToAdd, Id, Offset, Sought, TextToAdd
from kgx.serve.response_schemas import EditDone, FoundNeighbours, ItemShown
from kgx.serve.sent_files import sent_file
from kgx.serve.thumbnails import LARGEST_SIDE, SMALLEST_SIDE, THUMBNAIL, thumbnail
from kgx.serve.uploads import checked

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile

__all__ = ["router"]

# A drawing may hold scripts: they are not to run, wherever it is opened.
_MEDIA_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_CONTENT: dict[str, Any] = {"image/*": {}, "audio/*": {}, UNKNOWN: {}}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": _CONTENT},
    206: {"description": "Parts of the file.", "content": {**_CONTENT, "multipart/byteranges": {}}},
    304: {"description": "The file is as the browser has it."},
}
_ADDED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": {"$ref": "#/components/schemas/Edit"}},
            MULTIPART: form_schema(FileToAdd, {"file": "Its picture or sound."}, anyway=("file",)),
        },
    }
}


def router(context: Context) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["items"])

    @routes.get("/v1/items/{id:path}/media", summary="File of an item", responses=_FILE, response_model=None)
    async def media(
        request: Request,
        id: Id,  # noqa: A002 - the parameter's name in the path
        side: Annotated[
            int | None,
            Query(
                ge=SMALLEST_SIDE,
                le=LARGEST_SIDE,
                description="A picture is reduced to fit a square of so many pixels, as JPEG, where that makes it "
                "smaller or browsers do not show it as it is.",
            ),
        ] = None,
    ) -> Response:
        """Return the picture or the sound itself; parts of it are sent where a range is asked for."""
        found = await context.call(context.service.media, id)
        headers = {"Content-Security-Policy": _MEDIA_POLICY, "Cache-Control": "private, max-age=300"}
        reduced = None if side is None else await context.call(_reduced, found, side)
        if reduced is not None:
            return Response(reduced, media_type=THUMBNAIL, headers=headers)
        if found.packed:
            headers["Content-Encoding"] = "gzip"
        if found.type == UNKNOWN:
            headers["Content-Disposition"] = "attachment"
        return sent_file(request, found.path, found.type, headers)

    @routes.get(
        "/v1/items/{id:path}/neighbours", summary="Items like an item", response_model=FoundNeighbours
    )
    async def neighbours(
        id: Id,  # noqa: A002
        to: Annotated[Sought, Query(description="What to look for.")] = "any",
        k: Annotated[Count, Query(description="Number of items, at most.")] = 10,
        offset: Annotated[Offset, Query(description="Number of items to pass over.")] = 0,
        fair: Annotated[Fair, Query(description=FAIR)] = None,
    ) -> Response:
        """Return the items nearest to an item."""
        context.check_count(k)
        hits = await context.call(context.service.neighbours, id, to, k, offset, fair)
        return Response(to_json({"to": to, "k": k, "offset": offset, "hits": hits}), media_type=JSON)

    @routes.get("/v1/items/{id:path}", summary="An item", response_model=ItemShown)
    async def item(id: Id) -> Response:  # noqa: A002
        """Return what is shown of an item."""
        return Response(to_json(await context.call(context.service.item, id)), media_type=JSON)

    @routes.post(
        "/v1/items",
        summary="Add items",
        responses={200: {"model": EditDone}},
        openapi_extra=_ADDED,
        response_model=None,
    )
    async def add(request: Request) -> Response:
        """Add texts (JSON), or one picture or sound (a form); an item of the same id is replaced."""
        if media_type_of(request, JSON, MULTIPART) == JSON:
            edit = await json_body(request, Edit)
            return _done(await context.call(context.service.add, [_text(told) for told in edit.items]))
        told, uploads = await form_body(request, FileToAdd, files=("file",))
        if "file" not in uploads:
            raise ProblemError(422, "expected a part file with the picture or the sound")
        return _done(await context.call(_add_file, context, told, uploads["file"]))

    @routes.delete("/v1/items", summary="Remove items", response_model=EditDone)
    async def remove(id: Annotated[list[Id], Query(min_length=1, max_length=20)]) -> Response:  # noqa: A002
        """Remove items, all that are named or none."""
        return _done(await context.call(context.service.remove, id))

    return routes


def _reduced(found: MediaFile, side: int) -> bytes | None:
    """Return a thumbnail, or nothing where the file itself is to be sent.

    Raises:
        ProblemError: 422: the picture is broken or too large to be reduced.
    """
    try:
        return thumbnail(found, side)
    except MediaError as error:
        reason = str(error).removeprefix(f"{found.path}: ").replace(str(found.path), "its file")
        raise ProblemError(422, f"the picture cannot be reduced: {reason}") from error


def _add_file(context: Context, told: FileToAdd, upload: UploadFile) -> Edited:
    said = {"category": told.category, "title": told.title}
    metadata = {name: value for name, value in said.items() if value}
    with checked({told.modality: upload}, context.options.limits) as files:
        item = NewItem(told.id, told.modality, files[told.modality], told.entity, told.language, metadata)
        return context.service.add([item])


def _text(told: TextToAdd) -> NewItem:
    return NewItem(told.id, told.modality, told.value, told.entity, told.language, told.metadata)


def _done(edited: Edited) -> Response:
    told = {"added": edited.added, "replaced": edited.replaced, "removed": edited.removed}
    return Response(to_json(told), media_type=JSON)
