"""Checks of literals: datatypes, language tags, and texts that were decoded wrongly.

Sources: RDF 1.1 Concepts (https://www.w3.org/TR/rdf11-concepts/#section-Graph-Literal) and BCP 47
(https://www.rfc-editor.org/rfc/rfc5646#section-2.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphs import vocabulary as v
from graphs.survey import Survey
from graphs.validate.findings import Finding, Severity
from graphs.validate.lexical import DATATYPES, ill_typed

__all__ = ["check_datatypes", "check_language_tags", "check_texts", "is_language_tag"]

_DIRECTION: Final = re.compile(r"--(?:ltr|rtl)$")
_PRIVATE: Final = r"x(?:-[a-z0-9]{1,8})+"
_GRANDFATHERED: Final = (
    "en-gb-oed|i-ami|i-bnn|i-default|i-enochian|i-hak|i-klingon|i-lux|i-mingo|i-navajo|i-pwn|i-tao|i-tay|i-tsu|"
    "sgn-be-fr|sgn-be-nl|sgn-ch-de"
)
_TAG: Final = re.compile(
    "(?:"
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})"  # language, and up to three extensions of it
    r"(?:-[a-z]{4})?"  # script
    r"(?:-(?:[a-z]{2}|[0-9]{3}))?"  # region
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"  # variants
    r"(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*"  # extensions
    f"(?:-{_PRIVATE})?|{_PRIVATE}|{_GRANDFATHERED})",
    re.IGNORECASE | re.ASCII,
)
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def is_language_tag(tag: str) -> bool:
    """Tell whether a tag is well-formed, as BCP 47 says; whether its parts are registered is another matter.

    >>> [is_language_tag(tag) for tag in ("en", "zh-Hant-TW", "de-1996", "x-mine", "en_US", "english language", "a")]
    [True, True, True, True, False, False, False]
    """
    return _TAG.fullmatch(tag) is not None


def check_datatypes(survey: Survey) -> Iterator[Finding]:
    """Find literals whose text is no lexical form of their datatype, and datatypes that XML Schema does not have."""
    codes = survey.literal_numbers("datatype")
    values = survey.store.columns.literals.column("value")
    for code, datatype in enumerate(survey.literal_names("datatype")):
        if not datatype:
            continue
        rows = np.flatnonzero(codes == code)
        if datatype.startswith(v.XSD) and datatype not in DATATYPES:
            message = f"literals have the datatype {datatype}, which XML Schema does not have"
            yield _finding(survey, "unknown-datatype", Severity.warning, message, rows)
        elif datatype == v.RDF_LANG_STRING:
            message = f"literals have the datatype {datatype} and no language"
            yield _finding(survey, "ill-typed-literal", Severity.error, message, rows)
        else:
            wrong = rows[ill_typed(values.take(pa.array(rows)), datatype)]
            if len(wrong):
                message = f"literals are no valid {datatype}"
                yield _finding(survey, "ill-typed-literal", Severity.error, message, wrong)


def check_language_tags(survey: Survey) -> Iterator[Finding]:
    """Find language tags that are not well-formed; a base direction (RDF 1.2) is no part of the tag."""
    codes = survey.literal_numbers("language")
    for code, tag in enumerate(survey.literal_names("language")):
        if tag and not is_language_tag(_DIRECTION.sub("", tag)):
            rows = np.flatnonzero(codes == code)
            message = f"literals have the language tag {tag!r}, which BCP 47 does not allow"
            yield _finding(survey, "bad-language-tag", Severity.error, message, rows)


def check_texts(survey: Survey) -> Iterator[Finding]:
    """Find texts with U+FFFD, which decoders put in the place of what they could not decode."""
    found = pc.match_substring(survey.store.columns.literals.column("value"), _REPLACEMENT)
    rows = np.flatnonzero(found.to_numpy(zero_copy_only=False))
    if len(rows):
        message = "literals hold U+FFFD: some program before could not decode the text"
        yield _finding(survey, "undecoded-text", Severity.warning, message, rows)


def _finding(
    survey: Survey,
    code: str,
    severity: Severity,
    message: str,
    rows: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> Finding:
    examples = tuple(survey.literal(int(row)) for row in rows[: survey.limit])
    return Finding(code, severity, message, len(rows), examples)
