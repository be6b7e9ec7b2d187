"""A SPARQL endpoint (https://www.w3.org/TR/sparql11-protocol/) as statements."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import pyoxigraph as ox

from graphs.block import Block
from graphs.errors import GraphError
from graphs.readers.lines import read_lines
from graphs.readers.reading import Reading
from graphs.readers.sparql.fetching import Answer, Fetcher, Patience, TransientError
from graphs.readers.sparql.pages import Page, Pages
from graphs.readers.sparql.queries import Queries

__all__ = ["BlankNodes", "Endpoint", "read_sparql"]

BlankNodes = Literal["refuse", "page", "endpoint"]

_FORMATS: Final = {
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/plain": ox.RdfFormat.N_TRIPLES,
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/x-turtle": ox.RdfFormat.TURTLE,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}


@dataclass(frozen=True)
class Endpoint:
    """What of an endpoint is read, and how.

    Attributes:
        url: its address.
        construct: a CONSTRUCT query; empty for all triples. It is asked page by page if it ends in an ORDER BY that
            leaves no two solutions in doubt, and has no LIMIT; else once.
        graph: the named graph to take all triples of; empty for the default graph.
        page_size: solutions to ask for at a time.
        workplace: folder that keeps the pages; a reading that was ended goes on from there, and whoever has taken the
            statements removes it. Left out, pages are kept nowhere.
        blank_nodes: names of blank nodes hold for one answer, so that a node which stands on two pages comes twice.
            ``refuse`` stops where that could be, ``page`` lets it be, ``endpoint`` trusts the server to give a node
            the same name in every answer (as Oxigraph, rdflib and Virtuoso do).
        patience: how long the server is waited for.
    """

    url: str
    construct: str = ""
    graph: str = ""
    page_size: int = 10_000
    workplace: Path | None = None
    blank_nodes: BlankNodes = "refuse"
    patience: Patience = field(default_factory=Patience)


def read_sparql(reading: Reading, endpoint: Endpoint) -> Iterator[Block]:
    """Yield the statements of an endpoint.

    Args:
        reading: has the source, the graph and what else statements get; it has neither path nor stream.
        endpoint: where, and what.

    Raises:
        GraphError: the server refuses, gives no sound answer in the attempts that it has, or sends blank nodes whose
            names cannot be trusted; the query is no CONSTRUCT; or the workplace holds something else.
    """
    queries = Queries(endpoint.construct, endpoint.graph, endpoint.page_size)
    fetcher = Fetcher(endpoint.url, endpoint.patience)
    asked = {"url": endpoint.url, "query": queries.page(0), "paged": queries.is_paged}
    with ExitStack() as stack:
        workplace = endpoint.workplace
        if workplace is None:
            workplace = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sparql-")))
        pages = Pages(workplace, asked)
        received = 0
        for number, page in enumerate(_pages(pages, queries, fetcher)):
            if endpoint.blank_nodes == "refuse" and queries.is_paged and page.blanks and not _is_all(pages):
                raise GraphError(
                    f"{endpoint.url}: there are blank nodes in an answer of several pages, and their names hold for "
                    "one page: ask for larger pages, or choose whether to trust these names in all pages"
                )
            path = pages.path(page)
            received += path.stat().st_size
            if reading.progress is not None:
                reading.progress(received)
            scope_of = endpoint.url if endpoint.blank_nodes == "endpoint" else f"{endpoint.url} {number}"
            yield from _statements(path, reading, endpoint.graph, scope_of)


def _is_all(pages: Pages) -> bool:
    return pages.is_complete and len(pages.found) == 1


def _pages(pages: Pages, queries: Queries, fetcher: Fetcher) -> Iterator[Page]:
    """Yield the pages that are there, then those that are fetched; one is ahead, to know which is the last."""
    waiting: Page | None = None
    for page in list(pages.found):
        if waiting is not None:
            yield waiting
        waiting = page
    offset = _after(waiting, queries)
    while not pages.is_complete:
        content, triples, blanks = _fetch(fetcher, queries.page(offset))
        if not triples:
            pages.complete()
            break
        page = pages.add(content, offset, triples, blanks=blanks)
        if not queries.is_paged:
            pages.complete()
        if waiting is not None:
            yield waiting
        waiting = page
        offset = _after(page, queries)
    if waiting is not None:
        yield waiting


def _after(page: Page | None, queries: Queries) -> int:
    """Return how many solutions have come with a page and those before it."""
    if page is None:
        return 0
    return page.offset + (page.triples if queries.counts_triples else queries.page_size)


def _fetch(fetcher: Fetcher, query: str) -> tuple[bytes, int, bool]:
    """Return an answer as N-Triples, the number of its triples, and whether there are blank nodes among them."""
    parsed: list[ox.Triple] = []

    def check(answer: Answer) -> None:
        nonlocal parsed
        parsed = _triples(answer)

    fetcher.fetch(query, check)
    content = ox.serialize(parsed, format=ox.RdfFormat.N_TRIPLES) or b""
    blanks = any(type(end) is ox.BlankNode for triple in parsed for end in (triple.subject, triple.object))
    return content, len(parsed), blanks


def _triples(answer: Answer) -> list[ox.Triple]:
    """Return the triples of an answer, each once.

    Raises:
        TransientError: it is not valid; it may have been cut.
        GraphError: it is nothing that can be read.
    """
    kind = _FORMATS.get(answer.media_type)
    if kind is None:
        head = answer.content[:60].decode("utf-8", "replace")
        raise GraphError(
            f"expected N-Triples of the endpoint, got {answer.media_type or 'no media type'}: {head!r}"
        )
    try:
        quads = ox.parse(answer.content, kind)
        return list(dict.fromkeys(quad.triple for quad in quads))
    except SyntaxError as error:
        raise TransientError(f"the answer is not valid {kind.name}: {error.msg}") from error


def _statements(path: Path, reading: Reading, graph: str, scope_of: str) -> Iterator[Block]:
    page = Reading(
        path,
        reading.source,
        "n-triples",
        graph=reading.graph or graph,
        on_error=reading.on_error,
        limits=reading.limits,
        jobs=reading.jobs,
    )
    page.scope = hashlib.sha256(scope_of.encode()).hexdigest()[:12] + "-"
    yield from read_lines(page)
    for rejection in page.rejections():
        reading.reject(rejection.reason, rejection.line, rejection.count)
