"""A run's figures as plots: by the number of target pairs, or method beside method where there is one number only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from experiments.bar_plot import Bar, bar_plot
from experiments.markup import Html
from experiments.method_names import BASELINES, COMPLETED, FAMILY, FUSED, OURS, UNFILED
from experiments.plots import STYLES, Point, Series, line_plot
from experiments.report_figures import figure, noted_figures
from experiments.results import RunResults
from experiments.results_table import direction_label, method_label, shots_label
from experiments.shown_metrics import shown_metric

__all__ = ["methods_section", "pairs_section"]

_METRIC = "recall@10"
_STYLE_OF = {
    OURS: 0,
    "mlp": 1,
    "ridge": 2,
    "similarity": 3,
    "label-text": 4,
    "random": 5,
    UNFILED: 6,
    COMPLETED: 7,
}
_GROUPS = {
    "against what needs no graph": BASELINES,
    "against further maps between features": FAMILY,
    "against fusions of map and labels": FUSED,
}
_OTHERS = "against its own variants"


def pairs_section(run: RunResults) -> Html:
    """Return R@10 against the number of pairs: a figure a direction, several where lines would hide each other."""
    figures: list[Html] = []
    for direction in run.directions:
        if len(run.shots(direction)) < 2:
            continue
        known = [method for method in run.methods(direction) if _points(run, direction, method)]
        for told, methods in _panels(known):
            name = direction_label(direction) + told
            plot = line_plot(
                [
                    Series(
                        method_label(method), _points(run, direction, method), style, strong=method == OURS
                    )
                    for method, style in zip(methods, _styles(methods), strict=True)
                ],
                identifier=f"plot-{len(figures)}",
                title=f"R@10 by number of target pairs, {name}",
                x_label="pairs of the target collection",
                y_label="R@10",
            )
            figures.append(figure(name, plot))
    return noted_figures(
        "R@10 with its 95 % interval. A dashed level is a method that takes no pairs.", figures
    )


def methods_section(run: RunResults) -> Html:
    """Return a bar a method, for directions with one number of known answers and no curve of their own."""
    figures: list[Html] = []
    for direction in run.directions:
        metrics, (shots, *further) = run.metrics(direction), run.shots(direction)
        metric = _METRIC if _METRIC in metrics else metrics[0]
        cells = {method: run.cell(direction, method, shots, metric) for method in run.methods(direction)}
        bars = [
            Bar(method_label(method), cell.mean, cell.low, cell.high)
            for method, cell in cells.items()
            if cell is not None
        ]
        if further or len(bars) < 2 or any(curve.name == direction for curve in run.curves):
            continue
        name, label = direction_label(direction), shown_metric(metric).label
        plot = bar_plot(
            bars,
            identifier=f"methods-{len(figures)}",
            title=f"{label} by method, {name}, {shots_label(shots, run.unit)}",
            x_label=label,
        )
        figures.append(figure(f"{name}, {label}", plot))
    return noted_figures("Means over seeds; a line is the 95 % interval.", figures)


def _points(run: RunResults, direction: str, method: str) -> list[Point]:
    cells = {shots: run.cell(direction, method, shots, _METRIC) for shots in run.shots(direction, method)}
    return [Point(shots, cell.mean, cell.low, cell.high) for shots, cell in cells.items() if cell is not None]


def _panels(methods: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield what stands in one figure: all, or ours beside one group where there are more methods than styles."""
    if len(methods) <= len(STYLES):
        if methods:
            yield "", list(methods)
        return
    grouped = {name for group in _GROUPS.values() for name in group}
    rest = tuple(name for name in methods if name not in grouped and name != OURS)
    for told, group in {**_GROUPS, _OTHERS: rest}.items():
        shown = [name for name in methods if name in group]
        if shown:
            ours = [OURS] if OURS in methods else []
            yield f", ours {told}" if ours else f", {told}", [*shown, *ours]


def _styles(methods: Sequence[str]) -> list[int]:
    """Give each method its own style, and others those that are left."""
    taken = {_STYLE_OF[method] for method in methods if method in _STYLE_OF}
    free = iter([style for style in range(len(STYLES)) if style not in taken])
    return [
        _STYLE_OF[method] if method in _STYLE_OF else next(free, place)
        for place, method in enumerate(methods)
    ]
