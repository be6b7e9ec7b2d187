"""Class by class: how well each is told, and what it is taken for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from experiments.artefacts import ClassRecord, Confusion
from experiments.bar_plot import heat_map
from experiments.markup import Html, element, join
from experiments.report_figures import figure, noted_figures
from experiments.report_tables import Table, simple_table
from experiments.results import RunResults
from experiments.results_table import direction_label, method_label, shots_label
from experiments.shown_metrics import shown_metric

__all__ = ["classes_section", "classes_tables", "confusion_section", "confusion_tables"]

_MOST_CONFUSIONS = 5


def classes_section(run: RunResults) -> Html:
    """Return a table a direction: precision, recall and F1 of every class, a column a method and number of labels."""
    tables = [simple_table(*parts) for parts in _classes(run, _cell)]
    if not tables:
        return Html("")
    note = "F1 of every class, the hardest first; below it precision (P) and recall (R). Figures are means over seeds."
    return join([element("p", note), *tables])


def classes_tables(run: RunResults) -> list[Table]:
    """Return the same tables as text."""
    return [Table(f"{told} (precision, recall)", heads, rows) for told, heads, rows in _classes(run, _text)]


def confusion_section(run: RunResults) -> Html:
    """Return the most frequent confusions, and one heat map a recorded confusion matrix."""
    figures = []
    for place, found in enumerate(run.confusion):
        name = f"{direction_label(found.direction)}: {method_label(found.method)}"
        plot = heat_map(
            found.labels,
            found.matrix,
            identifier=f"confusion-{place}",
            title=f"What was taken for what, {name}",
        )
        figures.append(figure(name, plot))
    note = "Rows are what items are, columns what they were taken for; a row's shades are its shares."
    return noted_figures(note, figures, *(table.html() for table in confusion_tables(run)))


def confusion_tables(run: RunResults) -> list[Table]:
    """Return a table a direction: the pairs of classes that are confused most often, a column a method."""
    tables = []
    for direction in dict.fromkeys(found.direction for found in run.confusion):
        matrices = [found for found in run.confusion if found.direction == direction]
        shares: dict[tuple[str, str], float] = {}
        for found in matrices:
            total = sum(map(sum, found.matrix)) or 1.0
            for pair, count in _confused(found):
                shares[pair] = shares.get(pair, 0.0) + count / total
        pairs = sorted(shares, key=lambda pair: (-shares[pair], pair))[:_MOST_CONFUSIONS]
        if pairs:
            rows = [
                [truth, told, *(_times(found, truth, told) for found in matrices)] for truth, told in pairs
            ]
            heads = ["class", "taken for", *(method_label(found.method) for found in matrices)]
            note = "How many of a class's items, all seeds together; the pairs are the most frequent of all methods."
            caption = f"Most frequent confusions, {direction_label(direction)}"
            tables.append(Table(caption, heads, rows, words=(1,), note=note))
    return tables


def _classes(
    run: RunResults, shown: Callable[[ClassRecord], str]
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """Yield caption, heads and rows of each direction, the hardest class first by the mean of all methods."""
    for direction in dict.fromkeys(record.direction for record in run.classes):
        found = [record for record in run.classes if record.direction == direction]
        columns = list(dict.fromkeys((record.method, record.shots) for record in found))
        several = len({shots for _, shots in columns}) > 1
        heads = [
            method_label(method) + (f", {shots_label(shots, run.unit)}" if several else "")
            for method, shots in columns
        ]
        cells = {(record.label, record.method, record.shots): shown(record) for record in found}
        sizes = {record.label: record.support for record in found}
        rows = [
            [label, str(sizes[label]), *(cells.get((label, *column), "–") for column in columns)]
            for label in sorted(sizes, key=lambda label: (_mean_f1(found, label), label))
        ]
        yield f"F1 of every class, {direction_label(direction)}", ["class", "items", *heads], rows


def _mean_f1(records: Sequence[ClassRecord], label: str) -> float:
    known = [record.f1 for record in records if record.label == label]
    return sum(known) / len(known)


def _cell(record: ClassRecord) -> Html:
    ends = f"P {record.precision:.2f} R {record.recall:.2f}"
    return join([shown_metric("f1").figure(record.f1), element("span", ends, class_="interval")])


def _text(record: ClassRecord) -> str:
    return f"{shown_metric('f1').figure(record.f1)} ({record.precision:.2f}, {record.recall:.2f})"


def _confused(found: Confusion) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield how often each class was taken for each other, where it was."""
    for truth, row in zip(found.labels, found.matrix, strict=True):
        for told, count in zip(found.labels, row, strict=True):
            if count and truth != told:
                yield (truth, told), count


def _times(found: Confusion, truth: str, told: str) -> str:
    if not {truth, told} <= set(found.labels):
        return "–"
    row = found.matrix[found.labels.index(truth)]
    return f"{row[found.labels.index(told)]:g} of {sum(row):g}"
