"""``kgx search``: words, a picture, a sound or a mixture in, the nearest items of a run out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgx.cli.options import (
    AsJson,
    Debug,
    Mapped,
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

if TYPE_CHECKING:
    from kgx.explain import Explanation
    from kgx.search import Hit

__all__ = ["SEARCH_EXAMPLES", "Sought", "search"]

_CONCEPTS = 4  # concepts that are printed of a hit
SEARCH_EXAMPLES = """
Examples:

kgx search runs/demo "a bird of prey" --to image -k 10

kgx search runs/demo --image photo.jpg --to text

kgx search runs/demo --audio bark.ogg --json

kgx search runs/demo --text "red" --image photo.jpg --weights text=0.7,image=0.3

kgx search runs/demo --text "a bird" --image owl.png --weights text=1,image=-0.5

kgx search runs/demo "a bird" --not "in flight" --not water

kgx search runs/demo "something red" --filter category=animals/birds --filter "year>=1900"

kgx search runs/demo "it swims" --to image --where "?item depicts/hypernym* wn:bird"

kgx search runs/demo "a barn owl" --hybrid --rerank -k 20 --offset 20

kgx search runs/demo "something that makes music" --to any --hubness csls

kgx search runs/demo "something that makes music" --no-fair

kgx search runs/demo "a bird of prey" --to image -k 3 --explain
"""


class Sought(StrEnum):
    """What may be searched for."""

    text = "text"
    image = "image"
    audio = "audio"
    any = "any"


class Hubness(StrEnum):
    """How hubs are penalised."""

    csls = "csls"
    inverted_softmax = "inverted-softmax"


def search(
    run: RunFolder,
    query: Annotated[str | None, typer.Argument(help="Words to search for.", show_default=False)] = None,
    text: Annotated[
        list[str] | None, typer.Option("--text", help="The words, as an option; may be repeated.")
    ] = None,
    image: Pictures = None,
    audio: Sounds = None,
    without: Unwanted = None,
    without_image: Annotated[
        list[Path] | None, typer.Option("--not-image", help="A picture of what is not wanted.")
    ] = None,
    without_audio: Annotated[
        list[Path] | None, typer.Option("--not-audio", help="A sound of what is not wanted.")
    ] = None,
    weights: Weights = None,
    to: Annotated[Sought, typer.Option("--to", help="What to search for.")] = Sought.any,
    k: Annotated[int, typer.Option("-k", min=1, help="Number of hits.")] = 10,
    offset: Annotated[int, typer.Option("--offset", min=0, help="Hits to pass over first.")] = 0,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            help="Condition on metadata: category=animals, year>=1900; operators = != ^= < <= > >=.",
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", help="Condition on the graph: '?item depicts/hypernym* wn:bird', or SPARQL."),
    ] = None,
    hybrid: Annotated[
        bool, typer.Option("--hybrid", help="Rank by words in captions and concepts' names, too.")
    ] = False,
    rerank: Annotated[
        bool, typer.Option("--rerank", help="Let the concepts of the best hundred count, too.")
    ] = False,
    hubness: Annotated[
        Hubness | None,
        typer.Option("--hubness", help="Penalise what is near to whatever is asked, by this method."),
    ] = None,
    fair: Annotated[
        bool | None,
        typer.Option(
            "--fair/--no-fair",
            help="Align texts, pictures and sounds, so that none comes first for being what it is; "
            "left out, --to any does where the run has enough of each.",
            show_default=False,
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Say of every hit which paths led to it (kgx explain says more)."),
    ] = False,
    model: RunModel = None,
    mmap: Mapped = True,
    threads: Threads = 2,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Search a run by words, by a picture, by a sound, or by several of them together.

    Prints rank, score, id and caption of every hit, and what it is linked to: first what it shares with the query.
    The score is what hits are ordered by: the cosine with the query, where items of any modality are sought with texts,
    pictures and sounds aligned, unless an option ranks in another way.
    """
    if query is not None and text:
        raise ConfigError("expected the words once, got them as an argument and with --text")
    parts = {"text": [query] if query is not None else text, "image": image, "audio": audio}
    refused = {"text": without, "image": without_image, "audio": without_audio}
    weighed = None if weights is None else told_weights(weights)
    # A single query is too small to share out: the numeric libraries would wait for one another longer than they work.
    configure(1)
    from kgx.search import Searcher, SearchRequest

    searcher = Searcher.open(run, model=model, threads=threads, mmap=mmap)
    request = SearchRequest.of(
        **parts,
        without={modality: values for modality, values in refused.items() if values} or None,
        weights=weighed,
        to=to.value,
        k=k,
        offset=offset,
        filters=filters or (),
        where=where or (),
        hybrid=hybrid,
        rerank=rerank,
        hubness=None if hubness is None else hubness.value,
        fair=fair,
    )
    hits = searcher.answer(request)
    reasons = searcher.explain_hits(request, hits) if explain else []
    if as_json:
        told = {
            "query": _told(parts),
            **({"without": _told(refused)} if any(refused.values()) else {}),
            **({} if weighed is None else {"weights": weighed}),
            **({"filters": filters} if filters else {}),
            **({"where": where} if where else {}),
            **({} if hubness is None else {"hubness": hubness.value}),
            **({"fair": True} if searcher.ranker.aligns(request) else {}),
            "to": to.value,
            "hits": [
                {**hit.to_dict(), **({"explanation": reason.to_dict()} if reason else {})}
                for hit, reason in zip_longest(hits, reasons)
            ],
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(_lines(hits, reasons)))
        if not hits:
            typer.echo("nothing was found", err=True)


def _told(parts: Mapping[str, Sequence[str | Path] | None]) -> dict[str, str | list[str]]:
    """Return the parts of a query as JSON has them: what stands alone, by itself."""
    listed = {modality: [str(value) for value in values] for modality, values in parts.items() if values}
    return {modality: values[0] if len(values) == 1 else values for modality, values in listed.items()}


def _lines(hits: Sequence[Hit], reasons: Sequence[Explanation] = ()) -> list[str]:
    widest = max((len(hit.id) for hit in hits), default=0)
    lines = []
    for hit, reason in zip_longest(hits, reasons):
        caption = " ".join(hit.caption.split())
        lines.append(f"{hit.rank:>3}  {hit.score:6.3f}  {hit.id:<{widest}}  {caption}".rstrip())
        named = dict.fromkeys(str(concept) for concept in hit.concepts)
        if named:
            lines.append(f"{'':13}{'; '.join(list(named)[:_CONCEPTS])}")
        if reason is not None:
            lines += [f"{'':13}{line}" for line in reason.short_lines()]
    return lines
