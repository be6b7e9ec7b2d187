"""``kgx run``: a manifest and a knowledge graph in, a searchable run out."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgx.cli.items_told import item_lines, pair_line
from kgx.cli.options import KG, MOST_SEED, AsJson, Debug, Strict, Threads
from kgx.threads import configure

if TYPE_CHECKING:
    from kgx.run_folder import RunSummary

__all__ = ["RUN_EXAMPLES", "run"]

RUN_EXAMPLES = """
Examples:

kgx run --items items.csv --kg thesaurus.ttl --model runs/demo/model --out my-run

kgx run --items pictures/ --model runs/demo/model --out my-run --strict

kgx run --items items.csv --model runs/demo/model --out my-run --index int8

kgx run --items items.csv --model runs/demo/model --out my-run --memory 500MB --recall 0.9

kgx run --items items.csv --model runs/demo/model --out my-run --adapt

kgx run --items items.csv --kg completed --min-confidence 0.9 --model runs/demo/model --out my-run
"""


def run(
    items: Annotated[
        Path,
        typer.Option("--items", help="Manifest: CSV, TSV, JSONL, Parquet, or a folder with metadata.jsonl."),
    ],
    model: Annotated[Path, typer.Option("--model", help="Folder of a pretrained model.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the run; it appears when all is done.")],
    kg: Annotated[Path | None, KG] = None,
    min_confidence: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Leave out the predicted links of the knowledge graph that are less sure, and keep all that it was "
            "told. Stored graphs know which is which. By default all links count.",
        ),
    ] = 0.0,
    index: Annotated[
        str,
        typer.Option(
            help="Kind of index: flat (exact), int8, pq, opq, ivf, ivf-pq, hnsw, or auto: flat for up to 50,000 items, "
            "otherwise the quickest one that finds enough and fits into memory.",
        ),
    ] = "auto",
    recall: Annotated[
        float,
        typer.Option(min=0.01, max=1.0, help="Share of the exact ten nearest that the index is to find."),
    ] = 0.95,
    memory: Annotated[
        str | None,
        typer.Option(
            help="What auto may keep in memory beside the vectors, which stay on disk: 500MB, 2GB.",
            show_default=False,
        ),
    ] = None,
    adapt: Annotated[
        bool,
        typer.Option(
            "--adapt",
            help="Adapt the model to the manifest's known pairs: texts and pictures or sounds of the same entity.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, max=MOST_SEED, help="Of adaptation.")] = 0,
    strict: Strict = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a run that stands there already.")] = False,
    threads: Threads = 2,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Make a collection of your own searchable with a pretrained model.

    The items are encoded, linked to the model's concepts and to those of the knowledge graph, refined by what their
    relations say, and indexed. Items that cannot be read are left out and listed. Where a knowledge graph is given, or
    the model is adapted, the run keeps a model of its own.
    """
    configure(threads)
    from graphs import read_graph
    from kgx.collection import Collection
    from kgx.errors import ConfigError
    from kgx.index.kinds import AUTO
    from kgx.index.wanted import bytes_of
    from kgx.pipeline import build_run

    if min_confidence and kg is None:
        raise ConfigError(
            "--min-confidence is about the predicted links of a graph: name the graph with --kg"
        )
    if memory is not None and index != AUTO:
        raise ConfigError(f"--memory is for --index auto to choose by, got --index {index}")
    budget = None if memory is None else bytes_of(memory)
    collection = Collection.read(items, strict=strict)
    graph = None if kg is None else read_graph(kg)
    summary = build_run(
        model,
        collection,
        graph,
        out,
        min_confidence=min_confidence,
        strict=strict,
        force=force,
        threads=threads,
        index=index,
        recall=recall,
        memory=budget,
        adapt=adapt,
        seed=seed,
    )
    if as_json:
        typer.echo(json.dumps(summary.to_dict(), ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(_lines(summary)))


def _lines(summary: RunSummary) -> list[str]:
    lines = item_lines(summary.items, summary.linked, summary.skipped, f"in {summary.folder / 'run.json'}")
    if summary.pairs:
        lines.append(f"adapted to {pair_line(summary.pairs)}")
    lines.append(f"search it: kgx search {shlex.quote(str(summary.folder))} 'your words'")
    return lines
