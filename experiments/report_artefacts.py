"""What runs of some kinds have besides their table: curves of training, and what each relation brings."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.artefacts import Curve, RelationRecord
from experiments.bar_plot import Bar, bar_plot
from experiments.markup import Html, element, join
from experiments.plots import Point, Series, line_plot
from experiments.report_figures import figure, noted_figures
from experiments.report_tables import simple_table
from experiments.results import RunResults

__all__ = ["curves_section", "relations_section"]

_MOST_RELATIONS = 16  # of a modality that are drawn
_LEAST_DROP = 0.0005  # what a table shows as nought is not drawn


def curves_section(run: RunResults) -> Html:
    """Return one figure a recorded curve."""
    figures = [
        figure(curve.name, _drawn(curve, f"curve-{place}"))
        for place, curve in enumerate(run.curves)
        if curve.x and curve.series
    ]
    return noted_figures("Vertical axes start where the figures do.", figures)


def relations_section(run: RunResults) -> Html:
    """Return attention by relation and what is lost without it, a figure each and a table a modality."""
    parts: list[str] = []
    for place, modality in enumerate(dict.fromkeys(record.modality for record in run.relations)):
        records = sorted(
            (record for record in run.relations if record.modality == modality),
            key=lambda record: (-record.attention, record.relation),
        )
        figures = [_attention(records, place), *_dropped(records, place)]
        parts.append(element("h3", f"{modality} items"))
        parts.append(element("div", *figures, class_="plots"))
        heads = ["relation", "taken as", "attention", "lost without it (R@10)"]
        parts.append(simple_table(f"All relations, {modality}", heads, [_row(record) for record in records]))
    if not parts:
        return Html("")
    note = (
        "What is lost is R@10, the mean of both directions between texts and such items, on items of the pool: tokens "
        "of all paths that take a relation, at whatever hop, are left out, and nothing is trained again. Below 0 it "
        "does better without."
    )
    return join([element("p", note), *parts])


def _attention(records: Sequence[RelationRecord], place: int) -> Html:
    bars = [
        Bar(f"{record.relation} ({_place(record)})", record.attention, record.low, record.high)
        for record in records[:_MOST_RELATIONS]
    ]
    plot = bar_plot(
        bars,
        identifier=f"relations-{place}",
        title=f"Mean attention of {records[0].modality} items to each relation",
        x_label="mean attention",
    )
    return figure("attention", plot)


def _dropped(records: Sequence[RelationRecord], place: int) -> list[Html]:
    """Return a bar for each relation that changes something, the largest changes of either sign; or no figure."""
    drops = {record.relation: record.drop for record in records if record.drop is not None}
    told = sorted(
        (item for item in drops.items() if abs(item[1]) >= _LEAST_DROP), key=lambda item: -abs(item[1])
    )
    if not told:
        return []
    bars = [Bar(*item) for item in sorted(told[:_MOST_RELATIONS], key=lambda item: (-item[1], item[0]))]
    plot = bar_plot(
        bars,
        identifier=f"dropped-{place}",
        title=f"R@10 that is lost for {records[0].modality} items without each relation",
        x_label="R@10 lost without it",
    )
    return [figure("lost without it", plot)]


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
        series,
        identifier=identifier,
        title=curve.name,
        x_label=curve.x_label,
        y_label=curve.y_label,
        from_zero=False,
    )
