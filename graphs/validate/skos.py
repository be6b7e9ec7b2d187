"""SKOS's integrity conditions on labels (https://www.w3.org/TR/skos-reference/#L1567), S13 and S14."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa

from graphs import vocabulary as v
from graphs.survey import Survey
from graphs.validate.findings import Finding, Severity

__all__ = ["check_skos"]

_LABELS: Final = (v.SKOS_PREF_LABEL, v.SKOS_ALT_LABEL, v.SKOS_HIDDEN_LABEL)


def check_skos(survey: Survey) -> Iterator[Finding]:
    """Find concepts with two preferred labels in one language (S14), or with one label in two roles (S13)."""
    names = survey.literal_names("predicate")
    present = [iri for iri in _LABELS if iri in names]
    rows = survey.literals_with(present)
    if not len(rows):
        return
    subject = survey.literal_subjects[rows].astype(np.int64)
    role = survey.literal_numbers("predicate")[rows].astype(np.int64)
    # Tags are compared without regard to case (RDF 1.1), so that "en-GB" and "en-gb" are one language.
    tags = [tag.lower() for tag in survey.literal_names("language")]
    first = {tag: place for place, tag in reversed(list(enumerate(tags)))}
    language = np.array([first[tag] for tag in tags], np.int64)[survey.literal_numbers("language")[rows]]
    encoded = survey.store.columns.literals.column("value").take(pa.array(rows)).dictionary_encode()
    text = encoded.indices.to_numpy().astype(np.int64)
    preferred = role == (names.index(v.SKOS_PREF_LABEL) if v.SKOS_PREF_LABEL in names else -1)
    said = np.lexsort((text, language, subject))
    twice = _repeated(said[preferred[said]], (subject, language), text)
    yield from _finding(
        survey,
        rows[twice],
        "skos-preferred-twice",
        "concepts have two preferred labels in one language (SKOS S14)",
    )
    clashing = _repeated(said, (subject, language, text), role)
    yield from _finding(
        survey, rows[clashing], "skos-label-clash", "labels are preferred, alternative or hidden at once (SKOS S13)"
    )  # fmt: skip


Column = np.ndarray[tuple[int], np.dtype[np.int64]]


def _repeated(rows: Column, keys: tuple[Column, ...], other: Column) -> Column:
    """Return, of rows sorted by keys, those that agree with the row before in the keys and differ in another column;
    of each run of equal keys the first such row.
    """
    if len(rows) < 2:
        return rows[:0]
    same = np.ones(len(rows) - 1, np.bool_)
    for key in keys:
        same &= key[rows[1:]] == key[rows[:-1]]
    differing = np.flatnonzero(same & (other[rows[1:]] != other[rows[:-1]])) + 1
    run = np.cumsum(np.append(True, ~same))[differing]
    found: Column = rows[differing[np.append(True, run[1:] != run[:-1])]] if len(differing) else rows[:0]
    return found


def _finding(survey: Survey, rows: Column, code: str, message: str) -> Iterator[Finding]:
    if len(rows):
        examples = tuple(survey.literal(int(row)) for row in rows[: survey.limit])
        yield Finding(code, Severity.error, message, len(rows), examples)
