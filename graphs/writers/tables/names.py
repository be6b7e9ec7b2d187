"""Entities as the names in tables that stand for them: what the reader would not take back as it was is not written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs.prefixes import expand
from graphs.readers.tables.cells import BLANK, ENTITY, TERM, texts_of
from graphs.readers.tables.naming import Naming, is_bracketed

__all__ = ["NameTexts"]

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class NameTexts:
    """Names as they are written, and where they can stand.

    Attributes:
        written: one text a name.
        heads: which can be heads, bool.
        tails: which can be tails, bool; nothing else can be anywhere.
        relations: which can be relations, bool.
    """

    written: pa.LargeStringArray
    heads: Flags
    tails: Flags
    relations: Flags

    @classmethod
    def of(
        cls, names: pa.LargeStringArray, prefixes: Mapping[str, str], *, literals: bool = True
    ) -> NameTexts:
        """Write names.

        Args:
            names: IRIs, blank nodes, triple terms and bare names.
            prefixes: those that the reader may know: a name that it would take for a CURIE is written in brackets.
            literals: whether the reader takes what has the syntax of a literal for one.

        >>> names = pa.array(["ex:owl", "barn owl", '"owl"', "a\\tb", "_:b"], pa.large_string())
        >>> texts = NameTexts.of(names, {"ex": "http://example.org/"})
        >>> texts.written.to_pylist()[:2], texts.tails.tolist(), texts.relations.tolist()
        (['<ex:owl>', 'barn owl'], [True, True, False, False, True], [True, True, False, False, False])
        """
        found = texts_of(names, Naming(), literals=literals)
        same = pc.equal(found.names, names).to_numpy(zero_copy_only=False)
        entity, blank, term = (same & (found.kinds == kind) for kind in (ENTITY, BLANK, TERM))
        return cls(_bracketed(names, prefixes), entity | blank, entity | blank | term, entity)

    @property
    def names_graph(self) -> Flags:
        """Which can name the graph that a statement stands in; nothing stands for the default graph."""
        default: Flags = pc.equal(self.written, "").to_numpy(zero_copy_only=False)
        return np.logical_or(self.heads, default)


def _bracketed(names: pa.LargeStringArray, prefixes: Mapping[str, str]) -> pa.LargeStringArray:
    """Return names, in brackets where a reader that knows the prefixes would expand them."""
    for prefix in filter(None, prefixes):
        mask = pc.starts_with(names, f"{prefix}:")
        if pc.any(mask).as_py():
            texts = [_protected(name, prefixes) for name in names.filter(mask).to_pylist()]
            names = pc.replace_with_mask(names, mask, pa.array(texts, names.type))
    return names


def _protected(name: str, prefixes: Mapping[str, str]) -> str:
    written = f"<{name}>"
    return written if expand(name, prefixes) is not None and is_bracketed(written) else name
