"""What is told of a comparison: the parts of its score, in order, with names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from kgx.explain.comparison import Comparison
from kgx.explain.meetings import Arrival, Meeting, best_meetings
from kgx.explain.naming import Naming, path_name, query_name
from kgx.explain.parts import Contribution, LinkShare, Node, PathShare, Step
from kgx.explain.side import Side, Token
from kgx.transfer.tokens import TRANSLATION

__all__ = ["contributions", "link_shares", "path_shares"]

_LINKS = 12  # links of a side that are told, at most
CORRECTION = "network correction"
ROUNDING = "rounding"
ALIKE = "alike"


def contributions(compared: Comparison, *, of_item: bool) -> tuple[Contribution, ...]:
    """Return what each token of a side adds to the score, what adds most first; all together are the score.

    Args:
        compared: the query and the item.
        of_item: whether the item's side is asked for; there is none of it where the item cannot be taken apart.
    """
    if of_item:
        sides, gains = ([compared.found], [compared.item_gains]) if compared.found else ([], [])
    else:
        sides, gains = list(compared.asked), compared.query_gains
    if not sides:
        return ()
    other = compared.query if of_item else compared.item
    found, rest = [], compared.score
    for number, side in enumerate(sides):
        for token, gain in zip(side.tokens, gains[number], strict=True):
            value = float(gain.sum())
            rest -= value
            gone = {token.path: None}
            left = compared.without(0, {}, gone) if of_item else compared.without(number, gone)
            found.append(
                Contribution(
                    path_name(token.path),
                    side.item.modality,
                    token.path.space,
                    token.attention,
                    value,
                    compared.score - value,
                    left,
                )
            )
        if side.correction.any():
            value = side.weight * float(side.correction @ other)
            rest -= value
            left = compared.score - value
            found.append(Contribution(CORRECTION, side.item.modality, "", 0.0, value, left, left))
    ordered = sorted(found, key=lambda one: (-one.value, one.part, one.space, one.name))
    left = compared.score - rest
    return (*ordered, Contribution(ROUNDING, "", "", 0.0, rest, left, left))


def link_shares(
    sides: Sequence[Side], gains: Sequence[Sequence[np.ndarray]], naming: Naming
) -> tuple[LinkShare, ...]:
    """Return the links by which sides are attached to the graph, what adds most to the score first.

    Args:
        sides: the sides.
        gains: of each side and each of its tokens, what each end adds to the score.
        naming: names what they lead to.
    """
    found = [
        share for side, own in zip(sides, gains, strict=True) for share in _shares_of_links(side, own, naming)
    ]
    return tuple(sorted(found, key=lambda share: -(share.value or 0.0))[:_LINKS])


def _shares_of_links(side: Side, gains: Sequence[np.ndarray], naming: Naming) -> Iterator[LinkShare]:
    totals = {relation: np.zeros(len(first)) for relation, first in side.first.items()}
    for token, gain in zip(side.tokens, gains, strict=True):
        if token.walks is not None:
            shares = token.walks.weights / token.masses[token.end_of]
            np.add.at(totals[token.path.first], token.walks.first, gain[token.end_of] * shares)
    walked = {token.path.first for token in side.tokens}
    for relation, first in side.first.items():
        if relation not in walked:
            continue
        values = totals[relation]
        for place in np.argsort(-values, kind="stable")[:_LINKS].tolist():
            yield LinkShare(
                relation,
                naming.node(first.kind, int(first.nodes[place])),
                float(first.weights[place]),
                first.provenance[place],
                float(values[place]),
            )


def path_shares(
    compared: Comparison, naming: Naming, caption: str, name: str, count: int
) -> tuple[PathShare, ...]:
    """Return the best paths from the query to the item.

    Args:
        compared: both of them.
        naming: names what lies on the way.
        caption, name: the item's.
        count: paths, at most.
    """
    if compared.found is None:
        return ()
    meetings = best_meetings(compared.asked, compared.found, compared.query_gains, compared.item_gains, count)
    return tuple(
        _told(compared, compared.found, meeting, naming, Node("item", caption, name)) for meeting in meetings
    )


def _told(compared: Comparison, found: Side, meeting: Meeting, naming: Naming, item: Node) -> PathShare:
    side = compared.asked[meeting.query.side]
    called = query_name(side.item)
    query = Node("query", called, called)
    nodes, steps, ways = _way(side, meeting.query, naming)
    back, taken, others = _way(found, meeting.item, naming)
    turned = [replace(step, inverse=not step.inverse) for step in reversed(taken)]
    if meeting.shared:
        back = back[:-1]
    else:
        space = side.tokens[meeting.query.token].path.space
        turned = [Step(ALIKE, False, meeting.likeness, f"vectors of {space}"), *turned]
    gone = {side.tokens[meeting.query.token].path: meeting.query.end}
    gone_of_item = {found.tokens[meeting.item.token].path: meeting.item.end}
    return PathShare(
        "shared" if meeting.shared else ALIKE,
        (query, *nodes, *reversed(back), item),
        (*steps, *turned),
        ways * others,
        meeting.value,
        compared.score - meeting.value,
        compared.without(meeting.query.side, gone, gone_of_item),
    )


def _way(side: Side, arrival: Arrival, naming: Naming) -> tuple[list[Node], list[Step], int]:
    """Return the places and steps from a side to one end of a token, by the likeliest walk, and the number of walks."""
    token = side.tokens[arrival.token]
    if token.walks is None:
        return _itself(side, token)
    walks, edges = token.walks, token.path.path.steps
    there = np.flatnonzero(token.end_of == arrival.end)
    best = int(there[np.argmax(walks.weights[there])])
    places = walks.nodes[best].tolist()
    nodes = [naming.node(edge[2], place) for edge, place in zip(edges, places, strict=True)]
    first = side.first[token.path.first]
    link = int(walks.first[best])
    steps = [Step(token.path.first, False, float(first.weights[link]), first.provenance[link])]
    for number, edge in enumerate(edges[1:], start=1):
        weight = float(walks.taken[best, number])
        steps.append(naming.step(edge, places[number - 1], places[number], weight))
    return nodes, steps, len(there)


def _itself(side: Side, token: Token) -> tuple[list[Node], list[Step], int]:
    if not token.path.translated:
        return [], [], 1
    space = token.path.space
    node = Node(TRANSLATION, f"its {side.item.modality}, as {space}")
    return [node], [Step(TRANSLATION, False, 1.0, "linear map of the model")], 1
