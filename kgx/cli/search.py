"""``kgx search``: words, a picture or a sound in, the nearest items of a run out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgx.cli.options import AsJson, Debug, Threads
from kgx.threads import configure

if TYPE_CHECKING:
    from kgx.search import Hit

__all__ = ["SEARCH_EXAMPLES", "Sought", "search"]

_CONCEPTS = 4  # concepts that are printed of a hit
SEARCH_EXAMPLES = """
Examples:

kgx search runs/demo "a bird of prey" --to image -k 10

kgx search runs/demo --image photo.jpg --to text

kgx search runs/demo --audio bark.ogg --json
"""


class Sought(StrEnum):
    """What may be searched for."""

    text = "text"
    image = "image"
    audio = "audio"
    any = "any"


def search(
    run: Annotated[Path, typer.Argument(help="Folder of a run.", show_default=False)],
    query: Annotated[str | None, typer.Argument(help="Words to search for.", show_default=False)] = None,
    image: Annotated[Path | None, typer.Option("--image", help="A picture to search by.")] = None,
    audio: Annotated[Path | None, typer.Option("--audio", help="A sound to search by.")] = None,
    to: Annotated[Sought, typer.Option("--to", help="What to search for.")] = Sought.any,
    k: Annotated[int, typer.Option("-k", min=1, help="Number of hits.")] = 10,
    model: Annotated[
        Path | None, typer.Option("--model", help="The run's model, where it has been moved.")
    ] = None,
    threads: Threads = 2,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Search a run by words, by a picture or by a sound.

    Prints rank, score, id and caption of every hit, and what it is linked to: first what it shares with the query.
    """
    # A single query is too small to share out: the numeric libraries would wait for one another longer than they work.
    configure(1)
    from kgx.search import Searcher

    hits = Searcher.open(run, model=model, threads=threads).search(
        query, image=image, audio=audio, to=to.value, k=k
    )
    if as_json:
        asked = {"text": query, "image": image and str(image), "audio": audio and str(audio)}
        told = {
            "query": {name: value for name, value in asked.items() if value is not None},
            "to": to.value,
            "hits": [hit.to_dict() for hit in hits],
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(_lines(hits)))


def _lines(hits: Sequence[Hit]) -> list[str]:
    widest = max((len(hit.id) for hit in hits), default=0)
    lines = []
    for hit in hits:
        caption = " ".join(hit.caption.split())
        lines.append(f"{hit.rank:>3}  {hit.score:6.3f}  {hit.id:<{widest}}  {caption}".rstrip())
        named = dict.fromkeys(str(concept) for concept in hit.concepts)
        if named:
            lines.append(f"{'':13}{'; '.join(list(named)[:_CONCEPTS])}")
    return lines
