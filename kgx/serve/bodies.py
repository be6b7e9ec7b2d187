"""Bodies of requests: JSON, or a form with files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from kgx.serve.fault_places import placed
from kgx.serve.problems import ProblemError, validation_problem

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile
    from starlette.requests import Request

__all__ = ["JSON", "MULTIPART", "form_body", "form_schema", "json_body", "media_type_of"]

JSON = "application/json"
MULTIPART = "multipart/form-data"
_MOST_FIELDS = 64
_FIELD_BYTES = 64 << 10
_SEVERAL = frozenset({"where", "filter", "without"})
_OBJECTS = {"weights": '{"text": 1, "image": -0.5}'}
_CONTENT = {
    "image": "image/png, image/jpeg, image/gif, image/webp, image/svg+xml",
    "audio": "audio/wav, audio/ogg, audio/flac, audio/mpeg",
}

_Model = TypeVar("_Model", bound=BaseModel)


def media_type_of(request: Request, *allowed: str) -> str:
    """Return the media type of a request's body.

    Raises:
        ProblemError: 415: it is none of those that are allowed.
    """
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent not in allowed:
        raise ProblemError(415, f"expected a body of type {' or '.join(allowed)}, got {sent or 'none'}")
    return sent


async def json_body(request: Request, model: type[_Model]) -> _Model:
    """Read a body of JSON, strictly.

    Raises:
        ProblemError: 400: it is no JSON; 422: it is not what was expected.
    """
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        raise _invalid(error, _read(await request.body())) from error


async def form_body(
    request: Request, model: type[_Model], *, files: Collection[str]
) -> tuple[_Model, dict[str, UploadFile]]:
    """Read a form.

    Args:
        request: the request.
        model: what its fields have to be; lists are fields that may come several times, mappings are JSON.
        files: names of the files that it may have.

    Raises:
        ProblemError: 400: it is no form; 422: it has other parts than it may, or a part too often.
    """
    from starlette.datastructures import UploadFile
    from starlette.exceptions import HTTPException
    from starlette.formparsers import MultiPartException

    try:
        form = await request.form(max_files=len(files), max_fields=_MOST_FIELDS, max_part_size=_FIELD_BYTES)
    except (HTTPException, MultiPartException) as error:  # which of them depends on who calls
        told = error.detail if isinstance(error, HTTPException) else error.message
        raise ProblemError(400, f"the form cannot be read: {told}") from error
    fields: dict[str, list[str]] = {}
    sent: dict[str, UploadFile] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if name not in files or name in sent:
                raise ProblemError(422, f"expected files {', '.join(files)}, each once at most, got {name!r}")
            sent[name] = value
        elif name not in model.model_fields:
            raise ProblemError(422, f"expected fields {', '.join(model.model_fields)}, got {name!r}")
        else:
            fields.setdefault(name, []).append(value)
    values = {name: _value(name, told) for name, told in fields.items()}
    try:
        return model.model_validate(values), sent
    except ValidationError as error:
        raise _invalid(error, values) from error


def form_schema(
    model: type[BaseModel],
    files: Mapping[str, str],
    *,
    any_of: Collection[str] = (),
    anyway: Collection[str] = (),
) -> dict[str, Any]:
    """Return how OpenAPI describes a form.

    Args:
        model: of its fields.
        files: name of a file -> what it is for.
        any_of: parts of which there has to be one.
        anyway: files that there have to be.
    """
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    binary = {
        name: {"type": "string", "format": "binary", "description": told} for name, told in files.items()
    }
    fields = {name: _without_null(told) for name, told in schema["properties"].items()}
    described = {**schema, "properties": {**fields, **binary}}
    if any_of:
        described["anyOf"] = [{"required": [name]} for name in any_of]
    if anyway:
        described["required"] = [*schema.get("required", ()), *anyway]
    encoding = {name: {"contentType": _CONTENT[name]} for name in files if name in _CONTENT}
    return {"schema": described, "encoding": encoding} if encoding else {"schema": described}


def _without_null(field: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a form's field, which is left out where it is to be null: it cannot say so."""
    branches = [branch for branch in field.get("anyOf", ()) if branch.get("type") != "null"]
    if len(branches) == len(field.get("anyOf", ())):
        return dict(field)
    told = {name: value for name, value in field.items() if name != "anyOf"}
    if told.get("default", ...) is None:
        del told["default"]
    return {**branches[0], **told} if len(branches) == 1 else {**told, "anyOf": branches}


def _value(name: str, told: list[str]) -> Any:
    """Return the value of a field from what a form said of it."""
    if name in _SEVERAL:
        return told
    if len(told) > 1:
        raise ProblemError(422, f"expected the field {name} once, got it {len(told)} times")
    if name not in _OBJECTS:
        return told[0]
    try:
        return from_json(told[0])
    except ValueError as error:
        raise ProblemError(422, f"/{name}: expected JSON, such as {_OBJECTS[name]}") from error


def _read(body: bytes) -> Any:
    """Return what a body says; nothing where it is no JSON."""
    try:
        return from_json(body)
    except ValueError:
        return None


def _invalid(error: ValidationError, sent: Any) -> ProblemError:
    faults = placed(error.errors(include_url=False, include_input=False), sent)
    return validation_problem(faults, source="body")
