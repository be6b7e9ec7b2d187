"""The JSON that goes out; OpenAPI is made of it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kgx.serve.request_schemas import Modality, Sought

__all__ = [
    "Concept",
    "EditDone",
    "Entity",
    "Explained",
    "Found",
    "FoundHit",
    "FoundNeighbours",
    "Health",
    "ItemInBrief",
    "ItemShown",
    "LinkedItems",
    "Meaning",
    "Neighbour",
    "ProblemDetails",
    "Relation",
    "RunShown",
]


class Concept(BaseModel):
    """A concept that an item is linked to, and what it has to do with the query."""

    iri: str = Field(description="What to ask /v1/graph/ for.")
    label: str
    relation: str = Field(description="How the item is linked to it.")
    weight: float = Field(description="How strongly.")
    provenance: str = Field(description="What made the link.")
    meets: str = Field(
        description="The query's concept that it is, or is related to; empty where it is none."
    )
    by: str = Field(description="The relation to that concept; empty where both are the same.")


class ItemInBrief(BaseModel):
    """An item, without what it is linked to."""

    id: str
    modality: Modality
    caption: str
    media: str | None = Field(description="Where its file is, from the server's root; null for texts.")


class ItemShown(ItemInBrief):
    """An item."""

    concepts: list[Concept]


class FoundHit(ItemShown):
    """An item that was found."""

    rank: int = Field(ge=1, description="Place in the whole ranking, from 1.")
    score: float = Field(description="Cosine with the query, or what ranked the hit.")


class Found(BaseModel):
    """What was found."""

    to: Sought
    k: int
    offset: int
    hits: list[FoundHit]


class Explained(BaseModel):
    """Why an item was found; the parts of a side add up to the score."""

    model_config = ConfigDict(extra="allow")

    version: int
    query: str
    item: str
    score: float = Field(description="Cosine of the refined vectors.")
    rank: int
    paths: list[dict[str, Any]] = Field(description="Paths from the query to the item, what adds most first.")


class FoundNeighbours(Found):
    """Items that are like an item."""


class Health(BaseModel):
    """How the server is."""

    status: Literal["up", "ready"]


class Neighbour(BaseModel):
    """What a relation leads to."""

    iri: str
    label: str


class Meaning(Neighbour):
    """Another entity of the same name."""

    definition: str


class Relation(BaseModel):
    """The triples of one relation."""

    relation: str
    label: str
    total: int
    ends: list[Neighbour]


class LinkedItems(BaseModel):
    """Items that are linked to a concept."""

    total: int
    items: list[ItemInBrief]


class Entity(BaseModel):
    """A concept of the knowledge graph with what is around it."""

    iri: str
    label: str
    labels: list[str]
    definition: str
    outgoing: list[Relation]
    incoming: list[Relation]
    others: list[Meaning] = Field(description="What else is called so.")
    items: LinkedItems = Field(description="What of the run is linked to it.")


class RunShown(BaseModel):
    """What a run holds and what may be asked of it."""

    items: dict[str, int] = Field(description="Modality to number of items.")
    categories: dict[str, int] = Field(description="Category to number of items in it and in those below it.")
    category_path: str = Field(
        description="Property path from an item to its categories, for `where`: `?item PATH CATEGORY`."
    )
    editable: bool
    limits: dict[str, float]


class EditDone(BaseModel):
    """What became of an edit."""

    added: list[str]
    replaced: list[str]
    removed: list[str]


class ProblemDetails(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, Any]] | None = None
