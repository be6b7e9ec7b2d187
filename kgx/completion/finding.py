"""Missing links of a target: what to ask, what comes of it, by name and with the paths that carried it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from graphs.completion.known import KnownAnswers
from graphs.completion.paths import paths_to
from graphs.completion.prediction import Prediction, predict, queries_of
from graphs.errors import UnknownTermError
from graphs.vocabulary import local_name
from kgx.completion.target import Target

__all__ = ["Found", "FoundPath", "FoundStep", "find_links", "found", "named_entity", "named_relation"]


@dataclass(frozen=True, slots=True)
class FoundStep:
    """A link of a path, by name; an inverse one leads from ``end`` to ``start``."""

    start: str
    relation: str
    end: str
    inverse: bool


@dataclass(frozen=True, slots=True)
class FoundPath:
    """A path that carried a prediction, and how much each of its steps did."""

    weight: float
    steps: tuple[FoundStep, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A predicted link by name; labels are what to call it."""

    head: str
    relation: str
    tail: str
    head_label: str
    relation_label: str
    tail_label: str
    score: float
    confidence: float
    paths: tuple[FoundPath, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the prediction as plain values."""
        return asdict(self)


def find_links(
    target: Target,
    *,
    relations: Sequence[int] | None = None,
    head: int | None = None,
    tail: int | None = None,
    top: int | None = 20,
    threshold: float = 0.0,
    progress: Callable[[int, int], None] | None = None,
) -> list[Prediction]:
    """Return the likeliest links that a target does not hold.

    Args:
        target: graph and model.
        relations: those to find links of; left out, all.
        head: look for its tails alone.
        tail: look for its heads alone.
        top: how many, at most; None for all.
        threshold: the least confidence.
        progress: told how many queries have been answered, and how many there are.
    """
    count = target.numbering.num_relations
    asked = np.arange(count) if relations is None else np.array(relations)
    if head is not None:
        queries = np.stack([asked, np.full(len(asked), head)], axis=1)
    elif tail is not None:
        queries = np.stack([asked + count, np.full(len(asked), tail)], axis=1)
    else:
        queries = queries_of(target.links, asked.tolist(), count)
    known = KnownAnswers(target.links, count)
    return predict(target.scorer, queries, known, count, top=top, threshold=threshold, progress=progress)


def found(target: Target, prediction: Prediction, *, paths: int = 3, language: str = "en") -> Found:
    """Return a prediction by name, with the paths that carried it."""
    entities, relations = target.numbering.entities, target.numbering.relations
    carried = []
    if paths:
        start, end = (
            (prediction.tail, prediction.head) if prediction.from_tail else (prediction.head, prediction.tail)
        )
        asked = prediction.relation + prediction.from_tail * len(relations)
        for path in paths_to(target.model, target.graph, start, asked, end, count=paths):
            steps = tuple(
                FoundStep(entities[step.start], relations[step.relation], entities[step.end], step.inverse)
                for step in path.steps
            )
            carried.append(FoundPath(path.weight, steps))
    head, tail = entities[prediction.head], entities[prediction.tail]
    store = target.store
    return Found(
        head=head,
        relation=relations[prediction.relation],
        tail=tail,
        head_label=store.label(store.entity_id(head), language),
        relation_label=store.relation_label(relations[prediction.relation], language),
        tail_label=store.label(store.entity_id(tail), language),
        score=prediction.score,
        confidence=prediction.confidence,
        paths=tuple(carried),
    )


def named_relation(target: Target, name: str) -> int:
    """Return a relation's number by its IRI, else by its label or the last part of its IRI, whatever the case.

    Raises:
        UnknownTermError: no link of the graph has it, or several relations are called so.
    """
    number = target.numbering.relation(name)
    if number is not None:
        return number
    called = [
        iri
        for iri in target.numbering.relations
        if name.lower() in {local_name(iri).lower(), target.store.relation_label(iri).lower()}
    ]
    if len(called) == 1:
        return named_relation(target, called[0])
    if called:
        raise UnknownTermError(
            f"{len(called)} relations are called {name!r}: {', '.join(called[:5])}; name one by its IRI"
        )
    some = ", ".join(target.numbering.relations[:5])
    raise UnknownTermError(f"no link of the graph has the relation {name!r}; it has {some}, …")


def named_entity(target: Target, name: str) -> int:
    """Return an entity's number.

    Raises:
        UnknownTermError: it has no link that anything could be learned from.
    """
    number = target.numbering.entity(name)
    if number is None:
        raise UnknownTermError(f"the entity {name!r} has no link in the graph, and nothing can be told of it")
    return number
