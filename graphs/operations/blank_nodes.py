"""Blank nodes by their names: which entities they are, and how to rename them wherever a name may stand.

A blank node's name means nothing outside the file that it comes from
(https://www.w3.org/TR/rdf11-concepts/#section-blank-nodes), so whoever puts two graphs together, or compares them, has
to rename some. Names stand as entities, inside triple terms, and as names of named graphs.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs.block import Block
from graphs.columns import Columns

__all__ = ["all_blank_nodes", "blank_names", "blanks_within", "rename_blank_nodes", "replace_blanks_within"]

_START: Final = "_:"
_AFTER: Final = "_;"
"""The first string, in the order of code points, that is behind all that begin with ``_:``."""
_TRIPLE_TERM: Final = "<<"
_TOKEN: Final = re.compile(r'<[^<>\s]*>|"(?:[^"\\]|\\.)*"|(_:[^\s<>"]+)')
"""IRIs and texts, in which ``_:`` means nothing, or else the name of a blank node."""


def blank_names(iris: pa.LargeStringArray) -> range:
    """Return which of the sorted names of a graph's entities are those of blank nodes.

    >>> blank_names(pa.array(["<<( _:x <ex:p> <ex:a> )>>", "_:x", "_:y", "ex:a"], pa.large_string()))
    range(1, 3)
    """
    rows = range(len(iris))
    return range(*(bisect_left(rows, edge, key=lambda row: iris[row].as_py()) for edge in (_START, _AFTER)))


def all_blank_nodes(columns: Columns) -> set[str]:
    """Return the names of all blank nodes of a graph: entities, named graphs, and those within triple terms."""
    iris = columns.entities.column("iri")
    blanks = blank_names(iris)
    found = set(iris.slice(blanks.start, len(blanks)).to_pylist())
    for table in (columns.statements, columns.literals):
        graphs = table.column("graph").dictionary.to_pylist()
        found.update(graph for graph in graphs if graph.startswith(_START))
    rows = _naming_rows(iris)
    terms = iris.take(pa.array(rows[(rows < blanks.start) | (rows >= blanks.stop)])).to_pylist()
    found.update(name for term in terms for name in blanks_within(term))
    return found


def blanks_within(term: str) -> list[str]:
    """Return the blank nodes that a triple term names, in order.

    >>> blanks_within('<<( _:x <ex:_:p> "_:no" )>>')
    ['_:x']
    """
    return [found.group(1) for found in _TOKEN.finditer(term) if found.group(1)]


def replace_blanks_within(term: str, rename: Callable[[str], str]) -> str:
    """Return a triple term with every blank node that it names called by another name.

    >>> replace_blanks_within('<<( _:x <ex:_:p> "_:x" )>>', str.upper)
    '<<( _:X <ex:_:p> "_:x" )>>'
    """
    return _TOKEN.sub(lambda found: rename(found.group(1)) if found.group(1) else found.group(0), term)


def rename_blank_nodes(block: Block, rename: Callable[[str], str]) -> Block:
    """Return a block whose blank nodes are called by other names, wherever they stand.

    >>> from graphs.statements import Statements
    >>> statements = Statements()
    >>> statements.add("_:x", "ex:says", "<<( _:x <ex:p> <ex:a> )>>", graph="_:g")
    >>> pools = rename_blank_nodes(statements.block(), lambda name: name + "2").pools
    >>> pools.nodes.to_pylist(), pools.graphs.to_pylist()
    (['_:x2', '<<( _:x2 <ex:p> <ex:a> )>>'], ['_:g2'])
    """
    pools = block.pools
    renamed = replace(pools, nodes=_renamed(pools.nodes, rename), graphs=_renamed(pools.graphs, rename))
    return replace(block, pools=renamed)


def _renamed(names: pa.LargeStringArray, rename: Callable[[str], str]) -> pa.LargeStringArray:
    rows = _naming_rows(names)
    if not len(rows):
        return names
    found = names.take(pa.array(rows)).to_pylist()
    others = [
        rename(name) if name.startswith(_START) else replace_blanks_within(name, rename) for name in found
    ]
    mask = np.zeros(len(names), np.bool_)
    mask[rows] = True
    return pc.replace_with_mask(names, pa.array(mask), pa.array(others, pa.large_string()))


def _naming_rows(names: pa.LargeStringArray) -> npt.NDArray[np.int64]:
    """Return the rows that are, or may name, a blank node."""
    naming = pc.or_(
        pc.starts_with(names, _START),
        pc.and_(pc.starts_with(names, _TRIPLE_TERM), pc.match_substring(names, _START)),
    )
    return np.flatnonzero(naming.to_numpy(zero_copy_only=False))
