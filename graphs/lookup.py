"""Finding entities by what a person would type: an IRI, a CURIE, or a label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs.errors import UnknownTermError
from graphs.prefixes import expand
from graphs.store import Store
from graphs.survey import Survey

__all__ = ["find_entities"]

_SUGGESTED = 5


def find_entities(store: Store, name: str, prefixes: Mapping[str, str] | None = None) -> list[int]:
    """Return the entities that a name stands for; more than one where it is a label that several have.

    The first of these that finds anything decides: the name as the graph has it (angle brackets around an IRI are
    fine), a CURIE, a label in any language or a title, the same whatever the case, the last part of an IRI; and these
    three again with spaces for underscores, and within the namespace of a prefix (``wn:barn_owl``).

    Args:
        store: the graph.
        name: what to look for.
        prefixes: namespaces by prefix; those that the graph declares where left out.

    Raises:
        UnknownTermError: nothing is called that; labels that begin alike are suggested.

    >>> from graphs.vocabulary import RDFS_LABEL
    >>> graph = Store.from_triples([("ex:owl", "ex:isA", "ex:bird")], literals=[("ex:owl", RDFS_LABEL, "Eule", "de")])
    >>> [graph.entity_iris(find_entities(graph, name)) for name in ("ex:owl", "eule", "bird")]
    [['ex:owl'], ['ex:owl'], ['ex:bird']]
    >>> graph.entity_iris(find_entities(graph, "x:eule", {"x": "ex:"}))
    ['ex:owl']
    """
    known = store.prefixes if prefixes is None else prefixes
    bare = name[1:-1] if name.startswith("<") and name.endswith(">") and not name.startswith("<<") else name
    expanded = expand(name, known)
    exact = store.entity_ids([bare, *([] if expanded is None else [expanded])])
    for number in exact[exact >= 0][:1].tolist():
        return [number]
    called = _Called.of(store)
    for text, namespace in _readings(name, known):
        found = [number for number in called.by(text) if store.entity_iri(number).startswith(namespace)]
        if found:
            return found
    alike = called.beginning(name) if name else []
    suggestion = f"; labels that begin so: {', '.join(map(repr, alike))}" if alike else ""
    raise UnknownTermError(
        f"the graph has no entity with the IRI, the CURIE or the label {name!r}{suggestion}"
    )


def _readings(name: str, prefixes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the labels that a name may be, and the namespaces to look for them in."""
    prefix, _, local = name.partition(":")
    readings = [(name, ""), *([(local, prefixes[prefix])] if local and prefix in prefixes else [])]
    for text, namespace in readings:
        yield text, namespace
        if "_" in text:
            yield text.replace("_", " "), namespace


class _Called(NamedTuple):
    """What the entities of a graph are called.

    Attributes:
        names: of all entities.
        labels: all labels and titles.
        lowered: the same in lower case.
        subjects: the entity of each.
    """

    names: pa.LargeStringArray
    labels: pa.LargeStringArray
    lowered: pa.LargeStringArray
    subjects: npt.NDArray[np.int32]

    @classmethod
    def of(cls, store: Store) -> Self:
        survey = Survey(store)
        labels = store.columns.literals.column("value").take(pa.array(survey.labels))
        return cls(survey.names, labels, pc.utf8_lower(labels), survey.literal_subjects[survey.labels])

    def by(self, text: str) -> list[int]:
        """Return the entities that have a label, or else those whose name is or ends so; sorted."""
        for texts, wanted in ((self.labels, text), (self.lowered, text.lower())):
            found = self.subjects[_flags(pc.equal(texts, pa.scalar(wanted, texts.type)))]
            if len(found):
                return [int(number) for number in np.unique(found)]
        ending = _flags(pc.equal(self.names, text))
        if text:
            for separator in ("#", "/", ":"):
                ending |= _flags(pc.ends_with(self.names, separator + text))
        return [int(number) for number in np.flatnonzero(ending)]

    def beginning(self, text: str) -> list[str]:
        """Return some labels that begin with a text, whatever the case."""
        alike = self.labels.filter(pc.starts_with(self.lowered, text.lower()))
        return [str(label) for label in pc.unique(alike)[:_SUGGESTED].to_pylist()]


def _flags(found: pa.BooleanArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(found.to_numpy(zero_copy_only=False))
