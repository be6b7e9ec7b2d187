"""How relation transfer builds its graph, its network and its training."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from kgx.negatives import NegativeOptions
from kgx.train.loop import TrainingOptions

__all__ = ["HOP_TOKENS", "Network", "RelationOptions"]

Network = Literal["hop-tokens", "similarity", "rgcn", "compgcn", "hgt"]

HOP_TOKENS: Final = "hop-tokens"

_LATER: Final = ("negatives", "network", "messages_width", "fanout", "name_dropout", "from_scratch")
"""Options that came after the first models: written only where they say something, so that those stay as they are."""


class RelationOptions(BaseModel):
    """Options of relation transfer; every default was chosen on held-out folders of a source, or on pairs of a pool.

    An unknown key or an impossible value is refused.

    >>> RelationOptions(hops=1).hops
    1
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    hops: int = Field(2, ge=1, le=3, description="relations on the longest path")
    neighbours: int = Field(10, ge=1, description="references that an item is similar to")
    neighbour_temperature: float = Field(0.05, gt=0, description="of the softmax over them; cosines")
    coverage: float = Field(
        0.1, ge=0, le=1, description="share of reference items that a path must lead on from"
    )
    ridge_alpha: float = Field(0.3, ge=0, description="penalty of the linear maps between modalities")
    pair_weight: int = Field(
        5, ge=1, description="how often a target pair counts when the maps are fitted again"
    )
    prior_pairs: int = Field(
        400,
        ge=0,
        description="target pairs that weights before adaptation count as, at most, in the mean that is kept; 0: none",
    )
    folds: int = Field(5, ge=2, description="parts for cross-fitting the linear maps on the source")
    width: int = Field(32, ge=1, description="size of the attention network")
    residual: int = Field(0, ge=0, description="width of the learned correction; 0: none")
    dropout: float = Field(0.3, ge=0, lt=1, description="on the correction's inputs")
    token_dropout: float = Field(0.1, ge=0, lt=1, description="share of tokens removed in training")
    batch_size: int = Field(512, ge=2, description="pairs of a batch")
    validation_share: float = Field(0.15, gt=0, lt=1, description="of the source's items, by whole groups")
    split_seed: int = Field(0, description="of the draw of validation groups")
    training: TrainingOptions = TrainingOptions(epochs=16, learning_rate=0.02, patience=4)
    adaptation: TrainingOptions = TrainingOptions(epochs=20, learning_rate=0.01, patience=0)
    negatives: NegativeOptions = NegativeOptions()
    network: Network = Field("hop-tokens", description="what refines: attention over hop tokens, or messages")
    messages_width: int = Field(64, ge=4, multiple_of=4, description="of the layers of a network of messages")
    fanout: int = Field(
        10, ge=1, description="edges of a node and relation that messages come along, at most"
    )
    name_dropout: float = Field(
        0.0, ge=0, le=1, description="share of training batches that do not know what relations are called"
    )
    from_scratch: TrainingOptions | None = Field(
        TrainingOptions(epochs=30, learning_rate=0.02),
        description="adaptation of a network that was not pretrained; none: that of a pretrained one",
    )

    @model_serializer(mode="wrap")
    def _as_written_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = handler(self)
        for name in _LATER:
            if getattr(self, name) == type(self).model_fields[name].default:
                written.pop(name, None)
        return written
