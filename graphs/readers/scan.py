"""Lines of N-Triples and N-Quads (https://www.w3.org/TR/n-quads/), many at a time, by columns instead of one by one.

Nearly every line of such files has the same simple shape: terms with one space between them, a space, a dot. Those are
cut apart by where their spaces are, and only strings that have not come before are looked at closely. What is not
of that shape, valid or not, is left to pyoxigraph, which also says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs.block import Block, Codes, LiteralCodes, Pools, TripleCodes, constant
from graphs.encoding import encoded_together
from graphs.readers.terms import NodeNames, literal_parts, node_names, slices

__all__ = ["Scanned", "scan"]

_NEWLINE, _SPACE, _DOT, _QUOTE, _HASH, _LESS, _MORE, _LOW = b'\n ."#<>_'
_FAR: Final = np.int64(1) << 62

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scanned:
    """What became of some lines.

    Attributes:
        block: the statements of simple shape.
        others: the other lines that are neither empty nor comments: number, counted from 1, and content.
        lines: how many lines there are.
    """

    block: Block
    others: list[tuple[int, bytes]]
    lines: int


def scan(
    data: bytes, *, quads: bool, scope: str, source: str = "", graph: str = "", first_line: int = 1
) -> Scanned:
    """Take lines apart.

    Args:
        data: whole lines, without carriage returns; a last line may lack its newline.
        quads: whether a fourth term, the named graph, is allowed.
        scope: goes before the name of every blank node, so that those of different files stay apart.
        source: kept with every statement.
        graph: the named graph of statements that name none.
        first_line: number of the first line.

    >>> scanned = scan(b'<ex:a> <ex:b> "c"@en .\\n# done\\n<ex:a>\\t<ex:b> _:x .\\n', quads=False, scope="1-")
    >>> scanned.block.pools.nodes.to_pylist(), scanned.block.pools.values.to_pylist(), scanned.others
    (['ex:a'], ['c'], [(3, b'<ex:a>\\t<ex:b> _:x .')])
    """
    if not data.endswith(b"\n"):
        data += b"\n"
    content = np.frombuffer(data, np.uint8)
    lines = _Lines.of(content, quads, _broken_text(data))
    objects = slices(content, lines.second + 1, lines.third)
    literal = content[lines.second + 1] == _QUOTE
    literal_rows, triple_rows = np.flatnonzero(literal), np.flatnonzero(~literal)

    nodes, (head, tail) = _nodes(
        [slices(content, lines.start, lines.first), objects.take(pa.array(triple_rows))], scope
    )
    relations, (predicate,) = _nodes([slices(content, lines.first + 1, lines.second)], scope)
    written, (value,) = encoded_together([objects.take(pa.array(literal_rows))])
    parts = literal_parts(written)
    graphs, context = pa.array([graph], pa.large_string()), constant(0, len(literal))
    valid = nodes.resources[head] & relations.iris[predicate]
    if lines.named.any():
        found, (context,) = _nodes([slices(content, lines.context, lines.last)], scope)
        graphs = pc.replace_with_mask(found.names, pa.array(found.empty), pa.scalar(graph, pa.large_string()))
        valid &= found.resources[context] | ~lines.named
    valid[triple_rows] &= nodes.valid[tail]
    valid[literal_rows] &= parts.valid[value]

    kept, said = valid[triple_rows], valid[literal_rows]
    triple_rows, literal_rows = triple_rows[kept], literal_rows[said]
    value = value[said]
    pools = Pools.of(
        nodes=nodes.names,
        relations=relations.names,
        predicates=relations.names,
        values=parts.values,
        languages=parts.languages,
        datatypes=parts.datatypes,
        sources=[source],
        graphs=graphs,
    )
    triples = TripleCodes(
        head=head[triple_rows],
        relation=predicate[triple_rows],
        tail=tail[kept],
        source=constant(0, len(triple_rows)),
        graph=context[triple_rows],
        weight=np.broadcast_to(np.float32(1), len(triple_rows)),
    )
    literals = LiteralCodes(
        subject=head[literal_rows],
        predicate=predicate[literal_rows],
        value=value,
        language=parts.language[value],
        datatype=parts.datatype[value],
        source=constant(0, len(literal_rows)),
        graph=context[literal_rows],
        weight=np.broadcast_to(np.float32(1), len(literal_rows)),
    )
    others = np.union1d(lines.others, lines.rows[~valid])
    return Scanned(
        Block(pools, triples, literals),
        [(first_line + row, data[lines.starts[row] : lines.ends[row]]) for row in others.tolist()],
        len(lines.starts),
    )


@dataclass(frozen=True, slots=True)
class _Lines:
    """Where the terms of lines are, as places in their bytes.

    ``rows`` are the lines of simple shape; for these, ``start``, ``first``, ``second``, ``third`` and ``last`` are
    where they begin, the ends of their first three terms, and where their last term ends; ``context`` is where a
    named graph begins (``last`` where there is none). ``others`` are lines that have content of another shape.
    """

    starts: Places
    ends: Places
    rows: Places
    others: Places
    start: Places
    first: Places
    second: Places
    third: Places
    context: Places
    last: Places
    named: Flags

    @classmethod
    def of(cls, content: Bytes, quads: bool, broken: Places) -> _Lines:
        ends = np.flatnonzero(content == _NEWLINE)
        starts = np.append(0, ends[:-1] + 1)
        spaces = np.append(np.flatnonzero(content == _SPACE), [_FAR, _FAR])
        place = np.searchsorted(spaces, starts)
        final = np.searchsorted(spaces, ends) - 1
        first, second = spaces[place], spaces[place + 1]
        last, before = spaces[final], spaces[final - 1]
        simple = (final >= place + 2) & (last == ends - 2) & (content[ends - 1] == _DOT)
        simple &= (first > starts) & (second > first + 1) & (last > second + 1)
        simple[np.searchsorted(ends, broken)] = False
        rows = np.flatnonzero(simple)
        empty = (ends == starts) | (content[starts] == _HASH)
        empty[np.searchsorted(ends, broken)] = False
        start, first, second = starts[rows], first[rows], second[rows]
        last, before = last[rows], before[rows]
        named = np.zeros(len(rows), np.bool_)
        if quads:
            opening = content[np.minimum(before + 1, last)]
            closing = content[last - 1]
            named = (before > second) & (
                ((opening == _LESS) & (closing == _MORE)) | ((opening == _LOW) & (closing != _QUOTE))
            )
        third = np.where(named, before, last)
        context = np.where(named, before + 1, last)
        return cls(
            starts,
            ends,
            rows,
            np.flatnonzero(~simple & ~empty),
            start,
            first,
            second,
            third,
            context,
            last,
            named,
        )


def _broken_text(data: bytes) -> Places:
    """Return places, one in each line that is not valid UTF-8."""
    try:
        if not data.isascii():
            data.decode()
    except UnicodeDecodeError:
        places, at = [], 0
        while at < len(data):
            end = data.index(b"\n", at)
            try:
                data[at:end].decode()
            except UnicodeDecodeError:
                places.append(at)
            at = end + 1
        return np.array(places, np.int64)
    return np.zeros(0, np.int64)


def _nodes(columns: Sequence[pa.LargeBinaryArray], scope: str) -> tuple[NodeNames, list[Codes]]:
    tokens, codes = encoded_together(columns)
    return node_names(tokens, scope), codes
