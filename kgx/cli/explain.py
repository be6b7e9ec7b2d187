"""``kgx explain``: why an item of a run was found, in words, as JSON or as a drawing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from kgx.cli.options import (
    AsJson,
    Debug,
    Pictures,
    RunFolder,
    RunModel,
    Sounds,
    Threads,
    Unwanted,
    Weights,
    told_weights,
)
from kgx.errors import ConfigError
from kgx.threads import configure

__all__ = ["EXPLAIN_EXAMPLES", "explain"]

EXPLAIN_EXAMPLES = """
Examples:

kgx explain runs/demo "a bird of prey" image:animals/birds/owl

kgx explain runs/demo text:animals/birds/owl --image photo.jpg

kgx explain runs/demo "a bird of prey" image:animals/birds/owl --svg why.svg

kgx explain runs/demo "a bird" image:animals/birds/owl --not "in flight"

kgx explain runs/demo "a bird of prey" image:animals/birds/owl --json
"""


def explain(
    run: RunFolder,
    words: Annotated[
        list[str],
        typer.Argument(
            help="The words of the query, then the item's id; the id alone with --image or --audio.",
            metavar="[QUERY] ITEM",
            show_default=False,
        ),
    ],
    image: Pictures = None,
    audio: Sounds = None,
    without: Unwanted = None,
    weights: Weights = None,
    paths: Annotated[int, typer.Option("--paths", min=1, help="Paths that are told, at most.")] = 5,
    svg: Annotated[
        Path | None, typer.Option("--svg", help="File to draw the paths into.", show_default=False)
    ] = None,
    model: RunModel = None,
    threads: Threads = 2,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Say why a query finds an item: the paths between them, and what each relation adds to the score.

    The score is the cosine of the refined vectors, and the rank is by it. The parts of either side add up to the score.
    Of every path and relation it is said what the score would be without it, all else held, and with everything worked
    out anew.
    """
    if len(words) > 2 or (len(words) < 2 and not image and not audio):
        raise ConfigError(
            f"expected the words of the query and the item's id (or the id with --image or --audio), got {len(words)} "
            f"argument{'' if len(words) == 1 else 's'}; put quotation marks around several words"
        )
    weighed = None if weights is None else told_weights(weights)
    configure(1)  # a single query is too small to share out
    from kgx.search import Searcher

    query = words[0] if len(words) == 2 else None
    searcher = Searcher.open(run, model=model, threads=threads)
    told = searcher.explain(
        query, words[-1], image=image, audio=audio, without=without or None, weights=weighed, paths=paths
    )
    if svg is not None:
        from kgx.folders import atomic_path

        with atomic_path(svg) as temporary:
            temporary.write_text(told.to_svg(paths=paths), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(told.to_dict(), ensure_ascii=False, indent=1))
    else:
        typer.echo(told.to_text(paths=paths))
