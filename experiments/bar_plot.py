"""Horizontal bars with intervals, and matrices as heat maps, as SVG in light and dark; see :mod:`experiments.plots`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.markup import Html, element
from experiments.plots import plot_style, ticks

__all__ = ["Bar", "bar_plot", "heat_map"]

_PLOT, _ROW, _RIGHT, _TOP, _BOTTOM = 312, 22, 16, 8, 34
_LETTER, _FEWEST_LETTERS = 7.2, 14  # the width of a wide font's letters
_LEAST_WIDTH = 420  # of a drawing, whose letters would be too large in a narrower one
_CELL, _MOST_LETTERS, _HEAT_LETTERS = 16, 34, 24


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
    ends = [end for bar in bars for end in (bar.value, bar.low, bar.high) if end is not None]
    marks = ticks(max(0.0, *ends), low=min(0.0, *ends))
    floor, reach = marks[0], marks[-1] - marks[0]
    longest = max(_FEWEST_LETTERS, *(len(_short(bar.label)) for bar in bars))
    begin = round(_LETTER * longest) + 12

    def x(value: float) -> float:
        return round(begin + (value - floor) / reach * _PLOT, 1)

    base = _TOP + _ROW * len(bars)
    parts: list[str] = []
    for mark in marks:
        parts.append(element("path", d=f"M{x(mark)} {_TOP}V{base}", class_="plot-grid"))
        parts.append(element("text", f"{mark:g}", x=x(mark), y=base + 15, text_anchor="middle"))
    for place, bar in enumerate(bars):
        y = _TOP + _ROW * place
        left, right = sorted((x(0.0), x(bar.value)))
        parts.append(element("text", _short(bar.label), x=begin - 8, y=y + 15, text_anchor="end"))
        parts.append(
            element("rect", element("title", f"{bar.label}: {bar.value:.3f}"), x=left, y=y + 4,
                    width=round(max(right - left, 0.5), 1), height=_ROW - 8, class_="plot-marker")
        )  # fmt: skip
        if bar.low is not None and bar.high is not None:
            middle = y + _ROW / 2
            line = f"M{x(bar.low)} {middle}H{x(bar.high)}"
            caps = "".join(f"M{x(end)} {middle - 3}v6" for end in (bar.low, bar.high))
            parts.append(element("path", d=line, class_="plot-halo"))
            parts.append(element("path", d=line + caps, class_="plot-ends"))
    parts.append(element("path", d=f"M{x(0.0)} {_TOP}V{base}", class_="plot-axis"))
    parts.append(element("text", x_label, x=begin + _PLOT / 2, y=base + 30, text_anchor="middle"))
    return _svg(parts, begin + _PLOT + _RIGHT, base + _BOTTOM, identifier, title)


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
    names = [_short(label, _HEAT_LETTERS) for label in labels]
    left, top = round(_LETTER * max(map(len, names), default=0)) + 12, 8
    size = _CELL * len(labels)
    parts: list[str] = []
    for row, (label, values) in enumerate(zip(labels, matrix, strict=True)):
        y, total = top + _CELL * row, sum(values) or 1.0
        parts.append(element("text", names[row], x=left - 6, y=y + 12, text_anchor="end"))
        for column, value in enumerate(values):
            tip = element("title", f"{label} as {labels[column]}: {value:g}")
            parts.append(
                element("rect", tip, x=left + _CELL * column, y=y, width=_CELL - 1, height=_CELL - 1,
                        class_="plot-marker", opacity=round(0.06 + 0.94 * value / total, 3))
            )  # fmt: skip
    for column, name in enumerate(names):
        x = left + _CELL * column + 11
        turned = f"translate({x} {top + size + 6}) rotate(-90)"
        parts.append(element("text", name, transform=turned, text_anchor="end"))
    return _svg(parts, left + size + 12, top + size + left, identifier, title)


def _svg(parts: Sequence[str], width: float, height: float, identifier: str, title: str) -> Html:
    room = max(width, _LEAST_WIDTH)
    return element(
        "svg",
        element("title", title, id=f"{identifier}-title"),
        element("style", plot_style()),
        element("g", *parts, class_="plot-0"),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"{(width - room) / 2:g} 0 {room:g} {height:g}",
        role="img",
        aria_labelledby=f"{identifier}-title",
        class_="plot plot-wide",
    )


def _short(label: str, most: int = _MOST_LETTERS) -> str:
    return label if len(label) <= most else f"{label[: most - 1]}…"
