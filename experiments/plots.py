"""Line plots with interval bands, as SVG that stands alone or inside a page, in light and dark.

No plotting library is needed, and the same figures give the same bytes. Series differ by colour, by marker
and by their name in the legend, so that no reader depends on one of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.markup import Html, element, join

__all__ = ["STYLES", "Point", "Series", "line_plot", "plot_style", "ticks"]

_WIDTH, _PLOT_HEIGHT = 380, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 12, 40
_LEGEND_ROW, _LEGEND_COLUMNS = 20, 2
_MOST_LETTERS = 21  # of a name in the legend that leaves room for a second column

STYLES = (
    ("#0b5fa5", "#6cb6ff", "circle"),
    ("#c2410c", "#ff9e64", "square"),
    ("#15803d", "#5fd38d", "triangle"),
    ("#9333ea", "#d2a8ff", "diamond"),
    ("#8a6100", "#e3c05a", "circle"),
    ("#5b6472", "#9aa4b2", "square"),
    ("#0f766e", "#5eead4", "triangle"),
    ("#be185d", "#f9a8d4", "diamond"),
)
"""Colour in light mode, colour in dark mode (both at least 4.5 : 1 against the page), marker."""


@dataclass(frozen=True, slots=True)
class Point:
    """A figure and, where known, the ends of its interval."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A line. One with a single point is drawn as a dashed level: what does not depend on *x*.

    ``style`` is an index into :data:`STYLES`; ``strong`` draws it thicker and on top.
    """

    label: str
    points: Sequence[Point]
    style: int = 0
    strong: bool = False


def line_plot(
    series: Sequence[Series],
    *,
    identifier: str,
    title: str,
    x_label: str,
    y_label: str,
    from_zero: bool = True,
) -> Html:
    """Return the series as an SVG element; the vertical axis starts at 0, or below where a figure does.

    Args:
        series: at least one, each with at least one point.
        identifier: unique in the page; names the title for screen readers.
        title: read out by screen readers, and shown as a tooltip.
        x_label: name of the horizontal axis.
        y_label: name of the vertical axis.
        from_zero: whether 0 has to be on the vertical axis; without, it starts where the figures do.

    Raises:
        ValueError: no series, a series without points, or a figure that is not finite.

    >>> svg = line_plot([Series("ours", [Point(0, 0.5), Point(50, 0.6)])], identifier="p", title="R@10",
    ...                 x_label="pairs", y_label="R@10")
    >>> svg.startswith("<svg"), "ours" in svg
    (True, True)
    """
    if not series or any(not line.points for line in series):
        raise ValueError("expected at least one series, each with at least one point")
    values = [value for line in series for p in line.points for value in (p.x, p.y, p.low, p.high)]
    if not all(math.isfinite(value) for value in values if value is not None):
        raise ValueError("expected finite figures, got NaN or infinity")
    frame = _Frame.around(series, from_zero)
    columns = 1 if max(len(line.label) for line in series) > _MOST_LETTERS else _LEGEND_COLUMNS
    rows = math.ceil(len(series) / columns)
    height = _PLOT_HEIGHT + rows * _LEGEND_ROW
    drawn = sorted(series, key=lambda line: line.strong)
    return element(
        "svg",
        element("title", title, id=f"{identifier}-title"),
        element("style", plot_style()),
        _axes(frame, x_label, y_label),
        *[_band(line, frame) for line in drawn],
        *[_line(line, frame) for line in drawn],
        _legend(series, columns),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {height}",
        role="img",
        aria_labelledby=f"{identifier}-title",
        class_="plot",
    )


def ticks(high: float, count: int = 5, low: float = 0.0) -> list[float]:
    """Return about ``count`` round numbers from at most ``low`` to at least ``high``.

    >>> ticks(0.63)
    [0.0, 0.2, 0.4, 0.6, 0.8]
    >>> ticks(0)
    [0.0, 1.0]
    >>> ticks(4.5, low=3.9)
    [3.8, 4.0, 4.2, 4.4, 4.6]
    >>> ticks(0.1, low=-0.3)
    [-0.3, -0.2, -0.1, 0.0, 0.1]
    """
    if high <= low:
        high = low + (abs(low) / 10 or 1.0)
        count = 1
    rough = (high - low) / count
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= rough * 0.999)
    first, last = math.floor(round(low / step, 9)), math.ceil(round(high / step, 9))
    return [round(step * i, 12) + 0.0 for i in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where figures lie on the drawing."""

    x_low: float
    x_high: float
    y_ticks: list[float]
    x_ticks: list[float]

    @classmethod
    def around(cls, series: Sequence[Series], from_zero: bool) -> _Frame:
        points = [point for line in series for point in line.points]
        xs = sorted({point.x for point in points})
        ys = [y for p in points for y in (p.y, p.low, p.high) if y is not None]
        if from_zero:
            ys.append(0.0)
        widest = xs[-1] if xs[-1] > xs[0] else xs[0] + 1.0
        bare = cls(xs[0], widest, ticks(max(ys), low=min(ys)), [])
        kept: list[float] = []
        for x in xs:  # a label that would touch the one before is left out
            if not kept or bare.x(x) - bare.x(kept[-1]) >= 26:
                kept.append(x)
        return cls(xs[0], widest, bare.y_ticks, kept)

    def x(self, value: float) -> float:
        share = (value - self.x_low) / (self.x_high - self.x_low)
        return round(_LEFT + 8 + share * (_WIDTH - _LEFT - _RIGHT - 16), 1)

    def y(self, value: float) -> float:
        share = (value - self.y_ticks[0]) / (self.y_ticks[-1] - self.y_ticks[0])
        return round(_PLOT_HEIGHT - _BOTTOM - share * (_PLOT_HEIGHT - _TOP - _BOTTOM), 1)


def plot_style() -> Html:
    """Return the style sheet of plots, in light and dark."""

    def colours(dark: int) -> str:
        return "".join(f".plot-{i}{{color:{style[dark]}}}" for i, style in enumerate(STYLES))

    return Html(
        ".plot text{font:12px system-ui,sans-serif;fill:#333a45}.plot .plot-grid{stroke:#d9dde3}"
        ".plot .plot-axis{stroke:#6b7280}.plot .plot-line{fill:none;stroke:currentColor;stroke-width:2}"
        ".plot .plot-strong{stroke-width:3.5}.plot .plot-level{stroke-dasharray:5 4}"
        ".plot .plot-band{fill:currentColor;opacity:.15}.plot .plot-marker{fill:currentColor}"
        ".plot .plot-halo{fill:none;stroke:#fff;stroke-width:4}"
        ".plot .plot-ends{fill:none;stroke:#1d232b;stroke-width:1.5}"
        + colours(0)
        + "@media(prefers-color-scheme:dark){.plot text{fill:#d5dae1}.plot .plot-grid{stroke:#343b46}"
        ".plot .plot-halo{stroke:#1c2027}.plot .plot-ends{stroke:#e6e9ee}" + colours(1) + "}"
    )


def _axes(frame: _Frame, x_label: str, y_label: str) -> Html:
    left, right, base = _LEFT, _WIDTH - _RIGHT, frame.y(frame.y_ticks[0])
    parts: list[str] = []
    for value in frame.y_ticks:
        y = frame.y(value)
        parts.append(element("path", d=f"M{left} {y}H{right}", class_="plot-grid"))
        parts.append(element("text", f"{value:g}", x=left - 6, y=y + 4, text_anchor="end"))
    parts.append(element("path", d=f"M{left} {base}H{right}", class_="plot-axis"))
    for value in frame.x_ticks:
        x = frame.x(value)
        parts.append(element("path", d=f"M{x} {base}v4", class_="plot-axis"))
        parts.append(element("text", f"{value:g}", x=x, y=base + 17, text_anchor="middle"))
    middle = (_TOP + base) / 2
    parts.append(element("text", x_label, x=(left + right) / 2, y=base + 34, text_anchor="middle"))
    turned = f"translate(11 {middle}) rotate(-90)"
    parts.append(element("text", y_label, transform=turned, text_anchor="middle"))
    return element("g", *parts)


def _band(line: Series, frame: _Frame) -> Html:
    known = [(p.x, p.low, p.high) for p in line.points if p.low is not None and p.high is not None]
    if len(known) < 2:
        return Html("")
    upper = [f"{frame.x(x)},{frame.y(high)}" for x, _, high in known]
    lower = [f"{frame.x(x)},{frame.y(low)}" for x, low, _ in reversed(known)]
    return element(
        "g", element("polygon", points=" ".join(upper + lower), class_="plot-band"), class_=_colour(line)
    )


def _line(line: Series, frame: _Frame) -> Html:
    places = [(frame.x(p.x), frame.y(p.y)) for p in line.points]
    shape = "plot-line plot-strong" if line.strong else "plot-line"
    if len(places) == 1:
        path = element("path", d=f"M{_LEFT} {places[0][1]}H{_WIDTH - _RIGHT}", class_=f"{shape} plot-level")
    else:
        path = element("polyline", points=" ".join(f"{x},{y}" for x, y in places), class_=shape)
    return element("g", path, *[_marker(line, x, y) for x, y in places], class_=_colour(line))


def _marker(line: Series, x: float, y: float) -> Html:
    path = {
        "circle": f"M{x - 4} {y}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0",
        "square": f"M{x - 3.5} {y - 3.5}h7v7h-7z",
        "triangle": f"M{x} {y - 4.5}l4.5 8h-9z",
        "diamond": f"M{x} {y - 5}l5 5l-5 5l-5 -5z",
    }[STYLES[line.style % len(STYLES)][2]]
    return element("path", d=path, class_="plot-marker")


def _legend(series: Sequence[Series], columns: int) -> Html:
    entries = []
    for i, line in enumerate(series):
        row, column = divmod(i, columns)
        x = 10 + column * (_WIDTH - 10) / columns
        y = _PLOT_HEIGHT + row * _LEGEND_ROW + 10
        shape = "plot-line plot-strong" if line.strong else "plot-line"
        level = " plot-level" if len(line.points) == 1 else ""
        swatch = element("path", d=f"M{x} {y}h24", class_=shape + level)
        entries.append(
            element("g", swatch, _marker(line, x + 12, y), element("text", line.label, x=x + 31, y=y + 4),
                    class_=_colour(line))
        )  # fmt: skip
    return element("g", join(entries))


def _colour(line: Series) -> str:
    return f"plot-{line.style % len(STYLES)}"
