"""How sure a run's figures are: its bars, its significance tests, and how often the test half was looked at."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from experiments.artefacts import SignificanceRecord
from experiments.bars import Bar, bars, notes
from experiments.config import check_config
from experiments.markup import Html, element, join
from experiments.method_names import OURS
from experiments.report_tables import markdown_table, simple_table
from experiments.results import RunResults
from experiments.results_table import direction_label, method_label, shots_label
from experiments.shown_metrics import shown_metric
from kgx.errors import ConfigError

__all__ = [
    "bars_markdown",
    "bars_section",
    "evaluations_sentence",
    "p_label",
    "significance_markdown",
    "significance_section",
]

_HEADS = ("bar", "wanted", "found", "")


def bars_section(run: RunResults) -> Html:
    """Return a table of the bars and of what stands beside them, nothing where there are none."""
    rows = [
        [bar.name, bar.wanted, bar.found, element("span", _verdict(bar), class_=_verdict(bar))]
        for bar in _bars(run)
    ]
    rows += [[note.name, note.about, note.found, "–"] for note in notes(run)]
    if not rows:
        return Html("")
    note = "What the run is held against; all is computed from its own files."
    return join([element("p", note), simple_table("Bars", _HEADS, rows, words=(0, 1, 2))])


def bars_markdown(run: RunResults) -> str:
    """Return the same table in Markdown."""
    rows = [
        [bar.name, bar.wanted, bar.found, _verdict(bar) if bar.reached else f"**{_verdict(bar)}**"]
        for bar in _bars(run)
    ]
    rows += [[note.name, note.about, note.found, "–"] for note in notes(run)]
    return markdown_table(_HEADS, rows, words=range(len(_HEADS))) if rows else ""


def significance_section(run: RunResults) -> Html:
    """Return the tests between methods, a table a direction and metric."""
    if not run.significance:
        return Html("")
    tables = []
    for direction in run.directions:
        for metric in dict.fromkeys(test.metric for test in run.significance):
            tests = [
                test for test in run.significance if (test.direction, test.metric) == (direction, metric)
            ]
            if not tests:
                continue
            first, several = _compared(tests)
            caption = (
                f"{direction_label(direction)}, {shown_metric(metric).label}: {first} less the other method"
            )
            heads = [*_named(several, "method"), "other method", run.unit, "difference", "p", "p after Holm"]
            rows = [
                [
                    *_named(several, method_label(test.method)),
                    method_label(test.other),
                    shots_label(test.shots, run.unit),
                    f"{test.difference:+.3f}",
                    p_label(test.p),
                    p_label(test.p_holm),
                ]
                for test in tests
            ]
            tables.append(simple_table(caption, heads, rows, words=range(1, len(heads) - 3)))
    note = (
        f"Two-sided paired randomisation tests over {_items(run)}, each with its mean over seeds (Smucker, Allan and "
        "Carterette, CIKM 2007), 10,000 draws. The last column is corrected after Holm within a table's rows of one "
        f"number of {run.unit}."
    )
    return join([element("p", note), *tables])


def significance_markdown(run: RunResults) -> str:
    """Return the tests by one metric, R@10 or accuracy, as one table in Markdown."""
    tests = [test for test in run.significance if test.metric == run.significance[0].metric]
    if not tests:
        return ""
    first, several = _compared(tests)
    heads = ["direction", run.unit, *_named(several, "method"), "other method", "difference", "p"]
    rows = [
        [
            direction_label(test.direction),
            shots_label(test.shots, run.unit),
            *_named(several, method_label(test.method)),
            method_label(test.other),
            f"{test.difference:+.3f}",
            p_label(test.p_holm),
        ]
        for test in tests
    ]
    note = (
        f"{shown_metric(tests[0].metric).label} of {first} less the other method's, by paired randomisation over "
        f"{_items(run)}; p after Holm."
    )
    return f"{note}\n\n{markdown_table(heads, rows, words=range(len(heads) - 2))}"


def evaluations_sentence(run: RunResults) -> str:
    """Say how often the test half was scored into the run folder; nothing where that was not counted."""
    counts = run.test_evaluations
    if not counts:
        return ""
    total, shown = int(counts["total"]), len(run.results)
    others = (
        "" if total == shown else "; the others belong to earlier states of the code or the configuration"
    )
    return f"The test half was scored {total} times into this run folder, for {shown} rows that are shown{others}."


def p_label(value: float) -> str:
    """Return a p-value as tables show it.

    >>> p_label(0.00009999), p_label(0.0312)
    ('< .001', '.031')
    """
    return "< .001" if value < 0.001 else f"{value:.3f}".replace("0.", ".", 1)


def _bars(run: RunResults) -> list[Bar]:
    """Return the bars; none where the configuration is not recorded, or is one of another version."""
    if not run.config:
        return []
    try:
        return bars(run, check_config(run.config, str(run.folder / "config.yaml")))
    except ConfigError as error:
        print(f"warning: {error}; the report goes without bars", file=sys.stderr)
        return []


def _compared(tests: Sequence[SignificanceRecord]) -> tuple[str, bool]:
    """Return what the other methods are held against, in words, and whether that is more than one method."""
    first = {test.method for test in tests}
    if len(first) > 1:
        return "the method", True
    (only,) = first
    return ("ours" if only == OURS else method_label(only)), False


def _named(several: bool, cell: str) -> list[str]:
    """Return the cell of a column that tables have where methods are held against several."""
    return [cell] if several else []


def _items(run: RunResults) -> str:
    """Return what a run's tests pair: queries, or items where these are labelled."""
    return "queries" if run.unit == "pairs" else "items"


def _verdict(bar: Bar) -> str:
    return "reached" if bar.reached else "missed"
