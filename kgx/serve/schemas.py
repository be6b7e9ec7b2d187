"""The JSON that goes in and comes out; OpenAPI is made of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from kgx.index.hubness import Method
from kgx.ranking.request import MOST_HITS as DEEPEST

__all__ = [
    "MOST_HITS",
    "Concept",
    "Count",
    "Edit",
    "EditDone",
    "Entity",
    "ExplainBody",
    "ExplainForm",
    "Explained",
    "FileToAdd",
    "Found",
    "FoundHit",
    "FoundNeighbours",
    "Health",
    "Id",
    "ItemShown",
    "Modality",
    "Neighbour",
    "Offset",
    "PassedOver",
    "ProblemDetails",
    "RunShown",
    "SearchBody",
    "SearchForm",
    "SearchOptions",
    "Sought",
    "TextToAdd",
    "Words",
]

Modality = Literal["text", "image", "audio"]
Sought = Literal["text", "image", "audio", "any"]

# Something that is neither blank nor a control character, in the dialect that JSON Schema and Rust have in common.
_SAYS_SOMETHING = r"[^\s\u0000-\u001f\u007f-\u009f]"
_TAG = r"^([A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*)?$"
MOST_HITS = 100

Words = Annotated[str, Field(min_length=1, max_length=2000, pattern=_SAYS_SOMETHING)]
Condition = Annotated[str, Field(min_length=1, max_length=1000, pattern=_SAYS_SOMETHING)]
Conditions = Annotated[list[Condition], Field(max_length=8)]
Weight = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]
Weights = dict[Literal["text", "image", "audio"], Weight]
Id = Annotated[str, Field(min_length=1, max_length=500, pattern=_SAYS_SOMETHING)]


def _whole(told: object) -> object:
    """To JSON Schema 10.0 is as good an integer as 10."""
    return int(told) if isinstance(told, float) and told.is_integer() else told


Count = Annotated[int, Field(ge=1, le=MOST_HITS), BeforeValidator(_whole)]
Offset = Annotated[int, Field(ge=0, le=DEEPEST - MOST_HITS), BeforeValidator(_whole)]
PassedOver = Annotated[int, Field(ge=0, le=10_000), BeforeValidator(_whole)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class SearchOptions(_Strict):
    """How something is searched for."""

    to: Sought = Field("any", description="What to search for.")
    k: Count = Field(10, description="Number of hits, at most.")
    offset: Offset = Field(0, description="Number of hits to pass over: for the next page.")
    where: Condition | Conditions = Field(
        default=[],
        description="Conditions on the graph that hits have to meet: a property path such as "
        "`?item depicts/hypernym* bird`, or a SPARQL pattern about `?item`.",
    )
    filter: Condition | Conditions = Field(
        default=[],
        description="Conditions on metadata that hits have to meet: `category=animals`, `year>=1900`.",
    )
    without: Conditions = Field(default=[], description="Words for what hits should not be like.")
    weights: Weights | None = Field(
        default=None, description="Weights of a mixed query's parts; a negative one says not."
    )
    hybrid: bool = Field(False, description="Let the words of captions and labels count beside the vectors.")
    rerank: bool = Field(
        False, description="Order the first hits again by the concepts they share with the query."
    )
    hubness: Method | None = Field(
        default=None, description="Penalise what is near to whatever is asked, by this method."
    )
    fair: bool = Field(
        False, description="Align texts, pictures and sounds, so that a search for any of them mixes them."
    )


class SearchBody(SearchOptions):
    """Words to search for, and how."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": "a bird of prey", "to": "image", "k": 10},
                {"text": "something that makes music"},
            ]
        }
    )

    text: Words = Field(description="Words to search for.")


class SearchForm(SearchOptions):
    """A form: a picture or a sound to search by, or both, and words beside them."""

    model_config = ConfigDict(strict=False)

    text: Words | None = Field(None, description="Words to search for.")


class ExplainOptions(_Strict):
    """What an item was found for, beside the query's parts."""

    without: Conditions = Field(default=[], description="Words for what hits should not be like.")
    weights: Weights | None = Field(
        default=None, description="Weights of a mixed query's parts; a negative one says not."
    )


class ExplainBody(ExplainOptions):
    """An item, and the words that it was found for."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "a bird of prey", "item": "image:owl"}]}
    )

    text: Words = Field(description="Words that were searched for.")
    item: Id = Field(description="Id of the item.")


class ExplainForm(ExplainOptions):
    """A form: the picture or the sound that an item was found for, or both, and words beside them."""

    model_config = ConfigDict(strict=False)

    text: Words | None = Field(None, description="Words that were searched for.")
    item: Id = Field(description="Id of the item.")


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


class TextToAdd(_Strict):
    """A text to be added; pictures and sounds come in a form."""

    id: Id
    modality: Literal["text"] = "text"
    value: Annotated[str, Field(min_length=1, max_length=20_000, pattern=_SAYS_SOMETHING)]
    entity: str = Field("", max_length=1000, description="What it shows or tells of.")
    language: str = Field("", pattern=_TAG, description="BCP 47 tag.")
    metadata: dict[str, str] = Field(default_factory=dict, max_length=64)


class FileToAdd(_Strict):
    """A form: a picture or a sound to be added, and what is said of it."""

    model_config = ConfigDict(strict=False)

    id: Id
    modality: Literal["image", "audio"]
    entity: str = Field("", max_length=1000, description="What it shows.")
    language: str = Field("", pattern=_TAG, description="BCP 47 tag.")
    category: str = Field("", max_length=1000, description="The folder that it is filed in.")
    title: str = Field("", max_length=1000, description="What is shown of it.")


class Edit(_Strict):
    """Items to be added, or to take the place of those of the same id."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"items": [{"id": "note-1", "modality": "text", "value": "A tawny owl on a branch"}]}
            ]
        }
    )

    items: list[TextToAdd] = Field(min_length=1, max_length=100)


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
