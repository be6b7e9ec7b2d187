"""One page that shows a run: ``python -m experiments.report RUN`` writes ``RUN/report.html``.

The page is a single file that opens offline: style, plots, thumbnails and sounds are inside it, and a content
security policy forbids it to load or run anything else. Every text in it is escaped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from experiments.markup import Html, element, join
from experiments.method_names import OURS
from experiments.report_artefacts import curves_section, relations_section
from experiments.report_classes import classes_section, confusion_section
from experiments.report_evidence import bars_section, evaluations_sentence, significance_section
from experiments.report_kinds import mapping_section, recovered_section, weights_section
from experiments.report_plots import methods_section, pairs_section
from experiments.report_samples import samples_section
from experiments.report_setup import cards_section, setup_section
from experiments.report_tables import scroll
from experiments.results import Cell, HarmRecord, RunResults
from experiments.results_table import (
    direction_label,
    interval,
    method_label,
    most_seeds,
    results_markdown,
    seeds_label,
    seeds_note,
    shots_label,
    update_markdown,
)
from experiments.shown_metrics import shown_metric
from kgx.errors import KgxError
from kgx.folders import atomic_path

__all__ = ["SECTIONS", "main", "results_markdown", "update_markdown", "write_page", "write_report"]

_POLICY = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'"
_TITLE = "Relation transfer for cross-modal retrieval"
_DESCRIPTION = (
    "One kind of item is searched by another, such as pictures by words, in a collection that training never "
    "saw. Every method was fitted on a source collection only (zero-shot) or was also shown a few pairs of "
    "the target's pool; the queries and the gallery are the target's test half."
)
_PROTOCOL = {
    "pairs": "R@k is the share of queries with a relevant item among the first k; MRR is the mean of 1 / rank of the "
    "best relevant item. Ties are broken against the system. Figures are means over seeds; below each stands "
    "its 95 % bootstrap interval over queries. The best figure for each number of pairs is bold.",
    "labels": "Macro figures are means over classes, all of them alike. Figures are means over seeds; below each "
    "stands its 95 % bootstrap interval over items. The best figure is bold; those in the last columns only "
    "describe the training.",
}
"""What tables of a run say, by what its known answers are counted in."""


def write_report(run_folder: str | Path) -> Path:
    """Write ``report.html`` into a run folder, replacing an older one, and return its path.

    The folder's files and their fields are described in :mod:`experiments.results`; sections without data are
    left out. ``title`` and ``purpose`` are taken from the configuration where it has them.

    Raises:
        KgxError: the run folder is unusable.
    """
    run = RunResults.read(run_folder)
    title = str(run.config.get("title") or _TITLE)
    sections = [(name, heading, section(run)) for name, heading, section in SECTIONS]
    target = Path(run_folder) / "report.html"
    write_page(target, title, str(run.config.get("purpose") or _DESCRIPTION), sections)
    return target


def write_page(path: Path, title: str, purpose: str, sections: Sequence[tuple[str, str, Html]]) -> None:
    """Write one page that stands alone.

    Args:
        path: of the page; replaced as a whole.
        title, purpose: what stands at its top.
        sections: name, heading and body each; those without a body are left out.
    """
    shown = [(name, heading, body) for name, heading, body in sections if body]
    links = [element("li", element("a", heading, href=f"#{name}")) for name, heading, _ in shown]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("title", title),
        element("style", Html(Path(__file__).with_name("report.css").read_text(encoding="utf-8"))),
    )
    body = element(
        "body",
        element(
            "header",
            element("h1", title),
            element("p", purpose),
            element("nav", element("ul", *links), aria_label="Sections"),
        ),
        element("main", *[_section(*part) for part in shown]),
        element(
            "footer",
            "What is behind these figures stands in the run folder: every ranking as TREC run and qrels files, every "
            "answer of a classifier by its item.",
        ),
    )
    with atomic_path(path) as temporary:
        page = join([Html("<!doctype html>"), element("html", head, body, lang="en"), Html("")], "\n")
        temporary.write_text(page, encoding="utf-8")


def _section(name: str, heading: str, body: Html) -> Html:
    return element("section", element("h2", heading, id=f"{name}-heading"), body,
                   id=name, aria_labelledby=f"{name}-heading")  # fmt: skip


def _results(run: RunResults) -> Html:
    told = " ".join(filter(None, (_PROTOCOL[run.unit], evaluations_sentence(run))))
    return join([element("p", told), *[_results_table(run, direction) for direction in run.directions]])


def _results_table(run: RunResults, direction: str) -> Html:
    metrics, most = run.metrics(direction), most_seeds(run, direction)
    columns = [element("th", shown_metric(metric).label, scope="col") for metric in metrics]
    groups = []
    for shots in run.shots(direction):
        title = element("th", shots_label(shots, run.unit), scope="rowgroup", colspan=len(metrics) + 1)
        rows = [element("tr", title, class_="group")]
        for method in run.methods(direction, shots):
            cells = [run.cell(direction, method, shots, metric) for metric in metrics]
            seeds = max((cell.seeds for cell in cells if cell is not None), default=most)
            fewer = element("span", seeds_label(seeds), class_="seeds") if seeds < most else Html("")
            name = element("th", method_label(method), fewer, scope="row")
            shown = [_shown(cell, metric) for cell, metric in zip(cells, metrics, strict=True)]
            rows.append(element("tr", name, *shown, class_="own" if method == OURS else None))
        groups.append(element("tbody", *rows))
    table = element(
        "table",
        element("caption", direction_label(direction)),
        element("thead", element("tr", element("th", "method", scope="col"), *columns)),
        *groups,
    )
    note = seeds_note(run, direction)
    return join([scroll(table), element("p", note, class_="note") if note else Html("")])


def _shown(cell: Cell | None, metric: str) -> Html:
    if cell is None:
        return element("td", "–")
    shown = shown_metric(metric).figure(cell.mean)
    ends = interval(cell, metric)
    return element(
        "td",
        element("strong", shown) if cell.best else shown,
        element("span", ends, class_="interval") if ends else "",
    )


def _harm(run: RunResults) -> Html:
    if not run.harm:
        return Html("")
    grouped: dict[tuple[str, str, int, str], list[HarmRecord]] = {}
    for record in run.harm:
        key = (record.direction, record.method, record.shots, record.baseline)
        grouped.setdefault(key, []).append(record)
    rows = []
    for (direction, method, shots, baseline), records in grouped.items():
        shares = [
            sum(getattr(record, name) for record in records) / len(records)
            for name in ("worse", "worse_by_more_than_10", "improved")
        ]
        change = method_label(method) + (f" against {method_label(baseline)}" if baseline else "")
        rows.append(
            element(
                "tr",
                element("th", direction_label(direction), scope="row"),
                element("td", change, class_="words"),
                element("td", shots_label(shots), class_="words"),
                *[element("td", f"{100 * share:.1f} %") for share in shares],
            )
        )
    heads = [
        element("th", name, scope="col", class_="words" if name in ("method", "pairs") else None)
        for name in ("direction", "method", "pairs", "worse", "worse by more than 10", "better")
    ]
    table = element(
        "table",
        element("caption", "Share of queries whose best relevant item moved down or up"),
        element("thead", element("tr", *heads)),
        element("tbody", *rows),
    )
    return join(
        [
            element("p", "What refinement did to single queries: means hide who pays for the gain."),
            scroll(table),
        ]
    )


SECTIONS: tuple[tuple[str, str, Callable[[RunResults], Html]], ...] = (
    ("results", "Results", _results),
    ("pairs", "What target pairs add", pairs_section),
    ("methods", "Method beside method", methods_section),
    ("recovered", "What is recovered", recovered_section),
    ("bars", "Bars", bars_section),
    ("significance", "Significance", significance_section),
    ("curves", "Curves", curves_section),
    ("weights", "Weights of tasks", weights_section),
    ("relations", "Relations", relations_section),
    ("mapping", "Relations read as the source's", mapping_section),
    ("classes", "Class by class", classes_section),
    ("confusion", "What was taken for what", confusion_section),
    ("samples", "Sample queries", samples_section),
    ("harm", "Queries made worse", _harm),
    ("data", "Data sets", cards_section),
    ("setup", "Set-up", setup_section),
)
"""Name, heading and content of what a report shows of a run; what a run has nothing for is empty."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the report of a run, and its tables into Markdown files; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m experiments.report", description=main.__doc__)
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a finished run")
    parser.add_argument(
        "--markdown",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="also put the results between the markers of this file (may be given several times)",
    )
    options = parser.parse_args(arguments)
    try:
        print(write_report(options.run))
        for path in options.markdown:
            print(f"{path}: {'updated' if update_markdown(path, options.run) else 'up to date'}")
    except (KgxError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
