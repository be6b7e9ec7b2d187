"""The description of the interface (OpenAPI 3.1): what FastAPI knows, and what it cannot know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from kgx import __version__
from kgx.serve.access import needs_token
from kgx.serve.options import MOST_HITS, ServerOptions
from kgx.serve.problems import PROBLEM_TYPE
from kgx.serve.request_schemas import Edit, ExplainBody, SearchBody, TextToAdd
from kgx.serve.response_schemas import ProblemDetails

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["describe_interface"]

_REFERENCE = "#/components/schemas/{model}"
_BODIES: tuple[type[BaseModel], ...] = (SearchBody, ExplainBody, Edit, TextToAdd, ProblemDetails)
_ALWAYS = {
    400: "The request is malformed.",
    401: "The token is missing or wrong.",
    405: "The path has other methods.",
    414: "The path is too long.",
    421: "The server is asked by a name that is not its own.",
    431: "The headers are too long.",
    500: "The server failed.",
    503: "The server is busy, being started or being stopped.",
    504: "There was no answer in time.",
}
_WITH_BODY = {
    408: "The body did not come in time.",
    413: "The body is too large.",
    415: "The body is of another type.",
}
_ASKING = {
    404: "There is no such thing.",
    409: "The request is as it should be, but this run cannot answer it, or a file in it cannot be decoded.",
    422: "The request is not as it should be.",
}
_EDITING = {501: "This run cannot be edited while it is served."}
_DESCRIPTION = """
Search texts, pictures and sounds by one another, through a knowledge graph.

Errors are problem details (RFC 9457). Ids in paths are percent-encoded. Where the server listens on more than this
machine, every request below `/v1` brings `Authorization: Bearer …`; adding and removing items always does.
"""


def describe_interface(app: FastAPI, options: ServerOptions) -> None:
    """Let an application describe itself in full.

    Args:
        app: the application, with all of its routes.
        options: tell where a token is needed.
    """
    from fastapi.openapi.utils import get_openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            told = get_openapi(
                title="kgx", version=__version__, description=_DESCRIPTION.strip(), routes=app.routes
            )
            _complete(told, options)
            _lower_the_largest(told, options.limits.hits)
            app.openapi_schema = told
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _complete(told: dict[str, Any], options: ServerOptions) -> None:
    components = told.setdefault("components", {})
    _, further = models_json_schema([(model, "validation") for model in _BODIES], ref_template=_REFERENCE)
    schemas: dict[str, Any] = {**components.get("schemas", {}), **further["$defs"]}
    components["schemas"] = {name: schemas[name] for name in sorted(schemas) if "ValidationError" not in name}
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            if needs_token(options, method.upper(), path):
                operation["security"] = [{"token": []}]
            _add_problems(operation, _problems_of(path, method, "requestBody" in operation))


def _lower_the_largest(told: Any, hits: int) -> None:
    """Tell of every number of hits that it may be as large as this server allows, and no larger."""
    if isinstance(told, dict):
        if told.get("maximum") == MOST_HITS:
            told["maximum"] = hits
        for inner in told.values():
            _lower_the_largest(inner, hits)
    elif isinstance(told, list):
        for inner in told:
            _lower_the_largest(inner, hits)


def _problems_of(path: str, method: str, body: bool) -> dict[int, str]:
    """Return the errors that an operation may be answered by."""
    asks = path.startswith("/v1/") and path != "/v1/run"
    return {
        **_ALWAYS,
        **(_WITH_BODY if body else {}),
        **(_ASKING if asks else {}),
        **({416: "None of the ranges is in the file."} if path.endswith("/media") else {}),
        **(_EDITING if path == "/v1/items" and method != "get" else {}),
    }


def _add_problems(operation: dict[str, Any], problems: dict[int, str]) -> None:
    schema = {"$ref": _REFERENCE.format(model="ProblemDetails")}
    responses = {status: said for status, said in operation["responses"].items() if status != "422"}
    for status, meaning in problems.items():
        responses[str(status)] = {"description": meaning, "content": {PROBLEM_TYPE: {"schema": schema}}}
    operation["responses"] = dict(sorted(responses.items()))
