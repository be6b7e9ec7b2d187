"""``kgx kg fetch``: what a SPARQL endpoint holds, page by page, into a stored graph."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kgx.cli.kg.importing import (
    Base,
    Failing,
    Languages,
    OnError,
    Prefixes,
    Properties,
    Source,
    options_of,
    report_on,
)
from kgx.cli.options import AsJson, Debug

__all__ = ["FETCH_EXAMPLES", "fetch"]

FETCH_EXAMPLES = """
Examples:

kgx kg fetch https://example.org/sparql --out my-graph

kgx kg fetch http://localhost:7200/repositories/museum --graph http://example.org/thesaurus --out thesaurus

kgx kg fetch https://example.org/sparql --construct birds.rq --page-size 5000 --out birds
"""


class BlankNodes(StrEnum):
    """What to do with blank nodes in answers of several pages."""

    refuse = "refuse"
    page = "page"
    endpoint = "endpoint"


def fetch(
    url: Annotated[str, typer.Argument(metavar="URL", help="Address of the endpoint.", show_default=False)],
    out: Annotated[
        Path, typer.Option("--out", help="Folder of the graph; one that stands there is replaced.")
    ],
    construct: Annotated[
        Path | None,
        typer.Option("--construct", help="File with a CONSTRUCT query; left out, all triples are fetched."),
    ] = None,
    graph: Annotated[
        str, typer.Option("--graph", help="IRI of the named graph to fetch; left out, the default graph.")
    ] = "",
    page_size: Annotated[
        int, typer.Option("--page-size", min=1, help="Solutions to ask for at a time.")
    ] = 10_000,
    blank_nodes: Annotated[
        BlankNodes,
        typer.Option(
            "--blank-nodes",
            help="Where they stand on several pages: refuse; page: let a node come once a page; "
            "endpoint: trust that the server names it the same in every answer.",
        ),
    ] = BlankNodes.refuse,
    timeout: Annotated[float, typer.Option("--timeout", min=1, help="Seconds to wait for an answer.")] = 60,
    attempts: Annotated[int, typer.Option("--attempts", min=1, help="Attempts for each page.")] = 6,
    base: Base = None,
    source: Source = None,
    prefixes: Prefixes = None,
    on_error: Failing = OnError.stop,
    languages: Languages = None,
    properties: Properties = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Fetch the statements of a SPARQL endpoint into a stored graph.

    Pages that have come are kept beside the graph until all are there: started again, it goes on where it was. A busy
    server is asked again, ever more slowly.
    """
    from graphs.importing import import_files
    from graphs.readers.sparql import Endpoint, Patience
    from kgx.progress import byte_bar

    query = "" if construct is None else construct.read_text(encoding="utf-8")
    endpoint = Endpoint(
        url,
        construct=query,
        graph=graph,
        page_size=page_size,
        blank_nodes=blank_nodes.value,
        patience=Patience(timeout=timeout, attempts=attempts),
    )
    options = options_of(
        graph=graph,
        base=base,
        source=source,
        prefixes=prefixes,
        on_error=on_error,
        languages=languages,
        properties=properties,
    )
    with byte_bar("fetch") as progress:
        report = import_files([endpoint], out, options, progress=progress)
    report_on(report, out, as_json)
