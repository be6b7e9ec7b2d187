"""``kgx kg query``: SPARQL over a graph."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgx.cli.kg.plain_text import aligned
from kgx.cli.options import AsJson, Debug

if TYPE_CHECKING:
    from graphs.query import Answer, Index
    from graphs.query.answers import Term
    from graphs.store import Store

__all__ = ["QUERY_EXAMPLES", "AnswerFormat", "query"]

QUERY_EXAMPLES = """
Examples:

kgx kg query my-graph "SELECT ?s ?label { ?s skos:prefLabel ?label } LIMIT 10"

kgx kg query my-graph --file counts.rq --format csv > counts.csv

kgx kg query my-graph "CONSTRUCT { ?s a ?c } WHERE { ?s a ?c }" --format n-triples --index my-graph.index
"""


class AnswerFormat(StrEnum):
    """How the answer is printed."""

    table = "table"
    csv = "csv"
    tsv = "tsv"
    json = "json"
    n_triples = "n-triples"


def query(
    graph: Annotated[Path, typer.Argument(metavar="GRAPH", help="Stored graph, or a file of any format.")],
    text: Annotated[
        str | None, typer.Argument(metavar="QUERY", help="The query.", show_default=False)
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="File that the query stands in; - is the standard input.")
    ] = None,
    format_: Annotated[AnswerFormat, typer.Option("--format", help="How the answer is printed.")] = (
        AnswerFormat.table
    ),
    limit: Annotated[int | None, typer.Option("--limit", min=0, help="Rows to print at most.")] = None,
    index: Annotated[
        Path | None,
        typer.Option("--index", help="Folder to keep the index in; made anew when the graph has changed."),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Ask a graph in SPARQL 1.1: SELECT, ASK, CONSTRUCT or DESCRIBE.

    The default graph is all that the graph holds, named graphs included; GRAPH and FROM narrow it. Its prefixes, and
    rdf, rdfs, owl, xsd and skos, need no declaration. Updates and SERVICE are refused: nothing is changed or fetched.

    Each time, the graph is indexed in memory, at about 3 s and 0.7 GB for a million statements; with --index, this is
    done once, on disk.
    """
    from graphs import GraphError, read_graph
    from graphs.query import Question, write_answer

    if (text is None) == (file is None):
        raise GraphError("expected a query, either as an argument or with --file")
    store = read_graph(graph)
    question = Question(_read(file) if text is None else text, store.prefixes)
    with _interruptible():
        answer = question.ask(_index(store, index), limit=limit)
        chosen = AnswerFormat.json if as_json else format_
        if chosen is AnswerFormat.table:
            for line in _table(answer, store.prefixes):
                typer.echo(line)
        else:
            write_answer(answer, sys.stdout, chosen.value)
    if answer.more:
        typer.echo(f"there are more rows than the {limit:,} that --limit allows", err=True)


def _read(file: Path | None) -> str:
    from graphs import GraphFormatError

    if file is None or str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise GraphFormatError(f"the query cannot be read: {error}", file) from error


def _index(store: Store, folder: Path | None) -> Index:
    from graphs.query import Index
    from kgx.progress import count_bar

    with count_bar("index") as progress:
        index = Index.of(store, progress) if folder is None else Index.kept(store, folder, progress)
    for what, count in index.left_out.items():
        typer.echo(f"not asked, because RDF has no place for them: {count:,} {what}", err=True)
    return index


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end a query at once: the engine, busy with one, would not hear of it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _table(answer: Answer, prefixes: Mapping[str, str]) -> Iterator[str]:
    if answer.kind == "ask":
        yield str(answer.boolean).lower()
        return
    rows = ([_cell(term, prefixes) for term in row] for row in answer.rows)
    yield from aligned(_headed(answer.variables, rows))


def _headed(names: tuple[str, ...], rows: Iterator[list[str]]) -> Iterator[list[str]]:
    yield list(names)
    yield from rows


def _cell(term: Term | None, prefixes: Mapping[str, str]) -> str:
    import pyoxigraph as ox

    from graphs.bare_names import name_of
    from graphs.prefixes import shorten
    from graphs.query.answers import term_text

    if term is None:
        return ""
    if isinstance(term, ox.NamedNode):
        return shorten(name_of(term.value), prefixes)
    if isinstance(term, ox.Literal):
        return f"{term.value}@{term.language}" if term.language else term.value
    return term_text(term)
