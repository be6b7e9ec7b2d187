"""``kgx kg checkpoint``: checkpoints of relation models as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from kgx.cli.options import AsJson, Debug

__all__ = ["CONVERT_EXAMPLES", "checkpoint", "convert"]

CONVERT_EXAMPLES = """
Examples:

kgx kg checkpoint convert ultra_4g.pth --out ultra_4g.safetensors
"""

checkpoint = typer.Typer(
    name="checkpoint",
    help="Checkpoints of relation models.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@checkpoint.callback()
def group() -> None:
    """Checkpoints of relation models."""


@checkpoint.command(epilog=CONVERT_EXAMPLES)
def convert(
    file: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="A published .pth file.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The new file; left out, the same name with the ending .safetensors."),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Convert a checkpoint to safetensors, which holds tensors and nothing that could be executed."""
    from graphs.gnn.ultra.checkpoint import load_checkpoint, save_checkpoint

    loaded = load_checkpoint(file)
    place = out or file.with_suffix(".safetensors")
    save_checkpoint(loaded.model, place, loaded.note)
    parameters = sum(parameter.numel() for parameter in loaded.model.parameters())
    if as_json:
        typer.echo(json.dumps({"out": str(place), "parameters": parameters}, ensure_ascii=False, indent=1))
    else:
        typer.echo(f"{parameters:,} parameters in {place}")
