"""Coverage: how many entities have a label, in which language; which languages and datatypes literals have."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graphs.ordering import changes
from graphs.store import Store
from graphs.survey import Survey, subjects_by

__all__ = ["LabelCoverage", "label_coverage", "literal_counts"]


@dataclass(frozen=True, slots=True)
class LabelCoverage:
    """How many entities have a label.

    Attributes:
        entities: how many entities could have one: those that are no blank nodes, triple terms or relations.
        labelled: how many of them have one, in whatever language.
        languages: how many of them have one in each language, those of most entities first; the empty tag stands for
            labels without one.
    """

    entities: int
    labelled: int
    languages: dict[str, int]

    @property
    def share(self) -> float:
        """The share of entities that have a label."""
        return self.labelled / self.entities if self.entities else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the coverage as plain values."""
        return {**asdict(self), "share": self.share}


def label_coverage(store: Store) -> LabelCoverage:
    """Return how many entities have a label, preferred or alternative.

    >>> from graphs.vocabulary import RDFS_LABEL
    >>> graph = Store.from_triples([("ex:owl", "ex:isA", "ex:bird")], literals=[("ex:owl", RDFS_LABEL, "Eule", "de")])
    >>> label_coverage(graph)
    LabelCoverage(entities=2, labelled=1, languages={'de': 1})
    """
    survey = Survey(store)
    countable = ~(survey.blank | survey.quoted)
    countable[store.relation_entities()] = False
    subjects, tags = survey.literal_subjects[survey.labels], survey.literal_numbers("language")[survey.labels]
    kept = countable[subjects]
    subjects, tags = subjects[kept], tags[kept]
    languages = survey.literal_names("language")
    counts = subjects_by(tags, subjects, len(languages))
    labelled = int(changes([subjects]).sum())  # literals are sorted by subject
    return LabelCoverage(int(countable.sum()), labelled, _largest_first(languages, counts))


def literal_counts(store: Store, column: str) -> dict[str, int]:
    """Return how many literals have each predicate, language or datatype, those of most literals first.

    >>> said = [("ex:owl", "ex:says", "hoo", "en"), ("ex:owl", "ex:says", "uhu", "de")]
    >>> graph = Store.from_triples([], literals=said)
    >>> literal_counts(graph, "predicate"), literal_counts(graph, "language")
    ({'ex:says': 2}, {'de': 1, 'en': 1})
    """
    survey = Survey(store)
    names = survey.literal_names(column)
    return _largest_first(names, np.bincount(survey.literal_numbers(column), minlength=len(names)))


def _largest_first(names: list[str], counts: npt.NDArray[np.int64]) -> dict[str, int]:
    order = np.argsort(-counts, kind="stable").tolist()  # the names are sorted
    return {names[place]: int(counts[place]) for place in order if counts[place]}
