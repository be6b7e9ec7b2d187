"""Biolink's KGX format out, as tables or as JSON Lines: a file of nodes and a file of edges.

The two stand beside each other, ``kg_nodes.tsv`` and ``kg_edges.tsv`` for ``kg.tsv``, or in a folder, as ``nodes.tsv``
and ``edges.tsv``. Entities of well-known namespaces are written as CURIEs. Nodes that only edges speak of have no
record of their own. Statements about edges become columns of the edges again.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from graphs.attribute_names import RDF_JSON, XSD_BOOLEAN, XSD_DOUBLE, XSD_INTEGER
from graphs.readers.tables.biolink import CATEGORY, SINGLE, XREF, written_name
from graphs.readers.tables.families import pair_paths
from graphs.readers.tables.kgx import LIST
from graphs.readers.tables.kgx_records import DATATYPE, EDGE, LANGUAGE
from graphs.store import Store
from graphs.writers.packing import created
from graphs.writers.tables.folding import fold
from graphs.writers.tables.kgx_columns import KINDS, NAMES, Cell, KgxCells
from graphs.writers.tables.statements import LiteralRows, TripleRows, details
from graphs.writers.written import Written

__all__ = ["write_kgx_jsonl", "write_kgx_tsv"]

_ROWS: Final = 100_000
_TEXTS: Final = "texts with line ends, tabs or separators that tables cannot hold"
_BROKEN: Final = re.compile(r"[\t\n\r\0]")
_NODE_COLUMNS: Final = ("id", CATEGORY, "name", "description", XREF, "provided_by", "synonym")
_EDGE_COLUMNS: Final = ("id", *EDGE, CATEGORY, "relation", "provided_by")
_LISTS: Final = frozenset({CATEGORY, XREF, "synonym", "provided_by", "publications"})
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")

Record = list[Cell]
Records = Callable[[Counter[str]], Iterator[Record]]


def write_kgx_tsv(store: Store, path: Path) -> Written:
    """Write a graph as two tables of Biolink's KGX format.

    Named graphs and weights have no place there, nor have texts with tabs, line ends, or (in lists) ``|``.

    Args:
        store: the graph.
        path: a folder, or a name from which those of the two files are made.

    Raises:
        GraphError: a file cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> graph = Store.from_triples([("ex:owl", "ex:eats", "ex:mouse")])
    >>> with TemporaryDirectory() as folder:
    ...     written = write_kgx_tsv(graph, Path(folder))
    ...     print(Path(folder, "edges.tsv").read_text().expandtabs(10))
    id        subject   predicate object
              ex:owl    ex:eats   ex:mouse
    <BLANKLINE>
    """
    return _write(store, path, ".tsv", _write_table)


def write_kgx_jsonl(store: Store, path: Path) -> Written:
    """Write a graph as two files of JSON Lines of Biolink's KGX format.

    Named graphs and weights have no place there.

    Args:
        store: the graph.
        path: a folder, or a name from which those of the two files are made.

    Raises:
        GraphError: a file cannot be written.
    """
    return _write(store, path, ".jsonl", _write_lines)


def _write(store: Store, path: Path, ending: str, write: Callable[..., None]) -> Written:
    left_out: Counter[str] = Counter()
    graph = _Graph(store, left_out)
    nodes, edges = pair_paths(path, ending, "edges")
    with created(nodes) as node_stream, created(edges) as edge_stream:
        write(node_stream, graph.nodes, _NODE_COLUMNS, left_out)
        write(edge_stream, graph.edges, _EDGE_COLUMNS, left_out)
    lost = sum(left_out[what] for what in (NAMES, KINDS, _TEXTS))
    return Written(graph.statements - lost, {**details(store), **left_out})


class _Graph:
    """The records of a graph."""

    def __init__(self, store: Store, left_out: Counter[str]) -> None:
        self._store = store
        self._rows = TripleRows.of(store).plain(left_out)
        literals = LiteralRows.of(store).plain(left_out)
        self.statements = len(self._rows) + len(literals)
        self._folded = fold(store, self._rows)
        self._cells = KgxCells(store, self._rows, literals, self._folded)

    def nodes(self, left_out: Counter[str]) -> Iterator[Record]:
        """Yield the records of nodes."""
        for node, cells in self._cells.of_nodes(left_out):
            name = written_name(self._store.entity_iri(node))
            if name is None:
                left_out[NAMES] += max(len(cells), 1)
            else:
                yield [Cell("id", name), *cells]

    def edges(self, left_out: Counter[str]) -> Iterator[Record]:
        """Yield the records of edges: first those that more is said of."""
        plain = ~self._cells.said
        plain[self._folded.edge] = False
        described = self._cells.of_edges(left_out)
        following = next(described, None)
        ends = self._ends(self._folded.edge)
        for statement, columns in zip(self._folded.statement.tolist(), ends, strict=True):
            cells: Record = []
            if following is not None and following[0] == statement:
                cells, following = following[1], next(described, None)
            name = written_name(self._store.entity_iri(statement))
            if name is None or columns is None:
                left_out[NAMES] += len(cells) + len(EDGE) + 2
            else:
                yield [Cell("id", name), *columns, *cells]
        for columns in self._ends(np.flatnonzero(plain)):
            if columns is None:
                left_out[NAMES] += 1
            else:
                yield columns

    def _ends(self, rows: npt.NDArray[np.int64]) -> Iterator[Record | None]:
        """Yield subject, predicate and object of triples; None where one cannot be written."""
        for start in range(0, len(rows), _ROWS):
            part = rows[start : start + _ROWS]
            heads, tails = (
                self._store.entity_iris(ends[part]) for ends in (self._rows.head, self._rows.tail)
            )
            relations = [self._store.relation_iris[number] for number in self._rows.relation[part].tolist()]
            for triple in zip(heads, relations, tails, strict=True):
                names = [written_name(iri) for iri in triple]
                cells = [
                    Cell(column, name) for column, name in zip(EDGE, names, strict=True) if name is not None
                ]
                yield cells if len(cells) == len(EDGE) else None


def _columns(cells: Iterable[Cell]) -> dict[str, list[Cell]]:
    """Return cells by their column, with the languages and datatypes in columns of their own."""
    columns: dict[str, list[Cell]] = {}
    for cell in cells:
        columns.setdefault(cell.column, []).append(cell)
    for column, found in list(columns.items()):
        for kind, texts in (
            (LANGUAGE, [cell.language for cell in found]),
            (DATATYPE, [cell.datatype for cell in found]),
        ):
            if any(texts):
                columns[column + kind] = [Cell(column + kind, text) for text in texts]
    return columns


def _write_table(stream: IO[bytes], records: Records, first: Sequence[str], left_out: Counter[str]) -> None:
    """Write records as tab-separated rows, after looking at all of them for the columns that they have."""
    found = {column: None for column in first if column in ("id", *EDGE)}
    for record in records(Counter()):
        found.update(dict.fromkeys(_columns(_in_table(record, Counter()))))
    header = sorted(found, key=lambda column: (_place(column, first), column))
    stream.write("\t".join(header).encode() + b"\n")
    for record in records(left_out):
        cells = _in_table(record, left_out)
        if len(cells) == 1 and len(record) > 1:
            continue  # nothing is left to say of the node
        columns = _columns(cells)
        row = [LIST.join(cell.text for cell in columns.get(column, ())) for column in header]
        stream.write("\t".join(row).encode() + b"\n")


def _place(column: str, first: Sequence[str]) -> int:
    base = column.partition("@")[0]
    return first.index(base) if base in first else len(first)


def _in_table(record: Record, left_out: Counter[str]) -> Record:
    """Return the cells that a table without quotes can hold."""
    kept = []
    for cell in record:
        separated = cell.column not in SINGLE and LIST in cell.text
        if cell.text and not separated and not _BROKEN.search(cell.text):
            kept.append(cell)
        else:
            left_out[_TEXTS] += 1
    return kept


def _write_lines(stream: IO[bytes], records: Records, _: Sequence[str], left_out: Counter[str]) -> None:
    """Write records as objects of JSON, one a line."""
    for record in records(left_out):
        values: dict[str, list[str]] = {}
        rest: Record = []
        for cell in record:
            plain = _json(cell)
            rest.append(cell if plain is None else cell._replace(datatype=""))
            values.setdefault(cell.column, []).append(_text(cell.text) if plain is None else plain)
        for column, cells in _columns(rest).items():
            values.setdefault(column, [_text(cell.text) for cell in cells])
        members = (f"{_text(column)}: {_listed(column, found)}" for column, found in values.items())
        stream.write(f"{{{', '.join(members)}}}\n".encode())


def _json(cell: Cell) -> str | None:
    """Return a number, truth value or nested value as it stands in JSON; None for what is written as a text."""
    kind, text = cell.datatype, cell.text
    if kind == written_name(XSD_BOOLEAN):
        return text if text in ("true", "false") else None
    if kind in (written_name(XSD_INTEGER), written_name(XSD_DOUBLE)):
        number = _NUMBER.fullmatch(text)
        is_whole = number is not None and not any(number.groups())
        return text if number is not None and is_whole == (kind == written_name(XSD_INTEGER)) else None
    if kind == written_name(RDF_JSON):
        try:
            value: Any = json.loads(text)
            same = (
                isinstance(value, list | dict)
                and json.dumps(value, ensure_ascii=False, sort_keys=True) == text
            )
        except (ValueError, RecursionError):
            return None
        return text if same else None
    return None


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _listed(column: str, values: list[str]) -> str:
    """Return values as a list, or as one value where there is but one and the column is not for lists."""
    if len(values) == 1 and column not in _LISTS and not values[0].startswith(("[", "{")):
        return values[0]
    return f"[{', '.join(values)}]"
