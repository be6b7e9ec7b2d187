"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "KG",
    "MOST_SEED",
    "AsJson",
    "Changes",
    "Debug",
    "Pictures",
    "RunFolder",
    "RunModel",
    "Sounds",
    "Strict",
    "Threads",
]

MOST_SEED = 2**32 - 1
"""The largest number that every library takes for a seed."""

RunFolder = Annotated[Path, typer.Argument(help="Folder of a run.", show_default=False)]
RunModel = Annotated[Path | None, typer.Option("--model", help="The run's model, where it has been moved.")]

Pictures = Annotated[
    list[Path] | None, typer.Option("--image", help="A picture to search by; may be repeated.")
]
Sounds = Annotated[list[Path] | None, typer.Option("--audio", help="A sound to search by; may be repeated.")]

KG = typer.Option("--kg", help="Knowledge graph: RDF in any syntax, a WordNet database, or a stored graph.")
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Replace an option by its dotted name; repeatable."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first item that cannot be used.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where an error came from.")]
Threads = Annotated[int, typer.Option("--threads", min=1, help="Threads for the encoders.")]
