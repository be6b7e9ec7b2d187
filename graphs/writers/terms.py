"""What the store holds, as N-Triples writes it (https://www.w3.org/TR/n-triples/), many terms at a time.

Terms of the plain kind are told by a regular expression; all others are asked about one by one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyoxigraph as ox

from graphs import vocabulary as v
from graphs.bare_names import NAMES, iri_of, is_written_plainly
from graphs.readers.terms import term_name
from graphs.store import Store

__all__ = [
    "StoreTerms",
    "Terms",
    "datatype_suffixes",
    "escaped",
    "iris",
    "joined",
    "language_suffixes",
    "resources",
]

Flags = npt.NDArray[np.bool_]

_UCSCHAR: Final = r"\x{A0}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFEF}\x{10000}-\x{1FFFD}"
_PCHAR: Final = rf"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@{_UCSCHAR}]|%[0-9A-Fa-f]{{2}})"
_PATH: Final = rf"(?:/|{_PCHAR})*"
_PLAIN_IRI: Final = (
    rf"^(?:https?://[A-Za-z0-9\-._]+(?::[0-9]{{1,4}})?(?:/{_PATH})?|[A-Za-z][A-Za-z0-9+.\-]*:{_PCHAR}{_PATH})"
    rf"(?:\?(?:\?|/|{_PCHAR})*)?(?:#(?:\?|/|{_PCHAR})*)?$"
)
"""What is certainly an IRI of https://www.rfc-editor.org/rfc/rfc3987; others are asked about one by one."""
_SCHEME: Final = r"^[A-Za-z][A-Za-z0-9+.\-]*:"
_PLAIN_BLANK: Final = r"^_:[A-Za-z0-9_](?:[A-Za-z0-9_.\-]*[A-Za-z0-9_\-])?$"
_PLAIN_NAME: Final = r"^[A-Za-z0-9\-._~!$&'()*+,;=:@/]+$"
_TO_ESCAPE: Final = r"[\x00-\x1F\"\\\x7F\x{FFFE}\x{FFFF}]"
_NAMED_ESCAPES: Final = {
    "\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"
}  # fmt: skip
_ESCAPES: Final = str.maketrans(
    {chr(code): f"\\u{code:04X}" for code in (*range(32), 0x7F, 0xFFFE, 0xFFFF)} | _NAMED_ESCAPES
)


_LANGUAGE_DATATYPES: Final = (v.RDF_LANG_STRING, v.RDF_DIR_LANG_STRING)
"""Datatypes that only values with a language may have."""


class Terms(NamedTuple):
    """Terms as they are written, and which of them are triple terms (these cannot be subjects)."""

    written: pa.LargeStringArray
    triples: Flags


class StoreTerms(NamedTuple):
    """The terms of a graph as they are written: entities, relations, and the predicates of literals by their code."""

    nodes: Terms
    relations: pa.LargeStringArray
    predicates: pa.LargeStringArray

    @classmethod
    def of(cls, store: Store, namespace: str = NAMES, blank_prefix: str = "") -> StoreTerms:
        """Write the terms of a graph; the arguments are those of :func:`resources`."""
        predicates = store.columns.literals.column("predicate").dictionary.cast(pa.large_string())
        return cls(
            resources(store.columns.entities.column("iri"), namespace, blank_prefix),
            iris(store.columns.relations.column("iri"), namespace),
            iris(predicates, namespace),
        )


def joined(*parts: pa.LargeStringArray | str) -> pa.LargeStringArray:
    """Return the parts of every row one after another; a plain text is the same in every row.

    >>> joined("<", pa.array(["a", "b"], pa.large_string()), ">").to_pylist()
    ['<a>', '<b>']
    """
    kind = pa.large_string()
    return pc.binary_join_element_wise(
        *(pa.scalar(part, kind) if isinstance(part, str) else part for part in parts), pa.scalar("", kind)
    )


def resources(names: pa.LargeStringArray, namespace: str, blank_prefix: str = "") -> Terms:
    """Return how entities are written.

    Args:
        names: IRIs, blank nodes ``_:name``, triple terms, and bare names.
        namespace: where bare names become IRIs; see :mod:`graphs.bare_names`.
        blank_prefix: goes before the name of every blank node.

    >>> names = pa.array(["http://example.org/a", "_:b", "cat", "<<( <x:s> <x:p> _:b )>>"], pa.large_string())
    >>> for term in resources(names, "urn:graphs:name:", "n").written.to_pylist():
    ...     print(term)
    <http://example.org/a>
    _:nb
    <urn:graphs:name:cat>
    <<( <x:s> <x:p> _:nb )>>
    """
    blank, quoted = _flags(pc.starts_with(names, "_:")), _flags(pc.starts_with(names, "<<("))
    special = blank | quoted
    if not special.any():
        return Terms(iris(names, namespace), quoted)
    written = _exchanged(names, ~special, lambda others: iris(others, namespace))
    written = _exchanged(written, blank, lambda labels: _blanks(labels, blank_prefix))
    if quoted.any():
        found = [_triple_term(name, blank_prefix) for name in names.filter(pa.array(quoted)).to_pylist()]
        texts = [f"<{iri_of(text, namespace)}>" if term is None else term for text, term in found]
        written = pc.replace_with_mask(written, pa.array(quoted), pa.array(texts, pa.large_string()))
        quoted[quoted] = [term is not None for _, term in found]
    return Terms(written, quoted)


def iris(names: pa.LargeStringArray, namespace: str) -> pa.LargeStringArray:
    """Return how relations are written: those with bare names under ``namespace``.

    >>> iris(pa.array(["http://example.org/a", "is a"], pa.large_string()), "urn:graphs:name:").to_pylist()
    ['<http://example.org/a>', '<urn:graphs:name:is%20a>']
    """
    plainly = _written_plainly(names, namespace)
    if plainly.all():
        return _bracketed(names)
    return _bracketed(_exchanged(names, ~plainly, lambda bare: _encoded(bare, namespace)))


def _bracketed(names: pa.LargeStringArray) -> pa.LargeStringArray:
    return joined("<", names, ">")


def _written_plainly(names: pa.LargeStringArray, namespace: str) -> Flags:
    """Tell which names are written as they are; see :func:`graphs.bare_names.is_written_plainly`."""
    under = _flags(pc.starts_with(names, namespace))
    plainly = ~under & _flags(pc.match_substring_regex(names, _PLAIN_IRI))
    if not plainly.all():
        unsure = under | (~plainly & _flags(pc.match_substring_regex(names, _SCHEME)))
        asked = names.filter(pa.array(unsure)).to_pylist()
        plainly[unsure] = [is_written_plainly(name, namespace) for name in asked]
    return plainly


def _encoded(names: pa.LargeStringArray, namespace: str) -> pa.LargeStringArray:
    odd = ~_flags(pc.match_substring_regex(names, _PLAIN_NAME))
    whole = joined(namespace, names)
    others = [iri_of(name, namespace) for name in names.filter(pa.array(odd)).to_pylist()]
    return pc.replace_with_mask(whole, pa.array(odd), pa.array(others, pa.large_string()))


def _blanks(names: pa.LargeStringArray, prefix: str) -> pa.LargeStringArray:
    odd = ~_flags(pc.match_substring_regex(names, _PLAIN_BLANK))
    prefixed = names
    if prefix:
        prefixed = pc.binary_replace_slice(names, start=2, stop=2, replacement=prefix)
    others = [f"_:{prefix}{_label(name[2:])}" for name in names.filter(pa.array(odd)).to_pylist()]
    return pc.replace_with_mask(prefixed, pa.array(odd), pa.array(others, pa.large_string()))


def _label(label: str) -> str:
    """Return a blank node's label; one that RDF cannot write is exchanged for a digest."""
    try:
        if ":" not in label:  # pyoxigraph takes them, Turtle and XML do not
            return ox.BlankNode(label).value
    except ValueError:
        pass  # the label is to be exchanged
    return f"x{hashlib.sha256(label.encode()).hexdigest()[:32]}"


def _triple_term(name: str, blank_prefix: str) -> tuple[str, str | None]:
    """Return a name, and how it is written if it is a triple term in the form in which the store keeps them."""
    try:
        (quad,) = ox.parse(f"<x:s> <x:p> {name} .".encode(), ox.RdfFormat.N_TRIPLES)
    except (SyntaxError, ValueError):
        return name, None
    term = quad.object
    if type(term) is not ox.Triple or term_name(term, "") != name:
        return name, None
    return name, term_name(term, blank_prefix)


def escaped(values: pa.LargeStringArray) -> pa.LargeStringArray:
    """Return texts as they stand between quotes: control characters, quotes and backslashes escaped.

    The canonical form of https://www.w3.org/TR/rdf12-n-triples/#canonical-ntriples is written.

    >>> escaped(pa.array(["owl", 'a "b"', "\\x07"], pa.large_string())).to_pylist()
    ['owl', 'a \\\\"b\\\\"', '\\\\u0007']
    """
    odd = pc.match_substring_regex(values, _TO_ESCAPE)
    if not pc.any(odd).as_py():
        return values
    texts = [text.translate(_ESCAPES) for text in values.filter(odd).to_pylist()]
    return pc.replace_with_mask(values, odd, pa.array(texts, values.type))


def language_suffixes(languages: Sequence[str], *, directions: bool = True) -> tuple[list[str], Flags]:
    """Return what follows the closing quote of texts in some languages, and which tags cannot be written.

    Args:
        languages: BCP 47 tags, an RDF 1.2 base direction after ``--``; the empty one says "none".
        directions: whether base directions can be written.

    >>> suffixes, invalid = language_suffixes(["", "en-gb", "en--ltr", "en_GB"])
    >>> suffixes, invalid.tolist()
    (['', '@en-gb', '@en--ltr', ''], [False, False, False, True])
    """
    valid = [not tag or ((directions or "--" not in tag) and _is_language(tag)) for tag in languages]
    suffixes = [f"@{tag}" if tag and good else "" for tag, good in zip(languages, valid, strict=True)]
    return suffixes, ~np.array(valid, np.bool_)


def _is_language(tag: str) -> bool:
    if not re.fullmatch("[A-Za-z0-9-]+", tag):
        return False
    try:
        return any(ox.parse(f'<x:s> <x:p> ""@{tag} .'.encode(), ox.RdfFormat.N_TRIPLES))
    except SyntaxError:
        return False


def datatype_suffixes(datatypes: Sequence[str], namespace: str) -> tuple[list[str], Flags]:
    """Return what follows the closing quote of values of some datatypes, and which of these cannot be written.

    Args:
        datatypes: IRIs; the empty one stands for plain text.
        namespace: where bare names become IRIs.

    >>> suffixes, invalid = datatype_suffixes(["", "http://www.w3.org/2001/XMLSchema#date"], "urn:graphs:name:")
    >>> suffixes, invalid.tolist()
    (['', '^^<http://www.w3.org/2001/XMLSchema#date>'], [False, False])
    """
    written = iris(pa.array(datatypes, pa.large_string()), namespace).to_pylist()
    plain = ("", v.XSD_STRING, *_LANGUAGE_DATATYPES)
    suffixes = ["" if kind in plain else f"^^{iri}" for kind, iri in zip(datatypes, written, strict=True)]
    return suffixes, np.array([kind in _LANGUAGE_DATATYPES for kind in datatypes], np.bool_)


def _exchanged(
    names: pa.LargeStringArray, mask: Flags, work: Callable[[pa.LargeStringArray], pa.LargeStringArray]
) -> pa.LargeStringArray:
    """Return the names, those that the mask marks exchanged for what ``work`` makes of them."""
    if not mask.any():
        return names
    marked = pa.array(mask)
    return pc.replace_with_mask(names, marked, work(names.filter(marked)))


def _flags(marks: pa.BooleanArray) -> Flags:
    return np.array(marks.to_numpy(zero_copy_only=False), np.bool_)
