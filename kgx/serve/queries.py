"""What a request asks for, whichever way it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kgx.search import ANY
from kgx.serve.schemas import SearchBody, SearchForm

__all__ = ["Query", "query_of"]


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for.

    Attributes:
        text: words.
        image, audio: files.
        weights: of the parts.
        to: modality of what is sought, or ``any``.
        where: conditions on the graph.
        filters: conditions on metadata.
        without: words for what is not wanted.
        hybrid: whether words count beside vectors.
        rerank: whether the graph orders the first hits again.
    """

    text: str | None = None
    image: Path | None = None
    audio: Path | None = None
    weights: Mapping[str, float] | None = None
    to: str = ANY
    where: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    hybrid: bool = False
    rerank: bool = False


def query_of(asked: SearchBody | SearchForm, files: Mapping[str, Path] | None = None) -> Query:
    """Return what a body or a form asks for.

    Args:
        asked: what was sent.
        files: pictures and sounds that came with it, by modality.
    """
    files = files or {}
    return Query(
        text=asked.text,
        image=files.get("image"),
        audio=files.get("audio"),
        weights=None
        if asked.weights is None
        else {str(name): weight for name, weight in asked.weights.items()},
        to=asked.to,
        where=_several(asked.where),
        filters=_several(asked.filter),
        without=tuple(asked.without),
        hybrid=asked.hybrid,
        rerank=asked.rerank,
    )


def _several(told: str | list[str]) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told)
