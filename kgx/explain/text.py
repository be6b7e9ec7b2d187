"""An explanation in words, for whoever reads a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kgx.explain.parts import COSINE, Contribution, Explained, LinkShare, Node, PathShare, Plain, Step

__all__ = ["as_text", "path_line", "short_lines"]

_LEAST = 5e-4  # what rounds to nothing is not listed
_LINKS = 5
_CONTRIBUTIONS = 6
_SHORT = 3
_LABEL = 48  # letters of a label, at most


def as_text(told: Explained, *, paths: int | None = None) -> str:
    """Return an explanation as lines of text.

    Args:
        told: the explanation.
        paths: how many paths are listed, at most; all where left out.
    """
    return "\n".join(_lines(told, paths))


def short_lines(told: Explained, *, paths: int = 3) -> list[str]:
    """Return what belongs below a hit: which score is explained, the best paths, the relations that add most.

    At the end stands what the plain encoders would have said.

    Args:
        told: the explanation.
        paths: how many paths are listed, at most.
    """
    lines = list(_scores(told))
    lines += [f"{path.value:+.3f}  {path_line(path)}" for path in told.paths[:paths]]
    for whose, parts in (("query", told.query_contributions), ("item", told.item_contributions)):
        best = [f"{part.name} {part.value:+.3f}" for part in parts[:_SHORT] if part.value >= _LEAST]
        if best:
            lines.append(f"by the {whose}'s relations: {', '.join(best)}")
    return [*lines, f"without the graph: {plain_line(told.plain, told.of)}"]


def _lines(told: Explained, paths: int | None) -> Iterator[str]:
    yield f"{_cut(told.query)!r} found {told.item}" + (f", {_cut(told.caption)!r}" if told.caption else "")
    yield from _scores(told)
    yield f"without the graph: {plain_line(told.plain, told.of)}"
    yield ""
    yield from _links("the query speaks of", told.query_links)
    yield from _links("the item is linked to", told.item_links)
    if told.paths:
        yield "paths from the query to the item, and what each adds to the score"
        for path in told.paths[:paths]:
            yield f"  {path.value:+.3f}  {path_line(path)}"
            yield f"{'':10}without it {path.held:.3f}, all else held; {path.renormalised:.3f} worked out anew"
        yield ""
    yield from _contributions(
        f"the score of {told.score:.3f} by the query's relations", told.query_contributions
    )
    yield from _contributions(
        f"the score of {told.score:.3f} by the item's relations", told.item_contributions
    )
    shares = (
        f"{value:.3f} among vectors of {space}"
        for space, value in told.spaces.items()
        if abs(value) >= _LEAST
    )
    yield f"compared: {', '.join(shares)}"
    yield from (f"note: {note}" for note in told.notes)


def _scores(told: Explained) -> Iterator[str]:
    """Say which score is explained, and what the hits were ordered by instead."""
    if told.ordered is not None:
        ordered = told.ordered
        yield f"ordered by {', '.join(ordered.by)}: score {ordered.score:.3f}, rank {ordered.rank}"
    yield f"explained: {COSINE}, score {told.score:.3f}, rank {told.rank} of {told.of} by {told.modality}"


def plain_line(plain: Plain, of: int) -> str:
    """Return what the encoders alone would have said."""
    if plain.score is None:
        return plain.how
    return f"score {plain.score:.3f}, rank {plain.rank} of {of} ({plain.how})"


def path_line(path: PathShare) -> str:
    """Return a path in one line.

    >>> nodes = Node("query", "an owl"), Node("concept", "owl"), Node("item", "Uhu", "image:1")
    >>> steps = Step("mentions", False, 0.7, "lexical"), Step("depicts", True, 0.9, "classifier")
    >>> path_line(PathShare("shared", nodes, steps, 1, 0.2, 0.3, 0.4))
    "'an owl' --mentions 0.70--> owl <--depicts 0.90-- 'Uhu'"
    """
    parts = [_named(path.nodes[0])]
    for step, node in zip(path.steps, path.nodes[1:], strict=True):
        parts += [arrow(step), _named(node)]
    return " ".join(parts)


def arrow(step: Step) -> str:
    """Return a step as an arrow in the direction in which it is stated."""
    told = f"{step.relation} {step.weight:.2f}"
    if step.relation == "alike":
        return f"~~{told}~~"
    return f"<--{told}--" if step.inverse else f"--{told}-->"


def _named(node: Node) -> str:
    label = _cut(node.label)
    return label if node.kind in ("concept", "translation") else repr(label)


def _links(title: str, links: Sequence[LinkShare]) -> Iterator[str]:
    shown = [link for link in links if link.value is None or abs(link.value) >= _LEAST][:_LINKS]
    if not shown:
        return
    yield title
    for link in shown:
        value = "" if link.value is None else f"{link.value:+.3f}"
        meaning = f": {_cut(link.node.definition)}" if link.node.definition else ""
        yield f"  {value:>6}  {link.relation} {_named(link.node)}{meaning} ({link.weight:.2f}, {link.provenance})"
    yield ""


def _contributions(title: str, parts: Sequence[Contribution]) -> Iterator[str]:
    if not parts:
        return
    yield title
    shown = sorted(parts, key=lambda part: -abs(part.value))[:_CONTRIBUTIONS]
    for part in sorted(shown, key=lambda part: -part.value):
        if abs(part.value) >= _LEAST:
            yield f"  {part.value:+.3f}  {part.name} ({part.space}); without it {part.renormalised:.3f}"
    rest = sum(part.value for part in parts if part not in shown or abs(part.value) < _LEAST)
    if abs(rest) >= _LEAST:
        yield f"  {rest:+.3f}  all others together"
    yield ""


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LABEL else line[: _LABEL - 1] + "…"
