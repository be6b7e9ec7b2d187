"""What a graph says of nodes and of edges, as the values of columns of Biolink's KGX format."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from graphs import vocabulary as v
from graphs.readers.tables.biolink import (
    BIOLINK,
    CATEGORY,
    SINGLE,
    XREF,
    column_of,
    is_reference,
    written_name,
)
from graphs.readers.tables.kgx_records import EDGE, RESOURCE
from graphs.readers.tables.literal_rows import language_tag
from graphs.store import Store
from graphs.writers.tables.folding import Folded
from graphs.writers.tables.statements import LiteralRows, TripleRows

__all__ = ["KINDS", "NAMES", "Cell", "KgxCells"]

NAMES: Final = "statements with names that tables cannot hold"
KINDS: Final = "literals with a language or datatype that is none"
_TAKEN: Final = frozenset({"id", *EDGE})
_ROWS: Final = 100_000

Mask = npt.NDArray[np.bool_]
Said = tuple[int, "Cell"]


class Cell(NamedTuple):
    """A value in a column, with its language, or the name of its datatype; names have neither."""

    column: str
    text: str
    language: str = ""
    datatype: str = ""


class KgxCells:
    """The cells of a graph's nodes and described edges, and which triples these say.

    Attributes:
        said: rows of the triples that are said by columns of nodes and edges, bool.
    """

    def __init__(self, store: Store, rows: TripleRows, literals: LiteralRows, folded: Folded) -> None:
        self._store, self._rows, self._literals, self._folded = store, rows, literals, folded
        self._columns = [column_of(predicate, _TAKEN) for predicate in literals.predicates.to_pylist()]
        edges = np.zeros(len(rows), np.bool_)
        edges[folded.edge] = True
        self._types = self._of(v.RDF_TYPE) & ~folded.describing & ~edges
        self._references = self._of(BIOLINK + XREF) & ~edges & self._is_reference()
        self.said = self._types | self._references | folded.describing

    def _of(self, relation: str) -> Mask:
        known = relation in self._store.relation_iris
        return np.asarray(self._rows.relation == (self._store.relation_id(relation) if known else -1))

    def _is_reference(self) -> Mask:
        """Tell which tails would be taken for names in a column of cross-references."""
        written = np.zeros(self._store.num_entities, np.bool_)
        tails = np.unique(self._rows.tail[self._of(BIOLINK + XREF)])
        written[tails] = [is_reference(written_name(iri) or "") for iri in self._store.entity_iris(tails)]
        return np.asarray(written[self._rows.tail])

    def of_nodes(self, left_out: Counter[str]) -> Iterator[tuple[int, list[Cell]]]:
        """Yield the entities that something is said of, and that describe no edge, with their cells.

        Args:
            left_out: counts what has no place.
        """
        for node, cells in self._grouped(left_out, described=False):
            alone = len(cells) == 1 and cells[0] == Cell(CATEGORY, written_name(RESOURCE) or "")
            yield node, [] if alone else cells

    def of_edges(self, left_out: Counter[str]) -> Iterator[tuple[int, list[Cell]]]:
        """Yield the entities that describe edges and say more of them, with their cells; for the rest, see above."""
        yield from self._grouped(left_out, described=True)

    def _grouped(self, left_out: Counter[str], *, described: bool) -> Iterator[tuple[int, list[Cell]]]:
        inside = np.zeros(self._store.num_entities, np.bool_)
        inside[self._folded.statement] = True
        chosen = inside if described else ~inside
        streams = [self._literal_cells(chosen, left_out)]
        for mask, column in ((self._types, CATEGORY), (self._references, XREF)):
            streams.append(self._name_cells(np.flatnonzero(mask & chosen[self._rows.head]), column, left_out))
        merged = heapq.merge(*streams, key=lambda said: said[0])
        for subject, group in groupby(merged, key=lambda said: said[0]):
            yield subject, _one_each(cell for _, cell in group)

    def _literal_cells(self, chosen: Mask, left_out: Counter[str]) -> Iterator[Said]:
        literals = self._literals
        kinds = [written_name(kind) if kind else "" for kind in literals.datatypes]
        spoken = [language_tag(tag) is not None for tag in literals.languages]
        text_kind = written_name(v.XSD_STRING) or ""
        for start in range(0, len(literals), _ROWS):
            part = literals.where(slice(start, start + _ROWS))
            part = part.where(chosen[part.subject])
            codes = (part.subject, part.predicate, part.language, part.datatype)
            said = zip(*(column.tolist() for column in codes), part.value.to_pylist(), strict=True)
            for subject, predicate, language, datatype, text in said:
                column, kind = self._columns[predicate], kinds[datatype]
                tag = literals.languages[language]
                if column is None:
                    left_out[NAMES] += 1
                elif kind is None or not spoken[language] or (tag and kind):
                    left_out[KINDS] += 1
                else:
                    needs_kind = not (tag or kind) and (
                        column == CATEGORY or (column == XREF and is_reference(text))
                    )
                    yield subject, Cell(column, text, tag, text_kind if needs_kind else kind)

    def _name_cells(self, rows: npt.NDArray[np.int64], column: str, left_out: Counter[str]) -> Iterator[Said]:
        for start in range(0, len(rows), _ROWS):
            part = rows[start : start + _ROWS]
            heads = self._rows.head[part].tolist()
            for head, iri in zip(heads, self._store.entity_iris(self._rows.tail[part]), strict=True):
                text = written_name(iri)
                if text is None:
                    left_out[NAMES] += 1
                else:
                    yield head, Cell(column, text)


def _one_each(cells: Iterable[Cell]) -> list[Cell]:
    """Return cells such that columns of one value have one: the others go to a column of the predicate's full name."""
    kept, seen = [], set()
    for cell in sorted(cells, key=_preference):
        if cell.column in SINGLE and cell.column in seen:
            cell = cell._replace(column=_full_column(cell.column))
        seen.add(cell.column)
        kept.append(cell)
    return kept


def _preference(cell: Cell) -> tuple[str, bool, bool, str, str, str]:
    return cell.column, bool(cell.language), cell.language != "en", cell.language, cell.text, cell.datatype


@lru_cache
def _full_column(column: str) -> str:
    predicates = {"name": v.RDFS_LABEL, "description": v.DCTERMS_DESCRIPTION}
    return column_of(predicates[column], frozenset(SINGLE)) or column
