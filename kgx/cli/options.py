"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["AsJson", "Debug", "Threads"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where an error came from.")]
Threads = Annotated[int, typer.Option("--threads", min=1, help="Threads for the encoders.")]
