"""Where the faults of a body are: pydantic's places, without what pydantic alone knows of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["placed"]

_UNKNOWN = object()  # what is not there


def placed(errors: Sequence[Mapping[str, Any]], sent: Any) -> list[dict[str, Any]]:
    """Return errors with places that there are in what was sent, those of the branch that was meant.

    Where one of several types is expected, pydantic puts the type's name into the place of an error, and tells of all
    types. The one that was meant is the one of whose kind the value is; where there is none, all are told of.

    Args:
        errors: as pydantic lists them.
        sent: what it has looked at.

    >>> tagged = [{"type": "string_type", "loc": ("where", "str")}, {"type": "too_long", "loc": ("where", "list[str]")}]
    >>> placed(tagged, {"where": ["?item depicts bird"] * 9})
    [{'type': 'too_long', 'loc': ('where',)}]
    """
    found: list[tuple[tuple[int | str, ...] | None, bool, dict[str, Any]]] = []
    for error in errors:
        place, union, ends_there = _place(error["loc"], sent, missing=error["type"] == "missing")
        other_kind = ends_there and str(error["type"]).endswith("_type")
        found.append((union, other_kind, {**error, "loc": place}))
    meant = {union for union, other_kind, _ in found if union is not None and not other_kind}
    return [error for union, other_kind, error in found if not (other_kind and union in meant)]


def _place(
    told: Sequence[int | str], sent: Any, *, missing: bool
) -> tuple[tuple[int | str, ...], tuple[int | str, ...] | None, bool]:
    """Return a place without names of types, the place of the first such name, and whether the last part is one."""
    place: list[int | str] = []
    union, ends_there = None, False
    for part in told:
        names_type = isinstance(part, str) and not _may_hold(sent, part, missing=missing)
        ends_there = names_type
        if names_type:
            union = tuple(place) if union is None else union
            continue
        place.append(part)
        sent = _inside(sent, part)
    return tuple(place), union, ends_there


def _may_hold(sent: Any, part: str, *, missing: bool) -> bool:
    """Return whether a value has a part of a name, or could have it."""
    return sent is _UNKNOWN or (isinstance(sent, Mapping) and (missing or part in sent))


def _inside(sent: Any, part: int | str) -> Any:
    if isinstance(sent, Mapping):
        return sent.get(str(part), _UNKNOWN)
    if isinstance(sent, list) and isinstance(part, int) and part < len(sent):
        return sent[part]
    return _UNKNOWN
