"""Drawings of explanations: complete, harmless, and the same every time."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from kgx.drawing import load_drawing
from kgx.explain import Explanation, Node, PathShare, Plain, Step
from kgx.explain.text import path_line

SVG = "{http://www.w3.org/2000/svg}"


def _explanation(query: str, places: list[str], relation: str = "depicts") -> Explanation:
    nodes = (
        Node("query", query),
        *(Node("concept", label, definition=label) for label in places),
        Node("item", query),
    )
    steps = tuple(Step(relation, bool(number % 2), 0.5, query) for number in range(len(nodes) - 1))
    paths = (
        PathShare("shared", nodes, steps, 1, 0.2, 0.3, 0.4),
        PathShare("alike", nodes, steps, 1, 0.1, 0.4, 0.4),
    )
    plain = Plain("vectors of text", 0.1, 7)
    return Explanation(
        query, "image:1", "image", query, 0.5, 1, 9, plain, {"text": 0.5}, (), (), (), (), paths
    )


def test_what_is_drawn() -> None:
    root = ElementTree.fromstring(_explanation("an owl", ["owl", "bird of prey"]).to_svg())
    told = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert "Why “an owl” found “an owl”" in told
    assert {"the query", "the image", "owl", "bird of prey", "depicts 0.50", "+0.200", "+0.100"} <= set(told)
    assert len([path for path in root.iter(f"{SVG}path") if path.get("class") == "edge"]) == 6


def test_broad_arrows_are_likely() -> None:
    told = _explanation("q", ["owl"])
    likely = told.paths[0].steps[0].weight
    widths = {float(width) for width in re.findall(r'stroke-width="([\d.]+)"', told.to_svg())}
    assert widths == {round(1.2 + (4.5 - 1.2) * likely, 1)}


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.lists(st.text(max_size=40), max_size=5), st.text(max_size=30))
def test_any_text_is_text(query: str, places: list[str], relation: str) -> None:
    svg = _explanation(query, places, relation).to_svg()
    root = ElementTree.fromstring(svg)
    allowed = {"svg", "style", "rect", "path", "text", "g", "title"}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= allowed
    names = {name for element in root.iter() for name in element.attrib}
    assert not any(name.startswith("on") or "href" in name for name in names)


def test_markup_stays_text() -> None:
    svg = _explanation('<script>alert("1")</script>', ["]]><a href='x'>&"]).to_svg()
    assert "<script" not in svg
    assert "<a " not in svg
    assert "url(" not in svg


def test_equal_explanations_are_drawn_alike(tmp_path: Path) -> None:
    svg = _explanation("an owl", ["owl", "bird"]).to_svg()
    assert svg == _explanation("an owl", ["owl", "bird"]).to_svg()
    (tmp_path / "why.svg").write_text(svg, encoding="utf-8")
    assert load_drawing(tmp_path / "why.svg", 310).width == 310


def test_a_path_in_a_line_goes_the_way_it_is_stated() -> None:
    told = _explanation("an owl", ["owl", "bird"], "is a").paths[0]
    assert path_line(told) == "'an owl' --is a 0.50--> owl <--is a 0.50-- bird --is a 0.50--> 'an owl'"


def test_no_path_is_said_so() -> None:
    told = _explanation("an owl", [])
    assert "no path of the graph" in told.to_svg(paths=0)
    assert "paths from the query" in told.to_text()
