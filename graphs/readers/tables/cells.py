"""The distinct texts in a table's cells, many at a time: which entities and literals they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs.block import Codes
from graphs.readers.tables.naming import NameProblem, Naming, is_absolute
from graphs.readers.terms import LiteralParts, literal_parts, slices
from graphs.string_bytes import content

__all__ = ["BLANK", "EMPTY", "ENTITY", "INVALID", "LITERAL", "TERM", "Texts", "texts_of"]

INVALID, EMPTY, ENTITY, BLANK, TERM, LITERAL = range(6)
"""What a text can be: no name, nothing, an IRI or bare name, a blank node, a triple term, a literal."""

_QUOTE, _LESS, _LOW, _COLON = b'"<_:'
_DELETE: Final = 0x7F
Places = npt.NDArray[np.int64]

_BREAKS: Final = (b"\n", b"\r", b"\0")


@dataclass(frozen=True, slots=True)
class Texts:
    """What some texts are, one entry a text.

    Attributes:
        names: the entities that they name; of others, anything.
        kinds: what each is, :data:`INVALID` to :data:`LITERAL`, int8.
        problems: for invalid ones, why they cannot name an entity.
        literals: the literals among them, taken apart.
        literal: for literals, their number in ``literals``, int32.
    """

    names: pa.LargeStringArray
    kinds: npt.NDArray[np.int8]
    problems: dict[int, str]
    literals: LiteralParts
    literal: Codes


def texts_of(texts: pa.LargeStringArray, naming: Naming, *, literals: bool = True) -> Texts:
    """Tell what texts stand for.

    A text in the syntax of an N-Triples literal is a literal; every other is a name, also one that starts with a
    quote.

    Args:
        texts: what stands in cells.
        naming: how names become entities.
        literals: False takes what has the syntax of a literal for a name.

    >>> found = texts_of(pa.array(["owl", '"owl"@en', '"Owl"_City', ""], pa.large_string()), Naming())
    >>> found.kinds.tolist(), found.literals.values.to_pylist(), found.problems
    ([2, 5, 2, 1], ['owl'], {})
    """
    kinds = np.full(len(texts), ENTITY, np.int8)
    literal = np.zeros(len(texts), np.int32)
    problems: dict[int, str] = {}
    names = _resolved(texts, naming)
    special = _special(texts)
    picked = texts.take(pa.array(special))
    written = pc.starts_with(picked, '"').to_numpy(zero_copy_only=False)
    if not literals:
        written[:] = False
    parts, is_literal = _literals(picked.filter(pa.array(written)))
    found = special[written][is_literal]
    kinds[found] = LITERAL
    literal[found] = np.arange(len(found), dtype=np.int32)
    others = special[kinds[special] != LITERAL]
    if len(others):
        renamed = []
        for row, text in zip(others.tolist(), texts.take(pa.array(others)).to_pylist(), strict=True):
            kinds[row], name = _kind(text, naming, problems, row)
            renamed.append(name)
        mask = np.zeros(len(texts), np.bool_)
        mask[others] = True
        names = pc.replace_with_mask(names, pa.array(mask), pa.array(renamed, pa.large_string()))
    return Texts(names, kinds, problems, parts, literal)


def _special(texts: pa.LargeStringArray) -> Places:
    """Return the texts to be looked at one by one: empty, quoted, bracketed, blank, or with control characters."""
    data, bounds = content(texts)
    low, high = bounds[:-1], bounds[1:]
    padded = np.append(data[bounds[0] : bounds[-1]], np.zeros(2, np.uint8))
    first, second = padded[low - bounds[0]], padded[low - bounds[0] + 1]
    special = (low == high) | (first == _QUOTE) | (first == _LESS) | ((first == _LOW) & (second == _COLON))
    control = (padded[:-2] < ord(" ")) | (padded[:-2] == _DELETE)
    if control.any():
        places = np.flatnonzero(control) + bounds[0]
        special |= np.diff(np.searchsorted(places, bounds)) > 0
    return np.flatnonzero(special)


def _kind(text: str, naming: Naming, problems: dict[int, str], row: int) -> tuple[int, str]:
    if not text:
        return EMPTY, ""
    term = naming.term(text)
    if term:
        return TERM, term
    try:
        name = naming.name(text)
    except NameProblem as problem:
        problems[row] = str(problem)
        return INVALID, ""
    return (BLANK if text.startswith("_:") else ENTITY), name


def _literals(written: pa.LargeStringArray) -> tuple[LiteralParts, npt.NDArray[np.bool_]]:
    """Take literals apart; return those that are valid, and which these are."""
    tokens = written.view(pa.large_binary())
    whole = np.ones(len(tokens), np.bool_)
    for character in _BREAKS:  # they end a line, and may not stand in a literal as they are
        whole &= ~pc.match_substring(tokens, character).to_numpy(zero_copy_only=False)
    parts = literal_parts(tokens.filter(pa.array(whole)))
    valid = whole.copy()
    valid[whole] = parts.valid
    return (
        LiteralParts(
            parts.values.filter(pa.array(parts.valid)),
            parts.language[parts.valid],
            parts.datatype[parts.valid],
            parts.languages,
            parts.datatypes,
            parts.valid[parts.valid],
        ),
        valid,
    )


def _resolved(texts: pa.LargeStringArray, naming: Naming) -> pa.LargeStringArray:
    """Expand the CURIEs whose prefix is known, and resolve bare names against the base."""
    expanded = np.zeros(len(texts), np.bool_)
    names = texts
    if naming.prefixes:
        prefixes, code, colon = _prefixes(texts)
        spaces = pa.array([naming.prefixes.get(prefix) for prefix in prefixes], pa.large_string())
        known = np.array([prefix in naming.prefixes for prefix in prefixes], np.bool_)
        expanded = known[code] if len(prefixes) else expanded
        rows = np.flatnonzero(expanded)
        if len(rows):
            local = _after(texts.take(pa.array(rows)), colon[rows] + 1)
            expanded[rows] = ~pc.starts_with(local, "//").to_numpy(zero_copy_only=False)
            kept = pa.array(expanded[rows])
            space = spaces.take(pa.array(code[rows])).filter(kept)
            joined = pc.binary_join_element_wise(space, local.filter(kept), pa.scalar("", pa.large_string()))
            names = pc.replace_with_mask(names, pa.array(expanded), joined)
    if naming.base is not None:
        bare = [
            None if done or is_absolute(text) else naming.resolved(text)
            for done, text in zip(expanded.tolist(), texts.to_pylist(), strict=True)
        ]
        resolved = pa.array(bare, pa.large_string())
        names = pc.coalesce(resolved, names)
    return names


def _prefixes(texts: pa.LargeStringArray) -> tuple[list[str], Codes, npt.NDArray[np.int64]]:
    """Return what stands before the first colons, each once; for every text, its number there, and the colon."""
    data, bounds = content(texts)
    colon = pc.find_substring(texts, ":").to_numpy(zero_copy_only=False).astype(np.int64)
    low = bounds[:-1]
    before = slices(data, low, low + np.maximum(colon, 0)).dictionary_encode()
    return before.dictionary.cast(pa.large_string()).to_pylist(), before.indices.to_numpy(), colon


def _after(texts: pa.LargeStringArray, skipped: npt.NDArray[np.int64]) -> pa.LargeStringArray:
    """Return texts without as many bytes at their beginnings."""
    data, bounds = content(texts)
    return slices(data, bounds[:-1] + skipped, bounds[1:]).view(pa.large_string())
