"""Plots: well-formed SVG whose marks lie where the figures say."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.plots import STYLES, Point, Series, line_plot, ticks

SVG = "{http://www.w3.org/2000/svg}"


def draw(*series: Series) -> ElementTree.Element:
    svg = line_plot(list(series), identifier="p", title="a < b", x_label="pairs & more", y_label="R@10")
    return ElementTree.fromstring(svg)


def coordinates(points: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in points.split())]


SHARE = st.floats(0, 1)


@given(
    st.lists(
        st.tuples(st.integers(0, 500), SHARE, SHARE, SHARE), min_size=2, max_size=6, unique_by=lambda p: p[0]
    )
)
def test_marks_lie_inside_and_in_order(figures: list[tuple[int, float, float, float]]) -> None:
    points = [Point(x, y, min(y, a), max(y, b)) for x, y, a, b in sorted(figures)]
    svg = draw(Series("ours", points), Series("level", [Point(0, 0.5)], style=1))
    width, height = (float(value) for value in svg.attrib["viewBox"].split()[2:])
    (line,) = svg.iter(f"{SVG}polyline")
    (band,) = svg.iter(f"{SVG}polygon")
    for x, y in coordinates(line.attrib["points"]) + coordinates(band.attrib["points"]):
        assert 0 <= x <= width
        assert 0 <= y <= height
    drawn = coordinates(line.attrib["points"])
    assert [x for x, _ in drawn] == sorted(x for x, _ in drawn)
    for (_, first), (_, second), one, other in zip(drawn, drawn[1:], points, points[1:], strict=False):
        if one.y - other.y > 0.01:
            assert first < second  # a higher figure is drawn further up
    assert len(list(svg.iter(f"{SVG}polygon"))) == 1


def test_texts_are_escaped_and_all_there() -> None:
    svg = draw(Series("<ours>", [Point(0, 0.2), Point(50, 0.4)]), Series("flat", [Point(0, 0.1)], style=1))
    texts = [text.text for text in svg.iter(f"{SVG}text")]
    assert {"<ours>", "flat", "pairs & more", "R@10", "0", "50", "0.4"} <= set(texts)
    assert svg.find(f"{SVG}title").text == "a < b"  # type: ignore[union-attr]
    assert svg.attrib["aria-labelledby"] == svg.find(f"{SVG}title").attrib["id"]  # type: ignore[union-attr]


def test_a_single_point_is_a_dashed_level_and_the_strong_line_is_drawn_last() -> None:
    svg = draw(
        Series("strong", [Point(0, 0.2), Point(50, 0.4)], strong=True),
        Series("flat", [Point(0, 0.1)], style=1),
    )
    lines = [e for e in svg.iter() if "plot-line" in e.attrib.get("class", "")]
    in_plot, in_legend = lines[:2], lines[2:]
    assert ["plot-level" in e.attrib["class"] for e in in_plot] == [True, False]
    assert ["plot-strong" in e.attrib["class"] for e in in_legend] == [True, False]


def test_labels_that_would_touch_are_left_out() -> None:
    svg = draw(Series("a", [Point(x, 0.1) for x in (0, 1, 2, 100, 500)]))
    labels = [text.text for text in svg.iter(f"{SVG}text")]
    assert "1" not in labels
    assert {"0", "100", "500"} <= set(labels)


@given(st.floats(1e-6, 1e6))
def test_ticks_reach_over_the_highest_figure(high: float) -> None:
    marks = ticks(high)
    assert marks[0] == 0
    assert marks[-1] >= high * 0.999
    assert 3 <= len(marks) <= 8


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3))
def test_ticks_reach_over_both_ends(low: float, width: float) -> None:
    marks = ticks(low + width, low=low)
    assert marks[0] <= low + width * 0.001
    assert marks[-1] >= low + width * 0.999
    assert 2 <= len(marks) <= 9


def test_figures_below_nought_lie_inside() -> None:
    svg = draw(Series("loss", [Point(1, 0.5, 0.4, 0.6), Point(2, -0.5, -0.9, -0.1)]))
    bottom = float(svg.attrib["viewBox"].split()[3])
    (band,) = svg.iter(f"{SVG}polygon")
    assert all(0 <= y <= bottom for _, y in coordinates(band.attrib["points"]))
    assert {"-1", "0"} <= {text.text for text in svg.iter(f"{SVG}text")}


def test_the_axis_may_start_where_the_figures_do() -> None:
    line = Series("loss", [Point(1, 4.5), Point(2, 3.9)])
    texts = []
    for from_zero in (True, False):
        drawn = line_plot([line], identifier="p", title="t", x_label="x", y_label="y", from_zero=from_zero)
        texts.append({text.text for text in ElementTree.fromstring(drawn).iter(f"{SVG}text")})
    assert "0" in texts[0]
    assert "0" not in texts[1]
    assert "3.8" in texts[1]


def test_long_names_have_a_row_of_the_legend_to_themselves() -> None:
    short = draw(*(Series(name, [Point(0, 0.1)]) for name in "abc"))
    long = draw(*(Series(name * 22, [Point(0, 0.1)]) for name in "abc"))
    heights = [float(svg.attrib["viewBox"].split()[3]) for svg in (short, long)]
    assert heights[1] == heights[0] + 20  # three rows for two


def test_refuses_what_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="at least one series"):
        draw()
    with pytest.raises(ValueError, match="at least one point"):
        draw(Series("empty", []))
    with pytest.raises(ValueError, match="NaN or infinity"):
        draw(Series("a", [Point(0, float("nan"))]))


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("place", "page"), [(0, "#ffffff"), (1, "#1c2027")])
def test_colours_stand_out_from_the_page(place: int, page: str) -> None:
    for style in STYLES:
        light, dark = sorted([luminance(style[place]), luminance(page)], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2, success criterion 1.4.3
