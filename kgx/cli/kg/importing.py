"""``kgx kg import`` and ``kgx kg add``: files of any format into one stored graph, with a balance that adds up."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgx.cli.options import AsJson, Debug

if TYPE_CHECKING:
    from graphs.importing import ImportOptions, ImportReport, Input

__all__ = [
    "ADD_EXAMPLES",
    "IMPORT_EXAMPLES",
    "Base",
    "Failing",
    "Languages",
    "OnError",
    "Prefixes",
    "Properties",
    "Source",
    "add",
    "import_",
    "options_of",
    "report_on",
]

IMPORT_EXAMPLES = """
Examples:

kgx kg import thesaurus.ttl dump.nt.gz --out my-graph

kgx kg import dumps/ --out my-graph --on-error report --jobs 4

curl -s https://example.org/data.nt | kgx kg import - --format n-triples --out my-graph

kgx kg import latest-all.json.bz2 --lang en --lang de --property P31 --property P279 --out cut
"""
ADD_EXAMPLES = """
Examples:

kgx kg add my-graph more.ttl

kgx kg add my-graph monday.nt tuesday.nt --json
"""


class OnError(StrEnum):
    """What to do with a statement that cannot be taken."""

    stop = "stop"
    report = "report"


Files = Annotated[
    list[str],
    typer.Argument(
        help="Files, folders of files, or - for the standard input; .gz, .bz2, .xz and .zst are unpacked.",
        show_default=False,
    ),
]
Format = Annotated[
    str | None, typer.Option("--format", help="Format of the files; left out, each file tells its own.")
]
Base = Annotated[str | None, typer.Option("--base", help="IRI that relative IRIs are resolved against.")]
NamedGraph = Annotated[
    str, typer.Option("--graph", help="IRI of the named graph for statements that name none themselves.")
]
Source = Annotated[
    str | None,
    typer.Option("--source", help="Name of the source of all statements; left out, each file's name."),
]
Prefixes = Annotated[
    Path | None,
    typer.Option("--prefixes", help="JSON file of prefixes for CURIEs: an object, or one with @context."),
]
Failing = Annotated[
    OnError,
    typer.Option(
        "--on-error",
        help="stop: nothing is stored once a statement cannot be taken; report: list it in rejects.jsonl, go on.",
    ),
]
Languages = Annotated[
    list[str] | None,
    typer.Option("--lang", help="Read texts of this language only (and those of none); may be repeated."),
]
Properties = Annotated[
    list[str] | None,
    typer.Option("--property", help="Read statements of this property only; may be repeated."),
]
Remote = Annotated[
    bool, typer.Option("--allow-remote", help="Let files fetch what they refer to, such as JSON-LD contexts.")
]
MaxBytes = Annotated[
    int | None, typer.Option("--max-bytes", min=1, help="Refuse a file that unpacks to more bytes than this.")
]
MaxRatio = Annotated[
    int,
    typer.Option(
        "--max-ratio", min=1, help="Refuse a file that unpacks to more than this many times its size."
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", min=1, help="Threads to work with.", show_default="2 where there are as many cores"
    ),
]


def import_(
    files: Files,
    out: Annotated[
        Path, typer.Option("--out", help="Folder of the graph; one that stands there is replaced.")
    ],
    format_: Format = None,
    base: Base = None,
    graph: NamedGraph = "",
    source: Source = None,
    prefixes: Prefixes = None,
    on_error: Failing = OnError.stop,
    languages: Languages = None,
    properties: Properties = None,
    allow_remote: Remote = False,
    max_bytes: MaxBytes = None,
    max_ratio: MaxRatio = 250,
    jobs: Jobs = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Read files into one stored graph, and tell what became of every statement.

    RDF in every syntax, tables, WordNet, OBO Graphs, Wikidata, GraphML, GEXF and node-link JSON; what a file is, its
    ending or its content tells. All is stored, or nothing: read = stored + duplicates + rejected.
    """
    from graphs.importing import import_files
    from kgx.progress import byte_bar

    options = options_of(
        format_=format_,
        base=base,
        graph=graph,
        source=source,
        prefixes=prefixes,
        on_error=on_error,
        languages=languages,
        properties=properties,
        allow_remote=allow_remote,
        max_bytes=max_bytes,
        max_ratio=max_ratio,
        jobs=jobs,
    )
    with byte_bar("import") as progress:
        report = import_files(_inputs(files), out, options, progress=progress)
    report_on(report, out, as_json)


def add(
    graph_folder: Annotated[Path, typer.Argument(metavar="GRAPH", help="Folder of the stored graph.")],
    files: Files,
    format_: Format = None,
    base: Base = None,
    graph: NamedGraph = "",
    source: Source = None,
    prefixes: Prefixes = None,
    on_error: Failing = OnError.stop,
    languages: Languages = None,
    properties: Properties = None,
    allow_remote: Remote = False,
    max_bytes: MaxBytes = None,
    max_ratio: MaxRatio = 250,
    jobs: Jobs = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Read more files into a stored graph: it becomes what importing all at once would have made it."""
    from graphs.importing import add_files
    from kgx.progress import byte_bar

    options = options_of(
        format_=format_,
        base=base,
        graph=graph,
        source=source,
        prefixes=prefixes,
        on_error=on_error,
        languages=languages,
        properties=properties,
        allow_remote=allow_remote,
        max_bytes=max_bytes,
        max_ratio=max_ratio,
        jobs=jobs,
    )
    with byte_bar("add") as progress:
        report = add_files(_inputs(files), graph_folder, options, progress=progress)
    report_on(report, graph_folder, as_json)


def options_of(
    *,
    format_: str | None = None,
    base: str | None = None,
    graph: str = "",
    source: str | None = None,
    prefixes: Path | None = None,
    on_error: OnError = OnError.stop,
    languages: list[str] | None = None,
    properties: list[str] | None = None,
    allow_remote: bool = False,
    max_bytes: int | None = None,
    max_ratio: int = 250,
    jobs: int | None = None,
) -> ImportOptions:
    """Return the options of an import as the command line gives them."""
    from graphs.importing import ImportOptions
    from graphs.parallel import default_jobs
    from graphs.prefixes import read_prefixes
    from graphs.readers.limits import Limits
    from graphs.readers.reading import Filters

    return ImportOptions(
        format=format_,
        base=base,
        graph=graph,
        source=source,
        on_error=on_error.value,
        allow_remote=allow_remote,
        filters=Filters(frozenset(languages or ()), frozenset(properties or ())),
        limits=Limits(max_bytes=max_bytes, max_ratio=max_ratio),
        prefixes={} if prefixes is None else read_prefixes(prefixes),
        jobs=default_jobs() if jobs is None else jobs,
    )


def _inputs(files: list[str]) -> list[Input]:
    for file in files:
        if file.startswith(("http://", "https://")):
            raise typer.BadParameter(
                f"{file} is an address, and nothing is fetched: download the file; for a SPARQL endpoint there is "
                "kgx kg fetch"
            )
    return [sys.stdin.buffer if file == "-" else Path(file) for file in files]


def report_on(report: ImportReport, folder: Path, as_json: bool) -> None:
    """Print what an import did."""
    if as_json:
        typer.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("source", "read", "stored", "duplicates", "rejected", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    rows = [
        (balance.source, balance.read, balance.stored, balance.duplicates, balance.rejected)
        for balance in report.sources
    ]
    if len(rows) > 1:
        rows.append(("all", report.read, report.stored, report.duplicates, report.rejected))
    for name, *counts in rows:
        table.add_row(name, *(f"{count:,}" for count in counts))
    Console().print(table)
    typer.echo(
        f"{report.entities:,} entities, {report.relations:,} relations, {report.triples:,} triples, "
        f"{report.literals:,} literals in {folder} ({report.seconds:.1f} s)"
    )
    if report.filtered:
        typer.echo(f"{report.filtered:,} statements were not asked for and left out")
    if report.rejected:
        typer.echo(f"what was rejected, and why: {folder / 'rejects.jsonl'}")
