"""Finding entities by what a person would type: an IRI, a CURIE, or a label."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphs.errors import UnknownTermError
from graphs.prefixes import expand
from graphs.store import Store
from graphs.survey import Survey

__all__ = ["find_entities"]

_SUGGESTED = 5


def find_entities(store: Store, name: str) -> list[int]:
    """Return the entities that a name stands for; more than one where it is a label that several have.

    The first of these that finds anything decides: the name as the graph has it (angle brackets around an IRI are
    fine), a CURIE with one of the graph's prefixes, a label in any language or a title, the same whatever the case,
    the last part of an IRI.

    Args:
        store: the graph.
        name: what to look for.

    Raises:
        UnknownTermError: nothing is called that; labels that begin alike are suggested.

    >>> from graphs.vocabulary import RDFS_LABEL
    >>> graph = Store.from_triples([("ex:owl", "ex:isA", "ex:bird")], literals=[("ex:owl", RDFS_LABEL, "Eule", "de")])
    >>> [graph.entity_iris(find_entities(graph, name)) for name in ("ex:owl", "eule", "bird")]
    [['ex:owl'], ['ex:owl'], ['ex:bird']]
    """
    bare = name[1:-1] if name.startswith("<") and name.endswith(">") and not name.startswith("<<") else name
    expanded = expand(name, store.prefixes)
    exact = store.entity_ids([bare, *([] if expanded is None else [expanded])])
    for number in exact[exact >= 0][:1].tolist():
        return [number]
    survey = Survey(store)
    labels = store.columns.literals.column("value").take(pa.array(survey.labels))
    subjects = survey.literal_subjects[survey.labels]
    lowered = pc.utf8_lower(labels)
    for texts, wanted in ((labels, name), (lowered, name.lower())):
        found = subjects[_flags(pc.equal(texts, pa.scalar(wanted, texts.type)))]
        if len(found):
            return [int(number) for number in np.unique(found)]
    ending = np.zeros(store.num_entities, np.bool_)
    for separator in ("#", "/", ":"):
        ending |= _flags(pc.ends_with(survey.names, separator + name))
    if name and ending.any():
        return [int(number) for number in np.flatnonzero(ending)]
    alike = pc.unique(labels.filter(pc.starts_with(lowered, name.lower())))[:_SUGGESTED].to_pylist()
    suggestion = f"; labels that begin so: {', '.join(map(repr, alike))}" if alike and name else ""
    raise UnknownTermError(
        f"the graph has no entity with the IRI, the CURIE or the label {name!r}{suggestion}"
    )


def _flags(found: pa.BooleanArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(found.to_numpy(zero_copy_only=False))
