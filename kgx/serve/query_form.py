"""Queries that come as a form, because there is a picture or a sound among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from kgx.serve.bodies import form_body, form_schema
from kgx.serve.problems import ProblemError
from kgx.serve.request_schemas import ExplainForm, SearchForm

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile
    from starlette.requests import Request

__all__ = ["query_form", "query_schema"]

_FILES = {"image": "A picture to search by.", "audio": "A sound to search by."}
_Form = TypeVar("_Form", SearchForm, ExplainForm)


async def query_form(request: Request, model: type[_Form]) -> tuple[_Form, dict[str, UploadFile]]:
    """Read a query from a form.

    Args:
        request: the request.
        model: what its fields have to be.

    Raises:
        ProblemError: 400: it is no form; 422: it asks for nothing, or for something impossible.
    """
    body, files = await form_body(request, model, files=_FILES)
    if body.text is None and not files:
        raise ProblemError(422, "expected words, a picture (image) or a sound (audio), got none of them")
    return body, files


def query_schema(model: type[SearchForm] | type[ExplainForm]) -> dict[str, Any]:
    """Return how OpenAPI describes such a form."""
    return form_schema(model, _FILES, any_of=("text", *_FILES))
