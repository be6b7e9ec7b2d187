"""What the entities of a graph are called: labels and definitions among its literals."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs import vocabulary as v

__all__ = ["DEFINITION_PREDICATES", "LABEL_PREDICATES", "TITLE_PREDICATES", "Labels"]

LABEL_PREDICATES: Final = {
    v.SKOS_PREF_LABEL: "preferred",
    v.RDFS_LABEL: "preferred",
    v.SCHEMA_NAME: "preferred",
    v.SCHEMA_HTTP_NAME: "preferred",
    v.FOAF_NAME: "preferred",
    v.SKOS_ALT_LABEL: "alternative",
    v.OBO_EXACT_SYNONYM: "alternative",
    v.SKOS_HIDDEN_LABEL: "hidden",
}
"""Predicates that name an entity, best first, and the kind of label that each gives."""

TITLE_PREDICATES: Final = (v.DCTERMS_TITLE, v.DC_TITLE)
"""Titles name a work, not a concept: they are shown where an entity has no label, and kept out of linking."""

DEFINITION_PREDICATES: Final = (
    v.SKOS_DEFINITION,
    v.IAO_DEFINITION,
    v.RDFS_COMMENT,
    v.DCTERMS_DESCRIPTION,
    v.DC_DESCRIPTION,
    v.SCHEMA_DESCRIPTION,
    v.SCHEMA_HTTP_DESCRIPTION,
    v.SKOS_SCOPE_NOTE,
)
"""Predicates that say what an entity is, best first."""

_KINDS: Final = ("preferred", "alternative", "hidden")
_SHOWN: Final = (*(iri for iri, kind in LABEL_PREDICATES.items() if kind != "hidden"), *TITLE_PREDICATES)


class Labels:
    """Looks up labels and definitions in the ``literals`` table of :class:`graphs.columns.Columns`."""

    def __init__(self, literals: pa.RecordBatch) -> None:
        self._subjects: npt.NDArray[np.int32] = literals.column("subject").to_numpy()
        self._values = literals.column("value")
        self._weights: npt.NDArray[np.float32] = literals.column("weight").to_numpy()
        predicate, self._language = literals.column("predicate"), literals.column("language")
        self._predicates: npt.NDArray[np.int32] = predicate.indices.to_numpy()
        self._languages: npt.NDArray[np.int32] = self._language.indices.to_numpy()
        self._language_names: list[str] = self._language.dictionary.to_pylist()
        self._predicate_codes = {iri: code for code, iri in enumerate(predicate.dictionary.to_pylist())}
        self._label_ranks = self._ranks(_SHOWN)
        self._definition_ranks = self._ranks(DEFINITION_PREDICATES)

    def _ranks(self, iris: tuple[str, ...]) -> dict[int, int]:
        codes = self._predicate_codes
        return {codes[iri]: rank for rank, iri in enumerate(iris) if iri in codes}

    def best(self, entity: int, language: str) -> str | None:
        """Return the label to show, or None; :meth:`graphs.store.Store.label` says which it is."""
        return next(iter(self._found(entity, language, self._label_ranks)), None)

    def definition(self, entity: int, language: str) -> str | None:
        """Return the definition to show, or None; languages count as for :meth:`best`."""
        return next(iter(self._found(entity, language, self._definition_ranks)), None)

    def all(self, entity: int, language: str | None) -> list[str]:
        """Return preferred, then alternative labels, each once; of one language (and of none), or of all."""
        return list(
            dict.fromkeys(self._found(entity, language, self._label_ranks, strict=language is not None))
        )

    def _found(
        self, entity: int, language: str | None, ranks: dict[int, int], *, strict: bool = False
    ) -> list[str]:
        """Return values best first.

        Texts in the asked language or without a language tag come first: by predicate, then the tagged ones,
        then by weight, then by alphabet. Other languages follow (unless ``strict``), English before the rest.
        """
        low, high = np.searchsorted(self._subjects, np.array([entity, entity + 1], dtype=np.int32)).tolist()
        found = []
        for row in range(low, high):
            rank = ranks.get(int(self._predicates[row]))
            if rank is None:
                continue
            tag = self._language_names[self._languages[row]]
            distance = _distance(tag, language)
            foreign = distance == _FOREIGN
            value = self._values[row].as_py()
            if (strict and foreign) or not value.strip():
                continue
            preference = (foreign and _distance(tag, "en"), tag if foreign else "")
            found.append((foreign, preference, rank, distance, -float(self._weights[row]), value))
        return [row[-1] for row in sorted(found)]

    def table(self, without: npt.NDArray[np.int64]) -> pa.Table:
        """Return every label of every entity but those in ``without``, as the graph's ``label_table``."""
        kind_of_predicate = np.full(len(self._predicate_codes), -1, dtype=np.int8)
        for iri, kind in LABEL_PREDICATES.items():
            if iri in self._predicate_codes:
                kind_of_predicate[self._predicate_codes[iri]] = _KINDS.index(kind)
        kinds = kind_of_predicate[self._predicates]
        rows = np.flatnonzero((kinds >= 0) & ~np.isin(self._subjects, without))
        picked = pa.array(rows)
        return pa.table(
            {
                "entity": pa.array(self._subjects[rows]),
                "label": self._values.take(picked),
                "language": self._language.take(picked).dictionary_decode(),
                "kind": pa.DictionaryArray.from_arrays(kinds[rows], list(_KINDS)).dictionary_decode(),
                "weight": pa.array(self._weights[rows]),
            }
        )


_FOREIGN: Final = 3


def _distance(tag: str, language: str | None) -> int:
    """Compare language tags: 0 the same, 1 a regional variety, 2 no tag, 3 another language."""
    if language is None:
        return 0
    if not tag:
        return 2
    tag, language = tag.lower(), language.lower()
    if tag == language:
        return 0
    return 1 if tag.split("-")[0] == language.split("-")[0] else _FOREIGN
