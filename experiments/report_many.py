"""Several runs on one page, side by side, as HTML that opens offline and as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from experiments.markup import Html, element, join
from experiments.report import SECTIONS, write_page
from experiments.report_classes import classes_tables, confusion_tables
from experiments.report_evidence import bars_markdown, evaluations_sentence, significance_markdown
from experiments.report_kinds import kind_tables
from experiments.report_tables import simple_table
from experiments.results import RunResults
from experiments.results_table import (
    direction_label,
    interval,
    method_label,
    results_markdown,
    seeds_note,
    shots_label,
)
from experiments.shown_metrics import shown_metric
from kgx.folders import atomic_path

__all__ = ["evaluations_ledger", "runs_markdown", "write_comparison"]

_OWN_REPORT = ("results", "samples", "harm", "setup")
"""Sections that only a run's own report has; its results stand side by side here."""
_DRAWINGS = ("plot", "methods", "curve", "relations", "dropped", "confusion")
"""How names of drawings begin."""
_PURPOSE = "Several runs side by side; what is behind each figure stands in the run's own folder and report."


def write_comparison(folders: Sequence[Path], page: Path, markdown: Path | None = None) -> None:
    """Write one page of several runs, and the same tables as Markdown where a file is named.

    Raises:
        KgxError: a run folder is unusable.
    """
    runs = [RunResults.read(folder) for folder in folders]
    sections = [("side-by-side", "Side by side", _side_by_side(runs))]
    for place, run in enumerate(runs):
        told = [element("p", str(run.config.get("purpose") or ""))]
        told += [element("p", sentence) for sentence in [evaluations_sentence(run)] if sentence]
        told += [element("p", f"{direction_label(name)}: {seeds}") for name, seeds in _seeds(run)]
        parts = [
            join([element("h3", heading), body])
            for name, heading, section in SECTIONS
            if name not in _OWN_REPORT and (body := section(run))
        ]
        sections.append((f"run-{place}", _title(run), _own_names(join([*told, *parts]), place)))
    write_page(page, "Experiments side by side", _PURPOSE, sections)
    if markdown is not None:
        with atomic_path(markdown) as temporary:
            temporary.write_text(runs_markdown(folders), encoding="utf-8")


def runs_markdown(folders: Sequence[Path]) -> str:
    """Return the tables of several runs as Markdown: bars, results, and what is significant.

    Raises:
        KgxError: a run folder is unusable.
    """
    return "\n\n".join(_markdown(RunResults.read(folder)) for folder in folders) + "\n"


def evaluations_ledger(folders: Sequence[Path]) -> str:
    """Say in a sentence how often each target's test half was scored, summed over the runs that look at the same one.

    Raises:
        KgxError: a run folder is unusable.
    """
    looks: dict[str, dict[str, int]] = {}
    for folder in folders:
        run = RunResults.read(folder)
        target, total = _tested(run), int(run.test_evaluations.get("total", 0))
        if target and total:
            looks.setdefault(target, {})[run.folder.name] = total
    told = [
        f"that of {target} {sum(runs.values())} times ({', '.join(f'`{name}` {n}' for name, n in runs.items())})"
        for target, runs in looks.items()
    ]
    return f"Summed over the runs that share it, a test half was scored: {'; '.join(told)}." if told else ""


def _tested(run: RunResults) -> str:
    """Return whose test half a run looks at; drawings are parted otherwise where their category is told."""
    target = run.config.get("target", run.config.get("data", ""))
    return f"{target.get('domain', '')} by category" if isinstance(target, Mapping) else str(target)


def _markdown(run: RunResults) -> str:
    parts = [f"## {_title(run)}"]
    if run.config.get("purpose"):
        parts.append(" ".join(str(run.config["purpose"]).split()))
    parts.append(f"From the run folder `{run.folder.name}`. {evaluations_sentence(run)}".strip())
    parts += [
        bars_markdown(run),
        results_markdown(run.folder).strip(),
        *(table.markdown() for table in (*kind_tables(run), *classes_tables(run), *confusion_tables(run))),
        significance_markdown(run),
    ]
    return "\n\n".join(filter(None, parts))


def _side_by_side(runs: Sequence[RunResults]) -> Html:
    """Return a table a direction and metric: methods by number of pairs, a column a run."""
    tables = []
    directions = dict.fromkeys(direction for run in runs for direction in run.directions)
    for direction in directions:
        for metric in _metrics(runs, direction):
            own = [run for run in runs if direction in run.directions]
            keys = dict.fromkeys(
                (shots, method)
                for run in own
                for shots in run.shots(direction)
                for method in run.methods(direction, shots)
            )
            rows = []
            for shots, method in sorted(keys, key=lambda key: key[0]):
                cells = [run.cell(direction, method, shots, metric) for run in own]
                shown = [
                    "–"
                    if cell is None
                    else f"{shown_metric(metric).figure(cell.mean)} ({interval(cell, metric)})"
                    for cell in cells
                ]
                rows.append([method_label(method), shots_label(shots, own[0].unit), *shown])
            caption = f"{direction_label(direction)}, {shown_metric(metric).label}"
            heads = ["method", "pairs", *[_title(run) for run in own]]
            tables.append(simple_table(caption, heads, rows, words=(1,)))
    return join(tables)


def _metrics(runs: Sequence[RunResults], direction: str) -> list[str]:
    """Return the metrics that a direction is compared by: recall@10 and MRR, or else whatever there is."""
    known = dict.fromkeys(metric for run in runs for metric in run.metrics(direction))
    return [name for name in ("recall@10", "mrr") if name in known] or list(known)


def _title(run: RunResults) -> str:
    return str(run.config.get("title") or run.folder.name)


def _own_names(body: Html, place: int) -> Html:
    """Return a section's markup with the names of its drawings made the run's own: names are unique in a page."""
    marked = body
    for name in _DRAWINGS:
        for attribute in (f'id="{name}-', f'aria-labelledby="{name}-'):
            marked = Html(marked.replace(attribute, attribute.replace(name, f"run-{place}-{name}")))
    return marked


def _seeds(run: RunResults) -> list[tuple[str, str]]:
    """Return how many seeds the rows of each direction are of, where it is not the same number."""
    return [(name, note) for name in run.directions if (note := seeds_note(run, name))]
