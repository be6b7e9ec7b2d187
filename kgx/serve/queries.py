"""What a request asks for, whichever way it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kgx.index.hubness import Method
from kgx.search import ANY
from kgx.serve.request_schemas import ExplainBody, ExplainForm, Modality, SearchBody, SearchForm

__all__ = ["Query", "explained_query", "query_of"]


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
        hubness: how items that are near to everything are penalised.
        fair: whether the modalities are aligned; where None, they are if any is sought and there are enough of each.
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
    hubness: Method | None = None
    fair: bool | None = None

    @property
    def plain(self) -> bool:
        """Whether the vectors nearest to words are all that is asked for."""
        return self == Query(text=self.text, to=self.to, fair=self.fair)


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
        weights=_weights(asked.weights),
        to=asked.to,
        where=_several(asked.where),
        filters=_several(asked.filter),
        without=tuple(asked.without),
        hybrid=asked.hybrid,
        rerank=asked.rerank,
        hubness=asked.hubness,
        fair=asked.fair,
    )


def explained_query(asked: ExplainBody | ExplainForm, files: Mapping[str, Path] | None = None) -> Query:
    """Return the query for which a body or a form asks why it found something; see :func:`query_of`."""
    files = files or {}
    return Query(
        text=asked.text,
        image=files.get("image"),
        audio=files.get("audio"),
        weights=_weights(asked.weights),
        without=tuple(asked.without),
    )


def _weights(told: Mapping[Modality, float] | None) -> dict[str, float] | None:
    return None if told is None else {str(name): weight for name, weight in told.items()}


def _several(told: str | list[str]) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told)
