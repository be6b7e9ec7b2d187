"""``kgx kg export`` and ``kgx kg convert``: a graph into a file of any format, and files of one format into another."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgx.cli.kg.importing import (
    Base,
    Failing,
    Jobs,
    Languages,
    MaxBytes,
    MaxRatio,
    NamedGraph,
    OnError,
    Prefixes,
    Properties,
    Remote,
    options_of,
)
from kgx.cli.options import AsJson, Debug

if TYPE_CHECKING:
    from graphs.exporting import ExportOptions, ExportReport
    from graphs.store import Store

__all__ = ["CONVERT_EXAMPLES", "EXPORT_EXAMPLES", "convert", "export"]

EXPORT_EXAMPLES = """
Examples:

kgx kg export my-graph my-graph.ttl

kgx kg export my-graph dump.nq.zst --provenance

kgx kg export my-graph - --format n-triples | sort
"""
CONVERT_EXAMPLES = """
Examples:

kgx kg convert thesaurus.rdf thesaurus.ttl

kgx kg convert one.nt two.ttl.gz all.nq --graph http://example.org/all

curl -s https://example.org/data.ttl | kgx kg convert - - --from turtle --to n-triples
"""

To = Annotated[
    str | None, typer.Option("--to", help="Format to write; left out, the ending of the file tells.")
]
Lossy = Annotated[
    bool,
    typer.Option("--lossy", help="Write though the format has no place for all that the graph states."),
]
Namespace = Annotated[
    str | None,
    typer.Option(
        "--namespace", help="In RDF, the IRI that names which are no IRIs go under.", show_default=False
    ),
]
Provenance = Annotated[
    bool,
    typer.Option("--provenance", help="In RDF, say which source every statement comes from, and its weight."),
]


def export(
    graph: Annotated[Path, typer.Argument(help="A stored graph, or any file that can be imported.")],
    out: Annotated[
        str, typer.Argument(help="The file to write, packed as its ending says; - for the output.")
    ],
    format_: Annotated[
        str | None, typer.Option("--format", help="Format to write; left out, the ending of the file tells.")
    ] = None,
    lossy: Lossy = False,
    namespace: Namespace = None,
    provenance: Provenance = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write a graph to a file, and tell what the format has no place for.

    RDF in every syntax, tables, KGX, Neo4j, ConceptNet, Parquet, GraphML, GEXF and node-link JSON. The file is
    written whole or not at all; where the format cannot state all that the graph states, not without --lossy.
    """
    from graphs import read_graph
    from graphs.exporting import ExportOptions

    _check_output(out, as_json)
    options = ExportOptions(format_, lossy, namespace, provenance)
    _print(_export(read_graph(graph), out, options), out, as_json, {})


def convert(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="IN… OUT",
            help="Files or folders to read, and last the file to write; - for the standard input and output.",
            show_default=False,
        ),
    ],
    from_: Annotated[
        str | None, typer.Option("--from", help="Format of the files to read; left out, each tells its own.")
    ] = None,
    to: To = None,
    base: Base = None,
    graph: NamedGraph = "",
    prefixes: Prefixes = None,
    on_error: Failing = OnError.stop,
    languages: Languages = None,
    properties: Properties = None,
    allow_remote: Remote = False,
    max_bytes: MaxBytes = None,
    max_ratio: MaxRatio = 250,
    jobs: Jobs = None,
    lossy: Lossy = False,
    namespace: Namespace = None,
    provenance: Provenance = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Read files and write what they state in another format, each statement once.

    What could not be read stands in OUT.rejects.jsonl, with --on-error report.
    """
    if len(files) < 2:
        raise typer.BadParameter("name a file to read and a file to write")
    from graphs.exporting import ExportOptions
    from graphs.importing import REJECTS, import_files
    from graphs.store import Store
    from kgx.progress import byte_bar

    *inputs, out = files
    _check_output(out, as_json)
    reading = options_of(
        format_=from_,
        base=base,
        graph=graph,
        prefixes=prefixes,
        on_error=on_error,
        languages=languages,
        properties=properties,
        allow_remote=allow_remote,
        max_bytes=max_bytes,
        max_ratio=max_ratio,
        jobs=jobs,
    )
    with tempfile.TemporaryDirectory(prefix="convert-") as folder:
        store = Path(folder, "graph")
        with byte_bar("read") as progress:
            places = [sys.stdin.buffer if file == "-" else Path(file) for file in inputs]
            read = import_files(places, store, reading, progress=progress)
        report = _export(Store.open(store), out, ExportOptions(to, lossy, namespace, provenance))
        rejects = f"{'stdin' if out == '-' else out}.rejects.jsonl"
        if read.rejected:
            shutil.copyfile(store / REJECTS, rejects)
    counts = {name: getattr(read, name) for name in ("read", "duplicates", "rejected", "filtered")}
    if read.rejected:
        typer.echo(f"{read.rejected:,} statements could not be read; why: {rejects}", err=True)
    _print(report, out, as_json, counts)


def _check_output(out: str, as_json: bool) -> None:
    if out == "-" and as_json:
        raise typer.BadParameter("with - the graph goes to the standard output: there is no room for --json")


def _export(store: Store, out: str, options: ExportOptions) -> ExportReport:
    from graphs.errors import GraphError
    from graphs.exporting import export_graph

    if out != "-":
        return export_graph(store, Path(out), options)
    try:
        report = export_graph(store, sys.stdout.buffer, options)
        sys.stdout.flush()
    except GraphError as error:
        if not isinstance(error.__cause__, BrokenPipeError):
            raise
        # Whoever read has read enough; what Python still holds for the pipe must not raise again when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from error
    return report


def _print(report: ExportReport, out: str, as_json: bool, counts: dict[str, Any]) -> None:
    if as_json:
        typer.echo(json.dumps({**counts, "out": out, **report.to_dict()}, ensure_ascii=False, indent=1))
        return
    to_people = out == "-"
    typer.echo(
        f"{report.statements:,} statements in {out} ({report.format}, {report.seconds:.1f} s)", err=to_people
    )
    for what, count in report.left_out.items():
        typer.echo(f"left out, for want of a place in {report.format}: {count:,} {what}", err=to_people)
