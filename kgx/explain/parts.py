"""What is said of one hit: the parts of its score, the paths that brought it, and what speaks for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Contribution", "Explained", "LinkShare", "Node", "Ordering", "PathShare", "Plain", "Step"]

SCHEMA = 1
COSINE = "cosine of the refined vectors"
"""The score that is explained."""


@dataclass(frozen=True, slots=True)
class Node:
    """A place on a path.

    Attributes:
        kind: ``query``, ``item``, ``concept``, ``translation``, or the modality of a reference item.
        label: what to call it.
        name: IRI of a concept, id of an item.
        definition: what a concept is, where the graph tells.
    """

    kind: str
    label: str
    name: str = ""
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What leads from one place on a path to the next, from the query to the item.

    Attributes:
        relation: its name, as it is stated.
        inverse: whether it is stated from the next place to this one.
        weight: how likely a walk takes it, or, for ``alike``, the cosine of both ends.
        provenance: where the link comes from.
    """

    relation: str
    inverse: bool
    weight: float
    provenance: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one token, that is, one relation path of the query or of the item, adds to the score.

    Attributes:
        name: the relations in words; ``itself`` for the own vector, ``rounding`` and ``network correction`` for what is
            no token's.
        part: the part of a mixed query that it is of; the modality.
        space: feature space in which it was compared.
        attention: how it was weighed among the tokens of its space; they sum to 1.
        value: what it adds. The values of a side add up to the score.
        held: the score without it, all else held: the score less the value.
        renormalised: the score without it when attention and lengths are worked out anew.
    """

    name: str
    part: str
    space: str
    attention: float
    value: float
    held: float
    renormalised: float


@dataclass(frozen=True, slots=True)
class LinkShare:
    """A link by which the query or the item is attached to the graph, and what begins with it.

    Attributes:
        relation: its name; ``similar to`` leads to an item of the model's source.
        node: where it leads.
        weight: how likely it is taken, among the links of this relation.
        provenance: what made it.
        value: what all walks that begin with it add to the score together; None where that is not known.
    """

    relation: str
    node: Node
    weight: float
    provenance: str
    value: float | None


@dataclass(frozen=True, slots=True)
class PathShare:
    """A path from the query to the item.

    Attributes:
        kind: ``shared`` where both sides meet at a node of the graph, ``alike`` where they end at two nodes whose
            vectors are compared.
        nodes: the places, query first, item last.
        steps: what leads from each to the next.
        ways: number of walks that arrive at the same ends along the same relations; the likeliest is shown.
        value: what the meeting of both sides here adds to the score.
        held: the score without the path, all else held: the score less the value.
        renormalised: the score when neither side arrives here any more, the rest of each token is averaged anew, and
            attention and lengths are worked out anew.
    """

    kind: str
    nodes: tuple[Node, ...]
    steps: tuple[Step, ...]
    ways: int
    value: float
    held: float
    renormalised: float


@dataclass(frozen=True, slots=True)
class Plain:
    """What the encoders alone would have said, without any graph.

    Attributes:
        how: which vectors were compared; why there is no score, where there is none.
        score: their cosine; None where they cannot be compared.
        rank: the item's place among all items of its modality by it, from 1.
    """

    how: str
    score: float | None
    rank: int | None


@dataclass(frozen=True, slots=True)
class Ordering:
    """By what a search ordered its hits, where that is not the score that is explained.

    Attributes:
        by: the options that were used: ``hybrid``, ``rerank``, ``fair``, or a correction of hubness.
        score: the hit's.
        rank: its place among the hits, from 1.
    """

    by: tuple[str, ...]
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Explained:
    """Why an item was found.

    Attributes:
        query: the query's words, or the names of its files.
        item: the item.
        modality: the item's.
        caption: what is shown of it.
        score: cosine of the refined vectors: the score that a search by vectors gives.
        rank: place among all items of the item's modality by it, from 1; equal ones in the order of the run.
        of: how many items of that modality there are.
        plain: what the encoders alone would have said.
        spaces: feature space -> what the comparison in it adds to the score; they add up to it.
        query_links: the concepts of the query and the source items that it is similar to, what adds most first.
        item_links: the same of the item.
        query_contributions: parts of the score by the query's relation paths; they add up to the score.
        item_contributions: parts of the score by the item's relation paths; they add up to the score too.
        paths: the best paths, what adds most first.
        notes: what could not be told, and why.
        ordered: what the hits were ordered by instead of this score; None where by it.
    """

    query: str
    item: str
    modality: str
    caption: str
    score: float
    rank: int
    of: int
    plain: Plain
    spaces: dict[str, float]
    query_links: tuple[LinkShare, ...]
    item_links: tuple[LinkShare, ...]
    query_contributions: tuple[Contribution, ...]
    item_contributions: tuple[Contribution, ...]
    paths: tuple[PathShare, ...]
    notes: tuple[str, ...] = ()
    ordered: Ordering | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON would have it.

        The keys are the attributes' names here and in the classes above, ``explained``, which names the score, and
        ``version``, which rises when a key changes its meaning or goes. Keys may be added; ``ordered`` is there only
        where there is something to tell.

        >>> plain = Plain("no map between audio and text", None, None)
        >>> told = Explained("owl", "image:1", "image", "an owl", 0.5, 1, 9, plain, {}, (), (), (), (), ())
        >>> told.to_dict()["version"], told.to_dict()["plain"]["score"]
        (1, None)
        """
        told = {"version": SCHEMA, "explained": COSINE, **asdict(self)}
        if self.ordered is None:
            del told["ordered"]
        return told
