"""``kgx search``: words, a picture, a sound or a mixture in, the nearest items of a run out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgx.cli.options import AsJson, Debug, Threads
from kgx.errors import ConfigError
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

kgx search runs/demo --text "red" --image photo.jpg --weights text=0.7,image=0.3

kgx search runs/demo --text "a bird" --image owl.png --weights text=1,image=-0.5
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
    text: Annotated[str | None, typer.Option("--text", help="The words, as an option.")] = None,
    image: Annotated[Path | None, typer.Option("--image", help="A picture to search by.")] = None,
    audio: Annotated[Path | None, typer.Option("--audio", help="A sound to search by.")] = None,
    weights: Annotated[
        str | None,
        typer.Option("--weights", help="Of a mixed query: text=0.7,image=0.3; a negative one says not."),
    ] = None,
    to: Annotated[Sought, typer.Option("--to", help="What to search for.")] = Sought.any,
    k: Annotated[int, typer.Option("-k", min=1, help="Number of hits.")] = 10,
    model: Annotated[
        Path | None, typer.Option("--model", help="The run's model, where it has been moved.")
    ] = None,
    threads: Threads = 2,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Search a run by words, by a picture, by a sound, or by several of them together.

    Prints rank, score, id and caption of every hit, and what it is linked to: first what it shares with the query.
    """
    if query is not None and text is not None:
        raise ConfigError("expected the words once, got them as an argument and with --text")
    words = query if text is None else text
    weighed = None if weights is None else _weights(weights)
    # A single query is too small to share out: the numeric libraries would wait for one another longer than they work.
    configure(1)
    from kgx.search import Searcher

    hits = Searcher.open(run, model=model, threads=threads).search(
        words, image=image, audio=audio, weights=weighed, to=to.value, k=k
    )
    if as_json:
        asked = {"text": words, "image": image and str(image), "audio": audio and str(audio)}
        told = {
            "query": {name: value for name, value in asked.items() if value is not None},
            **({} if weighed is None else {"weights": weighed}),
            "to": to.value,
            "hits": [hit.to_dict() for hit in hits],
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(_lines(hits)))


def _weights(told: str) -> dict[str, float]:
    """Return the weights that ``text=0.7,image=-0.3`` tells of.

    Raises:
        ConfigError: a part of it is not ``name=number``, or a name stands twice.
    """
    weights: dict[str, float] = {}
    for part in told.split(","):
        name, _, number = (piece.strip() for piece in part.partition("="))
        try:
            weight = float(number)
        except ValueError as error:
            raise ConfigError(f"expected weights such as text=0.7,image=0.3, got {part.strip()!r}") from error
        if name in weights:
            raise ConfigError(f"expected one weight of {name!r}, got two in {told!r}")
        weights[name] = weight
    return weights


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
