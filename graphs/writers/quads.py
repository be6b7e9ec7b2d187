"""A graph as lines of N-Triples or N-Quads (https://www.w3.org/TR/n-quads/), many at a time, by columns.

All other syntaxes of RDF, and SPARQL engines, are fed with these.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import IO, Final, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphs.bare_names import NAMES
from graphs.ordering import stable_order
from graphs.store import Store
from graphs.writers.rows import LiteralTexts, Rows, TripleTexts
from graphs.writers.terms import StoreTerms, joined
from graphs.writers.writable import Dialect, writable

__all__ = ["Quads", "as_stream"]

_ROWS: Final = 1 << 16
"""Statements that are written at a time."""


class Quads:
    """The statements of a graph as text: each once, and those about one subject together.

    Attributes:
        statements: how many lines have been given out so far.
        left_out: how many statements, or parts of them, have no place in the text, by what they are.

    >>> graph = Store.from_triples(
    ...     [("ex:owl", "ex:eats", "a mouse")], literals=[("ex:owl", "ex:name", "Owl", "en")]
    ... )
    >>> print(b"".join(Quads(graph).lines()).decode(), end="")
    <ex:owl> <ex:eats> <urn:graphs:name:a%20mouse> .
    <ex:owl> <ex:name> "Owl"@en .
    """

    def __init__(
        self,
        store: Store,
        dialect: Dialect | None = None,
        *,
        namespace: str = NAMES,
        provenance: bool = False,
    ) -> None:
        """Choose what of a graph to write, and how its terms are written.

        Args:
            store: the graph.
            dialect: what the syntax has a place for; left out, all that N-Quads has.
            namespace: where names that are no IRIs become IRIs; see :mod:`graphs.bare_names`.
            provenance: whether to say of every statement, as an ``rdf:Statement``, which source it comes from, and
                its weight where it is not 1.
        """
        dialect = dialect or Dialect(graphs=True)
        # The name of a node in XML must not begin with a digit, as those of blank nodes often do.
        terms = StoreTerms.of(store, namespace, "_" if dialect.xml else "")
        self._store = store
        self._rows = writable(store, dialect, terms, provenance)
        self._triples = TripleTexts(store, terms, dialect, namespace)
        self._literals = LiteralTexts(store, terms, dialect, namespace)
        self.statements = 0
        self.left_out: Counter[str] = self._rows.left_out + self._literals.misfits(self._rows.literals)

    def lines(self) -> Iterator[memoryview]:
        """Yield whole lines, many at a time."""
        triples, literals = self._rows.statements, self._rows.literals
        order = self._by_subject(triples, literals)
        for begin in range(0, len(order), _ROWS):
            chosen = order[begin : begin + _ROWS]
            of_triple = chosen < len(triples)
            text = pa.concat_arrays(
                [
                    self._triples.lines(triples[chosen[of_triple]]),
                    self._literals.lines(literals[chosen[~of_triple] - len(triples)]),
                ]
            )
            places = np.empty(len(chosen), np.int64)
            places[np.argsort(~of_triple, kind="stable")] = np.arange(len(chosen))
            self.statements += len(chosen)
            yield _content(text.take(pa.array(places)))
        yield from self._provenance()

    def _by_subject(self, triples: Rows, literals: Rows) -> Rows:
        """Return the order of triples, numbered before literals, in which those of a graph and a subject follow."""
        subjects = np.concatenate([self._triples.subjects(triples), self._literals.subjects(literals)])
        order = stable_order(subjects).astype(np.int64)
        graphs = [self._triples.graph_terms(triples), self._literals.graph_terms(literals)]
        encoded = pa.chunked_array(graphs).unify_dictionaries()
        if len(encoded.chunk(0).dictionary) < 2:
            return order
        codes = np.concatenate([chunk.indices.to_numpy() for chunk in encoded.chunks])
        return order[stable_order(codes[order])]

    def _provenance(self) -> Iterator[memoryview]:
        """Yield what is known of statements: an ``rdf:Statement`` for each of their sources."""
        label = _free_label(self._store)
        number = 0
        told = [(self._triples, self._rows.told_statements), (self._literals, self._rows.told_literals)]
        for texts, rows in told:
            for begin in range(0, len(rows), _ROWS):
                chosen = rows[begin : begin + _ROWS]
                numbers = pa.array(np.arange(number, number + len(chosen))).cast(pa.large_string())
                number += len(chosen)
                text, count = texts.told(chosen, joined(f"_:{label}", numbers))
                self.statements += count
                yield _content(text)


def _free_label(store: Store) -> str:
    """Return the beginning of names that no blank node of the graph has."""
    names = store.columns.entities.column("iri")
    label = "said"
    while pc.any(pc.starts_with(names, f"_:{label}")).as_py():
        label += "-"
    return label


def _content(text: pa.LargeStringArray) -> memoryview:
    """Return the bytes of all rows of an array that begins where its buffers begin, without copying them."""
    _, offsets, data = text.buffers()
    if data is None or not len(text):
        return memoryview(b"")
    return memoryview(data).cast("B")[: np.frombuffer(offsets, np.int64)[len(text)]]


class _Chunks(io.RawIOBase):
    """A stream of what an iterator yields."""

    def __init__(self, chunks: Iterable[memoryview]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        part = self._rest[: len(buffer)]
        buffer[: len(part)] = part
        self._rest = self._rest[len(part) :]
        return len(part)


def as_stream(chunks: Iterable[memoryview]) -> IO[bytes]:
    """Return a stream to read text from as it is made.

    >>> as_stream([memoryview(b"an "), memoryview(b"owl")]).read()
    b'an owl'
    """
    return cast(IO[bytes], io.BufferedReader(_Chunks(chunks), 1 << 20))
