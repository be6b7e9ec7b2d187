"""Options held against what they may be: an unknown name is answered with the nearest known one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError

from kgx.errors import ConfigError

__all__ = ["checked", "known_names", "nearest"]

_UNION_MEMBER = re.compile(
    r"constrained-|literal\["
)  # what pydantic adds to the place of a value of several types
_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")

Options = TypeVar("Options", bound=BaseModel)


def checked(kind: type[Options], content: Mapping[str, Any], origin: str) -> Options:
    """Return checked options.

    Args:
        kind: what they are to be.
        content: name -> value.
        origin: where they come from, for messages.

    Raises:
        ConfigError: an option is unknown (the nearest known one is named), is missing, or has an impossible value.

    >>> class Flight(BaseModel):
    ...     model_config = {"extra": "forbid"}
    ...     direction: str
    >>> checked(Flight, {"directoin": "south"}, "owls.yaml")
    Traceback (most recent call last):
    ...
    kgx.errors.ConfigError: owls.yaml: directoin: unknown option; did you mean 'direction'?
    """
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{origin}: {_first_problem(error, kind)}") from error


def known_names(names: tuple[str, ...], known: Collection[str]) -> tuple[str, ...]:
    """Return names as they are, if all of them are known and none comes twice.

    Raises:
        ValueError: one is unknown (the nearest known one is named), or comes twice.
    """
    for place, name in enumerate(names):
        if name not in known:
            raise ValueError(f"unknown name {name!r}; did you mean {nearest(name, known)!r}?")
        if name in names[:place]:
            raise ValueError(f"expected {name!r} once, got it twice")
    return names


def nearest(name: object, known: Collection[str]) -> str:
    """Return the known name that is most like another, for messages.

    >>> nearest("sead", ["seeds", "title"])
    'seeds'
    """
    return difflib.get_close_matches(str(name), list(known), n=1, cutoff=0.0)[0]


def _first_problem(error: ValidationError, kind: type[BaseModel]) -> str:
    problem = min(
        error.errors(), key=lambda found: found["type"] not in _UNKNOWN
    )  # misspelt rather than missing
    parts = [part for part in problem["loc"] if not _UNION_MEMBER.match(str(part))]
    place = ".".join(map(str, parts))
    if problem["type"] not in _UNKNOWN:  # what is wrong with several options together has no place
        return f"{place}: {problem['msg']}" if place else str(problem["msg"])
    *path, last = parts
    known: Any = kind
    for part in path:
        known = _inner(known, part)
    return f"{place}: unknown option; did you mean {nearest(last, _fields(known))!r}?"


def _inner(kind: Any, part: int | str) -> Any:
    """Return the type of what lies at one step of a place: a field, an entry of a list, a value of a mapping."""
    if get_origin(kind) is dict:
        return get_args(kind)[1]
    return _fields(kind)[part] if isinstance(part, str) else get_args(kind)[0]


def _fields(kind: Any) -> dict[str, Any]:
    """Return the types of a model's fields, of an optional one too."""
    kind = next((one for one in get_args(kind) if one is not NoneType), kind)
    if issubclass(kind, BaseModel):
        return {name: field.annotation for name, field in kind.model_fields.items()}
    return get_type_hints(kind)
