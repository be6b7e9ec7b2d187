"""What runs of some kinds have besides their table: curves, attention of relations, confusion matrices."""

from __future__ import annotations

from experiments.artefacts import Curve, RelationRecord
from experiments.bar_plot import Bar, bar_plot, heat_map
from experiments.markup import Html, element, join
from experiments.plots import Point, Series, line_plot
from experiments.report_tables import simple_table
from experiments.results import RunResults
from experiments.results_table import direction_label, method_label, shots_label
from experiments.shown_metrics import shown_metric

__all__ = ["classes_section", "classes_table", "confusion_section", "curves_section", "relations_section"]

_MOST_RELATIONS = 16  # of a modality that are drawn


def curves_section(run: RunResults) -> Html:
    """Return one figure a recorded curve."""
    figures = [
        element("figure", element("figcaption", curve.name), _drawn(curve, f"curve-{place}"))
        for place, curve in enumerate(run.curves)
        if curve.x and curve.series
    ]
    return element("div", *figures, class_="plots") if figures else Html("")


def relations_section(run: RunResults) -> Html:
    """Return attention by relation, a figure and a table a modality."""
    parts: list[str] = []
    for place, modality in enumerate(dict.fromkeys(record.modality for record in run.relations)):
        records = sorted(
            (record for record in run.relations if record.modality == modality),
            key=lambda record: (-record.attention, record.relation),
        )
        shown = [
            Bar(f"{record.relation} ({_place(record)})", record.attention, record.low, record.high)
            for record in records[:_MOST_RELATIONS]
        ]
        plot = bar_plot(
            shown,
            identifier=f"relations-{place}",
            title=f"Mean attention of {modality} items to each relation",
            x_label="mean attention",
        )
        parts.append(element("h3", f"{modality} items"))
        parts.append(
            element("div", element("figure", element("figcaption", "attention"), plot), class_="plots")
        )
        heads = ["relation", "taken as", "attention", "lost without it (R@10)"]
        parts.append(simple_table(f"All relations, {modality}", heads, [_row(record) for record in records]))
    return join(parts)


def confusion_section(run: RunResults) -> Html:
    """Return one heat map a recorded confusion matrix."""
    figures = []
    for place, found in enumerate(run.confusion):
        name = f"{direction_label(found.direction)}: {method_label(found.method)}"
        plot = heat_map(
            found.labels,
            found.matrix,
            identifier=f"confusion-{place}",
            title=f"What was taken for what, {name}",
        )
        figures.append(element("figure", element("figcaption", name), plot))
    if not figures:
        return Html("")
    note = "Rows are what items are, columns what they were taken for; a row's shades are its shares."
    return join([element("p", note), element("div", *figures, class_="plots")])


def classes_section(run: RunResults) -> Html:
    """Return a table a direction: F1 of every class, a column a method and number of labels."""
    tables = []
    for direction in dict.fromkeys(record.direction for record in run.classes):
        heads, rows = classes_table(run, direction)
        tables.append(simple_table(f"F1 of every class, {direction_label(direction)}", heads, rows))
    return join(tables)


def classes_table(run: RunResults, direction: str) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows of a direction's table of classes; the hardest class first, by the mean of all methods."""
    found = [record for record in run.classes if record.direction == direction]
    columns = dict.fromkeys((record.method, record.shots) for record in found)
    several = len({shots for _, shots in columns}) > 1
    heads = [
        method_label(method) + (f", {shots_label(shots, run.unit)}" if several else "")
        for method, shots in columns
    ]
    scores = {(record.label, record.method, record.shots): record.f1 for record in found}
    sizes = {record.label: record.support for record in found}

    def mean(label: str) -> float:
        known = [scores[label, *column] for column in columns if (label, *column) in scores]
        return sum(known) / len(known)

    rows = [
        [label, str(sizes[label]), *(_f1(scores.get((label, *column))) for column in columns)]
        for label in sorted(sizes, key=lambda label: (mean(label), label))
    ]
    return ["class", "items", *heads], rows


def _f1(value: float | None) -> str:
    return "–" if value is None else shown_metric("f1").figure(value)


def _row(record: RelationRecord) -> list[str]:
    drop = "–" if record.drop is None else f"{record.drop:+.3f}"
    return [record.relation, _place(record), f"{record.attention:.3f}", drop]


def _place(record: RelationRecord) -> str:
    """Return where on a path the relation is taken; nowhere stands for the item's own vector."""
    return f"hop {record.hops}" if record.hops else "no hop"


def _drawn(curve: Curve, identifier: str) -> Html:
    series = [
        Series(
            line.name,
            [
                Point(
                    x,
                    y,
                    None if line.low is None else line.low[place],
                    None if line.high is None else line.high[place],
                )
                for place, (x, y) in enumerate(zip(curve.x, line.y, strict=True))
            ],
            style,
        )
        for style, line in enumerate(curve.series)
    ]
    return line_plot(
        series, identifier=identifier, title=curve.name, x_label=curve.x_label, y_label=curve.y_label
    )
