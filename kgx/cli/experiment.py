"""``kgx experiment``: configured experiments, run, repeated, swept and reported.

The experiments are no part of the installed package: they lie beside it in a checkout of the project, where they are
looked up when a command runs.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

import kgx
from kgx.cli.options import AsJson, Changes, Debug
from kgx.errors import ConfigError

__all__ = ["experiment"]

_COMMANDS = "experiments.commands"

RUN_EXAMPLES = """
Examples:

kgx experiment run experiments/configs/families.yaml

kgx experiment run experiments/configs/families.yaml --out runs/short --set seeds=[0] --set relation.hops=1

kgx experiment run runs/experiments/families/config.yaml

kgx experiment run runs/experiments/families/config.yaml --out runs/again --check runs/experiments/families
"""
SWEEP_EXAMPLES = """
Examples:

kgx experiment sweep experiments/configs/families.yaml relation.residual=0,128 --seeds 2

kgx experiment sweep experiments/configs/families.yaml adaptation.epochs=10,20,30 --pairs 200

kgx experiment sweep experiments/configs/families.yaml maps cca pls
"""
REPORT_EXAMPLES = """
Examples:

kgx experiment report runs/experiments/families

kgx experiment report runs/experiments/families runs/demo --out side-by-side.html --markdown side-by-side.md
"""

experiment = typer.Typer(
    name="experiment",
    help="Run, repeat, sweep and report configured experiments.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@experiment.command(epilog=RUN_EXAMPLES)
def run(
    config: Annotated[Path, typer.Argument(help="YAML file; that of a run folder goes on with the run.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Run folder; runs/experiments/NAME of the file where left out."),
    ] = None,
    changes: Changes = None,
    check: Annotated[
        Path | None,
        typer.Option("--check", metavar="RUN", help="Say whether the figures are those of another run."),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Run an experiment, and print its tables.

    The configuration is checked before anything else. A run that was stopped goes on, and one that is finished is only
    shown while code, configuration and libraries stay the same. With --check the exit code is 1 where means over seeds
    lie further from the other run's than what another machine explains.
    """
    told = _experiments().run(config, out, changes or (), check)
    typer.echo(json.dumps(told, ensure_ascii=False, indent=1) if as_json else "\n".join(_run_lines(told)))
    if not told.get("check", {}).get("within_tolerance", True):
        raise typer.Exit(1)


@experiment.command(epilog=SWEEP_EXAMPLES)
def sweep(
    config: Annotated[Path, typer.Argument(help="YAML file of a retrieval experiment.")],
    options: Annotated[
        list[str],
        typer.Argument(
            help="NAME=VALUE,VALUE… of the relation options; or ridge, for its penalty; or maps [NAME…], for the "
            "options of feature maps."
        ),
    ],
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How often each combination is trained.")] = 2,
    pairs: Annotated[
        int,
        typer.Option(
            "--pairs",
            min=0,
            help="Pairs of the target's pool to adapt to, while others of the pool are asked for.",
        ),
    ] = 0,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Try options on held-out folders of the source, or on pairs of the target's pool.

    The target's test half is never looked at.
    """
    rows: list[dict[str, Any]] = _experiments().sweep(config, options, seeds, pairs)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        scores = row["scores"]
        told = ", ".join(f"{name}={value}" for name, value in row["options"].items())
        typer.echo(f"{sum(scores) / len(scores):.4f} ±{(max(scores) - min(scores)) / 2:.4f}  {told}")


@experiment.command(epilog=REPORT_EXAMPLES)
def report(
    runs: Annotated[list[Path], typer.Argument(help="Run folders; several are shown side by side.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The page; report.html in the run, or comparison.html beside several."),
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Also write the tables to this Markdown file.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write one page that opens offline: tables with intervals, significance, plots, data sets, parameters."""
    told: dict[str, str | None] = _experiments().report(runs, out, markdown)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(path for path in told.values() if path))


def _experiments() -> Any:
    """Return the module of the experiments' commands.

    Raises:
        ConfigError: the experiments are not there.
    """
    checkout = Path(kgx.__file__).resolve().parent.parent
    if (
        importlib.util.find_spec("experiments") is None
        and (checkout / "experiments" / "__init__.py").is_file()
    ):
        sys.path.insert(0, str(checkout))
    try:
        return importlib.import_module(_COMMANDS)
    except ModuleNotFoundError as error:
        if error.name not in ("experiments", _COMMANDS):
            raise
        raise ConfigError(
            "the package experiments is not installed: it comes with a checkout of the project, not with "
            "kgx-retrieval; put the checkout's folder on PYTHONPATH"
        ) from error


def _run_lines(told: dict[str, Any]) -> list[str]:
    lines = [told["tables"].rstrip(), ""]
    for bar in told["bars"]:
        lines.append(
            f"{'reached' if bar['reached'] else 'MISSED':>8}  {bar['name']}: {bar['found']} ({bar['wanted']})"
        )
    if "check" in told:
        check = told["check"]
        verdict = (
            "identical"
            if check["identical"]
            else f"{check['differing']} figures differ, "
            + (
                "all means within the tolerance"
                if check["within_tolerance"]
                else "some means beyond the tolerance"
            )
        )
        lines.append(f"against {check['against']}: {verdict}")
        lines += [
            f"  {entry['figure']}: {entry['this']} here, {entry['against']} there"
            for entry in check["differences"]
        ]
    return [
        *lines,
        f"test half scored {told['test_evaluations']} times in this folder",
        f"report: {told['report']}",
    ]
