"""``kgx kg evaluate``: how well a checkpoint finds the links of test files in a graph that it has never seen."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgx.cli.kg.plain_text import aligned
from kgx.cli.options import AsJson, Debug, Threads
from kgx.threads import configure

if TYPE_CHECKING:
    from graphs.completion.evaluation import Evaluation
    from graphs.completion.ranking import RankMetrics
    from kgx.completion.target import Target

__all__ = ["EVALUATE_EXAMPLES", "CheckpointFile", "Device", "TieRule", "evaluate"]

EVALUATE_EXAMPLES = """
Examples:

kgx kg evaluate inference.txt --checkpoint ultra_4g.pth --test valid.txt test.txt

kgx kg evaluate my-graph --checkpoint C --test test.nt --filter valid.nt --ties realistic --by-relation --json
"""

CheckpointFile = Annotated[
    Path, typer.Option("--checkpoint", help="A published .pth file, or one that pretraining has written.")
]
Device = Annotated[
    str, typer.Option("--device", help="cpu, cuda, …; auto takes the graphics card where there is one.")
]


class TieRule(StrEnum):
    """Which rank an answer has among candidates of the same score."""

    pessimistic = "pessimistic"
    realistic = "realistic"
    optimistic = "optimistic"


def evaluate(
    graph: Annotated[Path, typer.Argument(metavar="GRAPH", help="Stored graph, or a file of any format.")],
    checkpoint: CheckpointFile,
    test: Annotated[list[Path], typer.Option("--test", help="Files of the links to find; may be several.")],
    filter_: Annotated[
        list[Path] | None,
        typer.Option(
            "--filter", help="Files of further links that are right; graph and tests are right anyway."
        ),
    ] = None,
    ties: Annotated[
        TieRule, typer.Option("--ties", help="Where an answer stands among candidates of the same score.")
    ] = TieRule.pessimistic,
    by_relation: Annotated[
        bool, typer.Option("--by-relation", help="Tell each relation's results too.")
    ] = False,
    floor: Annotated[
        bool,
        typer.Option("--floor/--no-floor", help="Compare with personalised PageRank, which learns nothing."),
    ] = True,
    device: Device = "auto",
    threads: Threads = 2,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Find the links of test files in a graph, and tell MRR and hits@1, 3 and 10.

    Both ends of every link are looked for among all entities; other right answers do not count against it. The floor
    beside each score is what a walk without any learning finds.
    """
    configure(threads)
    from graphs.completion.evaluation import evaluate as ranked
    from graphs.completion.known import KnownAnswers
    from graphs.completion.links import Links
    from graphs.completion.pagerank import PageRank
    from graphs.errors import EmptyGraphError
    from kgx.completion.target import Target
    from kgx.progress import count_bar

    started = time.perf_counter()
    target = Target.read(graph, checkpoint, [*test, *(filter_ or [])], device=device, threads=threads)
    links = Links.together(*target.files[: len(test)])
    if not len(links):
        raise EmptyGraphError(f"{', '.join(map(str, test))}: no link to find")
    relations = target.numbering.num_relations
    known = KnownAnswers(Links.together(target.links, *target.files), relations)
    with count_bar("evaluate") as progress:
        found = ranked(target.scorer, links, known, relations, ties=ties.value, progress=progress)
    below = None
    if floor:
        walker = PageRank(target.links, target.numbering.num_entities)
        with count_bar("PageRank") as progress:
            below = ranked(walker, links, known, relations, ties=ties.value, progress=progress)
    report = _report(target, found, below, ties, by_relation)
    report["seconds"] = round(time.perf_counter() - started, 3)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(_lines(report)))


def _report(
    target: Target, found: Evaluation, below: Evaluation | None, ties: TieRule, by_relation: bool
) -> dict[str, Any]:
    known = {tuple(row) for row in target.links.rows().tolist()}
    report: dict[str, Any] = {
        **found.metrics.to_dict(),
        "floor": None if below is None else below.metrics.to_dict(),
        "ties": ties.value,
        "links": len(found.links),
        "links_in_graph": sum(tuple(row) in known for row in found.links.rows().tolist()),
        "queries": found.metrics.queries,
        "propagations": found.propagations,
        "entities": target.numbering.num_entities,
        "relations": target.numbering.num_relations,
    }
    if by_relation:
        names = target.numbering.relations
        floors = {} if below is None else below.by_relation()
        report["by_relation"] = {
            names[number]: {
                "queries": metrics.queries,
                **metrics.to_dict(),
                "floor": _floor(floors, number),
            }
            for number, metrics in found.by_relation().items()
        }
    return report


def _floor(floors: Mapping[int, RankMetrics], relation: int) -> dict[str, float] | None:
    return floors[relation].to_dict() if relation in floors else None


def _lines(report: Mapping[str, Any]) -> list[str]:
    names = ("mrr", "hits@1", "hits@3", "hits@10")
    rows = [["", "queries", *names]]
    rows.append(["model", f"{report['queries']:,}", *(f"{report[name]:.3f}" for name in names)])
    if report["floor"] is not None:
        rows.append(
            ["PageRank", f"{report['queries']:,}", *(f"{report['floor'][name]:.3f}" for name in names)]
        )
    for relation, own in sorted(report.get("by_relation", {}).items(), key=lambda item: -item[1]["queries"]):
        rows.append([relation, f"{own['queries']:,}", *(f"{own[name]:.3f}" for name in names)])
        if own["floor"] is not None:
            rows.append(["  PageRank", "", *(f"{own['floor'][name]:.3f}" for name in names)])
    lines = list(aligned(rows, right=range(1, len(names) + 2)))
    lines.append(
        f"{report['links']:,} links among {report['entities']:,} entities, {report['ties']} ties, "
        f"{report['propagations']:,} propagations ({report['seconds']:.1f} s)"
    )
    if report["links_in_graph"]:
        lines.append(
            f"{report['links_in_graph']:,} of the links stand in the graph already, where the model sees them"
        )
    return lines
