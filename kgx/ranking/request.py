"""What is asked of a run: the parts of a query, what is sought, and what it has to fulfil."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kgx.collection import MODALITIES
from kgx.errors import ConfigError
from kgx.filters.metadata import Condition
from kgx.filters.selection import Selection
from kgx.fusion.vectors import checked_weights
from kgx.index.hubness import HUBNESS_CORRECTIONS, Method

__all__ = ["ANY", "MOST_HITS", "NOT", "QueryPart", "SearchRequest", "Values"]

ANY: Final = "any"
"""Stands for items of all modalities."""
MOST_HITS: Final = 10_000
"""Hits that can be asked for, those that are passed over counted."""
NOT: Final = -0.5
"""Weight of what is not wanted, beside 1 for what is."""
_MOST_PARTS: Final = 16

Value = str | Path
Values = Value | Sequence[Value] | None
"""One text or file, several, or none."""

_EVERYTHING: Final = Selection()


@dataclass(frozen=True, slots=True)
class QueryPart:
    """One text, picture or sound of a query.

    Attributes:
        modality: ``text``, ``image`` or ``audio``.
        value: the words, or the file's path.
        weight: of its vector among those of the other parts; negative for "not".
    """

    modality: str
    value: Value
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A query and what to do with it; made by :meth:`of`, which checks it.

    Attributes:
        parts: what to look for, and what not.
        to: modality of what is sought, or ``any``.
        k: number of hits, at most.
        offset: hits that are passed over first.
        selection: what hits have to fulfil.
        hybrid: whether words count beside vectors.
        rerank: whether the concepts of the best hits decide further.
        hubness: how items that are near to everything are penalised; not at all where None.
        fair: whether the modalities are aligned before anything is compared; where None, they are if items of any are
            sought and the run has enough of several.
    """

    parts: tuple[QueryPart, ...]
    to: str = ANY
    k: int = 10
    offset: int = 0
    selection: Selection = _EVERYTHING
    hybrid: bool = False
    rerank: bool = False
    hubness: Method | None = None
    fair: bool | None = None

    @property
    def plain(self) -> bool:
        """Whether the nearest vectors are all that is asked for, on whatever page."""
        return not (self.hybrid or self.rerank or self.selection or self.hubness or self.fair)

    @classmethod
    def of(
        cls,
        text: Values = None,
        *,
        image: Values = None,
        audio: Values = None,
        without: Values | Mapping[str, Values] = None,
        weights: Mapping[str, float] | None = None,
        to: str = ANY,
        k: int = 10,
        offset: int = 0,
        filters: str | Condition | Sequence[str | Condition] = (),
        where: str | Sequence[str] = (),
        hybrid: bool = False,
        rerank: bool = False,
        hubness: Method | None = None,
        fair: bool | None = None,
    ) -> SearchRequest:
        """Put a request together; the arguments are those of :meth:`kgx.search.Searcher.search`.

        Raises:
            ConfigError: no query, weights that do not fit it, or an impossible value.

        >>> SearchRequest.of(["owl", "barn"], without="flying", weights={"text": 3}).parts
        (QueryPart(modality='text', value='owl', weight=1.5), QueryPart(modality='text', value='barn', weight=1.5), \
QueryPart(modality='text', value='flying', weight=-0.5))
        """
        if to not in (*MODALITIES, ANY):
            raise ConfigError(
                f"unknown modality {to!r} to search for; choose {', '.join(MODALITIES)} or {ANY}"
            )
        if k < 1:
            raise ConfigError(f"expected k of at least 1, got {k}")
        if offset < 0 or k + offset > MOST_HITS:
            raise ConfigError(
                f"expected an offset of at least 0, and offset and k together at most {MOST_HITS}, got {offset} and {k}"
            )
        if hubness is not None and hubness not in HUBNESS_CORRECTIONS:
            raise ConfigError(
                f"unknown hubness correction {hubness!r}; choose {' or '.join(HUBNESS_CORRECTIONS)}"
            )
        if isinstance(text, str) and image is None and audio is None and without is None and weights is None:
            parts: tuple[QueryPart, ...] = (QueryPart("text", text),)
        else:
            parts = _parts({"text": text, "image": image, "audio": audio}, without, weights)
        if hybrid and not any(part.modality == "text" and part.weight > 0 for part in parts):
            raise ConfigError(
                "expected words to look for: a hybrid search compares them with captions and labels"
            )
        selection = Selection.of(filters, where) if filters or where else _EVERYTHING
        return cls(parts, to, k, offset, selection, hybrid, rerank, hubness, fair)


def _parts(
    given: Mapping[str, Values],
    without: Values | Mapping[str, Values],
    weights: Mapping[str, float] | None,
) -> tuple[QueryPart, ...]:
    """Weigh the parts of a query: those of one modality share its weight."""
    asked = {modality: values for modality, told in given.items() if (values := _listed(told))}
    if not asked:
        raise ConfigError("expected one query (a text, a picture or a sound), got 0")
    try:
        weighed = checked_weights(asked, weights)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if not max(weighed.values()) > 0:
        raise ConfigError(f"expected a weight above 0: something has to be looked for, got {weighed}")
    shares = {name: weight / (len(asked[name]) if weights else 1) for name, weight in weighed.items()}
    refused = without if isinstance(without, Mapping) else {"text": without}
    if unknown := set(refused) - set(MODALITIES):
        raise ConfigError(f"unknown modality {min(unknown)!r} to leave out; choose {', '.join(MODALITIES)}")
    parts = [QueryPart(name, value, shares[name]) for name, values in asked.items() for value in values]
    parts += [QueryPart(name, value, NOT) for name, values in refused.items() for value in _listed(values)]
    if len(parts) > _MOST_PARTS:
        raise ConfigError(f"expected a query of at most {_MOST_PARTS} parts, got {len(parts)}")
    return tuple(parts)


def _listed(values: Values) -> list[Value]:
    if values is None:
        return []
    return [values] if isinstance(values, (str, Path)) else list(values)
