"""Several values behind one option."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from kgx.cli.kg.many_values import ManyValuesCommand

app = typer.Typer()


@app.command(cls=ManyValuesCommand)
def take(
    graph: Annotated[Path, typer.Argument()],
    test: Annotated[list[str], typer.Option("--test", "-t")],
    name: Annotated[str, typer.Option("--name")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Say what was understood."""
    typer.echo(f"{graph}|{','.join(test)}|{name}|{as_json}")


@pytest.mark.parametrize(
    ("arguments", "understood"),
    [
        ("G --test a", "G|a||False"),
        ("G --test a b c", "G|a,b,c||False"),
        ("G --test a b --json --name n", "G|a,b|n|True"),
        ("--test a b --name n G", "G|a,b|n|False"),
        ("--test a b G", "G|a,b||False"),
        ("--test a G", "G|a||False"),
        ("--name n --test a b --json G", "G|a,b|n|True"),
        ("--test a --test b G", "G|a,b||False"),
        ("G -t a b -t c", "G|a,b,c||False"),
        ("--test a b --json -- G", "G|a,b||True"),
        ("--json --test a - G", "G|a,-||True"),
    ],
)
def test_values_end_at_the_next_option_or_the_argument(arguments: str, understood: str) -> None:
    outcome = CliRunner().invoke(app, arguments.split())
    assert outcome.exit_code == 0, outcome.output
    assert outcome.output.strip() == understood


@pytest.mark.parametrize("arguments", ["--test", "--test a", "G", "G --name", "G H --test a"])
def test_what_is_missing_or_too_much_is_refused(arguments: str) -> None:
    assert CliRunner().invoke(app, arguments.split()).exit_code == 2
