"""A picture of a graph's statistics: one SVG file that needs nothing else, in light and dark.

No plotting library is needed, and the same statistics give the same bytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as ET

from graphs.stats import Statistics
from graphs.stats.degrees import Distribution

__all__ = ["draw"]

_WIDTH, _MARGIN, _TITLE = 760, 24, 34
_PLOT_HEIGHT, _LEFT = 240, 64
_BAR, _NAMES = 22, 230
_BARS: Final = 15
"""Bars of a chart; the rest is counted below them."""
_NAME_LENGTH: Final = 32
_POINTS: Final = 200
_NOT_IN_XML: Final = re.compile("[^\\t\\n\\r\\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STYLE: Final = """
text{font:13px system-ui,sans-serif;fill:#333a45}.title{font-weight:600;font-size:15px}.page{fill:#fff}
.grid{stroke:#d9dde3}.axis{stroke:#6b7280}.line{fill:none;stroke-width:2}
.first{color:#0b5fa5}.second{color:#c2410c}.line{stroke:currentColor}.mark{fill:currentColor}
@media(prefers-color-scheme:dark){text{fill:#d5dae1}.page{fill:#12161c}.grid{stroke:#343b46}
.first{color:#6cb6ff}.second{color:#ff9e64}}
"""


def draw(statistics: Statistics, title: str) -> str:
    """Return an SVG with the distribution of degrees, the largest relations, and how much is labelled by language.

    Args:
        statistics: what to draw.
        title: what the picture is called.

    >>> from graphs.stats import statistics
    >>> from graphs.store import Store
    >>> draw(statistics(Store.from_triples([("ex:owl", "ex:isA", "ex:bird")])), "owls").startswith("<svg")
    True
    """
    root = ET.Element("svg", xmlns="http://www.w3.org/2000/svg", role="img")
    _text(ET.SubElement(root, "title"), title)
    ET.SubElement(root, "style").text = _STYLE
    page = ET.SubElement(root, "rect", {"class": "page", "width": str(_WIDTH)})
    _label(root, _MARGIN, 30, title, "title")
    totals = (
        f"{statistics.entities:,} entities, {statistics.triples:,} triples, {statistics.literals:,} literals"
    )
    _label(root, _MARGIN, 52, totals)
    height = 76
    height = _degrees(root, height, statistics)
    relations = [(row.label, row.triples, f"{row.triples:,}") for row in statistics.relation_table]
    height = _bars(root, height, "triples of each relation", relations)
    coverage = statistics.labels
    languages = [
        (tag or "(no language)", count, f"{count:,} ({count / coverage.entities:.1%})")
        for tag, count in coverage.languages.items()
    ]
    height = _bars(root, height, f"entities with a label, of {coverage.entities:,}", languages)
    page.set("height", str(height))
    root.set("viewBox", f"0 0 {_WIDTH} {height}")
    return ET.tostring(root, encoding="unicode")


def _degrees(root: ET.Element, top: int, statistics: Statistics) -> int:
    """Draw how many entities have at least how many triples, on logarithmic axes; return where the drawing ends."""
    _label(root, _MARGIN, top + 16, "entities with at least so many triples", "title")
    curves = [
        (name, style, _at_least(distribution))
        for name, style, distribution in (
            ("outgoing", "first", statistics.degrees.outgoing),
            ("incoming", "second", statistics.degrees.incoming),
        )
    ]
    decades_x = math.ceil(math.log10(max([2, *(x for _, _, points in curves for x, _ in points)])))
    decades_y = math.ceil(math.log10(max([2, *(y for _, _, points in curves for _, y in points)])))
    left, right, high, low = _LEFT, _WIDTH - _MARGIN, top + _TITLE, top + _TITLE + _PLOT_HEIGHT

    def place(x: float, y: float) -> tuple[float, float]:
        across, up = math.log10(x) / decades_x, math.log10(y) / decades_y
        return round(left + across * (right - left), 1), round(low - up * (low - high), 1)

    for decade in range(decades_y + 1):
        _, y = place(1, 10**decade)
        ET.SubElement(root, "path", {"class": "grid", "d": f"M{left} {y}H{right}"})
        _label(root, left - 8, y + 4, _power(decade), anchor="end")
    for decade in range(decades_x + 1):
        x, _ = place(10**decade, 1)
        ET.SubElement(root, "path", {"class": "axis", "d": f"M{x} {low}v5"})
        _label(root, x, low + 20, _power(decade), anchor="middle")
    for row, (name, style, points) in enumerate(curves):
        group = ET.SubElement(root, "g", {"class": style})
        if points:
            corners = " ".join(f"{x},{y}" for x, y in (place(*point) for point in points))
            ET.SubElement(group, "polyline", {"class": "line", "points": corners})
            for x, y in (place(*point) for point in (points[0], points[-1])):
                ET.SubElement(group, "circle", {"class": "mark", "cx": str(x), "cy": str(y), "r": "3.5"})
        ET.SubElement(group, "path", {"class": "line", "d": f"M{right - 120} {high + 8 + 20 * row}h24"})
        _label(root, right - 88, high + 12 + 20 * row, name)
    return low + 20 + 2 * _MARGIN


def _at_least(distribution: Distribution) -> list[tuple[int, int]]:
    """Return (degree, how many entities have at least that), thinned out where there are very many."""
    points: list[tuple[int, int]] = []
    above = 0
    for value, count in zip(reversed(distribution.values), reversed(distribution.counts), strict=True):
        above += count
        if value:
            points.append((value, above))
    points.reverse()
    step = math.ceil(len(points) / _POINTS)
    return points[::step] + points[-1:] if step > 1 else points


def _power(decade: int) -> str:
    """Write a power of ten.

    >>> _power(3), _power(6), _power(8)
    ('1,000', '1 M', '100 M')
    """
    return f"{10**decade:,}" if decade < 6 else f"{10 ** (decade - 6):,} M"


def _bars(root: ET.Element, top: int, title: str, rows: Sequence[tuple[str, int, str]]) -> int:
    """Draw horizontal bars: (name, length, what is written after it); return where the drawing ends."""
    _label(root, _MARGIN, top + 16, title, "title")
    y = top + _TITLE
    longest = max((length for _, length, _ in rows), default=1) or 1
    room = _WIDTH - _NAMES - 2 * _MARGIN - 150
    for name, length, told in rows[:_BARS]:
        shown = name if len(name) <= _NAME_LENGTH else name[: _NAME_LENGTH - 1] + "…"
        _label(root, _MARGIN + _NAMES - 8, y + 14, shown, anchor="end")
        size = max(round(room * length / longest, 1), 1)
        box = {
            "x": str(_MARGIN + _NAMES),
            "y": str(y + 2),
            "width": str(size),
            "height": str(_BAR - 6),
            "rx": "2",
        }
        ET.SubElement(ET.SubElement(root, "g", {"class": "first"}), "rect", {"class": "mark", **box})
        _label(root, _MARGIN + _NAMES + size + 8, y + 14, told)
        y += _BAR
    if len(rows) > _BARS or not rows:
        _label(root, _MARGIN + _NAMES, y + 14, f"and {len(rows) - _BARS:,} more" if rows else "none")
        y += _BAR
    return y + _MARGIN


def _label(
    root: ET.Element, x: float, y: float, text: str, style: str | None = None, anchor: str | None = None
) -> None:
    attributes = {"x": f"{x:g}", "y": f"{y:g}"}
    attributes |= {name: value for name, value in (("class", style), ("text-anchor", anchor)) if value}
    _text(ET.SubElement(root, "text", attributes), text)


def _text(element: ET.Element, text: str) -> None:
    element.text = _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
