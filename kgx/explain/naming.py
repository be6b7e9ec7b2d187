"""Names for the places and steps of a path, and where each link comes from."""

from __future__ import annotations

from functools import cached_property, lru_cache
from pathlib import PurePath

import numpy as np

from graphs.hetero import INVERSE_PREFIX
from graphs.vocabulary import local_name, words_of
from kgx.explain.parts import Node, Step
from kgx.items import LinkedItems
from kgx.transfer.reference import ABOUT, DESCRIBES, ReferenceGraph
from kgx.transfer.tokens import TRANSLATION, TokenPath

__all__ = ["Naming", "path_name", "query_name"]

_KNOWN_PAIRS = "known pairs of the model"
_UNNAMED = "knowledge graph"  # of statements whose source has no name
_MOST_SOURCES = 3


class Naming:
    """Names what lies in a reference graph.

    Args:
        reference: the graph.
    """

    def __init__(self, reference: ReferenceGraph) -> None:
        self._reference = reference
        self._graph = reference.knowledge.graph
        self.step = lru_cache(maxsize=4096)(self._step)
        self.node = lru_cache(maxsize=4096)(self._node)

    def _node(self, kind: str, row: int) -> Node:
        """Return a concept or a reference item."""
        if kind == "concept":
            entity = int(self._reference.knowledge.concepts[row])
            definition = self._graph.definition(entity).split('; "')[0]
            return Node(kind, self._graph.label(entity), self._graph.entity_iri(entity), definition)
        items = self._reference.items[kind]
        told = (
            items.captions[row] or self._told.get(items.entities[row], "") or local_name(items.entities[row])
        )
        return Node(kind, " ".join(told.split()), items.ids[row])

    @cached_property
    def _told(self) -> dict[str, str]:
        """Return entity -> the first text that is known of it."""
        found: dict[str, str] = {}
        texts = self._reference.items.get("text")
        if texts is not None:
            for entity, caption in zip(texts.entities, texts.captions, strict=True):
                found.setdefault(entity, caption)
        return found

    def _step(self, edge: tuple[str, str, str], head: int, tail: int, weight: float) -> Step:
        """Return one step between two nodes of the graph."""
        start, name, end = edge
        inverse = name.startswith(INVERSE_PREFIX)
        name = name.removeprefix(INVERSE_PREFIX)
        if inverse:
            start, head, end, tail = end, tail, start, head
        if start == end == "concept":
            made = self._sources(name, head, tail)
        elif name in (DESCRIBES, ABOUT):
            made = _KNOWN_PAIRS
        else:
            made = self._linked_by(start, name)
        return Step(words_of(name), inverse, weight, made)

    def _linked_by(self, modality: str, relation: str) -> str:
        links = self._reference.items[modality].links
        return ", ".join(dict.fromkeys(link.provenance for link in links if link.relation == relation))

    def _sources(self, name: str, head: int, tail: int) -> str:
        """Return who states a triple of the knowledge graph, or its inverse."""
        graph, concepts = self._graph, self._reference.knowledge.concepts
        ends = int(concepts[head]), int(concepts[tail])
        found: dict[str, None] = {}
        for relation in self._relations.get(name, ()):
            inverse = graph.inverse_of(relation)
            found.update(dict.fromkeys(self._said_by(relation, *ends)))
            if inverse:
                found.update(dict.fromkeys(self._said_by(inverse, ends[1], ends[0])))
        listed = list(found) or [_UNNAMED]
        more = f" and {len(listed) - _MOST_SOURCES} more" if len(listed) > _MOST_SOURCES else ""
        return ", ".join(listed[:_MOST_SOURCES]) + more

    @cached_property
    def _relations(self) -> dict[str, list[str]]:
        """Return local name -> the relations that have it."""
        found: dict[str, list[str]] = {}
        for relation in self._graph.relation_iris:
            found.setdefault(local_name(relation), []).append(relation)
        return found

    def _said_by(self, relation: str, head: int, tail: int) -> list[str]:
        graph = self._graph
        if relation not in graph.relation_iris:
            return []
        number = graph.relation_id(relation)
        low, high = _bounds(graph.relation_ids, number, 0, graph.num_triples)
        low, high = _bounds(graph.heads, head, low, high)
        low, high = _bounds(graph.tails, tail, low, high)
        if low == high:
            return []
        stated = graph.columns.statements
        first, last = _bounds(stated.column("triple").to_numpy(), low, 0, stated.num_rows)
        return [name for name in stated.column("source").slice(first, last - first).to_pylist() if name]


def _bounds(column: np.ndarray, number: int, low: int, high: int) -> tuple[int, int]:
    """Return where a number's rows begin and end in a part of a column that is sorted there."""
    part = column[low:high]
    ends = np.array([number, number + 1], dtype=column.dtype)
    first, last = np.searchsorted(part, ends).tolist()
    return low + first, low + last


def query_name(query: LinkedItems) -> str:
    """Return what to call a query: its words, or the name of its file, without the folders that it lies in."""
    words = " ".join((query.captions[0] or query.ids[0]).split())
    return words if query.modality == "text" else PurePath(words).name


def path_name(path: TokenPath) -> str:
    """Return a token's relations in words.

    >>> from graphs.propagate import Path
    >>> steps = (("image", "depicts", "concept"), ("concept", "inverse of part_holonym", "concept"))
    >>> path_name(TokenPath(Path("image", steps), "text"))
    'depicts → part holonym (inverse)'
    >>> path_name(TokenPath(Path("image"), "image")), path_name(TokenPath(Path("image"), "text", True))
    ('itself', 'translation to text')
    """
    if path.translated:
        return f"{TRANSLATION} to {path.space}"
    if not path.path.steps:
        return "itself"
    names = []
    for relation in path.path.relations:
        words = words_of(relation.removeprefix(INVERSE_PREFIX))
        names.append(f"{words} (inverse)" if relation.startswith(INVERSE_PREFIX) else words)
    if path.path.end != "concept":
        names[-1] += f" {path.path.end}"
    return " → ".join(names)
