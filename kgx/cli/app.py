"""The application that all commands belong to."""

from __future__ import annotations

from typing import Annotated

import typer

import kgx
from kgx.cli.edit import edit
from kgx.cli.experiment import experiment
from kgx.cli.explain import EXPLAIN_EXAMPLES, explain
from kgx.cli.kg import kg
from kgx.cli.options import Debug
from kgx.cli.pretrain import PRETRAIN_EXAMPLES, pretrain
from kgx.cli.run import RUN_EXAMPLES, run
from kgx.cli.search import SEARCH_EXAMPLES, search
from kgx.cli.select import SELECT_EXAMPLES, select
from kgx.cli.serve import SERVE_EXAMPLES, serve

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kgx {kgx.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
    debug: Debug = False,
) -> None:
    """Search texts, pictures and sounds by one another, through a knowledge graph."""


app.command(epilog=SEARCH_EXAMPLES)(search)
app.command(epilog=EXPLAIN_EXAMPLES)(explain)
app.command(epilog=RUN_EXAMPLES)(run)
app.command(epilog=PRETRAIN_EXAMPLES)(pretrain)
app.command(epilog=SERVE_EXAMPLES)(serve)
app.command(epilog=SELECT_EXAMPLES)(select)
app.add_typer(edit)
app.add_typer(kg)
app.add_typer(experiment)
