"""``kgx kg validate``: what is wrong with a graph."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgx.cli.kg.plain_text import one_line
from kgx.cli.options import AsJson, Debug

if TYPE_CHECKING:
    from graphs.validate import Finding, Report

__all__ = ["VALIDATE_EXAMPLES", "validate"]

VALIDATE_EXAMPLES = """
Examples:

kgx kg validate my-graph

kgx kg validate thesaurus.ttl --shapes shapes.ttl --lang en --lang de --strict

kgx kg validate my-graph --check hierarchies --json
"""


def validate(
    graph: Annotated[Path, typer.Argument(metavar="GRAPH", help="Stored graph, or a file of any format.")],
    shapes: Annotated[Path | None, typer.Option("--shapes", help="SHACL shapes that it is to have.")] = None,
    checks: Annotated[
        list[str] | None,
        typer.Option(
            "--check",
            help="Make this check only; may be repeated: names, dangling, labels, hierarchies, datatypes, languages, "
            "texts, skos, declarations.",
        ),
    ] = None,
    ignored: Annotated[
        list[str] | None,
        typer.Option("--ignore", help="Leave out findings with this code; may be repeated."),
    ] = None,
    languages: Annotated[
        list[str] | None,
        typer.Option("--lang", help="Every entity should have a label in this language; may be repeated."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings count as errors do.")] = False,
    examples: Annotated[int, typer.Option("--examples", min=0, help="Examples of each finding.")] = 5,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Look for what is wrong with a graph; exit 1 if there are errors.

    Structure: names that are no IRIs, unknown prefixes, dangling ends, missing and empty labels, cycles in hierarchies,
    texts that do not fit their datatype, language tags, SKOS's conditions on labels. With --shapes, SHACL too.
    """
    from graphs import read_graph
    from graphs.validate import CHECKS
    from graphs.validate import validate as find
    from kgx.progress import stage

    store = read_graph(graph)
    wanted = None if shapes is None else read_graph(shapes)
    with stage("validate"):
        report = find(
            store, shapes=wanted, checks=checks or tuple(CHECKS), languages=languages or (), limit=examples
        ).without(ignored or ())
    if as_json:
        told = {**report.to_dict(), "valid": report.is_valid(strict=strict)}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(_lines(report)))
    if not report.is_valid(strict=strict):
        raise typer.Exit(1)


def _lines(report: Report) -> Iterator[str]:
    for finding in report.findings:
        yield one_line(f"{finding.severity}: {finding.code} ({finding.count:,}): {finding.message}")
        for example in finding.examples:
            yield f"    {_example(example)}"
        if finding.count > len(finding.examples) and finding.examples:
            yield f"    {_more(finding)}"
    size = f"{report.entities:,} entities, {report.triples:,} triples, {report.literals:,} literals"
    counts = ", ".join(f"{name}: {len(found):,}" for name, found in report.by_severity().items())
    yield f"{size}; {counts}"


def _example(example: Mapping[str, Any]) -> str:
    if "cycle" in example:
        return one_line(" → ".join(example["cycle"]))
    return "  ".join(one_line(f"{name}: {value}") for name, value in example.items())


def _more(finding: Finding) -> str:
    shown = sum(example.get("names", 1) for example in finding.examples)
    return f"… and {finding.count - shown:,} more" if finding.count > shown else ""
