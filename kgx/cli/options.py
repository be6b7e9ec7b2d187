"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["MOST_SEED", "AsJson", "Debug", "Pictures", "RunFolder", "RunModel", "Sounds", "Threads"]

MOST_SEED = 2**32 - 1
"""The largest number that every library takes for a seed."""

RunFolder = Annotated[Path, typer.Argument(help="Folder of a run.", show_default=False)]
RunModel = Annotated[Path | None, typer.Option("--model", help="The run's model, where it has been moved.")]

Pictures = Annotated[
    list[Path] | None, typer.Option("--image", help="A picture to search by; may be repeated.")
]
Sounds = Annotated[list[Path] | None, typer.Option("--audio", help="A sound to search by; may be repeated.")]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where an error came from.")]
Threads = Annotated[int, typer.Option("--threads", min=1, help="Threads for the encoders.")]
