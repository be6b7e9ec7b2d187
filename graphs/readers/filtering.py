"""Filters: what of a file is wanted, applied to blocks of statements of any format.

Languages match as ranges do in basic filtering (https://www.rfc-editor.org/rfc/rfc4647#section-3.3.1): ``en`` lets
``en-GB`` through. A property is named by its IRI or by the last part of it (``P31``). Labels and definitions pass the
filter of properties, for without them nothing could be told from anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.block import Block, LiteralCodes, TripleCodes
from graphs.labels import DEFINITION_PREDICATES, LABEL_PREDICATES
from graphs.readers.reading import Filters, Reading
from graphs.vocabulary import local_name

__all__ = ["filtered", "language_wanted", "property_wanted"]

_TEXTS = frozenset({*LABEL_PREDICATES, *DEFINITION_PREDICATES})


@lru_cache(1 << 16)
def language_wanted(tag: str, filters: Filters) -> bool:
    """Tell whether texts in a language are wanted; those without a language always are.

    >>> [language_wanted(tag, Filters(languages=frozenset({"en"}))) for tag in ("en", "en-GB", "eng", "de", "")]
    [True, True, False, False, True]
    """
    if not tag or not filters.languages:
        return True
    tag = tag.partition("--")[0].lower()  # a base direction may follow the tag
    ranges = (wanted.lower() for wanted in filters.languages)
    return any(tag == wanted or tag.startswith(wanted + "-") for wanted in ranges)


@lru_cache(1 << 16)
def property_wanted(iri: str, filters: Filters) -> bool:
    """Tell whether statements of a property are wanted.

    >>> wanted = Filters(properties=frozenset({"P31"}))
    >>> [property_wanted(f"http://www.wikidata.org/prop/direct/{name}", wanted) for name in ("P31", "P279")]
    [True, False]
    """
    return (
        not filters.properties
        or iri in filters.properties
        or local_name(iri) in filters.properties
        or iri in _TEXTS
    )


def filtered(blocks: Iterable[Block], reading: Reading) -> Iterator[Block]:
    """Yield blocks without the statements that the filters of a reading leave out, and count these.

    Args:
        blocks: what a reader yields.
        reading: has the filters; its ``filtered`` grows by what is left out.
    """
    filters = reading.filters
    if not (filters.languages or filters.properties):
        yield from blocks
        return
    for block in blocks:
        pools, triples, literals = block.pools, block.triples, block.literals
        relations = _wanted(pools.relations, property_wanted, filters)
        predicates = _wanted(pools.predicates, property_wanted, filters)
        languages = _wanted(pools.languages, language_wanted, filters)
        stated = relations[triples.relation]
        said = predicates[literals.predicate] & languages[literals.language]
        kept = replace(block, triples=_triples(triples, stated), literals=_literals(literals, said))
        reading.filtered += len(block) - len(kept)
        yield kept


def _wanted(
    pool: pa.LargeStringArray, test: Callable[[str, Filters], bool], filters: Filters
) -> npt.NDArray[np.bool_]:
    names: Sequence[str] = pool.to_pylist()
    return np.fromiter((test(name, filters) for name in names), np.bool_, len(names))


def _triples(rows: TripleCodes, mask: npt.NDArray[np.bool_]) -> TripleCodes:
    return TripleCodes(**{name: getattr(rows, name)[mask] for name in TripleCodes.__dataclass_fields__})


def _literals(rows: LiteralCodes, mask: npt.NDArray[np.bool_]) -> LiteralCodes:
    return LiteralCodes(**{name: getattr(rows, name)[mask] for name in LiteralCodes.__dataclass_fields__})
