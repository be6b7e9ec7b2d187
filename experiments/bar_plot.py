"""Horizontal bars with intervals, and matrices as heat maps, as SVG in light and dark; see :mod:`experiments.plots`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.markup import Html, element
from experiments.plots import plot_style, ticks

__all__ = ["Bar", "bar_plot", "heat_map"]

_WIDTH, _ROW, _LEFT, _RIGHT, _TOP, _BOTTOM = 560, 22, 230, 16, 8, 34
_CELL, _MOST_LETTERS = 16, 34


@dataclass(frozen=True, slots=True)
class Bar:
    """A named figure and, where known, the ends of its interval."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None


def bar_plot(bars: Sequence[Bar], *, identifier: str, title: str, x_label: str) -> Html:
    """Return bars one below the other as an SVG element; the axis starts at 0, or below where a figure does.

    Args:
        bars: at least one.
        identifier: unique in the page; names the title for screen readers.
        title: read out by screen readers, and shown as a tooltip.
        x_label: name of the axis.

    >>> "hypernym" in bar_plot([Bar("hypernym", 0.3)], identifier="b", title="attention", x_label="attention")
    True
    """
    top = max(max(bar.value, bar.high or bar.value) for bar in bars)
    marks = ticks(max(top, 0.0), 4)
    floor = min(0.0, *(bar.value for bar in bars))
    reach = marks[-1] - floor

    def x(value: float) -> float:
        return round(_LEFT + (value - floor) / reach * (_WIDTH - _LEFT - _RIGHT), 1)

    base = _TOP + _ROW * len(bars)
    parts: list[str] = []
    for mark in marks:
        parts.append(element("path", d=f"M{x(mark)} {_TOP}V{base}", class_="plot-grid"))
        parts.append(element("text", f"{mark:g}", x=x(mark), y=base + 15, text_anchor="middle"))
    for place, bar in enumerate(bars):
        y = _TOP + _ROW * place
        left, right = sorted((x(0.0), x(bar.value)))
        parts.append(element("text", _short(bar.label), x=_LEFT - 8, y=y + 15, text_anchor="end"))
        parts.append(
            element("rect", element("title", f"{bar.label}: {bar.value:.3f}"), x=left, y=y + 4,
                    width=round(max(right - left, 0.5), 1), height=_ROW - 8, class_="plot-marker")
        )  # fmt: skip
        if bar.low is not None and bar.high is not None:
            middle = y + _ROW / 2
            parts.append(
                element("path", d=f"M{x(bar.low)} {middle}H{x(bar.high)}", class_="plot-axis plot-ends")
            )
    parts.append(element("text", x_label, x=(_LEFT + _WIDTH) / 2, y=base + 30, text_anchor="middle"))
    return _svg(parts, _WIDTH, base + _BOTTOM, identifier, title)


def heat_map(
    labels: Sequence[str], matrix: Sequence[Sequence[float]], *, identifier: str, title: str
) -> Html:
    """Return a matrix as an SVG element; each row is drawn by its shares, and a cell's tooltip tells its figure.

    Args:
        labels: of rows and columns.
        matrix: what is drawn, in the order of the labels.
        identifier, title: as for :func:`bar_plot`.

    >>> svg = heat_map(["owl", "cat"], [[3, 1], [0, 2]], identifier="h", title="taken for")
    >>> svg.count("<rect"), "owl as cat: 1" in svg
    (4, True)
    """
    left, top = 170, 8
    size = _CELL * len(labels)
    parts: list[str] = []
    for row, (label, values) in enumerate(zip(labels, matrix, strict=True)):
        y, total = top + _CELL * row, sum(values) or 1.0
        parts.append(element("text", _short(label, 24), x=left - 6, y=y + 12, text_anchor="end"))
        for column, value in enumerate(values):
            tip = element("title", f"{label} as {labels[column]}: {value:g}")
            parts.append(
                element("rect", tip, x=left + _CELL * column, y=y, width=_CELL - 1, height=_CELL - 1,
                        class_="plot-marker", opacity=round(0.06 + 0.94 * value / total, 3))
            )  # fmt: skip
    for column, label in enumerate(labels):
        x = left + _CELL * column + 11
        turned = f"translate({x} {top + size + 6}) rotate(-90)"
        parts.append(element("text", _short(label, 24), transform=turned, text_anchor="end"))
    return _svg(parts, left + size + 12, top + size + 170, identifier, title)


def _svg(parts: Sequence[str], width: float, height: float, identifier: str, title: str) -> Html:
    return element(
        "svg",
        element("title", title, id=f"{identifier}-title"),
        element("style", plot_style()),
        element("g", *parts, class_="plot-0"),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_labelledby=f"{identifier}-title",
        class_="plot plot-wide",
    )


def _short(label: str, most: int = _MOST_LETTERS) -> str:
    return label if len(label) <= most else f"{label[: most - 1]}…"
