"""A model of texts of `transformers` (BERT, DistilBERT, RoBERTa …) as a trunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from kgx.encoders.base import Value, split_texts
from kgx.encoders.huggingface_load import load_processor
from kgx.encoders.huggingface_pooling import longest_text, pooled_output
from kgx.transfer.model.transformers_body import configured_body, load_body
from kgx.transfer.model.trunk import OpenTrunk, Read, Trunk

__all__ = ["TextTrunk"]


class TextTrunk(Trunk):
    """A text's vector is the mean of the last layer over its tokens.

    Args:
        body: the model.
        tokenizer: the one that it was trained with.
        max_tokens: longer texts are cut.
    """

    kind: ClassVar[str] = "text"
    modalities = frozenset({"text"})

    def __init__(self, body: Any, tokenizer: Any, *, max_tokens: int | None = None) -> None:
        super().__init__()
        self.body: Any = body
        self.tokenizer = tokenizer
        longest = longest_text(body, tokenizer)
        self.max_tokens = longest if max_tokens is None else min(max_tokens, longest)
        with torch.no_grad():
            self.dimension = self.eval()(self.read(["a"], "text").inputs, "text").shape[1]

    @classmethod
    def load(cls, place: str, *, max_tokens: int | None = None) -> Self:
        """Load a folder, or a model of the hub, with the tokenizer saved beside it.

        Raises:
            EncoderError: nothing there that can be loaded, or no model of texts.
        """
        return cls(load_body(place, "input_ids"), load_processor(place, "text"), max_tokens=max_tokens)

    def read(self, values: Sequence[Value], modality: str) -> Read:
        """Turn texts into numbers of tokens."""
        self.require(modality)
        rows, texts, failures = split_texts(values)
        if not texts:
            return Read([], [], failures)
        tokens = self.tokenizer(texts, truncation=True, max_length=self.max_tokens)["input_ids"]
        return Read([torch.tensor(ids, dtype=torch.int64) for ids in tokens], rows, failures)

    def forward(self, inputs: Sequence[Tensor], modality: str) -> Float[Tensor, "n dimension"]:
        """Return the texts' vectors."""
        self.require(modality)
        ids = pad_sequence(
            list(inputs), batch_first=True, padding_value=self.tokenizer.pad_token_id
        )  # (n, t)
        lengths = torch.tensor([len(one) for one in inputs])
        mask = (torch.arange(ids.shape[1]) < lengths[:, None]).to(ids.dtype)
        hidden = self.body(input_ids=ids, attention_mask=mask).last_hidden_state  # (n, t, d)
        return pooled_output(hidden, mask, class_token=False)

    def save(self, folder: Path) -> dict[str, Any]:
        """Write configuration and tokenizer."""
        self.body.config.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        return {"max_tokens": self.max_tokens}

    @classmethod
    def open(cls, folder: Path, note: Mapping[str, Any], open_member: OpenTrunk) -> Self:
        """Return a trunk of random weights."""
        tokenizer = load_processor(str(folder), "text")
        return cls(configured_body(folder), tokenizer, max_tokens=int(note["max_tokens"]))
