"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kgx.errors import ConfigError

__all__ = [
    "KG",
    "MOST_SEED",
    "AsJson",
    "Changes",
    "Debug",
    "Mapped",
    "Pictures",
    "RunFolder",
    "RunModel",
    "Sounds",
    "Strict",
    "Threads",
    "Unwanted",
    "Weights",
    "told_weights",
]

MOST_SEED = 2**32 - 1
"""The largest number that every library takes for a seed."""

RunFolder = Annotated[Path, typer.Argument(help="Folder of a run.", show_default=False)]
RunModel = Annotated[Path | None, typer.Option("--model", help="The run's model, where it has been moved.")]

Pictures = Annotated[
    list[Path] | None, typer.Option("--image", help="A picture to search by; may be repeated.")
]
Sounds = Annotated[list[Path] | None, typer.Option("--audio", help="A sound to search by; may be repeated.")]

Unwanted = Annotated[
    list[str] | None, typer.Option("--not", help="Words that are not wanted; may be repeated.")
]
Weights = Annotated[
    str | None,
    typer.Option("--weights", help="Of a mixed query: text=0.7,image=0.3; a negative one says not."),
]

KG = typer.Option("--kg", help="Knowledge graph: RDF in any syntax, a WordNet database, or a stored graph.")
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Replace an option by its dotted name; repeatable."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first item that cannot be used.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where an error came from.")]
Threads = Annotated[int, typer.Option("--threads", min=1, help="Threads for the encoders.")]
Mapped = Annotated[
    bool,
    typer.Option(
        "--mmap/--no-mmap",
        help="Leave the run's vectors on disk, mapped into memory as they are needed, or read and check them at once.",
    ),
]


def told_weights(told: str) -> dict[str, float]:
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
