"""``kgx kg complete``: the links that a graph most likely lacks, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgx.cli.kg.evaluating import CheckpointFile, Device
from kgx.cli.kg.names import entity_named, full_name
from kgx.cli.kg.plain_text import one_line
from kgx.cli.options import AsJson, Debug, Threads
from kgx.threads import configure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphs.completion.prediction import Prediction
    from kgx.completion.finding import Found, FoundPath
    from kgx.completion.target import Target

__all__ = ["COMPLETE_EXAMPLES", "complete"]

COMPLETE_EXAMPLES = """
Examples:

kgx kg complete my-graph --checkpoint ultra_4g.pth --query "'barn owl' ex:eats ?" --top 10

kgx kg complete my-graph --checkpoint ultra_4g.pth --relation ex:isA --relation ex:partOf

kgx kg complete my-graph --checkpoint ultra_4g.pth --relation ex:isA --threshold 0.9 --out completed

kgx kg forget completed --source predicted
"""
_TOP = 20


def complete(
    graph: Annotated[Path, typer.Argument(metavar="GRAPH", help="Stored graph, or a file of any format.")],
    checkpoint: CheckpointFile,
    relations: Annotated[
        list[str] | None,
        typer.Option("--relation", help="Find links of this relation; may be repeated; left out, of all."),
    ] = None,
    query: Annotated[
        str | None,
        typer.Option("--query", help="'head relation ?' or '? relation tail': IRIs, CURIEs or labels."),
    ] = None,
    top: Annotated[
        int | None,
        typer.Option(
            "--top",
            min=1,
            help=f"How many links; left out, {_TOP}, or with --threshold all.",
            show_default=False,
        ),
    ] = None,
    threshold: Annotated[
        float | None, typer.Option("--threshold", min=0.0, max=1.0, help="The least confidence of a link.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the graph with these links in it, of the source 'predicted'."),
    ] = None,
    paths: Annotated[int, typer.Option("--paths", min=0, help="Paths to tell of each link; 0 for none.")] = 3,
    language: Annotated[str, typer.Option("--lang", help="Language to call things in.")] = "en",
    device: Device = "auto",
    threads: Threads = 2,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Find the links that a graph most likely lacks, best first, each with the paths that carried it.

    A link's confidence is its weight where it is written; what the graph was told stays as it is.
    """
    configure(threads)
    from kgx.completion.finding import find_links, found
    from kgx.completion.target import Target
    from kgx.errors import ConfigError
    from kgx.progress import count_bar

    if query is not None and relations:
        raise ConfigError("--query names its relation itself: leave --relation out")
    limit = _TOP if top is None and threshold is None else top
    target = Target.read(graph, checkpoint, device=device, threads=threads)
    asked = _asked(target, query, relations or [])
    with count_bar("complete") as progress:
        links = find_links(target, **asked, top=limit, threshold=threshold or 0.0, progress=progress)
    if out is not None:
        _write(target, links, out)
    printed = links if as_json and out is None else links[: limit or _TOP]
    described = [found(target, link, paths=paths, language=language) for link in printed]
    if as_json:
        report = {
            "links": len(links),
            "out": None if out is None else str(out),
            "predictions": [link.to_dict() for link in described],
        }
        typer.echo(json.dumps(report, ensure_ascii=False, indent=1))
        return
    for rank, link in enumerate(described, 1):
        typer.echo("\n".join(_lines(target, rank, link, language)))
    if len(links) > len(described):
        typer.echo(f"… and {len(links) - len(described):,} more")
    if not links:
        typer.echo("no link is that likely")
    if out is not None:
        typer.echo(
            f"{len(links):,} predicted links in {out}; take them out: kgx kg forget {out} --source predicted"
        )


def _asked(target: Target, query: str | None, relations: list[str]) -> dict[str, Any]:
    """Return what is asked for, by number."""
    from kgx.completion.finding import named_entity, named_relation
    from kgx.completion.question import Question

    store = target.store
    if query is None:
        numbers = [named_relation(target, full_name(store, name)) for name in relations]
        return {"relations": numbers or None}
    question = Question.parse(query)
    ends = {"head": question.head, "tail": question.tail}
    return {
        "relations": [named_relation(target, full_name(store, question.relation))],
        **{
            end: named_entity(target, entity_named(store, name))
            for end, name in ends.items()
            if name is not None
        },
    }


def _write(target: Target, links: list[Prediction], folder: Path) -> None:
    from graphs.completion.predicted import with_predictions

    entities, relations = target.numbering.entities, target.numbering.relations
    named = (
        (entities[link.head], relations[link.relation], entities[link.tail], link.confidence)
        for link in links
    )
    with_predictions(target.store, named).write(folder)


def _lines(target: Target, rank: int, link: Found, language: str) -> Iterator[str]:
    named = one_line(f"{link.head_label} — {link.relation_label} → {link.tail_label}")
    yield f"{rank:>4}  {link.confidence:.3f}  {link.score:>7.2f}  {named}"
    yield f"      {one_line(f'{link.head}  {link.relation}  {link.tail}')}"
    for path in link.paths:
        yield f"      {path.weight:+.2f}  {one_line(_path(target, path, language))}"


def _path(target: Target, path: FoundPath, language: str) -> str:
    store = target.store

    def called(name: str) -> str:
        return store.label(store.entity_id(name), language)

    parts = [called(path.steps[0].start)]
    for step in path.steps:
        relation = store.relation_label(step.relation, language)
        parts.append(f"←{relation}—" if step.inverse else f"—{relation}→")
        parts.append(called(step.end))
    return " ".join(parts)
