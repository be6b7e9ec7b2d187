"""The JSON and the forms that come in; OpenAPI is made of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from kgx.index.hubness import Method
from kgx.ranking.request import MOST_HITS as DEEPEST
from kgx.serve.options import MOST_HITS

__all__ = [
    "FAIR",
    "Count",
    "Edit",
    "ExplainBody",
    "ExplainForm",
    "Fair",
    "FileToAdd",
    "Id",
    "Modality",
    "Offset",
    "PassedOver",
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

Words = Annotated[str, Field(min_length=1, max_length=2000, pattern=_SAYS_SOMETHING)]
Condition = Annotated[str, Field(min_length=1, max_length=1000, pattern=_SAYS_SOMETHING)]
Conditions = Annotated[list[Condition], Field(max_length=8)]
Weight = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]
Weights = dict[Literal["text", "image", "audio"], Weight]
Id = Annotated[str, Field(min_length=1, max_length=500, pattern=_SAYS_SOMETHING)]


def _whole(told: object) -> object:
    """To JSON Schema 10.0 is as good an integer as 10."""
    return int(told) if isinstance(told, float) and told.is_integer() else told


_PAGE = 100  # hits: behind the furthest offset as many can be asked for
Count = Annotated[int, Field(ge=1, le=MOST_HITS), BeforeValidator(_whole)]
Offset = Annotated[int, Field(ge=0, le=DEEPEST - _PAGE), BeforeValidator(_whole)]
PassedOver = Annotated[int, Field(ge=0, le=10_000), BeforeValidator(_whole)]


Fair = bool | None
FAIR = (
    "Align texts, pictures and sounds, so that none comes first for being what it is; left out, a search for any of "
    "them does where there are enough of each. Scores are cosines behind that."
)


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
    fair: Fair = Field(default=None, description=FAIR)


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
