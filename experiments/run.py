"""Run an experiment: its data in, tables, TREC files, a report and what else its kind makes out.

python experiments/run.py experiments/configs/openclipart_to_tuxpaint.yaml --out runs/demo
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

if __package__ in (None, ""):  # called as a script, by its path
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import yaml

from experiments.config import ExperimentConfig, completed_by, load_config
from experiments.environment import begin_environment, record_session, recorded_state
from experiments.experiment import ExperimentBase
from experiments.kinds import load_kind
from experiments.method_names import COMPLETED, OURS, OWN, UNFILED
from experiments.metrics import write_metrics
from experiments.report import write_report
from experiments.results_store import SUMMARIES, unexpected, write_json
from experiments.results_table import results_markdown
from experiments.state import fingerprint
from graphs.errors import GraphError
from kgx.errors import ConfigError, KgxError
from kgx.folders import atomic_path

__all__ = ["COMPLETED", "OURS", "OWN", "UNFILED", "compute", "main", "run_experiment"]

_FINISHED = "finished.json"


def run_experiment(options: ExperimentBase, out: Path) -> None:
    """Run an experiment into a folder as :func:`compute`, and print its tables."""
    compute(options, out)
    print(results_markdown(out))
    print(f"report: {out / 'report.html'}", file=sys.stderr)


def compute(options: ExperimentBase, out: Path) -> None:
    """Run an experiment into a folder, going on where an earlier run of the same state stopped.

    Raises:
        KgxError: something that the experiment needs is not there, or cannot be used.
    """
    started = time.monotonic()
    kind = load_kind(options.kind)
    kind.check(options)
    state = fingerprint(options)
    if _is_finished(out, state):
        print(f"nothing has changed since {out} was finished", file=sys.stderr)
        _write_config(
            options, out
        )  # ranges of expected figures may have changed: they are no part of its state
        write_metrics(options, out)
    else:
        _begin(options, out, state)
        kind.run(options, out)
        write_metrics(options, out)
        record_session(out, time.monotonic() - started)
        write_json(out / _FINISHED, state)
    write_report(out)
    for problem in unexpected(options.expected, out):
        print(f"warning: {problem}", file=sys.stderr)


def _is_finished(out: Path, state: str) -> bool:
    path = out / _FINISHED
    return path.is_file() and json.loads(path.read_text(encoding="utf-8")) == state


def _begin(options: ExperimentBase, out: Path, state: str) -> None:
    """Write the resolved configuration, from which the run can be resumed or repeated.

    What another state summed up goes: its figures are not those of this configuration.
    """
    out.mkdir(parents=True, exist_ok=True)
    for name in (_FINISHED, *(SUMMARIES if recorded_state(out) != state else ())):
        (out / name).unlink(missing_ok=True)
    _write_config(options, out)
    begin_environment(out, state)


def _write_config(options: ExperimentBase, out: Path) -> None:
    with atomic_path(out / "config.yaml") as temporary:
        content = yaml.safe_dump(options.model_dump(mode="json"), sort_keys=False)
        temporary.write_text(content, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; known errors become one line and exit status 1."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        epilog="example: python experiments/run.py experiments/configs/openclipart_to_tuxpaint.yaml --out runs/demo",
    )
    parser.add_argument("config", type=Path, help="YAML file of the experiment")
    parser.add_argument(
        "--out", type=Path, default=Path("runs/demo"), help="run folder (default: %(default)s)"
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        help="relation model that fills in missing links of the target (default: the configuration's, if any)",
    )
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    options = parser.parse_args(arguments)
    try:
        config = load_config(options.config)
        if options.checkpoint is not None:
            config = _completed(config, options.checkpoint)
        run_experiment(config, options.out)
    except (KgxError, GraphError, OSError) as error:
        if options.debug:
            raise
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _completed(config: ExperimentBase, checkpoint: Path) -> ExperimentConfig:
    if not isinstance(config, ExperimentConfig):
        raise ConfigError(f"--checkpoint is for experiments of the kind 'retrieval', got {config.kind!r}")
    return completed_by(config, checkpoint)


if __name__ == "__main__":
    sys.exit(main())
