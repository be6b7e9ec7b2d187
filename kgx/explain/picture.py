"""The paths of an explanation as a drawing: the query on the left, the item on the right, the graph between.

One SVG document (https://www.w3.org/TR/SVG11/) that needs nothing else: no script, no font file, no reference to
another place; colours follow the reader's light or dark scheme. Equal explanations give equal drawings.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from kgx.explain.parts import COSINE, Explained, Node, PathShare, Step

__all__ = ["as_svg"]

_WIDTH, _MARGIN = 1240, 24
_ROW, _TOP, _FOOT = 72, 84, 44
_BOX, _END = 46, 150  # height of a place; width of the query's and the item's
_FAN, _LEAST_GAP = 84, 64  # width of the curves at both ends; of what is free between places
_LETTER = 7.1  # width of a letter of 13 px, about
_KINDS = {kind: f"known {kind}" for kind in ("text", "image", "audio")}
_LEAST_WIDTH, _MOST_WIDTH = 1.2, 4.5

_STYLE = """
svg{color-scheme:light dark}
text{font:13px system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;fill:#1d2733}
.title{font-size:16px;font-weight:600}.small{font-size:11px;fill:#566374}.value{font-size:12px;font-weight:600;fill:#0b6e5b}
.ground{fill:#fbfcfd}.place{fill:#fff;stroke:#c3ccd6;stroke-width:1.2}.query{fill:#e3f0ff;stroke:#4b8bd6}
.item{fill:#fff0dc;stroke:#d98d2b}.concept{fill:#e5f6f0;stroke:#37a587}
.edge{fill:none;stroke:#7f8ea0;stroke-linecap:round}.alike{stroke:#a06bc9;stroke-dasharray:2 6}.head{fill:#7f8ea0}
@media (prefers-color-scheme:dark){text{fill:#e8edf2}.small{fill:#a3b0be}.value{fill:#62d6b5}.ground{fill:#12171d}
.place{fill:#1c232b;stroke:#4a5663}.query{fill:#16304d;stroke:#5a9be6}.item{fill:#46300f;stroke:#e0a04a}
.concept{fill:#123a30;stroke:#3fb595}.edge{stroke:#8493a4}.alike{stroke:#bd8fe3}.head{fill:#8493a4}}
"""


def as_svg(told: Explained, *, paths: int | None = None) -> str:
    """Return an explanation as a drawing.

    Args:
        told: the explanation.
        paths: how many paths are drawn, at most; all where left out.
    """
    drawn = told.paths[:paths]
    rows = max(len(drawn), 1)
    height = _TOP + rows * _ROW + _FOOT
    middle = _TOP + rows * _ROW / 2
    left, right = _MARGIN, _WIDTH - _MARGIN - _END
    parts = [
        f'<rect class="ground" width="{_WIDTH}" height="{height}" rx="14"/>',
        _text(_MARGIN, 34, _cut(f"Why “{told.query}” found “{told.caption or told.item}”", 110), "title"),
        _text(_MARGIN, 56, _summary(told), "small"),
    ]
    for row, path in enumerate(drawn):
        y = _TOP + row * _ROW + _ROW / 2
        parts += _path(path, y, middle, left + _END, right)
    parts += _end(left, middle, "query", told.query, "the query")
    parts += _end(right, middle, "item", told.caption or told.item, f"the {told.modality}")
    if not drawn:
        parts.append(
            _text(
                _WIDTH / 2, middle, "no path of the graph leads from the one to the other", "small", "middle"
            )
        )
    legend = (
        "Arrows point as the relation is stated; broad ones are likely. Dotted: two places whose vectors are alike. "
        "Green: what the path adds to the score."
    )
    parts.append(_text(_MARGIN, height - 18, legend, "small"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'role="img" aria-label="{_escaped(_alternative(told))}">\n<style>{_STYLE}</style>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _path(path: PathShare, y: float, middle: float, left: float, right: float) -> list[str]:
    """Draw the places between query and item on one level, and the steps that lead there."""
    places = path.nodes[1:-1]
    start, end = left + _FAN, right - _FAN  # between them, all is level
    widths = [min(_LETTER * len(_cut(node.label, 22)) + 28, 180.0) for node in places]
    gaps = len(places) + 1
    free = max((end - start - sum(widths)) / gaps, _LEAST_GAP)
    squeeze = min(1.0, (end - start - free * gaps) / sum(widths)) if widths else 1.0
    x, found, edges = start, [], []
    for number, step in enumerate(path.steps):
        u = x + free
        begin = (x, y) if number else (left, middle)
        stop = (u, y) if number < len(places) else (right, middle)
        line = f"M{_n(x)} {_n(y)}" if number else _curve(begin, (x, y), first=True)
        line += f"H{_n(u)}"
        if number == len(places):
            line += _curve((u, y), stop, first=False)
        edges += _edge(line, step, begin, stop)
        edges += _label((x + u) / 2, y, free, step)
        if number < len(places):
            width = widths[number] * squeeze
            found += _place(u, y, width, places[number])
            x = u + width
    return [*edges, *found, _text(end - free / 2, y + 18, f"{path.value:+.3f}", "value", "middle")]


def _curve(start: tuple[float, float], end: tuple[float, float], *, first: bool) -> str:
    """Return a curve that begins and ends level; the first of a line says where it starts."""
    (x, y), (u, v), bend = start, end, _FAN / 2
    told = f"C{_n(x + bend)} {_n(y)} {_n(u - bend)} {_n(v)} {_n(u)} {_n(v)}"
    return f"M{_n(x)} {_n(y)}{told}" if first else told


def _edge(line: str, step: Step, start: tuple[float, float], end: tuple[float, float]) -> list[str]:
    width = _LEAST_WIDTH + (_MOST_WIDTH - _LEAST_WIDTH) * min(max(step.weight, 0.0), 1.0)
    kind = "edge alike" if step.relation == "alike" else "edge"
    title = f"{step.relation} {step.weight:.2f} ({step.provenance})"
    parts = [
        f'<path class="{kind}" d="{line}" stroke-width="{_n(width)}"><title>{_escaped(title)}</title></path>'
    ]
    if step.relation != "alike":
        (tip, at), way = (start, 1) if step.inverse else (end, -1)
        size = 4 + width / 2
        back = _n(tip + way * 2 * size)
        parts.append(f'<path class="head" d="M{_n(tip)} {_n(at)}L{back} {_n(at - size)}V{_n(at + size)}Z"/>')
    return parts


def _label(x: float, y: float, room: float, step: Step) -> list[str]:
    told = f"{_cut(step.relation, max(int(room / 6.2) - 4, 5))} {step.weight:.2f}"
    return [_text(x, y - 8, told, "small", "middle")]


def _place(x: float, y: float, width: float, node: Node) -> list[str]:
    letters = max(int((width - 18) / _LETTER), 3)
    concept = node.kind == "concept"
    title = (
        f"{node.label}: {node.definition}" if node.definition else f"{node.label} ({node.name or node.kind})"
    )
    parts = [
        f"<g><title>{_escaped(title)}</title>",
        f'<rect class="place{" concept" if concept else ""}" x="{_n(x)}" y="{_n(y - 17)}" width="{_n(width)}" '
        'height="34" rx="17"/>',
        _text(x + width / 2, y + 4.5, _cut(node.label, letters), "", "middle"),
        "</g>",
    ]
    if not concept:
        parts.append(_text(x + width / 2, y + 30, _KINDS.get(node.kind, node.kind), "small", "middle"))
    return parts


def _end(x: float, y: float, kind: str, label: str, what: str) -> list[str]:
    lines = _wrapped(label, 18, 2)
    parts = [
        f'<g><title>{_escaped(_cut(label, 300))}</title><rect class="place {kind}" x="{_n(x)}" '
        f'y="{_n(y - _BOX / 2 - 8)}" width="{_END}" height="{_BOX + 16}" rx="10"/>',
        _text(x + _END / 2, y - 14, what, "small", "middle"),
    ]
    for number, line in enumerate(lines):
        parts.append(_text(x + _END / 2, y + (8 if len(lines) == 1 else 3) + 17 * number, line, "", "middle"))
    return [*parts, "</g>"]


def _summary(told: Explained) -> str:
    plain = told.plain
    by = f"{COSINE}: {told.score:.3f}, rank {told.rank} of {told.of}"
    if told.ordered is not None:
        ordered = told.ordered
        by += f"; ordered by {', '.join(ordered.by)}: {ordered.score:.3f}, rank {ordered.rank}"
    if plain.score is None:
        return f"{by}; without the graph: nothing to compare by"
    return f"{by}; without the graph: score {plain.score:.3f}, rank {plain.rank}"


def _alternative(told: Explained) -> str:
    best = told.paths[0].nodes if told.paths else ()
    way = ", by way of " + ", ".join(_cut(node.label, 60) for node in best[1:-1]) if len(best) > 2 else ""
    return f"Paths from {_cut(told.query, 80)} to {_cut(told.caption or told.item, 80)}{way}"


def _wrapped(text: str, width: int, most: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [_cut(line, width) for line in lines] or [""]


def _text(x: float, y: float, told: str, kind: str, anchor: str = "start") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{_escaped(told)}</text>'


def _escaped(text: str) -> str:
    """Return text as XML may hold it: no markup, and none of the control characters that XML forbids."""
    allowed = "".join(letter if letter.isprintable() else " " for letter in text)
    return escape(allowed, {'"': "&quot;"})


def _cut(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: max(most - 1, 1)] + "…"


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
