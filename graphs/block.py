"""Block: some statements on their way into a graph, as columns of numbers over pools of strings.

Readers make blocks, :class:`graphs.assemble.Assembler` makes a graph of them. Within a block every string stands
once, in any order; the numbers of its rows are places in these pools.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["Block", "Codes", "LiteralCodes", "Pools", "TripleCodes", "constant", "is_constant"]

Codes = npt.NDArray[np.int32]
Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pools:
    """The strings of a block, each once, in any order.

    Attributes:
        nodes: names of entities: IRIs, blank nodes ``_:name``, and RDF 1.2 triple terms ``<<( s p o )>>``.
        relations: IRIs of the predicates of triples.
        predicates: IRIs of the predicates of literals.
        values: lexical forms of literals.
        languages: BCP 47 tags, of which the empty one says "none".
        datatypes: IRIs; the empty one stands for plain text.
        sources: who says so, a file or a data set by its name.
        graphs: IRIs (or blank nodes) of named graphs; the empty one is the default graph.
    """

    nodes: pa.LargeStringArray
    relations: pa.LargeStringArray
    predicates: pa.LargeStringArray
    values: pa.LargeStringArray
    languages: pa.LargeStringArray
    datatypes: pa.LargeStringArray
    sources: pa.LargeStringArray
    graphs: pa.LargeStringArray

    @classmethod
    def of(cls, **strings: Any) -> Pools:
        """Make pools of sequences of strings; those left out hold just the empty string.

        >>> Pools.of(nodes=["ex:a"]).languages.to_pylist()
        ['']
        """
        names = cls.__dataclass_fields__
        kind = pa.large_string()
        return cls(**{name: pa.array(strings.get(name, [""]), kind) for name in names})


@dataclass(frozen=True, slots=True)
class TripleCodes:
    """Triples between entities; each column has one number a row (``weight``: a float)."""

    head: Codes
    relation: Codes
    tail: Codes
    source: Codes
    graph: Codes
    weight: Weights


@dataclass(frozen=True, slots=True)
class LiteralCodes:
    """Literals that are said of entities; each column has one number a row (``weight``: a float)."""

    subject: Codes
    predicate: Codes
    value: Codes
    language: Codes
    datatype: Codes
    source: Codes
    graph: Codes
    weight: Weights


@dataclass(frozen=True, slots=True)
class Block:
    """Some statements: pools of strings, and rows that point into them."""

    pools: Pools
    triples: TripleCodes
    literals: LiteralCodes

    def __len__(self) -> int:
        return len(self.triples.head) + len(self.literals.subject)


def constant(number: int, length: int) -> Codes:
    """Return a column that says the same in every row, without the memory for it.

    >>> constant(3, 4)
    array([3, 3, 3, 3], dtype=int32)
    """
    return np.broadcast_to(np.int32(number), length)


def is_constant(column: npt.NDArray[Any]) -> bool:
    """Tell whether a column is one that :func:`constant` has made, or of weights the like of it.

    >>> is_constant(constant(3, 4)), is_constant(np.full(4, 3, np.int32))
    (True, False)
    """
    return column.strides == (0,) and len(column) > 0
