"""How sure a run's figures are: its bars, its significance tests, and how often the test half was looked at."""

from __future__ import annotations

from experiments.bars import bars
from experiments.experiment import ExperimentBase
from experiments.markup import Html, element, join
from experiments.report_tables import simple_table
from experiments.results import RunResults
from experiments.results_table import direction_label, method_label, shots_label
from experiments.shown_metrics import shown_metric

__all__ = ["bars_section", "evaluations_sentence", "significance_section"]


def bars_section(run: RunResults, options: ExperimentBase | None) -> Html:
    """Return a table of the bars, nothing where there are none."""
    found = [] if options is None else bars(run, options)
    if not found:
        return Html("")
    rows = [[bar.name, bar.wanted, bar.found, "reached" if bar.reached else "missed"] for bar in found]
    note = "What the run is held against; all is computed from its own files."
    table = simple_table("Bars", ["bar", "wanted", "found", ""], rows, words=(1, 2, 3))
    return join([element("p", note), table])


def significance_section(run: RunResults) -> Html:
    """Return the tests of ours against every other method, a table a direction and metric."""
    if not run.significance:
        return Html("")
    tables = []
    for direction in run.directions:
        for metric in dict.fromkeys(test.metric for test in run.significance):
            rows = [
                [
                    method_label(test.other),
                    shots_label(test.shots),
                    f"{test.difference:+.3f}",
                    p_label(test.p),
                    p_label(test.p_holm),
                ]
                for test in run.significance
                if (test.direction, test.metric) == (direction, metric)
            ]
            if rows:
                caption = (
                    f"{direction_label(direction)}, {shown_metric(metric).label}: ours less the other method"
                )
                heads = ["other method", "pairs", "difference", "p", "p after Holm"]
                tables.append(simple_table(caption, heads, rows, words=(1,)))
    note = (
        "Two-sided paired randomisation tests over queries, each with its mean over seeds (Smucker, Allan and "
        "Carterette, CIKM 2007), 10,000 draws. The last column is corrected after Holm within a table's rows of one "
        "number of pairs."
    )
    return join([element("p", note), *tables])


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
